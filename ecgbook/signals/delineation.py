"""Delineation: where the P wave, the QRS complex and the T wave of each beat begin, peak and end.

The method in a page. Every step is done for all beats and leads at once.

1. **Beats.** What stands out over 25 ms, as in `ecgbook.signals.simple_beats`, in the median of all
   leads: one bad electrode moves no beat.
2. **QRS complex.** Its slope is the difference between the means of 20 ms after and before a
   sample. Outward from the beat, the complex is over where the slope has fallen to a small part
   of its steepest flank and stays there for 20 ms (`ecgbook.signals.wave_edges.edges`).
3. **T wave.** A straight line takes the place of each complex. Between it and the middle of the
   next beat the wave is where 70 ms of signal stand out most, up or down, in the median of the
   leads, so an inverted T is as good as an upright one; each lead has its own peak near by.
   Begin and end are found by the slope, as above.
4. **P wave.** P waves come at one distance before the complex. That is where, in the median of
   the beats, 40 ms stand out most; then each beat and lead has its own peak, begin and end.
5. **Is it a P wave?** The stretch before the complex must look like the one before the other
   complexes. A beat unlike the others has no P wave; where many beats of the usual shape are
   unlike each other, the atria fibrillate or flutter and no beat has one.

A boundary is half-way between what the lead itself and the median of all leads say: waves begin
and end in nearly the same moment in all leads, and one lead is noisier than twelve.

The constants were chosen on 50 people of LUDB, every second one of a hundred, and judged on the
others (`ecgbook.evaluation.delineation`). Three steps were mended after a look at those, with no
constant changed: likeness is the median over leads, a stretch that the recording cuts off is not
compared, and an R peak lies within 50 ms of its beat. So only people beyond the hundred are new.
"""

import numpy as np
from scipy.signal import find_peaks

from ecgbook.errors import RecordInvalid
from ecgbook.recording import Recording, whole_samples
from ecgbook.signals.checks import require_whole
from ecgbook.signals.detector import FLOOR_MV, QRS_S, SLOPE_S, local_level, moving_mean
from ecgbook.signals.simple_beats import FRACTION, REFRACTORY_S, without_t_waves
from ecgbook.signals.wave_edges import Rule, bounds, bulge, odd, placed, windows
from ecgbook.signals.waves import ABSENT, Wave, Waves

__all__ = ["delineate", "delineate_leads"]

QRS = Rule(SLOPE_S, SLOPE_S, slope_s=0.020, fraction=0.13, flank_s=0.06, reach_s=0.15)
T = Rule(0.070, 0.050, slope_s=0.040, fraction=0.40, flank_s=0.12, reach_s=0.25, lead_s=0.06)
P = Rule(0.040, 0.040, slope_s=0.020, fraction=0.55, flank_s=0.07, reach_s=0.12, lead_s=0.04)

# A top so high, compared with the bottom, is an R peak.
R_PART = 0.3
# A T wave peaks at least so long after its complex and before the next one, and in the first
# part of the way to the next beat, which never is longer than 0.6 s.
T_AFTER_S, T_BEFORE_S, T_PART, T_LATEST_S = 0.040, 0.060, 0.6, 0.6
# A P wave peaks within so long before its complex, and 20 ms before it at least.
P_EARLIEST_S, P_LATEST_S = 0.260, 0.020
# A beat's P wave is at most so far from where it usually is.
BEAT_S = 0.050
# The stretch in which P waves are compared, and the length that stands out there.
P_STRETCH_S, P_SHAPE_S = 0.160, 0.060
# As like as this is a P wave; so many beats of the usual shape must be even more alike.
ALIKE, MUCH_ALIKE, MOST_BEATS, USUAL_QRS = 0.5, 0.7, 0.85, 0.9
LOWEST_RATE_HZ = 100


def delineate(recording, fs=None, *, lead=None, r_peak=None):
    """Find begin, peak and end of the P wave, QRS complex and T wave of each beat of a lead.

    All leads of the recording help to find them. To see what one lead says by itself, hand over
    ``recording.select("II")``.

    Parameters
    ----------
    recording : Recording, or array of shape (time,) or (lead, time)
        An array holds mV and needs ``fs``.
    fs : float, optional
        Sampling rate of an array in Hz, 100 at least; a recording has its own.
    lead : str, optional
        The lead in which waves are placed; the first one if left out.
    r_peak : array of int, shape (beat,), optional
        Samples of the beats, rising; if left out they are found in the median of all leads.

    Returns
    -------
    Waves
        ``.p``, ``.qrs`` and ``.t``, each with ``.begin``, ``.peak`` and ``.end`` in samples,
        int64 of shape (beat,); −1 where a beat has no such wave.

    Raises
    ------
    RecordInvalid
        If the lead is unknown, a sample is missing, the rate is missing or below 100 Hz, or
        ``r_peak`` does not rise or leaves the recording.

    Examples
    --------
    Three bumps each second stand for a beat; the first P wave is where it has been put:

    >>> t = np.arange(5000) / 500 % 1
    >>> bumps = ((0.15, 0.3, 0.02), (1, 0.5, 0.01), (0.3, 0.8, 0.04))
    >>> ecg = sum(size * np.exp(-(((t - at) / width) ** 2) / 2) for size, at, width in bumps)
    >>> waves = delineate(ecg, 500)
    >>> waves.p.peak[0], waves.qrs.peak[0], waves.t.peak[0]
    (np.int64(150), np.int64(250), np.int64(400))
    """
    recording = _as_recording(recording, fs)
    row = recording.leads.index(lead) if lead in recording.leads else 0
    if lead is not None:
        recording.lead(lead)  # refuses a name that is not there
    return delineate_leads(recording, r_peak=r_peak)[row]


