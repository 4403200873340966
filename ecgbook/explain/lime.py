"""LIME: a linear model of what a network says when segments of a signal are taken away."""

from dataclasses import dataclass

import numpy as np
import torch

from ecgbook.errors import ExplanationInvalid
from ecgbook.explain.asked import Asked, ask, chosen_classes
from ecgbook.explain.neighbourhood import agreement, draw_masks, kernel, ridge
from ecgbook.explain.replacing import replacement
from ecgbook.explain.segments import numbered

__all__ = ["LimeExplanation", "lime", "lime_explanation"]


def lime(model, x, target=None, **settings):
    """Return the coefficient of each sample's segment, float32 (batch, lead, time).

    Parameters
    ----------
    model, x, target
        As for `gradient`.
    **settings
        Of `lime_explanation`, which also says how well and how stably the coefficients fit.
    """
    return lime_explanation(model, x, **settings).attribution(target)


@dataclass(frozen=True, eq=False)
class LimeExplanation:
    """What LIME found for many signals and all classes; printed, it says how stable that is.

    Parameters
    ----------
    segments : array of int64, shape (batch, lead, time)
        Segment of each sample, −1 for none.
    coefficient : array of float64, shape (batch, class, segment)
        How much of the answer goes when the segment goes; NaN beyond a signal's last segment.
    intercept, fit, stability : arrays of float64, shape (batch, class)
        Of the linear model its constant and its weighted R²; and the mean rank correlation of the
        coefficients between seeds, each with its own part of the samples, so that the pooled
        coefficients are more stable than that. NaN where the answer never moves, as for a constant
        signal whose pieces are replaced by their mean, and for a single segment.
    repeats : int
        Number of seeds.
    asked : Asked
    """

    segments: np.ndarray
    coefficient: np.ndarray
    intercept: np.ndarray
    fit: np.ndarray
    stability: np.ndarray
    repeats: int
    asked: Asked

    def attribution(self, target=None):
        """Return the coefficient of each sample's segment, float32 (batch, lead, time).

        ``target`` is a class, one a signal, or, if left out, what the model predicts. Samples that
        belong to no segment get 0.
        """
        chosen = chosen_classes(self.asked.model, self.asked.answer, target).cpu().numpy()
        row = np.arange(len(chosen))
        value = np.pad(self.coefficient[row, chosen], ((0, 0), (0, 1)))  # −1 takes the last: 0
        return value[row[:, None, None], self.segments].astype(np.float32)

    def __repr__(self):
        n, classes, most = self.coefficient.shape
        row, chosen = np.arange(n), self.asked.answer.argmax(dim=1).cpu().numpy()
        fit, stability = self.fit[row, chosen], self.stability[row, chosen]
        return (
            f"LimeExplanation({n} signals, {classes} classes, up to {most} segments; of the "
            f"predicted class: fit {_median(fit)}, stability over {self.repeats} seeds "
            f"{_median(stability)})"
        )


