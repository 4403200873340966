"""Activation maps: what each layer of a network gives out along the signal."""

import numpy as np
import torch
from torch import nn

from ecgbook.errors import ExplanationInvalid
from ecgbook.explain.asked import ask
from ecgbook.explain.gradient import as_attribution
from ecgbook.explain.layers import found_layer, outputs_of, over_time

__all__ = ["activation_map", "activations"]


def activation_map(model, x, target=None, *, layer=None, channel=None, inputs=None, chunk=256):
    """Return how active a layer is at each sample, float32 (batch, lead, time).

    The mean size over the layer's channels, or the value of one of them; the same for all leads,
    since a layer mixes them.

    Parameters
    ----------
    model, x, layer, inputs, chunk
        As for `grad_cam`.
    target : optional
        Of no effect: a layer before the last is the same for every class.
    channel : int, optional
        One channel, with its sign; the mean of all sizes if left out.

    Returns
    -------
    array of float32, shape (batch, lead, time)
    """
    layer = found_layer(model, layer)
    seen = activations(model, x, target, layers=[layer], inputs=inputs, chunk=chunk)
    if layer not in seen:
        raise ExplanationInvalid(f"layer {layer!r} gives no channels (batch, channel, step)")
    seen = torch.as_tensor(seen[layer])
    if channel is not None and not 0 <= channel < seen.shape[1]:
        raise ExplanationInvalid(f"layer {layer!r} has no channel {channel}, but {seen.shape[1]}")
    size = seen.abs().mean(dim=1) if channel is None else seen[:, channel]
    return as_attribution(over_time(size, model, layer, np.shape(x)))


@torch.no_grad()
def activations(model, x, target=None, *, layers=None, inputs=None, chunk=256):
    """Return what layers give out, by name: arrays of float32, (batch, channel, step) each.

    Parameters
    ----------
    model, x, target, inputs, chunk
        As for `activation_map`.
    layers : sequence of str, optional
        Names of layers; all convolutions if left out. Those that give no such array are left out.
    """
    asked = ask(model, x, target, inputs=inputs)
    every = [name for name, module in model.named_modules() if isinstance(module, nn.Conv1d)]
    names = every if layers is None else [found_layer(model, layer) for layer in layers]
    parts = []
    for row in torch.arange(len(asked.x), device=asked.x.device).split(chunk):
        taken = outputs_of(asked, asked.x[row], row, names)
        kept = {name: taken[name] for name in names if _over_steps(taken.get(name), len(row))}
        parts.append(kept)
    return {name: as_attribution(torch.cat([part[name] for part in parts])) for name in parts[0]}


def _over_steps(output, n):
    return isinstance(output, torch.Tensor) and output.ndim == 3 and len(output) == n