def delineate_leads(recording, fs=None, *, r_peak=None):
    """Find the waves of each beat in each lead: `Waves` with arrays (lead, beat).

    Parameters and errors as of `delineate`. A lead that is flat has no waves, and the others do
    not heed it.
    """
    recording = _as_recording(recording, fs)
    require_whole(recording)
    signal, fs = recording.signal.astype(np.float64), recording.fs
    live = np.ptp(signal, axis=1) > FLOOR_MV
    if r_peak is None:
        r_peak = _beats(signal[live], fs) if live.any() else np.empty(0, np.int64)
    beat = _checked(r_peak, recording)
    if not live.any() or not len(beat):
        return _none(len(signal), len(beat))
    found = _waves(signal[live], beat, fs)
    whole = np.full((3, 3, len(signal), len(beat)), ABSENT)
    whole[:, :, live] = found
    return Waves(*(Wave(*wave) for wave in whole))


def _beats(signal, fs):
    """Return where the median of the leads stands out as a QRS complex does, shape (beat,)."""
    energy = moving_mean(np.square(bulge(signal, SLOPE_S, fs)), odd(QRS_S * fs))
    energy = np.median(energy, axis=0)
    found, _ = find_peaks(energy, distance=max(1, round(REFRACTORY_S * fs)))
    size = np.sqrt(energy[found])
    enough = np.maximum(FRACTION * local_level(energy, found, fs), FLOOR_MV)
    return found[(size > enough) & without_t_waves(found, size, fs)]


def _waves(signal, beat, fs):
    """Return begin, peak and end of P, QRS and T: int64, shape (wave, 3, lead, beat)."""
    begin, end, common = bounds(signal, beat[None], beat[None], QRS, fs)
    qrs = np.stack([begin, _apex(signal, beat, begin, end, round(QRS_S / 2 * fs)), end])
    without = _bridged(signal, *common)
    t = _t_waves(without, beat, common, fs)
    t_end = np.max(t[2], axis=0, initial=0)
    p = _p_waves(without, common[0], np.append(0, t_end[:-1]), fs)
    p[:, :, ~_has_p(signal, without, beat, common[0], fs)] = ABSENT
    # No wave reaches into the complex, though its peak counts more than that.
    p[2] = np.maximum(np.minimum(p[2], begin), p[1])
    t[0] = np.minimum(np.maximum(t[0], end), t[1])
    return np.stack([_whole(wave, signal.shape[1]) for wave in (p, qrs, t)])


def _apex(signal, beat, begin, end, near):
    """Return the sample of each R peak: the top of a complex, or its bottom if that is far deeper.

    Heights are measured from where the complex begins. A top counts as R if it is 0.3 times as
    high as the bottom is deep; a smaller one before an S or QS trough is only its r. Within
    ``near`` samples of the beat, as of `ecgbook.signals.r_peaks`, it is no spike of a pacemaker.
    """
    at = begin[..., None] + np.arange(1 + np.max(end - begin))
    height = windows(signal, at) - windows(signal, begin[..., None])
    height[(at > end[..., None]) | (np.abs(at - beat[:, None]) > near)] = 0
    is_upright = height.max(axis=-1) > R_PART * -height.min(axis=-1)
    apex = begin + np.where(is_upright, height.argmax(axis=-1), height.argmin(axis=-1))
    return np.where(height.any(axis=-1), apex, np.clip(beat, begin, end))


def _bridged(signal, begin, end):
    """Return the leads with a straight line in the place of each complex."""
    time = np.arange(signal.shape[1])
    row = np.maximum(np.searchsorted(begin, time, side="right") - 1, 0)
    first, last = begin[row], end[row]
    inside = (first < time) & (time < last)
    share = (time - first) / np.maximum(last - first, 1)
    line = signal[:, first] + share * (signal[:, last] - signal[:, first])
    return np.where(inside, line, signal)


