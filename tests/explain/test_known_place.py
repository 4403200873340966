"""A model that looks at one known place: every method but the random one finds it."""

import numpy as np
import pytest

from ecgbook import explain
from tests.explain.looking import (
    BY_LAYER,
    LEADS,
    METHODS,
    TIME,
    WITHOUT_LEADS,
    AttendsToOnePlace,
    GivesBackAllButOnePlace,
    LooksAtOnePlace,
    mask,
    signals,
)


def assert_found(attribution, true):
    size = np.abs(attribution)
    assert size[~true].max() == 0
    assert (explain.mask_auprc(size, true) > 0.95).all()
    assert (explain.pointing_game(size, true) == 1).all()


@pytest.mark.parametrize("name", METHODS)
def test_is_found(name):
    # 400 masks of 18 segments are a sample: what is not looked at gets almost nothing in LIME.
    found = METHODS[name](LooksAtOnePlace().eval(), signals(), 1)
    if name == "LIME":
        found = np.where(np.abs(found) < 0.05 * found.max(axis=(1, 2), keepdims=True), 0, found)
    assert_found(found, mask())


@pytest.mark.parametrize("name", BY_LAYER)
def test_is_found_by_layer(name):
    settings = {"replace": "zero"} if name == "Grad-CAM by lead" else {}
    found = BY_LAYER[name](LooksAtOnePlace().eval(), signals(), 1, layer="window", **settings)
    # The steps of this layer are samples, so that nothing is stretched.
    assert_found(found, mask(lead=slice(None) if name in WITHOUT_LEADS else 1))


def test_is_found_by_attention():
    found = explain.attention_map(AttendsToOnePlace().eval(), signals())
    assert_found(found, mask(lead=slice(None)))


def test_is_found_by_the_residual_of_an_autoencoder():
    x = signals()
    found = explain.autoencoder_residual(GivesBackAllButOnePlace(), x)
    assert_found(found, mask())
    assert found[mask()].tolist() == np.abs(x[mask()]).tolist()


def test_is_not_found_by_chance():
    n = 200
    found = explain.random_attribution(np.zeros((n, LEADS, TIME)))
    share = mask().mean()  # what chance finds
    assert abs(explain.mask_auprc(found, mask(n)).mean() - share) < 0.03
    assert abs(explain.pointing_game(found, mask(n)).mean() - share) < 0.06


@pytest.mark.parametrize("name", ["integrated gradients", "occlusion", "LIME"])
def test_the_other_class_gets_the_contrary(name):
    model, x = LooksAtOnePlace().eval(), signals()
    with pytest.warns(explain.NeverPredicted, match="class 0 is the model's answer to none"):
        against = METHODS[name](model, x, 0)
    np.testing.assert_allclose(against, -METHODS[name](model, x, 1), atol=1e-6)
