"""Rhythms: when the atria and the ventricles are activated.

Every rhythm is a function of the same arguments that returns a `Timing`. A time is that of the
onset of a P wave or of a QRS complex, so their difference is the PR interval.
"""

from dataclasses import dataclass, field

import numpy as np

__all__ = ["Breath", "Span", "Timing", "complete_block", "fibrillation", "first_degree", "flutter"]
__all__ += ["paced", "sinus", "two_to_one", "wenckebach"]

_REFRACTORY_S = 0.30

# How much earlier than its turn a beat comes, as a share of the RR interval: (least, most).
_EARLY = {"A": (0.28, 0.38), "V": (0.32, 0.42), "F": (0.06, 0.10), "Q": (0.0, 0.05)}


@dataclass(frozen=True)
class Breath:
    """Breathing: a sine of ``hz`` with a phase in radians."""

    hz: float
    phase: float

    def __call__(self, time_s):
        """Return the depth of breath at ``time_s``, between −1 and 1."""
        return np.sin(2 * np.pi * self.hz * time_s + self.phase)


@dataclass(frozen=True)
class Span:
    """The time to fill, in seconds: what is recorded, and a margin on both sides."""

    duration_s: float
    margin_s: float = 1.0

    @property
    def start_s(self):
        """Begin of the margin before the recording, a negative time."""
        return -self.margin_s

    @property
    def stop_s(self):
        """End of the margin after the recording."""
        return self.duration_s + self.margin_s


_NONE = np.empty(0)


@dataclass(frozen=True)
class Timing:
    """When the atria and the ventricles are activated.

    Parameters
    ----------
    qrs_s, p_s, flutter_s : arrays, shape (beat,), (p_wave,) and (wave,)
        Onset of each QRS complex, P wave and flutter wave.
    symbol : array of str, shape (beat,)
        ``N`` for the rhythm's own beats, ``A``, ``V``, ``F`` or ``Q`` for premature and odd ones.
    p_ectopic, p_blocked : arrays of bool, shape (p_wave,)
        Whether the P wave comes from elsewhere than the sinus node, and whether no beat follows.
    """

    qrs_s: np.ndarray
    symbol: np.ndarray
    p_s: np.ndarray = field(default_factory=_NONE.copy)
    p_ectopic: np.ndarray = field(default_factory=lambda: np.empty(0, bool))
    p_blocked: np.ndarray = field(default_factory=lambda: np.empty(0, bool))
    flutter_s: np.ndarray = field(default_factory=_NONE.copy)


def sinus(rng, span, rate_bpm, pr_s, ectopic, breath):
    """Sinus rhythm, with premature beats if there are any.

    A premature atrial beat (A) resets the sinus node, so the pause after it is not
    compensatory. A premature ventricular beat (V) leaves the sinus node in step: its P wave is
    hidden and finds the ventricles refractory, and the pause makes up for what came early. A
    fusion beat (F) comes just before the sinus beat would have, so its PR interval is short.

    Parameters
    ----------
    rng, span, breath : numpy.random.Generator, Span and Breath
    rate_bpm, pr_s : float
        Sinus rate (of the ventricles in fibrillation and flutter), in beats a minute; PR interval.
    ectopic : mapping of str to float
        Share of the beats that are of each other symbol; one beat of each at least.
    """
    # Each premature atrial beat moves all later ones forward: so many more are needed.
    spare_s = 0.4 * ectopic.get("A", 0) * span.duration_s
    onset = _sinus_times(rng, span, rate_bpm, breath, spare_s)
    turn, onset, symbol = _with_ectopic(rng, span, onset, ectopic)
    premature = symbol == "A"
    p_s = turn - np.where(premature, 0.8 * pr_s, pr_s)
    return Timing(onset, symbol, p_s, p_ectopic=premature, p_blocked=symbol == "V")


def first_degree(rng, span, rate_bpm, pr_s, ectopic, breath):
    """First-degree block: every P wave is conducted, 0.1 s later than usual."""
    return sinus(rng, span, rate_bpm, pr_s + 0.1, ectopic, breath)


def wenckebach(rng, span, rate_bpm, pr_s, ectopic, breath):
    """Second-degree block of Wenckebach's type: PR grows from beat to beat until one drops.

    The steps of PR become smaller, so the RR intervals shorten before the pause.
    """
    p_s = _sinus_times(rng, span, rate_bpm, breath)
    cycle = rng.integers(4, 6, size=len(p_s))
    starts = np.cumsum(cycle)
    starts = np.concatenate([[0], starts[starts < len(p_s)]])
    place = np.arange(len(p_s)) - np.repeat(starts, np.diff(starts, append=len(p_s)))
    last = np.diff(place, append=0) < 0
    pr_s = pr_s + 0.20 * (1 - 0.55**place)
    return _conducted(p_s, pr_s, blocked=last)


def two_to_one(rng, span, rate_bpm, pr_s, ectopic, breath):
    """Second-degree block in which every other P wave is conducted."""
    p_s = _sinus_times(rng, span, rate_bpm, breath)
    blocked = np.arange(len(p_s)) % 2 == rng.integers(2)
    return _conducted(p_s, pr_s, blocked)


def complete_block(rng, span, rate_bpm, pr_s, ectopic, breath):
    """Third-degree block: the atria keep their rate, a junctional focus drives the ventricles."""
    p_s = _sinus_times(rng, span, rate_bpm, breath)
    escape_rr_s = 60 / rng.uniform(36, 46)
    rr_s = escape_rr_s * (1 + 0.01 * rng.standard_normal(_count(span, escape_rr_s)))
    qrs_s = _from_random_start(rng, span, rr_s)
    everywhere = np.ones(len(p_s), bool)
    return Timing(qrs_s, _symbols(len(qrs_s)), p_s, ~everywhere, everywhere)


