"""`Ragged`: signals of different length in one flat array."""

from dataclasses import dataclass

import numpy as np

from ecgbook.errors import RecordInvalid

__all__ = ["Ragged"]


@dataclass(frozen=True, eq=False)
class Ragged:
    """Signals of different length, one after another in one array.

    ::

        samples   a a a a b b c c c
        start     0       4   6
        length    4       2   3

    Parameters
    ----------
    samples : array of float32, shape (lead, total)
        All signals, end to end.
    start, length : arrays of int64, shape (n,)
        First sample and number of samples of each signal.

    Raises
    ------
    RecordInvalid
        If a signal is empty or reaches beyond ``samples``.

    Examples
    --------
    >>> x = Ragged.of([np.zeros((1, 4)), np.ones((1, 2))])
    >>> x.shape, x[1]
    ((2, 1, 4), array([[1., 1.]], dtype=float32))
    >>> x.padded()[1]
    array([[1., 1., 0., 0.]], dtype=float32)
    """

    samples: np.ndarray
    start: np.ndarray
    length: np.ndarray

    def __post_init__(self):
        for name in ("start", "length"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.int64))
        if self.start.shape != self.length.shape:
            raise RecordInvalid(f"{len(self.start)} starts and {len(self.length)} lengths")
        end = self.start + self.length
        bad = np.flatnonzero((self.start < 0) | (self.length < 1) | (end > self.samples.shape[1]))
        if len(bad):
            raise RecordInvalid(
                f"ragged signal {bad[0]} covers samples {self.start[bad[0]]} to {end[bad[0]]}: it "
                f"must hold at least one of the {self.samples.shape[1]} samples and no other"
            )

    @classmethod
    def of(cls, signals):
        """Put signals ``(lead, time)`` of the same leads one after another."""
        length = np.array([signal.shape[1] for signal in signals], np.int64)
        samples = np.concatenate(signals, axis=1, dtype=np.float32)
        return cls(samples, np.cumsum(length) - length, length)

    def __len__(self):
        return len(self.start)

    def __getitem__(self, index):
        """One signal ``(lead, time)`` by its number, else several; no sample is copied."""
        start, length = self.start[index], self.length[index]
        if start.ndim == 0:
            return self.samples[:, start : start + length]
        return Ragged(self.samples, start, length)

    @property
    def shape(self):
        """Number of signals, leads, and samples of the longest signal."""
        return len(self), len(self.samples), int(self.length.max(initial=0))

    def padded(self, length=None, value=0):
        """Return the signals as one array, each filled up with ``value`` at its end.

        It is float32 of shape (n, lead, length), as long as the longest signal if no ``length``
        is given; `RecordInvalid` is raised if a signal is longer.
        """
        n, leads, longest = self.shape
        length = longest if length is None else length
        if longest > length:
            raise RecordInvalid(f"signals of up to {longest} samples do not fit in {length}")
        padded = np.full((n, leads, length), value, np.float32)
        for row, signal in zip(padded, self, strict=True):
            row[:, : signal.shape[1]] = signal
        return padded
