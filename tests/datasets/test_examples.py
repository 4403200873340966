import doctest
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook import RecordInvalid
from ecgbook.datasets import Examples, Ragged, examples
from ecgbook.datasets.examples import as_text
from tests.datasets.recordings import make_beats


def twelve_leads(y=((1, 0, 1), (0, 0, 0), (0, 1, 1), (0, 0, 1))):
    """Records of ten samples in twelve leads with statements of three classes."""
    y = np.array(y, bool)
    people = [f"p{i}" for i in range(len(y))]
    rows = pd.DataFrame({"patient": people, "record": people, "sample": 0, "fold": range(len(y))})
    x = np.arange(len(y) * 120, dtype=np.float32).reshape(-1, 12, 10)
    leads = [f"lead {i}" for i in range(12)]
    return Examples(x, y, ("MI", "HYP", "NORM"), rows, fs=100, leads=leads)


def rhythms(lengths=(4, 2, 3), labels=(0, 1, 1)):
    """Ragged records of one lead; the samples count from 0 through all of them."""
    start = np.cumsum(lengths) - lengths
    x = Ragged(np.arange(sum(lengths), dtype=np.float32)[None], start, lengths)
    people = [f"A{i}" for i in range(len(lengths))]
    rows = pd.DataFrame({"patient": people, "record": people, "sample": 0})
    return Examples(x, labels, ("N", "A"), rows, fs=300, leads=["ECG"])


ALL_KINDS = pytest.mark.parametrize("make", [make_beats, twelve_leads, rhythms])


def test_doctest():
    assert doctest.testmod(examples).failed == 0


def test_counts_name_every_class():
    assert make_beats("NNVVQ").counts == {"N": 2, "S": 0, "V": 2, "F": 0, "Q": 1}
    assert twelve_leads().counts == {"MI": 1, "HYP": 1, "NORM": 3}


def test_what_stands_in_the_summary():
    assert "5 of 1 × 4 samples at 100 Hz; 1 patients; N 2, S 0" in repr(make_beats())
    assert "4 of 12 × 10 samples at 100 Hz; 4 patients; MI 1, HYP 1" in repr(twelve_leads())
    assert "3 of 1 × 2 to 4 samples at 300 Hz; 3 patients; N 1, A 2" in repr(rhythms())


def test_unknown_patients_are_not_counted_as_one_more():
    beats = make_beats("NNN", rows={"patient": ["a", None, ""]})
    assert "; 1 patients;" in repr(beats)


@ALL_KINDS
def test_indexing_keeps_rows_together(make):
    whole = make()
    part = whole[[2, 1]]
    np.testing.assert_array_equal(part.x[0], whole.x[2])
    np.testing.assert_array_equal(part.y, whole.y[[2, 1]])
    assert part.record.tolist() == whole.record[[2, 1]].tolist()
    assert part.sample.tolist() == whole.sample[[2, 1]].tolist()
    assert part.length.tolist() == whole.length[[2, 1]].tolist()
    assert part.rows.index.tolist() == [0, 1]


@ALL_KINDS
def test_a_slice_a_mask_and_positions_give_the_same(make):
    whole = make()
    mask = np.arange(len(whole)) < 2
    for index in (slice(0, 2), mask, list(mask), pd.Series(mask), np.array([0, 1])):
        part = whole[index]
        assert len(part) == len(part.x) == len(part.y) == len(part.rows) == 2
        np.testing.assert_array_equal(part.x[1], whole.x[1])


@ALL_KINDS
@pytest.mark.parametrize("number", [1, -1, np.int64(1)])
def test_one_number_gives_one_example(make, number):
    whole = make()
    one = whole[number]
    assert one.x.shape == (len(whole.leads), whole.length[number])
    np.testing.assert_array_equal(one.x, whole.x[number])
    np.testing.assert_array_equal(one.y, whole.y[number])
    assert one.row.record == whole.record[number]
    assert one.row["length"] == whole.length[number]


def test_the_label_of_one_example_is_a_plain_number():
    beats = make_beats("NVN")
    assert beats.classes[beats[1].y] == "V"
    assert type(beats[1].y) is int


