import numpy as np
import pytest

from ecgbook import EcgError
from ecgbook.simulator import TWELVE_LEADS, Noise, lead_matrix, simulate

SILENT = {"baseline_mv": 0, "muscle_mv": 0, "mains_mv": 0, "motion_mv": 0}


def at_electrodes(n_electrodes=200, n_time=30_000, fs=500, **amounts):
    noise = Noise(**{**SILENT, **amounts})
    return noise.at_electrodes(np.random.default_rng(0), n_electrodes, n_time, fs)


def power_of(x, fs=500):
    return np.fft.rfftfreq(x.shape[1], 1 / fs), (np.abs(np.fft.rfft(x)) ** 2).mean(axis=0)


@pytest.mark.parametrize("kind", ["baseline_mv", "muscle_mv", "mains_mv"])
def test_amplitude_is_the_root_mean_square_at_the_electrodes(kind):
    noise = at_electrodes(**{kind: 0.3})
    # Over 200 electrodes chance leaves about 5 % of the root mean square.
    assert np.sqrt(np.mean(noise**2)) == pytest.approx(0.3, rel=0.15)
    assert noise.dtype == np.float32


def test_each_kind_of_noise_has_its_band():
    hertz, baseline = power_of(at_electrodes(baseline_mv=1))
    assert baseline[hertz < 0.8].sum() > 0.97 * baseline.sum()
    hertz, muscle = power_of(at_electrodes(muscle_mv=1))
    assert muscle[hertz > 15].sum() > 0.95 * muscle.sum()
    hertz, mains = power_of(at_electrodes(mains_mv=1, mains_hz=60))
    assert hertz[mains.argmax()] == pytest.approx(60, abs=0.05)


def test_mains_above_the_nyquist_frequency_are_left_out():
    assert not at_electrodes(mains_mv=1, mains_hz=50, fs=100).any()


def test_electrodes_move_one_at_a_time():
    noise = at_electrodes(n_electrodes=4, n_time=3000, motion_mv=0.5, fs=50)
    assert 0.2 < np.abs(noise).max() < 3
    assert np.linalg.matrix_rank(noise) == 4
    assert (np.abs(noise) < 1e-3).mean() > 0.5


@pytest.mark.parametrize("snr_db", [-6.0, 0.0, 12.0])
def test_ratio_is_the_one_stated(snr_db):
    ecg = simulate(noise=Noise(motion_mv=0.1, snr_db=snr_db), n=3)
    for noisy, clean in zip(ecg.signal.astype(float), ecg.clean.astype(float), strict=True):
        ratio = clean.var(axis=1).sum() / (noisy - clean).var(axis=1).sum()
        assert 10 * np.log10(ratio) == pytest.approx(snr_db, abs=0.02)


def test_noise_obeys_the_rules_of_the_electrodes():
    ecg = simulate(noise=Noise(0.3, 0.1, 0.1, 0.3), n=3)
    added = ecg.signal - ecg.clean
    assert added.std() > 0.05
    one, two, three, avr, avl, avf = added.swapaxes(0, 1)[:6]
    np.testing.assert_allclose(one + three, two, atol=5e-6)
    np.testing.assert_allclose(avr + avl + avf, 0, atol=5e-6)
    # Wander of one arm shows in both leads that use it, not in the chest leads alone.
    assert np.linalg.matrix_rank(lead_matrix(TWELVE_LEADS)) == 8


def test_no_noise_is_no_noise():
    ecg = simulate(noise=None)
    np.testing.assert_array_equal(ecg.signal, ecg.clean)


@pytest.mark.parametrize("name", ["baseline_mv", "muscle_mv", "mains_mv", "motion_mv", "mains_hz"])
@pytest.mark.parametrize("value", [-0.1, np.nan, np.inf])
def test_impossible_amounts_are_refused(name, value):
    with pytest.raises(EcgError, match=name):
        Noise(**{name: value})
