import dataclasses
import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgbook import Annotations, Recording, RecordInvalid, recording

LEADS = ("I", "II")


def make(signal=((0.0, 1.0, 2.0, 3.0), (4.0, 5.0, 6.0, 7.0)), fs=2, leads=LEADS, **more):
    return Recording(np.array(signal), fs=fs, leads=leads, **more)


def test_examples():
    assert doctest.testmod(recording).failed == 0


def test_signal_is_float32_in_millivolts():
    ecg = make(unit="uV")
    assert ecg.signal.dtype == np.float32
    np.testing.assert_allclose(ecg.signal[1], [0.004, 0.005, 0.006, 0.007], rtol=1e-6)
    assert make([[2e-4], [1e-4]], unit="V").signal.tolist() == [
        [pytest.approx(0.2)],
        [pytest.approx(0.1)],
    ]


@pytest.mark.parametrize("unit", ["µV", "μV", "uV"])  # micro sign, Greek mu, letter
def test_spellings_of_microvolt(unit):
    assert make([[1000.0], [0.0]], unit=unit).signal[0, 0] == pytest.approx(1)


def test_float32_is_not_copied():
    signal = np.zeros((2, 10), np.float32)
    assert np.shares_memory(Recording(signal, 1, LEADS).signal, signal)
    assert signal.flags.writeable


def test_is_frozen():
    ecg = make()
    with pytest.raises(dataclasses.FrozenInstanceError):
        ecg.fs = 3
    with pytest.raises(ValueError, match="read-only"):
        ecg.signal[0, 0] = 1


def test_what_it_tells():
    ecg = make(database="mitdb", record="100")
    assert ecg.name == "mitdb/100"
    assert make().name == "recording"
    assert ecg.duration_s == 2
    assert ecg.time_s.tolist() == [0, 0.5, 1, 1.5]
    assert repr(ecg) == "Recording(mitdb/100: I, II; 2 s at 2 Hz)"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"signal": [1.0, 2.0]}, r"shape \(lead, time\) with 2 leads"),
        ({"signal": [[1.0, 2.0]]}, r"got \(1, 2\)"),
        ({"signal": np.zeros((2, 0))}, "at least one sample"),
        ({"signal": np.zeros((4, 2))}, r"got \(4, 2\)"),
        ({"fs": 0}, "positive number of Hz"),
        ({"fs": -1}, "positive number of Hz"),
        ({"fs": np.nan}, "positive number of Hz"),
        ({"fs": np.inf}, "positive number of Hz"),
        ({"fs": True}, "positive number of Hz"),
        ({"fs": None}, "positive number of Hz"),
        ({"fs": "360"}, "positive number of Hz"),
        ({"fs": [360]}, "positive number of Hz"),
        ({"unit": "mmHg"}, "unknown unit 'mmHg'"),
        ({"leads": ("I", "I")}, "lead names must differ"),
        ({"leads": ("I", "")}, "every lead needs a name"),
        ({"leads": ("I", None)}, "every lead needs a name"),
        ({"leads": ()}, "every lead needs a name"),
        ({"signal": [[0.0], [250.0]]}, r"mitdb/100: 250 mV .* unit='uV'"),
        ({"signal": [[0.0], [-250.0]]}, "250 mV"),
        ({"signal": [[np.nan, np.nan], [np.inf, 0]]}, "cannot come from surface"),
    ],
)
def test_what_is_refused(change, message):
    with pytest.raises(RecordInvalid, match=message):
        make(**({"database": "mitdb", "record": "100"} | change))


@pytest.mark.parametrize("at", [0, 40_000, 99_999])
def test_implausible_voltage_is_found_anywhere(at):
    signal = np.full((1, 100_000), np.nan)
    signal[0, at] = -201
    with pytest.raises(RecordInvalid, match="201 mV"):
        Recording(signal, 1, "I")


def test_missing_samples_are_kept():
    signal = [[np.nan, 1.0], [np.nan, np.nan]]
    np.testing.assert_array_equal(make(signal).signal, signal)


def test_one_lead_may_be_named_by_a_word():
    assert Recording([[1.0]], 1, "ECG").leads == ("ECG",)


