import numpy as np

from ecgbook.simulator import atria, simulate
from ecgbook.simulator.rhythm import Timing

TIME_S = np.arange(0, 60, 1 / 500)


def spectrum(x):
    power = np.abs(np.fft.rfft((x - x.mean()) * np.hanning(len(x)))) ** 2
    return np.fft.rfftfreq(len(x), 1 / 500), power


def test_fibrillation_waves_lie_between_4_and_9_hz():
    for seed in range(5):
        waves = atria.fibrillation_waves(np.random.default_rng(seed), None, TIME_S)
        hertz, power = spectrum(waves[2])
        assert 4 < hertz[power.argmax()] < 9
        assert power[(hertz > 4) & (hertz < 9)].sum() > 0.6 * power.sum()
        assert power[hertz > 25].sum() < 1e-3 * power.sum()


def test_fibrillation_waves_are_fine_and_largest_in_v1():
    ecg = simulate("atrial_fibrillation", n=20, noise=None)
    quiet = []
    for clean, truth in zip(ecg.clean, ecg.truth, strict=True):
        tq = truth.lesion[0]
        quiet.append(clean[:, tq].std(axis=1))
    sizes = dict(zip(ecg.leads, np.median(quiet, axis=0), strict=True))
    assert 0.01 < sizes["V1"] < 0.15
    assert sizes["V1"] > sizes["I"]
    assert sizes["V1"] > sizes["V6"]


def test_flutter_waves_repeat_and_never_rest():
    onset = np.arange(-1, 62, 0.2)
    timing = Timing(qrs_s=np.empty(0), symbol=np.empty(0, str), flutter_s=onset)
    down = atria.flutter_waves(None, timing, TIME_S)[1]
    np.testing.assert_allclose(down[:-100], down[100:], atol=1e-9)
    slope = np.diff(down[:100])
    # A saw: one steep side, one gentle side, and next to no flat stretch.
    assert np.abs(slope).max() > 2 * np.median(np.abs(slope))
    assert np.mean(np.abs(slope) < 1e-4) < 0.1
