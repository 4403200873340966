import numpy as np
import pytest
import torch

from ecgbook.datasets import with_leads
from ecgbook.errors import TrainingFailed
from ecgbook.training import drop_leads, lead_dropout
from tests.datasets.test_leadsets import twelve


def chance(seed=0):
    return torch.Generator().manual_seed(seed)


def shown(x):
    """Return how many leads of each recording are not 0."""
    return (x.abs().sum(dim=2) > 0).sum(dim=1)


def test_each_recording_shows_a_set_or_all():
    x = torch.ones(2_000, 12, 3)
    n = shown(lead_dropout(sets=(6, 4, 3, 2), whole=0.4)(x, chance()))
    assert set(n.tolist()) == {12, 6, 4, 3, 2}
    # Whole: 0.4 of 2,000, standard deviation √(2000 · 0.4 · 0.6) = 22; a set 0.15, 16.
    assert abs(int((n == 12).sum()) - 800) < 5 * 22
    for size in (6, 4, 3, 2):
        assert abs(int((n == size).sum()) - 300) < 5 * 16


def test_what_is_shown_is_as_with_leads():
    examples = twelve()
    augment = lead_dropout(sets=[3], whole=0.0)
    expected = with_leads(examples, 3, others="zero").x
    np.testing.assert_array_equal(augment(torch.from_numpy(examples.x), chance()), expected)


def test_whole_recordings_stay_as_they_are_and_nothing_is_changed_in_place():
    x = torch.randn(8, 12, 4, generator=chance(1))
    before = x.clone()
    torch.testing.assert_close(lead_dropout(whole=1.0)(x, chance()), before, rtol=0, atol=0)
    lead_dropout(sets=[2], whole=0.0)(x, chance())
    torch.testing.assert_close(x, before, rtol=0, atol=0)


def test_chance_comes_from_the_generator_alone():
    x = torch.ones(64, 12, 1)
    augment = lead_dropout()
    first, again, other = (augment(x, chance(seed)) for seed in (3, 3, 4))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"whole": 1.5}, "a chance from 0 to 1"),
        ({"sets": []}, "every lead set must be a part of"),
        ({"leads": ["I", "II"], "sets": [3]}, "every lead set must be a part of I, II"),
    ],
)
def test_sets_that_the_examples_do_not_have_are_refused(options, message):
    with pytest.raises(TrainingFailed, match=message):
        lead_dropout(**options)


def test_recordings_of_other_leads_are_refused():
    with pytest.raises(TrainingFailed, match="lead sets of 12 leads for recordings of 3"):
        lead_dropout()(torch.ones(1, 3, 2), chance())
    with pytest.raises(TrainingFailed, match="lead sets of 2 leads for recordings of 3"):
        drop_leads(torch.ones(1, 3, 2), chance(), kept=((True, False),))
