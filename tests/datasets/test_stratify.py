import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold

from ecgbook.datasets.stratify import (
    join_duplicates,
    shuffled_parts,
    stratified_parts,
)

seeds = st.integers(0, 1000)


@st.composite
def problems(draw):
    """Groups with labels of one or several classes, and how many groups each part gets."""
    groups = draw(st.integers(3, 12))
    sizes = draw(st.integers(1, groups - 2))
    group = np.repeat(np.arange(groups), draw(st.integers(1, 3))).astype(str)
    rng = np.random.default_rng(draw(seeds))
    several = draw(st.booleans())
    y = rng.random((len(group), 4)) < 0.3 if several else rng.integers(0, 4, len(group))
    return group, y, (sizes, 1, groups - sizes - 1)


@given(problems(), seeds)
def test_groups_stay_whole_and_parts_have_the_sizes_asked(problem, seed):
    group, y, sizes = problem
    for deal in (stratified_parts, shuffled_parts):
        parts = deal(group, y, sizes, seed)
        assert sorted(np.concatenate(parts)) == list(range(len(group)))
        assert [len(set(group[part])) for part in parts] == list(sizes)
        for one, other in itertools.combinations(parts, 2):
            assert not set(group[one]) & set(group[other])


def test_the_same_seed_deals_the_same():
    group, y = np.arange(30).astype(str), np.arange(30) % 3
    one, same, other = (stratified_parts(group, y, [10, 20], seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one[0], same[0])
    assert not np.array_equal(one[0], other[0])


@pytest.mark.parametrize("seed", range(5))
def test_one_example_a_group_gives_exact_shares(seed):
    # 20, 40 and 140 of three classes: parts of a tenth, a fifth and seven tenths.
    y = np.random.default_rng(seed).permutation(np.repeat([0, 1, 2], [20, 40, 140]))
    parts = stratified_parts(np.arange(200).astype(str), y, [20, 40, 140], seed)
    counts = [np.bincount(y[part]).tolist() for part in parts]
    assert counts == [[2, 4, 14], [4, 8, 28], [14, 28, 98]]


def test_a_rare_class_is_dealt_first():
    # Two patients have the rare class: each half gets one, whatever else they have.
    group = np.repeat(list("abcdef"), 10)
    y = np.zeros((60, 2), bool)
    y[:, 0] = True
    y[[0, 50], 1] = True
    for seed in range(10):
        first, second = stratified_parts(group, y, [3, 3], seed)
        assert y[first, 1].sum() == y[second, 1].sum() == 1


def test_several_classes_balance_better_than_by_chance():
    rng = np.random.default_rng(0)
    y = rng.random((600, 5)) < [0.5, 0.2, 0.1, 0.05, 0.02]
    group = rng.integers(0, 300, 600).astype(str)
    sizes = np.bincount(np.arange(len(set(group))) % 5)

    def worst(parts):
        shares = np.array([y[part].sum(axis=0) for part in parts]) / y.sum(axis=0)
        return np.abs(shares - 0.2).max()

    balanced = [worst(stratified_parts(group, y, sizes, seed)) for seed in range(5)]
    by_chance = [worst(shuffled_parts(group, y, sizes, seed)) for seed in range(5)]
    # The rarest class has about twelve examples: 2 or 3 in each fold are at most 0.06 off.
    assert max(balanced) < 0.06 < min(by_chance)


@pytest.mark.parametrize("seed", range(5))
def test_one_class_an_example_balances_as_well_as_scikit_learn_does(seed):
    rng = np.random.default_rng(seed)
    group, y = rng.integers(0, 40, 800).astype(str), rng.choice(3, 800, p=[0.8, 0.15, 0.05])

    def spread(folds):
        shares = np.array([np.bincount(y[fold], minlength=3) for fold in folds]) / np.bincount(y)
        return shares.std(axis=0).mean()

    dealer = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
    theirs = spread([fold for _, fold in dealer.split(y, y, group)])
    assert spread(stratified_parts(group, y, [8] * 5, seed)) < 1.2 * theirs


@pytest.mark.filterwarnings("error")
def test_rare_classes_are_no_reason_to_warn():
    y = np.array([0] * 19 + [1])
    assert len(stratified_parts(np.arange(20).astype(str), y, [4] * 5, seed=0)) == 5


def test_no_fold_is_empty_where_no_class_has_enough_examples():
    y = np.arange(6) % 3  # two of each class, so scikit-learn refuses three folds
    folds = stratified_parts(np.arange(6).astype(str), y, [2, 2, 2], seed=0)
    assert [len(fold) for fold in folds] == [2, 2, 2]


@pytest.mark.parametrize(
    ("duplicates", "groups"),
    [
        ([], "abcdef"),
        ([("a", "c")], "abadef"),
        ([("a", "c"), ("c", "e")], "abadaf"),
        ([("e", "f"), ("a", "b"), ("b", "e")], "aacdaa"),
        ([("c", "not there"), ("not there", "d")], "abccef"),
    ],
)
def test_duplicates_of_duplicates_are_one_group(duplicates, groups):
    found = join_duplicates(np.array(list("abcdef")), duplicates)
    # Which name stands for a group does not matter: equal here is equal there.
    assert len(set(zip(found, groups, strict=True))) == len(set(found)) == len(set(groups))
