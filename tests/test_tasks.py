"""Tasks: what an output means, how an epoch is chosen, and targets that do not fit."""

import pickle
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from scipy.special import softmax
from sklearn import metrics

from ecgbook import tasks
from ecgbook.errors import ScoreInvalid, TrainingFailed
from ecgbook.evaluation import report
from ecgbook.training import focal_loss

logits = npst.arrays(np.float32, (5, 3), elements=st.floats(-50, 50, width=32))


@dataclass
class Labelled:
    """What a task needs of a set of examples."""

    y: np.ndarray
    classes: tuple


@given(logits)
def test_probabilities_are_those_of_torch(output):
    one, several = tasks.single_label("NSV"), tasks.multi_label("NSV")
    tensor = torch.tensor(output, dtype=torch.float64)
    np.testing.assert_allclose(one.probability(output), tensor.softmax(dim=1), atol=1e-12)
    np.testing.assert_allclose(several.probability(output), tensor.sigmoid(), atol=1e-12)
    assert (one.probability(output).argmax(axis=1) == output.argmax(axis=1)).all()


def test_an_abnormal_example_is_given_back_badly():
    residual = np.array([[[0.5, -0.5]], [[1.0, 3.0]]])
    task = tasks.reconstruction(classes="NV")
    np.testing.assert_allclose(task.probability(residual), [0.25, 5])
    task = tasks.reconstruction(classes="NV", norm=1)
    np.testing.assert_allclose(task.probability(residual), [0.5, 2])
    np.testing.assert_array_equal(task.probability([3.0, -1.0]), [3, -1])  # scores already


@pytest.mark.parametrize("kind", ["single_label", "multi_label"])
def test_the_loss_of_a_task_takes_its_labels(kind):
    y = torch.tensor([0, 2, 1, 1])
    target = y if kind == "single_label" else torch.eye(3)[y] > 0
    output = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    expected = {
        "single_label": torch.nn.functional.cross_entropy(output, y),
        "multi_label": torch.nn.BCEWithLogitsLoss()(output, torch.eye(3)[y]),
    }[kind]
    torch.testing.assert_close(getattr(tasks, kind)("NSV").loss(output, target), expected)


def random_outputs(seed=0, n=80):
    rng = np.random.default_rng(seed)
    y = rng.choice(3, n, p=[0.6, 0.2, 0.2])
    output = (rng.normal(size=(n, 3)) + np.eye(3)[y]).astype(np.float32)
    return y, output


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("macro_f1", lambda y, p: metrics.f1_score(y, p.argmax(1), average="macro")),
        ("accuracy", lambda y, p: metrics.accuracy_score(y, p.argmax(1))),
        ("auroc", lambda y, p: metrics.roc_auc_score(y, p, multi_class="ovr")),
        ("brier", lambda y, p: -np.mean((p - np.eye(3)[y]) ** 2)),
        ("loss", lambda y, p: -metrics.log_loss(y, p)),
    ],
)
def test_selection_of_a_single_label(select, expected):
    y, output = random_outputs()
    task = tasks.single_label("NSV", select=select)
    probability = torch.tensor(output).double().softmax(dim=1).numpy()
    assert task.selection(y, output) == pytest.approx(expected(y, probability), rel=1e-6)


def test_selection_of_several_labels_and_of_a_reconstruction():
    y, output = random_outputs()
    hot = y[:, None] == np.arange(3)
    task = tasks.multi_label("NSV")
    expected = metrics.roc_auc_score(hot, output, average="macro")
    assert task.selection(hot.astype(np.float32), output) == pytest.approx(expected)
    less = replace(task, select="hamming_loss")
    assert less.selection(hot, output) == pytest.approx(-metrics.hamming_loss(hot, output >= 0))
    task = tasks.reconstruction(classes="NSV")
    expected = metrics.roc_auc_score(y > 0, output[:, 1])
    assert task.selection(y, output[:, 1]) == pytest.approx(expected)
    assert task.selection(y > 0, output[:, 1]) == pytest.approx(expected)


def test_what_is_selected_is_what_is_reported():
    y, output = random_outputs()
    task = tasks.single_label("NSV", select="j_kappa", scores=["j_kappa"])
    table = report(task, y, task.probability(output), np.arange(80), n=2)
    assert task.selection(y, output) == table["value"].item()


def head_loss(output, target):
    """Stand for a loss whose target also says which head learns."""
    return output.mean()


def mean_of_heads(output):
    return softmax(output, axis=-1).mean(axis=1)


