import numpy as np
import pytest
import torch
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score
from torch import nn

from ecgbook import explain
from ecgbook.errors import EcgError
from ecgbook.evaluation import bootstrap
from tests.explain.looking import LooksAtOnePlace, mask, signals


@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_area_is_scikit_learns_average_precision_with_ties(levels):
    rng = np.random.default_rng(levels)
    value, true = rng.integers(levels, size=(20, 2, 50)), rng.random((20, 2, 50)) < 0.2
    found = explain.mask_auprc(value, true)
    expected = [
        average_precision_score(t.ravel(), v.ravel()) for v, t in zip(value, true, strict=True)
    ]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_truth_is_the_ceiling_and_a_constant_the_share():
    true = mask()
    assert (explain.mask_auprc(explain.truth_attribution(true), true) == 1).all()
    assert (explain.pointing_game(explain.truth_attribution(true), true) == 1).all()
    np.testing.assert_allclose(explain.mask_auprc(0 * signals(), true), true.mean())
    np.testing.assert_allclose(explain.pointing_game(0 * signals(), true), true.mean())


def test_without_a_truth_there_is_no_score():
    x, nothing = signals(), np.zeros((4, 3, 120), bool)
    for score in (explain.mask_auprc, explain.pointing_game, explain.share_on_mask):
        assert np.isnan(score(x, nothing)).all()
    assert np.isnan(explain.share_on_mask(-np.abs(x), mask())).all()


def test_scores_of_the_examples_go_into_a_bootstrap_by_patient():
    scores = explain.mask_auprc(explain.random_attribution(signals()), mask())
    interval = bootstrap(np.mean, scores, groups=["a", "a", "b", "c"], n=50)
    assert interval.low <= scores.mean() <= interval.high


def test_agreement_is_scipys_rank_correlation():
    a, b = signals(seed=1).round(1), signals(seed=2).round(1)
    expected = [spearmanr(u.ravel(), v.ravel()).statistic for u, v in zip(a, b, strict=True)]
    np.testing.assert_allclose(explain.rank_agreement(a, b), expected)
    np.testing.assert_allclose(explain.rank_agreement(a, -a), -1)
    assert np.isnan(explain.rank_agreement(a, np.ones_like(a))).all()


@pytest.mark.parametrize(
    ("attribution", "true", "message"),
    [
        (signals()[0], mask()[0], "needs shape"),
        (np.full((1, 3, 120), np.nan), mask(1), "without NaN"),
        (signals(), mask()[:3], "must have one shape"),
        (signals(), mask().astype(int), "true or false"),
    ],
)
def test_scores_refuse_what_does_not_fit(attribution, true, message):
    with pytest.raises(EcgError, match=message):
        explain.mask_auprc(attribution, true)


def test_floors_know_no_model():
    x = signals()
    assert explain.random_attribution(x).dtype == explain.signal_attribution(x).dtype == np.float32
    qrs = explain.qrs_attribution(x, 60, fs=100, width_s=0.1)
    assert (qrs == qrs[:1, :1]).all()
    assert np.flatnonzero(qrs[0, 0]).tolist() == list(range(55, 66))
    several = explain.qrs_attribution(x, [[10, 90], 20, 30, 40], fs=100, width_s=0.02)
    assert np.flatnonzero(several[0, 0]).tolist() == [9, 10, 11, 89, 90, 91]
    with pytest.raises(EcgError, match="3 rows of R peaks for 4 signals"):
        explain.qrs_attribution(x, [1, 2, 3], fs=100)


class Counts(nn.Module):
    """Probability of class 1: the sigmoid of how many samples of lead 0 are 1."""

    def forward(self, x):
        return torch.stack([0 * x[:, 0, 0], x[:, 0].sum(dim=1)], dim=1)


def test_deletion_and_insertion_by_hand():
    x = np.array([[[1.0, 0.0, 1.0, 0.0]]], np.float32)
    order = np.array([[[4.0, 3.0, 2.0, 1.0]]])
    sigmoid = 1 / (1 + np.exp(-np.array([2.0, 1.0, 1.0, 0.0, 0.0])))
    settings = {"steps": 4, "replace": "zero"}
    gone = explain.deletion_curve(Counts(), x, order, 1, **settings)
    np.testing.assert_allclose(gone, [sigmoid], rtol=1e-6)
    come = explain.insertion_curve(Counts(), x, order, 1, **settings)
    np.testing.assert_allclose(come, [1 / (1 + np.exp(-np.array([0.0, 1, 1, 2, 2])))], rtol=1e-6)
    area = (sigmoid[1:] + sigmoid[:-1]).sum() / 2 / 4
    np.testing.assert_allclose(explain.deletion(Counts(), x, order, 1, **settings), area, rtol=1e-6)


def test_truth_is_deleted_sooner_and_inserted_sooner_than_chance():
    model, x = LooksAtOnePlace(), signals(20)
    truth, chance = explain.truth_attribution(mask(20)), explain.random_attribution(x)
    assert (explain.deletion(model, x, truth, 1) < explain.deletion(model, x, chance, 1)).all()
    assert (explain.insertion(model, x, truth, 1) > explain.insertion(model, x, chance, 1)).all()


def test_curves_do_not_depend_on_the_batch():
    model, x = LooksAtOnePlace(), signals()
    constant = np.ones_like(x)  # the order of equals is drawn
    together = explain.deletion_curve(model, x, constant, 1, chunk=5)
    alone = [explain.deletion_curve(model, x[i : i + 1], constant[:1], 1)[0] for i in range(4)]
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_curves_refuse_attributions_of_other_signals():
    with pytest.raises(EcgError, match="of the signals' shape"):
        explain.deletion(LooksAtOnePlace(), signals(), signals()[..., :-1])


def test_smoothing_keeps_the_mean_of_a_long_signal():
    x = signals()
    found = explain.smoothed(x, 5)
    np.testing.assert_allclose(found[..., 50], x[..., 48:53].mean(axis=-1), atol=1e-6)
    with pytest.raises(EcgError, match="width must be 1 to 120"):
        explain.smoothed(x, 121)
