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
    "epochs_since_best",
    "finite_mean",
    "generator",
    "initialise",
    "make_optimizer",
    "mixed_seed",
    "named",
    "native_precision",
    "share_of_rate",
    "update",
]


def named(name, known, setting):
    """Return what ``known`` holds under ``name``.

    Raises
    ------
    TrainingFailed
        If it holds nothing there.
    """
    if name not in known:
        raise TrainingFailed(f"{setting} must be {' or '.join(map(repr, known))}, got {name!r}")
    return known[name]


def make_optimizer(name, model, weight_decay=None):
    """Return an optimizer over the weights that may change, decaying matrices and kernels only.

    To shrink a bias or the scale of a normalisation would move what it centres, no more.

    Parameters
    ----------
    name : {"adamw", "adam", "sgd"}
        The last with a momentum of 0.9.
    model : torch.nn.Module
    weight_decay : float, optional
        By default 0.01 for AdamW and 0 for the others, to whose gradient it is added.
    """
    known = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}
    known |= {"sgd": partial(torch.optim.SGD, lr=1e-3, momentum=0.9)}
    optimizer = named(name, known, "optimizer")
    if weight_decay is None:
        weight_decay = 0.01 if name == "adamw" else 0.0
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    many = [weight for weight in weights if weight.ndim > 1]
    few = [weight for weight in weights if weight.ndim <= 1]
    groups = {"params": many, "weight_decay": weight_decay}, {"params": few, "weight_decay": 0.0}
    return optimizer(list(groups), fused=True)


def initialise(model, name, seed):
    """Draw the first weights of convolutions, linear and recurrent layers anew.

    Parameters
    ----------
    model : torch.nn.Module
        Its frozen weights and its biases stay.
    name : {None, "xavier", "orthogonal"}
        None leaves the model's own weights; Xavier's are uniform (Glorot, Bengio 2010, AISTATS),
        orthogonal ones those of Saxe et al. 2014, ICLR.
    seed : int
    """
    ways = {None: None, "xavier": nn.init.xavier_uniform_, "orthogonal": nn.init.orthogonal_}
    draw, chance = named(name, ways, "init"), generator("cpu", seed, 3)
    if draw is None:
        return
    for layer in model.modules():
        if isinstance(layer, nn.Linear | nn.RNNBase | nn.modules.conv._ConvNd):
            for weight in layer.parameters(recurse=False):
                if weight.ndim > 1 and weight.requires_grad:
                    weight.data.copy_(draw(torch.empty(weight.shape), generator=chance))


def share_of_rate(schedule, *, step, steps, scores=()):
    """Return the learning rate of a step as a share of its peak.

    Parameters
    ----------
    schedule : {"cosine", "step", "plateau"}
        A twentieth of the run straight up, then half a cosine down; a tenth after each third of
        the run; or a tenth whenever two epochs have brought no better score.
    step, steps : int
        Number of the step, from 0, and of all steps of the run.
    scores : sequence of float
        Validation scores of the epochs before, for the plateau.

    Examples
    --------
    >>> [round(share_of_rate("cosine", step=i, steps=40), 2) for i in (0, 1, 2, 21, 39)]
    [0.5, 1.0, 1.0, 0.5, 0.0]
    >>> [round(share_of_rate("step", step=i, steps=30), 2) for i in (0, 9, 10, 19, 20)]
    [1.0, 1.0, 0.1, 0.1, 0.01]
    >>> round(share_of_rate("plateau", step=0, steps=1, scores=[0.5, 0.4, 0.5]), 2)
    0.1
    """
    return named(schedule, _SCHEDULES, "schedule")(step, steps, scores)


def _cosine(step, steps, scores):
    rise = max(1, steps // 20)
    if step < rise:
        return (step + 1) / rise
    return 0.5 * (1 + math.cos(math.pi * (step - rise) / (steps - rise)))


def _steps(step, steps, scores):
    return 0.1 ** (3 * step // steps)


def _plateau(step, steps, scores):
    best, waited, falls = -math.inf, 0, 0
    for score in scores:
        best, waited = max(best, score), 0 if score > best else waited + 1
        if waited == 2:
            falls, waited = falls + 1, 0
    return 0.1**falls


_SCHEDULES = {"cosine": _cosine, "step": _steps, "plateau": _plateau}


def update(optimizer, scaler, loss, rate, clip_norm):
    """Move the weights one step of size ``rate`` against the gradient of ``loss``.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
    scaler : torch.amp.GradScaler
        Keeps small gradients of float16 from vanishing; does nothing if it is not enabled.
    loss : tensor, scalar
    rate : float
        Learning rate of this step.
    clip_norm : float
        A longer gradient is cut to this length.
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
    """Return the context in which the forward pass computes in ``precision``.

    Raises
    ------
    TrainingFailed
        If ``precision`` is not float32, bfloat16 or float16.
    """
    known = {name: getattr(torch, name) for name in ("float32", "bfloat16", "float16")}
    return torch.autocast(device.type, named(precision, known, "precision"), precision != "float32")


def native_precision(precision, device):
    """Return ``precision``, and for ``"auto"`` bfloat16 where ``device`` has it, else float32.

    A processor without instructions for bfloat16 computes more slowly in it.
    """
    if precision != "auto":
        return precision
    if device.type == "cuda":
        has = torch.cuda.is_bf16_supported(including_emulation=False)
    elif hasattr(torch.cpu, "get_capabilities"):
        can = torch.cpu.get_capabilities()
        has = any(can.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))
    else:
        has = torch.cpu._is_avx512_bf16_supported()
    return "bfloat16" if has and device.type in ("cpu", "cuda") else "float32"


def mixed_seed(*numbers):
    """Return one seed from several numbers, so that no two streams are shifted copies."""
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])


def generator(device, *numbers):
    """Return a source of chance on a device, seeded with `mixed_seed`."""
    return torch.Generator(device).manual_seed(mixed_seed(*numbers))


def finite_mean(losses, epoch):
    """Return the mean loss of an epoch, refused if a batch of it has none.

    Raises
    ------
    TrainingFailed
        If a loss is NaN or infinite.
    """
    bad = (~torch.isfinite(losses)).nonzero()
    if len(bad):
        step = int(bad[0])
        raise TrainingFailed(
            f"the loss is {float(losses[step])} in epoch {epoch + 1}, batch {step + 1} of "
            f"{len(losses)}; lower lr, or look for extreme values in the inputs"
        )
    return float(losses.mean())


def epochs_since_best(history):
    """Return how long ago the epoch with the highest ``valid_score`` was; 0 before the first."""
    scores = [record["valid_score"] for record in history]
    return len(scores) - 1 - scores.index(max(scores)) if scores else 0


def check_positive(**settings):
    """Refuse settings that are not above 0, or not whole where they count something.

    Raises
    ------
    TrainingFailed
        Naming the first of them.
    """
    for name, value in settings.items():
        kind = Integral if name in ("epochs", "batch_size", "patience") else Real
        if not isinstance(value, kind) or not value > 0:
            whole = "a whole number " if kind is Integral else ""
            raise TrainingFailed(f"{name} must be {whole}above 0, got {value!r}")
