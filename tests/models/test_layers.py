"""Networks as tables: sizes worked by hand, and nothing of the model disturbed."""

import pytest
import torch
from torch import nn

from ecgbook.models import BeatCNN, layer_table
from ecgbook.models.layers import describe


def test_sizes_of_the_network_for_beats_are_those_worked_by_hand():
    table = layer_table(BeatCNN(leads=2, classes=4, width=32), torch.zeros(1, 2, 256))
    blocks = [("beat.0", 32, 2 * 7 * 32), ("beat.1", 64, 32 * 5 * 64)]
    blocks += [("beat.2", 64, 64 * 5 * 64), ("beat.3", 96, 64 * 5 * 96)]
    length = 256
    for block, channels, weights in blocks:
        layers = table.loc[f"{block}.0" : f"{block}.3"]
        assert [*layers.output] == [(channels, length)] * 3 + [(channels, length // 2)]
        assert [*layers.parameters] == [weights, 2 * channels, 0, 0]  # a scale and a shift each
        length //= 2
    head = table.loc["head.0":]
    assert [*head.output] == [(64,), (64,), (64,), (4,)]
    assert [*head.parameters] == [96 * 64 + 64, 0, 0, 64 * 4 + 4]


def test_stride_and_no_padding_shorten_as_the_formula_says():
    network = nn.Sequential(nn.Conv1d(1, 2, 7, stride=3), nn.ConvTranspose1d(2, 1, 4, stride=2))
    table = layer_table(network, torch.zeros(5, 1, 100))
    assert [*table.output] == [(2, (100 - 7) // 3 + 1), (1, (32 - 1) * 2 + 4)]
    assert [*table.layer] == [
        "convolution, kernel 7, stride 3",
        "transposed convolution, kernel 4, stride 2",
    ]


def test_a_layer_called_twice_has_two_rows_and_its_weights_once():
    shared = nn.Linear(4, 4)
    table = layer_table(nn.Sequential(shared, nn.ReLU(), shared), torch.zeros(1, 4))
    assert [*table.layer] == ["linear", "ReLU", "linear"]
    assert [*table.parameters] == [20, 0, 0]


def test_frozen_weights_count():
    assert layer_table(nn.Linear(3, 2).requires_grad_(False), torch.zeros(1, 3)).parameters[""] == 8


def test_of_several_outputs_the_first_is_shown():
    table = layer_table(nn.LSTM(1, 6, batch_first=True), torch.zeros(2, 30, 1))
    assert [*table.output] == [(30, 6)]


def test_the_model_is_left_as_it_was():
    norm, dropout = nn.BatchNorm1d(1), nn.Dropout().eval()
    model = nn.Sequential(norm, dropout)
    layer_table(model, torch.full((2, 1, 8), 5.0))
    assert norm.running_mean.item() == 0
    assert norm.training
    assert not dropout.training
    assert not norm._forward_hooks


def test_a_failing_run_leaves_no_hook_and_no_changed_mode():
    model = nn.Sequential(nn.Linear(3, 2))
    with pytest.raises(RuntimeError):
        layer_table(model, torch.zeros(1, 4))
    assert model.training
    assert not model[0]._forward_hooks


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (nn.Conv1d(1, 8, 7), "convolution, kernel 7"),
        (nn.Conv1d(1, 8, 3, dilation=4), "convolution, kernel 3, dilation 4"),
        (nn.Conv2d(1, 8, (3, 5)), "convolution, kernel 3 × 5"),
        (nn.MaxPool1d(2), "max pooling 2"),
        (nn.Unflatten(1, (5, 1)), "Unflatten"),
    ],
)
def test_layers_in_words(layer, words):
    assert describe(layer) == words
