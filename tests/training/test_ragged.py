"""Recordings of different length: batches of one length, little padding, order kept."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from ecgbook.errors import TrainingFailed
from ecgbook.training import fit, predict
from ecgbook.training.batches import batch_rows, on_device, random_order
from tests.training.stand_ins import SINGLE, Examples, Ragged

CPU = torch.device("cpu")


def ragged(lengths, leads=1, seed=0):
    """Return signals with gaps of 3 samples between them, in which there is no number."""
    lengths = np.array(lengths)
    start = np.cumsum(lengths + 3) - lengths
    samples = np.full((leads, lengths.sum() + 3 * len(lengths)), np.nan, np.float32)
    for begin, length in zip(start, lengths, strict=True):
        random = np.random.default_rng((seed, begin))
        samples[:, begin : begin + length] = random.normal(size=(leads, length))
    return Ragged(samples, start, lengths)


class Mean(nn.Linear):
    """Sums of each lead, divided by the length that it is told."""

    def __init__(self, leads=1):
        super().__init__(leads, 3)
        self.seen = []

    def forward(self, x, length=None):
        self.seen.append(None if length is None else (x.shape[2], length.tolist()))
        time = x.shape[2] if length is None else length[:, None]
        return super().forward(x.sum(dim=2) / time)


def chance(seed=0):
    return torch.Generator().manual_seed(seed)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.integers(1, 3), st.data())
def test_rows_are_the_signals_with_zeros_after_them(lengths, leads, data):
    x = ragged(lengths, leads)
    flat = on_device((x, None), "x", nn.Identity(), CPU).inputs[0]
    rows = data.draw(st.lists(st.integers(0, len(lengths) - 1), min_size=1, max_size=8))
    batch = flat.index_select(0, torch.tensor(rows))
    longest = max(lengths[i] for i in rows)
    assert batch.shape == (len(rows), leads, longest)
    for row, i in zip(batch.numpy(), rows, strict=True):
        np.testing.assert_array_equal(row[:, : lengths[i]], x[i])
        assert not row[:, lengths[i] :].any()


def padded(rows, length):
    """Return how many samples are added to make all signals of a batch as long as the longest."""
    lengths = length[rows]
    return int((lengths.max(dim=1, keepdim=True).values - lengths).sum())


@given(st.integers(1, 8), st.integers(1, 20), st.integers(0, 2**31))
def test_batches_of_one_length_need_the_least_padding(batch_size, steps, seed):
    n = batch_size * steps  # up to 50 batches are sorted together
    length = torch.randperm(n, generator=chance(seed)) + 1  # 1 to n, once each
    rows = batch_rows(random_order(n, chance(seed)), batch_size, chance(seed), length)
    assert sorted(rows.flatten().tolist()) == list(range(n))
    # Neighbours in length: 0 + 1 + … + (batch_size − 1) samples a batch.
    assert padded(rows, length) == steps * batch_size * (batch_size - 1) // 2


def test_padding_of_a_large_set_is_that_of_sorted_pools():
    # Lengths uniform up to L. In pools of 50 batches each batch spans L / 50, half of it padded;
    # of 16 signals drawn at random the longest is 16/17 L on average, so 16/17 − 1/2 are padded.
    n, longest, batch_size = 64_000, 10_000, 16
    length = torch.randint(1, longest + 1, (n,), generator=chance())
    order = random_order(n, chance(1))
    pools = padded(batch_rows(order, batch_size, chance(2), length), length)
    random = padded(batch_rows(order, batch_size, chance(2)), length)
    assert pools / n == pytest.approx(longest / 100, rel=0.1)
    assert random / n == pytest.approx(longest * (16 / 17 - 1 / 2), rel=0.02)


def test_batches_come_in_another_order_and_company_each_epoch():
    length = torch.randint(1, 1000, (4000,), generator=chance())
    epochs = [batch_rows(random_order(4000, chance(i)), 8, chance(i), length) for i in range(2)]
    means = [length[rows].double().mean(dim=1) for rows in epochs]
    for mean in means:  # not from the shortest to the longest: |r| has a deviation of 0.045
        assert abs(np.corrcoef(np.arange(len(mean)), mean)[0, 1]) < 0.2
    first, second = ({frozenset(batch) for batch in rows.tolist()} for rows in epochs)
    assert len(first & second) < 10


@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_predictions_keep_the_order_and_get_the_lengths(batch_size):
    lengths = [7, 3, 9, 1, 5, 2, 8]
    x, model = ragged(lengths, leads=2), Mean(leads=2)
    expected = np.stack([x[i].mean(axis=1) for i in range(len(lengths))])
    expected = expected @ model.weight.detach().numpy().T + model.bias.detach().numpy()
    np.testing.assert_allclose(predict(model, x, batch_size=batch_size), expected, rtol=1e-4)
    seen = [length for _, batch in model.seen for length in batch]
    assert sorted(seen) == sorted(lengths)
    assert all(width == max(batch) for width, batch in model.seen)
    examples = Examples(x, np.zeros(7, int), length=np.array(lengths))
    np.testing.assert_allclose(predict(model, examples), expected, rtol=1e-4)


def test_a_model_that_asks_for_no_length_is_given_none():
    class Plain(Mean):
        def forward(self, x):
            return super().forward(x)

    model = Plain()
    predict(model, ragged([4, 2]))
    assert model.seen == [None]


def test_padded_examples_tell_their_length_too():
    x, length = np.ones((4, 1, 10), np.float32), np.array([10, 5, 2, 1])
    model = Mean()
    predict(model, Examples(x, np.zeros(4, int), length=length))
    assert model.seen == [(10, [10, 5, 2, 1])]


def test_training_on_ragged_signals_learns_and_sees_like_lengths_together():
    random = np.random.default_rng(0)
    lengths, y = random.permutation(np.arange(20, 260)), random.integers(0, 3, 240)
    x = ragged(lengths)
    for i in range(240):
        x[i][:] += y[i]
    model = Mean()
    train, valid = (
        Examples(Ragged(x.samples, x.start[part], x.length[part]), y[part], length=lengths[part])
        for part in (slice(160), slice(160, None))
    )
    options = {"epochs": 15, "batch_size": 8, "lr": 0.3, "device": "cpu", "progress": False}
    history = fit(model, train, valid, task=SINGLE, **options)
    assert max(record["valid_score"] for record in history) > 0.95
    batches = [batch for _, batch in model.seen if len(batch) == 8]
    spread = np.mean([max(batch) - min(batch) for batch in batches])
    assert spread < 30  # of lengths from 20 to 259; by chance 8 of them span 185 on average


def test_a_gap_in_a_signal_is_found_and_one_beside_it_is_not():
    x = ragged([5, 6, 7])
    on_device((x, None), "x", nn.Identity(), CPU)
    x.samples[0, x.start[1] + 2] = np.inf
    with pytest.raises(TrainingFailed, match=r"input 0 of x.* has NaN .* values in 1 of 18"):
        on_device((x, None), "x", nn.Identity(), CPU)


def test_no_signal_at_all_is_refused():
    with pytest.raises(TrainingFailed, match="is empty"):
        predict(Mean(), Ragged(np.zeros((1, 5), np.float32), np.array([], int), np.array([], int)))
