"""What a layer gives out on the way, and where in time its steps lie."""

import torch
from torch import nn
from torch.nn import functional

from ecgbook.errors import ExplanationInvalid
from ecgbook.explain.gradient import slopes
from ecgbook.models import info, list_models

__all__ = ["channels_and_slopes", "found_layer", "outputs_of", "over_time"]


def found_layer(model, layer=None):
    """Return the name of a layer: the one named, or ``cam_layer`` of the model's registry entry."""
    if isinstance(layer, nn.Module):
        layer = next((name for name, module in model.named_modules() if module is layer), "?")
    if layer is None:
        name = getattr(model, "name", None)
        layer = info(name).cam_layer if name in list_models() else None
        if layer is None:
            raise ExplanationInvalid(
                "no layer is known for class activation maps of this model; name one by layer=, "
                f"such as one of {', '.join(_convolutions(model)) or 'none: it has no convolution'}"
            )
    if layer not in dict(model.named_modules()):
        raise ExplanationInvalid(
            f"the model has no layer {layer!r}; it has {', '.join(_convolutions(model))}"
        )
    return layer


def outputs_of(asked, x, row, layers):
    """Run the model once; return the output of each named layer, which may be none, by name."""
    taken, hooks = {}, []
    modules = dict(asked.model.named_modules())
    for name in layers:
        hooks.append(modules[name].register_forward_hook(_keep(taken, name)))
    try:
        asked.answers(x, row)
    finally:
        for hook in hooks:
            hook.remove()
    return taken


def channels_and_slopes(asked, x, row, layer):
    """Return a layer's output and the gradient of the answer to it, both (batch, channel, step)."""
    taken = {}
    hook = asked.model.get_submodule(layer).register_forward_hook(_keep(taken, layer))
    x = x.detach().requires_grad_(True)
    try:
        (slope,) = slopes(asked, x, row, lambda: [_checked(taken, layer)])
    finally:
        hook.remove()
    channels = taken[layer].detach()
    return channels, torch.zeros_like(channels) if slope is None else slope


def over_time(steps, model, layer, shape):
    """Stretch (batch, step) or (batch, row, step) to all leads and samples (batch, lead, time).

    Between the middles of two steps the value follows a straight line. Where the model fills a
    signal up before the layer, what lies beyond the signal is cut off.
    """
    n, leads, time = shape
    parts = [model, *(model.get_submodule(name) for name in _path(layer))]
    filled = [m.time for m in parts if isinstance(getattr(m, "time", None), int)]
    size = max([time, *filled[:1]])
    steps = steps.reshape(n, -1, steps.shape[-1])
    wide = functional.interpolate(steps, size=size, mode="linear", align_corners=False)
    return wide[..., :time].expand(n, leads, time)


def _checked(taken, layer):
    output = taken.get(layer)
    if not isinstance(output, torch.Tensor) or output.ndim != 3:
        shape = tuple(output.shape) if isinstance(output, torch.Tensor) else type(output).__name__
        raise ExplanationInvalid(
            f"layer {layer!r} must give (batch, channel, step), it gives {shape}"
        )
    return output


def _keep(taken, name):
    def hook(_, __, output):
        taken[name] = output

    return hook


def _path(layer):
    parts = layer.split(".")
    return [".".join(parts[: i + 1]) for i in range(len(parts))] if layer else []


def _convolutions(model):
    return [name for name, module in model.named_modules() if isinstance(module, nn.Conv1d)]
