"""One step of the optimizer, and all that surrounds it: schedule, clipping, mixed precision."""

import math

import numpy as np
import torch

from ecgbook.errors import TrainingFailed

__all__ = [
    "adamw",
    "autocast",
    "check_positive",
    "epochs_since_best",
    "finite_mean",
    "generator",
    "learning_rate",
    "mixed_seed",
    "update",
]


def adamw(model, weight_decay):
    """Return AdamW over the weights that may change, decaying matrices and kernels only.

    To shrink a bias or the scale of a normalisation would move what it centres, no more.
    """
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    many = [weight for weight in weights if weight.ndim > 1]
    few = [weight for weight in weights if weight.ndim <= 1]
    return torch.optim.AdamW(
        [{"params": many, "weight_decay": weight_decay}, {"params": few, "weight_decay": 0.0}]
    )


def learning_rate(step, steps, peak):
    """Return the rate of a step: a twentieth of the run straight up, then half a cosine down.

    Examples
    --------
    >>> [round(learning_rate(step, 40, peak=1.0), 2) for step in (0, 1, 2, 21, 39)]
    [0.5, 1.0, 1.0, 0.5, 0.0]
    """
    rise = max(1, steps // 20)
    if step < rise:
        return peak * (step + 1) / rise
    return peak * 0.5 * (1 + math.cos(math.pi * (step - rise) / (steps - rise)))


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
    if precision not in ("float32", "bfloat16", "float16"):
        raise TrainingFailed(f"precision must be float32, bfloat16 or float16, got {precision!r}")
    return torch.autocast(device.type, getattr(torch, precision), precision != "float32")


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
    """Refuse settings that are not above 0.

    Raises
    ------
    TrainingFailed
        Naming the first of them.
    """
    for name, value in settings.items():
        if not value > 0:
            raise TrainingFailed(f"{name} must be above 0, got {value}")
