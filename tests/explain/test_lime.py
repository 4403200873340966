import numpy as np
import pytest
import torch
from lime.lime_base import LimeBase
from sklearn.metrics import pairwise_distances

from ecgbook import explain
from ecgbook.errors import EcgError
from ecgbook.explain.neighbourhood import agreement, draw_masks, kernel, ridge
from tests.explain.looking import LEADS, TIME, LooksAtOnePlace, beat_cnn, signals

N, SAMPLES, REPEATS = 3, 200, 4


def lime_by_the_library(model, x, segments, masks, label):
    """Explain one signal with the library's linear machinery, a mask after the other."""
    changed = np.repeat(x[None], len(masks), axis=0)
    for signal, mask in zip(changed, masks, strict=True):
        for segment in np.flatnonzero(~mask):
            for lead, place in enumerate(segments == segment):
                if place.any():
                    signal[lead, place] = x[lead, place].mean(dtype=np.float64)
    with torch.no_grad():
        probability = model(torch.as_tensor(changed)).softmax(dim=1).numpy()
    z = masks.astype(float)
    distance = 100 * pairwise_distances(z, z[:1], metric="cosine").ravel()
    base = LimeBase(lambda d, width=25: np.sqrt(np.exp(-(d**2) / width**2)))
    settings = {"num_features": z.shape[1], "feature_selection": "none"}
    constant, pairs, fit, _ = base.explain_instance_with_data(
        z, probability, distance, label, **settings
    )
    return constant, [value for _, value in sorted(pairs)], fit


