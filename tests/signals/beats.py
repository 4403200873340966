"""Signals with known beats, built from the equations alone."""

import numpy as np

from ecgbook import Recording

# Amplitude (mV), time from R (s) and width (s) of P, Q, R, S and T.
WAVES = (
    (0.12, -0.17, 0.022),
    (-0.10, -0.03, 0.010),
    (1.00, 0.00, 0.012),
    (-0.25, 0.03, 0.012),
    (0.30, 0.28, 0.050),
)


def beat_signal(r_times_s, fs, duration_s, waves=WAVES):
    """Return the sum of Gaussian waves around each R time in mV, shape (time,)."""
    signal = np.zeros(round(duration_s * fs))
    for r_s in r_times_s:
        # A second on either side holds all of a beat; the rest is zero to the last digit.
        first, last = max(0, int((r_s - 1) * fs)), int((r_s + 1) * fs)
        part = signal[first:last]
        time_s = np.arange(first, first + len(part)) / fs - r_s
        for size, at, width in waves:
            part += size * np.exp(-0.5 * ((time_s - at) / width) ** 2)
    return signal


def one_lead(signal, fs, name="II"):
    return Recording([signal], fs=fs, leads=[name])


def rhythm_s(duration_s, rr_s=0.8, jitter_s=0.05, seed=0):
    """Return R times of a slightly irregular rhythm in s."""
    rng = np.random.default_rng(seed)
    rr = rr_s + jitter_s * rng.uniform(-1, 1, int(duration_s / rr_s) + 5)
    times = 0.5 + np.cumsum(rr)
    return times[times < duration_s - 0.5]
