"""Pictures against pyts, against values worked by hand, and what is refused."""

import math
import warnings

import numpy as np
import pytest
import torch

from ecgbook import RecordInvalid
from ecgbook.images import from_gasf, gadf, gasf, mtf, rank_twin, recurrence, segment_means
from ecgbook.images.markov import levels
from tests.images.signals import made, real_beats

FIELDS = {"gasf": gasf, "gadf": gadf, "mtf": mtf, "recurrence": recurrence}
each_field = pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
# All samples; a divisor of neither length; segments of 2 and 3, of 4, and of 15 and 16.
SIZES = [(187, None), (187, 64), (187, 180), (188, 47), (1000, 64), (1000, 256)]


def pyts(kind, size=None, **settings):
    """Return what pyts computes, from float64 (signal, time)."""
    image = pytest.importorskip("pyts.image")
    if kind in ("summation", "difference"):
        transformer = image.GramianAngularField(image_size=size or 1.0, method=kind)
    elif kind == "mtf":
        transformer = image.MarkovTransitionField(image_size=size or 1.0, **settings)
    else:
        transformer = image.RecurrencePlot(**settings)

    def transform(x):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that some quantiles are equal
            return transformer.transform(np.asarray(x, np.float64))

    return transform


def agree(ours, theirs, x):
    y = ours(torch.as_tensor(x))
    assert y.dtype == torch.float32
    np.testing.assert_allclose(y.numpy(), theirs(x), atol=1e-5, rtol=0)


@pytest.mark.parametrize(("time", "size"), SIZES)
def test_fields_are_those_of_pyts(time, size):
    x = made(12, time)
    agree(lambda x: gasf(x, size), pyts("summation", size), x)
    agree(lambda x: gadf(x, size), pyts("difference", size), x)
    agree(lambda x: mtf(x, size), pyts("mtf", size), x)


@pytest.mark.parametrize("strategy", ["quantile", "uniform", "normal"])
@pytest.mark.parametrize("bins", [2, 5, 10])
def test_levels_are_those_of_pyts(strategy, bins):
    settings = {"strategy": strategy, "n_bins": bins}
    agree(lambda x: mtf(x, bins=bins, strategy=strategy), pyts("mtf", **settings), made(12))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"dimension": 3, "time_delay": 4},
        {"threshold": "point"},
        {"threshold": "point", "percentage": 33},
        {"threshold": "distance", "percentage": 5},
        {"threshold": 0.5, "dimension": 2},
    ],
)
def test_recurrence_is_that_of_pyts(settings):
    ours = {("delay" if k == "time_delay" else k): v for k, v in settings.items()}
    agree(lambda x: recurrence(x, **ours), pyts("recurrence", **settings), made(12, 60))


@pytest.mark.real
def test_fields_of_4000_real_beats_are_those_of_pyts():
    beats = real_beats()
    assert beats.shape == (4000, 187)
    for x in np.split(beats, 20):
        agree(gasf, pyts("summation"), x)
        agree(gadf, pyts("difference"), x)
        agree(mtf, pyts("mtf"), x)
        agree(recurrence, pyts("recurrence"), x)
        agree(lambda x: gasf(x, 64), pyts("summation", 64), x)
        agree(lambda x: gadf(x, 64), pyts("difference", 64), x)
        agree(lambda x: mtf(x, 64), pyts("mtf", 64), x)


def test_thresholds_fall_on_the_side_of_pyts_on_signals_of_an_amplifier():
    # Steps of 5 µV: many distances are equal, and equal to the threshold.
    x = (np.random.default_rng(0).integers(-40, 40, (20, 60)) * 0.005).astype(np.float32)
    for settings in ({"threshold": "point"}, {"threshold": "distance"}, {"threshold": 0.1}):
        agree(lambda x, s=settings: recurrence(x, **s), pyts("recurrence", **settings), x)


