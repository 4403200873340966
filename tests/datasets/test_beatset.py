import numpy as np
import pytest

from ecgbook import RecordInvalid
from ecgbook.datasets import BeatSet


def make_beats(labels="NNVVQ", patients=None, **changes):
    classes = ("N", "S", "V", "F", "Q")
    beats = len(labels)
    values = {
        "x": np.arange(beats * 4, dtype=np.float32).reshape(beats, 1, 4),
        "y": np.array([classes.index(c) for c in labels]),
        "classes": classes,
        "patient": np.array(list(patients or "a" * beats)),
        "record": np.array(list(patients or "a" * beats)),
        "sample": np.arange(beats) * 100,
        "fs": 100.0,
        "leads": ("II",),
    }
    return BeatSet(**{**values, **changes})


def test_counts_name_every_class():
    assert make_beats("NNVVQ").counts == {"N": 2, "S": 0, "V": 2, "F": 0, "Q": 1}


def test_indexing_keeps_rows_together():
    part = make_beats("NSVFQ")[[3, 1]]
    assert part.y.tolist() == [3, 1]
    assert part.x[:, 0, 0].tolist() == [12, 4]
    assert part.sample.tolist() == [300, 100]


def test_only_renumbers_the_classes():
    part = make_beats("NSVFQV").only("V", "N")
    assert part.classes == ("V", "N")
    assert part.y.tolist() == [1, 0, 0]


def test_mask_follows_the_length():
    beats = make_beats("NV", length=np.array([2, 4]))
    assert beats.mask.tolist() == [[True, True, False, False], [True] * 4]


def test_one_nan_is_refused_with_its_beat():
    x = np.zeros((5, 1, 4), np.float32)
    x[3, 0, 2] = np.nan
    with pytest.raises(RecordInvalid, match=r"beat 3 of record a"):
        make_beats(x=x)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": np.zeros((5, 4), np.float32)}, "shape"),
        ({"x": np.zeros((5, 2, 4), np.float32)}, "1 leads"),
        ({"y": np.array([0, 1])}, "2 rows of y"),
        ({"y": np.array([0, 1, 2, 3, 5])}, "must index 5 classes, got 0 to 5"),
        ({"y": np.array([0, 1, 2, 3, -1])}, "must index 5 classes, got -1 to 3"),
        ({"features": np.zeros((5, 2))}, "2 features with 0 names"),
    ],
)
def test_what_does_not_fit_is_refused(changes, message):
    with pytest.raises(RecordInvalid, match=message):
        make_beats(**changes)


def test_an_unknown_class_is_refused():
    with pytest.raises(RecordInvalid, match="no class X"):
        make_beats().only("X")
