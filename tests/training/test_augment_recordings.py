"""Recordings as another hold of the electrodes would have given them."""

import torch

from ecgbook.training.augment_recordings import augment_recordings


def varied(x, seed=0):
    return augment_recordings(x, torch.Generator().manual_seed(seed))


def test_the_same_seed_varies_alike_and_each_recording_by_itself():
    x = torch.randn(4, 1, 500, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(varied(x), varied(x))
    gains = (varied(x) * x).sum(-1) / x.square().sum(-1)
    assert len(gains.unique()) == 4


def test_one_in_five_is_turned_upside_down_and_heights_vary_by_a_fifth():
    x = torch.ones(4000, 1, 200)
    x[..., ::2] = -1  # without a mean, so that the baseline does not count
    gain = (varied(x) * x).mean(-1).flatten()
    assert abs((gain < 0).float().mean() - 0.2) < 0.03
    # Blank stretches take off a twentieth on average.
    assert abs(gain.abs().mean() - 0.95) < 0.02
    assert abs(gain.abs().std() - 0.2) < 0.03


def test_a_stretch_of_up_to_a_tenth_is_blank():
    blank = (varied(torch.full((500, 1, 1000), 5.0)) == 0).float().mean(-1)
    assert 0 < blank.mean() < 0.06
    assert blank.max() <= 0.101