def test_a_sine_close_to_a_peak_is_exact():
    # The last but one sample is 1e-6 of the range below the top: z = 1 - 2e-6, s = 2 √(1e-6).
    field = gadf(torch.tensor([0.0, 1.0 - 1e-6, 1.0], dtype=torch.float64).float())
    step = 1 - float(np.float32(1 - 1e-6))
    assert float(field[1, 2]) == pytest.approx(2 * math.sqrt(step * (1 - step)), abs=2e-7)


def test_segments_are_floored_at_both_ends():
    # Ten samples in four: 0–1, 2–4, 5–6, 7–9. adaptive_avg_pool1d takes 0–2, 2–4, 5–7, 7–9.
    assert segment_means(torch.arange(10.0), 4).tolist() == [0.5, 3.0, 5.5, 8.0]


def test_the_aggregated_field_is_the_mean_of_the_long_one():
    x = torch.as_tensor(made(3, 100))
    long = mtf(x)
    blocks = long.unflatten(1, (20, 5)).unflatten(3, (20, 5)).mean(dim=(2, 4))
    torch.testing.assert_close(mtf(x, 20), blocks)


def test_the_gramian_diagonal_holds_the_size_of_each_sample():
    x = torch.as_tensor(made(3))
    z = 2 * (x - x.amin(1, True)) / (x.amax(1, True) - x.amin(1, True)) - 1
    torch.testing.assert_close(gasf(x).diagonal(dim1=1, dim2=2), 2 * z**2 - 1, atol=1e-5, rtol=0)
    assert gadf(x).diagonal(dim1=1, dim2=2).abs().max() < 1e-6


def test_a_summation_field_gives_its_signal_back_up_to_its_sign():
    x = torch.as_tensor(made(20))
    z = 2 * (x - x.amin(1, True)) / (x.amax(1, True) - x.amin(1, True)) - 1
    back = from_gasf(gasf(x))
    off = torch.minimum((back - z).abs().amax(1), (back + z).abs().amax(1))
    assert off.max() < 1e-5
    torch.testing.assert_close(gasf(-x), gasf(x), atol=1e-6, rtol=0)
    torch.testing.assert_close(gasf(5 * x - 3), gasf(x), atol=1e-4, rtol=0)
    torch.testing.assert_close(gadf(-x), -gadf(x), atol=1e-6, rtol=0)


def test_a_field_of_a_signal_within_the_range_gives_it_back_as_well():
    z = torch.tensor([0.1, 0.5, -0.7, 0.2], dtype=torch.float64)
    s = (1 - z**2).sqrt()
    torch.testing.assert_close(from_gasf(z.outer(z) - s.outer(s)), -z)


@pytest.mark.parametrize("bins", [2, 8, 17])
def test_two_beats_that_no_field_of_quantiles_can_tell_apart(bins):
    x = torch.as_tensor(made(20))
    twin = rank_twin(x, factor=3.0)
    assert (twin.amax(1) - x.amax(1) > 0.1).all()
    for size in (187, 64):
        assert torch.equal(mtf(twin, size, bins=bins), mtf(x, size, bins=bins))
    assert not torch.allclose(gasf(twin), gasf(x), atol=0.1)


@pytest.mark.parametrize("strategy", ["quantile", "uniform"])
def test_no_field_can_tell_a_beat_from_the_one_upside_down(strategy):
    x = torch.as_tensor(np.random.default_rng(0).normal(size=(20, 60)))  # no sample on an edge
    how = {"bins": 6, "strategy": strategy}
    torch.testing.assert_close(mtf(-x, **how), mtf(x, **how))


@each_field
def test_leading_axes_stay_and_each_signal_has_a_picture_of_its_own(field):
    x = torch.as_tensor(made(6)).reshape(2, 3, 187)
    y = field(x, 50)
    assert y.shape == (2, 3, 50, 50)
    torch.testing.assert_close(y[1, 2], field(x[1, 2].numpy(), 50))


