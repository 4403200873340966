"""The data sets of BeatGAN and MadeGAN, rebuilt from the raw records."""

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.signal import filtfilt, firwin

from ecgbook.conventions import AAMI_CLASSES, BEAT_SYMBOLS, BEATGAN_SYMBOLS, PACED
from ecgbook.datasets.aami import aami_class
from ecgbook.datasets.cutting import RR_FEATURES, cut, rr_features_s
from ecgbook.datasets.examples import Examples
from ecgbook.datasets.prepare import opened, prepare, rows_of
from ecgbook.errors import RecordInvalid

__all__ = ["beatgan_beats"]

_SAMPLES = 320
_BAND_HZ = (3, 45)
# An R peak of the detector confirms a beat if it lies less than this many samples away.
_CONFIRM = 10
# What the detector finds in a beat does not depend on the signal more than this later.
_DETECTOR_TAIL_S = 10
_LTST_RECORDS = frozenset(f"s2{patient:03d}1" for patient in range(1, 25))


@dataclass(frozen=True)
class _Window:
    """Where the beats of a database are cut: ``before`` and ``after`` in its own samples."""

    before: int
    after: int
    fs_out: float  # Hz, of the 320 samples
    lead: str | None  # the first one of the recording if None
    first_sample: int  # number that the authors give to the first sample of a recording
    normal_marks: float  # normal beats are taken among that many first annotations


_WINDOWS = {  # by sampling rate in Hz
    360: _Window(140, 180, 360.0, "MLII", first_sample=1, normal_marks=math.inf),
    250: _Window(120, 140, 308.0, None, first_sample=0, normal_marks=10_000),
}


def beatgan_beats(database, *, records=None, confirmed="normal"):
    """Cut the beats of BeatGAN's MIT-BIH data set or of MadeGAN's Long-Term ST data set.

    Per record: FIR band-pass 3–45 Hz forward and backward, R peaks by Hamilton's detector,
    beats of 320 samples in one lead, in mV. The sampling rate says which of the two it is:

    - 360 Hz (MIT-BIH, used by both): lead MLII, 140 samples before the annotation and 180
      after it. The authors worked with positions counted from 1, so every window starts one
      sample later than its annotation says.
    - 250 Hz (Long-Term ST, MadeGAN): the first lead, 120 samples before the annotation and
      140 after it, interpolated linearly to 308 Hz. Normal beats are taken among the first
      10,000 annotations of a recording, marks that are no beats counted; others all day
      long. Whether these positions count from 1 too is not known: here they count from 0.
      The authors save no beats of class Q; here they stay in the set.

    Parameters
    ----------
    database : Database or str
        MIT-BIH, Long-Term ST or one like them, with beat annotations; or its name.
    records : sequence of str, optional
        The recordings to take. If left out: of Long-Term ST the authors' 24, s20011 to s20241;
        elsewhere all but the four paced ones of MIT-BIH.
    confirmed : {"normal", "all", "none"}
        Which beats must have a detected R peak less than 10 samples away. ``"normal"`` is
        the published rule: it cleans the normal beats only, so that the noisy beats left
        in the set are all abnormal. The time of the detector grows with the square of what
        it has to hear: ``"all"`` takes minutes for a recording of a day.

    Returns
    -------
    beats : Examples
        97,568 beats of MIT-BIH: N 86717, S 3026, V 7008, F 802, Q 15. ``features`` are the RR
        intervals before, after and around the beat, in s; ``sample`` counts in the recording's
        own rate, ``fs`` is that of the 320 samples.

    Raises
    ------
    RecordInvalid
        If a sampling rate is neither 360 nor 250 Hz or two differ, lead MLII is missing at
        360 Hz, a recording has no annotations or is shorter than 1 s, or ``confirmed`` is
        unknown.

    References
    ----------
    Zhou et al. (2019), BeatGAN, IJCAI; Wang, Stavrakis, Yao (2023), Comput. Biol. Med. 155.
    """
    if confirmed not in ("normal", "all", "none"):
        raise RecordInvalid(f"confirmed must be 'normal', 'all' or 'none', got {confirmed!r}")
    database = opened(database)
    records = _default_records(database) if records is None else records
    recipe = {"recipe": "beatgan", "confirmed": confirmed}
    return prepare(database, recipe, partial(_beats_of, confirmed=confirmed), records=records)


