"""One step of the optimizer, and all that surrounds it: schedule, clipping, mixed precision."""

import math
from functools import partial
from numbers import Integral, Real

import numpy as np
import torch
from torch import nn

from ecgbook.errors import TrainingFailed

__all__ = [
    "autocast",
    "check_positive",
    "generator",
    "initialise",
    "make_optimizer",
    "mixed_seed",
    "native_precision",
    "share_of_rate",
    "update",
]


def make_optimizer(name, model, weight_decay=None):
    """Return AdamW, Adam or SGD over the weights that may change; see `ecgbook.training.fit`.

    Matrices and kernels decay, nothing else: to shrink a bias or the scale of a normalisation
    would move what it centres, no more.
    """
    known = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}
    known |= {"sgd": partial(torch.optim.SGD, lr=1e-3, momentum=0.9)}
    optimizer = _named(name, known, "optimizer")
    if weight_decay is None:
        weight_decay = 0.01 if name == "adamw" else 0.0
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    many = [weight for weight in weights if weight.ndim > 1]
    few = [weight for weight in weights if weight.ndim <= 1]
    groups = {"params": many, "weight_decay": weight_decay}, {"params": few, "weight_decay": 0.0}
    return optimizer(list(groups), fused=True)


def initialise(model, name, seed):
    """Draw matrices and kernels anew that may change, with biases of 0, unless ``name`` is None.

    ``"xavier"`` is the uniform one of Glorot, Bengio 2010, AISTATS; ``"orthogonal"`` that of
    Saxe et al. 2014, ICLR.
    """
    known = {None: None, "xavier": nn.init.xavier_uniform_, "orthogonal": nn.init.orthogonal_}
    draw, chance = _named(name, known, "init"), generator("cpu", seed, 3)
    layers = nn.Linear, nn.RNNBase, nn.modules.conv._ConvNd
    for layer in model.modules() if draw else ():
        for weight in layer.parameters(recurse=False) if isinstance(layer, layers) else ():
            fresh = torch.zeros(weight.shape)
            if weight.requires_grad:
                weight.data.copy_(draw(fresh, generator=chance) if weight.ndim > 1 else fresh)


def share_of_rate(schedule, step, steps, scores=()):
    """Return the learning rate of a step of the run as a share of its peak.

    ``scores`` are the validation scores of the epochs before; see `ecgbook.training.fit`.

    Examples
    --------
    >>> [round(share_of_rate("cosine", step, 40), 2) for step in (0, 1, 2, 21, 39)]
    [0.5, 1.0, 1.0, 0.5, 0.0]
    >>> [round(share_of_rate("step", step, 30), 2) for step in (0, 9, 10, 19, 20)]
    [1.0, 1.0, 0.1, 0.1, 0.01]
    >>> round(share_of_rate("plateau", 0, 1, [0.5, 0.4, 0.5]), 2)
    0.1
    """
    known = {"cosine": _cosine, "step": lambda *_: 0.1 ** (3 * step // steps), "plateau": _plateau}
    return _named(schedule, known, "schedule")(step, steps, scores)


def _cosine(step, steps, scores):
    rise = max(1, steps // 20)
    if step < rise:
        return (step + 1) / rise
    return 0.5 * (1 + math.cos(math.pi * (step - rise) / (steps - rise)))


def _plateau(step, steps, scores):
    best, waited, falls = -math.inf, 0, 0
    for score in scores:
        best, waited = max(best, score), 0 if score > best else waited + 1
        if waited == 2:
            falls, waited = falls + 1, 0
    return 0.1**falls


def update(optimizer, scaler, loss, rate, clip_norm):
    """Move the weights one step of size ``rate`` against the gradient of ``loss``.

    A gradient longer than ``clip_norm`` is cut to that length. The scaler keeps small gradients
    of float16 from vanishing, and does nothing if it is not enabled.
    """
    optimizer.zero_grad()
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)  # the clip must see true lengths
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    torch.nn.utils.clip_grad_norm_(weights, clip_norm)
    for group in optimizer.param_groups:
        group["lr"] = rate
    scaler.step(optimizer)
    scaler.update()


def autocast(precision, device):
    """Return the context in which the forward pass computes in ``precision``."""
    known = {name: getattr(torch, name) for name in ("float32", "bfloat16", "float16")}
    kind = _named(precision, known, "precision")
    return torch.autocast(device.type, kind, precision != "float32")


def native_precision(precision, device):
    """Return ``precision``, for ``"auto"`` bfloat16 where ``device`` is fast, else float32."""
    if precision != "auto":
        return precision
    can = getattr(torch.cpu, "get_capabilities", dict)()  # none are known to an older torch
    native = {"cuda": True, "cpu": any(map(can.get, ("avx512_bf16", "amx_bf16", "bf16")))}
    return "bfloat16" if native.get(device.type) else "float32"


def mixed_seed(*numbers):
    """Return one seed from several numbers, so that no two streams are shifted copies."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


def generator(device, *numbers):
    """Return a source of chance on a device, seeded with `mixed_seed`."""
    return torch.Generator(device).manual_seed(mixed_seed(*numbers))


def check_positive(**settings):
    """Refuse settings that are not above 0, or not whole where they count something."""
    for name, value in settings.items():
        kind = Integral if name in ("epochs", "batch_size", "patience") else Real
        if not isinstance(value, kind) or not value > 0:
            whole = "a whole number " if kind is Integral else ""
            raise TrainingFailed(f"{name} must be {whole}above 0, got {value!r}")


def _named(name, known, setting):
    if name not in known:
        raise TrainingFailed(f"{setting} must be {' or '.join(map(repr, known))}, got {name!r}")
    return known[name]
