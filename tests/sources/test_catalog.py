import dataclasses

import pytest

from ecgbook.errors import DataMissing
from ecgbook.sources.catalog import CATALOG, info_of

NAMES = [
    *("mitdb", "ptbdb", "ltstdb", "ptb-xl", "challenge-2017", "challenge-2021", "ludb", "nstdb"),
    "synthetic",
]


def test_the_nine_databases():
    assert list(CATALOG) == NAMES
    assert [CATALOG[name].version for name in NAMES[:8]] == [
        *("1.0.0", "1.0.0", "1.0.0", "1.0.3", "1.0.0", "1.0.3", "1.0.1", "1.0.0")
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
        ("ludb", "data/199", "ludb"),
        ("nstdb", "118e_6", "old/oldbw"),
        ("nstdb", "em", "118_02"),
    ],
)
def test_paths_of_records(name, record, other):
    assert CATALOG[name].is_record(record)
    assert not CATALOG[name].is_record(other)


@pytest.mark.parametrize("info", CATALOG.values(), ids=NAMES)
def test_texts_are_one_line_each(info):
    for field in ("title", "citation", "size", "population"):
        text = getattr(info, field)
        assert text == " ".join(text.split())


@pytest.mark.parametrize(
    ("called", "name"),
    [
        *((name, name) for name in NAMES),
        *(("ptbxl", "ptb-xl"), ("PTB-XL", "ptb-xl"), ("ptb_xl", "ptb-xl"), ("PTB XL", "ptb-xl")),
        *(("mit-bih", "mitdb"), ("mitbih", "mitdb"), ("MITDB", "mitdb"), ("MIT-BIH", "mitdb")),
        ("MIT-BIH Arrhythmia Database", "mitdb"),
        *(("cinc2017", "challenge-2017"), ("CinC 2017", "challenge-2017")),
        *(("challenge2017", "challenge-2017"), ("cinc2021", "challenge-2021")),
        *(("ptb", "ptbdb"), ("ltst", "ltstdb"), ("LUDB", "ludb"), ("simulated", "synthetic")),
        ("MIT-BIH Noise Stress Test Database", "nstdb"),
    ],
)
def test_usual_names_are_known(called, name):
    assert info_of(called) is CATALOG[name]


def test_no_name_means_two_databases():
    called = [name for info in CATALOG.values() for name in (info.name, info.title, *info.aliases)]
    for name in called:
        assert sum(info_of(name).name == info.name for info in CATALOG.values()) == 1
    for info in CATALOG.values():
        assert all(info_of(alias) is info for alias in (info.title, *info.aliases))


@pytest.mark.parametrize(
    ("called", "words"),
    [
        ("mit", r"no database 'mit'; did you mean mitdb\? The catalog has mitdb, ptbdb"),
        ("ptb-lx", r"did you mean .*ptb-xl"),
        ("challange-2017", r"did you mean challenge-2017"),
        ("", "no database ''; the catalog has mitdb"),
        (None, "no database None; the catalog has mitdb"),
    ],
)
def test_close_names_are_suggested(called, words):
    with pytest.raises(DataMissing, match=words):
        info_of(called)


def test_annotators_of_records_and_of_noise():
    assert CATALOG["mitdb"].annotators_of("100") == ("atr",)
    assert CATALOG["ptb-xl"].annotators_of("records500/00000/00001_hr") == ()
    assert CATALOG["ludb"].annotators_of("data/1")[0] == "ii"
    assert len(set(CATALOG["ludb"].annotators_of("data/1"))) == 12
    assert CATALOG["nstdb"].annotators_of("118e24") == ("atr",)
    assert CATALOG["nstdb"].annotators_of("em") == ()
