"""The median beat of all leads, and the row of numbers that a recording becomes."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ecgbook.classical.median_beats import beat_table, median_beat
from ecgbook.classical.rr_irregularity import RR_MEASURES
from ecgbook.datasets import Examples
from ecgbook.errors import RecordInvalid

FS = 100
PEAKS = np.array([5, 100, 200, 300, 400, 500, 599])  # the first and the last beat are cut


def signal():
    """Return two leads: R peaks of 1 and 2 mV on a level of 0.3, a step of ST in the second."""
    x = np.full((2, 600), 0.3)
    x[:, PEAKS] += [[1], [2]]
    for peak in PEAKS[1:-1]:
        x[1, peak + 10 : peak + 20] += 0.2
    return x


def test_the_usual_beat_is_told_against_the_level_before_it():
    beat = median_beat(signal(), PEAKS, FS)
    assert beat.shape == (2, 72)
    expected = np.zeros((2, 72))
    expected[:, 26] = 1, 2  # 0.26 s before the peak is where it begins
    expected[1, 36:46] = 0.2
    np.testing.assert_allclose(beat, expected, atol=1e-6)


def test_one_odd_beat_changes_nothing():
    x = signal()
    x[:, 250:350] *= 5
    np.testing.assert_allclose(median_beat(x, PEAKS, FS), median_beat(signal(), PEAKS, FS))


def test_without_a_whole_beat_nothing_is_known():
    assert np.isnan(median_beat(signal(), [5, 599], FS)).all()


def recordings(fs=100):
    time = np.arange(10 * fs) / fs
    beats = np.exp(-(((time % 0.8 - 0.4) / 0.02) ** 2))
    x = np.stack([[beats, 2 * beats], [0 * beats, 0 * beats]]).astype(np.float32)
    rows = pd.DataFrame({"patient": ["p", "q"], "record": ["a", "b"], "sample": [0, 0]})
    return Examples(x, [0, 0], ("N",), rows, fs=fs, leads=["II", "V1"])


@pytest.mark.parametrize("fs", [100, 500])
def test_a_row_has_beats_by_lead_and_time_and_the_rhythm(fs):
    table = beat_table(recordings(fs))
    assert table.shape == (2, 2 * 36 + len(RR_MEASURES))
    known = table.iloc[0]
    assert known["rr_mean_ms"] == pytest.approx(800, abs=1)
    assert known["II_at_0_ms"] > 0.7
    assert known["V1_at_0_ms"] == pytest.approx(2 * known["II_at_0_ms"], rel=1e-5)
    assert abs(known["II_at_-260_ms"]) < 0.01
    assert table.iloc[1].filter(like="_at_").isna().all()  # a flat line has no beat


def test_other_rates_are_refused():
    with pytest.raises(RecordInvalid, match="got 360"):
        beat_table(replace(recordings(), fs=360))
