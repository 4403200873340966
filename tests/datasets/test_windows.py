"""Windows of recordings, their sides of a split, padding and scaling."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook import PatientLeak, RecordInvalid, open_database
from ecgbook.datasets import (
    Examples,
    Ragged,
    Split,
    padded,
    rhythm_records,
    rhythm_windows,
    split_windows,
    standardised,
)


def records_of(lengths, labels=None, patients=None, classes="NAO~"):
    """Return recordings whose value is their own sample number, and a million times their place."""
    n = len(lengths)
    signals = [np.arange(length)[None] + 1e6 * i for i, length in enumerate(lengths)]
    names = [f"r{i}" for i in range(n)]
    rows = pd.DataFrame({"patient": patients or names, "record": names, "sample": [0] * n})
    y = [classes.index(label) for label in labels or "N" * n]
    return Examples(Ragged.of(signals), y, classes, rows.assign(age=50), fs=300, leads=["ECG"])


def test_windows_start_every_stride_and_know_their_recording():
    # 10 samples hold windows of 4 from 0, 3 and 6; 5 samples one from 0; 7 samples 0 and 3.
    windows = rhythm_windows(records_of([10, 5, 7], "NAO"), size=4, stride=3)
    assert windows.record.tolist() == ["r0"] * 3 + ["r1"] + ["r2"] * 2
    assert windows.sample.tolist() == [0, 3, 6, 0, 0, 3]
    assert windows.y.tolist() == [0, 0, 0, 1, 2, 2]
    assert windows.x[2].tolist() == [[6, 7, 8, 9]]
    assert windows.x[5].tolist() == [[2e6 + 3, 2e6 + 4, 2e6 + 5, 2e6 + 6]]
    assert windows.rows["age"].tolist() == [50] * 6
    assert (windows.fs, windows.recipe["window"], windows.recipe["stride"]) == (300, 4, 3)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=5), st.integers(1, 20), st.integers(1, 25))
def test_windows_are_those_of_a_loop(lengths, size, stride):
    records = records_of(lengths)
    windows = rhythm_windows(records, size=size, stride=stride, pad=True)
    expected = [
        (name, start, signal[:, start : start + size].tolist())
        for name, signal in zip(records.record, records.x, strict=True)
        for start in range(0, max(signal.shape[1] - size, 0) + 1, stride)
    ]
    found = zip(windows.record, windows.sample, (x.tolist() for x in windows.x), strict=True)
    assert list(found) == expected


def test_no_sample_is_copied():
    records = records_of([9000] * 20)
    assert np.shares_memory(rhythm_windows(records, stride=1).x.samples, records.x.samples)


def test_each_class_may_have_its_own_stride():
    # (9000 − 2048) // 512 + 1 = 14 windows, // 73 + 1 = 96.
    records = records_of([9000, 9000], "NA").only("N", "A")
    windows = rhythm_windows(records, stride={"N": 512, "A": 73})
    assert windows.counts == {"N": 14, "A": 96}
    assert rhythm_windows(records, stride=512).counts == {"N": 14, "A": 14}


@pytest.mark.parametrize(
    ("stride", "message"),
    [
        ({"N": 512}, "no stride A; name each class"),
        ({"N": 512, "A": 73, "B": 3}, "there is no class B"),
        (0, "one sample or more"),
        ({"N": 512, "A": 0}, "one sample or more"),
    ],
)
def test_strides_that_do_not_fit_are_refused(stride, message):
    with pytest.raises(RecordInvalid, match=message):
        rhythm_windows(records_of([9000, 9000], "NA"), stride=stride)


def test_recordings_shorter_than_a_window_are_refused_by_name_or_kept():
    records = records_of([3000, 2047, 100])
    with pytest.raises(RecordInvalid, match=r"2 recordings are shorter .* first is r1 with 2,047"):
        rhythm_windows(records)
    windows = rhythm_windows(records, pad=True)
    assert windows.length.tolist() == [2048, 2048, 2047, 100]
    x = padded(windows, 2048)
    assert x.x.shape == (4, 1, 2048)
    assert x.mask.sum(axis=1).tolist() == [2048, 2048, 2047, 100]
    assert not x.x[3, 0, 100:].any()


def test_padding_takes_the_first_samples_and_fills_up_with_0():
    short, long = padded(records_of([3, 8]), 5)
    assert short.x.tolist() == [[0, 1, 2, 0, 0]]
    assert long.x.tolist() == [[1e6, 1e6 + 1, 1e6 + 2, 1e6 + 3, 1e6 + 4]]
    assert padded(records_of([3, 8]), 5).length.tolist() == [3, 5]
    # Padding once more keeps what is known of the first time.
    again = padded(padded(records_of([3, 8]), 5), 7)
    assert again.length.tolist() == [3, 5]
    assert again.x[1, 0].tolist() == [1e6, 1e6 + 1, 1e6 + 2, 1e6 + 3, 1e6 + 4, 0, 0]
    with pytest.raises(RecordInvalid, match="one sample or more"):
        padded(records_of([3]), 0)


def test_windows_stay_on_the_side_of_their_recording():
    # r0 and r1 are one signal under two names: one patient.
    records = records_of(
        [50] * 12, "NA" * 6, patients=["r0", "r0"] + [f"r{i}" for i in range(2, 12)], classes="NA"
    )
    split = Split.by_record(records, duplicates=[("r0", "r1")], valid=0.2, test=0.3)
    windows = rhythm_windows(records, size=20, stride={"N": 10, "A": 3})
    inherited = split_windows(split, records, windows)
    for side in ("train", "valid", "test"):
        whole = set(records.record[getattr(split, side)])
        assert set(windows.record[getattr(inherited, side)]) == whole
        assert len({"r0", "r1"} & whole) in (0, 2)
    n = sum(len(getattr(inherited, side)) for side in ("train", "valid", "test"))
    assert n == len(windows)


def test_twins_on_two_sides_stay_refused():
    records = records_of([50] * 3, patients=["p", "p", "q"])
    split = Split(records, [0], [1], [2], "leaky", leaky="to try", train_classes=("N",))
    windows = rhythm_windows(records, size=20, stride=10)
    assert split_windows(split, records, windows).leaky == "to try"
    object.__setattr__(split, "leaky", "")
    with pytest.raises(PatientLeak, match=r"\(p\)"):
        split_windows(split, records, windows)


def test_a_recording_on_two_sides_gives_no_split_of_windows():
    windows = rhythm_windows(records_of([50] * 3, classes="N"), size=20, stride=10)
    by_window = Split.by_beat(windows, leaky="windows before the split, as published")
    with pytest.raises(RecordInvalid, match="r0 on two sides"):
        split_windows(by_window, windows, windows)


def test_each_lead_of_each_example_is_scaled_by_itself():
    rng = np.random.default_rng(0)
    signals = [
        rng.normal(7, 3, (2, 400)) * [[1], [100]],
        rng.normal(size=(2, 300)),
        np.ones((2, 9)),
    ]
    signals[2][:] = np.float32(0.1)
    rows = pd.DataFrame({"patient": list("abc"), "record": list("abc"), "sample": [0] * 3})
    examples = Examples(Ragged.of(signals), [0] * 3, "N", rows, fs=300, leads=["I", "II"])
    scaled = standardised(examples)
    for x, signal in zip(scaled.x, signals[:2], strict=False):
        expected = (signal - signal.mean(1, keepdims=True)) / signal.std(1, keepdims=True)
        np.testing.assert_allclose(x, expected, atol=1e-5)
    assert not scaled.x[2].any()  # flat


def test_padding_is_not_scaled():
    records = records_of([4, 6])
    one = standardised(padded(records, 6))
    np.testing.assert_allclose(one.x[0, 0, :4], standardised(records).x[0][0], atol=1e-6)
    assert not one.x[0, 0, 4:].any()


@pytest.mark.real
def test_the_real_challenge_in_windows_and_at_another_rate():
    database = open_database("challenge-2017")
    names = ["A00001", "A00227", "A01176", "A02656", "A03123", *database.records[4:20]]
    records = rhythm_records(database, records=names)
    records = records.only(*(name for name, n in records.counts.items() if n > 3))
    split = Split.by_record(records, duplicates=[names[1:3], names[3:5]])
    inherited = split_windows(split, records, rhythm_windows(records))
    assert len(inherited.train) > len(split.train)
    slow = rhythm_records(database, records=names[:2], fs=100)
    whole = rhythm_records(database, records=names[:2])
    assert slow.length.tolist() == [-(-n // 3) for n in whole.length]
