"""Batches of ours against a DataLoader, and training steps with channels last against without.

Run ``python benchmarks/training.py``. The first table serves one epoch of the same 20,000 beats in
shuffled batches of 128, to no model and then to the training step of a very small network. The
second takes the training step of the beat CNN on one thread, as `fit` does and as it is written,
with its one-dimensional convolutions in float32.
"""

from contextlib import nullcontext

import torch
from _timing import paired, print_table
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from ecgbook.models import create_model
from ecgbook.training import channels_last, cross_entropy
from ecgbook.training.batches import Data, batch_rows, random_order
from ecgbook.training.optim import autocast, make_optimizer

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
    tensors = torch.randn(BEATS, 1, SAMPLES), torch.randint(5, (BEATS,))
    data = Data([tensors[0]], target=tensors[1])

    def ours():
        order = random_order(BEATS, torch.default_generator)
        for rows in batch_rows(order, BATCH, torch.default_generator):
            (x,), _, y = data.batch(rows)
            step(x, y)

    def theirs():
        for batch in DataLoader(TensorDataset(*tensors), batch_size=BATCH, shuffle=True):
            step(*batch)

    return paired(ours, theirs)


def network_step(layout, precision):
    """Return a training step of the beat CNN in a layout and a precision."""
    model = create_model("beat_cnn").train()
    optimizer = make_optimizer("adamw", model)
    x, y = torch.randn(BATCH, 1, SAMPLES), torch.randint(5, (BATCH,))

    def step():
        with layout(model):
            with autocast(precision, x.device):
                output = model(x)
            optimizer.zero_grad()
            cross_entropy(output.float(), y).backward()
            optimizer.step()

    return step


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
