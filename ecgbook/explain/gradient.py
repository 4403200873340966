"""How much the answer moves with each sample: the gradient, and what other methods need of it."""

import torch
from torch import nn

from ecgbook.errors import ExplanationInvalid
from ecgbook.explain.asked import ask

__all__ = ["as_attribution", "gradient", "input_gradient"]


def gradient(model, x, target=None, *, inputs=None, chunk=256):
    """Return the gradient of a class's answer to the signal, float32 (batch, lead, time).

    Parameters
    ----------
    model : torch.nn.Module
        A classifier in eval mode, from (batch, lead, time) to (batch, class).
    x : array or tensor, shape (batch, lead, time)
    target : int, or array of int, shape (batch,), optional
        Class to explain, of all signals or of each; the one that the model predicts if left out.
    inputs : mapping of str to array, shape (batch, …), optional
        Further arguments of the model's ``forward``, such as ``length`` or ``features``.
    chunk : int
        Most signals that the model sees at a time.

    Returns
    -------
    array of float32, shape (batch, lead, time)
        Positive where a higher voltage speaks for the class.

    Raises
    ------
    ExplanationInvalid
        If the model is in train mode although it drops out or normalises by the batch, or answers
        differently when it is asked again; if signals, inputs or answers have a wrong shape or
        hold NaN or infinite values; if there is no such class; if no gradient reaches the signal.

    Warns
    -----
    NeverPredicted
        If a class that was named is the answer to none of the signals.

    References
    ----------
    Simonyan et al. 2014, https://arxiv.org/abs/1312.6034.
    """
    asked = ask(model, x, target, inputs=inputs)
    rows = torch.arange(len(asked.x), device=asked.x.device).split(chunk)
    return as_attribution(torch.cat([input_gradient(asked, asked.x[row], row) for row in rows]))


def input_gradient(asked, x, row):
    """Return the gradient of the explained class's answer to signals ``x`` of the rows ``row``."""
    x = x.detach().requires_grad_(True)
    (slope,) = slopes(asked, x, row, lambda: [x])
    return torch.zeros_like(x) if slope is None else slope


def slopes(asked, x, row, places):
    """Return the gradient of the answer to each of ``places()``, asked for after the forward pass.

    Of parameters nothing is computed, and their ``grad`` stays as it was.
    """
    recurrent = any(isinstance(module, nn.RNNBase) for module in asked.model.modules())
    usual = torch.backends.cudnn.enabled
    # A GPU's own recurrent layers have no backward pass in eval mode.
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=usual and not recurrent):
        score = asked.scores(x, row).sum()
        if not score.requires_grad:
            raise ExplanationInvalid(
                "no gradient reaches the signal: the model detaches it or computes under no_grad; "
                "use occlusion or LIME, which need none"
            )
        return torch.autograd.grad(score, places(), allow_unused=True)


def as_attribution(values):
    """Return a tensor (batch, lead, time) as a float32 array on the processor."""
    return values.detach().float().cpu().numpy()