@each_field
def test_float64_stays_and_whole_numbers_become_float32(field):
    x = np.round(made(2)).astype(np.int64)
    assert field(x).dtype == torch.float32
    assert field(x.astype(np.float64)).dtype == torch.float64


@each_field
def test_it_can_be_compiled(field):
    x = torch.as_tensor(made(3))
    compiled = torch.compile(lambda x: field(x, 60), backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(x), field(x, 60))


@pytest.mark.parametrize(
    "field",
    [gasf, gadf, recurrence, lambda x, size: recurrence(x, size, dimension=2)],
    ids=["gasf", "gadf", "recurrence", "vectors"],
)
def test_gradients_are_those_of_small_steps(field):
    x = torch.tensor(np.random.default_rng(0).normal(size=(2, 10)), requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: field(x, 5), x)
    assert torch.autograd.gradcheck(lambda x: field(x, 10), x)


@pytest.mark.parametrize(
    ("field", "value"), [(gasf, 1.0), (gadf, 0.0), (mtf, 1.0), (recurrence, 0.0)]
)
def test_a_constant_signal_has_the_stated_value(field, value):
    for size in (None, 7):
        assert (field(torch.full((2, 50), 3.0), size) == value).all()
    flat_beside = torch.stack([torch.zeros(50), torch.arange(50.0)])
    assert field(flat_beside).isfinite().all()


def test_a_constant_signal_is_that_of_pyts():
    x = np.full((2, 50), 3.0, np.float32)
    agree(gasf, pyts("summation"), x)
    agree(gadf, pyts("difference"), x)
    agree(mtf, pyts("mtf"), x)


@each_field
@pytest.mark.parametrize(
    ("x", "size", "words"),
    [
        (np.array(1.0), None, r"signals \(…, time\)"),
        (np.zeros((3, 1)), None, "2 samples or more"),
        (np.zeros((0, 5)), None, r"shape \(0, 5\)"),
        (np.zeros(5, complex), None, "real signals"),
        (np.array([0.0, np.nan, 1.0]), None, "NaN or infinite"),
        (np.array([0.0, np.inf, 1.0]), 2, "NaN or infinite"),
        (np.arange(5.0), 6, "from 2 to the 5 samples of the signal, got 6"),
        (np.arange(5.0), 1, "got 1"),
        (np.arange(5.0), 2.5, "got 2.5"),
        (np.arange(5.0), True, "got True"),
    ],
)
def test_what_has_no_picture_is_refused(field, x, size, words):
    with pytest.raises(RecordInvalid, match=words):
        field(x, size)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: mtf(x, bins=1), "bins must be a whole number of 2 or more"),
        (lambda x: mtf(x, strategy="equal"), "'quantile', 'uniform', 'normal', got 'equal'"),
        (lambda x: recurrence(x, dimension=0), "dimension must be"),
        (lambda x: recurrence(x, dimension=3, delay=3), "no two moments"),
        (lambda x: recurrence(x, threshold="dots"), "threshold must be"),
        (lambda x: recurrence(x, threshold=-1), "threshold must be"),
        (lambda x: recurrence(x, threshold="point", percentage=101), "percentage must lie"),
        (lambda x: from_gasf(x), r"shape \(…, size, size\)"),
        (lambda x: from_gasf(torch.eye(3) * 2), "between -1 and 1"),
        (lambda x: rank_twin(x, factor=0), "factor must be above 0"),
    ],
)
def test_impossible_settings_are_refused(call, words):
    with pytest.raises(RecordInvalid, match=words):
        call(np.arange(7.0))


def test_a_sample_at_an_edge_belongs_to_the_level_below():
    assert levels([0.0, 1.0, 2.0, 3.0, 4.0], 4, "uniform").tolist() == [0, 0, 1, 2, 3]
    assert levels([5.0, 5.0, 5.0, 9.0], 3).tolist() == [0, 0, 0, 1]  # equal quantiles are one
