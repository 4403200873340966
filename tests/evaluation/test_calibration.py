import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from sklearn import metrics
from sklearn.calibration import calibration_curve

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import (
    apply_temperature,
    calibration_error,
    fit_temperature,
    reliability_curve,
    top_label,
)


@st.composite
def forecasts(draw):
    n = draw(st.integers(1, 40))
    positive = draw(st.lists(st.booleans(), min_size=n, max_size=n))
    tenths = draw(st.lists(st.integers(0, 10), min_size=n, max_size=n))
    return np.array(positive), np.array(tenths) / 10


@pytest.fixture
def sure():
    """Labels, and logits that are right in their order but twice too large."""
    rng = np.random.default_rng(8)
    logits = rng.normal(size=(20_000, 4)) * 1.5
    chance = apply_temperature(logits, 1)
    y = (chance.cumsum(axis=1) < rng.random((20_000, 1))).sum(axis=1)
    return y, 2 * logits


def test_reliability_curve_equals_scikit_learn_where_nothing_ties():
    rng = np.random.default_rng(9)
    probability = rng.random(1000)
    positive = rng.random(1000) < probability**2
    curve = reliability_curve(positive, probability, bins=10)
    observed, predicted = calibration_curve(positive, probability, n_bins=10, strategy="quantile")
    np.testing.assert_allclose(curve["observed"], observed)
    np.testing.assert_allclose(curve["predicted"], predicted)
    np.testing.assert_array_equal(curve["count"], 100)


def test_equal_probabilities_share_a_bin():
    curve = reliability_curve([1, 0, 1, 1, 0], [0.5, 0.5, 0.5, 0.5, 0.9], bins=5)
    assert curve["count"].tolist() == [4, 1]
    assert curve["observed"].tolist() == [0.75, 0]
    assert len(reliability_curve([0, 1, 1], [0.3, 0.3, 0.3])) == 1


@settings(deadline=None, max_examples=50)
@given(forecasts(), st.integers(1, 12))
def test_no_sample_is_lost_and_no_bin_is_empty(case, bins):
    positive, probability = case
    curve = reliability_curve(positive, probability, bins)
    assert curve["count"].sum() == len(positive)
    assert curve["count"].min() >= 1
    assert len(curve) <= bins
    assert np.isclose((curve["observed"] * curve["count"]).sum(), positive.sum())
    assert np.isclose((curve["predicted"] * curve["count"]).sum(), probability.sum())


def test_calibration_error_by_hand():
    # 0.2 comes true in 1 of 4, 0.9 in 1 of 2: gaps of 0.05 and 0.4.
    positive = [0, 1, 0, 0, 1, 0]
    probability = [0.2, 0.2, 0.2, 0.2, 0.9, 0.9]
    expected = 4 / 6 * 0.05 + 2 / 6 * 0.4
    assert calibration_error(positive, probability, bins=2) == pytest.approx(expected)


def test_top_label():
    correct, confidence = top_label([1, 0], [[0.3, 0.7], [0.4, 0.6]])
    assert correct.tolist() == [True, False]
    assert confidence.tolist() == [0.7, 0.6]


def test_temperature_finds_how_much_too_sure_the_logits_are(sure):
    y, logits = sure
    assert fit_temperature(y, logits) == pytest.approx(2, rel=0.05)


def test_temperature_minimises_the_log_loss(sure):
    y, logits = sure[0][:500], sure[1][:500]

    def loss(log_temperature):
        probability = apply_temperature(logits, np.exp(log_temperature))
        return metrics.log_loss(y, probability, labels=range(4))

    best = minimize_scalar(loss, bounds=(-2, 3), method="bounded", options={"xatol": 1e-9})
    assert fit_temperature(y, logits) == pytest.approx(np.exp(best.x), rel=1e-5)


def test_temperature_mends_calibration_and_keeps_the_classes(sure):
    y, logits = sure
    before = apply_temperature(logits, 1)
    after = apply_temperature(logits, fit_temperature(y, logits))
    np.testing.assert_array_equal(before.argmax(1), after.argmax(1))
    assert calibration_error(*top_label(y, before)) > 0.1
    assert calibration_error(*top_label(y, after)) < 0.02


def test_temperature_ends_at_its_bounds():
    assert fit_temperature([0, 1], [[1.0, 0.0], [0.0, 1.0]]) == 0.01  # no error
    assert fit_temperature([1, 0], [[1.0, 0.0], [0.0, 1.0]]) == 100  # always wrong
    assert fit_temperature([0, 1], [[0.0, 0.0], [0.0, 0.0]]) == 100  # knows nothing


@pytest.mark.parametrize(
    ("function", "labels", "values", "message"),
    [
        (reliability_curve, [0, 1], [0.1, np.nan], "NaN"),
        (reliability_curve, [0, 1], [0.1, 1.1], "between 0 and 1"),
        (reliability_curve, [0, 1], [0.1], "shape"),
        (calibration_error, [0, 2], [0.1, 0.2], "unknown class 2"),
        (top_label, [0, 1], [0.5, 0.5], r"\(sample, class\)"),
        (top_label, [0, 1], [[0.5, 0.6], [0.5, 0.5]], "add up to 1"),
        (fit_temperature, [0, 1], [[0.5, np.inf], [0.5, 0.5]], "infinite"),
        (fit_temperature, [0], [[0.5, 0.1], [0.5, 0.5]], "shape"),
    ],
)
def test_bad_input_is_refused(function, labels, values, message):
    with pytest.raises(ScoreInvalid, match=message):
        function(labels, values)


def test_a_curve_needs_a_bin():
    with pytest.raises(ScoreInvalid, match="one bin"):
        reliability_curve([0, 1], [0.1, 0.2], bins=0)
