"""Random kernels by their definition: one loop over features, places and leads."""

import doctest
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from ecgbook.classical import random_kernels as module
from ecgbook.classical.random_kernels import KERNELS, RandomKernels, random_kernel_ridge
from ecgbook.errors import ModelInvalid, RecordInvalid


def whole_numbers(n=3, leads=2, time=40, seed=0):
    """Return recordings whose sums are exact in any order."""
    x = np.random.default_rng(seed).integers(-9, 10, size=(n, leads, time))
    return x.astype(np.float32)


def outputs(signal, weights, dilation, padded):
    """Convolve one signal (time,) with one kernel, place by place."""
    found = []
    for time in range(len(signal)):
        places = [time + (place - 4) * dilation for place in range(9)]
        inside = [0 <= at < len(signal) for at in places]
        if padded or all(inside):
            known = zip(places, weights, inside, strict=True)
            found.append(sum(signal[at] * weight for at, weight, is_in in known if is_in))
    return np.array(found)


def by_definition(kernels, recording):
    """Compute the features of one recording, one by one."""
    features = []
    columns = kernels.kernel_, kernels.dilation_, kernels.padded_, kernels.leads_
    for kernel, dilation, padded, leads, threshold in zip(
        *columns, kernels.threshold_, strict=True
    ):
        each = [outputs(lead, KERNELS[kernel], dilation, padded) for lead in recording[leads]]
        features.append((np.sum(each, axis=0) > threshold).mean())
    return np.array(features)


def test_examples_in_docstrings_hold():
    assert doctest.testmod(module).failed == 0


def test_kernels_are_all_ways_to_choose_three_places_of_nine():
    chosen = {tuple(np.flatnonzero(kernel == 2)) for kernel in KERNELS}
    assert chosen == set(combinations(range(9), 3))
    assert len(KERNELS) == 84
    assert (np.sort(KERNELS, axis=1) == [-1] * 6 + [2] * 3).all()  # so a constant gives 0


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 4), st.integers(9, 60), st.integers(1, 4), st.integers(0, 99))
def test_features_are_those_of_the_definition(leads, time, each, seed):
    x = whole_numbers(leads=leads, time=time, seed=seed)
    kernels = RandomKernels(84 * each + 5, seed=seed).fit(x)
    features = kernels.transform(x[:1])
    assert features.shape == (1, 84 * each)
    np.testing.assert_allclose(features[0], by_definition(kernels, x[0]), rtol=1e-6)


def test_words_of_bytes_do_not_overflow_in_long_recordings():
    x = whole_numbers(n=1, leads=1, time=2100)  # more than 255 words of eight bytes
    kernels = RandomKernels(84).fit(x)
    np.testing.assert_allclose(kernels.transform(x)[0], by_definition(kernels, x[0]), rtol=1e-6)
    everywhere = RandomKernels(84).fit(-np.ones_like(x))
    assert everywhere.transform(np.zeros_like(x))[0, ~everywhere.padded_].max() == 0


def test_half_of_the_features_of_a_dilation_are_of_filled_up_recordings():
    kernels = RandomKernels(9_996).fit(whole_numbers(time=1000))
    for dilation in np.unique(kernels.dilation_):
        here = kernels.dilation_ == dilation
        assert kernels.padded_[here].mean() == 0.5
        padded = set(kernels.kernel_[here & kernels.padded_])
        other = set(kernels.kernel_[here & ~kernels.padded_])
        assert padded | other == set(range(84))
        assert not padded & other
    assert (np.bincount(kernels.kernel_) == 119).all()
    assert kernels.dilation_.max() == (1000 - 1) // 8  # as long as the recording
    assert kernels.dilation_.min() == 1


def test_thresholds_are_quantiles_of_what_comes_out():
    # Of one recording, shares of outputs above quantiles that fill 0 to 1 evenly do the same.
    x = np.random.default_rng(0).normal(size=(1, 3, 500)).astype(np.float32)
    kernels = RandomKernels(9_996).fit(x)
    share = np.sort(kernels.transform(x)[0][kernels.padded_])
    np.testing.assert_allclose(share, np.linspace(0, 1, len(share)), atol=0.01)


def test_few_leads_are_drawn_more_often_than_many():
    kernels = RandomKernels(9_996).fit(whole_numbers(leads=12, time=1000))
    sets = np.unique(kernels.leads_, axis=0)
    count = kernels.leads_.sum(axis=1)
    assert len(sets) > 100
    assert count.min() == 1
    assert count.max() <= 9
    assert (count == 1).mean() > (count >= 8).mean()
    assert kernels.leads_.any(axis=0).all()


def test_the_seed_alone_decides_and_recordings_stand_by_themselves():
    x = whole_numbers(n=5, time=100)
    first = RandomKernels(840, seed=1).fit(x)
    again, other = clone(first).fit(x), RandomKernels(840, seed=2).fit(x)
    together = first.transform(x)
    np.testing.assert_array_equal(again.transform(x), together)
    assert not np.array_equal(other.transform(x), together)
    np.testing.assert_array_equal(first.transform(x[3:4])[0], together[3])


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((2, 100)), r"\(recording, lead, time\) of at least 9 samples, got shape \(2, 10"),
        (np.zeros((2, 1, 8)), "at least 9 samples"),
        (np.zeros((0, 1, 50)), "at least 9 samples"),
        (np.full((2, 1, 50), np.nan), "in 2 of 2 recordings; fill or drop them"),
    ],
)
def test_recordings_that_cannot_be_convolved_are_refused(x, message):
    with pytest.raises(RecordInvalid, match=message):
        RandomKernels(84).fit(x)


def test_recordings_of_another_shape_are_refused():
    kernels = RandomKernels(84).fit(whole_numbers())
    with pytest.raises(RecordInvalid, match=r"of \(2, 40\), got \(2, 41\); resample, cut or fit"):
        kernels.transform(whole_numbers(time=41))


@pytest.mark.parametrize("config", [{"features": 83}, {"max_dilations": 0}])
def test_settings_that_cannot_be_are_refused(config):
    with pytest.raises(ModelInvalid, match="at least 84 features and one dilation"):
        RandomKernels(**config).fit(whole_numbers())


def test_the_pipeline_finds_several_labels_in_several_leads():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 3, 120)).astype(np.float32)
    y = rng.random((300, 2)) < 0.4
    time = np.arange(120)
    x[y[:, 0], 1] += 1.5 * np.sin(time / 2).astype(np.float32)  # a wave in one lead
    x[y[:, 1], 2, 40:60] += 3  # a bump in another
    model = random_kernel_ridge(1_680).fit(x[:200], y[:200])
    probability = model.predict_proba(x[200:])
    assert probability.shape == (100, 2)
    assert ((probability > 0.5) == y[200:]).mean(axis=0).min() > 0.9
