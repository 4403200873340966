from dataclasses import replace

import numpy as np
import pytest
from biosppy.signals.tools import filter_signal
from hypothesis import example, given
from hypothesis import strategies as st

from ecgbook import Annotations, Recording, RecordInvalid, open_database
from ecgbook.datasets import beatgan, beatgan_beats, scale_beats
from ecgbook.datasets.beatgan import _interpolated
from ecgbook.datasets.context import with_rr_ratios
from tests.datasets.recordings import MadeDatabase, ramp


def named(database, name):
    """Give a database in memory the name of a real one."""
    database.name = name
    return database


def many(symbols):
    """Return a recording of noise at 250 Hz with a mark every 50 samples from 500 on."""
    sample = 500 + 50 * np.arange(len(symbols))
    noise = np.random.default_rng(0).normal(size=(1, sample[-1] + 500))
    return Recording(
        noise, fs=250, leads=["ML2"], record="r1", annotations=Annotations(sample, list(symbols))
    )


def classes_of(beats):
    return "".join(beats.classes[c] for c in beats.y)


def test_times_are_those_of_308_samples_a_second():
    x = _interpolated(np.arange(260.0)[None, None], 250 / 308)
    assert x.shape == (1, 1, 320)
    # Sample 1 at 1/308 s is 250/308 of the way to the second; 77/308 s is a quarter of a second.
    assert x[0, 0, [0, 1, 77, 308]].tolist() == pytest.approx([0, 250 / 308, 62.5, 250])
    assert x[0, 0, -1] == pytest.approx(319 / 308 * 250)


def test_a_triangle_is_followed_on_straight_lines():
    # The third value lies 500/308 samples in, between the top at 1 and the foot at 2.
    x = np.zeros((1, 1, 260))
    x[..., 1] = 1
    expected = [0, 250 / 308, 2 - 500 / 308, 0]
    assert _interpolated(x, 250 / 308)[0, 0, :4].tolist() == pytest.approx(expected)


@given(st.floats(-10, 10), st.floats(-10, 10))
@example(5e-324, 0.0)  # no ratio holds for numbers so small
def test_a_straight_line_stays_one(height, slope):
    line = height + slope * np.arange(260) / 250
    expected = height + slope * np.arange(320) / 308
    np.testing.assert_allclose(
        _interpolated(line[None, None], 250 / 308)[0, 0], expected, atol=1e-12
    )


def test_without_a_change_of_rate_nothing_changes():
    x = np.random.default_rng(0).normal(size=(3, 2, 320))
    np.testing.assert_array_equal(_interpolated(x, 1.0), x)


def test_beats_are_those_of_the_steps_written_out():
    recording = open_database("ltstdb", data="synthetic").read("s20021").window(0, 60)
    beats = beatgan_beats(MadeDatabase([recording]), confirmed="none")
    filtered, _, _ = filter_signal(
        recording.signal[0].astype(float),
        ftype="FIR",
        band="bandpass",
        order=int(0.3 * 250),
        frequency=[3, 45],
        sampling_rate=250.0,
    )
    assert len(beats) > 40
    for x, sample in zip(beats.x, beats.sample, strict=True):
        piece = filtered[sample - 120 : sample + 140]
        expected = np.interp(np.arange(0, 1.036, 1 / 308), np.arange(260) / 250, piece)
        np.testing.assert_allclose(x[0], expected, atol=1e-5)


@pytest.mark.parametrize(("peak", "heard"), [(240, False), (241, True), (259, True), (260, False)])
def test_the_detector_vets_normal_beats_at_their_annotation(monkeypatch, peak, heard):
    # Beats N, V, N, A, N at samples 250, 500, …; only the first N has a peak nearby.
    monkeypatch.setattr(beatgan, "_hamilton_peaks", lambda filtered, fs: np.array([peak]))
    beats = beatgan_beats(MadeDatabase([ramp(fs=250)]))
    assert classes_of(beats) == ("NVS" if heard else "VS")


@pytest.mark.parametrize(
    ("symbols", "counts"),
    [
        ("N" * 10_000, {"N": 10_000, "V": 0}),
        ("N" * 10_001 + "VNA", {"N": 10_000, "V": 1}),
        ("N+" + "N" * 10_000 + "V", {"N": 9_999, "V": 1}),  # a mark that is no beat counts
    ],
)
def test_normal_beats_after_ten_thousand_annotations_are_left_out(symbols, counts):
    beats = beatgan_beats(MadeDatabase([many(symbols)]), confirmed="none")
    assert counts.items() <= beats.counts.items()


def test_all_normal_beats_of_mitbih_are_taken():
    recording = many("N" * 10_100)
    recording = replace(recording, fs=360, leads=["MLII"])
    assert len(beatgan_beats(MadeDatabase([recording]), confirmed="none")) == 10_100


def test_windows_that_reach_beyond_the_recording_are_dropped():
    recording = ramp(fs=250)
    marks = replace(recording.annotations, sample=np.array([119, 120, 1000, 2360, 2361]))
    beats = beatgan_beats(MadeDatabase([replace(recording, annotations=marks)]), confirmed="none")
    assert beats.sample.tolist() == [120, 1000, 2360]


def test_the_first_lead_is_taken_whatever_its_name():
    one, other = ramp("r1", fs=250, leads=("E-S", "A-S")), ramp("r2", fs=250, leads=("ML2",))
    flat = replace(one, signal=one.signal * np.array([[0], [1]], np.float32))
    beats = beatgan_beats(MadeDatabase([flat, other]), confirmed="none")
    assert beats.leads == ("E-S or ML2",)
    assert np.ptp(beats.x[beats.record == "r1"]) == 0 < np.ptp(beats.x[beats.record == "r2"])


def test_beats_of_class_q_stay():
    beats = beatgan_beats(MadeDatabase([ramp(fs=250, symbols="NjF/E")]), confirmed="none")
    assert classes_of(beats) == "NSFQV"


def test_rr_is_counted_at_the_rate_of_the_recording():
    beats = beatgan_beats(MadeDatabase([ramp(fs=250)]), confirmed="none")
    assert beats.fs == 308
    np.testing.assert_array_equal(beats.features, 1)  # beats 1 s apart


def test_of_the_long_term_database_the_24_records_of_the_authors_are_taken():
    names = ["s20011", "s20241", "s20242", "s20251", "s30661"]
    database = named(MadeDatabase([ramp(name, fs=250) for name in names]), "ltstdb")
    beats = beatgan_beats(database, confirmed="none")
    assert np.unique(beats.record).tolist() == ["s20011", "s20241"]
    assert len(beatgan._LTST_RECORDS) == 24
    assert len(beatgan_beats(database, records=["s30661"], confirmed="none")) == 5


def test_the_stand_in_goes_the_same_way():
    database = open_database("ltstdb", data="synthetic")
    beats = beatgan_beats(database, records=["s20011"])
    marks = database.read("s20011").annotations.beats()
    assert beats.x.shape == (len(beats), 1, 320)
    assert (beats.fs, beats.leads) == (308, ("ML2",))
    assert 0.9 * len(marks) < len(beats) <= len(marks)
    scaled = scale_beats(beats.x)
    np.testing.assert_allclose(scaled.min(axis=-1), -1, atol=1e-6)
    np.testing.assert_allclose(scaled.max(axis=-1), 1, atol=1e-6)
    assert np.isfinite(with_rr_ratios(beats).features).all()


def test_another_rate_is_refused():
    with pytest.raises(RecordInvalid, match="360 Hz and 250 Hz, got 500 Hz"):
        beatgan_beats(open_database("synthetic"))
