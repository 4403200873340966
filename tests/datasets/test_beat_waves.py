import numpy as np
import pytest

from ecgbook import RecordInvalid, datasets, open_database
from ecgbook.datasets.beat_waves import WAVE_NAMES, beat_waves
from ecgbook.explain import wave_segments


@pytest.fixture(scope="module")
def mitdb():
    return open_database("mitdb", data="synthetic")


@pytest.fixture(scope="module")
def beats(mitdb):
    return datasets.aami_beats(mitdb, records=["100", "119"])


def test_each_beat_has_its_own_complex_and_ventricular_ones_are_wide(mitdb, beats):
    rows = np.arange(10, 30)
    spans = beat_waves(mitdb, beats, rows)
    assert spans.shape == (20, len(WAVE_NAMES), 2)
    begin, end = spans[:, WAVE_NAMES.index("QRS")].T
    annotated = round(0.25 * beats.fs)
    assert ((begin < annotated) & (annotated < end)).all()
    # What defines a ventricular beat: its complex lasts 0.12 s or longer.
    is_wide = (end - begin) / beats.fs > 0.12
    np.testing.assert_array_equal(is_wide, beats.y[rows] == beats.classes.index("V"))
    assert 0 < is_wide.sum() < len(rows)


def test_waves_come_in_order_and_make_segments(mitdb, beats):
    for own in beat_waves(mitdb, beats, [12, 13]):
        own = own[(own >= 0).all(axis=1)]
        assert (np.diff(own.ravel()) >= 0).all()
        assert wave_segments(own, beats.x.shape[2]).max() >= len(own)


def test_a_wave_outside_of_the_window_is_not_there_and_one_across_its_edge_is_cut(mitdb, beats):
    wide = beat_waves(mitdb, beats, [12])[0]
    # A window that begins with the beat has no P wave and half a complex.
    late = beat_waves(mitdb, beats, [12], before_s=0)[0]
    shift = round(0.25 * beats.fs)
    assert late[0].tolist() == [-1, -1]
    assert late[1].tolist() == [0, wide[1, 1] - shift]
    np.testing.assert_array_equal(late[2], wide[2] - shift)


def test_beats_at_another_rate_are_refused(mitdb, beats):
    from dataclasses import replace

    with pytest.raises(RecordInvalid, match=r"100 has 360 Hz, its beats have 180"):
        beat_waves(mitdb, replace(beats, fs=180.0), [0])
