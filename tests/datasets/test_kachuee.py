from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ecgbook import Annotations, RecordInvalid, open_database
from ecgbook.datasets import KACHUEE_LENGTH, kachuee_beats, padded_with
from ecgbook.datasets.kachuee import _of_ptbxl, _tall_maxima
from tests.datasets.recordings import MadeDatabase, ramp


def train(rr_samples, seconds=20, fs=125):
    """One-sample spikes of 1 mV at a steady rate on a flat line at 125 Hz."""
    signal = np.zeros((1, seconds * fs), np.float32)
    sample = np.arange(rr_samples, signal.shape[1] - 1, rr_samples)
    signal[0, sample] = 1
    marks = Annotations(sample, ["N"] * len(sample))
    return replace(ramp(fs=fs, seconds=seconds), signal=signal, annotations=marks)


def test_a_beat_starts_at_its_peak_and_is_a_fifth_longer_than_the_rr_interval():
    beats = kachuee_beats(MadeDatabase([train(100)]))
    assert set(beats.length.tolist()) == {120}
    # The beat's own peak and the next one; zeros everywhere else.
    assert np.flatnonzero(beats.x[0, 0]).tolist() == [0, 100]


def test_the_mask_covers_the_signal_and_not_the_padding():
    beats = kachuee_beats(MadeDatabase([train(100)]))
    assert beats.mask.sum(axis=1).tolist() == beats.length.tolist()
    assert not beats.x[:, 0][~beats.mask].any()


def test_a_slow_heart_is_cut_at_187_samples():
    beats = kachuee_beats(MadeDatabase([train(180)]))
    assert beats.x.shape[1:] == (1, KACHUEE_LENGTH)
    assert set(beats.length.tolist()) == {187}


def test_each_window_has_its_own_scale():
    recording = train(100)
    signal = recording.signal.copy()
    signal[0, 1250:] *= 5
    beats = kachuee_beats(MadeDatabase([replace(recording, signal=signal)]))
    np.testing.assert_allclose(beats.x[:, 0, 0], 1)


def test_a_beat_that_reaches_beyond_the_recording_is_dropped():
    beats = kachuee_beats(MadeDatabase([train(100)]))
    assert (beats.sample + 120 <= 2500).all()
    assert len(beats) == 23  # the 24th, at 2,400, would end at 2,520


def test_maxima_need_nine_tenths_of_their_window():
    signal = np.zeros(1250)
    signal[[100, 300, 500]] = [1.0, 0.89, 0.91]
    assert _tall_maxima(signal).tolist() == [100, 500]


def test_a_recording_without_annotations_is_refused():
    with pytest.raises(RecordInvalid, match="no beat annotations"):
        kachuee_beats(MadeDatabase([replace(ramp(), annotations=None)]))


@pytest.mark.real
def test_mitbih_comes_close_to_the_published_counts():
    # Published: N 90589, S 2779, V 7236, F 803, Q 8039, in all 109,446.
    counts = kachuee_beats(open_database("mitdb")).counts
    published = {"N": 90589, "S": 2779, "V": 7236, "F": 803, "Q": 8039}
    assert all(abs(counts[name] - n) <= 10 for name, n in published.items()), counts


def test_other_padding_changes_only_what_is_after_the_beat():
    beats = kachuee_beats(MadeDatabase([train(100)]))
    padded = padded_with(beats, -1.0)
    assert (padded.x[:, 0][~beats.mask] == -1).all()
    np.testing.assert_array_equal(padded.x[:, 0][beats.mask], beats.x[:, 0][beats.mask])
    assert padded.recipe["padding"] == -1.0


def test_of_ptbxl_normal_means_nothing_else_and_an_infarction_is_never_called_normal():
    named = pd.DataFrame(
        {
            "NORM": [True, True, False, False, True, False],
            "MI": [False, True, True, True, False, False],
            "STTC": [False, False, False, True, True, True],
            "CD": False,
            "HYP": False,
            "fold": [1, 2, 3, 4, 5, 6],
        },
        index=["normal", "both", "ill", "ill and more", "normal and more", "other"],
    )
    assert _of_ptbxl(named) == {
        "normal": {"y": 0, "fold": 1},
        "ill": {"y": 1, "fold": 3},
        "ill and more": {"y": 1, "fold": 4},
    }
