"""The residual of an autoencoder: where a signal is not what normal signals have taught it."""

import torch

from ecgbook.errors import ExplanationInvalid
from ecgbook.explain.asked import ask_for_signals
from ecgbook.explain.gradient import as_attribution

__all__ = ["autoencoder_residual"]


@torch.no_grad()
def autoencoder_residual(model, x, target=None, *, inputs=None, chunk=256):
    """Return how far each sample is from what the model gives back, float32 (batch, lead, time).

    Parameters
    ----------
    model : torch.nn.Module
        An autoencoder in eval mode, from (batch, lead, time) to the same.
    x, inputs, chunk
        As for `gradient`.
    target : optional
        Of no effect: an autoencoder knows no classes.

    Returns
    -------
    array of float32, shape (batch, lead, time)
        0 or more, in the unit of the signals; the mean over a signal is its anomaly score
        (`ecgbook.training.anomaly_scores` with ``norm=1``).

    Raises
    ------
    ExplanationInvalid
        As for `gradient`, and if the model gives something else than signals of the same shape.
    """
    asked = ask_for_signals(model, x, inputs=inputs)
    parts = []
    for row in torch.arange(len(asked.x), device=asked.x.device).split(chunk):
        given = asked.answers(asked.x[row], row)
        if not isinstance(given, torch.Tensor) or given.shape != asked.x[row].shape:
            shape = tuple(given.shape) if isinstance(given, torch.Tensor) else type(given).__name__
            raise ExplanationInvalid(
                f"an autoencoder gives back what it takes, {tuple(asked.x[row].shape)}; this model "
                f"gives {shape}"
            )
        parts.append((asked.x[row] - given).abs())
    return as_attribution(torch.cat(parts))
