"""Occlusion: what the answer loses when a window of the signal is taken away."""

import numpy as np
import torch

from ecgbook.errors import ExplanationInvalid
from ecgbook.explain.asked import ask
from ecgbook.explain.gradient import as_attribution
from ecgbook.explain.replacing import replacement

__all__ = ["occlusion"]


@torch.no_grad()
def occlusion(
    model,
    x,
    target=None,
    *,
    width,
    stride=None,
    leads="each",
    replace="mean",
    inputs=None,
    chunk=256,
):
    """Return the mean loss over all windows that cover a sample, float32 (batch, lead, time).

    Parameters
    ----------
    model, x, target, inputs, chunk
        As for `gradient`; no gradient is needed.
    width, stride : int
        Samples of a window, and from one to the next, half a window if left out. The last one may
        reach beyond the signal.
    leads : {"each", "together"}
        Whether a window hides one lead or all at once.
    replace : {"mean", "line", "zero"} or array
        What stands in the window's place (`ecgbook.explain.replacement`); under the first two
        nothing can be taken from a constant signal, which gets 0 everywhere.

    Returns
    -------
    array of float32, shape (batch, lead, time)
        Positive where the window speaks for the class.

    Raises
    ------
    ExplanationInvalid
        As for `gradient`, and if a window is longer than the signal or leaves samples out.

    References
    ----------
    Zeiler and Fergus 2014, https://arxiv.org/abs/1311.2901.
    """
    asked = ask(model, x, target, inputs=inputs)
    time = asked.x.shape[2]
    stride = max(1, width // 2) if stride is None else stride
    if not 1 <= stride <= width <= time:
        raise ExplanationInvalid(
            f"a window must fit the {time} samples of a signal and be moved by its width at most, "
            f"got width={width}, stride={stride}"
        )
    if leads not in ("each", "together"):
        raise ExplanationInvalid(f"leads must be 'each' or 'together', got {leads!r}")
    n_windows = 1 + -(-(time - width) // stride)
    begin = stride * np.arange(n_windows)
    spans = list(zip(begin, np.minimum(begin + width, time), strict=True))
    groups = np.eye(asked.x.shape[1], dtype=bool) if leads == "each" else np.ones((1, 1), bool)
    loss = _losses(asked, spans, groups, replace, chunk)  # (signal, group, window)
    total, covered = torch.zeros_like(asked.x), torch.zeros(time, device=asked.x.device)
    for i, (first, last) in enumerate(spans):
        total[:, :, first:last] += loss[:, :, i, None]
        covered[first:last] += 1
    return as_attribution(total / covered)


def _losses(asked, spans, groups, replace, chunk):
    """Return what the answer loses by each window: (signal, group of leads, window)."""
    x, n_leads = asked.x, asked.x.shape[1]
    blanks = _blanks(x.cpu().numpy(), spans, replace)
    hidden = torch.as_tensor(np.broadcast_to(groups, (len(groups), n_leads)).copy()).to(x.device)
    row = torch.arange(len(x), device=x.device)
    whole = torch.cat([asked.scores(x[part], part) for part in row.split(chunk)])
    pairs = torch.cartesian_prod(row, torch.arange(len(groups), device=x.device)).reshape(-1, 2)
    loss = x.new_empty(len(x), len(groups), len(spans))
    for i, (first, last) in enumerate(spans):
        blank = torch.as_tensor(blanks[i], device=x.device)
        for part in pairs.split(chunk):
            whose, group = part.T
            changed = x[whose]
            window = changed[:, :, first:last]
            window.copy_(torch.where(hidden[group][:, :, None], blank[whose], window))
            loss[whose, group, i] = whole[whose] - asked.scores(changed, whose)
    return loss


def _blanks(x, spans, replace):
    """Return what stands in the place of each window, each (signal, lead, width)."""
    if not isinstance(replace, str):
        others = replacement(x, np.zeros(1, np.int64), replace)
        return [others[:, :, first:last] for first, last in spans]
    one = np.zeros(1, np.int64)
    return [replacement(x[:, :, first:last], one, replace) for first, last in spans]
