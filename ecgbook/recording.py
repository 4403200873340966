"""`Recording` and `Annotations`: the one type that leaves a source of ECGs."""

from dataclasses import InitVar, dataclass, replace
from fractions import Fraction
from numbers import Real

import numpy as np

from ecgbook.conventions import BEAT_SYMBOLS, MILLIVOLTS
from ecgbook.errors import RecordInvalid

__all__ = ["Annotations", "Recording", "checked_rate", "frozen", "whole_samples"]

_LARGEST_MV = 200.0  # no surface ECG reaches it: more is microvolts or digital units called mV
_BLOCK = 1 << 15


@dataclass(frozen=True, eq=False)
class Annotations:
    """What an expert (or a program) marked on a recording, in the order of time.

    Parameters
    ----------
    sample : array of int64, shape (mark,)
        Position of each mark, in samples from the start of the recording.
    symbol : array of str, shape (mark,)
        WFDB code of each mark: ``N`` normal beat, ``V`` ventricular, ``+`` rhythm change, …
    aux : array of str, shape (mark,), optional
        Free text of each mark, such as ``(AFIB``; empty where there is none.

    Raises
    ------
    RecordInvalid
        If the three arrays differ in length, or a position is negative or no whole number.
        Marks that arrive out of order are sorted instead, ties keep their order.
    """

    sample: np.ndarray
    symbol: np.ndarray
    aux: np.ndarray | None = None

    def __post_init__(self):
        sample = whole_samples(self.sample, "annotations")
        symbol = np.asarray(self.symbol, dtype=str)
        aux = np.full(sample.shape, "") if self.aux is None else np.asarray(self.aux, dtype=str)
        if not sample.shape == symbol.shape == aux.shape:
            raise RecordInvalid(
                f"annotations need one symbol and one text a sample, got {len(sample)} samples, "
                f"{symbol.size} symbols and {aux.size} texts"
            )
        if len(sample) and sample.min() < 0:
            raise RecordInvalid(f"annotation at a negative sample: {sample.min()}")
        order = np.argsort(sample, kind="stable")
        object.__setattr__(self, "sample", frozen(sample[order]))
        object.__setattr__(self, "symbol", frozen(symbol[order]))
        object.__setattr__(self, "aux", frozen(aux[order]))

    def __len__(self):
        return len(self.sample)

    def __getitem__(self, index):
        """Annotations at ``index``, a slice, a mask or an array of positions."""
        return Annotations(self.sample[index], self.symbol[index], self.aux[index])

    def beats(self):
        """Return the marks that stand for a beat, without rhythm, noise and wave marks."""
        return self[np.isin(self.symbol, list(BEAT_SYMBOLS))]

    def window(self, start, stop):
        """Return the marks in samples ``[start, stop)``, counted from ``start``."""
        first, last = np.searchsorted(self.sample, [start, stop])
        part = self[first:last]
        return replace(part, sample=part.sample - start)


@dataclass(frozen=True, eq=False)
class Recording:
    """One ECG with everything that is needed to read it rightly.

    Parameters
    ----------
    signal : array, shape (lead, time)
        The voltages; kept as float32 in mV. NaN marks samples that are missing, and masked
        samples become NaN.
    fs : float
        Sampling rate in Hz.
    leads : sequence of str
        Name of each lead, in the order of the rows of ``signal``.
    database, record, patient : str, optional
        Where the signal comes from. Two recordings of one person share ``patient``.
    annotations : Annotations, optional
        Marks on this signal, all of them before its end.
    unit : {"mV", "uV", "V", "nV"}, default "mV"
        Unit in which ``signal`` is handed over; the recording itself is always in mV.

    Raises
    ------
    RecordInvalid
        If the shape, the rate, the unit, the lead names or the annotations are not right, a mark
        lies at or beyond the end of the signal, or a voltage is beyond 200 mV (wrong unit).

    Examples
    --------
    >>> ecg = Recording([[0.0, 500.0, 1000.0]], fs=500, leads=["II"], unit="uV")
    >>> ecg.signal
    array([[0. , 0.5, 1. ]], dtype=float32)
    >>> ecg.duration_s
    0.006
    """

    signal: np.ndarray
    fs: float
    leads: tuple[str, ...]
    database: str = ""
    record: str = ""
    patient: str = ""
    annotations: Annotations | None = None
    unit: InitVar[str] = "mV"

    def __post_init__(self, unit):
        name = self.name
        if unit not in MILLIVOLTS:
            raise RecordInvalid(f"{name}: unknown unit {unit!r}, expected one of mV, uV, V, nV")
        fs = checked_rate(self.fs, name)
        leads = _checked_leads(self.leads, name)
        signal = _checked_signal(self.signal, leads, name)
        if unit != "mV":
            signal = signal * np.float32(MILLIVOLTS[unit])
        _check_plausible(signal, name)
        _check_marks(self.annotations, signal.shape[1], name)
        object.__setattr__(self, "fs", fs)
        object.__setattr__(self, "leads", leads)
        object.__setattr__(self, "signal", frozen(signal))

    @property
    def name(self):
        """Database and record in one word, such as ``mitdb/100``."""
        return "/".join(part for part in (self.database, self.record) if part) or "recording"

    def __repr__(self):
        leads = ", ".join(self.leads)
        return f"Recording({self.name}: {leads}; {self.duration_s:g} s at {self.fs:g} Hz)"

    @property
    def duration_s(self):
        """Length in seconds."""
        return self.signal.shape[1] / self.fs

    @property
    def time_s(self):
        """Time of each sample in seconds from the start, shape (time,)."""
        return np.arange(self.signal.shape[1]) / self.fs

    def lead(self, name):
        """Return one lead by its name as float32 mV, shape (time,); `RecordInvalid` if missing."""
        if name not in self.leads:
            raise RecordInvalid(f"{self.name} has no lead {name!r}; it has {', '.join(self.leads)}")
        return self.signal[self.leads.index(name)]

    def select(self, *names):
        """Return a recording with the named leads, in the order named."""
        signal = np.stack([self.lead(name) for name in names])
        return replace(self, signal=signal, leads=names)

    def window(self, start_s, stop_s):
        """Return the part from ``start_s`` to ``stop_s`` (seconds); its time starts at 0.

        The signal is a view, so a window of a memory-mapped recording reads only that part.
        `RecordInvalid` is raised if the window is empty or reaches beyond the recording.
        """
        start, stop = round(start_s * self.fs), round(stop_s * self.fs)
        if not 0 <= start < stop <= self.signal.shape[1]:
            raise RecordInvalid(
                f"{self.name}: window {start_s:g}–{stop_s:g} s is not inside "
                f"the recording of {self.duration_s:g} s"
            )
        marks = self.annotations.window(start, stop) if self.annotations is not None else None
        return replace(self, signal=self.signal[:, start:stop], annotations=marks)

    def resample(self, fs):
        """Return the recording at another rate ``fs`` (Hz), annotations moved along.

        A polyphase low-pass filter keeps what lies above the new Nyquist frequency from
        folding back; its zero phase leaves every wave where it was.
        """
        from scipy.signal import resample_poly

        ratio = Fraction(checked_rate(fs, self.name) / self.fs).limit_denominator(10_000)
        up, down = ratio.as_integer_ratio()
        signal = resample_poly(self.signal, up, down, axis=1, padtype="line")
        marks = self.annotations
        if marks is not None:
            moved = np.rint(marks.sample * float(ratio)).astype(np.int64)
            marks = replace(marks, sample=np.minimum(moved, signal.shape[1] - 1))
        return replace(self, signal=signal, fs=fs, annotations=marks)


