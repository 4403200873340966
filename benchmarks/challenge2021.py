"""The score of the Challenge of 2021 as loops over recordings and classes, against ours.

Run with ``python benchmarks/challenge2021.py``. Labels and answers are random, each class with a
frequency of its own; the loops are the oracle of the tests.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _timing import paired, print_table

from ecgbook.evaluation import (
    CHALLENGE_CLASSES,
    challenge2021_score,
    challenge2021_weights,
)
from tests.evaluation.oracles import challenge2021_by_loops

N_RECORDINGS = 8_000


def main():
    rng = np.random.default_rng(0)
    shares = rng.uniform(0.005, 0.12, len(CHALLENGE_CLASSES))
    y = rng.random((N_RECORDINGS, len(shares))) < shares
    called = y ^ (rng.random(y.shape) < 0.03)
    weights, normal = challenge2021_weights(), CHALLENGE_CLASSES.index("NSR")

    def ours():
        return challenge2021_score(y, called)

    def loops():
        return challenge2021_by_loops(y, called, weights, normal)

    np.testing.assert_allclose(ours(), loops(), atol=1e-6)
    rows = [(f"Challenge score of {N_RECORDINGS:,} recordings", paired(ours, loops, 5))]
    print_table("Challenge of 2021", rows)


if __name__ == "__main__":
    main()