def test_leads():
    ecg = make()
    assert ecg.lead("II").tolist() == [4, 5, 6, 7]
    swapped = ecg.select("II", "I")
    assert swapped.leads == ("II", "I")
    assert swapped.signal[1].tolist() == [0, 1, 2, 3]
    with pytest.raises(RecordInvalid, match="has no lead 'V1'; it has I, II"):
        ecg.select("I", "V1")


def test_window():
    marks = Annotations([0, 1, 2, 3], list("NVNN"), ["a", "b", "c", "d"])
    ecg = make(annotations=marks, patient="p")
    part = ecg.window(0.5, 1.5)
    assert part.signal.tolist() == [[1, 2], [5, 6]]
    assert part.annotations.sample.tolist() == [0, 1]
    assert part.annotations.symbol.tolist() == ["V", "N"]
    assert part.annotations.aux.tolist() == ["b", "c"]
    assert part.patient == "p"
    assert np.shares_memory(part.signal, ecg.signal)


@pytest.mark.parametrize(("start_s", "stop_s"), [(-1, 1), (1, 1), (1.5, 0.5), (0, 2.5)])
def test_window_outside(start_s, stop_s):
    with pytest.raises(RecordInvalid, match="is not inside the recording of 2 s"):
        make().window(start_s, stop_s)


@pytest.mark.parametrize("fs", [100, 128, 250, 360, 500, 1000])
def test_resampled_sine_is_the_sine(fs):
    time_s = np.arange(3600) / 360
    ecg = Recording(np.sin(2 * np.pi * 5 * time_s)[None], 360, "I")
    again = ecg.resample(fs)
    inner = slice(fs, -fs)  # the filter needs both sides
    assert again.fs == fs
    assert again.duration_s == pytest.approx(10, abs=1 / fs)
    expected = np.sin(2 * np.pi * 5 * again.time_s)
    np.testing.assert_allclose(again.signal[0, inner], expected[inner], atol=2e-3)


def test_resampling_removes_what_would_fold_back():
    time_s = np.arange(5000) / 500
    ecg = Recording(np.sin(2 * np.pi * 90 * time_s)[None], 500, "I")
    assert np.abs(ecg.resample(100).signal[0, 100:-100]).max() < 0.05


def test_resampling_moves_annotations():
    marks = Annotations([0, 180, 359], list("NVN"))
    ecg = Recording(np.zeros((1, 360)), 360, "I", annotations=marks)
    assert ecg.resample(720).annotations.sample.tolist() == [0, 360, 718]
    assert ecg.resample(1).annotations.sample.tolist() == [0, 0, 0]


def test_annotations_are_sorted_and_ties_keep_their_order():
    marks = Annotations([5, 1, 5, 3], list("NVAF"), ["a", "b", "c", "d"])
    assert marks.sample.tolist() == [1, 3, 5, 5]
    assert marks.symbol.tolist() == list("VFNA")
    assert marks.aux.tolist() == ["b", "d", "a", "c"]


def test_annotations_without_text():
    marks = Annotations([1, 2], ["N", "V"])
    assert marks.aux.tolist() == ["", ""]
    assert len(Annotations([], [])) == 0


def test_beats():
    marks = Annotations(range(6), ["N", "+", "/", "~", "|", "V"])
    assert marks.beats().symbol.tolist() == ["N", "/", "V"]
    assert marks.beats().sample.tolist() == [0, 2, 5]


def test_nineteen_symbols_stand_for_beats():
    # The WFDB table of codes: 18 classes of beats and "?", a beat left open while learning.
    assert set("NLRBAaJSVrFejnE/fQ?") == recording.BEAT_SYMBOLS


@pytest.mark.parametrize("index", [slice(1, 3), [1, 2], np.array([False, True, True])])
def test_annotations_can_be_indexed(index):
    marks = Annotations([1, 2, 3], list("NVA"))[index]
    assert marks.symbol.tolist() == ["V", "A"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2], ["N"]), "2 samples, 1 symbols"),
        (([1], ["N"], ["", ""]), "2 texts"),
        (([[1]], [["N"]]), "one-dimensional"),
        (([-1], ["N"]), "negative sample: -1"),
    ],
)
def test_annotations_that_do_not_fit(arguments, message):
    with pytest.raises(RecordInvalid, match=message):
        Annotations(*arguments)


