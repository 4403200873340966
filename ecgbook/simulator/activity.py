"""From the times of activation to the waves of the dipole, and where each begins and ends."""

from dataclasses import dataclass, replace

import numpy as np

from ecgbook.simulator.dipole import TANGENT, edges_s, superpose
from ecgbook.simulator.hearts import BEATS, P_WAVES, fusion

__all__ = ["Activity", "activity_of"]

# The tables of the hearts hold at this RR interval, 70 beats/min.
_USUAL_RR_S = 60 / 70

# Beats over which the repolarisation adapts to a new rate.
_MEMORY_BEATS = 8


@dataclass(frozen=True)
class Activity:
    """The waves of a heart in time, before any lead sees them.

    Parameters
    ----------
    symbol : array of str, shape (beat,)
        WFDB code of each beat.
    p_s, qrs_s, t_s : arrays, shape (wave, 2)
        Begin and end of each P wave, QRS complex and T wave in seconds.
    at_s, rise_s, fall_s : arrays, shape (gaussian,)
        Apex and widths of every Gaussian.
    vectors : array, shape (gaussian, axis)
        The dipole at each apex in mV, as the patient's heart lies.
    """

    symbol: np.ndarray
    p_s: np.ndarray
    qrs_s: np.ndarray
    t_s: np.ndarray
    at_s: np.ndarray
    rise_s: np.ndarray
    fall_s: np.ndarray
    vectors: np.ndarray

    def dipole(self, start_s, n_time, fs):
        """Return the dipole in mV from ``start_s`` on, shape (axis, time)."""
        return superpose(self.at_s - start_s, self.rise_s, self.fall_s, self.vectors, n_time, fs)


def activity_of(timing, own, patient, breath, rng):
    """Return the `Activity` of a patient's heart.

    Parameters
    ----------
    timing : Timing
        When atria and ventricles are activated.
    own : Beat
        The beat of the rhythm itself.
    patient : Patient
    breath : Breath
        The heart moves with it: complexes grow and shrink by 4 %.
    rng : numpy.random.Generator
        For what differs from beat to beat without a reason.
    """
    gain = 1 + 0.04 * breath(timing.qrs_s) + 0.015 * rng.standard_normal(len(timing.qrs_s))
    stretch = _stretch(timing.qrs_s) * patient.qt_gain
    symbol = np.where(timing.symbol == "N", own.symbol, timing.symbol)
    qrs_s, t_s = np.empty((2, len(symbol), 2))
    parts = []
    for beat in _beats(own, patient):
        chosen = symbol == beat.symbol
        onset, slow, size = timing.qrs_s[chosen], stretch[chosen], gain[chosen]
        parts.append(_gaussians(beat.spike + beat.qrs, onset, np.ones_like(onset), size))
        parts.append(_gaussians(beat.st + beat.t, onset, slow, size))
        qrs_s[chosen] = onset[:, None] + edges_s(beat.qrs)
        t_s[chosen] = onset[:, None] + slow[:, None] * edges_s(beat.t, TANGENT)
    p_s = np.empty((len(timing.p_s), 2))
    for origin, chosen in (("sinus", ~timing.p_ectopic), ("ectopic", timing.p_ectopic)):
        waves, onset = P_WAVES[origin], timing.p_s[chosen]
        once = np.ones_like(onset)
        parts.append(_gaussians(waves, onset, once, patient.p_gain * once))
        p_s[chosen] = onset[:, None] + edges_s(waves)
    at_s, rise_s, fall_s, vectors = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Activity(symbol, p_s, qrs_s, t_s, at_s, rise_s, fall_s, vectors @ patient.turn.T)


def _beats(own, patient):
    """Return each kind of beat that this patient's heart can make."""
    focus = BEATS["left_ventricular" if patient.left_focus else "right_ventricular"]
    beats = (own, replace(own, symbol="A"), focus, fusion(own, focus), BEATS["unclassifiable"])
    return [_as_in(patient, beat) for beat in beats]


def _as_in(patient, beat):
    """Return ``beat`` with the sizes of this patient."""
    shape = (*patient.wave_gains, *[1.0] * len(beat.qrs))[: len(beat.qrs)]
    sized = zip(beat.qrs, shape, strict=True)
    qrs = tuple(wave.times(patient.qrs_gain * own) for wave, own in sized)
    return replace(beat, qrs=qrs, t=tuple(wave.times(patient.t_gain) for wave in beat.t))


def _stretch(qrs_s):
    """Return how much longer than usual the repolarisation of each beat lasts.

    It goes with the cube root of the RR interval (Fridericia 1920), of the last few beats'
    mean: the QT interval follows the rate, but takes its time.
    """
    rr_s = np.diff(qrs_s, prepend=qrs_s[0] - np.diff(qrs_s[:2]))
    before = np.pad(rr_s, (_MEMORY_BEATS - 1, 0), mode="edge")
    mean_rr_s = np.convolve(before, np.ones(_MEMORY_BEATS) / _MEMORY_BEATS, mode="valid")
    return np.cbrt(mean_rr_s / _USUAL_RR_S)


def _gaussians(waves, onset_s, stretch, size):
    """Return each wave of each beat: its apex, its widths and its vector, all flat."""
    table = np.array([[wave.at_ms, wave.rise_ms, wave.fall_ms] for wave in waves]) / 1000
    vectors = np.array([wave.vector for wave in waves])
    at_s, rise_s, fall_s = (table.T[:, None] * stretch[:, None]).reshape(3, -1)
    sized = (size[:, None, None] * vectors).reshape(-1, 3)
    return at_s + np.repeat(onset_s, len(waves)), rise_s, fall_s, sized
