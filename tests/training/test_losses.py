from math import log

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from ecgbook.errors import TrainingFailed
from ecgbook.training import class_weights, cross_entropy, focal_loss

# Two examples whose classes have probability 3/4 and 1/5.
OUTPUT = torch.tensor([[log(3), 0.0], [log(4), 0.0]])
TARGET = torch.tensor([0, 1])


def test_cross_entropy_by_hand():
    expected = (-log(3 / 4) - log(1 / 5)) / 2
    assert cross_entropy(OUTPUT, TARGET).item() == pytest.approx(expected)


def test_weighted_cross_entropy_by_hand():
    expected = (-2 * log(3 / 4) - 10 * log(1 / 5)) / 2
    assert cross_entropy(OUTPUT, TARGET, weight=[2, 10]).item() == pytest.approx(expected)


def test_focal_loss_by_hand():
    expected = (-((1 / 4) ** 2) * log(3 / 4) - (4 / 5) ** 2 * log(1 / 5)) / 2
    assert focal_loss(OUTPUT, TARGET, gamma=2).item() == pytest.approx(expected)
    expected = (-3 * (1 / 4) ** 0.5 * log(3 / 4) - (4 / 5) ** 0.5 * log(1 / 5)) / 2
    loss = focal_loss(OUTPUT, TARGET, gamma=0.5, weight=np.array([3, 1]))
    assert loss.item() == pytest.approx(expected)


logits = st.lists(st.lists(st.floats(-20, 20), min_size=4, max_size=4), min_size=1, max_size=8)


@given(logits, st.integers(0, 2**32 - 1))
def test_without_gamma_focal_loss_is_torchs_cross_entropy(rows, seed):
    output = torch.tensor(rows)
    target = torch.randint(4, (len(rows),), generator=torch.Generator().manual_seed(seed))
    expected = torch.nn.functional.cross_entropy(output, target)
    torch.testing.assert_close(focal_loss(output, target, gamma=0), expected)
    torch.testing.assert_close(cross_entropy(output, target), expected)
    assert focal_loss(output, target, gamma=2) <= expected


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 5.0])
def test_gradient_of_a_sure_example_is_finite(gamma):
    output = torch.tensor([[200.0, 0.0], [0.0, 200.0]], requires_grad=True)
    focal_loss(output, torch.tensor([0, 0]), gamma=gamma).backward()
    assert torch.isfinite(output.grad).all()


def test_the_loss_of_a_batch_is_the_mean_of_its_shares():
    generator = torch.Generator().manual_seed(0)
    output = torch.randn(8, 3, generator=generator)
    target = torch.randint(3, (8,), generator=generator)
    weight = [1.0, 5.0, 20.0]
    shares = [cross_entropy(output[i::2], target[i::2], weight=weight) for i in range(2)]
    torch.testing.assert_close(
        cross_entropy(output, target, weight=weight), (shares[0] + shares[1]) / 2
    )


@given(st.lists(st.integers(0, 4), max_size=50))
def test_class_weights_are_the_balanced_ones_of_scikit_learn(extra):
    target = np.array([0, 1, 2, 3, 4, *extra])
    expected = compute_class_weight("balanced", classes=np.arange(5), y=target)
    np.testing.assert_allclose(class_weights(target, 5), expected, rtol=1e-6)


@pytest.mark.parametrize(("target", "n_classes"), [([0, 0, 2], 3), ([0, 1], 3), ([0, 1, 2], 2)])
def test_a_class_without_example_is_refused(target, n_classes):
    with pytest.raises(TrainingFailed, match="every class from 0 to"):
        class_weights(target, n_classes)


@pytest.mark.parametrize(
    "target", [[0, 1, -1], [0.0, 1.0], [[0, 1], [1, 0]], [True, False], ["N", "V"], []]
)
def test_a_target_without_class_numbers_is_refused(target):
    with pytest.raises(TrainingFailed, match="class_weights needs one class number an example"):
        class_weights(target, 2)


def test_class_numbers_of_any_byte_order_and_direction_are_counted():
    target = np.array([0, 0, 0, 1])
    for same in (target.astype(">i8"), target[::-1], target.astype(np.uint8)):
        np.testing.assert_allclose(class_weights(same, 2), [4 / 6, 4 / 2])
