import numpy as np
import pytest

from ecgbook.errors import DataCorrupt
from ecgbook.sources import open_database
from tests.sources.records import write_record, write_sums


@pytest.fixture
def root(alone, tmp_path, monkeypatch):
    root = tmp_path / "mirror"
    monkeypatch.setenv("ECGBOOK_MIRROR", str(root))
    monkeypatch.setenv("ECGBOOK_OFFLINE", "1")
    return root


def test_mitdb(root):
    folder = root / "mitdb" / "1.0.0"
    for name, comment in (("102", "84 F 1525 167 x1"), ("201", "68 M 1960"), ("202", "-1 M 1")):
        write_record(folder, name, comments=[comment, "Digoxin"])
    write_sums(folder)
    labels = open_database("mitdb").metadata
    assert labels.index.tolist() == ["102", "201", "202"]
    assert labels["patient"].tolist() == ["102", "201", "201"]
    np.testing.assert_array_equal(labels["age"], [84, 68, np.nan])
    assert labels["sex"].tolist() == ["F", "M", "M"]
    assert labels["paced"].tolist() == [True, False, False]


def test_mitdb_without_age(root):
    folder = root / "mitdb" / "1.0.0"
    write_record(folder, "100", comments=["nothing of the kind"])
    write_sums(folder)
    with pytest.raises(DataCorrupt, match="mitdb/100: the header's first comment"):
        _ = open_database("mitdb").metadata


def test_ptbdb(root):
    folder = root / "ptbdb" / "1.0.0"
    said = ["age: 81", "sex: female", "Diagnose:", "Reason for admission: Myocardial infarction"]
    write_record(folder / "patient001", "s0010_re", comments=said)
    write_record(folder / "patient001", "s0014lre", comments=["age: n/a", "sex: male"])
    write_sums(folder)
    labels = open_database("ptbdb").metadata
    assert labels["patient"].tolist() == ["patient001"] * 2
    np.testing.assert_array_equal(labels["age"], [81, np.nan])
    assert labels["sex"].tolist() == ["F", "M"]
    assert labels["diagnosis"].tolist() == ["Myocardial infarction", ""]


def test_challenge_2017(root):
    folder = root / "challenge-2017" / "1.0.0"
    for name in ("A00227", "A01176", "A00001"):
        write_record(folder / "training" / name[:3], name, leads=("ECG",), fs=300)
    (folder / "REFERENCE-v3.csv").write_text("A00001,N\nA00227,~\nA01176,A\nA08528,O\n")
    write_sums(folder)
    labels = open_database("challenge-2017").metadata
    assert labels.index.tolist() == ["A00001", "A00227", "A01176"]
    assert labels["label"].tolist() == ["N", "~", "A"]
    assert labels["patient"].tolist() == ["A00001", "A00227", "A00227"]


@pytest.mark.parametrize("table", ["A00002,N\n", "A00001,X\n"])
def test_challenge_2017_without_a_label(root, table):
    folder = root / "challenge-2017" / "1.0.0"
    write_record(folder / "training" / "A00", "A00001", leads=("ECG",), fs=300)
    (folder / "REFERENCE-v3.csv").write_text(table)
    write_sums(folder)
    with pytest.raises(DataCorrupt, match=r"REFERENCE-v3\.csv has no label .* A00001"):
        _ = open_database("challenge-2017").metadata


def test_challenge_2021(root):
    folder = root / "challenge-2021" / "1.0.3" / "training"
    said = ["Age: 74", "Sex: Male", "Dx: 59118001,164889003"]
    write_record(folder / "cpsc_2018" / "g1", "A0001", comments=said)
    write_record(folder / "georgia" / "g2", "E00001", comments=["Age: NaN", "Sex: F", "Dx: "])
    write_sums(folder.parent)
    labels = open_database("challenge-2021").metadata
    assert labels["source"].tolist() == ["cpsc_2018", "georgia"]
    assert labels["patient"].tolist() == ["A0001", "E00001"]
    np.testing.assert_array_equal(labels["age"], [74, np.nan])
    assert labels["sex"].tolist() == ["M", "F"]
    assert labels["dx"].tolist() == [("59118001", "164889003"), ()]


PTB_XL = """ecg_id,patient_id,age,sex,scp_codes,strat_fold,filename_lr,filename_hr
1,15709.0,56.0,1,"{'NORM': 100.0, 'SR': 0.0}",3,records100/00000/00001_lr,records500/00000/00001_hr
2,7.0,300.0,0,"{'IMI': 0.0, 'NDT': 15.0}",10,records100/00000/00002_lr,records500/00000/00002_hr
3,7.0,,0,"{'SR': 0.0}",10,records100/00000/00003_lr,records500/00000/00003_hr
"""
STATEMENTS = """,description,diagnostic,form,rhythm,diagnostic_class
NORM,normal ECG,1.0,,,NORM
IMI,inferior myocardial infarction,1.0,,,MI
NDT,non-diagnostic T abnormalities,1.0,1.0,,STTC
SR,sinus rhythm,,,1.0,
"""


@pytest.fixture
def ptbxl(root):
    folder = root / "ptb-xl" / "1.0.3"
    for number in (1, 2):
        write_record(folder / "records500" / "00000", f"0000{number}_hr", fs=500)
    (folder / "ptbxl_database.csv").write_text(PTB_XL)
    (folder / "scp_statements.csv").write_text(STATEMENTS)
    write_sums(folder)
    return folder


def test_ptbxl(ptbxl):
    found = open_database("ptb-xl")
    labels = found.metadata
    assert labels.index.tolist() == ["00001_hr", "00002_hr"]
    assert labels["patient"].tolist() == ["15709", "7"]
    assert labels["age"].tolist() == [56, 300]
    assert labels["sex"].tolist() == ["F", "M"]
    assert labels["fold"].tolist() == [3, 10]
    assert labels["scp_codes"].tolist()[1] == {"IMI": 0.0, "NDT": 15.0}
    classes = labels[["NORM", "MI", "STTC", "CD", "HYP"]].to_numpy().tolist()
    assert classes == [[True, False, False, False, False], [False, True, True, False, False]]
    assert found.read("00002_hr").patient == "7"


def test_ptbxl_record_that_is_not_described(ptbxl):
    lines = PTB_XL.splitlines()
    (ptbxl / "ptbxl_database.csv").write_text("\n".join(lines[:2]) + "\n")
    write_sums(ptbxl)
    with pytest.raises(DataCorrupt, match=r"ptbxl_database\.csv does not describe .* 00002_hr"):
        _ = open_database("ptb-xl").metadata


def test_ptbxl_table_that_is_none(ptbxl):
    (ptbxl / "ptbxl_database.csv").write_text("")
    write_sums(ptbxl)
    with pytest.raises(DataCorrupt, match=r"ptbxl_database\.csv is no table of PTB-XL"):
        _ = open_database("ptb-xl").metadata
