"""Tables of labels that contradict themselves are refused, with the line and what to do."""

import pytest

from ecgbook.errors import DataCorrupt
from ecgbook.sources.tables import check_tables
from tests.sources.test_labels import LUDB, PTB_XL, STATEMENTS

TABLES = {
    "ptbxl_database.csv": PTB_XL,
    "scp_statements.csv": STATEMENTS,
    "REFERENCE-v3.csv": "A00001,N\nA00227,~\n",
    "ludb.csv": LUDB,
}


def check(folder, name, text):
    for other, whole in TABLES.items():
        (folder / other).write_text(text if other == name else whole)
    check_tables([folder / other for other in TABLES])


def test_right_tables_are_right(tmp_path):
    check(tmp_path, "", "")


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("ptbxl_database.csv", "56.0", "-1", r"line 2: .*\$\.age"),
        ("ptbxl_database.csv", "56.0", "inf", r"\$\.age"),
        ("ptbxl_database.csv", "56.0", "NA", r"\$\.age"),
        ("ptbxl_database.csv", "56.0,1", "56.0,2", r"\$\.sex"),
        ("ptbxl_database.csv", "'IMI': 0.0", "'IMI': 101.0", "above 100 %"),
        ("ptbxl_database.csv", "'IMI': 0.0", "'NDT': 0.0", "has one twice"),
        ("ptbxl_database.csv", "'IMI'", "'IMX'", "no statement IMX is known"),
        ("ptbxl_database.csv", "'IMI': 0.0", "'IMI': {}", "no dict of statements"),
        ("ptbxl_database.csv", "'IMI': 0.0", "'IMI\\\\': 0.0", "no dict of statements"),
        ("ptbxl_database.csv", "'IMI': 0.0", "'IMI': 050", "no dict of statements"),
        ("ptbxl_database.csv", "0.0, 'NDT'", "0.0'NDT'", "no dict of statements"),
        ("ptbxl_database.csv", "'IMI': 0.0", "'IMI': 0.0" + "{" * 5000, r"\$\.scp_codes"),
        ("ptbxl_database.csv", ",10,", ",11,", r"\$\.strat_fold"),
        ("ptbxl_database.csv", "00002_hr", "00001_hr", "recording 2 has the file"),
        ("ptbxl_database.csv", "\n2,7.0", "\n1,7.0", "recording 1 has the file|described twice"),
        ("ptbxl_database.csv", "7.0", "15709", "patient 15709 is in two folds"),
        ("ptbxl_database.csv", "age", "sex", "two columns have one name"),
        ("ptbxl_database.csv", '"', "", "cells are expected"),
        ("ptbxl_database.csv", "\n2,", "\n2,\x00", "line 3"),
        ("scp_statements.csv", ",MI", ",ML", r"\$\.diagnostic_class"),
        ("scp_statements.csv", "1.0,,,NORM", ",,,NORM", "NORM has a class and is not diagnostic"),
        ("scp_statements.csv", "\nSR,", "\nIMI,", "IMI is described twice"),
        ("REFERENCE-v3.csv", "A00227", "A00001", "line 2: A00001 is described twice"),
        ("REFERENCE-v3.csv", ",~", ",X", "line 2: .*label"),
        ("REFERENCE-v3.csv", ",~", "", "2 cells are expected, there are 1"),
        ("ludb.csv", "51", "510", r"\$\.Age"),
        ("ludb.csv", '"F', '"X', r"\$\.Sex"),
        ("ludb.csv", "\n3,", "\n1,", "1 is described twice"),
        ("ludb.csv", "heart: left", "hurt: left", "Electric axis"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, name, old, new, message):
    assert old in TABLES[name]
    text = TABLES[name].replace(old, new, 1 if old != '"' else -1)
    with pytest.raises(DataCorrupt, match=rf"{name} is no table .*({message}).*fetch it again"):
        check(tmp_path, name, text)


def test_a_changed_table_is_looked_at_again(tmp_path):
    check(tmp_path, "", "")
    with pytest.raises(DataCorrupt, match="line 1"):
        check(tmp_path, "REFERENCE-v3.csv", "A00001,Z\n")


def test_a_table_of_gigabytes_is_not_opened(tmp_path):
    path = tmp_path / "ludb.csv"
    with path.open("wb") as file:
        file.truncate(10**9)  # takes no room on the disk
    with pytest.raises(DataCorrupt, match="more than 100,000,000 bytes"):
        check_tables([path])
