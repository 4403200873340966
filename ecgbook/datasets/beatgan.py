"""The data set of BeatGAN and MadeGAN, rebuilt sample for sample from the raw records."""

from functools import partial

import numpy as np
from scipy.signal import filtfilt, firwin

from ecgbook.datasets.aami import PACED, aami_class
from ecgbook.datasets.cutting import cut
from ecgbook.datasets.prepare import AAMI_CLASSES, Beats, prepare
from ecgbook.errors import RecordInvalid

__all__ = ["BEATGAN_SYMBOLS", "beatgan_beats"]

# The authors count escape beats (e, j) as supraventricular, against EC57.
BEATGAN_SYMBOLS = {"N": "NLR", "S": "aJASje", "V": "VE", "F": "F", "Q": "/fQ"}

_BEFORE, _AFTER = 140, 180
_BAND_HZ = (3, 45)
_LEAD = "MLII"

# An R peak of the detector confirms a beat if it lies less than this many samples away.
_CONFIRM = 10


def beatgan_beats(database, *, records=None, confirmed="normal"):
    """Cut the beats of BeatGAN's MIT-BIH data set, which MadeGAN uses as well.

    Per record: FIR band-pass 3–45 Hz forward and backward, R peaks by Hamilton's detector,
    beats of 320 samples (140 before the annotation, 180 after it) in lead MLII, in mV.
    The authors worked with positions counted from 1, so every window starts one sample
    later than its annotation says.

    Parameters
    ----------
    database : Database
        MIT-BIH, or another one at 360 Hz with beat annotations and lead MLII.
    records : sequence of str, optional
        The recordings to take; all but the four paced ones if left out.
    confirmed : {"normal", "all", "none"}
        Which beats must have a detected R peak less than 10 samples away. ``"normal"`` is
        the published rule: it cleans the normal beats only, so that the noisy beats left
        in the set are all abnormal.

    Returns
    -------
    BeatSet
        97,568 beats of MIT-BIH: N 86717, S 3026, V 7008, F 802, Q 15.

    Raises
    ------
    RecordInvalid
        If the sampling rate is not 360 Hz, lead MLII is missing, or ``confirmed`` is unknown.

    References
    ----------
    Zhou et al. (2019), BeatGAN, IJCAI; Wang, Stavrakis, Yao (2023), Comput. Biol. Med. 155.
    """
    if confirmed not in ("normal", "all", "none"):
        raise RecordInvalid(f"confirmed must be 'normal', 'all' or 'none', got {confirmed!r}")
    if records is None:
        records = [r for r in database.records if r not in PACED]
    return prepare(
        database,
        {"recipe": "beatgan", "confirmed": confirmed},
        partial(_beats_of, confirmed=confirmed),
        classes=AAMI_CLASSES,
        fs=360.0,
        records=records,
    )


def _beats_of(recording, *, confirmed):
    if recording.fs != 360:
        raise RecordInvalid(f"{recording.name}: this recipe needs 360 Hz, got {recording.fs:g} Hz")
    if recording.annotations is None:
        raise RecordInvalid(f"{recording.name} has no beat annotations to label beats with")
    part = recording.select(_LEAD)
    taps = firwin(int(0.3 * recording.fs) + 1, _BAND_HZ, pass_zero=False, fs=recording.fs)
    filtered = filtfilt(taps, [1.0], part.signal.astype(np.float64), axis=1)

    marks = recording.annotations.beats()
    y = aami_class(marks.symbol, BEATGAN_SYMBOLS)
    position = marks.sample + 1
    inside = (position >= _BEFORE) & (position + _AFTER <= filtered.shape[1])
    kept = (y >= 0) & inside
    if confirmed != "none":
        seen = _near(position, _hamilton_peaks(filtered[0], part.fs))
        kept &= seen | (y != 0) if confirmed == "normal" else seen
    x = cut(filtered, position[kept] - _BEFORE, _BEFORE + _AFTER)
    return Beats(x.astype(np.float32), y[kept], marks.sample[kept], part.leads)


def _hamilton_peaks(filtered, fs):
    from biosppy.signals import ecg

    (peaks,) = ecg.hamilton_segmenter(signal=filtered, sampling_rate=fs)
    (peaks,) = ecg.correct_rpeaks(signal=filtered, rpeaks=peaks, sampling_rate=fs, tol=0.05)
    return np.asarray(peaks)


def _near(position, peaks):
    """Whether a peak lies less than `_CONFIRM` samples from each position."""
    if not len(peaks):
        return np.zeros(len(position), bool)
    after = np.searchsorted(peaks, position).clip(1, max(1, len(peaks) - 1))
    neighbours = peaks[np.stack([after - 1, after.clip(max=len(peaks) - 1)])]
    return np.abs(neighbours - position).min(axis=0) < _CONFIRM
