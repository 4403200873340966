"""Mu-law against its formula."""

import math

import numpy as np
import pytest

from ecgbook.errors import RecordInvalid
from ecgbook.signals import mu_law_decode, mu_law_encode


def curve(x, mu=255):
    return math.copysign(math.log(1 + mu * abs(x)) / math.log(1 + mu), x)


def test_levels_by_the_formula():
    signal = np.random.default_rng(0).uniform(-3, 3, 500)
    expected = [math.floor((curve(x / 3) + 1) / 2 * 255 + 0.5) for x in signal]
    levels = mu_law_encode(signal, full_scale=3.0)
    assert levels.dtype == np.int64
    assert levels.tolist() == expected


def test_a_level_stands_for_the_middle_of_its_range():
    for level in (0, 1, 64, 127, 128, 200, 255):
        y = 2 * level / 255 - 1
        x = math.copysign((256 ** abs(y) - 1) / 255, y)
        assert curve(x) == pytest.approx(y)
        assert mu_law_decode([level], full_scale=2.0)[0] == pytest.approx(2 * x, rel=1e-6)


@pytest.mark.parametrize("levels", [2, 16, 255, 256])
def test_every_level_comes_back(levels):
    all_levels = np.arange(levels)
    decoded = mu_law_decode(all_levels, full_scale=5.0, levels=levels)
    assert decoded.dtype == np.float32
    assert (np.diff(decoded) > 0).all()
    np.testing.assert_allclose(decoded, -decoded[::-1], atol=1e-6)
    np.testing.assert_array_equal(mu_law_encode(decoded, full_scale=5.0, levels=levels), all_levels)


def test_the_error_is_small_near_zero_and_small_in_proportion_far_from_it():
    signal = np.linspace(-1, 1, 20_001)
    error = np.abs(mu_law_decode(mu_law_encode(signal, full_scale=1.0), full_scale=1.0) - signal)
    step = np.log(256) / 255  # of x + 1/255, in proportion
    assert (error <= (np.abs(signal) + 1 / 255) * math.expm1(step) + 1e-6).all()
    assert error[np.abs(signal) < 0.001].max() < 1e-4


def test_zero_is_between_two_levels_and_large_values_are_cut_off():
    assert mu_law_encode([0.0], full_scale=1.0) == [128]
    assert mu_law_encode([0.0], full_scale=1.0, levels=255) == [127]
    assert mu_law_encode([-9.0, 9.0], full_scale=1.0).tolist() == [0, 255]
    assert mu_law_encode(np.zeros((2, 3)), full_scale=1.0).shape == (2, 3)


@pytest.mark.parametrize(
    ("function", "given", "settings", "message"),
    [
        (mu_law_encode, [0.0, np.nan], {"full_scale": 1.0}, "NaN or infinite"),
        (mu_law_encode, [0.0], {"full_scale": 0.0}, "a full scale above 0"),
        (mu_law_encode, [0.0], {"full_scale": 1.0, "levels": 1}, "2 levels or more"),
        (mu_law_decode, [256], {"full_scale": 1.0}, "whole numbers from 0 to 255"),
        (mu_law_decode, [-1], {"full_scale": 1.0}, "whole numbers from 0 to 255"),
        (mu_law_decode, [1.5], {"full_scale": 1.0}, "whole numbers .* got float64"),
    ],
)
def test_what_cannot_be_is_refused(function, given, settings, message):
    with pytest.raises(RecordInvalid, match=message):
        function(given, **settings)
