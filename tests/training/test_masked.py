import math

import numpy as np
import pytest
import torch

from ecgbook import tasks
from ecgbook.errors import TrainingFailed
from ecgbook.evaluation import report
from ecgbook.training import (
    binary_cross_entropy,
    fit,
    masked_binary_cross_entropy,
    masked_target,
    used_by_source,
)

NAN, INF = math.nan, math.inf


def random_case(seed=0, n=6, k=4):
    rng = np.random.default_rng(seed)
    output = torch.tensor(rng.normal(size=(n, k)), dtype=torch.float32)
    return output, rng.random((n, k)) < 0.4, rng.random((n, k)) < 0.6


def test_where_all_is_known_it_is_the_usual_loss():
    output, y, _ = random_case()
    target = torch.from_numpy(masked_target(y, np.ones(4, bool)))
    expected = binary_cross_entropy(output, torch.from_numpy(y).float())
    torch.testing.assert_close(masked_binary_cross_entropy(output, target), expected)


def test_only_known_labels_add_to_it():
    output, y, known = random_case()
    target = masked_target(y, known)
    p = torch.sigmoid(output).double().numpy()
    truth = np.where(y, p, 1 - p)
    expected = -np.log(truth)[target >= 0].sum() / target.size
    got = masked_binary_cross_entropy(output, torch.from_numpy(target))
    assert float(got) == pytest.approx(expected, rel=1e-5)


def test_with_its_share_a_class_weighs_as_if_all_were_known():
    # Half of the second class is known, and each known label costs log 2: the mean is log 2.
    target = torch.tensor([[1.0, 0.0], [0.0, -1.0], [1.0, NAN], [0.0, 1.0]])
    share = (target >= 0).float().mean(dim=0)
    assert share.tolist() == [1.0, 0.5]
    loss = masked_binary_cross_entropy(torch.zeros(4, 2), target, share=share)
    assert float(loss) == pytest.approx(math.log(2))
    unknown = masked_binary_cross_entropy(torch.zeros(4, 2), target, share=[1.0, 0.0])
    assert float(unknown) == pytest.approx(math.log(2) / 2)


def test_a_positive_may_count_more():
    target = torch.tensor([[1.0, -1.0], [0.0, -1.0]])
    loss = masked_binary_cross_entropy(torch.zeros(2, 2), target, pos_weight=[3.0, 7.0])
    assert float(loss) == pytest.approx((3 + 1) * math.log(2) / 4)


@pytest.mark.parametrize("wild", [INF, -INF, 1e30, NAN])
@pytest.mark.parametrize("unknown", [-1.0, NAN])
def test_an_output_for_an_unknown_label_has_no_effect_and_no_gradient(wild, unknown):
    output = torch.tensor([[0.3, wild], [wild, -0.2]], requires_grad=True)
    target = torch.tensor([[1.0, unknown], [unknown, 0.0]])
    loss = masked_binary_cross_entropy(output, target, share=[0.5, 0.5], pos_weight=[2.0, 2.0])
    loss.backward()
    assert math.isfinite(loss.item())
    assert output.grad[[0, 1], [1, 0]].tolist() == [0.0, 0.0]
    assert (output.grad[[0, 1], [0, 1]] != 0).all()


def test_a_batch_of_which_nothing_is_known_costs_nothing():
    output = torch.randn(3, 2, requires_grad=True)
    loss = masked_binary_cross_entropy(output, torch.full((3, 2), -1.0), share=[0.5, 0.0])
    loss.backward()
    assert loss.item() == 0
    assert not output.grad.any()


def test_shares_of_a_batch_add_up():
    output, y, known = random_case(n=8)
    target = torch.from_numpy(masked_target(y, known))
    share = (target >= 0).float().mean(dim=0)
    halves = [
        masked_binary_cross_entropy(output[part], target[part], share=share)
        for part in (slice(4), slice(4, 8))
    ]
    whole = masked_binary_cross_entropy(output, target, share=share)
    torch.testing.assert_close(sum(halves) / 2, whole)


def test_what_is_there_is_known_whatever_the_mask_says():
    target = masked_target(np.array([[True, False], [False, False]]), np.array([False, True]))
    assert target.dtype == np.float32
    assert target.tolist() == [[1, 0], [-1, 0]]


def test_a_source_knows_a_class_that_one_of_its_examples_has():
    y = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1]], bool)
    known = used_by_source(y, ["a", "b", "a", "b"])
    assert known.tolist() == [[True, False, False], [False, True, True]] * 2


def test_a_training_by_source_and_its_report_take_the_target():
    # Two sources with the same signals; b has no word for the second class, so its negatives lie.
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 1, 2)).astype(np.float32)
    truth = x[:, 0] > 0
    source = np.repeat(["a", "b"], 200)
    y = truth & np.column_stack([np.ones(400, bool), source == "a"])
    target = masked_target(y, used_by_source(y, source))
    assert (target[200:, 1] == -1).all()
    task = tasks.multi_label(["one", "two"], loss=masked_binary_cross_entropy, select="loss")
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(2, 2))
    fit(
        model,
        (x, target),
        (x, target),
        task=task,
        batch_size=40,
        epochs=15,
        lr=0.1,
        seed=0,
        progress=False,
    )
    probability = task.probability(model(torch.from_numpy(x)).detach().numpy())
    assert ((probability > 0.5) == truth)[200:, 1].mean() > 0.95  # what b never said
    table = report(task, target, probability, np.arange(400), scores=["f1"], n=2)
    assert table.set_index("class")["n"]["two"] == truth[:200, 1].sum()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: masked_target(np.zeros((2, 3)), np.ones(3, bool)), "labels need bool"),
        (lambda: masked_target(np.zeros((2, 3), bool), np.ones(2, bool)), r"\(2, 3\) or \(3,\)"),
        (lambda: masked_target(np.zeros((2, 3), bool), np.ones(3)), "known needs bool"),
        (lambda: used_by_source(np.zeros((2, 3), bool), ["a"]), "one name an example, 2"),
        (lambda: used_by_source(np.zeros(2, bool), ["a", "b"]), "labels need bool of shape"),
        (
            lambda: masked_binary_cross_entropy(torch.zeros(2, 3), torch.zeros(2, 3).long()),
            "needs a target of float",
        ),
        (
            lambda: masked_binary_cross_entropy(torch.zeros(2, 3), torch.zeros(2, 2)),
            r"shape \(2, 2\) for \(2, 3\)",
        ),
        (
            lambda: masked_binary_cross_entropy(*torch.zeros(2, 2, 3), share=[1.0]),
            "share needs 3 numbers",
        ),
        (
            lambda: masked_binary_cross_entropy(*torch.zeros(2, 2, 3), pos_weight=[-1.0, 1, 1]),
            "pos_weight needs 3 numbers, none negative",
        ),
    ],
)
def test_what_cannot_be_learnt_from_is_refused(call, message):
    with pytest.raises(TrainingFailed, match=message):
        call()