def frozen(array):
    """Return a read-only view, so that nobody changes a frozen object by accident."""
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


def whole_samples(values, what):
    """Return positions in samples as int64, shape (position,).

    `RecordInvalid` is raised if they are seconds or other fractions, masked, or not
    one-dimensional; ``what`` stands there, such as ``"peaks"``.
    """
    if np.ma.is_masked(values):
        raise RecordInvalid(f"{what} cannot be masked; leave out the masked ones")
    samples = np.asarray(values)
    if samples.ndim != 1:
        raise RecordInvalid(f"{what} must be a one-dimensional array, got shape {samples.shape}")
    if samples.size and samples.dtype.kind not in "iu":
        raise RecordInvalid(
            f"{what} stand at whole samples, got {samples.dtype}; from seconds they are "
            f"np.rint(seconds * fs).astype(int)"
        )
    return samples.astype(np.int64)


def checked_rate(fs, name):
    """Return the sampling rate of ``name`` in Hz as a float; refuse what is no positive number."""
    if isinstance(fs, bool) or not isinstance(fs, Real) or not np.isfinite(fs) or fs <= 0:
        raise RecordInvalid(f"{name}: the rate must be a positive number of Hz, got {fs!r}")
    return float(fs)


def _checked_leads(leads, name):
    leads = (leads,) if isinstance(leads, str) else tuple(leads)
    if not leads or not all(isinstance(lead, str) and lead for lead in leads):
        raise RecordInvalid(f"{name}: every lead needs a name, got {leads!r}")
    if len(set(leads)) < len(leads):
        raise RecordInvalid(f"{name}: lead names must differ, got {', '.join(leads)}")
    return leads


def _checked_signal(signal, leads, name):
    rows = signal if isinstance(signal, list | tuple) else [signal]
    masked = any(isinstance(row, np.ma.MaskedArray) for row in rows)
    try:
        signal = np.ma.array(signal) if masked else np.asarray(signal)
    except ValueError as error:
        raise RecordInvalid(f"{name}: the leads of a signal must be of one length") from error
    if signal.dtype.kind not in "iuf":
        raise RecordInvalid(f"{name}: signal must hold real numbers, got {signal.dtype}")
    signal = np.ma.filled(signal.astype(np.float32, copy=False), np.nan)
    if signal.ndim != 2 or signal.shape[0] != len(leads) or signal.shape[1] == 0:
        raise RecordInvalid(
            f"{name}: signal must have shape (lead, time) with {len(leads)} leads "
            f"and at least one sample, got {signal.shape}"
        )
    return signal


def _check_marks(marks, n_time, name):
    if not isinstance(marks, Annotations | None):
        kind = type(marks).__name__
        raise RecordInvalid(f"{name}: annotations must be ecgbook.Annotations, got {kind}")
    if beyond := 0 if marks is None else np.count_nonzero(marks.sample >= n_time):
        raise RecordInvalid(
            f"{name}: {beyond:,} of {len(marks):,} annotations lie at or beyond the end of the "
            f"signal of {n_time:,} samples, up to sample {marks.sample[-1]:,}; take the marks of "
            f"this signal, or keep those inside with annotations.window(0, {n_time})"
        )


def _check_plausible(signal, name):
    # fmax and fmin skip NaN. Blocks that fit the processor's cache are read from memory once.
    largest = np.float32(0)
    for start in range(0, signal.shape[1], _BLOCK):
        block = signal[:, start : start + _BLOCK]
        extremes = np.fmax.reduce(block, axis=None), -np.fmin.reduce(block, axis=None)
        largest = np.fmax.reduce([largest, *extremes])
    if largest > _LARGEST_MV:
        raise RecordInvalid(
            f"{name}: {largest:.0f} mV cannot come from surface electrodes; "
            f"say in which unit the values are, such as unit='uV'"
        )
