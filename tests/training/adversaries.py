"""Two small networks on toy beats, for the tests of adversarial training."""

import numpy as np
import torch

from ecgbook.models import create_model
from ecgbook.training.adversarial import fit_adversarial
from ecgbook.training.adversarial_step import AdversarialStep

ALWAYS, NEVER = 1e9, 0.0  # restart_below
CPU = torch.device("cpu")


class Enough(Exception):
    pass


def toy_beats(n, periods, seed):
    """Sines that begin anywhere: as many periods are a kind of beat."""
    begin = np.random.default_rng(seed).uniform(0, 1, (n, 1, 1))
    time = np.linspace(0, periods, 320, endpoint=False)
    return np.sin(2 * np.pi * (time + begin)).astype(np.float32)


TRAIN = toy_beats(24, 2, seed=0)
VALID = (
    np.concatenate([toy_beats(8, 2, seed=1), toy_beats(8, 7, seed=2)]),
    np.repeat([False, True], 8),
)


def networks(seed=0):
    generator = create_model("memory_autoencoder", code=8, slots=20, shrink=0.02, seed=seed)
    return generator, create_model("beat_discriminator", seed=seed)


def run(checkpoint=None, *, pair=None, **changes):
    generator, discriminator = pair or networks()
    settings = {"epochs": 4, "batch_size": 8, "lr": 2e-3, "entropy_weight": 1e-3} | changes
    history = fit_adversarial(
        generator,
        discriminator,
        TRAIN,
        VALID,
        device="cpu",
        checkpoint=checkpoint,
        progress=False,
        **settings,
    )
    return history, generator.state_dict() | discriminator_weights(discriminator)


def discriminator_weights(discriminator):
    state = {} if discriminator is None else discriminator.state_dict()
    return {f"discriminator.{name}": value for name, value in state.items()}


def learner(generator, discriminator, feature=0.5, entropy=0.25, restart_below=NEVER, seed=0):
    pair = {"generator": generator, "discriminator": discriminator}
    weights = {"reconstruction": 1.0, "feature": feature, "entropy": entropy}
    pair = {name: network for name, network in pair.items() if network is not None}
    return AdversarialStep(pair, weights, restart_below, seed, "float32")


def assert_same(first, second):
    assert first[0] == second[0]
    assert first[1].keys() == second[1].keys()
    assert all(torch.equal(first[1][name], second[1][name]) for name in first[1])


def stop_after(epoch):
    def on_epoch(record):
        if record["epoch"] == epoch:
            raise Enough

    return on_epoch
