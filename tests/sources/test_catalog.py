import dataclasses

import pytest

from ecgbook.sources.catalog import CATALOG

NAMES = ["mitdb", "ptbdb", "ltstdb", "ptb-xl", "challenge-2017", "challenge-2021", "synthetic"]


def test_the_seven_databases():
    assert list(CATALOG) == NAMES
    assert [CATALOG[name].version for name in NAMES[:6]] == [
        *("1.0.0", "1.0.0", "1.0.0", "1.0.3", "1.0.0", "1.0.3")
    ]


@pytest.mark.parametrize("info", CATALOG.values(), ids=NAMES)
def test_every_entry_tells_what_a_data_card_needs(info):
    for field in ("title", "licence", "licence_url", "citation", "size", "population"):
        assert getattr(info, field)
    assert info.licence_url.startswith("https://")
    assert info.fs > 0
    assert len(set(info.leads)) == len(info.leads) > 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        info.licence = "mine"


@pytest.mark.parametrize(
    ("name", "record", "other"),
    [
        ("mitdb", "100", "x_mitdb/x_108"),
        ("ptbdb", "patient001/s0010_re", "RECORDS"),
        ("ltstdb", "s20011", "kl/s20011"),
        ("ptb-xl", "records500/21000/21837_hr", "records100/21000/21837_lr"),
        ("challenge-2017", "training/A00/A00001", "validation/A00001"),
        ("challenge-2021", "training/chapman_shaoxing/g1/JS20000", "evaluation/weights"),
        ("challenge-2021", "training/ptb-xl/g1/HR00001", "training/RECORDS"),
    ],
)
def test_paths_of_records(name, record, other):
    assert CATALOG[name].is_record(record)
    assert not CATALOG[name].is_record(other)
