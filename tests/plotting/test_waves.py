import numpy as np
import pytest

from ecgbook.errors import RecordInvalid
from ecgbook.plotting import plot_waves
from ecgbook.simulator import simulate


@pytest.fixture(scope="module")
def usual():
    return simulate("normal", leads=["II"], duration_s=4, noise=None, seed=0)


def test_each_part_is_shaded_where_it_is(usual):
    truth, recording = usual.truth[0], usual.recording()
    figure = plot_waves(recording, truth, beat=2)
    (ax,) = figure.axes
    peak = truth.r_peak[2]
    spans = [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in ax.patches]
    p = truth.p[truth.p[:, 1] <= truth.qrs[2, 0]][-1]
    st = truth.qrs[2, 1], truth.t[2, 0]
    wanted = (np.array([p, truth.qrs[2], st, truth.t[2]]) - peak) / recording.fs
    np.testing.assert_allclose(spans, wanted)
    names = [text.get_text() for text in ax.texts]
    assert names == ["P wave", "QRS complex", "ST segment", "T wave", "R peak", "J point"]
    assert ax.lines[1].get_xdata()[0] == 0  # the R peak


def test_a_beat_without_one_of_the_waves_is_refused(usual):
    with pytest.raises(RecordInvalid, match="beat 99 is none"):
        plot_waves(usual.recording(), usual.truth[0], beat=99)
    fibrillating = simulate("atrial_fibrillation", leads=["II"], duration_s=4, seed=0)
    with pytest.raises(RecordInvalid, match="lacks a P wave"):
        plot_waves(fibrillating.recording(), fibrillating.truth[0])
