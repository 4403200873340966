"""SmoothGrad: the mean gradient of many noisy copies of a signal."""

import torch

from ecgbook.errors import ExplanationInvalid
from ecgbook.explain.asked import ask
from ecgbook.explain.gradient import as_attribution, input_gradient

__all__ = ["smooth_gradient", "unit_noise"]


def smooth_gradient(model, x, target=None, *, noise=0.1, n=32, seed=0, inputs=None, chunk=256):
    """Return the gradient's mean over noisy copies, float32 (batch, lead, time).

    Parameters
    ----------
    model, x, target, inputs, chunk
        As for `gradient`.
    noise : float
        Standard deviation of the white noise, as a share of each lead's range: a constant lead
        gets none, and its plain gradient.
    n, seed : int
        Copies of each signal, and seed of the noise, which is the same for every signal.

    Returns
    -------
    array of float32, shape (batch, lead, time)

    References
    ----------
    Smilkov et al. 2017, https://arxiv.org/abs/1706.03825.
    """
    if n < 1 or not noise >= 0:
        raise ExplanationInvalid(
            f"SmoothGrad needs a copy or more and noise from 0 upwards, got n={n}, noise={noise}"
        )
    asked = ask(model, x, target, inputs=inputs)
    x = asked.x
    size = noise * (x.amax(dim=2, keepdim=True) - x.amin(dim=2, keepdim=True))
    drawn = unit_noise(n, x.shape[1:], seed).to(x)
    total = torch.zeros_like(x)
    for pair in torch.arange(len(x) * n, device=x.device).split(chunk):
        row = pair // n
        slope = input_gradient(asked, x[row] + size[row] * drawn[pair % n], row)
        total.index_add_(0, row, slope)
    return as_attribution(total / n)


def unit_noise(n, shape, seed):
    """Return ``n`` pieces of white noise of standard deviation 1, (n, lead, time)."""
    return torch.randn(n, *shape, generator=torch.Generator().manual_seed(seed))
