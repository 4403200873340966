import math

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ecgbook.errors import ModelInvalid
from ecgbook.models.memory import Memory, entropy, hard_shrink

codes = arrays.arrays(np.float32, (3, 4), elements=st.floats(-8, 8, width=32))


def memory(slots=6, code=4, shrink=0.0):
    torch.manual_seed(0)
    return Memory(slots=slots, code=code, shrink=shrink)


def mixtures(slots):
    """Rows of sum 1 in 64ths, so that no weight comes near a threshold of odd 128ths."""
    cuts = st.lists(st.integers(0, 64), min_size=slots - 1, max_size=slots - 1)
    return cuts.map(lambda at: np.diff([0, *sorted(at), 64]) / 64)


def shrunk_by_loop(row, threshold):
    """Equations 6 and 7 of Gong et al. (2019), one weight after the other."""
    kept = [max(w - threshold, 0) * w / (abs(w - threshold) + 1e-12) for w in row]
    return [w / sum(kept) if sum(kept) > 0 else 0.0 for w in kept]


def test_hard_shrink_by_hand():
    # Above a quarter are 1/2 and 3/8, of sum 7/8; what is at the threshold goes, too.
    weights = torch.tensor([[0.5, 0.375, 0.125], [0.75, 0.25, 0.0]])
    expected = torch.tensor([[4 / 7, 3 / 7, 0.0], [1.0, 0.0, 0.0]])
    torch.testing.assert_close(hard_shrink(weights, 0.25), expected)


@given(mixtures(7), st.integers(0, 40))
def test_hard_shrink_is_the_published_formula(row, n):
    threshold = (2 * n + 1) / 128
    ours = hard_shrink(torch.tensor(row[None], dtype=torch.float32), threshold)[0]
    np.testing.assert_allclose(ours, shrunk_by_loop(row, threshold), atol=1e-6)


@given(mixtures(5))
def test_without_a_threshold_the_weights_stay(row):
    weights = torch.tensor(row[None], dtype=torch.float32)
    torch.testing.assert_close(hard_shrink(weights, 0.0), weights)


@given(codes)
def test_what_is_read_lies_between_what_is_stored(z):
    layer = memory(shrink=0.1)
    code, mixture = layer(torch.tensor(z))
    assert mixture.min() >= 0
    torch.testing.assert_close(mixture.sum(dim=1), torch.ones(3))  # one of six is over a tenth
    assert (code <= layer.stored.max(dim=0).values + 1e-6).all()
    assert (code >= layer.stored.min(dim=0).values - 1e-6).all()
    by_loop = [sum(w * slot for w, slot in zip(row, layer.stored, strict=True)) for row in mixture]
    torch.testing.assert_close(code, torch.stack(by_loop))


def test_a_code_like_nothing_that_is_stored_reads_zero():
    layer = memory(shrink=0.2)
    z = torch.zeros(2, 4)  # as like to each of six slots: a sixth is below the threshold
    z[1] = 1000 * layer.stored[3]
    code, mixture = layer(z)
    assert not code[0].any()
    assert not mixture[0].any()
    assert mixture[1].sum() == 1


def test_the_likeness_is_a_scalar_product():
    layer = memory(slots=2)
    layer.stored.data = torch.tensor([[1.0, 0, 0, 0], [0, 1.0, 0, 0]])
    mixture = layer(torch.tensor([[math.log(3), 0.0, 5.0, 5.0]]))[1]
    torch.testing.assert_close(mixture, torch.tensor([[0.75, 0.25]]))  # exp(log 3) to exp(0)


@given(mixtures(9))
def test_entropy_is_between_0_and_the_log_of_the_slots(row):
    value = float(entropy(torch.tensor(row[None])))
    assert 0 <= value <= math.log(9) + 1e-12
    positive = row[row > 0]
    assert value == pytest.approx(-(positive * np.log(positive)).sum(), abs=1e-12)


def test_entropy_reaches_its_bounds():
    assert entropy(torch.eye(5)) == 0
    assert entropy(torch.full((3, 5), 0.2)) == pytest.approx(math.log(5))


def test_gradient_passes_through_what_is_kept_only():
    weights = torch.tensor([[0.5, 0.375, 0.125]], requires_grad=True)
    hard_shrink(weights, 0.25)[0, 0].backward()
    # d/da a / (a + b) = b / (a + b)², d/db = −a / (a + b)²
    expected = torch.tensor([[0.375, -0.5, 0.0]]) / 0.875**2
    torch.testing.assert_close(weights.grad, expected)


def test_first_slots_are_drawn_within_the_published_bound():
    stored = memory(slots=2000, code=50).stored
    assert stored.shape == (2000, 50)
    assert 0.99 / math.sqrt(50) < stored.abs().max() <= 1 / math.sqrt(50)


@pytest.mark.parametrize("shrink", [-0.1, 1.0])
def test_a_threshold_that_leaves_nothing_is_refused(shrink):
    with pytest.raises(ModelInvalid, match="shrink must be at least 0 and below 1, got"):
        Memory(shrink=shrink)
