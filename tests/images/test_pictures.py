"""The published picture, against the same steps done one after the other on long fields."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from ecgbook import RecordInvalid
from ecgbook.images import gasf, mtf, nine_channels, recurrence
from tests.images.signals import ecg


def step_by_step(lead, size):
    """Return the three pictures of one lead (time,): long fields, then resized as images."""
    x = (lead - lead.min()) / (lead.max() - lead.min())
    long = (gasf(x) + 1) / 2, mtf(x, bins=10, strategy="uniform") / 5, recurrence(x)
    resized = functional.interpolate(
        torch.stack(long)[None], size=(size, size), mode="bilinear", align_corners=False
    )
    return resized[0]


@pytest.mark.parametrize(("time", "size"), [(1000, 256), (1000, 64), (300, 300), (250, 100)])
def test_channels_are_resized_long_fields_lead_by_lead(time, size):
    leads = torch.as_tensor(ecg("anterior_st_elevation")[:, :time])
    picture = nine_channels(leads, size)
    expected = torch.cat([step_by_step(lead, size) for lead in leads])
    torch.testing.assert_close(picture, expected, atol=1e-5, rtol=0)


def test_transition_fields_use_a_fifth_of_the_range():
    pictures = nine_channels(np.stack([ecg(seed=i) for i in range(4)]), 128)
    assert pictures.shape == (4, 9, 128, 128)
    assert pictures.min() >= -1e-6
    assert pictures.max() <= 1 + 1e-6
    assert pictures[:, 1::3].max() <= 0.2 + 1e-6
    assert pictures[:, 0::3].max() > 0.99


def test_volts_are_not_to_be_seen():
    x = ecg("lvh")
    torch.testing.assert_close(nine_channels(3 * x, 64), nine_channels(x, 64), atol=1e-4, rtol=0)


def test_a_flat_lead_has_the_stated_values():
    x = torch.as_tensor(ecg())
    x = torch.stack([x[0], torch.zeros(1000), x[2]])
    picture = nine_channels(x, 64)
    assert torch.allclose(picture[3], torch.tensor(1.0))
    assert torch.allclose(picture[4], torch.tensor(0.2))
    assert not picture[5].any()
    torch.testing.assert_close(picture[6:], nine_channels(x[2:], 64))


def test_a_picture_needs_leads():
    with pytest.raises(RecordInvalid, match=r"leads \(…, lead, time\)"):
        nine_channels(np.arange(300.0))
