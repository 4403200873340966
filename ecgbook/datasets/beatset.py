"""`BeatSet`: labelled beats as arrays, with the patient of each beat."""

from dataclasses import dataclass, field, replace

import numpy as np

from ecgbook.errors import RecordInvalid

__all__ = ["BeatSet"]

# The arrays that have one row a beat.
_ROWS = ("x", "y", "patient", "record", "sample", "features", "length")


@dataclass(frozen=True, eq=False)
class BeatSet:
    """Beats cut from recordings, one row a beat.

    Parameters
    ----------
    x : array of float32, shape (beat, lead, time)
        The beats, in mV unless the recipe scales them.
    y : array of int64, shape (beat,)
        Class of each beat, an index into ``classes``.
    classes : sequence of str
        Names of the classes.
    patient, record : arrays of str, shape (beat,)
        Whose beat it is and which recording it was cut from.
    sample : array of int64, shape (beat,)
        Position of the beat's annotation in its recording, in samples of that recording.
    fs : float
        Sampling rate of ``x`` in Hz.
    leads : sequence of str
        Names of the leads of ``x``.
    recipe : dict
        The recipe and its parameters, the database and whether it is simulated.
    features : array of float32, shape (beat, feature), optional
        Numbers beside the waveform, such as RR intervals in s.
    feature_names : sequence of str, optional
        Names of the columns of ``features``, with units.
    length : array of int64, shape (beat,), optional
        Number of samples of each beat before its padding; all of them if left out.

    Raises
    ------
    RecordInvalid
        If shapes disagree, a value is NaN or infinite, or a label is outside ``classes``.
    """

    x: np.ndarray
    y: np.ndarray
    classes: tuple[str, ...]
    patient: np.ndarray
    record: np.ndarray
    sample: np.ndarray
    fs: float
    leads: tuple[str, ...]
    recipe: dict = field(default_factory=dict)
    features: np.ndarray | None = None
    feature_names: tuple[str, ...] = ()
    length: np.ndarray | None = None

    def __post_init__(self):
        x = np.asarray(self.x)
        y = np.asarray(self.y)
        if x.ndim != 3 or x.shape[1] != len(self.leads) or not x.size:
            raise RecordInvalid(
                f"beats need shape (beat, lead, time) with {len(self.leads)} leads "
                f"and at least one beat, got {x.shape}"
            )
        beats = len(x)
        if self.features is None:
            object.__setattr__(self, "features", np.zeros((beats, 0), np.float32))
        if self.length is None:
            object.__setattr__(self, "length", np.full(beats, x.shape[2]))
        for name in _ROWS:
            if len(getattr(self, name)) != beats:
                raise RecordInvalid(f"{len(getattr(self, name))} rows of {name} for {beats} beats")
        if self.features.shape[1] != len(self.feature_names):
            raise RecordInvalid(
                f"{self.features.shape[1]} features with {len(self.feature_names)} names"
            )
        if y.min() < 0 or y.max() >= len(self.classes):
            raise RecordInvalid(
                f"labels must index {len(self.classes)} classes, got {y.min()} to {y.max()}"
            )
        # min and max pass NaN on and make no copy, so memory-mapped beats are read once.
        _refuse_gaps("x", x, self.record)
        _refuse_gaps("features", self.features, self.record)
        object.__setattr__(self, "classes", tuple(self.classes))
        object.__setattr__(self, "leads", tuple(self.leads))

    def __len__(self):
        return len(self.y)

    def __repr__(self):
        counts = ", ".join(f"{name} {n}" for name, n in self.counts.items())
        return (
            f"BeatSet({len(self)} beats of {self.x.shape[1]} × {self.x.shape[2]} samples "
            f"at {self.fs:g} Hz; {len(np.unique(self.patient))} patients; {counts})"
        )

    def __getitem__(self, index):
        """Beats at ``index``: a slice, a mask or an array of positions."""
        return replace(self, **{name: getattr(self, name)[index] for name in _ROWS})

    @property
    def counts(self):
        """Number of beats of each class, by name."""
        counts = np.bincount(self.y, minlength=len(self.classes))
        return dict(zip(self.classes, counts.tolist(), strict=True))

    @property
    def mask(self):
        """True where ``x`` holds signal, False where it is padding; shape (beat, time)."""
        return np.arange(self.x.shape[2]) < self.length[:, None]

    def only(self, *classes):
        """Return the beats of the named classes, renumbered in the order named.

        Raises
        ------
        RecordInvalid
            If there is no class of that name.
        """
        unknown = set(classes) - set(self.classes)
        if unknown:
            raise RecordInvalid(
                f"no class {', '.join(sorted(unknown))}; there are {', '.join(self.classes)}"
            )
        number = np.array([classes.index(c) if c in classes else -1 for c in self.classes])
        kept = np.flatnonzero(number[self.y] >= 0)
        if not len(kept):
            raise RecordInvalid(f"no beat of class {', '.join(classes)}")
        part = self[kept]
        return replace(part, y=number[part.y], classes=classes)


def _refuse_gaps(name, values, record):
    if values.size and not np.isfinite([values.min(), values.max()]).all():
        bad = np.flatnonzero(~np.isfinite(values).all(axis=tuple(range(1, values.ndim))))
        raise RecordInvalid(
            f"{len(bad)} beats have missing or infinite values in {name}, the first is beat "
            f"{bad[0]} of record {record[bad[0]]}; fill short gaps with signals.fill_gaps "
            f"or leave these beats out"
        )
