import numpy as np
import pytest
import wfdb

from ecgbook.conventions import TWELVE_LEADS
from ecgbook.errors import DataCorrupt
from ecgbook.sources import open_database
from tests.sources.records import write_beats, write_record, write_sums


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
        write_beats(folder, name)
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
    write_beats(folder, "100")
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


def test_challenge_2017_without_a_label(root):
    folder = root / "challenge-2017" / "1.0.0"
    write_record(folder / "training" / "A00", "A00001", leads=("ECG",), fs=300)
    (folder / "REFERENCE-v3.csv").write_text("A00002,N\n")
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
    with pytest.raises(DataCorrupt, match=r"ptbxl_database\.csv is no table of labels"):
        _ = open_database("ptb-xl").metadata


LUDB = """ID,Sex,Age,Rhythms,Electric axis of the heart,Conduction abnormalities,\
Extrasystolies,Hypertrophies,Cardiac pacing,Ischemia,\
Non-specific repolarization abnormalities,Other states
1,"F
","51
",Sinus bradycardia,Electric axis of the heart: left axis deviation,,,"Left ventricular overload
Left ventricular hypertrophy",,,Non-specific repolarization abnormalities: posterior wall,
3,"M
",">89
","Atrial fibrillation
Aberrant conduction
",,,,,,,,
"""


@pytest.fixture
def ludb(root):
    folder = root / "ludb" / "1.0.1"
    leads = [lead.lower() for lead in TWELVE_LEADS]
    for name in ("1", "3"):
        write_record(folder / "data", name, leads=leads, fs=500)
        for k, lead in enumerate(leads):
            sample, symbol = np.array([10, 20 + k, 40]), ["(", "N", ")"]
            # wfdb itself writes no endings with digits.
            wfdb.wrann(name, "x", sample, symbol, write_dir=str(folder / "data"))
            (folder / "data" / f"{name}.x").rename(folder / "data" / f"{name}.{lead}")
    (folder / "ludb.csv").write_text(LUDB)
    write_sums(folder)
    return folder


def test_ludb(ludb):
    labels = open_database("ludb").metadata
    assert labels.index.tolist() == labels["patient"].tolist() == ["1", "3"]
    np.testing.assert_array_equal(labels["age"], [51, np.nan])
    assert labels["sex"].tolist() == ["F", "M"]
    assert labels["rhythm"].tolist() == [
        "Sinus bradycardia",
        "Atrial fibrillation; Aberrant conduction",
    ]
    assert labels["axis"].tolist() == ["left axis deviation", ""]
    assert labels["hypertrophies"].tolist() == [
        ("Left ventricular overload", "Left ventricular hypertrophy"),
        (),
    ]
    assert labels["diagnoses"].tolist()[0] == (
        "Left ventricular overload",
        "Left ventricular hypertrophy",
        "Non-specific repolarization abnormalities: posterior wall",
    )
    assert labels["diagnoses"].tolist()[1] == ()


def test_ludb_has_marks_of_each_lead_and_reads_those_of_lead_ii(ludb):
    found = open_database("ludb")
    waves = found.waves("3")
    assert tuple(waves) == TWELVE_LEADS
    assert [marks.sample[1] for marks in waves.values()] == list(range(20, 32))
    recording = found.read("3")
    # Written with 100 units a mV, read with 1000 whatever the header says.
    time_s = np.arange(1000) / 500
    np.testing.assert_allclose(recording.lead("I"), np.sin(2 * np.pi * time_s) / 10, atol=6e-4)
    assert (recording.leads, recording.patient) == (TWELVE_LEADS, "3")
    assert recording.annotations.sample.tolist() == [10, 21, 40]
    assert recording.annotations.beats().sample.tolist() == [21]


@pytest.mark.parametrize("table", ["ID,Sex\n2,M\n", "", "no table"])
def test_ludb_table_that_does_not_fit(ludb, table):
    (ludb / "ludb.csv").write_text(table)
    write_sums(ludb)
    with pytest.raises(DataCorrupt, match=r"ludb\.csv (is no table|does not describe record 1)"):
        _ = open_database("ludb").metadata


def test_nstdb(root):
    folder = root / "nstdb" / "1.0.0"
    for name in ("118e24", "119e_6"):
        write_record(folder, name, leads=("MLII", "V1"))
        write_beats(folder, name)
    expected = write_record(folder, "em", leads=("noise1", "noise2"))
    header = (folder / "em.hea").read_text()
    (folder / "em.hea").write_text(header.replace(" 100.0(0)/mV", " 0"))
    write_sums(folder)
    found = open_database("nstdb")
    labels = found.metadata
    assert labels.index.tolist() == ["118e24", "119e_6", "em"]
    assert labels["patient"].tolist() == ["118", "119", ""]
    assert labels["noise"].tolist() == ["em", "em", "em"]
    np.testing.assert_array_equal(labels["snr_db"], [24, -6, np.nan])
    for _ in range(2):  # decoded, then from the store
        noise = found.read("em")
        # 200 units a mV where the header gives none; the record was written with 100.
        np.testing.assert_allclose(noise.signal, expected / 2, rtol=1e-6)
        assert (noise.patient, noise.annotations) == ("", None)
        assert found.read("118e24").annotations.symbol.tolist() == ["N", "V", "N"]
