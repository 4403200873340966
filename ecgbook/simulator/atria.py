"""Atria that do not beat: the waves of fibrillation and of flutter."""

import numpy as np

__all__ = ["fibrillation_waves", "flutter_waves"]

#                          left   down   back
_FIBRILLATION = np.array([
    [-0.020,  0.035, -0.055],  # the right atrium, which V1 sees best
    [ 0.020,  0.030,  0.010],  # the left atrium, a quarter of a cycle later
])  # fmt: skip
_FLUTTER = np.array([-0.02, -0.16, -0.05])


def fibrillation_waves(rng, timing, time_s):
    """Return the dipole of fibrillating atria in mV, shape (axis, time).

    Its frequency (4–9 Hz) and its size wander, as the wavelets in the atria do, and it turns
    about: the two atria are out of step.

    Nothing is in step with these waves: ``timing`` is not needed.
    """
    usual_hz, gain = rng.uniform(5.3, 7.2), np.exp(0.25 * rng.standard_normal())
    hertz = np.clip(usual_hz + 0.7 * _wander(rng, time_s), 4.0, 9.0)
    phase = 2 * np.pi * np.cumsum(hertz) * (time_s[1] - time_s[0]) + rng.uniform(0, 2 * np.pi)
    waves = []
    for lag in (0.0, np.pi / 2):
        size = gain * (1 + 0.3 * np.clip(_wander(rng, time_s), -2, 2))
        own = phase - lag + 0.6 * _wander(rng, time_s)
        waves.append(size * (np.sin(own) + 0.35 * np.sin(2 * own + 0.8)))
    return _FIBRILLATION.T @ np.stack(waves)


def flutter_waves(rng, timing, time_s):
    """Return the dipole of fluttering atria in mV, shape (axis, time).

    One wave runs in a circle and never pauses: a saw, slowly down and quickly up in the
    inferior leads, with no flat line between.

    ``timing`` has the onset of each wave; one is like the other, so that ``rng`` is not needed.
    """
    phase = 2 * np.pi * np.interp(time_s, timing.flutter_s, np.arange(len(timing.flutter_s)))
    saw = sum(np.sin(k * phase) / k * np.exp(-0.25 * (k - 1)) for k in range(1, 6))
    return _FLUTTER[:, None] * saw


def _wander(rng, time_s, knots_per_s=1.2):
    """Return a smooth random curve of mean 0 and standard deviation about 1."""
    from scipy.interpolate import CubicSpline

    count = int((time_s[-1] - time_s[0]) * knots_per_s) + 4
    knots = time_s[0] + (np.arange(count) - 1) / knots_per_s
    return CubicSpline(knots, rng.standard_normal(count))(time_s)
