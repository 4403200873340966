"""Training steps of the convolutional networks for heartbeats, as `fit` takes them and as usual.

Run ``python benchmarks/heartbeats.py``. Ours: batches cut from data in memory, channels
last, bfloat16 where the processor has instructions for it. The other way: a DataLoader, and the
same network with its one-dimensional convolutions in float32. Both take the same steps of the same
optimizer. Before anything is timed, the outputs of both ways are compared.
"""

from contextlib import nullcontext

import torch
from _timing import paired, print_table
from _training import epochs, training_step

from ecgbook.models import create_model
from ecgbook.training import channels_last
from ecgbook.training.optim import autocast, native_precision

SAMPLES, BATCH, STEPS = 187, 128, 8
NETWORKS = ("course_cnn", "vanilla_cnn", "beat_resnet")
CPU = torch.device("cpu")


def check_outputs(name, x):
    """Stop unless channels last gives the same numbers, and bfloat16 the same to 8 bits."""
    model = create_model(name).eval()
    with torch.no_grad():
        plain = model(x)
        for precision, share in (("float32", 1e-5), (native_precision("auto", CPU), 3e-2)):
            with channels_last(model), autocast(precision, CPU):
                off = (model(x).float() - plain).abs().max() / plain.abs().max()
            if off > share:
                raise SystemExit(f"{name} in {precision} is off by {off:.1%}")


def compare(name, precision):
    """Time some steps of both ways, in turn."""
    check_outputs(name, torch.randn(BATCH, 1, SAMPLES))
    ours = training_step(name, channels_last, precision)
    theirs = training_step(name, lambda _: nullcontext(), "float32")
    return paired(*epochs(STEPS * BATCH, SAMPLES, BATCH, ours, theirs))


def main():
    """Print one line a network and precision."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    precisions = dict.fromkeys(("float32", native_precision("auto", CPU)))
    print_table(
        f"{STEPS} steps of {BATCH} beats (other: DataLoader, Conv1d in float32)",
        [
            (f"{name} in {precision}", compare(name, precision))
            for name in NETWORKS
            for precision in precisions
        ],
    )


if __name__ == "__main__":
    main()
