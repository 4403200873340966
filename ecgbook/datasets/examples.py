"""`Examples`: labelled beats, windows or recordings, with the patient of each."""

import weakref
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from ecgbook.datasets.ragged import Ragged
from ecgbook.errors import RecordInvalid

__all__ = ["Example", "Examples", "as_text"]

_REQUIRED = ("patient", "record", "sample", "length")
_NOBODY = ("", "nan", "none", "nat", "<na>")
# Arrays that nobody can change, and that hold no gap: a day of ECG is searched once.
_WHOLE = weakref.WeakValueDictionary()


class Example(NamedTuple):
    """One of the `Examples`: its signal ``(lead, time)``, its label and its row."""

    x: np.ndarray
    y: int | np.ndarray
    row: pd.Series


@dataclass(frozen=True, eq=False)
class Examples:
    """Labelled pieces of ECG: beats, windows or whole recordings.

    ``examples[3]`` is one `Example`; a slice, a mask or an array of positions gives `Examples`.

    Parameters
    ----------
    x : array of float32, shape (n, lead, time), or Ragged
        The signals, in mV unless the recipe scales them.
    y : array of int64, shape (n,), or of bool, shape (n, class)
        The class of each example, an index into ``classes``; or, where an example may have
        several classes or none, which ones it has.
    classes, leads : sequences of str
        Names of the classes, and of the leads of ``x``.
    rows : DataFrame
        One row an example, with at least ``patient``; ``record``; ``sample``, the position of
        the example in its recording, in samples of that recording; and ``length``, the number
        of samples before padding (all of them if left out). Other columns may be ``fold``,
        ``age``, ``sex`` and features, with their unit in their name.
    fs : float
        Sampling rate of ``x`` in Hz.
    recipe : dict
        The recipe and its parameters, the database and whether it is simulated.
    feature_names : sequence of str, optional
        Columns of ``rows`` that a model sees beside the signal.

    Raises
    ------
    RecordInvalid
        If lengths disagree, a column is not there, a value is NaN or infinite, or a label is
        outside ``classes``.

    Examples
    --------
    >>> rows = pd.DataFrame({"patient": ["p1", "p2"], "record": ["a", "b"], "sample": [90, 70]})
    >>> x = np.zeros((2, 1, 5), np.float32)
    >>> beats = Examples(x, [0, 1], ("N", "V"), rows, fs=360, leads=["II"])
    >>> beats
    Examples(2 of 1 × 5 samples at 360 Hz; 2 patients; N 1, V 1)
    >>> beats[1].y, beats[1].row.patient
    (1, 'p2')
    """

    x: np.ndarray | Ragged
    y: np.ndarray
    classes: tuple[str, ...]
    rows: pd.DataFrame
    fs: float
    leads: tuple[str, ...]
    recipe: dict = field(default_factory=dict)
    feature_names: tuple[str, ...] = ()

    def __post_init__(self):
        for name in ("classes", "leads", "feature_names"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if not isinstance(self.x, Ragged):
            x = np.ma.filled(self.x, np.nan)  # what is masked is missing
            object.__setattr__(self, "x", np.asarray(x, dtype=np.float32))
        if len(self.x.shape) != 3 or self.x.shape[1] != len(self.leads) or 0 in self.x.shape:
            raise RecordInvalid(
                f"examples need shape (n, lead, time) with {len(self.leads)} leads "
                f"and at least one example, got {self.x.shape}"
            )
        object.__setattr__(self, "y", _checked_labels(self.y, self.classes))
        object.__setattr__(self, "rows", _checked_rows(self.rows, self.x, self.feature_names))
        if len(self.y) != len(self.x):
            raise RecordInvalid(f"{len(self.y)} labels for {len(self.x)} examples")
        self._refuse_gaps()

    def __len__(self):
        return len(self.y)

    def __repr__(self):
        _, leads, time = self.x.shape
        shortest = f"{self.length.min()} to " if isinstance(self.x, Ragged) else ""
        people = len(set(self.patient) - {""})
        counts = ", ".join(f"{name} {n}" for name, n in self.counts.items())
        return (
            f"Examples({len(self)} of {leads} × {shortest}{time} samples at {self.fs:g} Hz; "
            f"{people} patients; {counts})"
        )

    def __getitem__(self, index):
        """One `Example` by its number, else the `Examples` of a slice, a mask or an array."""
        if not isinstance(index, slice):
            index = np.asarray(index)
            if index.ndim == 0 and index.dtype != bool:
                label = self.y[index]
                label = label if self.multi_label else int(label)
                return Example(self.x[index], label, self.rows.iloc[int(index)])
            if not index.size:
                index = index.astype(np.int64)
        return replace(self, x=self.x[index], y=self.y[index], rows=self.rows.iloc[index])

    @cached_property
    def patient(self):
        """Whose example it is, array of str (n,); numbers as text, ``""`` where unknown."""
        return as_text(self.rows["patient"])

    @cached_property
    def record(self):
        """Record of each example, array of str (n,)."""
        return as_text(self.rows["record"])

    @property
    def sample(self):
        """Position in the recording, array of int64 (n,), in samples of that recording."""
        return self.rows["sample"].to_numpy()

    @property
    def length(self):
        """Samples before padding, array of int64 (n,)."""
        return self.rows["length"].to_numpy()

    @cached_property
    def features(self):
        """What a model sees beside the signal, array of float32 (n, feature)."""
        return np.ascontiguousarray(self.rows[list(self.feature_names)], np.float32)

    @property
    def mask(self):
        """True where there is signal, False where there is padding, array of bool (n, time)."""
        return np.arange(self.x.shape[2]) < self.length[:, None]

    @property
    def multi_label(self):
        """Whether an example may have several classes, or none."""
        return self.y.ndim == 2

    @property
    def counts(self):
        """Number of examples of each class, by name."""
        n = len(self.classes)
        count = self.y.sum(axis=0) if self.multi_label else np.bincount(self.y, minlength=n)
        return dict(zip(self.classes, count.tolist(), strict=True))

    def only(self, *classes):
        """Return the examples of the named classes, renumbered in the order named.

        Where an example may have several classes, all examples stay, with the labels of these
        classes. `RecordInvalid` is raised if there is no such class, or no example of them.
        """
        if len(classes) == 1 and not isinstance(classes[0], str):
            classes = tuple(classes[0])
        unknown = set(classes) - set(self.classes)
        if unknown or not classes:
            named = ", ".join(sorted(unknown)) or "named"
            raise RecordInvalid(f"no class {named}; there are {', '.join(self.classes)}")
        if self.multi_label:
            columns = [self.classes.index(name) for name in classes]
            return replace(self, y=self.y[:, columns], classes=classes)
        number = np.array([classes.index(c) if c in classes else -1 for c in self.classes])
        kept = np.flatnonzero(number[self.y] >= 0)
        if not len(kept):
            raise RecordInvalid(f"no example of class {', '.join(classes)}")
        x, rows = self.x[kept], self.rows.iloc[kept]
        return replace(self, x=x, y=number[self.y[kept]], rows=rows, classes=classes)

    def with_features(self, features):
        """Return the examples with other features, which take the place of those there are.

        ``features`` is a DataFrame or a mapping of str to array (n,), in order; the names tell
        what they are and in which unit. `RecordInvalid` is raised if a value is NaN or
        infinite, a column has another length, or its name is taken.
        """
        rows = self.rows.drop(columns=list(self.feature_names))
        new = {name: np.asarray(values, np.float32) for name, values in features.items()}
        for name, values in new.items():
            if name in rows or values.shape != (len(self),):
                raise RecordInvalid(
                    f"feature {name!r} needs one value for each of {len(self)} examples and a name "
                    f"that no other column has"
                )
        return replace(self, rows=rows.assign(**new), feature_names=tuple(new))

    def _refuse_gaps(self):
        x = self.x.samples if isinstance(self.x, Ragged) else self.x
        if _WHOLE.get(id(x)) is not x:
            # min and max pass NaN on and make no copy, so memory-mapped samples are read once.
            if not np.isfinite([x.min(), x.max()]).all():
                self._refuse_bad("x", self.x)
            elif not x.flags.writeable:
                _WHOLE[id(x)] = x
        if not np.isfinite(self.features).all():
            self._refuse_bad("features", self.features)

    def _refuse_bad(self, name, values):
        bad = [i for i, value in enumerate(values) if not np.isfinite(value).all()]
        if bad:  # else the gap lies between ragged signals
            raise RecordInvalid(
                f"{len(bad)} examples have missing or infinite values in {name}, the first is "
                f"example {bad[0]} of record {self.record[bad[0]]}; fill short gaps with "
                f"signals.fill_gaps or leave these examples out"
            )


def _checked_labels(y, classes):
    y = np.asarray(y)
    if y.ndim == 2 and y.dtype == bool and y.shape[1] == len(classes):
        return y
    if y.ndim != 1 or y.dtype.kind not in "iu":
        allowed = f"class numbers (n,) or true and false (n, {len(classes)})"
        raise RecordInvalid(f"labels are {allowed}, got {y.dtype} {y.shape}")
    if len(y) and (y.min() < 0 or y.max() >= len(classes)):
        raise RecordInvalid(f"labels must index {len(classes)} classes, got {y.min()} to {y.max()}")
    return y.astype(np.int64, copy=False)


def _checked_rows(rows, x, feature_names):
    rows = rows.reset_index(drop=True)
    ragged = isinstance(x, Ragged)
    if len(rows) != len(x):
        raise RecordInvalid(f"{len(rows)} rows for {len(x)} examples")
    if "length" not in rows:
        rows = rows.assign(length=x.length if ragged else x.shape[2])
    missing = [name for name in (*_REQUIRED, *feature_names) if name not in rows]
    if missing:
        raise RecordInvalid(f"rows need columns {', '.join(missing)}; there are {', '.join(rows)}")
    rows = rows.astype({"record": str, "sample": np.int64, "length": np.int64})
    length = rows["length"].to_numpy()
    if ragged and not np.array_equal(length, x.length):
        raise RecordInvalid("the lengths in rows are not those of the ragged signals")
    if not 1 <= length.min() <= length.max() <= x.shape[2]:
        raise RecordInvalid(
            f"lengths must be 1 to {x.shape[2]} samples, got {length.min()} to {length.max()}"
        )
    return rows


def as_text(column):
    """Return an array of str: whole numbers as such, and ``""`` for what is missing."""
    number, values = pd.factorize(column)  # number -1: missing
    text = [str(int(v) if isinstance(v, float) and v.is_integer() else v).strip() for v in values]
    return np.array([*("" if t.lower() in _NOBODY else t for t in text), ""])[number]
