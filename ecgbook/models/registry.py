"""Every model of the book by its name."""

import inspect

import torch

from ecgbook.errors import ModelInvalid

__all__ = ["create_model", "list_models", "register"]

_MODELS = {}


def register(name):
    """Return a class decorator that makes a model known to `create_model` as ``name``."""

    def add(model_class):
        _MODELS[name] = model_class
        return model_class

    return add


def list_models():
    """Return the names of all models, sorted.

    Examples
    --------
    >>> "beat_cnn" in list_models()
    True
    """
    return sorted(_MODELS)


def create_model(name, *, seed=0, **config):
    """Build a model with freshly drawn weights.

    Every model takes a batch ``(batch, lead, time)`` of float32. One that is built with
    ``features`` above 0 takes a second input ``(batch, feature)``: numbers that the cut-out
    signal no longer shows, such as the RR intervals around a beat.

    Parameters
    ----------
    name : str
        One of `list_models`.
    seed : int, default 0
        Seed of the first weights; the caller's random state is left alone.
    **config
        Keyword arguments of the model's class, such as ``leads`` and ``classes``.

    Returns
    -------
    torch.nn.Module
        Its ``name`` and ``config`` (defaults filled in) say how to build it again.

    Raises
    ------
    ModelInvalid
        If there is no such model or it has no such setting.

    Examples
    --------
    >>> model = create_model("beat_cnn", leads=2, classes=4)
    >>> model(torch.zeros(8, 2, 256)).shape
    torch.Size([8, 4])
    """
    if name not in _MODELS:
        raise ModelInvalid(f"there is no model {name!r}; the models are {', '.join(list_models())}")
    signature = inspect.signature(_MODELS[name])
    try:
        bound = signature.bind(**config)
    except TypeError as error:
        raise ModelInvalid(f"{name}: {error}; its settings are {signature}") from None
    bound.apply_defaults()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = _MODELS[name](**bound.kwargs)
    model.name, model.config = name, bound.kwargs
    return model
