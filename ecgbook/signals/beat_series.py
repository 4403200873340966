"""Which candidates make a likely series of beats: an interval has its probability as well.

A series of beats is some of the candidates, in their order. Its probability is the product of what
each candidate says for itself (`ecgbook.signals.beat_evidence`) and of what each interval says:
most are like the usual interval near by, some are shorter or longer, none is shorter than 0.19 s.
The probability of a beat is the sum over all series that hold it, found by running through the
candidates once forward and once backward, as in a hidden Markov model of the second kind, whose
states last (Rabiner 1989, Proc. IEEE 77:257). All stretches of twenty seconds run at the same
time, each with four more seconds at either end.

The rhythm only helps: a beat that comes early may be real, so no interval moves the odds of a
candidate by more than `AT_LEAST` and `AT_MOST` say. These two limits were chosen after a look at
all of MIT-BIH but 118 and of the part of LUDB that is named in `ecgbook.signals.beat_evidence`; the
other constants by a search at random on the candidates on which its weights were fitted.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.signal import find_peaks

__all__ = ["SHORTEST_RR_S", "apart", "probability", "usual_interval", "with_rhythm"]

# 300 beats a minute, and a little less than their interval for one that is early.
SHORTEST_RR_S = 0.19
# A series is found for each twenty seconds, with four more at either end.
CORE_S, MARGIN_S = 20.0, 4.0
# An interval reaches over so many candidates at most.
REACH = 10
# Candidates below these odds (1 to 33) take no part.
HOPELESS = -3.5
ROUNDS = 2
# The usual interval is the median of so many between likely beats.
INTERVALS, LIKELY = 11, 0.4
# Without two intervals: 70 a minute, give or take a fifth.
UNKNOWN_RR_S, UNKNOWN_SPREAD = 0.85, 0.2
# Intervals are spread around the usual one, on a logarithmic scale, by this and by so many times
# what they are spread by near by; a share of them is odd and spread widely.
SPREAD, SPREADS, ODD, ODD_SPREAD = 0.025, 1.2, 0.17, 0.5
# How much an interval counts, the reward of one more beat, and what each beat left out costs.
POWER, REWARD, LOST = 0.7, 0.1, 0.25
# The least that an interval can say, and the limits of what the whole rhythm can (log odds).
NEVER, AT_LEAST, AT_MOST = -7.3, -2.5, 4.0


def with_rhythm(time_s, log_odds):
    """Return the log odds of each candidate once its intervals count as well.

    The second time, the usual intervals are those between the likely beats of the first.

    Parameters
    ----------
    time_s : array, shape (candidate,)
        When each candidate is, in s, rising.
    log_odds : array, shape (candidate,)
        What it says for itself.
    """
    part = np.flatnonzero(log_odds > HOPELESS)
    if not len(part):
        return log_odds
    time_s, own = time_s[part], log_odds[part]
    moved, whole = np.array(log_odds), own
    for _ in range(ROUNDS):
        share = _posterior(time_s, own, *usual_interval(time_s, probability(whole)))
        share = np.clip(share, 1e-6, 1 - 1e-6)
        whole = own + np.clip(np.log(share / (1 - share)) - own, AT_LEAST, AT_MOST)
    moved[part] = whole
    return moved


def apart(time_s, likely, least):
    """Return the positions of those above ``least``, the most probable first, none too near."""
    tick = np.round(time_s * 120).astype(np.int64) + 1
    row = np.zeros(tick[-1] + 2 if len(tick) else 2)
    row[tick] = likely
    kept, _ = find_peaks(row, height=least, distance=round(SHORTEST_RR_S * 120))
    return np.searchsorted(tick, kept)


def usual_interval(time_s, likely):
    """Return the usual interval around each candidate in s, and its relative spread."""
    beat_s = time_s[apart(time_s, likely, LIKELY)]
    if len(beat_s) < 3:
        return np.full(len(time_s), UNKNOWN_RR_S), np.full(len(time_s), UNKNOWN_SPREAD)
    rr_s = np.diff(beat_s)
    width = min(INTERVALS, (len(rr_s) - 1) // 2 * 2 + 1)
    near = sliding_window_view(np.pad(rr_s, width // 2, mode="edge"), width)
    usual = np.median(near, axis=1)
    spread = np.median(np.abs(near - usual[:, None]), axis=1) / usual
    middle_s = beat_s[:-1] + rr_s / 2
    return np.interp(time_s, middle_s, usual), np.interp(time_s, middle_s, spread)


def _posterior(time_s, own, rr_s, spread):
    """Return the probability of each candidate: the share of all series that hold it."""
    p = probability(np.clip(own, -7, 7))
    # The logarithm of leaving out all candidates before this one.
    out = np.append(0, np.cumsum(np.log1p(-p)))
    begin_s = np.arange(time_s[0], max(time_s[-1], time_s[0] + 1e-3), CORE_S)
    low = np.searchsorted(time_s, begin_s - MARGIN_S)[:, None]
    high = np.searchsorted(time_s, begin_s + CORE_S + MARGIN_S)[:, None]
    at = low + np.arange(-REACH, (high - low).max())
    inside = (low <= at) & (at < high)
    at = np.clip(at, 0, len(time_s) - 1)
    step = _steps(at, inside, time_s, rr_s, spread, out)
    at, inside = at[:, REACH:], inside[:, REACH:]
    since = _waited(out[at] - out[low], (time_s[at] - time_s[low]) / rr_s[at]) * inside
    until = _waited(out[high] - out[at + 1], (time_s[high - 1] - time_s[at]) / rr_s[at]) * inside
    forward, backward = _both_ways(p[at] * inside, step, since, until)
    whole = (forward * until).sum(axis=1, keepdims=True) + np.exp(out[high] - out[low])
    row = np.searchsorted(begin_s, time_s, side="right") - 1
    return (forward * backward / whole)[row, np.arange(len(time_s)) - low[row, 0]]


def _steps(at, inside, time_s, rr_s, spread, out):
    """Return what each step to a candidate from one of the 10 before weighs, (candidate, row, 10).

    All candidates in between are left out.
    """
    now, before = at[:, REACH:, None], sliding_window_view(at[:, :-1], REACH, axis=1)
    possible = inside[:, REACH:, None] & sliding_window_view(inside[:, :-1], REACH, axis=1)
    apart_s = time_s[now] - time_s[before]
    possible &= apart_s >= SHORTEST_RR_S
    # Half of the digits are enough for a weight, and four times as fast.
    ratio = np.where(possible, apart_s / rr_s[now], 1).astype(np.float32)
    left_out = (out[now] - out[before + 1]).astype(np.float32)
    deviation, width = np.log(ratio), (SPREAD + SPREADS * spread[now]).astype(np.float32)
    usual = (1 - ODD) / width * np.exp(-0.5 * np.square(deviation / width))
    odd = np.float32(ODD / ODD_SPREAD) * np.exp(
        -0.5 * np.square(deviation / np.float32(ODD_SPREAD))
    )
    interval = POWER * np.log(usual + odd + np.float32(np.exp(NEVER))) + REWARD
    weight = np.exp(interval - LOST * np.maximum(ratio - 1.6, 0) + np.minimum(left_out, 0))
    return np.ascontiguousarray(np.where(possible, weight, 0).transpose(1, 0, 2))


def _waited(left_out, beats):
    """Return the weight of leaving out candidates, and of waiting for so many usual intervals."""
    return np.exp(np.minimum(left_out, 0) - LOST * np.maximum(beats - 1, 0))


def _both_ways(p, step, since, until):
    """Return for each candidate the weight of all series up to it, and of all that go on from it.

    ``step`` is (candidate, row, 10), the others (row, candidate).
    """
    rows, n = p.shape
    forward, backward = np.zeros((2, rows, REACH + n))
    backward[:, REACH:] = until
    for k in range(n):
        reached = np.einsum("ij,ij->i", forward[:, k : k + REACH], step[k])
        forward[:, k + REACH] = p[:, k] * (reached + since[:, k])
    for k in range(n - 1, 0, -1):
        backward[:, k : k + REACH] += step[k] * (p[:, k] * backward[:, k + REACH])[:, None]
    return forward[:, REACH:], backward[:, REACH:]


def probability(log_odds):
    """Return the probability of log odds."""
    return 1 / (1 + np.exp(-log_odds))