def _default_records(database):
    if database.name == "ltstdb":
        return [r for r in database.records if r in _LTST_RECORDS]
    return [r for r in database.records if r not in PACED]


def _beats_of(recording, *, confirmed):
    window = _window_of(recording)
    part = recording.select(window.lead or recording.leads[0])
    filtered = _filtered(part.signal, part.fs)

    number = np.flatnonzero(np.isin(recording.annotations.symbol, list(BEAT_SYMBOLS)))
    marks = recording.annotations[number]
    y = aami_class(marks.symbol, BEATGAN_SYMBOLS)
    position = marks.sample + window.first_sample
    inside = (position >= window.before) & (position + window.after <= filtered.shape[1])
    kept = (y >= 0) & inside & ((y != 0) | (number < window.normal_marks))
    doubted = kept & {"normal": y == 0, "all": y >= 0, "none": y < 0}[confirmed]
    kept[doubted] = _heard(filtered[0], position[doubted], part.fs)
    if not kept.any():
        return None

    x = cut(filtered, position[kept] - window.before, window.before + window.after)
    x = _interpolated(x, part.fs / window.fs_out)
    rr_s = rr_features_s(marks.sample, part.fs)[kept]
    rows = rows_of(recording, marks.sample[kept], **dict(zip(RR_FEATURES, rr_s.T, strict=True)))
    named = AAMI_CLASSES, rows, window.fs_out, part.leads, {}, RR_FEATURES
    return Examples(x, y[kept], *named)


def _window_of(recording):
    if recording.fs not in _WINDOWS:
        raise RecordInvalid(
            f"{recording.name}: this recipe is defined for 360 Hz and 250 Hz, got "
            f"{recording.fs:g} Hz"
        )
    if recording.annotations is None:
        raise RecordInvalid(f"{recording.name} has no beat annotations to label beats with")
    return _WINDOWS[recording.fs]


def _filtered(signal, fs):
    # As biosppy does: a filter of 0.3 s, and one tap more where their number is even.
    taps = firwin(int(0.3 * fs) | 1, _BAND_HZ, pass_zero=False, fs=fs)
    if signal.shape[1] <= 3 * len(taps):  # what is put on at either end to begin with
        raise RecordInvalid(
            f"a recording of {signal.shape[1] / fs:g} s is too short for the filter of this "
            f"recipe; it needs more than {3 * len(taps) / fs:.1f} s"
        )
    return filtfilt(taps, [1.0], signal.astype(np.float64), axis=1)


def _interpolated(x, step):
    """Return 320 values of each beat, ``step`` samples apart, on straight lines between them."""
    place = np.arange(_SAMPLES) * step
    left = place.astype(int)
    right = np.minimum(left + 1, x.shape[-1] - 1)
    share = place - left
    return x[..., left] * (1 - share) + x[..., right] * share


def _heard(filtered, position, fs):
    """Whether the detector finds an R peak near each position."""
    if not len(position):
        return np.zeros(0, bool)
    # It compares every peak with every other one, so it gets no more signal than it needs.
    end = position.max() + round(_DETECTOR_TAIL_S * fs)
    return _near(position, _hamilton_peaks(filtered[:end], fs))


def _hamilton_peaks(filtered, fs):
    from biosppy.signals import ecg

    (peaks,) = ecg.hamilton_segmenter(signal=filtered, sampling_rate=fs)
    (peaks,) = ecg.correct_rpeaks(signal=filtered, rpeaks=peaks, sampling_rate=fs, tol=0.05)
    return peaks


def _near(position, peaks):
    """Whether a peak lies less than `_CONFIRM` samples from each position."""
    bounded = np.r_[-np.inf, peaks, np.inf]
    after = np.searchsorted(bounded, position)
    return np.minimum(bounded[after] - position, position - bounded[after - 1]) < _CONFIRM
