"""A training step of MadeGAN against the way of the public code, and the speed of its scores.

Run ``python benchmarks/madegan.py``. The other way, written afresh: the generator runs once for
each network; the discriminator's loss is not cut off from the generator, so its gradient runs on
through it; both features keep their gradient; and after each epoch a loop looks for the best F1
at every threshold of the ROC. The beats are random.
"""

import os
import subprocess
import sys

import numpy as np
import torch
from _timing import paired, print_table
from sklearn import metrics
from torch import nn

from ecgbook import evaluation, tasks
from ecgbook.models import create_model
from ecgbook.training import anomaly_scores, channels_last
from ecgbook.training.adversarial_step import AdversarialStep
from ecgbook.training.optim import autocast

BATCH, RATE = 64, 1e-3
TASK = tasks.reconstruction(classes="NSVF")
SCORED = 2_048  # beats


def networks():
    """Return both networks, ready to learn."""
    generator = create_model("memory_autoencoder").train()
    return {"generator": generator, "discriminator": create_model("beat_discriminator").train()}


def our_step(precision):
    """Return a step of ours, as `fit_adversarial` takes it."""
    weights = {"reconstruction": 1.0, "feature": 1.0, "entropy": 0.0}
    both = networks()
    learner = AdversarialStep(both, weights, 5e-6, 0, precision)

    def step(x):
        with channels_last(*both.values()):
            learner.step(x, RATE)

    return step


def their_step():
    """Return a step in which the generator runs twice and every gradient is taken."""
    generator, discriminator = networks().values()
    settings = {"lr": RATE, "betas": (0.5, 0.999)}
    first = torch.optim.Adam(discriminator.parameters(), **settings)
    second = torch.optim.Adam(generator.parameters(), **settings)
    apart, distance = nn.BCEWithLogitsLoss(), nn.MSELoss()

    def step(x):
        first.zero_grad()
        real, fake = discriminator(x), discriminator(generator(x))
        loss = apart(real, torch.ones_like(real)) + apart(fake, torch.zeros_like(fake))
        loss.backward()
        first.step()
        second.zero_grad()
        again = generator(x)
        seen, wanted = discriminator.features(again), discriminator.features(x)
        (distance(again, x) + distance(seen, wanted)).backward()
        second.step()
        return loss.item()

    return step


def loop_best_f1(positive, score):
    """Return the best F1 over the thresholds of the ROC, one call a threshold."""
    thresholds = metrics.roc_curve(positive, score)[2]
    return max(metrics.f1_score(positive, score >= threshold) for threshold in thresholds)


def compare(precision, steps=3, evaluated=0):
    """Time some steps of both, and then what each does with the scores of an evaluation."""
    random = np.random.default_rng(0)
    x = torch.rand(BATCH, 1, 320) * 2 - 1
    positive = random.random(evaluated) < 0.3
    score = random.normal(size=evaluated) + positive
    our, their = our_step(precision), their_step()

    def ours():
        for _ in range(steps):
            our(x)
        if evaluated:
            for name in TASK.scores:
                evaluation.score(TASK, positive, score, name)

    def theirs():
        for _ in range(steps):
            their(x)
        if evaluated:
            metrics.roc_auc_score(positive, score)
            metrics.average_precision_score(positive, score)
            loop_best_f1(positive, score)

    return paired(ours, theirs)


def scoring(precision):
    """Time our scores, whose threads take beats of their own, against threads that share layers."""
    generator = create_model("memory_autoencoder", shrink=0.0005).eval()
    x = np.random.default_rng(0).uniform(-1, 1, (SCORED, 1, 320)).astype(np.float32)
    beats = torch.from_numpy(x)

    def ours():
        anomaly_scores(generator, x, precision=precision, progress=False)

    def theirs():
        with torch.inference_mode(), autocast(precision, beats.device):
            for part in beats.split(1024):
                (generator(part).float() - part).square().mean(dim=(1, 2))

    return paired(ours, theirs)


def print_scoring(title):
    """Print ratios and speeds of scoring in both precisions."""
    rows = [(precision, scoring(precision)) for precision in ("float32", "bfloat16")]
    print_table(f"{SCORED:,} beats scored, {title} (other: threads share each layer)", rows)
    for precision, result in rows:
        print(f"{precision}: {SCORED / result.ours_s:,.0f} beats/s")


def main():
    """Print the ratios, then the speeds."""
    torch.set_num_threads(1)
    # MIT-BIH has about 950 steps an epoch and 30,000 beats to evaluate, here 3 in 1,000 of both.
    # The loop over thresholds grows with the square of the beats, so this is to its advantage.
    print_table(
        "MadeGAN, one thread (other: the public code's way in float32)",
        [
            (f"3 steps of {BATCH} beats", compare("float32")),
            (f"3 steps of {BATCH} beats in bfloat16", compare("bfloat16")),
            ("3 steps, then 95 beats evaluated", compare("float32", evaluated=95)),
        ],
    )
    torch.set_num_threads(2)
    print_scoring("two cores free")
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as other:
        os.sched_setaffinity(other.pid, {min(os.sched_getaffinity(0))})
        try:
            print_scoring("one of the cores busy")
        finally:
            other.kill()


if __name__ == "__main__":
    main()
