import doctest
from math import log

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from torch import nn

from ecgbook.errors import TrainingFailed
from ecgbook.training import cross_entropy, fit, predict
from ecgbook.training import heads as module
from ecgbook.training.heads import head_cross_entropy, head_rows
from tests.training.stand_ins import Task

# Two beats, three heads, two classes, as probabilities.
P = torch.tensor([[[0.5, 0.5], [0.8, 0.2], [0.2, 0.8]], [[0.9, 0.1], [0.6, 0.4], [0.3, 0.7]]])
TARGET = torch.tensor([[0, 1], [1, 2]])  # classes 0 and 1, heads 1 and 2
MEANS = 1.5 / 3, 1.2 / 3  # of the true classes


def logits():
    return P.log().requires_grad_()


def with_head(y, head):
    return np.stack([y, head], axis=1)


def test_examples_in_docstrings_hold():
    assert doctest.testmod(module).failed == 0


others = st.lists(st.integers(0, 3), min_size=1, max_size=30)


@given(st.integers(1, 8), st.integers(0, 30), others, st.integers(4, 9), st.randoms())
def test_majority_goes_to_one_head_and_the_others_to_all(heads, n, few, majority, random):
    y = [majority] * (heads + n) + few
    random.shuffle(y)
    index, head = head_rows(y, heads=heads, majority=majority)
    sizes = np.bincount(head, minlength=heads)
    assert len(sizes) == heads
    assert sizes.max() - sizes.min() <= 1
    for i, label in enumerate(y):
        seen = sorted(head[index == i])
        if label == majority:
            assert len(seen) == 1
        else:
            assert seen == list(range(heads))


