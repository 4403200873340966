"""Noise at the electrodes: baseline wander, muscle, mains and electrode motion."""

from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, next_fast_len, rfftfreq

from ecgbook.errors import EcgError
from ecgbook.simulator.dipole import superpose

__all__ = ["Noise"]

_JERKS_A_MINUTE = 5.0

# Wander is slower than the shortest recordings: what is computed is never shorter than this.
_SHORTEST_S = 10.0


@dataclass(frozen=True)
class Noise:
    """How noisy the electrodes are. The defaults are those of a good recording at rest.

    Parameters
    ----------
    baseline_mv : float
        Wander below 0.7 Hz by breathing and drifting skin potentials, root mean square in mV.
    muscle_mv : float
        Muscle and amplifier, broad-band around 20–150 Hz, root mean square in mV.
    mains_mv : float
        Sine of the mains, root mean square in mV.
    motion_mv : float
        Usual height of the jerks when an electrode moves, five a minute and electrode, in mV.
    mains_hz : float
        Frequency of the mains, 50 or 60 Hz; left out where the sampling rate is too low for it.
    snr_db : float or None
        If given, the mixture is scaled as a whole so that the ratio of the power (variance) of
        the ECG to that of the noise, both summed over the leads, is this many decibels.
    """

    baseline_mv: float = 0.03
    muscle_mv: float = 0.006
    mains_mv: float = 0.002
    motion_mv: float = 0.0
    mains_hz: float = 50.0
    snr_db: float | None = None

    def __post_init__(self):
        for name in ("baseline_mv", "muscle_mv", "mains_mv", "motion_mv", "mains_hz"):
            value = getattr(self, name)
            if not 0 <= value < np.inf:
                raise EcgError(f"noise: {name} must be a number from 0 upwards, got {value!r}")

    def at_electrodes(self, rng, n_electrodes, n_time, fs):
        """Return noise in mV as float32, shape (electrode, time), with `snr_db` not yet applied."""
        noise = self._coloured(rng, n_electrodes, n_time, fs)
        if self.mains_mv and self.mains_hz < fs / 2:
            turns = self.mains_hz * np.arange(n_time) / fs + rng.random()
            mains = np.sin(2 * np.pi * (turns % 1)).astype(np.float32)
            # The mains reach all electrodes in step, each through its own skin.
            skin = np.abs(rng.standard_normal((n_electrodes, 1), dtype=np.float32))
            noise += np.float32(np.sqrt(2) * self.mains_mv) * skin * mains
        if self.motion_mv:
            noise += self._jerks(rng, n_electrodes, n_time, fs)
        return noise

    def scaled(self, noise, ecg):
        """Return ``noise`` at the ratio of `snr_db` to ``ecg``, both of shape (lead, time)."""
        power = noise.var(axis=1).sum()
        if self.snr_db is None or power == 0:
            return noise
        wanted = ecg.var(axis=1).sum() / 10 ** (self.snr_db / 10)
        return noise * np.sqrt(wanted / power)

    def _coloured(self, rng, n_electrodes, n_time, fs):
        """Return baseline wander and muscle: Gaussian noise made from its power spectrum."""
        length = next_fast_len(max(n_time, int(_SHORTEST_S * fs)), real=True)
        hertz = rfftfreq(length, 1 / fs)
        slow = np.where(hertz > 0.04, 1 / (1 + (hertz / 0.3) ** 4), 0)
        broad = (hertz / 20) ** 2 / (1 + (hertz / 20) ** 2) / (1 + (hertz / 150) ** 4)
        power = _share(slow, self.baseline_mv) + _share(broad, self.muscle_mv)
        size = (length / 2 * np.sqrt(power)).astype(np.float32)
        spectrum = rng.standard_normal((n_electrodes, len(hertz), 2), dtype=np.float32)
        spectrum *= size[:, None]
        return irfft(spectrum.view(np.complex64)[..., 0], length)[:, :n_time]

    def _jerks(self, rng, n_electrodes, n_time, fs):
        """Return jumps of single electrodes that die away within a second or so."""
        count = rng.poisson(_JERKS_A_MINUTE / 60 * n_time / fs, size=n_electrodes)
        electrode = np.repeat(np.arange(n_electrodes), count)
        total = len(electrode)
        heights = np.zeros((total, n_electrodes))
        heights[np.arange(total), electrode] = self.motion_mv * rng.standard_normal(total)
        at_s = rng.uniform(0, n_time / fs, total)
        rise_s, fall_s = rng.uniform(0.02, 0.1, total), rng.uniform(0.15, 0.6, total)
        return superpose(at_s, rise_s, fall_s, heights, n_time, fs).astype(np.float32)


def _share(shape, rms):
    """Return ``shape`` scaled so that its bins add up to the power of ``rms``."""
    return shape * (rms**2 / shape.sum())
