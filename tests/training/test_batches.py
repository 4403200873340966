import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ecgbook.errors import TrainingFailed
from ecgbook.training.batches import batches, on_device, random_order

CPU = torch.device("cpu")


@given(st.integers(1, 60), st.integers(1, 60))
def test_batches_cut_the_order_and_keep_rows_together(n, batch_size):
    x, y = torch.arange(n) * 10, torch.arange(n)
    order = random_order(n, torch.Generator().manual_seed(0))
    cut = list(batches([x, y], order, batch_size))
    assert len(cut) == n // batch_size
    assert all(len(rows) == batch_size for _, rows in cut)
    assert all(torch.equal(a, b * 10) for a, b in cut)
    seen = torch.cat([b for _, b in cut]) if cut else order[:0]
    assert torch.equal(seen, order[: len(seen)])


@given(st.integers(1, 4), st.integers(1, 5))
def test_shares_make_up_the_batch(size, rows):
    n = 3 * size * rows
    order = random_order(n, torch.Generator().manual_seed(0))
    whole = [y for (y,) in batches([torch.arange(n)], order, size * rows)]
    shares = [
        [y for (y,) in batches([torch.arange(n)], order, size * rows, slice(rank, None, size))]
        for rank in range(size)
    ]
    for i, batch in enumerate(whole):
        assert torch.equal(torch.stack([share[i] for share in shares], 1).flatten(), batch)


def test_an_epoch_is_a_permutation():
    order = random_order(1000, torch.Generator().manual_seed(0))
    assert torch.equal(order.sort().values, torch.arange(1000))
    assert not torch.equal(order, torch.arange(1000))


def test_weighted_draws_follow_the_weights():
    weights = np.repeat([0.0, 1.0, 3.0], 10_000)
    order = random_order(len(weights), torch.Generator().manual_seed(0), weights)
    share = np.bincount(order // 10_000, minlength=3) / len(order)
    # Three standard deviations of a share near 1/4 among 30,000 draws are 0.0075.
    np.testing.assert_allclose(share, [0, 1 / 4, 3 / 4], atol=0.0075)


@pytest.mark.parametrize("weights", [[1, 1], [1, -1, 1], [0, 0, 0], [1, np.nan, 1], [1, np.inf, 1]])
def test_bad_weights_are_refused(weights):
    with pytest.raises(TrainingFailed, match="sample_weights must be 3 finite numbers"):
        random_order(3, torch.Generator(), weights)


GOOD = np.zeros((4, 1, 8), np.float32), np.array([0, 1, 0, 1])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (GOOD[0], "train must be a tuple"),
        ((GOOD[0],), "train must be a tuple"),
        ((GOOD[0].astype(np.float64), GOOD[1]), "input 0 of train must be float32, got .*float64"),
        ((GOOD[0].astype(np.int16), GOOD[1]), "input 0 of train must be float32, got .*int16"),
        ((GOOD[0], GOOD[1].astype(np.int32)), "target of train must be float32 .or int64"),
        ((GOOD[0], GOOD[1] == 1), "target of train must be float32 .or int64"),
        ((GOOD[0], GOOD[1] - 1), "target of train has class -1"),
        ((GOOD[0][:0], GOOD[1][:0]), "input 0 of train is empty"),
        ((GOOD[0][:, :, :0], GOOD[1]), "input 0 of train is empty"),
        ((GOOD[0], GOOD[1][:3]), r"one row an example in every array, got \[4, 3\]"),
    ],
)
def test_bad_arrays_are_refused(arrays, message):
    with pytest.raises(TrainingFailed, match=message):
        on_device(arrays, "train", CPU)


@given(st.integers(0, 3), st.integers(0, 7), st.sampled_from([np.nan, np.inf, -np.inf]))
def test_one_bad_sample_is_found(row, column, value):
    x = GOOD[0].copy()
    x[row, 0, column] = value
    with pytest.raises(TrainingFailed, match=f"in 1 of 4 examples, the first is example {row};"):
        on_device((x, GOOD[1]), "train", CPU)
    with pytest.raises(TrainingFailed, match="target of train has NaN"):
        on_device((GOOD[0], x[:, 0]), "train", CPU)


def test_a_read_only_array_is_copied_without_a_warning(recwarn):
    x = GOOD[0].copy()
    x.flags.writeable = False
    tensors = on_device((x, GOOD[1]), "train", CPU)
    assert not recwarn.list
    tensors[0] += 1
    assert not x.any()
