import doctest

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ecgbook.errors import TrainingFailed
from ecgbook.training import augment as module
from ecgbook.training import augment_beats, time_stretch, time_warp


def bump(width, length=200, peak=80):
    """A triangle of height 1 about the R peak, shape (1, 1, time)."""
    time = torch.arange(length)
    return (1 - (time - peak).abs() / width).clamp(min=0)[None, None]


def test_examples_in_docstrings_hold():
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("pace", [0.5, 2.0])
def test_a_faster_beat_is_narrower_about_its_r_peak(pace):
    played = time_stretch(bump(20), torch.tensor([pace]))
    torch.testing.assert_close(played, bump(20 / pace), atol=1e-5, rtol=0)


def test_at_its_own_pace_a_beat_stays_as_it_is():
    x = torch.randn(3, 2, 50, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(time_stretch(x, torch.ones(3)), x)


def test_each_beat_has_its_own_pace_and_all_its_leads_the_same():
    x = bump(20).repeat(2, 2, 1)
    slow, fast = time_stretch(x, torch.tensor([0.5, 2.0]))
    torch.testing.assert_close(slow[0], slow[1])
    assert slow.sum() == pytest.approx(4 * float(fast.sum()), rel=0.02)


def test_beyond_its_ends_a_fast_beat_is_held():
    x = torch.linspace(-1, 1, 10)[None, None]
    played = time_stretch(x, torch.tensor([3.0]), peak=0.5)[0, 0]
    assert played[:3].tolist() == [-1, -1, -1]
    assert played[-2:].tolist() == [1, 1]


def varied(x, seed=0):
    return augment_beats(x, torch.Generator().manual_seed(seed))


def test_the_chance_is_the_generators():
    x = bump(10).repeat(8, 1, 1)
    torch.testing.assert_close(varied(x), varied(x), rtol=0, atol=0)
    assert not torch.equal(varied(x), varied(x, seed=1))
    assert len({float(beat.max()) for beat in varied(x)}) == 8


def test_heights_vary_by_the_stated_share_about_the_true_one():
    x = torch.ones(4000, 1, 50)
    height = varied(x).mean(dim=(1, 2)).numpy()
    assert height.mean() == pytest.approx(1, abs=0.01)
    assert np.std(height) == pytest.approx(0.15, abs=0.02)  # wander adds a little


@given(st.integers(2, 4), st.integers(1, 3), st.integers(16, 400), st.integers(0, 2**31))
def test_shape_type_and_a_flat_beat_survive(beats, leads, time, seed):
    flat = varied(torch.zeros(beats, leads, time), seed)
    assert flat.shape == (beats, leads, time)
    assert flat.dtype == torch.float32
    assert flat.abs().max() < 0.3


def test_the_r_peak_stays_within_three_samples():
    where = {int(varied(bump(5), seed).argmax()) for seed in range(50)}
    assert where == set(range(77, 84))


@given(st.integers(0, 2**31), st.integers(0, 4), st.integers(20, 60), st.floats(0.45, 0.55))
def test_a_warped_beat_keeps_its_r_peak_and_loses_as_many_ticks_as_it_gains(
    seed, ticks, length, peak
):
    x = torch.arange(float(length)).repeat(5, 2, 1)
    y = time_warp(x, torch.Generator().manual_seed(seed), peak=peak, ticks=ticks)
    torch.testing.assert_close(y[:, 0], y[:, 1], rtol=0, atol=0)
    centre = int(peak * length)
    assert (y[:, 0, centre] == centre).all()
    for beat in y[:, 0]:
        assert (beat.diff() >= 0).all()
        for side in (beat[:centre], beat[centre + 1 :]):
            shown = set(side.floor().tolist())
            own = set(range(centre)) if side[0] < centre else set(range(centre + 1, length))
            assert shown <= own
            assert len(own) - len(shown) == ticks  # left out, and as many were doubled


def test_a_doubled_tick_is_followed_by_the_mean_of_it_and_the_next():
    x = torch.tensor([0.0, 10, 40, 90, 160, 250, 360]).repeat(200, 1, 1)
    warped = time_warp(x, torch.Generator().manual_seed(0), peak=0.5, ticks=1)[:, 0]
    # Of 0 10 40 one is doubled and another left out; a mean that is last on its side has 90 next.
    seen = {tuple(beat.tolist()) for beat in warped[:, :3]}
    assert seen == {(0, 5, 40), (0, 5, 10), (10, 25, 40), (0, 10, 25), (10, 40, 65), (0, 40, 65)}


def test_a_side_too_short_to_warp_is_refused():
    with pytest.raises(TrainingFailed, match="needs 14 samples on each side of the R peak, got 8"):
        time_warp(torch.zeros(1, 1, 20), torch.Generator())
