"""Batches of ours, cut from tensors that lie whole on the device, against a DataLoader.

Run ``python benchmarks/training.py``. Both serve one epoch of the same 20,000 beats in shuffled
batches of 128, first to no model and then to the training step of a very small network.
"""

import torch
from _timing import paired, print_table
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from ecgbook.training import cross_entropy
from ecgbook.training.batches import batches, random_order

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


def compare(step):
    """Time one epoch of ours and one as most public ECG code has it."""
    tensors = torch.randn(BEATS, 1, SAMPLES), torch.randint(5, (BEATS,))

    def ours():
        for batch in batches(tensors, random_order(BEATS, torch.default_generator), BATCH):
            step(*batch)

    def theirs():
        for batch in DataLoader(TensorDataset(*tensors), batch_size=BATCH, shuffle=True):
            step(*batch)

    return paired(ours, theirs)


def main():
    """Print one line a case."""
    torch.set_num_threads(1)
    print_table(
        f"One epoch of {BEATS:,} beats of {SAMPLES} samples (other: DataLoader(TensorDataset))",
        [("no model", compare(no_model)), ("a very small network", compare(small_network()))],
    )


if __name__ == "__main__":
    main()