def _t_waves(signal, beat, common, fs):
    """Return begin, peak and end of the T wave of each beat: shape (3, lead, beat)."""
    begin, end = common
    rr = np.append(np.diff(beat), signal.shape[1] - beat[-1])
    usual = np.minimum(np.median(rr[:-1]) if len(rr) > 1 else np.inf, T_LATEST_S * fs / T_PART)
    rr[-1] = usual
    following = np.append(begin[1:], signal.shape[1])
    low = end + round(T_AFTER_S * fs)
    high = beat + np.minimum(T_PART * rr, T_LATEST_S * fs).astype(np.int64)
    high = np.minimum(high, following - round(T_BEFORE_S * fs))
    return placed(signal, low, high, np.maximum(high, low), T, fs)


def _p_waves(signal, onset, free, fs):
    """Return begin, peak and end of the P wave of each beat: shape (3, lead, beat).

    ``onset`` is that of the complex and ``free`` the end of the T wave before, (beat,).
    """
    height = np.median(np.abs(bulge(signal, P.wide_s, fs)), axis=0)
    before = np.arange(-round(P_EARLIEST_S * fs), -round(P_LATEST_S * fs) + 1)
    at = onset[:, None] + before
    seen = np.where(at > free[:, None], windows(height[None], at[None])[0], np.nan)
    seen[:, np.isnan(seen).all(axis=0)] = 0
    usual = onset + before[np.nanmedian(seen, axis=0).argmax()]
    low = np.maximum(np.maximum(onset + before[0], free), usual - round(BEAT_S * fs))
    high = np.minimum(onset + before[-1], usual + round(BEAT_S * fs))
    return placed(signal, low, high, onset + before[-1], P, fs)


def _has_p(signal, without, beat, onset, fs):
    """Return which beats have a P wave, bool (beat,): see step 5 above."""
    before, half = round(P_STRETCH_S * fs), round(QRS_S / 2 * fs)
    seen = onset >= before  # a stretch that the recording cuts off is like no other
    complexes = windows(bulge(signal, SLOPE_S, fs), beat[:, None] + np.arange(-half, half + 1))
    usual = seen & (_likeness(complexes, seen) > USUAL_QRS)
    if 2 * np.count_nonzero(usual) < len(beat):
        usual = seen  # no shape is the usual one
    stretch = onset[:, None] + np.arange(-before, -round(0.01 * fs))
    alike = _likeness(windows(bulge(without, P_SHAPE_S, fs), stretch), usual)
    if np.count_nonzero(usual) < 2:
        return seen  # nothing to compare with
    return seen & (alike > ALIKE) & (np.mean(alike[usual] > MUCH_ALIKE) >= MOST_BEATS)


def _likeness(parts, usual):
    """Return the correlation of each beat's part with the mean of the other usual ones.

    ``parts`` are (lead, beat, time); the result is the median over leads, (beat,).
    """
    size = np.linalg.norm(parts, axis=2, keepdims=True)
    unit = parts / np.maximum(size, 1e-9)
    others = unit[:, usual].sum(axis=1, keepdims=True) - unit * usual[:, None]
    product = np.einsum("lbt,lbt->lb", unit, others)
    return np.median(product / np.maximum(np.linalg.norm(others, axis=2), 1e-9), axis=0)


def _whole(wave, n_time):
    """Return a wave (3, lead, beat) that is absent where it does not lie within the recording."""
    begin, _, end = wave
    wave[:, (begin <= 0) | (end >= n_time - 1)] = ABSENT
    return wave


def _checked(r_peak, recording):
    beat = whole_samples(r_peak, "R peaks")
    n_time = recording.signal.shape[1]
    if len(beat) and (beat[0] < 0 or beat[-1] >= n_time or np.any(np.diff(beat) <= 0)):
        raise RecordInvalid(
            f"{recording.name}: R peaks must rise and lie within 0 and {n_time - 1}; sort them, "
            f"each once"
        )
    return beat


def _none(leads, beats):
    return Waves(*(Wave(*np.full((3, leads, beats), ABSENT)) for _ in range(3)))


def _as_recording(signal, fs):
    if not isinstance(signal, Recording):
        if fs is None:
            raise RecordInvalid("an array has no sampling rate; write delineate(array, fs)")
        signal = np.atleast_2d(signal)
        signal = Recording(signal, fs, [f"lead {row + 1}" for row in range(len(signal))])
    if fs not in (None, signal.fs):
        raise RecordInvalid(f"{signal.name} has {signal.fs:g} Hz of its own; leave fs out")
    if signal.fs < LOWEST_RATE_HZ:
        raise RecordInvalid(
            f"{signal.name}: {signal.fs:g} Hz is too slow to place waves, {LOWEST_RATE_HZ} Hz is "
            f"the least"
        )
    return signal
