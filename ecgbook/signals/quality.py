"""Signal quality: what is wrong with each lead, in seconds and millivolts."""

import numpy as np
import pandas as pd
from scipy import signal as dsp

from ecgbook.errors import RecordInvalid
from ecgbook.signals.checks import require_duration
from ecgbook.signals.detector import moving_mean, weigh
from ecgbook.signals.gaps import runs
from ecgbook.signals.sureness import STRETCH_S, expected_f1

__all__ = ["PROBLEMS", "quality", "verdict"]

_SHORTEST_S = 2.0

# The heart never rests to the last digit for so long; a loose electrode or a full buffer does.
_FLAT_S = 0.5
# An apex is round: only an amplifier at its limit stays at the extreme for 20 ms.
_CLIP_S = 0.020
# Respiration and movement lie below the slowest heart rate, muscle above the QRS complex.
_WANDER_HZ = 0.5
_MUSCLE_HZ = 40.0
_MAINS_HZ = (50.0, 60.0)
# Below this the beats of ten seconds are unsure: one or two in ten are wrong or missing.
_UNSURE_F1 = 0.9
# Below it nothing is left of an ECG but its baseline.
_LOWEST_RATE_HZ = 20

# What spoils a lead: name of the problem, its test on a row of `quality`. The limits are what
# the eye minds on ECG paper: 10 mm of wander, half a millimetre of noise or hum.
PROBLEMS = {
    "missing": lambda row: row.missing_s > 0,
    "flat": lambda row: row.flat_s > 0,
    "clipped": lambda row: row.clipped_s > 0,
    "wander": lambda row: row.wander_mv > 1.0,
    "noise": lambda row: row.noise_mv > 0.05,
    "mains": lambda row: row.mains_mv > 0.05,
    "amplitude": lambda row: not 0.1 <= row.amplitude_mv <= 10.0,
    "rate": lambda row: not 20.0 <= row.heart_rate_bpm <= 300.0,
    "beats": lambda row: row.unsure_s > 0,
}


def quality(recording):
    """Measure how far each lead of a `Recording` can be trusted; NaN marks missing samples.

    Returns
    -------
    DataFrame
        One row a lead, with the columns

        - ``missing_s``: time without samples;
        - ``flat_s``: time in which the voltage stays the same for 0.5 s or longer;
        - ``clipped_s``: time at the largest or smallest value for 20 ms or longer;
        - ``wander_mv``: range of the baseline below 0.5 Hz (5th to 95th percentile);
        - ``noise_mv``: root mean square above 40 Hz between the QRS complexes, without mains;
        - ``mains_mv``: amplitude of the hum at 50 or 60 Hz, whichever is larger;
        - ``amplitude_mv``: peak to trough in a usual stretch of 2 s, without baseline;
        - ``heart_rate_bpm``: from the R peaks; NaN with fewer than two;
        - ``unsure_s``: time in stretches of 10 s whose R peaks cannot be relied on: less than 0.9
          of F1 is to be expected there (`ecgbook.signals.beat_sureness`);
        - ``problems``: names of the limits in `PROBLEMS` that the lead breaks, or "".

        What the sampling rate cannot show is NaN and no problem.

    Raises
    ------
    RecordInvalid
        If the recording is shorter than 2 s, or has less than 20 Hz.
    """
    require_duration(recording, _SHORTEST_S, "a measure of quality")
    if recording.fs < _LOWEST_RATE_HZ:
        raise RecordInvalid(
            f"{recording.name}: {recording.fs:g} Hz is too slow for a measure of quality, "
            f"{_LOWEST_RATE_HZ} Hz is the least"
        )
    rows = [_lead_quality(signal, recording.fs) for signal in recording.signal]
    table = pd.DataFrame(rows, index=pd.Index(recording.leads, name="lead"))
    table["problems"] = [
        ", ".join(name for name, breaks in PROBLEMS.items() if breaks(row))
        for row in table.itertuples()
    ]
    return table


def verdict(table):
    """Say what a table of `quality` means for the whole recording.

    It is ``"good"``, ``"partly usable"`` or ``"unusable"`` as no lead, some or every lead has a
    problem.
    """
    spoilt = table["problems"] != ""
    if spoilt.all():
        return "unusable"
    return "partly usable" if spoilt.any() else "good"


