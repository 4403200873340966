"""`Patient`: what makes one heart look different from another."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Patient"]

# Largest number of waves in a QRS complex.
_QRS_WAVES = 4


@dataclass(frozen=True)
class Patient:
    """The build of one person; all records of a person share it.

    ``Patient()`` is the textbook heart. Gains are factors to its values.

    Parameters
    ----------
    axis_deg : float
        Turn of the heart in the frontal plane; positive turns the electrical axis downwards.
    rotation_deg : float
        Turn about the long axis of the body; positive moves the transition of the chest leads
        towards V6.
    p_gain, qrs_gain, t_gain : float
        Size of the P wave, the QRS complex and the T wave.
    wave_gains : tuple of float
        Size of each wave within the QRS complex, in its order: the shape of the complex.
    pr_s : float
        PR interval at 70 beats/min in seconds.
    qt_gain, rate_gain : float
        Duration of the repolarisation, and heart rate against the usual one of the condition.
    left_focus : bool
        Whether premature ventricular beats come from the left ventricle, not from the right.
    """

    axis_deg: float = 0.0
    rotation_deg: float = 0.0
    p_gain: float = 1.0
    qrs_gain: float = 1.0
    t_gain: float = 1.0
    wave_gains: tuple[float, ...] = (1.0,) * _QRS_WAVES
    pr_s: float = 0.16
    qt_gain: float = 1.0
    rate_gain: float = 1.0
    left_focus: bool = False

    @classmethod
    def draw(cls, rng):
        """Return a random patient whose variations stay within the normal ones."""
        gain = np.exp(np.clip(rng.standard_normal(5), -2, 2) * [0.15, 0.15, 0.2, 0.03, 0.1])
        turn = np.clip(rng.standard_normal(2), -2, 2) * [14.0, 5.0]
        shape = np.exp(np.clip(rng.standard_normal(_QRS_WAVES), -2, 2) * 0.1)
        return cls(
            axis_deg=float(turn[0]),
            rotation_deg=float(turn[1]),
            p_gain=float(gain[0]),
            qrs_gain=float(gain[1]),
            t_gain=float(gain[2]),
            wave_gains=tuple(shape.tolist()),
            pr_s=float(rng.uniform(0.13, 0.18)),
            qt_gain=float(gain[3]),
            rate_gain=float(gain[4]),
            left_focus=bool(rng.random() < 0.5),
        )

    @property
    def turn(self):
        """Rotation of the dipole, shape (axis, axis), as a matrix from the left."""
        axis, rotation = np.deg2rad([self.axis_deg, self.rotation_deg])
        cos, sin = np.cos(axis), np.sin(axis)
        frontal = [[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]]
        cos, sin = np.cos(rotation), np.sin(rotation)
        horizontal = [[cos, 0, -sin], [0, 1, 0], [sin, 0, cos]]
        return np.array(horizontal) @ np.array(frontal)
