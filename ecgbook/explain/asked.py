"""What every explanation asks first: a model that answers the same twice, signals, a class."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from ecgbook.errors import ExplanationInvalid
from ecgbook.models import info, list_models

__all__ = ["Asked", "NeverPredicted", "ask", "ask_for_signals"]

_CHUNK = 256  # signals at a time, when the model is asked about whole ones
_CHANGING = (nn.modules.batchnorm._NormBase, nn.modules.dropout._DropoutNd)


class NeverPredicted(UserWarning):
    """The class that is explained is the model's answer to none of the signals."""


@dataclass(frozen=True, eq=False)
class Asked:
    """A model and what it is asked about.

    Parameters
    ----------
    model : torch.nn.Module
    x : tensor, shape (batch, lead, time)
        On the device and in the precision of the model.
    inputs : dict of str to tensor, shape (batch, …)
        Further arguments of ``forward``.
    answer : tensor, shape (batch, class), or None
        What the model says of the whole signals.
    target : tensor of int64, shape (batch,), or None
        The class that is explained, of each signal.
    """

    model: nn.Module
    x: torch.Tensor
    inputs: dict
    answer: torch.Tensor | None = None
    target: torch.Tensor | None = None

    def answers(self, x, row):
        """Return what the model says of changed signals ``x``; ``row`` says whose each is."""
        return self.model(x, **{name: value[row] for name, value in self.inputs.items()})

    def scores(self, x, row):
        """Return the answer for the class that is explained, shape (signal,)."""
        return self.answers(x, row).gather(1, self.target[row, None])[:, 0]

    def probability(self, answer):
        """Return answers as probabilities: a softmax, or a sigmoid where classes do not exclude."""
        alone = answer.shape[1] == 1 or _takes_several(self.model)
        return answer.sigmoid() if alone else answer.softmax(dim=1)


def ask(model, x, target=None, *, inputs=None):
    """Check a classifier, its signals and a class, and return them as `Asked`.

    Parameters
    ----------
    model : torch.nn.Module
        From (batch, lead, time) to (batch, class); in eval mode.
    x : array or tensor, shape (batch, lead, time)
    target : int, or array of int, shape (batch,), optional
        Class to explain, of all signals or of each; the one that the model predicts if left out.
    inputs : mapping of str to array, shape (batch, …), optional
        Further arguments of the model's ``forward``, such as ``length`` or ``features``.

    Raises
    ------
    ExplanationInvalid
        If the model is in train mode although it drops out or normalises by the batch, or answers
        differently when it is asked again; if signals, inputs or answers have a wrong shape or
        hold NaN or infinite values; if there is no such class.

    Warns
    -----
    NeverPredicted
        If a class that was named is the answer to none of the signals.
    """
    asked = ask_for_signals(model, x, inputs=inputs)
    row = torch.arange(len(asked.x), device=asked.x.device)
    with torch.no_grad():
        answer = torch.cat([asked.answers(asked.x[part], part) for part in row.split(_CHUNK)])
    if answer.ndim != 2 or len(answer) != len(row):
        raise ExplanationInvalid(
            f"only answers of shape (batch, class) can be explained, this model gives "
            f"{tuple(answer.shape)} for {len(row)} signals; wrap it so that it does"
        )
    if not answer.isfinite().all():
        raise ExplanationInvalid("the model answers with NaN or infinite numbers")
    _check_alone(asked, answer)
    chosen = chosen_classes(model, answer, target)
    return Asked(model, asked.x, asked.inputs, answer, chosen)


def ask_for_signals(model, x, *, inputs=None):
    """Check a model of any task and its signals, and return them as `Asked` without a class."""
    changing = [name for name, m in model.named_modules() if m.training and _changes(m)]
    if changing:
        raise ExplanationInvalid(
            f"the model is in train mode and {changing[0] or 'it'} changes its answers at random "
            f"or by their neighbours; call model.eval() first"
        )
    like = next((p for p in model.parameters() if p.is_floating_point()), torch.zeros(()))
    x = _tensor(x).to(like.device, like.dtype)
    if x.ndim != 3 or 0 in x.shape:
        raise ExplanationInvalid(
            f"signals need shape (batch, lead, time) with one of each at least, got "
            f"{tuple(x.shape)}; a single one is x[None]"
        )
    if not x.isfinite().all():
        raise ExplanationInvalid("signals hold NaN or infinite values; fill gaps first")
    return Asked(model, x, _checked_inputs(model, inputs, x))


