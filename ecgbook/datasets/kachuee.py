"""The heartbeat data set of Kachuee et al. (the "Kaggle heartbeat" beats), from the raw records."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from scipy.ndimage import median

from ecgbook.conventions import AAMI_CLASSES
from ecgbook.datasets.aami import aami_class, default_lead
from ecgbook.datasets.cutting import cut
from ecgbook.datasets.examples import Examples
from ecgbook.datasets.prepare import opened, prepare, rows_of
from ecgbook.errors import RecordInvalid

__all__ = ["KACHUEE_LENGTH", "diagnosed_records", "kachuee_beats", "padded_with"]

KACHUEE_LENGTH = 187  # samples: 1.5 s at 125 Hz

_FS = 125.0
_WINDOW_S = 10.0
_R_HEIGHT = 0.9  # of the window's range
_SPAN = 1.2  # of the window's median RR interval


def kachuee_beats(database, *, records=None):
    """Cut beats the way of Kachuee et al., every step of it documented.

    1. Lead II at 125 Hz: MLII of MIT-BIH, and the first lead of the two records without it.
    2. Windows of 10 s, each stretched to [0, 1]; the last one may be shorter.
    3. The R peaks are the annotated ones. Where there are no annotations (PTB Diagnostic,
       PTB-XL) they are the local maxima of at least 0.9, as the paper describes.
    4. T is the median RR interval of the window.
    5. A beat starts **at** its R peak and is 1.2 T long, at most 187 samples, so it holds
       this beat's ST-T and the next one's P and QRS. It may reach into the next window,
       on the scale of its own and cut off at [0, 1]; at the end of the recording it is dropped.
    6. Zeros fill it up to 187 samples. The number of zeros tells the heart rate, and
       ``mask`` tells where they are.

    The paper finds R peaks as in step 3 everywhere, but its 109,446 beats of MIT-BIH are
    nearly all the annotated ones, which maxima above 0.9 cannot give.

    Parameters
    ----------
    database : Database or str
        With beat annotations, or PTB Diagnostic, or PTB-XL; or its name.
    records : sequence of str, optional
        The recordings to take. If left out: all, the paced ones of MIT-BIH included; of PTB
        Diagnostic the healthy controls and the infarctions; of PTB-XL those that are normal
        and nothing else, and those with an infarction that are not called normal as well.

    Returns
    -------
    beats : Examples
        ``x`` of shape ``(beat, 1, 187)``, without unit, at 125 Hz; the five EC57 classes, or
        normal and infarction after the diagnosis of the recording. Those of PTB-XL have its
        ``fold``.

    References
    ----------
    Kachuee, Fazeli, Sarrafzadeh (2018), arXiv:1805.00794, section III.
    """
    database = opened(database)
    make = _annotated_beats
    if database.name in _DIAGNOSED:
        columns = _DIAGNOSED[database.name](database.metadata)
        make = partial(_diagnosed_beats, columns=columns)
        records = list(columns) if records is None else records
    return prepare(database, {"recipe": "heartbeat"}, make, records=records)


def diagnosed_records(database):
    """Return the recordings that the recipe takes by diagnosis: a DataFrame, a row a record.

    ``y`` is 1 for an infarction and 0 for normal; PTB-XL has ``fold`` beside. ``database`` is PTB
    Diagnostic or PTB-XL.
    """
    return pd.DataFrame.from_dict(_DIAGNOSED[database.name](database.metadata), orient="index")


def padded_with(beats, value):
    """Return heartbeats with ``value`` in place of the zeros after the end of each.

    >>> padded_with(kachuee_beats("mitdb"), -1.0)  # doctest: +SKIP
    """
    x = np.where(beats.mask[:, None], beats.x, np.float32(value))
    return replace(beats, x=x, recipe=beats.recipe | {"padding": value})


def _of_ptbdb(metadata):
    number = metadata["diagnosis"].map({"Healthy control": 0, "Myocardial infarction": 1})
    return {record: {"y": int(y)} for record, y in number.dropna().items()}


def _of_ptbxl(metadata):
    other = metadata[["MI", "STTC", "CD", "HYP"]].any(axis=1)
    kept = metadata[metadata["NORM"] != other]
    kept = kept[kept["NORM"] | kept["MI"]]
    return {row.Index: {"y": int(row.MI), "fold": row.fold} for row in kept.itertuples()}


_DIAGNOSED = {"ptbdb": _of_ptbdb, "ptb-xl": _of_ptbxl}


def _annotated_beats(recording):
    if recording.annotations is None:
        raise RecordInvalid(f"{recording.name} has no beat annotations to label beats with")
    part = recording.select(default_lead(recording)).resample(_FS)
    x, length, kept = _cut_at(part.signal[0], part.annotations.beats().sample)
    marks = recording.annotations.beats()[kept]
    y = aami_class(marks.symbol)
    of_class = y >= 0
    rows = rows_of(recording, marks.sample, length=length)[of_class]
    return _examples(x[of_class], y[of_class], AAMI_CLASSES, rows, part)


def _diagnosed_beats(recording, *, columns):
    part = recording.select("II").resample(_FS)
    peaks = _tall_maxima(part.signal[0])
    x, length, kept = _cut_at(part.signal[0], peaks)
    beside = dict(columns[recording.record])
    y = np.full(len(x), beside.pop("y"))
    sample = np.rint(peaks[kept] * (recording.fs / _FS))
    rows = rows_of(recording, sample, length=length, **beside)
    return _examples(x, y, ("normal", "infarction"), rows, part)


def _examples(x, y, classes, rows, part):
    return Examples(x, y, classes, rows, fs=_FS, leads=part.leads) if len(x) else None


def _window_range(signal):
    """Return the samples of a window, and the lowest value and the range of each window."""
    size = round(_WINDOW_S * _FS)
    start = np.arange(0, len(signal), size)
    low = np.minimum.reduceat(signal, start)
    span = np.maximum.reduceat(signal, start) - low
    return size, low, np.where(span > 0, span, 1)


def _tall_maxima(signal):
    """Return the local maxima of at least 0.9 of their window (step 3 without annotations)."""
    size, low, span = _window_range(signal)
    window = np.arange(len(signal)) // size
    tall = (signal - low[window]) / span[window] >= _R_HEIGHT
    top = (signal[1:-1] > signal[:-2]) & (signal[1:-1] >= signal[2:])
    return np.flatnonzero(tall[1:-1] & top) + 1


def _cut_at(signal, peaks):
    """Take steps 4 to 6: return beats, their lengths, and which peaks they start at."""
    size, low, span = _window_range(signal)
    window = peaks // size
    length = _beat_length(window, peaks, len(low))[window]
    kept = np.flatnonzero((length > 0) & (peaks + length <= len(signal)))
    window, length = window[kept], length[kept]

    x = cut(signal[None], peaks[kept], KACHUEE_LENGTH)[:, 0]  # (beat, time)
    x = ((x - low[window, None]) / span[window, None]).clip(0, 1)
    x[np.arange(KACHUEE_LENGTH) >= length[:, None]] = 0
    return x[:, None].astype(np.float32), length, kept


def _beat_length(window, peaks, windows):
    """Return 1.2 × the median RR interval of each window in samples; 0 where there is none."""
    same = np.diff(window) == 0
    rr, owner = np.diff(peaks)[same], window[1:][same]
    length = np.zeros(windows, np.int64)
    if len(rr):
        index = np.unique(owner)
        length[index] = np.rint(_SPAN * np.asarray(median(rr, owner, index)))
    return length.clip(max=KACHUEE_LENGTH)
