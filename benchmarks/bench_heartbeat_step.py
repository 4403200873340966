"""Training steps of the convolutional networks for heartbeats, as `fit` takes them and as usual.

Run ``python benchmarks/bench_heartbeat_step.py``. Ours: batches cut from data in memory, channels
last, bfloat16 where the processor has instructions for it. The other way: a DataLoader, and the
same network with its one-dimensional convolutions in float32. Both take the same steps of the same
optimizer. Before anything is timed, the outputs of both ways are compared.
"""

from contextlib import nullcontext

import torch
from _timing import paired, print_table
from torch.utils.data import DataLoader, TensorDataset

from ecgbook.models import create_model
from ecgbook.training import channels_last, cross_entropy
from ecgbook.training.batches import Data, batch_rows, random_order
from ecgbook.training.optim import autocast, make_optimizer, native_precision

SAMPLES, BATCH, STEPS = 187, 128, 8
NETWORKS = ("course_cnn", "vanilla_cnn", "beat_resnet")
CPU = torch.device("cpu")


def learner(name, layout, precision):
    """Return a training step of a network in a layout and a precision, and the network."""
    model = create_model(name).train()
    optimizer = make_optimizer("adamw", model)

    def step(x, y):
        with layout(model):
            with autocast(precision, CPU):
                output = model(x)
            optimizer.zero_grad()
            cross_entropy(output.float(), y).backward()
            optimizer.step()

    return step, model


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
    tensors = torch.randn(STEPS * BATCH, 1, SAMPLES), torch.randint(5, (STEPS * BATCH,))
    check_outputs(name, tensors[0][:BATCH])
    data = Data([tensors[0]], target=tensors[1])
    our_step, _ = learner(name, channels_last, precision)
    their_step, _ = learner(name, lambda _: nullcontext(), "float32")

    def ours():
        order = random_order(len(data), torch.default_generator)
        for rows in batch_rows(order, BATCH, torch.default_generator):
            (x,), _, y = data.batch(rows)
            our_step(x, y)

    def theirs():
        for batch in DataLoader(TensorDataset(*tensors), batch_size=BATCH, shuffle=True):
            their_step(*batch)

    return paired(ours, theirs)


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