def fibrillation(rng, span, rate_bpm, pr_s, ectopic, breath):
    """Atrial fibrillation: no P waves, RR intervals that know nothing of each other."""
    rr_s = 60 / rate_bpm
    spread = np.exp(0.24 * rng.standard_normal(2 * _count(span, rr_s)))
    # The node lets nothing through while it is refractory; the mean stays what was asked for.
    rr_s = np.maximum(rr_s * spread / np.exp(0.24**2 / 2), _REFRACTORY_S)
    onset = _from_random_start(rng, span, rr_s)
    _, onset, symbol = _with_ectopic(rng, span, onset, ectopic)
    return Timing(qrs_s=onset, symbol=symbol)


def flutter(rng, span, rate_bpm, pr_s, ectopic, breath):
    """Atrial flutter at 300 waves a minute; every second, third or fourth is conducted."""
    wave_s = 60 / 300
    ratio = int(np.clip(round(300 / rate_bpm), 2, 4))
    start = span.start_s - wave_s * (ratio + rng.random())
    flutter_s = np.arange(start, span.stop_s + wave_s, wave_s)
    qrs_s = flutter_s[::ratio] + 0.6 * wave_s
    return Timing(qrs_s=qrs_s, symbol=_symbols(len(qrs_s)), flutter_s=flutter_s)


def paced(rng, span, rate_bpm, pr_s, ectopic, breath):
    """Ventricular pacing at a fixed rate; the atria do not show."""
    rr_s = np.full(_count(span, 60 / rate_bpm), 60 / rate_bpm)
    onset = _from_random_start(rng, span, rr_s)
    _, onset, symbol = _with_ectopic(rng, span, onset, ectopic)
    return Timing(qrs_s=onset, symbol=symbol)


def _sinus_times(rng, span, rate_bpm, breath, spare_s=0.0, grid_hz=8.0):
    """Return when a sinus node fires whose rate wanders: an integral pulse frequency model.

    The rate moves with the breath (3 %), with the waves of blood pressure at 0.1 Hz (2 %) and
    with a slow drift of 1/f power (2 %); the node fires whenever its integral has grown by one.
    """
    start, stop = span.start_s - 180 / rate_bpm, span.stop_s + 180 / rate_bpm + spare_s
    time = np.arange(start, stop + 1 / grid_hz, 1 / grid_hz)
    pressure = np.sin(2 * np.pi * 0.1 * time + rng.uniform(0, 2 * np.pi))
    drift = _pink(rng, len(time), grid_hz)
    rate = rate_bpm / 60 * (1 + 0.03 * breath(time) + 0.02 * pressure + 0.02 * drift)
    fired = np.cumsum(rate) / grid_hz + rng.random()
    return np.interp(np.arange(np.ceil(fired[0]), fired[-1]), fired, time)


def _pink(rng, n, fs):
    """Return noise of 1/f power between 0.003 and 0.4 Hz, standard deviation about 1."""
    frequency = np.fft.rfftfreq(n, 1 / fs)
    band = (frequency > 0.003) & (frequency < 0.4)
    size = np.where(band, 1 / np.sqrt(np.where(band, frequency, 1)), 0)
    size *= n / np.sqrt(max(2 * np.sum(size**2), 1e-12))
    spectrum = size * (rng.standard_normal((2, len(size))).T @ [1, 1j]) / np.sqrt(2)
    return np.fft.irfft(spectrum, n)


def _with_ectopic(rng, span, onset, ectopic):
    """Make some beats premature; return each beat's turn in the rhythm, its onset and symbol."""
    symbol = _symbols(len(onset))
    seen = (onset > 0.5) & (onset < span.duration_s - 0.5)
    # Only every other beat may be ectopic, so that each has an ordinary neighbour.
    places = rng.permutation(np.flatnonzero(seen)[rng.integers(2) :: 2])
    early = np.zeros(len(onset))
    rr_s = np.diff(onset, prepend=2 * onset[0] - onset[1])
    for kind, share in ectopic.items():
        count = max(1, round(share * np.count_nonzero(seen))) if share > 0 else 0
        chosen, places = places[:count], places[count:]
        symbol[chosen] = kind
        early[chosen] = rng.uniform(*_EARLY[kind], size=len(chosen)) * rr_s[chosen]
    # No beat falls into the refractory period of the one before it.
    early = np.minimum(early, np.maximum(rr_s - _REFRACTORY_S, 0))
    turn = onset - np.cumsum(np.where(symbol == "A", early, 0))
    return turn, turn - np.where(symbol == "A", 0, early), symbol


def _conducted(p_s, pr_s, blocked):
    """Return the timing of P waves of which some are blocked and the others conducted."""
    qrs_s = (p_s + pr_s)[~blocked]
    return Timing(qrs_s, _symbols(len(qrs_s)), p_s, np.zeros(len(p_s), bool), blocked)


def _symbols(n):
    return np.full(n, "N")


def _count(span, rr_s):
    """Return how many intervals of about ``rr_s`` are enough to fill the span."""
    return int(1.3 * (span.stop_s - span.start_s) / rr_s) + 5


def _from_random_start(rng, span, rr_s):
    """Return the times of beats with these intervals, from a random phase of the first.

    There are two at least, however long the pause: an interval before each beat is needed.
    """
    onset = span.start_s + np.cumsum(rr_s) - rr_s[0] * (1 + rng.random())
    return onset[: max(2, np.searchsorted(onset, span.stop_s + rr_s[0]))]
