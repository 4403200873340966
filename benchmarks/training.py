"""Batches of ours against a DataLoader, and training steps with channels last against without.

Run ``python benchmarks/training.py``. The first table serves one epoch of the same 20,000 beats in
shuffled batches of 128, to no model and then to the training step of a very small network. The
second takes the training step of the beat CNN on one thread, as `fit` does and as it is written,
with its one-dimensional convolutions in float32.
"""

from contextlib import nullcontext
from functools import partial

import torch
from _timing import paired, print_table
from _training import epochs, training_step
from torch import nn

from ecgbook.training import channels_last, cross_entropy

BEATS, SAMPLES, BATCH = 20_000, 187, 128


def no_model(x, y):
    """Take a batch and do nothing with it."""


def small_network():
    """Return a training step that costs little, so that serving the batches shows."""
    torch.manual_seed(0)
    convolution = nn.Conv1d(1, 8, 7, stride=4)
    layers = convolution, nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(8, 5)
    model = nn.Sequential(*layers)
    optimizer = torch.optim.AdamW(model.parameters())

    def step(x, y):
        optimizer.zero_grad()
        cross_entropy(model(x), y).backward()
        optimizer.step()

    return step


def compare_batches(step):
    """Time one epoch of ours and one as most public ECG code has it."""
    return paired(*epochs(BEATS, SAMPLES, BATCH, step, step))


def network_step(layout, precision):
    """Return a training step of the beat CNN on one batch, in a layout and a precision."""
    step = training_step("beat_cnn", layout, precision)
    return partial(step, torch.randn(BATCH, 1, SAMPLES), torch.randint(5, (BATCH,)))


def main():
    """Print one line a case."""
    torch.set_num_threads(1)
    print_table(
        f"One epoch of {BEATS:,} beats of {SAMPLES} samples (other: DataLoader(TensorDataset))",
        [
            ("no model", compare_batches(no_model)),
            ("a very small network", compare_batches(small_network())),
        ],
    )
    plain = network_step(nullcontext, "float32")
    print_table(
        f"One step of the beat CNN on {BATCH} beats (other: Conv1d in float32)",
        [
            (
                f"channels last in {precision}",
                paired(network_step(channels_last, precision), plain, 21),
            )
            for precision in ("float32", "bfloat16")
        ],
    )


if __name__ == "__main__":
    main()
