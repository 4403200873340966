"""New samples from a WaveNet with cached states, against the naive loop on the receptive field.

Run ``python benchmarks/wavenet.py``. Ours: `generate`, one step of every layer a sample. The
other way: the whole network over the last 1,023 samples for every new one, and its last answer.
Both draw by the same scores; before anything is timed, their samples are compared, and so are the
scores along them. The naive loop draws a few samples only, since each costs the same, and its time
is taken for as many as ours draws. The last lines say whether the ratios reach what is promised.
"""

import dataclasses

import torch
from _timing import paired, print_table

from ecgbook.models import create_model, generate, level_values
from ecgbook.models.generation import Stepper, draw

OURS, THEIRS, ROUNDS = 2048, 2, 5
PROMISED = {1: 15, 16: 200, 64: 600}  # times the naive loop, by signals in a batch


def naive(model, context, n, generator):
    """Draw samples one by one, each by a run over the whole receptive field."""
    seen = context
    for _ in range(n):
        scores = last_scores(model, seen)
        seen = torch.cat([seen, draw(scores, 1.0, generator)[:, None]], dim=1)
    return seen[:, context.shape[1] :]


@torch.inference_mode()
def last_scores(model, seen):
    return model(level_values(seen[:, -model.receptive_field :]))[..., -1]


def check(model, context, n=8):
    """Stop unless both ways draw the same samples, by scores that agree to 1e-6."""
    ours = generate(model, context, n, generator=torch.Generator().manual_seed(0))
    if not ours.equal(naive(model, context, n, torch.Generator().manual_seed(0))):
        raise SystemExit("the samples of the two ways differ")
    stepper, off = Stepper(model, context), 0.0
    for i in range(n):
        seen = torch.cat([context, ours[:, :i]], dim=1)
        off = max(off, float((stepper.scores - last_scores(model, seen)).abs().max()))
        stepper.step(ours[:, i])
    if off > 1e-6:
        raise SystemExit(f"the scores of the two ways differ by up to {off:.1e}")


def compare(model, batch):
    """Time both ways, in turn, and return what a number of samples takes in each."""
    context = torch.randint(256, (batch, model.receptive_field))
    check(model, context)
    generator = torch.Generator().manual_seed(0)
    result = paired(
        lambda: generate(model, context, OURS, generator=generator),
        lambda: naive(model, context, THEIRS, generator),
        ROUNDS,
    )
    more = OURS / THEIRS
    scaled = {"theirs_s": result.theirs_s * more, "ratio": result.ratio * more}
    return dataclasses.replace(result, **scaled)


def main():
    """Print one line a size of the batch, and whether each ratio is as promised."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = create_model("wavenet").eval()
    results = {batch: compare(model, batch) for batch in PROMISED}
    rows = [(f"{batch} signals at once", result) for batch, result in results.items()]
    print_table(f"{OURS} new samples (other: the network over 1,023 samples for each)", rows)
    for batch, least in PROMISED.items():
        reached = "reached" if results[batch].ratio >= least else "NOT REACHED"
        print(f"{batch} signals at once: {least}x promised, {reached}")


if __name__ == "__main__":
    main()