@pytest.mark.parametrize("pieces", ["all leads", "by lead"])
def test_coefficients_are_those_of_the_library_on_the_same_perturbations(pieces):
    model, x = beat_cnn(), signals(N)
    segments = explain.uniform_segments(TIME, 6)
    if pieces == "by lead":
        segments = explain.by_lead(segments, LEADS)
    found = explain.lime_explanation(model, x, segments=segments, samples=SAMPLES, repeats=REPEATS)
    k = segments.max() + 1
    masks = np.concatenate([draw_masks(k, SAMPLES // REPEATS, seed) for seed in range(REPEATS)])
    wide = np.broadcast_to(segments, x.shape[1:])
    for i in range(N):
        for label in range(4):
            constant, values, fit = lime_by_the_library(model, x[i], wide, masks, label)
            np.testing.assert_allclose(found.coefficient[i, label], values, atol=1e-6)
            np.testing.assert_allclose(found.intercept[i, label], constant, atol=1e-6)
            np.testing.assert_allclose(found.fit[i, label], fit, atol=1e-4)


def test_segments_may_differ_between_signals_in_number_and_place():
    model, x = beat_cnn(), signals(3)
    maps = [explain.uniform_segments(TIME, n) for n in (4, 9, 4)]
    maps[2] = np.roll(maps[2], 5)
    together = explain.lime_explanation(model, x, segments=np.stack(maps)[:, None], samples=100)
    assert np.isnan(together.coefficient[0, :, 4:]).all()
    for i in range(3):
        alone = explain.lime(model, x[i : i + 1], segments=maps[i], samples=100)
        np.testing.assert_allclose(together.attribution()[i : i + 1], alone, atol=1e-6)


def test_what_belongs_to_no_segment_is_never_taken_away():
    segments = np.full(TIME, -1)
    segments[:30], segments[90:] = 7, 9  # numbers may have holes
    found = explain.lime_explanation(LooksAtOnePlace(), signals(), segments=segments, samples=50)
    assert not found.coefficient.any()
    assert np.isnan(found.fit).all()
    assert np.isnan(found.stability).all()
    assert "not defined" in repr(found)


def test_only_one_model_call_for_signals_that_come_out_alike():
    model, seen = beat_cnn(), []
    model.register_forward_pre_hook(lambda _, inputs: seen.append(len(inputs[0])))
    explain.lime(model, signals(2), segments=explain.uniform_segments(TIME, 3), samples=1000)
    assert sum(seen) <= 2 + 4 + 2 * 2**3  # whole, asked again, and all there are
    assert max(seen) <= 16


def test_no_more_than_a_chunk_of_signals_exists_at_a_time():
    model, seen = beat_cnn(), []
    model.register_forward_pre_hook(lambda _, inputs: seen.append(len(inputs[0])))
    explain.lime(model, signals(4), segments=explain.uniform_segments(TIME, 20), chunk=7)
    assert max(seen) == 7


def test_stability_is_one_where_one_segment_decides_and_low_where_nothing_does():
    place = np.zeros(TIME, int)
    place[40:60] = 1
    sure = explain.lime_explanation(LooksAtOnePlace(), signals(), segments=place, samples=100)
    np.testing.assert_allclose(sure.stability[:, 1], 1)

    class Hash(torch.nn.Module):
        """Answers that jump about, whichever part of the signal is changed."""

        def forward(self, x):
            score = torch.sin(1e4 * x.double().square().sum(dim=(1, 2))).float()
            return torch.stack([score, -score], dim=1)

    segments = explain.uniform_segments(TIME, 12)
    unsure = explain.lime_explanation(Hash(), signals(), segments=segments, samples=200)
    assert np.abs(unsure.stability).max() < 0.5
    assert unsure.fit.max() < 0.5
    assert "stability over 5 seeds" in repr(unsure)


def test_answers_may_be_explained_in_place_of_probabilities():
    """The answer is a sum over two segments, so its linear model is exact but for the penalty."""

    class Adds(torch.nn.Module):
        def forward(self, x):
            return torch.stack([x[:, 0, :60].mean(1) + 3 * x[:, 0, 60:].mean(1)] * 2, dim=1)

    x = np.ones((1, 1, TIME), np.float32)
    settings = {"segments": explain.uniform_segments(TIME, 2), "replace": "zero", "of": "answer"}
    found = explain.lime_explanation(Adds(), x, samples=4000, alpha=1e-9, **settings)
    np.testing.assert_allclose(found.coefficient[0, 0], [1, 3], atol=1e-6)
    np.testing.assert_allclose(found.fit, 1)


def test_masks_keep_everything_first_and_lose_each_number_alike():
    masks = draw_masks(4, 4001, seed=2)
    assert masks[0].all()
    lost = np.bincount((~masks[1:]).sum(axis=1), minlength=5)
    assert lost[0] == 0
    np.testing.assert_allclose(lost[1:] / 4000, 0.25, atol=0.03)
    np.testing.assert_allclose(masks.mean(axis=0), 1 - 2.5 / 4, atol=0.03)


def test_kernel_is_the_one_of_lime():
    z = draw_masks(7, 50).astype(float)
    z[3] = 0  # all are lost
    distance = 100 * pairwise_distances(z, z[:1], metric="cosine").ravel()
    expected = np.sqrt(np.exp(-(distance**2) / 25**2))
    np.testing.assert_allclose(kernel(z.astype(bool)), expected, atol=1e-12)


def test_ridge_by_hand():
    """One segment, kept once and lost once, y 1 and 0: half of the covariance over 1/2 + alpha."""
    coefficient, intercept, fit = ridge(np.array([[True], [False]]), np.ones(2), [1.0, 0.0], 1.0)
    np.testing.assert_allclose(coefficient, [1 / 3])
    np.testing.assert_allclose(intercept, 1 / 3)
    np.testing.assert_allclose(fit, 1 - 2 * (1 / 3) ** 2 / 0.5)


def test_agreement_is_the_mean_rank_correlation_of_all_pairs():
    same, turned = [1.0, 2.0, 4.0], [4.0, 2.0, 1.0]
    np.testing.assert_allclose(agreement(np.array([same, same, turned])), (1 - 1 - 1) / 3)
    assert np.isnan(agreement(np.array([same, [1.0, 1.0, 1.0]])))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"segments": explain.uniform_segments(TIME + 1, 4)},
            "signal of 121 samples, these have 120",
        ),
        ({"segments": np.zeros((2, 1, TIME), int)}, "does not fit signals of shape"),
        ({"segments": np.zeros(TIME)}, "whole numbers"),
        ({"segments": np.full(TIME, -1)}, "no segment that may be taken away"),
        ({"of": "logit"}, "of must be"),
        ({"repeats": 1}, "two seeds"),
        ({"replace": "noise"}, "replace must be one of mean, line, zero"),
        ({"replace": np.zeros((2, TIME))}, "signals to replace pieces by need shape"),
    ],
)
def test_settings_that_do_not_fit_are_refused(settings, message):
    settings = {"segments": explain.uniform_segments(TIME, 4)} | settings
    with pytest.raises(EcgError, match=message):
        explain.lime(beat_cnn(), signals(), **settings)
