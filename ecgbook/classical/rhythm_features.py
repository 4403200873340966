"""A recording as one row of numbers: its rhythm, its beats and its quality.

>>> records = rhythm_features("challenge-2017")  # doctest: +SKIP
>>> table = feature_table(records)  # doctest: +SKIP
>>> table["rmssd_ms"].groupby(records.y).median()  # doctest: +SKIP
"""

from functools import partial

import numpy as np
import pandas as pd
from scipy import signal as dsp

from ecgbook.classical.beat_shapes import SHAPE_MEASURES, shape_measures
from ecgbook.classical.rr_irregularity import RR_MEASURES, rr_measures
from ecgbook.datasets.examples import Examples
from ecgbook.datasets.prepare import opened, prepare, rows_of
from ecgbook.datasets.rhythm import RHYTHM_CLASSES, rhythm_labels
from ecgbook.errors import RecordInvalid
from ecgbook.recording import Recording
from ecgbook.signals import quality, r_peaks

__all__ = ["QUALITY_MEASURES", "RHYTHM_FEATURES", "feature_table", "features_of", "rhythm_features"]

_SHORTEST_S = 2.0

_FROM_QUALITY = ("flat_s", "clipped_s", "wander_mv", "noise_mv", "mains_mv", "amplitude_mv")
_OF_SPECTRUM = {"slow_share": (0, 1), "qrs_band_share": (5, 15), "fast_share": (30, 50)}

QUALITY_MEASURES = ("duration_s", *_FROM_QUALITY, *_OF_SPECTRUM, "kurtosis", "skewness")

RHYTHM_FEATURES = (*RR_MEASURES, *SHAPE_MEASURES, *QUALITY_MEASURES)


def features_of(recording):
    """Describe the first lead of a recording by numbers.

    Beats are those of `ecgbook.signals.r_peaks`.

    Parameters
    ----------
    recording : Recording
        From 2 s and from 100 Hz up, without gaps (else `RecordInvalid`).

    Returns
    -------
    dict of str to float
        By the names `RHYTHM_FEATURES`: those of `ecgbook.classical.rr_irregularity.rr_measures`
        and `ecgbook.classical.beat_shapes.shape_measures`; of `ecgbook.signals.quality`
        ``flat_s`` to ``amplitude_mv``; ``duration_s``; shares of the power below 1 Hz, from 5 to 15
        Hz and from 30 to 50 Hz; kurtosis and skewness of the voltages. NaN is a measure that
        cannot be had, such as an interval where there is one beat.
    """
    return _described(recording)[0]


def rhythm_features(database, *, records=None):
    """Describe whole recordings by numbers, once: they are kept in the store.

    Parameters
    ----------
    database, records
        As for `ecgbook.datasets.rhythm_records`, and errors likewise.

    Returns
    -------
    records : Examples
        One example a recording in the same order as there, with the label. Its signal is the usual
        beat of the recording, in mV, from 0.3 s before the R peak to 0.45 s after it; the numbers
        are columns of its rows: see `feature_table`.
    """
    database = opened(database)
    make = partial(_example_of, labels=rhythm_labels(database))
    return prepare(database, {"recipe": "rhythm features"}, make, records=records)


def feature_table(records, names=RHYTHM_FEATURES):
    """Return the features of recordings, DataFrame (record, feature) of float64, NaN if not known.

    Parameters
    ----------
    records : Examples
        Of `rhythm_features`, or whole recordings in mV such as those of
        `ecgbook.datasets.rhythm_records` or `ecgbook.datasets.with_noise`, which are described on
        the spot, about 15 ms each.
    names : sequence of str
        Which ones: `RHYTHM_FEATURES`, or ``RR_MEASURES`` of `ecgbook.classical.rr_irregularity`.
    """
    names = list(names)
    if unknown := set(names) - set(RHYTHM_FEATURES):
        raise RecordInvalid(f"no feature of a rhythm is called {', '.join(sorted(unknown))}")
    if set(names) <= set(records.rows):
        return records.rows[names].astype(np.float64)
    signals = zip(records.x, records.length, records.record, strict=True)
    one = records.leads[:1]
    described = [
        features_of(Recording(x[:1, :length], records.fs, one, record=name))
        for x, length, name in signals
    ]
    return pd.DataFrame(described, columns=list(RHYTHM_FEATURES))[names].astype(np.float64)


def _described(recording):
    """Return the features of a recording, and its usual beat, shape (time,)."""
    one = recording.select(recording.leads[0])
    if one.duration_s < _SHORTEST_S:
        raise RecordInvalid(
            f"{recording.name}: features of a rhythm need at least {_SHORTEST_S:g} s, "
            f"the recording has {one.duration_s:g} s"
        )
    peaks, signal = r_peaks(one), one.signal[0].astype(np.float64)
    shapes, usual = shape_measures(signal, peaks, one.fs)
    measured = rr_measures(peaks, one.fs) | shapes
    measured |= {"duration_s": one.duration_s} | _quality_of(one) | _voltages(signal, one.fs)
    features = {name: float(measured[name]) for name in RHYTHM_FEATURES}
    return features, usual


def _quality_of(recording):
    row = quality(recording).iloc[0]
    return {name: row[name] for name in _FROM_QUALITY}


def _voltages(signal, fs):
    hertz, power = dsp.welch(signal, fs, nperseg=min(len(signal), round(_SHORTEST_S * fs)))
    every = max(power.sum(), 1e-12)
    shares = {
        name: power[(hertz >= low) & (hertz <= high)].sum() / every
        for name, (low, high) in _OF_SPECTRUM.items()
    }
    away = signal - signal.mean()
    spread = away.std()
    z = away / spread if spread > 0 else np.full(len(away), np.nan)
    return shares | {"kurtosis": (z**4).mean(), "skewness": (z**3).mean()}


def _example_of(recording, *, labels):
    features, beat = _described(recording)
    rows = rows_of(recording, [0], **{name: [value] for name, value in features.items()})
    y, lead = [labels[recording.record]], recording.leads[:1]
    return Examples(beat[None, None], y, RHYTHM_CLASSES, rows, fs=recording.fs, leads=lead)
