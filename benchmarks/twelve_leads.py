"""What a recording and an epoch cost in each network for twelve leads, on one thread.

Run ``python benchmarks/twelve_leads.py``. Ours: channels last, and bfloat16 where the processor has
instructions for it. The other way: the same network with one-dimensional convolutions in float32.
The table is of one training step; below it are milliseconds a recording to score, and seconds an
epoch of 2,392 recordings, as many as the training folds have of the PTB-XL records of this book.
"""

import time
from contextlib import nullcontext

import torch
from _timing import paired, print_table

from ecgbook.models import count_parameters, create_model
from ecgbook.training import binary_cross_entropy, channels_last, predict, predictive_loss
from ecgbook.training.optim import autocast, make_optimizer, native_precision

SAMPLES, LEADS, CLASSES, BATCH, EPOCH = 1000, 12, 5, 32, 2392
NETWORKS = {
    "beat_resnet": {"width": 48},
    "resu_dense": {},
    "ribeiro": {"time": SAMPLES},
    "xresnet1d101": {},
    "nejedly": {},
    "mvms_net": {},
    "cpc": {},
    "cpc_classifier": {},
}
CPU = torch.device("cpu")


def built(name):
    classes = {} if name == "cpc" else {"classes": CLASSES}
    return create_model(name, leads=LEADS, **classes, **NETWORKS[name])


def step_of(name, layout, precision):
    """Return a function that takes one training step on made-up recordings."""
    model = built(name).train()
    optimizer = make_optimizer("adamw", model)
    x, y = torch.randn(BATCH, LEADS, SAMPLES), torch.rand(BATCH, CLASSES)
    loss = predictive_loss if name == "cpc" else binary_cross_entropy

    def step():
        with layout(model):
            with autocast(precision, CPU):
                output = model(x)
            optimizer.zero_grad()
            loss(output.float(), y).backward()
            optimizer.step()

    return step


def scored_ms(name, n=BATCH):
    """Return milliseconds a recording to score, the best of three runs."""
    model, x = built(name), torch.randn(n, LEADS, SAMPLES)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        predict(model, x, progress=False)
        times.append(time.perf_counter() - start)
    return 1e3 * min(times) / n


def main(rounds=3):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    precision = native_precision("auto", CPU)
    rows = []
    for name in NETWORKS:
        ours = step_of(name, channels_last, precision)
        theirs = step_of(name, lambda _: nullcontext(), "float32")
        rows.append((name, paired(ours, theirs, rounds)))
    print_table(f"A step of {BATCH} recordings in {precision} (other: Conv1d in float32)", rows)
    print(f"{'':20} {'parameters':>12} {'ms to score':>12} {'s an epoch':>12}")
    for name, row in rows:
        epoch_s = row.ours_s * EPOCH / BATCH
        count = count_parameters(built(name))
        print(f"{name:20} {count:12,} {scored_ms(name):12.1f} {epoch_s:12.1f}")


if __name__ == "__main__":
    main()
