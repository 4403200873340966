"""Denoising by wavelets: what each band holds in Hz, a published slip, and the same done right."""

from dataclasses import replace

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.signals.checks import require_duration, require_whole

__all__ = ["wavelet_bands_hz", "wavelet_denoise", "without_approximation"]

# The median of the absolute values of Gaussian noise of standard deviation 1.
_MEDIAN_OF_NOISE = 0.6745


def wavelet_bands_hz(fs, level):
    """Return which frequencies each band of a wavelet decomposition holds, by its name.

    Each level halves what the one before has left: detail ``cD1`` is the upper half of all
    frequencies, ``cD2`` the upper half of the rest, and the approximation what is left at the end.
    The same band means other frequencies at another rate. The edges are not sharp.

    Parameters
    ----------
    fs, level : float and int
        Sampling rate in Hz and number of levels, from 1 up.

    Returns
    -------
    dict of str to (float, float)
        Low and high edge in Hz, from the slowest band to the fastest.

    Examples
    --------
    >>> wavelet_bands_hz(300, 2)
    {'cA2': (0.0, 37.5), 'cD2': (37.5, 75.0), 'cD1': (75.0, 150.0)}
    >>> wavelet_bands_hz(300, 6)["cA6"], wavelet_bands_hz(100, 6)["cA6"]
    ((0.0, 2.34375), (0.0, 0.78125))
    """
    if level < 1:
        raise RecordInvalid(f"a wavelet decomposition has one level or more, got {level}")
    bands = {f"cA{level}": (0.0, fs / 2 ** (level + 1))}
    return bands | {f"cD{j}": (fs / 2 ** (j + 1), fs / 2**j) for j in range(level, 0, -1)}


def without_approximation(recording, *, wavelet="db6", level=6):
    """Set the approximation of a wavelet decomposition to 0, as a published program does.

    It was meant to take the baseline away, with a table of bands for 100 Hz: there the sixth
    approximation ends at 0.8 Hz. At 300 Hz it ends at 2.3 Hz, so that most of the T wave and much
    of the P wave go as well: see `wavelet_bands_hz`, and `wavelet_denoise` for a band in Hz.

    Parameters
    ----------
    recording : Recording
    wavelet, level : str and int
        Name of the wavelet in PyWavelets, and number of levels.

    Raises
    ------
    RecordInvalid
        If a sample is missing, or the recording is too short for that many levels.
    """
    import pywt

    require_whole(recording)
    needed = (pywt.Wavelet(wavelet).dec_len - 1) * 2**level
    require_duration(recording, needed / recording.fs, f"{wavelet} with {level} levels")
    slow, *details = pywt.wavedec(recording.signal, wavelet, level=level, axis=1)
    bare = pywt.waverec([np.zeros_like(slow), *details], wavelet, axis=1)
    return _like(recording, bare)


def wavelet_denoise(recording, *, baseline_hz=0.67, wavelet="db6"):
    """Take the slow baseline away, and what is as small as noise in all other bands.

    The number of levels follows from the rate: the approximation is the widest one that ends at
    ``baseline_hz`` or below. Every other coefficient is set to 0 if it is smaller than
    ``σ √(2 ln n)``, the height that n values of Gaussian noise hardly exceed, and kept else (hard
    threshold: a soft one would shrink the QRS complexes by more than the noise that it takes). The
    median of the absolute finest coefficients tells σ, the noise: QRS complexes are too short to
    change it. So white noise goes; noise that looks like waves, such as muscle, partly stays.

    Parameters
    ----------
    recording : Recording
    baseline_hz : float, default 0.67
        All that is taken for baseline lies below this, 40 beats a minute.
    wavelet : str
        Its name in PyWavelets.

    Raises
    ------
    RecordInvalid
        If a sample is missing, the frequency is not between 0 and a quarter of the sampling rate,
        or the recording is shorter than one period of it.

    References
    ----------
    Donoho, Johnstone (1994), Ideal spatial adaptation by wavelet shrinkage, Biometrika 81:425.
    """
    import pywt

    require_whole(recording)
    if not 0 < baseline_hz <= recording.fs / 4:
        raise RecordInvalid(
            f"{recording.name}: baseline_hz must be between 0 and a quarter of the sampling rate "
            f"({recording.fs / 4:g} Hz), got {baseline_hz!r}"
        )
    require_duration(recording, 1 / baseline_hz, f"a baseline below {baseline_hz:g} Hz")
    level = int(np.ceil(np.log2(recording.fs / baseline_hz))) - 1
    n = recording.signal.shape[1]
    # Mirrored signal, so that the slowest band is not made of the edges.
    side = (pywt.Wavelet(wavelet).dec_len - 1) * 2**level
    longer = np.pad(recording.signal, ((0, 0), (side, side)), mode="symmetric")
    slow, *details = pywt.wavedec(longer, wavelet, level=level, axis=1)
    noise = np.median(np.abs(details[-1]), axis=1, keepdims=True) / _MEDIAN_OF_NOISE
    limit = noise * np.sqrt(2 * np.log(n))
    details = [np.where(np.abs(x) < limit, 0, x) for x in details]
    bare = pywt.waverec([np.zeros_like(slow), *details], wavelet, axis=1)
    return _like(recording, bare[:, side : side + n])


def _like(recording, signal):
    """Return the recording with another signal, without the sample that makes its number even."""
    signal = signal[:, : recording.signal.shape[1]].astype(np.float32)
    return replace(recording, signal=signal)