def test_the_seed_alone_decides_the_deal():
    y = np.arange(300) % 10  # 30 of class 0
    first, again, other = (head_rows(y, heads=3, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)

    def dealt(rows):
        return {(i, b) for i, b in zip(*rows, strict=True) if y[i] == 0}

    assert dealt(first) != dealt(other)


def test_neither_heads_nor_rows_follow_the_order_of_recording():
    y = (np.arange(4000) >= 2000).astype(int)
    index, head = head_rows(y, heads=4)
    for order in (np.arange(len(index)), index):
        # Of random order, |r| has a standard deviation of 0.01.
        assert abs(np.corrcoef(order, head)[0, 1]) < 0.05
    assert abs(np.corrcoef(np.arange(len(index)), index)[0, 1]) < 0.05


@pytest.mark.parametrize(
    ("y", "heads", "message"),
    [
        ([0, 0, 1], 3, "3 heads cannot be taught by 2 examples of class 0 and 1 others"),
        ([0, 0, 1], 0, "0 heads"),
        ([0, 0, 0], 2, "and 0 others"),
        ([1, 1, 2], 2, "by 0 examples of class 0"),
        ([[0, 1]], 1, r"shape \(example,\), got \(1, 2\)"),
    ],
)
def test_a_deal_that_cannot_be_is_refused(y, heads, message):
    with pytest.raises(TrainingFailed, match=message):
        head_rows(y, heads=heads)


def test_the_loss_by_hand():
    expected = (-log(MEANS[0]) - log(MEANS[1])) / 2
    assert head_cross_entropy(logits(), TARGET).item() == pytest.approx(expected)


def test_the_weighted_loss_by_hand():
    expected = (-2 * log(MEANS[0]) - 10 * log(MEANS[1])) / 2
    loss = head_cross_entropy(logits(), TARGET, weight=[2, 10])
    assert loss.item() == pytest.approx(expected)


def test_the_gradient_by_hand():
    # Of -log of a mean: the head's share in it times the gradient of cross entropy, p - 1[y].
    output = logits()
    head_cross_entropy(output, TARGET).backward()
    expected = torch.zeros_like(P)
    expected[0, 1] = (0.8 / 1.5) * torch.tensor([0.8 - 1, 0.2]) / 2
    expected[1, 2] = (0.7 / 1.2) * torch.tensor([0.3, 0.7 - 1]) / 2
    torch.testing.assert_close(output.grad, expected)


def test_a_head_that_is_not_named_gets_no_gradient_at_all():
    output = logits()
    head_cross_entropy(output, TARGET).backward()
    silent = torch.ones(2, 3, dtype=torch.bool).scatter(1, TARGET[:, 1:], False)
    assert (output.grad[silent] == 0).all()


def test_layers_below_learn_through_the_named_head_alone():
    torch.manual_seed(0)
    trunk, heads, x = nn.Linear(5, 4), nn.Linear(4, 6), torch.randn(2, 5)
    target = torch.tensor([[0, 1], [1, 1]])
    head_cross_entropy(heads(trunk(x)).unflatten(1, (3, 2)), target).backward()
    ours = trunk.weight.grad.clone()
    assert ours.abs().max() > 0
    assert (heads.weight.grad[[0, 1, 4, 5]] == 0).all()
    assert (heads.weight.grad[[2, 3]] != 0).all()
    # The oracle: the other heads work on a copy of what the trunk says.
    trunk.zero_grad()
    seen = trunk(x)
    others = heads(seen.detach()).unflatten(1, (3, 2)).softmax(2)
    named = heads(seen).unflatten(1, (3, 2)).softmax(2)
    p = (others[:, 0] + named[:, 1] + others[:, 2]) / 3
    (-p[[0, 1], [0, 1]].log().mean()).backward()
    torch.testing.assert_close(trunk.weight.grad, ours)


def test_the_named_head_does_not_change_the_value():
    losses = [head_cross_entropy(logits(), with_heads(b)).item() for b in range(3)]
    losses.append(head_cross_entropy(logits(), TARGET[:, 0]).item())  # validation: none learns
    assert losses == pytest.approx([losses[0]] * 4)


def with_heads(head):
    return torch.stack([TARGET[:, 0], torch.full((2,), head)], dim=1)


rows = st.lists(st.lists(st.floats(-200, 200), min_size=4, max_size=4), min_size=1, max_size=8)


@given(rows, st.integers(0, 2**32 - 1))
def test_one_head_is_cross_entropy(values, seed):
    weight = [1.0, 2.0, 3.0, 4.0]
    label = torch.randint(4, (len(values),), generator=torch.Generator().manual_seed(seed))
    one, plain = (torch.tensor(values, requires_grad=True) for _ in range(2))
    target = torch.stack([label, torch.zeros_like(label)], dim=1)
    loss = head_cross_entropy(one.unsqueeze(1), target, weight=weight)
    expected = cross_entropy(plain, label, weight=weight)
    torch.testing.assert_close(loss, expected)
    loss.backward()
    expected.backward()
    torch.testing.assert_close(one.grad, plain.grad)


def test_a_head_that_is_sure_and_wrong_leaves_everything_finite():
    # Probabilities e^-500 and e^-300: far below what float32 holds.
    output = torch.tensor([[[0.0, 500.0], [0.0, 300.0]]], requires_grad=True)
    loss = head_cross_entropy(output, torch.tensor([[0, 1]]))
    assert loss.item() == pytest.approx(300 + log(2))
    loss.backward()
    torch.testing.assert_close(output.grad, torch.tensor([[[0.0, 0.0], [-1.0, 1.0]]]))


def test_the_loss_of_a_batch_is_the_mean_of_its_shares():
    generator = torch.Generator().manual_seed(0)
    output = torch.randn(8, 3, 4, generator=generator)
    target = torch.randint(3, (8, 2), generator=generator)
    weight = [1.0, 5.0, 20.0, 2.0]
    shares = [head_cross_entropy(output[i::2], target[i::2], weight=weight) for i in range(2)]
    whole = head_cross_entropy(output, target, weight=weight)
    torch.testing.assert_close(whole, (shares[0] + shares[1]) / 2)


@pytest.mark.parametrize(
    ("output", "target"),
    [((4, 3), (4, 2)), ((4, 2, 3), (3,)), ((4, 2, 3), (3, 2)), ((4, 2, 3), (4, 1))],
)
def test_other_shapes_are_refused(output, target):
    with pytest.raises(TrainingFailed, match=r"output \(batch, head, class\) and target"):
        head_cross_entropy(torch.zeros(output), torch.zeros(target, dtype=torch.int64))


def accuracy(y, output):
    return float((softmax(output, axis=2).mean(axis=1).argmax(axis=1) == y).mean())


def test_fit_trains_all_heads_and_keeps_the_best_epoch(beats):
    x, _, y = beats
    # Class 0 is the frequent one: of each of the others, ten examples are left.
    few = [i for k in range(3) for i in np.flatnonzero(y[:160] == k)[: None if k == 0 else 10]]
    index, head = head_rows(y[few], heads=5)
    index = np.array(few)[index]
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(32, 5 * 3), nn.Unflatten(1, (5, 3)))
    history = fit(
        model,
        (x[index], with_head(y[index], head)),
        (x[160:], y[160:]),
        task=Task(selection=accuracy),
        loss=head_cross_entropy,
        epochs=30,
        batch_size=32,
        lr=0.03,
        device="cpu",
        progress=False,
    )
    logits = predict(model, x[160:])  # (beat, head, class)
    assert accuracy(y[160:], logits) == max(h["valid_score"] for h in history) > 0.95
    for b in range(5):  # chance is 1/3, with a standard deviation of 0.05
        assert (logits[:, b].argmax(axis=1) == y[160:]).mean() > 0.5
