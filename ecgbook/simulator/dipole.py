"""The moving dipole: every wave of the ECG is a Gaussian in time that points somewhere.

References
----------
McSharry, Clifford, Tarassenko, Smith, "A dynamical model for generating synthetic
electrocardiogram signals", IEEE Trans Biomed Eng 50:289–294, 2003: waves as Gaussians.

Sameni, Clifford, Jutten, Shamsollahi, "Multichannel ECG and noise modeling", EURASIP Journal on
Advances in Signal Processing 2007:043407: the same for a dipole in three dimensions.
"""

from dataclasses import dataclass, replace

import numpy as np

__all__ = ["TANGENT", "Wave", "edges_s", "superpose"]

# A P wave or QRS complex begins and ends where its outermost Gaussian is down to 4 %, which is
# this many widths from its apex.
_EDGE = 2.5

# A T wave ends where the tangent to its steepest slope meets the baseline, as it is measured in
# the clinic; for a Gaussian that is two widths from the apex.
TANGENT = 2.0

# Beyond this many widths a Gaussian is below 0.05 % of its apex and is not computed.
_REACH = 4.5


@dataclass(frozen=True)
class Wave:
    """One wave: part of the heart that is active for a while and points in one direction.

    Parameters
    ----------
    name : str
        What is active, such as ``septum``.
    at_ms : float
        Time of its apex, from the onset of the QRS complex (of the P wave for the atria).
    rise_ms, fall_ms : float
        Standard deviation of the Gaussian before and after its apex.
    left_mv, down_mv, back_mv : float
        The dipole at the apex, as the Frank leads X, Y and Z would show it.
    """

    name: str
    at_ms: float
    rise_ms: float
    fall_ms: float
    left_mv: float
    down_mv: float
    back_mv: float

    @property
    def vector(self):
        """The dipole at the apex in mV: left, down, back."""
        return np.array([self.left_mv, self.down_mv, self.back_mv])

    def times(self, gain):
        """Return the same wave, ``gain`` times as large."""
        left, down, back = (gain * self.vector).tolist()
        return replace(self, left_mv=left, down_mv=down, back_mv=back)


def edges_s(waves, widths=_EDGE):
    """Return when the first of ``waves`` begins and the last ends, in seconds.

    The edges lie ``widths`` standard deviations from the apexes.
    """
    begin = min(wave.at_ms - widths * wave.rise_ms for wave in waves)
    end = max(wave.at_ms + widths * wave.fall_ms for wave in waves)
    return begin / 1000, end / 1000


def superpose(at_s, rise_s, fall_s, vectors, n_time, fs):
    """Return the sum of two-sided Gaussians as float64, shape (axis, time).

    Each is evaluated only where it is not zero.

    Parameters
    ----------
    at_s, rise_s, fall_s : arrays, shape (wave,)
        Apex of each wave, from the first sample, and its widths before and after it.
    vectors : array, shape (wave, axis)
        Amplitude of each wave along each axis.
    n_time, fs : int and float
        Number of samples, and samples a second.
    """
    first = np.clip(np.ceil((at_s - _REACH * rise_s) * fs), 0, n_time).astype(np.int64)
    stop = np.clip(np.floor((at_s + _REACH * fall_s) * fs) + 1, first, n_time).astype(np.int64)
    # All windows one after another in a flat array: `wave` owns a sample, `time` is where it is.
    length = stop - first
    wave = np.repeat(np.arange(len(length)), length)
    time = np.arange(len(wave)) + np.repeat(first - np.cumsum(length) + length, length)
    distance = time / fs - at_s[wave]
    width = np.where(distance < 0, rise_s[wave], fall_s[wave])
    height = np.exp(-0.5 * (distance / width) ** 2)
    sums = [np.bincount(time, height * axis[wave], n_time) for axis in vectors.T]
    return np.stack(sums).astype(float)  # where no wave reaches, bincount has whole numbers
