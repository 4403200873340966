"""How much each candidate looks like a QRS complex, by itself and beside the others near by.

A QRS complex is about as large as usual, it looks like others, it is larger than what lies within
0.45 s of it, and it is steep. What a moving electrode draws may be as large, but every time it
looks different. The eleven terms of `terms` say that in numbers, and a logistic rule weighs them.

The weights are those of a logistic regression (`benchmarks/beat_weights.py`) on candidates of

- 21 records of MIT-BIH (set DS1 of de Chazal et al. 2004, without 118), as they are and three
  minutes of each with muscle noise, wander and electrode motion of the Noise Stress Test Database
  at 12, 6 and 0 dB;
- the twelve leads of 50 persons of LUDB, every second one of a hundred;
- 400 made leads at 20 to 300 beats a minute, with T waves up to 2.1 times R.

Electrode motion is the difference between 118e24 and record 118; nothing was chosen on that record.
Which terms there are, and the lengths in them, was chosen by the log loss on the other records of
MIT-BIH and the other 50 persons of LUDB; so only records beyond these two databases are new.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

__all__ = ["BIAS", "HALF_SHAPE", "TERMS", "log_odds", "terms"]

# Correlations are computed for 32 candidates at a time with the 96 around them, as one product.
BLOCK = 32
# A shape is 15 points before and after the candidate at 120 Hz, shifted by 25 ms at most.
HALF_SHAPE, SHIFT = 17, 3
# A correlation above 0.5 counts, by the square of what it is above.
LIKE = 0.5
# Shapes are compared with those of 15 s before and after, from 0.12 s on.
ITSELF_S, COMPARED_S = 0.12, 15.0
# Within so much lie the P wave before a QRS complex and the T wave after it.
NEAR_S, NEIGHBOUR_S = 0.10, 0.45
# Without others to compare with, half are like it.
PRIOR = 1.0
# Below 0.1 times the usual size nothing is a candidate: 0.4 is half-way to be a likely one.
HALF_LIKELY = 0.4

BIAS = 13.25
TERMS = {
    "size": 8.53,  # logarithm of size / usual size, from -2 to 0
    "half size": -7.07,  # the same from -1.2 on: what is above counts a sixth only
    "likeness": 11.40,  # logarithm of the share of large candidates that are like it
    "before": -2.53,  # how much larger is the wave before
    "after": -3.72,  # how much larger is the one after
    "both": 1.44,  # product of the two
    "slow": 0.76,  # logarithm of size over 75 ms / size
    "slow, squared": -0.31,
    "steep and slow": 1.72,  # logarithm of steepness / size, times that
    "crowd": 1.98,  # how many large candidates are around: where there is noise
    "steeper before": -0.58,  # how much steeper is the wave before
}


def log_odds(described):
    """Return the log odds that each candidate is a QRS complex, (candidate,), from its `terms`."""
    return BIAS + described @ np.array(list(TERMS.values()))


def terms(time_s, size, usual, steep, slow, shape):
    """Return the terms of each candidate, (candidate, term), in the order of `TERMS`.

    Parameters
    ----------
    time_s, size, usual : array, shape (candidate,)
        When each candidate is, in s and rising; how far it stands out over 25 ms, in mV; what is
        usual for a QRS complex near by.
    steep, slow : array, shape (candidate,)
        How much it is bent within 25 ms, and how far it stands out over 75 ms, in mV.
    shape : array, shape (candidate, 35)
        What stands out over 25 ms around it, at 120 Hz.
    """
    relative = np.log(size / usual)
    time_s = time_s.astype(np.float32)
    apart_s = _around(time_s, np.inf)[:, None, :] - _own(time_s)[:, :, None]
    likely = 1 / (1 + np.exp(-4 * (relative - np.log(HALF_LIKELY))))
    likeness, crowd = _likeness(_alike(shape), apart_s, likely)
    rank = (np.log(likeness + 0.02) + relative).astype(np.float32)
    before, before_steep = _strongest(
        (apart_s > -NEIGHBOUR_S) & (apart_s < -NEAR_S), rank, size, steep
    )
    after, _ = _strongest((apart_s > NEAR_S) & (apart_s < NEIGHBOUR_S), rank, size, steep)
    slowness, steepness = np.log(slow / size), np.log(steep / size)
    columns = [
        np.clip(relative, -2, 0),
        np.clip(relative, -1.2, 0),
        np.maximum(np.log(likeness + 0.01), -0.7),
        before,
        after,
        before * after,
        slowness,
        slowness**2,
        steepness * slowness,
        np.maximum(np.log(crowd + 0.1) - 3.4, 0),
        before_steep,
    ]
    return np.stack(columns, axis=1)


def _alike(shape):
    """Return the largest correlation of each candidate with those around, (block, 32, 96)."""
    shape = shape.astype(np.float32)
    width = shape.shape[1] - 2 * SHIFT
    own = _own(_unit(shape[:, SHIFT : SHIFT + width]))
    best = np.full((len(own), BLOCK, 3 * BLOCK), -1, np.float32)
    for shift in range(2 * SHIFT + 1):
        around = _around(_unit(shape[:, shift : shift + width]), 0)
        np.maximum(best, own @ around, out=best)
    return best


def _likeness(alike, apart_s, likely):
    """Return which share of the likely ones around is like each candidate, and how many there are.

    In the second round those count that are like others themselves.
    """
    compared = (np.abs(apart_s) >= ITSELF_S) & (np.abs(apart_s) < COMPARED_S)
    like = np.square(np.maximum(alike - LIKE, 0) / (1 - LIKE))
    first, number = _share(like, compared, likely)
    second, _ = _share(like, compared, likely * first)
    return second, number


def _share(like, compared, weight):
    weights = np.where(compared, _around(weight.astype(np.float32), 0)[:, None, :], 0)
    total = weights.sum(axis=2)
    share = (np.einsum("bij,bij->bi", weights, like) + PRIOR / 2) / (total + PRIOR)
    return _flat(share, len(weight)), _flat(total, len(weight))


def _strongest(near, rank, size, steep):
    """Return how much larger and steeper than each candidate the strongest near by is.

    As logarithms from a third of it up, plus 1, from 0 to 3.5; 0 with none near by.
    """
    best = np.where(near, _around(rank, -99.0)[:, None, :], -99.0).argmax(axis=2)
    block = np.arange(len(best))[:, None]
    found = _flat(near[block, np.arange(BLOCK), best], len(rank))
    return tuple(
        np.where(
            found, np.clip(_flat(_around(of, 1.0)[block, best], len(rank)) - of + 1, 0, most), 0
        )
        for of, most in ((np.log(size), 3.5), (np.log(steep), 4.0))
    )


def _own(values):
    """Cut values of candidates into blocks, (block, 32, ...)."""
    blocks = -(-len(values) // BLOCK)
    whole = np.zeros((blocks * BLOCK, *values.shape[1:]), values.dtype)
    whole[: len(values)] = values
    return whole.reshape(blocks, BLOCK, *values.shape[1:])


def _around(values, beyond):
    """Return for each block the values of it and of both beside it, (block, ..., 96), as a view."""
    blocks = -(-len(values) // BLOCK)
    whole = np.full(((blocks + 2) * BLOCK, *values.shape[1:]), beyond, values.dtype)
    whole[BLOCK : BLOCK + len(values)] = values
    return sliding_window_view(whole, 3 * BLOCK, axis=0)[::BLOCK]


def _flat(blocks, n):
    return blocks.reshape(-1)[:n]


def _unit(rows):
    return rows / (np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None] + np.float32(1e-9))