def _lead_quality(signal, fs):
    missing = np.isnan(signal)
    measures = {
        "missing_s": float(missing.sum() / fs),
        "flat_s": _time_in_runs(np.diff(signal) == 0, _FLAT_S, fs),
        "clipped_s": _clipped_s(signal, fs),
    }
    if missing.all():
        return measures | dict.fromkeys([*_WAVE_MEASURES, *_BEAT_MEASURES], float("nan"))
    here = np.flatnonzero(~missing)
    whole = np.interp(np.arange(len(signal)), here, signal[here])
    waves = {name: measure(whole, fs) for name, measure in _WAVE_MEASURES.items()}
    return measures | waves | _of_beats(whole, fs)


def _time_in_runs(mask, shortest_s, fs):
    start, stop = runs(mask)
    length_s = (stop - start) / fs
    return float(length_s[length_s >= shortest_s].sum())


def _clipped_s(signal, fs):
    low, high = np.fmin.reduce(signal), np.fmax.reduce(signal)  # NaN where all is missing
    if not low < high:
        return 0.0
    return sum(_time_in_runs(signal == extreme, _CLIP_S, fs) for extreme in (low, high))


def _wander_mv(signal, fs):
    low, high = np.percentile(_filtered(signal, fs, _WANDER_HZ, "lowpass"), [5, 95])
    return float(high - low)


def _amplitude_mv(signal, fs):
    steady = _filtered(signal, fs, _WANDER_HZ, "highpass")
    stretch = round(_SHORTEST_S * fs)
    stretches = steady[: len(steady) // stretch * stretch].reshape(-1, stretch)
    return float(np.median(np.ptp(stretches, axis=1)))


def _noise_mv(signal, fs):
    if fs / 2 <= _MUSCLE_HZ:
        return float("nan")
    fast = _filtered(signal, fs, _MUSCLE_HZ, "highpass")
    for mains_hz in _MAINS_HZ:
        if mains_hz < fs / 2:
            fast = dsp.filtfilt(*dsp.iirnotch(mains_hz, 10, fs=fs), fast)
    # The median over 100 ms means forgets the QRS complexes, which fill a tenth of the time.
    return float(np.sqrt(np.median(moving_mean(fast**2, round(0.1 * fs) | 1))))


def _mains_mv(signal, fs):
    hums = [_hum_mv(signal, fs, mains_hz) for mains_hz in _MAINS_HZ if mains_hz + 5 < fs / 2]
    return max(hums, default=float("nan"))


def _hum_mv(signal, fs, mains_hz):
    """Return the amplitude of a sinusoid that stands out of the spectrum at ``mains_hz``."""
    frequency, density = dsp.welch(signal, fs, nperseg=round(_SHORTEST_S * fs))
    step_hz = frequency[1]
    away_hz = np.abs(frequency - mains_hz)
    floor = np.median(density[(away_hz > 1.5) & (away_hz < 5)])
    power = np.maximum(density[away_hz <= 1.5] - floor, 0).sum() * step_hz
    return float(np.sqrt(2 * power))


def _of_beats(signal, fs):
    """Return the heart rate a minute and the time in which beats are unsure, in s."""
    sample, likely, is_beat = weigh(signal, fs)
    peaks = sample[is_beat]
    rate_bpm = 60 * fs / np.diff(peaks).mean() if len(peaks) > 1 else np.nan
    expected = expected_f1(sample, likely, is_beat, len(signal), fs)
    stretch_s = np.full(len(expected), STRETCH_S)
    stretch_s[-1] = len(signal) / fs - stretch_s[:-1].sum()
    unsure_s = stretch_s[expected < _UNSURE_F1].sum()
    return dict(zip(_BEAT_MEASURES, map(float, (rate_bpm, unsure_s)), strict=True))


_BEAT_MEASURES = ("heart_rate_bpm", "unsure_s")
_WAVE_MEASURES = {
    measure.__name__[1:]: measure for measure in (_wander_mv, _noise_mv, _mains_mv, _amplitude_mv)
}


def _filtered(signal, fs, cutoff_hz, kind):
    return dsp.sosfiltfilt(dsp.butter(2, cutoff_hz, kind, fs=fs, output="sos"), signal)
