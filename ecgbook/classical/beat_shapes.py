"""What the beats of one recording look like: the usual one, and how alike they all are."""

from functools import cache

import numpy as np
from scipy import signal as dsp

from ecgbook.datasets.cutting import cut

__all__ = ["SHAPE_MEASURES", "shape_measures"]

# What holds waves; slower is baseline, faster mostly muscle.
_BAND_HZ = (0.5, 40.0)
# A beat, and its parts, in s from the R peak.
_BEAT_S = (-0.3, 0.45)
_P_S, _QRS_S, _T_S = (-0.25, -0.06), (-0.08, 0.1), (0.12, 0.45)
_PQ_S, _ST_S = (-0.08, -0.05), (0.08, 0.12)
# A QRS complex begins and ends where its slope is a tenth of the steepest.
_SLOPE = 0.1
_ALIKE = 0.9
_EARLY = 0.88
# In atrial fibrillation the atria beat 240 to 600 times a minute.
_FIBRILLATION_HZ = (4.0, 10.0)
_SEGMENT_S = 2.5


def shape_measures(signal, peaks, fs):
    """Measure the beats of one lead: P wave, QRS complex, T wave, and what is between them.

    The lead is filtered from 0.5 to 40 Hz and turned so that the usual QRS complex points up, as
    many hand-held recordings are taken the wrong way round. The *usual beat* is the median of all
    whole beats.

    Parameters
    ----------
    signal, peaks, fs : array (time,), array of int (peak,), float
        One lead in mV, the sample of each beat, and the sampling rate in Hz, at least 100.

    Returns
    -------
    measured : dict of str to float
        By the names `SHAPE_MEASURES`; NaN where there are too few beats to tell:

        - of the usual beat: ``r_mv``; ``qrs_ms``, its width; ``qrs_area_ms``, area over height;
          ``p_mv``, ``p_to_r``, ``p_before_r_ms``: height of the highest point before the QRS
          complex over the ends of that stretch, and its place; ``t_mv``, ``t_to_r``,
          ``t_after_r_ms``, of the point after it that lies furthest from 0; ``st_mv``, against the
          level before the QRS complex;
        - of all beats: ``r_spread``, spread of their height over its mean; for P wave, QRS complex
          and T wave ``…_repeats``, the power of the usual wave over the mean power of the single
          ones: 1 if all are alike, small where nothing comes back; ``…_correlation``, the mean
          correlation with the usual wave; ``qrs_low_correlation``, its tenth percentile;
          ``qrs_unlike_share``, of beats under 0.9;
        - ``early_alike_share``, ``early_unlike_share``: beats that come before 0.88 of the median
          interval with a QRS complex like the usual one (from the atria), or unlike it;
        - after the usual beat is taken off: ``rest_mv``, root mean square of the rest;
          ``rest_share``, its share of the power; ``rest_f_share``, how much of the rest lies from 4
          to 10 Hz, where fibrillating atria are; ``rest_f_peak``, how far the highest frequency
          there stands out of their mean; ``rest_f_hz``, which one it is.
    usual : array, shape (time,)
        The usual beat in mV, from 0.3 s before the R peak to 0.45 s after it; 0 if there is none.
    """
    measured = dict.fromkeys(SHAPE_MEASURES, float("nan"))
    beats, kept, clean = _whole_beats(signal, peaks, fs)
    if not len(beats):
        return measured, np.zeros(beats.shape[1])
    usual = np.median(beats, axis=0)
    measured |= _of_usual(usual, fs)
    rest = _without_beats(clean, peaks[kept], usual, fs)
    measured |= _of_rest(rest, clean, fs)
    if len(beats) > 1:
        measured |= _of_all(beats, usual, fs)
        measured |= _of_early(beats, usual, peaks, kept, fs)
    return measured, usual


def _whole_beats(signal, peaks, fs):
    """Return all beats inside the recording, (beat, time), which those are, and the clean lead."""
    clean = dsp.sosfiltfilt(_band(fs), signal, padlen=min(len(signal) - 1, round(2 * fs)))
    start, length = peaks + _place(_BEAT_S[0], fs), _place(_BEAT_S[1] - _BEAT_S[0], fs)
    kept = (start >= 0) & (start + length <= len(signal))
    beats = cut(clean[None], start[kept], length)[:, 0]
    upright = 1 if not len(beats) or np.median(beats[:, -_place(_BEAT_S[0], fs)]) >= 0 else -1
    return upright * beats, kept, upright * clean


@cache
def _band(fs):
    return dsp.butter(2, _BAND_HZ, "bandpass", fs=fs, output="sos")


def _place(at_s, fs):
    return round(at_s * fs)


def _part(beats, span_s, fs):
    """Return the part of beats between two times from the R peak."""
    start, stop = (_place(at_s - _BEAT_S[0], fs) for at_s in span_s)
    return beats[..., start:stop]


