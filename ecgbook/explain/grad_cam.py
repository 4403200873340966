"""Grad-CAM: where a layer's channels that speak for a class are active; for each lead as well."""

import torch

from ecgbook.explain.asked import ask
from ecgbook.explain.gradient import as_attribution
from ecgbook.explain.layers import channels_and_slopes, found_layer, outputs_of, over_time
from ecgbook.explain.replacing import replacement

__all__ = ["grad_cam", "grad_cam_by_lead"]


def grad_cam(model, x, target=None, *, layer=None, inputs=None, chunk=256):
    """Return where the channels that speak for the class are active, float32 (batch, lead, time).

    A channel counts as much as the answer moves with it, on average over time; what is negative in
    the sum is cut off. All leads show the same: in the layer they are mixed already.

    Parameters
    ----------
    model, x, target, inputs, chunk
        As for `gradient`.
    layer : str or torch.nn.Module, optional
        A layer that gives (batch, channel, step); ``cam_layer`` of the registry if left out.

    Returns
    -------
    array of float32, shape (batch, lead, time)
        0 or more, stretched to the samples of the signal.

    Raises
    ------
    ExplanationInvalid
        As for `gradient`, and if no layer is named or known, or it gives no channels over time.

    References
    ----------
    Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391.
    """
    asked = ask(model, x, target, inputs=inputs)
    layer = found_layer(model, layer)
    parts = []
    for row in torch.arange(len(asked.x), device=asked.x.device).split(chunk):
        channels, slope = channels_and_slopes(asked, asked.x[row], row, layer)
        parts.append((slope.mean(dim=2, keepdim=True) * channels).sum(dim=1).relu())
    return as_attribution(over_time(torch.cat(parts), model, layer, asked.x.shape))


def grad_cam_by_lead(model, x, target=None, *, layer=None, replace="mean", inputs=None, chunk=256):
    """Return how much of the map of `grad_cam` goes with each lead, float32 (batch, lead, time).

    The channels keep the weights that they have for the whole signal. Then one lead at a time is
    replaced, and what their weighted sum loses is the part of that lead; what is negative is cut
    off. So a lead that the model does not look at gets 0, and with one lead alone the map is that
    of `grad_cam` less what the layer says of a replaced signal.

    Parameters
    ----------
    model, x, target, layer, inputs, chunk
        As for `grad_cam`.
    replace : {"mean", "line", "zero"} or array
        What stands in the place of the lead, as for `occlusion`.

    Returns
    -------
    array of float32, shape (batch, lead, time)
    """
    asked = ask(model, x, target, inputs=inputs)
    layer = found_layer(model, layer)
    blank = torch.as_tensor(replacement(asked.x.cpu().numpy(), [0], replace), device=asked.x.device)
    parts = []
    for row in torch.arange(len(asked.x), device=asked.x.device).split(chunk):
        whole, slope = channels_and_slopes(asked, asked.x[row], row, layer)
        weight = slope.mean(dim=2, keepdim=True)
        lost = [
            (weight * (whole - _without(asked, blank, row, lead, layer))).sum(dim=1).relu()
            for lead in range(blank.shape[1])
        ]
        parts.append(torch.stack(lost, dim=1))
    return as_attribution(over_time(torch.cat(parts), model, layer, asked.x.shape))


@torch.no_grad()
def _without(asked, blank, row, lead, layer):
    """Return the layer's output when one lead is replaced."""
    changed = asked.x[row]
    changed[:, lead] = blank[row, lead]
    return outputs_of(asked, changed, row, [layer])[layer]
