"""Sanity checks: an explanation of a model must go when what the model has learnt goes."""

import copy
import warnings

import torch
from torch import nn

from ecgbook.errors import ExplanationInvalid
from ecgbook.explain.asked import NeverPredicted, ask
from ecgbook.explain.scores import rank_agreement
from ecgbook.models import create_model, list_models

__all__ = ["reset_layers", "reset_weights", "sanity_check"]


def reset_weights(model, *, seed=0):
    """Return a copy of a model as it was before it was trained, in eval mode.

    Weights are drawn anew: as the registry draws them for a model of `create_model`, else by each
    layer's ``reset_parameters``; parameters of a layer without it are shuffled. The running means
    of batch normalisation go as well.
    """
    *_, (_, reset) = reset_layers(model, seed=seed)
    return reset


def reset_layers(model, *, seed=0):
    """Yield (layer, copy) with one more layer reset each time, from the answer to the signal.

    Parameters
    ----------
    model : torch.nn.Module
        Stays as it is.
    seed : int
        Of the new weights.

    Yields
    ------
    str, torch.nn.Module
        Name of the layer that was reset last, and the copy; the last has no trained layer left.

    References
    ----------
    Adebayo et al. 2018, https://arxiv.org/abs/1810.03292: cascading randomisation.
    """
    layers = [name for name, module in model.named_modules() if _own_parameters(module)]
    if not layers:
        raise ExplanationInvalid("the model has no parameters that could be reset")
    fresh = _fresh(model, seed)
    reset = copy.deepcopy(model)
    for name in reversed(layers):
        source, goal = fresh.get_submodule(name), reset.get_submodule(name)
        with torch.no_grad():
            for key, value in _own_state(goal).items():
                value.copy_(_own_state(source)[key])
        yield name, copy.deepcopy(reset).eval()


def sanity_check(method, model, x, target=None, *, inputs=None, seed=0):
    """Return how much an explanation keeps of itself while the model is reset layer by layer.

    Parameters
    ----------
    method : function
        ``method(model, x, target, inputs=inputs)`` to an attribution (batch, lead, time), such as
        `gradient` or a `functools.partial` of another.
    model, x, target, inputs
        As for `gradient`. The class stays the one that the trained model predicts.
    seed : int

    Returns
    -------
    dict of str to array of float64, shape (batch,)
        By the layer that was reset last: the rank correlation with the trained model's explanation
        (`rank_agreement`). It should go to 0; where it stays high, what is shown is the signal.
    """
    asked = ask(model, x, target, inputs=inputs)
    target = asked.target.cpu().numpy()
    trained = method(model, x, target, inputs=inputs)
    kept = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NeverPredicted)  # a model that knows nothing
        for layer, reset in reset_layers(model, seed=seed):
            kept[layer] = rank_agreement(trained, method(reset, x, target, inputs=inputs))
    return kept


def _fresh(model, seed):
    """Return a model of the same build with freshly drawn weights."""
    like = next(model.parameters())
    if getattr(model, "name", None) in list_models():
        return create_model(model.name, seed=seed, **model.config).to(like.device)
    fresh = copy.deepcopy(model).cpu()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for module in fresh.modules():
            _draw(module)
    return fresh.to(like.device)


@torch.no_grad()
def _draw(module):
    if hasattr(module, "reset_parameters"):
        module.reset_parameters()
        return
    for value in module.parameters(recurse=False):
        order = torch.randperm(value.numel())
        value.copy_(value.flatten()[order].reshape(value.shape))


def _own_parameters(module):
    return any(True for _ in module.parameters(recurse=False))


def _own_state(module: nn.Module):
    """Return a layer's own parameters and buffers, such as running means, by name."""
    named = [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]
    return dict(named)
