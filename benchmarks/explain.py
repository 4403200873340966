"""LIME for many heartbeats: ours against the library lime, the way Lime-For-Time uses it.

    OMP_NUM_THREADS=1 python benchmarks/explain.py

Simulated heartbeats of two leads, 12 segments, a thousand changed copies of each, one thread. The
other way takes one heartbeat after the other: a loop over copies and segments puts the segment's
mean in its place, the network is asked about the thousand copies at once, and the library fits its
linear model, of one class; ours is of all classes. Before anything is timed, the coefficients of
both are compared on the same copies. First the network is left out: in its place stands one that
reads three samples. The last lines say whether the ratios reach what is promised.
"""

import time

import numpy as np
import torch
from _timing import paired, print_table
from lime.lime_base import LimeBase
from sklearn.metrics import pairwise_distances

from ecgbook.datasets import lesion_beats
from ecgbook.explain import lime_explanation, uniform_segments
from ecgbook.explain.neighbourhood import draw_masks
from ecgbook.models import create_model

BEATS, SAMPLES, SEGMENTS, REPEATS, ROUNDS = 64, 1000, 12, 5, 3
PROMISED = {"perturbing and fitting": 10, "the whole": 2}
BASE = LimeBase(lambda distance: np.sqrt(np.exp(-(distance**2) / 25**2)))


class ThreeSamples(torch.nn.Module):
    """A network that costs nothing: what it answers are three samples of the signal."""

    def forward(self, x):
        """Return three samples of the first lead as the answers for three classes."""
        return x[:, 0, 60:180:50]


def one_by_one(model, x, segments, masks=None):
    """Explain the class with the highest answer of each beat, a beat after the other."""
    rng = np.random.RandomState(0)
    return [_of_one(model, signal, segments, rng, masks) for signal in x]


def _of_one(model, signal, segments, rng, masks):
    z = np.ones((SAMPLES, SEGMENTS)) if masks is None else masks.astype(float)
    if masks is None:
        for row, lost in enumerate(rng.randint(1, SEGMENTS + 1, SAMPLES - 1), start=1):
            z[row, rng.choice(SEGMENTS, lost, replace=False)] = 0
    copies = []
    begin = np.searchsorted(segments, np.arange(SEGMENTS + 1))
    for row in z:
        copy = signal.copy()
        for segment in np.flatnonzero(row == 0):
            place = slice(begin[segment], begin[segment + 1])
            copy[:, place] = signal[:, place].mean(axis=1, keepdims=True)
        copies.append(copy)
    with torch.inference_mode():
        probability = model(torch.as_tensor(np.array(copies))).softmax(dim=1).numpy()
    distance = 100 * pairwise_distances(z, z[:1], metric="cosine").ravel()
    label = int(probability[0].argmax())
    _, pairs, _, _ = BASE.explain_instance_with_data(
        z, probability, distance, label, SEGMENTS, feature_selection="none"
    )
    return [value for _, value in sorted(pairs)]


def all_at_once(model, x, segments):
    return lime_explanation(model, x, segments=segments, samples=SAMPLES, repeats=REPEATS)


def check(model, x, segments):
    """Stop unless both ways find the same coefficients on the same copies, to 1e-6."""
    masks = [draw_masks(SEGMENTS, SAMPLES // REPEATS, seed) for seed in range(REPEATS)]
    theirs = one_by_one(model, x, segments, np.concatenate(masks))
    found = all_at_once(model, x, segments)
    label = found.asked.answer.argmax(dim=1).numpy()
    off = np.abs(found.coefficient[np.arange(len(x)), label] - theirs).max()
    if off > 1e-6:
        raise SystemExit(f"the coefficients of the two ways differ by up to {off:.1e}")
    print(f"largest difference of a coefficient between the two ways: {off:.1e}")


def seconds_in_forward(model, x, run):
    """Return the share of a run's time that passes in the network."""
    spent, begin = [], []
    hooks = [
        model.register_forward_pre_hook(lambda *_: begin.append(time.perf_counter())),
        model.register_forward_hook(lambda *_: spent.append(time.perf_counter() - begin[-1])),
    ]
    start = time.perf_counter()
    run()
    whole = time.perf_counter() - start
    for hook in hooks:
        hook.remove()
    return sum(spent) / whole


def main():
    """Print one line without and one with the network, and whether the ratios are as promised."""
    torch.set_num_threads(1)
    made = lesion_beats("premature_ventricular", BEATS, beats=1, leads=("II", "V2"))
    x, segments = made.examples.x[:BEATS], uniform_segments(made.examples.x.shape[2], SEGMENTS)
    network, nothing = create_model("beat_cnn", leads=2, classes=3).eval(), ThreeSamples()
    check(network, x[:4], segments)
    results, shares = {}, []
    for name, model in zip(PROMISED, (nothing, network), strict=True):
        ways = [lambda m=model, way=way: way(m, x, segments) for way in (all_at_once, one_by_one)]
        results[name] = paired(*ways, ROUNDS)
    shares = [seconds_in_forward(network, x, way) for way in ways]
    print_table(
        f"LIME of {BEATS} heartbeats of 2 × {x.shape[2]} samples, {SAMPLES} copies each",
        results.items(),
    )
    print(f"share of the whole in the network: {shares[0]:.0%} here, {shares[1]:.0%} one by one")
    for name, least in PROMISED.items():
        reached = "reached" if results[name].ratio >= least else "NOT REACHED"
        print(f"{name}: {least}x promised, {reached}")


if __name__ == "__main__":
    main()