def chosen_classes(model, answer, target):
    """Return the class of each answer that is to be explained, int64 (batch,)."""
    if target is None:
        return answer.argmax(dim=1)
    target = torch.as_tensor(target, device=answer.device)
    n, classes = answer.shape
    if target.is_floating_point() or target.is_complex() or target.dtype == torch.bool:
        raise ExplanationInvalid(f"target must be a class number or one a signal, got {target}")
    if target.shape not in ((), (n,)):
        raise ExplanationInvalid(
            f"target must be one class or one for each of {n} signals, got {tuple(target.shape)}"
        )
    wrong = target[(target < 0) | (target >= classes)]
    if wrong.numel():
        raise ExplanationInvalid(
            f"there is no class {int(wrong.flatten()[0])}: the model has {classes}, numbered from 0"
        )
    target = target.long().expand(n)
    _warn_of_never_predicted(model, answer, target)
    return target


def _warn_of_never_predicted(model, answer, target):
    if _takes_several(model) or answer.shape[1] == 1:
        predicted = (answer > 0).any(dim=0)
    else:
        predicted = torch.zeros(answer.shape[1], dtype=torch.bool, device=answer.device)
        predicted[answer.argmax(dim=1)] = True
    never = sorted({int(c) for c in target.unique() if not predicted[c]})
    if never:
        warnings.warn(
            f"class {', '.join(map(str, never))} is the model's answer to none of these "
            f"{len(answer)} signals: what is shown speaks for the class, not for an answer",
            NeverPredicted,
            stacklevel=5,
        )


def _checked_inputs(model, inputs, x):
    if inputs is not None and not isinstance(inputs, Mapping):
        raise ExplanationInvalid("inputs must be a mapping of names, such as {'length': length}")
    checked = {}
    for name, value in (inputs or {}).items():
        value = _tensor(value)
        dtype = x.dtype if value.is_floating_point() else value.dtype
        checked[name] = value.to(x.device, dtype)
        if value.ndim == 0 or len(value) != len(x):
            raise ExplanationInvalid(
                f"input {name!r} needs a row for each of {len(x)} signals, got {tuple(value.shape)}"
            )
    known = _information(model)
    unknown = set(checked) - set(known.inputs[1:]) if known else set()
    if unknown:
        takes = ", ".join(known.inputs[1:]) or "none"
        raise ExplanationInvalid(
            f"{known.name} has no input {sorted(unknown)[0]!r} beside x; it takes {takes}"
        )
    return checked


def _tensor(values):
    """Return an array or a tensor as a tensor of its own, which may be written to."""
    return values.detach() if isinstance(values, torch.Tensor) else torch.tensor(np.asarray(values))


def _check_alone(asked, answer):
    """Refuse a model that answers otherwise when it is asked again, with another neighbour."""
    row = torch.zeros(4, dtype=torch.long, device=asked.x.device)
    several = torch.stack([*asked.x[row[:3]], asked.x[-1].flip(-1)])
    with torch.no_grad():
        again = asked.answers(several, row)[:3]
    off = (again - answer[0]).abs().max()
    if not off <= 1e-5 + 1e-3 * answer[0].abs().max():
        raise ExplanationInvalid(
            f"the model's answer to the first signal differs by up to {float(off):.2g} when it is "
            f"asked again beside another: dropout or batch statistics are at work although it is "
            f"in eval mode, so there is nothing to explain"
        )


def _changes(module):
    """Whether a module answers differently in train mode."""
    return isinstance(module, _CHANGING) or getattr(module, "dropout", None) not in _NO_DROPOUT


_NO_DROPOUT = (None, 0, 0.0)


def _information(model):
    """Return the `ModelInfo` of a model of the registry, or None."""
    name = getattr(model, "name", None)
    return info(name) if isinstance(name, str) and name in list_models() else None


def _takes_several(model):
    known = _information(model)
    return known is not None and known.task == "multi_label"
