"""The bootstrap against the normal approximation, enumeration and its coverage."""

import numpy as np
import pytest

from ecgbook import ScoreInvalid
from ecgbook.evaluation.bootstrap import bootstrap


def test_interval_of_a_mean_is_the_normal_one():
    x = np.random.default_rng(1).normal(10, 2, 400)
    interval = bootstrap(np.mean, x, n=4000)
    half = 1.96 * x.std() / np.sqrt(len(x))
    assert interval.value == x.mean()
    assert interval.low == pytest.approx(x.mean() - half, abs=0.1 * half)
    assert interval.high == pytest.approx(x.mean() + half, abs=0.1 * half)


def test_two_groups_have_three_possible_replicates():
    # Drawn: A A, A B or B B, with shares 1/4, 1/2, 1/4; sizes 1 and 3 weigh the means.
    x, groups = np.array([0.0, 1.0, 1.0, 1.0]), np.array(["a", "b", "b", "b"])
    seen = []
    bootstrap(lambda v: seen.append(v.mean()) or v.mean(), x, groups=groups, n=4000)
    value, count = np.unique(seen[:4000], return_counts=True)
    assert value.tolist() == [0.0, 0.75, 1.0]
    np.testing.assert_allclose(count / 4000, [0.25, 0.5, 0.25], atol=0.03)


def test_rows_of_a_group_stay_together_and_arrays_stay_aligned():
    groups = np.repeat(np.arange(20), np.arange(1, 21))
    place = np.arange(len(groups))

    def check(g, p):
        assert (groups[p] == g).all()
        values, counts = np.unique(g, return_counts=True)
        assert (counts % (values + 1) == 0).all()
        return 0.0

    bootstrap(check, groups, place, groups=groups, n=50)


def test_groups_widen_the_interval_of_repeated_rows():
    # 30 values, each 25 times: the groups carry 30 values' worth of knowledge, not 750.
    x = np.repeat(np.random.default_rng(2).normal(size=30), 25)
    groups = np.repeat(np.arange(30), 25)
    blind, honest = bootstrap(np.mean, x), bootstrap(np.mean, x, groups=groups)
    ratio = (honest.high - honest.low) / (blind.high - blind.low)
    assert ratio == pytest.approx(5.0, rel=0.15)


def test_coverage_of_a_known_mean():
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(300):
        interval = bootstrap(np.mean, rng.exponential(size=60), n=300)
        hits += interval.low <= 1 <= interval.high
    # Percentile intervals cover a little less than promised in small skewed samples.
    assert 0.88 <= hits / 300 <= 0.98


def test_level_sets_the_width():
    x = np.random.default_rng(4).normal(size=200)
    wide, narrow = bootstrap(np.mean, x, level=0.95), bootstrap(np.mean, x, level=0.6827)
    assert (wide.high - wide.low) / (narrow.high - narrow.low) == pytest.approx(1.96, rel=0.1)


def test_same_seed_same_interval():
    x = np.arange(50.0)
    assert bootstrap(np.mean, x, seed=5) == bootstrap(np.mean, x, seed=5)
    assert bootstrap(np.mean, x, seed=5) != bootstrap(np.mean, x, seed=6)


@pytest.mark.parametrize("groups", [np.zeros(5), np.arange(4)])
def test_one_group_or_lengths_that_differ_are_refused(groups):
    with pytest.raises(ScoreInvalid):
        bootstrap(np.mean, np.arange(5.0), groups=groups)


@pytest.mark.parametrize("groups", [[1, 2, np.nan], ["a", None, "b"], [np.nan] * 3, ["a", "", "b"]])
def test_groups_that_are_not_known_are_refused(groups):
    with pytest.raises(ScoreInvalid, match="groups is missing for"):
        bootstrap(np.mean, np.arange(3.0), groups=groups)


@pytest.mark.parametrize(
    ("arrays", "options", "message"),
    [
        ([], {}, "needs an array or more"),
        ([np.arange(5.0)], {"n": 0}, "one replicate or more, got n=0"),
        ([np.arange(5.0)], {"level": 95}, "level must be above 0 and at most 1, such as 0.95"),
        ([np.arange(5.0)], {"level": 0}, "level must be"),
        ([np.arange(0.0)], {}, "two groups or more, got 0"),
    ],
)
def test_what_gives_no_interval_is_refused(arrays, options, message):
    with pytest.raises(ScoreInvalid, match=message):
        bootstrap(np.mean, *arrays, **options)


def test_a_name_that_others_use_for_groups_is_answered():
    with pytest.raises(ScoreInvalid, match="no setting 'patients'; name the patient of each row"):
        bootstrap(np.mean, [1.0, 2.0], patients=["a", "b"])