def test_a_loss_of_ones_own_may_have_a_target_with_more_columns():
    y, output = random_outputs()
    heads = np.stack([output, -output / 2], axis=1)  # (example, head, class)
    task = tasks.single_label("NSV", loss=head_loss, probability=mean_of_heads)
    target = np.stack([y, np.zeros_like(y)], axis=1)
    task.check(target)
    expected = metrics.f1_score(y, mean_of_heads(heads).argmax(axis=1), average="macro")
    assert task.selection(target, heads) == pytest.approx(expected)
    with pytest.raises(TrainingFailed, match="needs one class a sample"):
        tasks.single_label("NSV", loss=partial(focal_loss, gamma=1.0)).check(target)


ONE, SEVERAL = tasks.single_label("NSV"), tasks.multi_label("NSV")
ODD = tasks.reconstruction(classes="NSV")
HOT = np.array([[1, 0, 0], [0, 1, 1]]) > 0


@pytest.mark.parametrize(
    ("task", "target"),
    [
        (ONE, np.array([0, 2, 1])),
        (ONE, torch.tensor([0, 2, 1])),
        (ONE, Labelled(np.array([0, 1]), tuple("NSV"))),
        (ONE, np.array([0, 0])),  # one class is for fit to judge
        (SEVERAL, HOT),
        (SEVERAL, HOT.astype(np.float32)),
        (SEVERAL, torch.tensor(HOT)),
        (SEVERAL, np.array([[1, -1, np.nan]])),
        (SEVERAL, Labelled(HOT, tuple("NSV"))),
        (ODD, np.zeros(4, int)),
        (ODD, np.zeros((4, 1, 20), np.float32)),
    ],
)
def test_what_fits_is_let_through(task, target):
    task.check(target)


@pytest.mark.parametrize(
    ("task", "target", "message"),
    [
        (ONE, HOT, "single_label task needs one class a sample.*tasks.multi_label"),
        (ONE, HOT.astype(np.float32), "needs one class a sample"),
        (ONE, HOT.astype(int), "needs one class a sample"),
        (ONE, torch.tensor(HOT), "needs one class a sample"),
        (ONE, np.array([0.0, 1.0]), "must hold class numbers"),
        (ONE, np.array([0, 3]), "unknown class 3"),
        (ONE, np.array([0, -1]), "unknown class -1"),
        (ONE, Labelled(np.array([0, 1]), ("N", "V")), "the examples have the classes N, V but"),
        (SEVERAL, np.array([0, 2, 1]), "multi_label task needs multi-hot.*tasks.single_label"),
        (SEVERAL, HOT[:, :2], r"multi-hot labels \(sample, 3\), got labels of shape \(2, 2\)"),
        (SEVERAL, np.array([[0.2, 0.5, 1.0]]), "0 or 1"),
        (ODD, HOT, "reconstruction task needs one class a sample"),
    ],
)
def test_what_does_not_fit_is_refused(task, target, message):
    with pytest.raises(TrainingFailed, match=message):
        task.check(target)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: tasks.single_label("N"), "2 or more classes"),
        (lambda: tasks.single_label(["N", "N"]), "a name of its own"),
        (lambda: tasks.single_label(["N", "macro"]), "no other row of a report has"),
        (lambda: tasks.multi_label([]), "1 or more classes"),
        (lambda: tasks.multi_label(["MI", "none"], none=True), "no other row of a report has"),
        (lambda: tasks.reconstruction(classes="SV"), "normal must be one of .* got 'N'"),
        (lambda: tasks.single_label("NV", select="f2"), "unknown score 'f2'"),
        (lambda: tasks.single_label("NV", select="j_kappa"), "it needs N, S, V, F, Q"),
        (lambda: tasks.multi_label("NV", scores=["j_kappa"]), "there is no score 'j_kappa'"),
        (lambda: tasks.reconstruction(classes="NV", scores=["exact_match"]), "there is no score"),
    ],
)
def test_a_task_that_cannot_work_is_refused_when_it_is_made(make, message):
    with pytest.raises(ScoreInvalid, match=message):
        make()


def test_a_score_of_two_classes_cannot_choose_an_epoch():
    y, output = random_outputs()
    task = tasks.single_label("NSV", select="ec57_ppv")
    with pytest.raises(ScoreInvalid, match="no row None, choose of S, V"):
        task.selection(y, output)


def test_a_task_may_be_changed_and_sent_to_another_process():
    task = tasks.reconstruction(classes="NSV", norm=1)
    again = pickle.loads(pickle.dumps(task))
    assert again.classes == ("N", "S", "V")
    np.testing.assert_array_equal(again.probability([[[1.0, -3.0]]]), [2])
    assert replace(ONE, select="accuracy").select == "accuracy"
    assert tasks.multi_label(["MI"]).classes == ("MI",)
