"""Chapter 8: crops of recordings."""

import numpy as np
import pytest
import torch

from ecgbook.errors import RecordInvalid
from ecgbook.studies.lead_crops import CROPS, begins, cut_at_random, of_crops


def test_a_random_crop_is_a_piece_of_its_recording():
    x = torch.arange(40.0).repeat(200, 2, 1) + 100 * torch.arange(200.0)[:, None, None]
    cut = cut_at_random(x, torch.Generator().manual_seed(0), size=30)
    first = cut[:, 0, 0] - 100 * torch.arange(200.0)
    assert set(first.int().tolist()) == set(range(11))  # every place that there is room for
    torch.testing.assert_close(cut, x[:, :, :30] + first[:, None, None])


@pytest.mark.parametrize(
    ("crop", "expected"), [("centre", [[5]]), ("several", [[0], [5], [10]]), ("whole", [[0]])]
)
def test_places_of_crops(crop, expected):
    np.testing.assert_array_equal(begins(40, 30, crop, 1), expected)


def test_random_places_hang_on_the_seed_alone():
    one, same, other = (begins(1000, 819, "random", 50, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    assert one.min() >= 0
    assert one.max() <= 181


def test_what_is_said_of_crops_is_averaged():
    x = np.tile(np.arange(40.0), (3, 2, 1))
    first = {"centre": 5, "several": 5, "whole": 0}  # the mean of 0, 5 and 10 is 5
    for crop, mean in first.items():
        said = of_crops(lambda piece: piece[:, 0, :1], x, 30, crop)
        np.testing.assert_array_equal(said, np.full((3, 1), mean))
    sizes = [of_crops(lambda p: np.full((3, 1), p.shape[2]), x, 30, c)[0, 0] for c in CROPS]
    assert dict(zip(CROPS, sizes, strict=True)) == {**dict.fromkeys(CROPS, 30), "whole": 40}


def test_an_unknown_crop_is_refused():
    with pytest.raises(RecordInvalid, match="crop must be"):
        begins(10, 5, "left", 1)
