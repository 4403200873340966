"""One adversarial step: what a generator and a discriminator learn from a batch of beats."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss

from ecgbook.models import create_model
from ecgbook.models.memory import entropy
from ecgbook.training.optim import autocast, mixed_seed

__all__ = ["AdversarialStep"]


class AdversarialStep:
    """Generator and discriminator, their optimizers, and what both learn from a batch.

    Discriminator: ``BCE(D(x), 1) + BCE(D(x̂), 0)``, with the beats x̂ of the same pass of the
    generator that its own step goes on with. Generator: ``MSE(x̂, x) + w_f MSE(f(x̂), f(x)) + w_e
    H(mixture)`` with the discriminator's features f; it never sees the discriminator's logits. Both
    features are taken after the discriminator's step, by the same weights, so that a perfect
    reconstruction has no feature loss. After Zhou et al. (2019), BeatGAN, IJCAI, and Wang,
    Stavrakis, Yao (2023), see `ecgbook.models.madegan`.

    Parameters
    ----------
    networks : dict
        ``generator`` and, unless it trains alone, ``discriminator``.
    weights : dict of str: float
        Of ``reconstruction``, ``feature`` and ``entropy`` in the generator's loss.
    restart_below, seed, precision
        As in `fit_adversarial`.
    """

    def __init__(self, networks, weights, restart_below, seed, precision):
        self.generator, self.discriminator = networks["generator"], networks.get("discriminator")
        self.weights, self.restart_below, self.seed = weights, restart_below, seed
        self.restarts = 0
        device = next(self.generator.parameters()).device
        self.mixed = autocast(precision, device)
        self.optimizers = {
            f"{name}_adam": torch.optim.Adam(network.parameters(), betas=(0.5, 0.999), fused=True)
            for name, network in networks.items()
        }

    def step(self, x, rate):
        """Let both learn from beats ``(batch, 1, time)`` and return the parts of their losses."""
        with self.mixed:
            fake, mixture = self.generator.recall(x)  # (batch, 1, time), (batch, slot)
        fake = fake.float()
        parts = {"reconstruction": mse_loss(fake, x)}
        if self.discriminator is not None:
            apart = self._tell_apart(x, fake.detach(), rate)
            parts["feature"] = self._feature_distance(x, fake)
        if self.weights["entropy"] > 0:
            parts["entropy"] = entropy(mixture)
        loss = sum(self.weights[name] * part for name, part in parts.items())
        _move(self.optimizers["generator_adam"], loss, rate)
        if self.discriminator is not None:
            parts["discriminator"] = apart
            if float(apart) < self.restart_below:  # a GPU is waited for once a step
                self._restart()
        return {name: part.detach() for name, part in parts.items()}

    def state_dict(self):
        """Return what a checkpoint keeps beside networks and optimizers."""
        return {"restarts": self.restarts}

    def load_state_dict(self, state):
        """Go on from `state_dict`."""
        self.restarts = state["restarts"]

    def _tell_apart(self, x, fake, rate):
        """Move the discriminator one step and return its loss before it."""
        with self.mixed:
            real_logit, fake_logit = self.discriminator(x), self.discriminator(fake)
        real_logit, fake_logit = real_logit.float(), fake_logit.float()  # (batch, 1)
        real = binary_cross_entropy_with_logits(real_logit, torch.ones_like(real_logit))
        made = binary_cross_entropy_with_logits(fake_logit, torch.zeros_like(fake_logit))
        _move(self.optimizers["discriminator_adam"], real + made, rate)
        return (real + made).detach()

    def _feature_distance(self, x, fake):
        """Compare beats as the discriminator sees them."""
        self.discriminator.requires_grad_(False)  # gradient passes through to the fake only
        with self.mixed:
            seen = self.discriminator.features(fake)  # (batch, channel, time)
            wanted = self.discriminator.features(x)
        self.discriminator.requires_grad_(True)
        return mse_loss(seen.float(), wanted.float())

    def _restart(self):
        """Give the discriminator fresh weights, and its optimizer no memory of the old ones."""
        self.restarts += 1
        name, sizes = self.discriminator.name, self.discriminator.config
        fresh = create_model(name, seed=mixed_seed(self.seed, self.restarts, 2), **sizes)
        self.discriminator.load_state_dict(fresh.state_dict())
        self.optimizers["discriminator_adam"].state.clear()


def _move(optimizer, loss, rate):
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
