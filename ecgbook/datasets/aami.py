"""Beats in the five classes of ANSI/AAMI EC57, as de Chazal 2004 filled them."""

from functools import partial

import numpy as np

from ecgbook import signals
from ecgbook.conventions import AAMI_CLASSES, AAMI_SYMBOLS, PACED
from ecgbook.datasets.cutting import RR_FEATURES, cut, rr_features_s, scale_beats
from ecgbook.datasets.examples import Examples
from ecgbook.datasets.prepare import opened, prepare, rows_of
from ecgbook.errors import RecordInvalid

__all__ = ["aami_beats", "aami_class", "default_lead"]


def aami_class(symbol, symbols=AAMI_SYMBOLS):
    """Translate WFDB beat symbols (mark,) to class numbers, an array of int64 (mark,).

    They are 0 to 4 for N, S, V, F, Q, and −1 for a mark that belongs to no class. ``symbols``
    has the WFDB codes of each class, in the order of the classes.

    Examples
    --------
    >>> aami_class(np.array(["N", "j", "A", "V", "F", "/", "+"]))
    array([ 0,  0,  1,  2,  3,  4, -1])
    """
    number = np.full(len(symbol), -1)
    for index, codes in enumerate(symbols.values()):
        number[np.isin(symbol, list(codes))] = index
    return number


def default_lead(recording):
    """Return MLII where a recording has it, else the name of its first lead."""
    return "MLII" if "MLII" in recording.leads else recording.leads[0]


def aami_beats(
    database,
    *,
    records=None,
    leads=None,
    before_s=0.25,
    after_s=0.5,
    band_hz=(0.5, 40.0),
    scale="record",
):
    """Cut every annotated beat of a database and label it N, S, V, F or Q.

    Parameters
    ----------
    database : Database or str
        Any with beat annotations, or its name, such as ``"mitdb"``.
    records : sequence of str, optional
        The recordings to take; all but the four paced ones of MIT-BIH if left out.
    leads : sequence of str, optional
        The leads to keep, which each recording must have; MLII, else the first one, if left out.
    before_s, after_s : float
        Window around the annotated beat, in s.
    band_hz : (float, float) or None
        Zero-phase Butterworth band-pass over the whole recording, in Hz.
    scale : {"record", "beat", None}
        ``"record"`` divides by the median peak-to-peak height of the recording's beats,
        which keeps the height of one beat against the next; ``"beat"`` stretches each
        beat to [−1, 1], which loses it; ``None`` leaves mV.

    Returns
    -------
    beats : Examples
        ``features`` are the RR intervals before, after and around the beat, in s.
        A window that reaches beyond the recording holds its last value.

    Raises
    ------
    RecordInvalid
        If a recording lacks a lead or has no annotations, or two have different rates.

    References
    ----------
    ANSI/AAMI EC57:1998, section 4.3. Which beats belong to which class is as in de Chazal et al.
    (2004), Table I, who count the escape beats e and j as N; WFDB's EC57 program, bxb, counts
    them as S.
    """
    if scale not in ("record", "beat", None):
        raise RecordInvalid(f"scale must be 'record', 'beat' or None, got {scale!r}")
    database = opened(database)
    if records is None:
        records = [r for r in database.records if database.name != "mitdb" or r not in PACED]
    how = {"leads": None if leads is None else list(leads), "band_hz": band_hz, "scale": scale}
    how |= {"before_s": before_s, "after_s": after_s}
    return prepare(database, {"recipe": "aami", **how}, partial(_beats_of, **how), records=records)


def _beats_of(recording, *, leads, before_s, after_s, band_hz, scale):
    if recording.annotations is None:
        raise RecordInvalid(f"{recording.name} has no beat annotations to label beats with")
    marks = recording.annotations.beats()
    y = aami_class(marks.symbol)
    labelled = y >= 0
    if not labelled.any():
        return None
    sample = marks.sample[labelled]
    part = recording.select(*([default_lead(recording)] if leads is None else leads))
    if band_hz:
        part = signals.bandpass(part, *band_hz)
    before, after = round(before_s * part.fs), round(after_s * part.fs)
    x = cut(part.signal, sample - before, before + after)
    if scale == "beat":
        x = scale_beats(x)
    elif scale == "record":
        height = np.median(np.ptp(x, axis=-1), axis=0)  # (lead,)
        x = x / np.maximum(height, 1e-6)[:, None]
    rr_s = rr_features_s(marks.sample, recording.fs)[labelled]
    rows = rows_of(recording, sample, **dict(zip(RR_FEATURES, rr_s.T, strict=True)))
    return Examples(x, y[labelled], AAMI_CLASSES, rows, part.fs, part.leads, {}, RR_FEATURES)
