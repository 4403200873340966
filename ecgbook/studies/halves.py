"""What a leak is worth: half of a test part, judged with and without the other half in training."""

from dataclasses import replace

import numpy as np

__all__ = ["half", "half_seen"]


def half(split, examples, name):
    """Test one half of the test examples of a split, after what it learns from."""
    return replace(split, data=examples, test=_halves(split)[0], name=name)


def half_seen(split, examples, name):
    """Test the same half; the other half, of the same patients, is among as many learnt."""
    tested, seen = _halves(split)
    mixed = np.random.default_rng(1).permutation(np.concatenate([split.train, seen]))
    parts = {"train": mixed[: len(split.train)], "test": tested, "name": name}
    return replace(split, data=examples, leaky="to measure what the leak is worth", **parts)


def _halves(split):
    order = np.random.default_rng(0).permutation(split.test)
    return np.sort(order[::2]), order[1::2]