def test_no_example_is_left_by_an_empty_index():
    with pytest.raises(RecordInvalid, match="at least one example"):
        make_beats()[[]]


@pytest.mark.parametrize("classes", [("V", "N"), (["V", "N"],), (("V", "N"),)])
def test_only_renumbers_the_classes(classes):
    part = make_beats("NSVFQV").only(*classes)
    assert part.classes == ("V", "N")
    assert part.y.tolist() == [1, 0, 0]
    assert part.sample.tolist() == [0, 200, 500]


def test_only_keeps_every_row_where_classes_go_together():
    part = twelve_leads().only("NORM", "MI")
    assert part.classes == ("NORM", "MI")
    assert part.y.tolist() == [[True, True], [False, False], [True, False], [True, False]]


@pytest.mark.parametrize("classes", [("X",), (), (["X", "N"],)])
def test_an_unknown_class_is_refused(classes):
    with pytest.raises(RecordInvalid, match=r"no class (X|named); there are N, S, V, F, Q"):
        make_beats().only(*classes)


def test_a_class_without_examples_cannot_be_all_there_is():
    with pytest.raises(RecordInvalid, match="no example of class S"):
        make_beats("NV").only("S")


def test_mask_follows_the_length():
    beats = make_beats("NV", rows={"length": [2, 4]})
    assert beats.mask.tolist() == [[True, True, False, False], [True] * 4]
    assert rhythms((3, 1), (0, 1)).mask.tolist() == [[True, True, True], [True, False, False]]


def test_the_length_is_all_of_it_unless_said():
    assert make_beats("NV").length.tolist() == [4, 4]
    assert rhythms().length.tolist() == [4, 2, 3]


def test_features_are_columns_of_the_rows():
    beats = make_beats("NV", features={"rr_s": [0.5, 1.0], "qrs_ms": [80, 120]})
    assert beats.feature_names == ("rr_s", "qrs_ms")
    assert beats.features.dtype == np.float32
    assert beats.features.tolist() == [[0.5, 80], [1, 120]]
    assert beats[beats.rows.qrs_ms > 100].features.tolist() == [[1, 120]]
    other = beats.with_features(pd.DataFrame({"ratio": [1.0, 2.0]}, index=[7, 8]))
    assert other.features.tolist() == [[1], [2]]
    assert set(beats.rows) - set(other.rows) == {"rr_s", "qrs_ms"}


def test_features_may_take_the_names_of_those_they_replace():
    beats = make_beats("NV", features={"rr_s": [0.5, 1.0]})
    assert beats.with_features({"rr_s": 2 * beats.rows.rr_s}).features.tolist() == [[1], [2]]


def test_without_features_there_are_no_columns():
    assert make_beats("NVV").features.shape == (3, 0)


@pytest.mark.parametrize(
    ("features", "message"),
    [
        ({"patient": np.zeros(5)}, "feature 'patient' needs .* a name that no other"),
        ({"rr_s": np.zeros(4)}, "feature 'rr_s' needs one value for each of 5"),
        ({"rr_s": [1, 2, np.nan, 4, np.inf]}, r"2 examples .* in features.* example 2 of record a"),
    ],
)
def test_features_that_do_not_fit_are_refused(features, message):
    with pytest.raises(RecordInvalid, match=message):
        make_beats().with_features(features)


def test_one_nan_is_refused_with_its_example():
    x = np.zeros((5, 1, 4), np.float32)
    x[3, 0, 2] = np.nan
    with pytest.raises(RecordInvalid, match=r"1 examples .* example 3 of record a"):
        make_beats(x=x)


def test_what_is_masked_is_missing():
    x = np.ma.masked_equal(np.arange(20.0).reshape(5, 1, 4), 13)
    with pytest.raises(RecordInvalid, match="example 3 of record a"):
        make_beats(x=x)


