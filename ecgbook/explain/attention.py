"""Attention maps: where a network with attention looks, whatever it answers."""

import torch

from ecgbook.errors import ExplanationInvalid
from ecgbook.explain.asked import ask
from ecgbook.explain.gradient import as_attribution

__all__ = ["attention_map"]


@torch.no_grad()
def attention_map(model, x, target=None, *, layer=-1, inputs=None, chunk=256):
    """Return how much the model looks at each sample, float32 (batch, lead, time).

    The weights of a signal's steps, or patches, sum to 1; each is given to all samples and leads
    of its step. In a transformer they are the mean over heads, and what the class token looks at
    or, without one, the mean over all patches that look.

    Parameters
    ----------
    model, x, inputs, chunk
        As for `gradient`; a model with a method ``attention``, such as ``rhythm_crnn``, ``crann``
        or ``beat_transformer``.
    target : optional
        Of no effect: attention is the same for every class.
    layer : int
        Which layer of a transformer, the last by default.

    Returns
    -------
    array of float32, shape (batch, lead, time)

    Raises
    ------
    ExplanationInvalid
        As for `gradient`, and if the model has no attention or no such layer.

    References
    ----------
    Jain and Wallace 2019, https://arxiv.org/abs/1902.10186, on what it does not explain.
    """
    if not callable(getattr(model, "attention", None)):
        raise ExplanationInvalid(
            f"{type(model).__name__} has no method attention that gives (batch, step)"
        )
    asked = ask(model, x, target, inputs=inputs)
    n, leads, time = asked.x.shape
    parts = []
    for row in torch.arange(n, device=asked.x.device).split(chunk):
        named = {name: value[row] for name, value in asked.inputs.items()}
        weights = model.attention(asked.x[row], **named)
        parts.append(weights if weights.ndim == 2 else _looked_at(model, weights, layer))
    weights = torch.cat(parts)
    step = _step_of_sample(model, time, weights.shape[1]).to(weights.device)
    return as_attribution(weights[:, None, step].expand(n, leads, time))


def _looked_at(model, weights, layer):
    """Return how much each patch is looked at: (batch, layer, head, patch, patch) to two axes."""
    if not -weights.shape[1] <= layer < weights.shape[1]:
        raise ExplanationInvalid(f"there is no layer {layer}: the model has {weights.shape[1]}")
    heads = weights[:, layer].mean(dim=1)  # (batch, patch that looks, patch)
    if getattr(model, "token", None) is not None:
        seen = heads[:, 0, 1:]
        return seen / seen.sum(dim=1, keepdim=True)
    return heads.mean(dim=1)


def _step_of_sample(model, time, steps):
    """Return the step that each sample belongs to, as the model's attributes say."""
    sample = torch.arange(time)
    if hasattr(model, "samples_per_step"):  # step i is centred on sample i * samples_per_step
        step = (sample + model.samples_per_step // 2) // model.samples_per_step
    elif hasattr(model, "patch"):  # patch i begins at sample i * patch
        step = sample // model.patch
    else:
        step = sample * steps // time
    return step.clamp(max=steps - 1)
