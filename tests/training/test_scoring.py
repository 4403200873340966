import copy
import doctest

import numpy as np
import pytest
import torch
from torch import nn

from ecgbook.errors import ModelInvalid, TrainingFailed
from ecgbook.models import create_model
from ecgbook.training import scoring
from ecgbook.training.scoring import anomaly_scores
from tests.training.stand_ins import Examples


class Half(nn.Linear):
    """Gives back half of each beat."""

    def forward(self, x):
        return x / 2


@pytest.fixture
def x():
    return np.random.default_rng(0).uniform(-1, 1, (9, 1, 320)).astype(np.float32)


@pytest.fixture
def generator(x):
    """An autoencoder whose running statistics are those of other beats."""
    model = create_model("autoencoder", code=8).train()
    with torch.no_grad():
        for scale in (0.2, 0.5):
            model(scale * torch.tensor(x))
    return model.eval()


def test_scores_by_hand():
    x = np.array([[[1, 0.5, 0, -1]], [[0, 0, 0, 0]], [[0.5, 0.5, 0.5, 0.5]]], np.float32)
    model = Half(1, 1)
    # Half of a beat is missing: of the first, squares 0.25, 0.0625, 0 and 0.25.
    assert anomaly_scores(model, x).tolist() == [0.5625 / 4, 0.0, 0.0625]
    assert anomaly_scores(model, x, norm=1).tolist() == [1.25 / 4, 0.0, 0.25]


@pytest.mark.parametrize("batch_size", [1, 2, 9, 1000])
def test_scores_are_in_order_whatever_the_batch(generator, x, batch_size):
    with torch.no_grad():
        again = generator(torch.tensor(x)).numpy()
    expected = ((again.astype(np.float64) - x) ** 2)[:, 0]  # (beat, time)
    score = anomaly_scores(generator, x, batch_size=batch_size)
    assert score.dtype == np.float32
    np.testing.assert_allclose(score, expected.mean(axis=1), rtol=1e-5)


@pytest.mark.parametrize("sizes", [("autoencoder", {}), ("memory_autoencoder", {"shrink": 0.0})])
def test_neighbours_do_not_change_a_score_as_they_do_in_train_mode(sizes, x):
    generator = create_model(sizes[0], code=8, **sizes[1]).train()
    among_others = np.concatenate([x[:1], 0.1 * x[1:]])
    alone = anomaly_scores(generator, x[:1])
    np.testing.assert_allclose(anomaly_scores(generator, x)[:1], alone, rtol=1e-5)
    np.testing.assert_allclose(anomaly_scores(generator, among_others)[:1], alone, rtol=1e-5)
    batches = [torch.tensor(batch) for batch in (x, among_others)]
    with torch.no_grad():
        first, second = [(generator(batch)[0] - batch[0]).square().mean() for batch in batches]
    assert abs(first - second) > 1e-3 * first


@pytest.mark.parametrize("training", [True, False])
def test_mode_and_statistics_stay_as_they_were(generator, x, training):
    generator.train(training)
    before = copy.deepcopy(generator.state_dict())
    anomaly_scores(generator, x)
    assert all(module.training == training for module in generator.modules())
    assert all(torch.equal(before[name], now) for name, now in generator.state_dict().items())


def test_bfloat16_is_near_float32_and_not_the_same(generator, x):
    exact, fast = (anomaly_scores(generator, x, precision=p) for p in ("float32", "bfloat16"))
    assert fast.dtype == np.float32
    assert not np.array_equal(fast, exact)
    np.testing.assert_allclose(fast, exact, rtol=0.02)  # numbers of 8 bits: steps of 0.4 %


def test_bad_beats_are_refused(generator, x):
    with pytest.raises(TrainingFailed, match=r"x reaches from -\d.* to 2\b.*datasets.scale_beats"):
        anomaly_scores(generator, np.append(x, np.full((1, 1, 320), 2, np.float32), axis=0))
    with pytest.raises(TrainingFailed, match=r"reaches from -1\.01 .*scale_beats"):
        anomaly_scores(generator, np.full((1, 1, 320), -1.01, np.float32))
    with pytest.raises(TrainingFailed, match="x must be float32"):
        anomaly_scores(generator, x.astype(np.float64))
    with pytest.raises(TrainingFailed, match="x is empty"):
        anomaly_scores(generator, x[:0])
    with pytest.raises(ModelInvalid, match=r"needs .* 320 samples, got .*\(9, 1, 300\)"):
        anomaly_scores(generator, x[..., :300])
    with pytest.raises(TrainingFailed, match=r"precision must be .* got 'double'"):
        anomaly_scores(generator, x, precision="double")
    with pytest.raises(TrainingFailed, match="norm must be 1 or 2, got 3"):
        anomaly_scores(generator, x, norm=3)
    x[4, 0, 7] = np.nan
    with pytest.raises(TrainingFailed, match=r"x has NaN .*in 1 of 9 .*example 4"):
        anomaly_scores(generator, x)


def test_rounding_beyond_one_is_no_error(generator, x):
    x[0, 0, 0] = 1 + 1e-6
    assert np.isfinite(anomaly_scores(generator, x)).all()


def test_examples_are_scored_as_their_beats(generator, x):
    examples = Examples(x, np.zeros(len(x), int))
    np.testing.assert_array_equal(anomaly_scores(generator, examples), anomaly_scores(generator, x))


def test_the_precision_that_is_native_is_one_of_the_two(generator, x):
    score = anomaly_scores(generator, x, precision="auto")
    both = [anomaly_scores(generator, x, precision=p) for p in ("float32", "bfloat16")]
    assert any(np.array_equal(score, other) for other in both)


def test_examples_in_docstrings_hold():
    results = doctest.testmod(scoring)
    assert results.attempted > 0
    assert results.failed == 0
