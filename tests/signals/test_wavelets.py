"""Wavelet denoising against PyWavelets itself, and against what it must do to known waves."""

from itertools import pairwise

import numpy as np
import pytest
import pywt

from ecgbook import Recording, RecordInvalid
from ecgbook.signals import wavelet_bands_hz, wavelet_denoise, without_approximation
from tests.signals.beats import beat_signal, one_lead, rhythm_s

FS = 300
TIME_S = np.arange(30 * FS) / FS
MIDDLE = slice(5 * FS, 25 * FS)


def sine(hertz, fs=FS):
    return np.sin(2 * np.pi * hertz * np.arange(30 * fs) / fs)


def gain(cleaned):
    return np.sqrt(2) * cleaned.signal[0, MIDDLE].std()


@pytest.mark.parametrize("n", [9000, 9001])
def test_the_published_way_is_the_sum_of_all_details(n):
    # The transform is linear: the signal is the approximation alone plus the details alone.
    signal = np.random.default_rng(0).normal(size=(2, n)).astype(np.float32)
    coefficients = pywt.wavedec(signal, "db6", level=6, axis=1)
    slow = pywt.waverec([coefficients[0], *map(np.zeros_like, coefficients[1:])], "db6", axis=1)
    cleaned = without_approximation(Recording(signal, fs=FS, leads=["I", "II"]))
    np.testing.assert_allclose(cleaned.signal, signal - slow[:, :n], atol=1e-5)


def test_bands_halve_and_depend_on_the_rate():
    bands = wavelet_bands_hz(300, 6)
    assert list(bands) == ["cA6", "cD6", "cD5", "cD4", "cD3", "cD2", "cD1"]
    assert bands["cA6"] == (0, 300 / 2 / 2**6)
    edges = list(bands.values())
    assert all(one[1] == following[0] for one, following in pairwise(edges))
    assert edges[-1][1] == 150
    with pytest.raises(RecordInvalid, match="one level or more"):
        wavelet_bands_hz(300, 0)


def test_the_published_way_takes_waves_of_1_hz_and_the_right_one_does_not():
    # 1 Hz is the rhythm of 60 beats a minute and lies in the sixth approximation, 0 to 2.3 Hz.
    assert gain(without_approximation(one_lead(sine(1), FS))) < 0.05
    assert gain(wavelet_denoise(one_lead(sine(1.5), FS))) == pytest.approx(1, abs=0.05)
    assert gain(without_approximation(one_lead(sine(6), FS))) == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("fs", [100, 128, 300, 360, 500])
def test_the_baseline_ends_where_it_is_named_at_any_rate(fs):
    middle = slice(5 * fs, 25 * fs)
    slow = wavelet_denoise(one_lead(sine(0.1, fs), fs)).signal[0, middle]
    wave = wavelet_denoise(one_lead(sine(2, fs), fs)).signal[0, middle]
    assert np.sqrt(2) * slow.std() < 0.1
    assert np.sqrt(2) * wave.std() == pytest.approx(1, abs=0.05)


def test_no_level_is_too_deep_for_the_edges():
    # 4 s cannot hold eight levels of db6; the mirrored signal can. A constant is all baseline.
    np.testing.assert_allclose(
        wavelet_denoise(one_lead(np.full(1200, 3.0), FS)).signal, 0, atol=1e-4
    )


def test_white_noise_goes_and_the_heart_stays():
    rng = np.random.default_rng(0)
    clean = beat_signal(rhythm_s(30), FS, 30)
    noisy = one_lead(clean + rng.normal(0, 0.05, len(clean)), FS)
    bare = wavelet_denoise(one_lead(clean, FS)).signal[0]
    errors = wavelet_denoise(noisy).signal[0] - bare
    assert errors[MIDDLE].std() < 0.7 * 0.05
    assert np.abs(bare - clean)[MIDDLE].max() < 0.25  # the mean and some 0.5 Hz of the beats


def test_what_is_small_goes_as_by_the_hard_threshold_of_pywavelets():
    # White noise alone, for which Donoho and Johnstone made it: hardly anything is left.
    noise = np.random.default_rng(1).normal(size=9000)
    assert wavelet_denoise(one_lead(noise, FS)).signal[0].std() < 0.1
    level = 8  # 300 / 2⁹ = 0.59 Hz, and 1.2 Hz is more than 0.67
    side = 11 * 2**level
    signal = np.pad(noise.astype(np.float32), side, mode="symmetric")
    slow, *details = pywt.wavedec(signal, "db6", level=level)
    limit = np.median(np.abs(details[-1])) / 0.6745 * np.sqrt(2 * np.log(9000))
    kept = [pywt.threshold(x, limit, mode="hard") for x in details]
    expected = pywt.waverec([0 * slow, *kept], "db6")[side : side + 9000]
    np.testing.assert_allclose(wavelet_denoise(one_lead(noise, FS)).signal[0], expected, atol=1e-5)


def test_what_cannot_be_denoised_is_refused():
    gap = np.zeros(9000)
    gap[5] = np.nan
    for clean in (wavelet_denoise, without_approximation):
        with pytest.raises(RecordInvalid, match="no value"):
            clean(one_lead(gap, FS))
        with pytest.raises(RecordInvalid, match="at least"):
            clean(one_lead(np.zeros(100), FS))
    for hertz in (0, -1, 80, np.nan):
        with pytest.raises(RecordInvalid, match="quarter of the sampling rate"):
            wavelet_denoise(one_lead(np.zeros(9000), FS), baseline_hz=hertz)


def test_a_flat_lead_stays_flat():
    assert not wavelet_denoise(one_lead(np.zeros(9000), FS)).signal.any()
