import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ecgbook.errors import TrainingFailed
from ecgbook.models import create_model
from ecgbook.training.batches import Data, batch_rows, on_device, random_order
from tests.training.stand_ins import Examples

CPU, MODEL = torch.device("cpu"), torch.nn.Identity()


def chance(seed=0):
    return torch.Generator().manual_seed(seed)


@given(st.integers(1, 60), st.integers(1, 60))
def test_batches_cut_the_order_and_keep_rows_together(n, batch_size):
    data = Data([torch.arange(n) * 10, torch.arange(n) * 2], target=torch.arange(n))
    order = random_order(n, chance())
    rows = batch_rows(order, batch_size, chance())
    assert rows.shape == (n // batch_size, batch_size)
    assert torch.equal(rows.flatten(), order[: rows.numel()])
    for batch in rows:
        (tens, twos), named, target = data.batch(batch)
        assert torch.equal(target, batch)
        assert torch.equal(tens, batch * 10)
        assert torch.equal(twos, batch * 2)
        assert named == {}


def test_an_epoch_is_a_permutation():
    order = random_order(1000, chance())
    assert torch.equal(order.sort().values, torch.arange(1000))
    assert not torch.equal(order, torch.arange(1000))


def test_weighted_draws_follow_the_weights():
    weights = np.repeat([0.0, 1.0, 3.0], 10_000)
    order = random_order(len(weights), chance(), weights)
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
        (GOOD[0], "train must be Examples or a tuple"),
        ((GOOD[0],), "train must be Examples or a tuple"),
        ((GOOD[0].astype(np.float64), GOOD[1]), "input 0 of train must be float32, got .*float64"),
        ((GOOD[0].astype(np.int16), GOOD[1]), "input 0 of train must be float32, got .*int16"),
        ((GOOD[0], GOOD[1].astype(np.int32)), "target of train must be float32 .or int64"),
        ((GOOD[0], GOOD[1] == 1), "target of train must be float32 .or int64"),
        ((GOOD[0], GOOD[1] - 1), "target of train has -1, but classes count from 0"),
        ((GOOD[0][:0], GOOD[1][:0]), "input 0 of train is empty"),
        ((GOOD[0][:, :, :0], GOOD[1]), "input 0 of train is empty"),
        ((GOOD[0], GOOD[1][:3]), r"one row an example in every array, got \[4, 3\]"),
    ],
)
def test_bad_arrays_are_refused(arrays, message):
    with pytest.raises(TrainingFailed, match=message):
        on_device(arrays, "train", MODEL, CPU)


@given(st.integers(0, 3), st.integers(0, 7), st.sampled_from([np.nan, np.inf, -np.inf]))
def test_one_bad_sample_is_found(row, column, value):
    x = GOOD[0].copy()
    x[row, 0, column] = value
    with pytest.raises(TrainingFailed, match=f"in 1 of 4 examples, the first is example {row};"):
        on_device((x, GOOD[1]), "train", MODEL, CPU)
    with pytest.raises(TrainingFailed, match="target of train has NaN"):
        on_device((GOOD[0], x[:, 0]), "train", MODEL, CPU)


def test_a_read_only_array_is_copied_without_a_warning(recwarn):
    x = GOOD[0].copy()
    x.flags.writeable = False
    data = on_device((x, GOOD[1]), "train", MODEL, CPU)
    assert not recwarn.list
    data.inputs[0] += 1
    assert not x.any()


@pytest.mark.parametrize(
    "same",
    [
        lambda x: x.astype(x.dtype.newbyteorder(">")),
        lambda x: x[::-1].copy()[::-1],
        lambda x: np.asfortranarray(x),
        lambda x: np.repeat(x, 2, axis=0)[::2],
        torch.tensor,
        lambda x: np.ma.array(x),
    ],
    ids=["big-endian", "backwards", "columns first", "every other", "tensor", "nothing masked"],
)
def test_any_layout_of_an_array_is_taken(same):
    x, y = np.arange(24, dtype=np.float32).reshape(4, 1, 6), np.array([0, 1, 0, 2])
    data = on_device((same(x), same(y)), "train", MODEL, CPU)
    np.testing.assert_array_equal(data.inputs[0], x)
    np.testing.assert_array_equal(data.target, y)


def test_whole_numbers_are_taken_as_indices_after_the_first_input():
    kind = np.array([3, 0, 2, 1])
    data = on_device((GOOD[0], kind, GOOD[1]), "train", MODEL, CPU)
    assert data.inputs[1].tolist() == [3, 0, 2, 1]
    with pytest.raises(TrainingFailed, match="input 1 of train has -1, but indices count from 0"):
        on_device((GOOD[0], kind - 1, GOOD[1]), "train", MODEL, CPU)
    with pytest.raises(TrainingFailed, match=r"input 1 .* \(or int64 for indices\), got .*32"):
        on_device((GOOD[0], kind.astype(np.int32), GOOD[1]), "train", MODEL, CPU)
    with pytest.raises(TrainingFailed, match="input 0 of train must be float32, got"):
        on_device((kind, GOOD[0], GOOD[1]), "train", MODEL, CPU)


@pytest.mark.parametrize("as_array", [np.asarray, torch.tensor])
def test_several_labels_become_numbers_for_the_loss(as_array):
    y = np.array([[True, False], [True, True], [False, False], [False, True]])
    data = on_device((GOOD[0], as_array(y)), "train", MODEL, CPU)
    assert data.target.dtype == torch.float32
    np.testing.assert_array_equal(data.target, y)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.ma.masked_less(GOOD[0] + 1, 5), "has masked values"),
        (np.array(["a", "b", "c", "d"]), "cannot be made a tensor"),
        ([np.zeros((1, 8)), np.zeros((1, 9))], "cannot be made a tensor"),
        (GOOD[0].astype(complex), "must be float32, got torch.complex128"),
        (GOOD[0].astype(np.longdouble), "cannot be made a tensor"),
    ],
)
def test_arrays_that_no_network_takes_are_refused(x, message):
    with pytest.raises(TrainingFailed, match=f"input 0 of train {message}"):
        on_device((x, GOOD[1]), "train", MODEL, CPU)


def test_examples_bring_their_signals_features_and_target():
    features = np.arange(8, dtype=np.float32).reshape(4, 2)
    examples = Examples(*GOOD, features=features, feature_names=("rr_s", "age"))
    data = on_device(examples, "train", MODEL, CPU)
    assert [tuple(x.shape) for x in data.inputs] == [(4, 1, 8), (4, 2)]
    assert data.target.tolist() == [0, 1, 0, 1]
    assert data.length is None
    assert len(on_device(Examples(*GOOD), "train", MODEL, CPU).inputs) == 1
    for features, inputs in ((0, 1), (2, 2)):
        model = create_model("beat_cnn", classes=3, features=features)
        assert len(on_device(examples, "train", model, CPU).inputs) == inputs
