from math import log

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from ecgbook.errors import TrainingFailed
from ecgbook.training import (
    binary_cross_entropy,
    binary_focal_loss,
    class_weights,
    cross_entropy,
    focal_loss,
    mean_squared_error,
)

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


# Probabilities 3/4 and 1/5 of classes that are there, 2/3 of one that is not.
LABELS = torch.tensor([[True, False], [True, False]])
LOGITS = torch.tensor([[log(3), log(2)], [log(1 / 4), 0.0]])


def test_binary_losses_by_hand():
    entries = -log(3 / 4), -log(1 / 3), -log(1 / 5), -log(1 / 2)
    loss = binary_cross_entropy(LOGITS, LABELS)
    assert loss.item() == pytest.approx(sum(entries) / 4)
    loss = binary_cross_entropy(LOGITS, LABELS.float(), pos_weight=[10, 99])
    assert loss.item() == pytest.approx(
        (10 * (entries[0] + entries[2]) + entries[1] + entries[3]) / 4
    )
    wrong = 1 / 4, 2 / 3, 4 / 5, 1 / 2
    focused = [w**1.5 * entry for w, entry in zip(wrong, entries, strict=True)]
    loss = binary_focal_loss(LOGITS, LABELS, gamma=1.5)
    assert loss.item() == pytest.approx(sum(focused) / 4)
    loss = binary_focal_loss(LOGITS, LABELS, gamma=1.5, pos_weight=np.array([3, 1]))
    expected = (3 * (focused[0] + focused[2]) + focused[1] + focused[3]) / 4
    assert loss.item() == pytest.approx(expected)


@given(logits, st.integers(0, 2**32 - 1))
def test_binary_cross_entropy_is_torchs(rows, seed):
    output = torch.tensor(rows)
    target = torch.rand(output.shape, generator=torch.Generator().manual_seed(seed)) < 0.4
    weight = torch.tensor([1.0, 2.0, 0.5, 7.0])
    plain = torch.nn.BCEWithLogitsLoss()(output, target.float())
    torch.testing.assert_close(binary_cross_entropy(output, target), plain)
    torch.testing.assert_close(binary_focal_loss(output, target, gamma=0), plain)
    expected = torch.nn.BCEWithLogitsLoss(pos_weight=weight)(output, target.float())
    loss = binary_cross_entropy(output, target, pos_weight=weight)
    torch.testing.assert_close(loss, expected)
    assert binary_focal_loss(output, target) <= plain


@pytest.mark.parametrize("unknown", [float("nan"), -1.0])
@pytest.mark.parametrize("gamma", [0.0, 2.0])
def test_a_label_that_is_not_known_teaches_nothing_and_counts_in_the_mean(unknown, gamma):
    target = torch.tensor([[1.0, unknown], [0.0, 1.0]])
    output = torch.tensor([[0.3, 5.0], [-1.0, 2.0]], requires_grad=True)
    loss = binary_focal_loss(output, target, gamma=gamma, pos_weight=[2, 3])
    loss.backward()
    known = [binary_focal_loss(output[i, j].detach()[None], target[i, j][None], gamma=gamma)
             for i, j in ((0, 0), (1, 0), (1, 1))]  # fmt: skip
    assert loss.item() == pytest.approx((2 * known[0] + known[1] + 3 * known[2]).item() / 4)
    assert output.grad[0, 1] == 0
    assert (output.grad.flatten()[[0, 2, 3]] != 0).all()


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_gradient_of_a_sure_label_is_finite(gamma):
    output = torch.tensor([[200.0, -200.0]], requires_grad=True)
    for target in ([[1.0, 0.0]], [[0.0, 1.0]], [[float("nan"), -1.0]]):
        output.grad = None
        binary_focal_loss(output, torch.tensor(target), gamma=gamma).backward()
        assert torch.isfinite(output.grad).all()


@given(logits, st.integers(0, 2**32 - 1))
def test_mean_squared_error_is_that_of_numpy(rows, seed):
    output = torch.tensor(rows)
    target = torch.randn(output.shape, generator=torch.Generator().manual_seed(seed))
    expected = np.mean((output.double().numpy() - target.double().numpy()) ** 2)
    assert mean_squared_error(output, target).item() == pytest.approx(expected, rel=1e-5)


def test_losses_of_several_labels_and_of_signals_are_means_of_their_shares():
    generator = torch.Generator().manual_seed(0)
    output = torch.randn(8, 3, generator=generator)
    target = torch.randint(-1, 2, (8, 3), generator=generator).float()  # some not known
    for loss in (binary_cross_entropy, binary_focal_loss, mean_squared_error):
        shares = [loss(output[i::2], target[i::2]) for i in range(2)]
        torch.testing.assert_close(loss(output, target), (shares[0] + shares[1]) / 2)


@pytest.mark.parametrize(
    ("loss", "output", "target", "message"),
    [
        (cross_entropy, (4, 3), torch.zeros(4, 3), "needs one class number .int64. an example"),
        (cross_entropy, (4, 3), torch.zeros(4, 3, dtype=torch.int64), "binary_cross_entropy takes"),
        (cross_entropy, (4, 3), torch.zeros(4), "got torch.float32"),
        (focal_loss, (4, 3), torch.zeros(4, 3) > 0, "got torch.bool"),
        (binary_cross_entropy, (4, 3), torch.zeros(4, dtype=torch.int64), "cross_entropy takes"),
        (binary_cross_entropy, (4, 1), torch.zeros(4), "with the shape of the output"),
        (binary_focal_loss, (4, 3), torch.zeros(4, 3, dtype=torch.int64), "got torch.int64"),
        (mean_squared_error, (4, 1, 9), torch.zeros(4, 1, 8), "needs the shape of its target"),
    ],
)
def test_a_target_of_another_kind_is_refused(loss, output, target, message):
    with pytest.raises(TrainingFailed, match=message):
        loss(torch.zeros(output), target)


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