def test_a_gap_between_ragged_examples_is_nobodys():
    whole = rhythms()
    samples = whole.x.samples.copy()
    samples[0, 4] = np.nan  # of the second record
    x = Ragged(samples, whole.x.start, whole.x.length)
    with pytest.raises(RecordInvalid, match=r"1 examples .* example 1 of record A1"):
        Examples(x, whole.y, whole.classes, whole.rows, whole.fs, whole.leads)
    kept = Examples(x[[0, 2]], [0, 1], whole.classes, whole.rows.iloc[[0, 2]], 300, whole.leads)
    assert kept.x[1].tolist() == [[6, 7, 8]]


def test_an_array_that_may_change_is_searched_every_time():
    beats = make_beats()
    beats.x[3, 0, 2] = np.inf
    with pytest.raises(RecordInvalid, match="example 3"):
        beats.with_features({"one": np.ones(5)})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": np.zeros((5, 4), np.float32)}, "shape"),
        ({"x": np.zeros((5, 2, 4), np.float32)}, "1 leads"),
        ({"x": np.zeros((5, 1, 0), np.float32)}, "shape"),
        ({"y": np.array([0, 1])}, "2 labels for 5"),
        ({"y": np.array([0, 1, 2, 3, 5])}, "must index 5 classes, got 0 to 5"),
        ({"y": np.array([0, 1, 2, 3, -1])}, "must index 5 classes, got -1 to 3"),
        ({"y": np.zeros(5)}, r"got float64 \(5,\)"),
        ({"y": np.zeros((5, 5), int)}, r"true and false \(n, 5\), got int64 \(5, 5\)"),
        ({"y": np.zeros((5, 4), bool)}, r"true and false \(n, 5\), got bool \(5, 4\)"),
        ({"feature_names": ["rr_s"]}, "rows need columns rr_s; there are patient, record"),
        ({"rows": {"length": [0, 1, 1, 1, 1]}}, "lengths must be 1 to 4 samples, got 0 to 1"),
        ({"rows": {"length": [5, 1, 1, 1, 1]}}, "lengths must be 1 to 4 samples, got 1 to 5"),
    ],
)
def test_what_does_not_fit_is_refused(changes, message):
    with pytest.raises(RecordInvalid, match=message):
        make_beats(**changes)


@pytest.mark.parametrize(
    ("patients", "message"),
    [
        ("abc", "3 rows for 5 examples"),
        ("abcde", "rows need columns record, sample;"),
    ],
)
def test_rows_that_do_not_fit_are_refused(patients, message):
    whole, rows = make_beats(), pd.DataFrame({"patient": list(patients)})
    with pytest.raises(RecordInvalid, match=message):
        Examples(whole.x, whole.y, whole.classes, rows, 100, ["II"])


def test_ragged_lengths_in_the_rows_must_be_those_of_the_signals():
    whole = rhythms()
    with pytest.raises(RecordInvalid, match="not those of the ragged"):
        Examples(whole.x, whole.y, ("N", "A"), whole.rows.assign(length=[4, 2, 4]), 300, ["ECG"])


def test_examples_go_to_other_processes_and_back():
    whole = rhythms()
    back = pickle.loads(pickle.dumps(whole))
    np.testing.assert_array_equal(back.x.samples, whole.x.samples)
    pd.testing.assert_frame_equal(back.rows, whole.rows)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ([1, 22, 1], ["1", "22", "1"]),
        ([1.0, np.nan, 2.5], ["1", "", "2.5"]),
        (["a", None, " b "], ["a", "", "b"]),
        (["nan", "None", "NaN"], ["", "", ""]),
        ([pd.NA, 7, "x"], ["", "7", "x"]),
        (pd.Categorical(["p", None, "q"]), ["p", "", "q"]),
    ],
)
def test_names_of_patients_are_text(column, text):
    assert as_text(pd.Series(column)).tolist() == text
    assert make_beats("NNN", rows={"patient": column}).patient.tolist() == text


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["C"]), max_size=4)))
def test_text_stays_itself_but_for_blanks_at_its_ends(words):
    unknown = ("", "nan", "none", "nat", "<na>")
    expected = ["" if word.strip().lower() in unknown else word.strip() for word in words]
    assert as_text(np.array(words, object)).tolist() == expected