def _of_usual(usual, fs):
    r, r_mv = -_place(_BEAT_S[0], fs), usual[-_place(_BEAT_S[0], fs)]
    p, t, qrs = (_part(usual, span, fs) for span in (_P_S, _T_S, _QRS_S))
    p_mv = p.max() - (p[0] + p[-1]) / 2
    furthest = np.abs(t).argmax()
    slope = np.abs(np.diff(qrs))
    steep = np.flatnonzero(slope >= _SLOPE * slope.max()) if slope.max() > 0 else np.zeros(1)
    height = max(np.abs(qrs).max(), 1e-6)
    p_start, t_start = (_place(span[0] - _BEAT_S[0], fs) for span in (_P_S, _T_S))
    return {
        "r_mv": r_mv,
        "qrs_ms": 1000 * (steep[-1] - steep[0] + 1) / fs,
        "qrs_area_ms": 1000 * np.abs(qrs).sum() / height / fs,
        "p_mv": p_mv,
        "p_to_r": p_mv / height,
        "p_before_r_ms": 1000 * (r - p_start - p.argmax()) / fs,
        "t_mv": t[furthest],
        "t_to_r": t[furthest] / height,
        "t_after_r_ms": 1000 * (t_start + furthest - r) / fs,
        "st_mv": _part(usual, _ST_S, fs).mean() - _part(usual, _PQ_S, fs).mean(),
    }


def _of_all(beats, usual, fs):
    r_mv = beats[:, -_place(_BEAT_S[0], fs)]
    measured = {"r_spread": r_mv.std() / max(abs(r_mv.mean()), 1e-6)}
    for name, span in (("p", _P_S), ("qrs", _QRS_S), ("t", _T_S)):
        parts, wave = _part(beats, span, fs), _part(usual, span, fs)
        measured[f"{name}_repeats"] = wave.var() / max(parts.var(axis=1).mean(), 1e-12)
        measured[f"{name}_correlation"] = _correlation(parts, wave).mean()
    alike = _correlation(_part(beats, _QRS_S, fs), _part(usual, _QRS_S, fs))
    measured["qrs_low_correlation"] = np.percentile(alike, 10)
    measured["qrs_unlike_share"] = (alike < _ALIKE).mean()
    return measured


def _of_early(beats, usual, peaks, kept, fs):
    """Count early beats by what their QRS complex is like."""
    rr = np.diff(peaks)
    early = np.r_[False, rr < _EARLY * np.median(rr)][kept]
    alike = _correlation(_part(beats, _QRS_S, fs), _part(usual, _QRS_S, fs)) >= _ALIKE
    shares = (early & alike).mean(), (early & ~alike).mean()
    return dict(zip(("early_alike_share", "early_unlike_share"), shares, strict=True))


def _without_beats(clean, peaks, usual, fs):
    """Take the usual beat off at each peak; where two overlap, the mean of both."""
    at = (peaks[:, None] + _place(_BEAT_S[0], fs) + np.arange(len(usual))).ravel()
    total = np.bincount(at, np.tile(usual, len(peaks)), len(clean))
    return clean - total / np.maximum(np.bincount(at, minlength=len(clean)), 1)


def _of_rest(rest, clean, fs):
    hertz, power = dsp.welch(rest, fs, nperseg=min(len(rest), round(_SEGMENT_S * fs)))
    slow, fast = _FIBRILLATION_HZ
    inside = (hertz >= slow) & (hertz <= fast)
    own, every = power[inside], max(power[(hertz >= 1) & (hertz <= _BAND_HZ[1])].sum(), 1e-12)
    return {
        "rest_mv": np.sqrt(np.square(rest).mean()),
        "rest_share": np.square(rest).sum() / max(np.square(clean).sum(), 1e-12),
        "rest_f_share": own.sum() / every,
        "rest_f_peak": own.max() / max(own.mean(), 1e-12),
        "rest_f_hz": hertz[inside][own.argmax()],
    }


def _correlation(waves, wave):
    """Return Pearson's correlation of each wave with one; 0 where one of both is flat."""
    waves = waves - waves.mean(axis=-1, keepdims=True)
    wave = wave - wave.mean()
    norm = np.sqrt(np.square(waves).sum(axis=-1) * (wave @ wave))
    return waves @ wave / np.maximum(norm, 1e-9)


SHAPE_MEASURES = (
    *("r_mv", "qrs_ms", "qrs_area_ms", "p_mv", "p_to_r", "p_before_r_ms"),
    *("t_mv", "t_to_r", "t_after_r_ms", "st_mv", "r_spread"),
    *("p_repeats", "p_correlation", "qrs_repeats", "qrs_correlation", "t_repeats", "t_correlation"),
    *("qrs_low_correlation", "qrs_unlike_share", "early_alike_share", "early_unlike_share"),
    *("rest_mv", "rest_share", "rest_f_share", "rest_f_peak", "rest_f_hz"),
)