def lime_explanation(
    model,
    x,
    *,
    segments,
    replace="mean",
    samples=1000,
    repeats=5,
    seed=0,
    of="probability",
    kernel_width=25.0,
    alpha=1.0,
    inputs=None,
    chunk=256,
):
    """Explain all classes for many signals by which segments their answers need.

    Some segments are replaced, the model is asked, and this many times over; then a linear model
    that counts signals less the more they lost says how much each segment is worth. Signals that
    come out alike are asked about once: with 7 segments there are 128, however many samples.

    Parameters
    ----------
    model, x, inputs
        As for `gradient`.
    segments : array of int
        A map of segments, such as `uniform_segments`: of shape (time,) or one that broadcasts to
        (batch, lead, time).
    replace : {"mean", "line", "zero"} or array
        What a segment is replaced by (`replacement`).
    samples, repeats, seed : int
        Masks in all, shared evenly by ``repeats`` seeds from ``seed`` on. The masks depend on the
        seed and the number of segments alone: a signal is explained in a batch as it is alone.
    of : {"probability", "answer"}
        What is explained: probabilities, as the library ``lime`` does, or the answers as they are.
    kernel_width, alpha : float
        Of the kernel and of the ridge penalty, the defaults of ``lime``.
    chunk : int
        Most changed signals that exist at a time.

    Returns
    -------
    LimeExplanation

    Raises
    ------
    ExplanationInvalid
        As for `gradient`, and if the segments do not fit the signals or a setting is out of range.

    References
    ----------
    Ribeiro et al. 2016, https://arxiv.org/abs/1602.04938; for time series Metzenthin,
    https://github.com/emanuel-metzenthin/Lime-For-Time.
    """
    asked = ask(model, x, inputs=inputs)
    _check(samples, repeats, of, chunk)
    segments, count = numbered(segments, tuple(asked.x.shape))
    blank = replacement(asked.x.cpu().numpy(), segments, replace)
    blank = torch.as_tensor(blank, device=asked.x.device)
    shape = *asked.answer.shape, int(count.max())
    found = np.full(shape, np.nan), *(np.full(shape[:2], np.nan) for _ in range(3))
    for k in np.unique(count):
        row = np.flatnonzero(count == k)
        per_seed = -(-samples // repeats)
        drawn = [
            draw_masks(k, per_seed, seed + i)[: samples - i * per_seed] for i in range(repeats)
        ]
        masks, place = np.unique(np.concatenate(drawn), axis=0, return_inverse=True)
        y = _answers(asked, blank, segments, row, masks, of, chunk)
        parts = np.split(place.ravel(), np.cumsum([len(part) for part in drawn])[:-1])
        fitted = _fit(masks, parts, y, kernel_width, alpha)
        for whole, part in zip(found, fitted, strict=True):
            whole[(row, slice(None), slice(k))[: whole.ndim]] = part
    return LimeExplanation(segments, *found, repeats, asked)


def _fit(masks, parts, y, width, alpha):
    """Return coefficients, intercept and fit of all parts together, and the parts' agreement."""
    weight = kernel(masks, width)
    times = np.array([np.bincount(part, minlength=len(masks)) for part in parts])
    pooled = ridge(masks, weight * times.sum(axis=0), y, alpha)
    alone = [ridge(masks, weight * own, y, alpha)[0] for own in times]
    return *pooled, agreement(np.array(alone))


@torch.no_grad()
def _answers(asked, blank, segments, row, masks, of, chunk):
    """Ask about each signal of ``row`` under each mask: (signal, class, mask)."""
    keep = torch.as_tensor(masks, device=blank.device)
    keep = torch.cat([keep, keep.new_ones(len(keep), 1)], dim=1)  # segment −1 always stays
    maps = [torch.tensor(own, device=blank.device) for own in _maps(segments)]
    answers = torch.empty(len(row) * len(keep), asked.answer.shape[1])
    for pair in torch.arange(len(answers)).split(chunk):
        changed, whose = _changed(asked.x, blank, maps, keep, row, pair)
        answer = asked.answers(changed, whose)
        answer = asked.probability(answer) if of == "probability" else answer
        answers[pair] = answer.float().cpu()
    return answers.reshape(len(row), len(keep), -1).transpose(1, 2).double().numpy()


def _maps(segments):
    """Return the map of each signal, or the one of all; of one lead where all have the same."""
    of_all = segments[:1] if segments.strides[0] == 0 else segments
    return of_all[:, :1] if segments.strides[1] == 0 else of_all


def _changed(x, blank, maps, keep, row, pair):
    """Return the signals of some pairs of signal and mask, numbered signal by signal."""
    first, last = int(pair[0]), int(pair[-1]) + 1
    whose = torch.as_tensor(row, device=x.device)[pair.to(x.device) // len(keep)]
    changed = x.new_empty(len(pair), *x.shape[1:])
    for i in range(first // len(keep), -(-last // len(keep))):
        begin, end = max(first, i * len(keep)), min(last, (i + 1) * len(keep))
        own = keep[begin - i * len(keep) : end - i * len(keep)]
        stays = own[:, maps[row[i] % len(maps)]]  # (mask, lead, time)
        torch.where(stays, x[row[i]], blank[row[i]], out=changed[begin - first : end - first])
    return changed, whose


def _check(samples, repeats, of, chunk):
    if of not in ("probability", "answer"):
        raise ExplanationInvalid(f"of must be 'probability' or 'answer', got {of!r}")
    if repeats < 2 or chunk < 1 or samples < 2 * repeats:
        raise ExplanationInvalid(
            f"LIME needs two seeds, two samples a seed and a chunk of 1 at least, got "
            f"repeats={repeats}, samples={samples}, chunk={chunk}"
        )


def _median(values):
    known = values[np.isfinite(values)]
    return f"{np.median(known):.2f} (least {known.min():.2f})" if len(known) else "not defined"