@given(
    sample=st.lists(st.integers(0, 1000)),
    start=st.integers(0, 1000),
    length=st.integers(0, 1000),
)
@settings(deadline=None)
def test_window_of_annotations_is_what_lies_inside(sample, start, length):
    marks = Annotations(sample, ["N"] * len(sample)).window(start, start + length)
    inside = sorted(s - start for s in sample if start <= s < start + length)
    assert marks.sample.tolist() == inside


@pytest.mark.parametrize(
    ("signal", "message"),
    [
        ([[1.0, 2.0], [3.0]], "of one length"),
        ([["a", "b"]], "real numbers"),
        ([[1 + 2j]], "real numbers"),
    ],
)
def test_a_signal_that_is_none_is_refused(signal, message):
    with pytest.raises(RecordInvalid, match=message):
        Recording(signal, 360, ["I", "II"][: len(signal)])


def test_annotations_in_seconds_are_refused():
    with pytest.raises(RecordInvalid, match="whole samples"):
        Annotations([0.5, 1.2], ["N", "N"])
    assert len(Annotations([], [])) == 0


def test_annotations_of_another_type_are_refused():
    with pytest.raises(RecordInvalid, match=r"ecgbook\.Annotations, got list"):
        Recording([[0.0]], 360, ["II"], annotations=[3])


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        ([3, 4], "1 of 2 annotations lie at or beyond the end .* 4 samples, up to sample 4"),
        ([4, 9, 57_077_320], r"3 of 3 annotations .* up to sample 57,077,320"),
        ([0, 2**40], r"mitdb/100: 1 of 2 annotations .* annotations\.window\(0, 4\)"),
    ],
)
def test_marks_beyond_the_end_are_refused(sample, message):
    marks = Annotations(sample, ["N"] * len(sample))
    with pytest.raises(RecordInvalid, match=message):
        make(annotations=marks, database="mitdb", record="100")


def test_the_remedy_against_marks_beyond_the_end_works():
    marks = Annotations([0, 3, 4, 9], list("NVAF"))
    assert make(annotations=marks.window(0, 4)).annotations.symbol.tolist() == ["N", "V"]


def test_a_signal_cannot_become_shorter_than_its_marks():
    ecg = make(annotations=Annotations([3], ["N"]))
    with pytest.raises(RecordInvalid, match="beyond the end"):
        dataclasses.replace(ecg, signal=ecg.signal[:, :3])


@given(
    sample=st.lists(st.integers(0, 359), max_size=20),
    fs=st.sampled_from([1, 100, 125, 128, 250, 333.25, 360, 500, 1000]),
)
def test_resampled_marks_stay_inside_and_within_a_sample_of_their_time(sample, fs):
    marks = Annotations(sample, ["N"] * len(sample))
    again = Recording(np.zeros((1, 360)), 360, "I", annotations=marks).resample(fs)
    np.testing.assert_allclose(
        again.annotations.sample / again.fs, marks.sample / 360, atol=1 / fs + 1e-9
    )
    # Marks that stood apart stay apart where the new rate has room for them.
    if fs >= 360:
        assert len(set(again.annotations.sample)) == len(set(sample))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int16])
def test_masked_samples_are_missing(dtype):
    signal = np.ma.masked_array([[1, 2], [3, 4]], mask=[[0, 1], [0, 0]], dtype=dtype)
    for given_as in (signal, list(signal), [signal[0], [3, 4]]):
        np.testing.assert_array_equal(Recording(given_as, 2, LEADS).signal, [[1, np.nan], [3, 4]])
    assert not isinstance(Recording(signal, 2, LEADS).signal, np.ma.MaskedArray)


def test_a_masked_value_does_not_count_as_implausible():
    signal = np.ma.masked_greater([[1.0, 9999.0], [0.0, 0.0]], 100)
    assert np.isnan(Recording(signal, 2, LEADS).signal[0, 1])


def test_masked_annotations_are_refused():
    with pytest.raises(RecordInvalid, match="cannot be masked"):
        Annotations(np.ma.masked_array([1, 2], mask=[0, 1]), ["N", "N"])
    assert len(Annotations(np.ma.masked_array([1, 2]), ["N", "N"])) == 2
