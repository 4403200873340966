import numpy as np
import pandas as pd

from ecgbook.datasets import Examples
from ecgbook.datasets.few_beats import few_of_each

PEOPLE = np.repeat(["a", "b"], [30, 6])
Y = np.r_[np.tile([0, 0, 1], 10), np.tile([0, 1], 3)]
ROWS = pd.DataFrame({"patient": PEOPLE, "record": PEOPLE, "sample": np.arange(36)})
BEATS = Examples(np.zeros((36, 1, 8), np.float32), Y, ("N", "V"), ROWS, fs=100.0, leads=("II",))


def test_nobody_has_more_than_so_many_of_a_class():
    drawn = few_of_each(BEATS, np.arange(36), 4)
    table = pd.crosstab(PEOPLE[drawn], Y[drawn])
    np.testing.assert_array_equal(table, [[4, 4], [3, 3]])
    assert (np.diff(drawn) > 0).all()


def test_only_rows_that_may_be_drawn_are_drawn_and_a_seed_repeats_them():
    allowed = np.arange(0, 36, 2)
    first, again, other = (few_of_each(BEATS, allowed, 3, seed=s) for s in (1, 1, 2))
    assert set(first) <= set(allowed)
    np.testing.assert_array_equal(first, again)
    assert list(first) != list(other)
