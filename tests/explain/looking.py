"""Models that look at one known place, signals for them, and every method with its settings."""

from functools import partial

import numpy as np
import torch
from torch import nn

from ecgbook import explain
from ecgbook.models import create_model

TIME, LEADS, LEAD = 120, 3, 1
PLACE = slice(40, 60)


class LooksAtOnePlace(nn.Module):
    """Class 1 is how large lead 1 is in `PLACE`, class 0 the contrary; nothing else counts."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Conv1d(LEADS, 2, 1, bias=False)
        self.mix.weight.data.zero_()
        self.mix.weight.data[:, LEAD, 0] = torch.tensor([1.0, -1.0])
        self.size = nn.ReLU()
        self.window = _Window()

    def forward(self, x):
        size = self.window(self.size(self.mix(x))).sum(dim=(1, 2))
        return torch.stack([-size, size], dim=1) / 10


class _Window(nn.Module):
    def forward(self, x):
        kept = torch.zeros_like(x)
        kept[..., PLACE] = 1
        return x * kept


class AttendsToOnePlace(LooksAtOnePlace):
    """Steps of 20 samples, of which the third is looked at."""

    patch = 20

    def attention(self, x):
        return nn.functional.one_hot(torch.full((len(x),), 2), TIME // self.patch).float()


class GivesBackAllButOnePlace(nn.Module):
    """An autoencoder that has not learnt what stands in lead 1 at `PLACE`."""

    def forward(self, x):
        given = x.clone()
        given[:, LEAD, PLACE] = 0
        return given


def signals(n=4, leads=LEADS, time=TIME, seed=0):
    return np.random.default_rng(seed).normal(size=(n, leads, time)).astype(np.float32)


def mask(n=4, lead=LEAD):
    """Return where the models look; ``lead=slice(None)`` for methods that know no leads."""
    true = np.zeros((n, LEADS, TIME), bool)
    true[:, lead, PLACE] = True
    return true


SEGMENTS = explain.by_lead(explain.uniform_segments(TIME, TIME // 20), LEADS)

# Methods that need no layer, and what they are called with.
METHODS = {
    "gradient": explain.gradient,
    "integrated gradients": partial(explain.integrated_gradients, steps=8),
    "smooth gradient": partial(explain.smooth_gradient, n=9),
    "guided backpropagation": explain.guided_backpropagation,
    "occlusion": partial(explain.occlusion, width=20, stride=20),
    "LIME": partial(explain.lime, segments=SEGMENTS, samples=400),
}
BY_LAYER = {
    "Grad-CAM": explain.grad_cam,
    "Grad-CAM by lead": explain.grad_cam_by_lead,
    "guided Grad-CAM": explain.guided_grad_cam,
    "activation map": explain.activation_map,
}
# All leads show the same.
WITHOUT_LEADS = ("Grad-CAM", "activation map")


def beat_cnn(leads=LEADS, features=0, dtype=torch.float32):
    """Return a small network of the registry with running statistics of real batches."""
    model = create_model("beat_cnn", leads=leads, classes=4, width=4, features=features)
    generator = torch.Generator().manual_seed(1)
    model.train()
    for _ in range(20):
        x = torch.randn(16, leads, TIME, generator=generator)
        model(x, *([torch.randn(16, features, generator=generator)] if features else []))
    return model.eval().to(dtype)
