"""`Waves`: where each wave of each beat begins, peaks and ends."""

from dataclasses import dataclass, fields

import numpy as np

__all__ = ["ABSENT", "Wave", "Waves"]

# The position of a wave that is not there. It is no sample, and as a whole number it keeps
# positions usable as indices, which NaN would not.
ABSENT = -1


@dataclass(frozen=True, eq=False)
class Wave:
    """Begin, peak and end of one kind of wave, a position for each beat.

    Parameters
    ----------
    begin, peak, end : arrays of int64, shape (beat,) or (lead, beat)
        First sample, largest deflection and last sample; all three are −1 where a beat has no
        such wave, or none that lies within the recording as a whole.
    """

    begin: np.ndarray
    peak: np.ndarray
    end: np.ndarray

    @property
    def found(self):
        """Which beats have the wave, bool, of the shape of ``peak``."""
        return self.peak != ABSENT

    @property
    def spans(self):
        """First sample and the one after the last, (…, 2); −1, −1 for a wave that is not there.

        So `ecgbook.simulator.Truth` and `ecgbook.explain.wave_segments` have them.
        """
        return np.stack([self.begin, np.where(self.found, self.end + 1, ABSENT)], axis=-1)

    def __getitem__(self, index):
        """Return the waves at an index of the first axis: a lead, or a beat."""
        return Wave(self.begin[index], self.peak[index], self.end[index])


@dataclass(frozen=True, eq=False)
class Waves:
    """The waves of each beat, found by `ecgbook.signals.delineate`.

    Parameters
    ----------
    p, qrs, t : Wave
        Of one lead (beat,) or of several (lead, beat); entry ``b`` of all three is of beat ``b``.
    """

    p: Wave
    qrs: Wave
    t: Wave

    def __getitem__(self, index):
        """Return the waves at an index of the first axis: a lead, or a beat."""
        return Waves(*(getattr(self, field.name)[index] for field in fields(self)))
