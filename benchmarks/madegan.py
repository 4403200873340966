"""A training step of MadeGAN, and its scores, against the way of the public code.

Run ``python benchmarks/madegan.py``. The other way, written afresh: the generator runs once for
each player; the discriminator's loss is not cut off from the generator, so its gradient runs on
through it; both features keep their gradient; and after each epoch a loop looks for the best F1
at every threshold of the ROC. The beats are random.
"""

import statistics
import time

import numpy as np
import torch
from _timing import paired, print_table
from sklearn import metrics
from torch import nn

from ecgbook import evaluation, tasks
from ecgbook.models import create_model
from ecgbook.training.adversarial_step import AdversarialStep
from ecgbook.training.optim import autocast
from ecgbook.training.scoring import anomaly_scores

BATCH, RATE = 64, 1e-3
TASK = tasks.reconstruction(classes="NSVF")
SCORED = 2_048  # beats


def players():
    """Return both networks, ready to learn."""
    generator, discriminator = (
        create_model("memory_autoencoder"),
        create_model("beat_discriminator"),
    )
    return {"generator": generator.train(), "discriminator": discriminator.train()}


def our_step():
    """Return a step of ours, as `fit_adversarial` takes it."""
    weights = {"reconstruction": 1.0, "feature": 1.0, "entropy": 0.0}
    duel = AdversarialStep(players(), weights, 5e-6, 0, autocast("float32", torch.device("cpu")))
    return lambda x: duel.step(x, RATE)


def their_step():
    """Return a step in which the generator runs twice and every gradient is taken."""
    generator, discriminator = players().values()
    settings = {"lr": RATE, "betas": (0.5, 0.999)}
    first = torch.optim.Adam(discriminator.parameters(), **settings)
    second = torch.optim.Adam(generator.parameters(), **settings)
    verdict, distance = nn.BCEWithLogitsLoss(), nn.MSELoss()

    def step(x):
        first.zero_grad()
        real, fake = discriminator(x), discriminator(generator(x))
        loss = verdict(real, torch.ones_like(real)) + verdict(fake, torch.zeros_like(fake))
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


def compare(steps, evaluated):
    """Time some steps of both, and then what each does with the scores of an evaluation."""
    random = np.random.default_rng(0)
    x = torch.rand(BATCH, 1, 320) * 2 - 1
    positive = random.random(evaluated) < 0.3
    score = random.normal(size=evaluated) + positive
    our, their = our_step(), their_step()

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


def beats_per_second(precision, rounds=5):
    """Return the median speed of `anomaly_scores`."""
    generator = create_model("memory_autoencoder", shrink=0.0005)
    x = np.random.default_rng(0).uniform(-1, 1, (SCORED, 1, 320)).astype(np.float32)
    speeds = []
    for _ in range(rounds + 1):
        start = time.perf_counter()
        anomaly_scores(generator, x, precision=precision, progress=False)
        speeds.append(SCORED / (time.perf_counter() - start))
    return statistics.median(speeds[1:])


def main():
    """Print the ratios, then the speeds."""
    torch.set_num_threads(2)
    # MIT-BIH has about 950 steps an epoch and 30,000 beats to evaluate, here 3 in 1,000 of both.
    # The loop over thresholds grows with the square of the beats, so this is to its advantage.
    print_table(
        "MadeGAN (other: the public code's way)",
        [
            (f"3 steps of {BATCH} beats", compare(3, 0)),
            ("3 steps, then 95 beats evaluated", compare(3, 95)),
        ],
    )
    for precision in ("float32", "bfloat16"):
        speed = beats_per_second(precision)
        print(f"scoring in {precision}, 2 threads: {speed:,.0f} beats/s")


if __name__ == "__main__":
    main()
