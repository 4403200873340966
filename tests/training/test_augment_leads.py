import numpy as np
import pytest
import torch

from ecgbook.training import augment_leads as module


def varied(x, seed=0):
    return module.augment_leads(x, torch.Generator().manual_seed(seed))


@pytest.fixture
def quiet(monkeypatch):
    monkeypatch.setattr(module, "_NOISE", 0.0)


def test_a_recording_begins_elsewhere_and_is_higher_or_lower(quiet):
    x = torch.randn(8, 2, 50, generator=torch.Generator().manual_seed(1))
    rows = zip(x.numpy(), varied(x).numpy(), strict=True)
    for before, after in rows:
        gain = np.linalg.norm(after) / np.linalg.norm(before)
        turned = [gain * np.roll(before, -k, axis=1) for k in range(50)]
        assert min(np.abs(after - one).max() for one in turned) < 1e-5


def test_all_leads_of_a_recording_are_varied_alike_and_recordings_apart(quiet):
    one = torch.randn(1, 1, 50, generator=torch.Generator().manual_seed(1))
    out = varied(one.repeat(2, 2, 1))
    torch.testing.assert_close(out[:, 0], out[:, 1])
    assert not torch.allclose(out[0], out[1], atol=1e-2)


def test_noise_is_a_fiftieth_of_a_millivolt():
    assert float(varied(torch.zeros(10, 3, 1000)).std()) == pytest.approx(0.02, rel=0.05)
