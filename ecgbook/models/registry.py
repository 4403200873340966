"""Every model of the book by its name."""

import difflib
import functools
import inspect
from dataclasses import dataclass

import torch

from ecgbook.errors import EcgError, ModelInvalid

__all__ = ["ModelInfo", "count_parameters", "create_model", "info", "list_models", "register"]

TASKS = ("single_label", "multi_label", "reconstruction")
_MODELS = {}


@dataclass(frozen=True)
class ModelInfo:
    """What is known of a model before it is built.

    Parameters
    ----------
    name, model_class : str, subclass of torch.nn.Module
        What `create_model` is told, and what it builds.
    inputs : tuple of str
        Arguments of ``forward``: ``"x"``, the signal, and perhaps ``"features"``, the numbers
        beside it, which the model takes if it is built with ``features`` above 0, or ``"length"``,
        the samples of each signal before its padding, which may be left out.
    min_length : int
        Fewest samples of a signal; with fewer the model is not called.
    task : {"single_label", "multi_label", "reconstruction"} or None
        What it learns; None for a network that only serves to train another.
    cam_layer : str or None
        Submodule with output (batch, channel, time) that class activation maps are made from.
    paper : str
        Where it was published; empty for a network of this book.
    parameters : dict of str: int, or None
        Published number with default settings, by what it counts (`count_parameters`).
    """

    name: str
    model_class: type
    inputs: tuple[str, ...]
    min_length: int
    task: str | None
    cam_layer: str | None
    paper: str
    parameters: dict[str, int] | None


def register(name, *, inputs, min_length, task, cam_layer=None, paper="", parameters=None):
    """Return a class decorator that makes a model known as ``name``, with its `ModelInfo`.

    From then on the class refuses signals of less than ``min_length`` samples.
    """
    known = inputs, min_length, task, cam_layer, paper, parameters

    def add(model_class):
        _MODELS[name] = ModelInfo(name, model_class, *known)
        model_class.__init__ = _guarded(model_class.__init__, name, min_length)
        return model_class

    return add


def list_models(task=None):
    """Return the names of all models, or of those for one task, sorted."""
    if task is not None and task not in TASKS:
        raise ModelInvalid(f"there is no task {task!r}; the tasks are {', '.join(TASKS)}")
    return sorted(name for name, model in _MODELS.items() if task in (None, model.task))


def info(name):
    """Return the `ModelInfo` of a model; `ModelInvalid` is raised if there is none."""
    if name not in _MODELS:
        close = difflib.get_close_matches(str(name).lower(), _MODELS)
        hint = f"did you mean {' or '.join(close)}? The" if close else "the"
        known = ", ".join(list_models())
        raise ModelInvalid(f"there is no model {name!r}; {hint} models are {known}")
    return _MODELS[name]


def create_model(name, /, *, seed=0, **config):
    """Build a model with freshly drawn weights.

    Every model takes a batch ``(batch, lead, time)`` of float32; built with ``features`` above
    0, also ``(batch, feature)``: what a cut-out signal no longer shows, such as RR intervals.

    Parameters
    ----------
    name : str
        One of `list_models`.
    seed : int
        Of the first weights; the caller's random state is left alone.
    **config
        Keyword arguments of the model's class, such as ``leads`` and ``classes``.

    Returns
    -------
    torch.nn.Module
        Its ``name`` and ``config`` (defaults filled in) say how to build it again.

    Raises
    ------
    ModelInvalid
        If there is no such model, or it has no such setting or cannot be built with it.

    Examples
    --------
    >>> model = create_model("beat_cnn", leads=2, classes=4)
    >>> model(torch.zeros(8, 2, 256)).shape
    torch.Size([8, 4])
    """
    model_class = info(name).model_class
    signature = inspect.signature(model_class)
    try:
        bound = signature.bind(**config)
        bound.apply_defaults()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = model_class(**bound.kwargs)
    except EcgError:
        raise
    except Exception as error:
        raise ModelInvalid(
            f"{name} cannot be built with {config}: {error}; its settings are {signature}"
        ) from error
    model.name, model.config = name, bound.kwargs
    return model


def count_parameters(model, counting="trainable"):
    """Count the parameters of a model, as the source of a published number counts them.

    ``counting="trainable"``: all that may change in training. ``"keras"``: all that Keras would
    list for the same layers, with moving means and variances of batch normalisation and one bias
    a gate, where recurrent layers of torch have two. Anything else raises `ModelInvalid`.

    Examples
    --------
    Four gates of two units see three inputs, two units and one bias:

    >>> count_parameters(torch.nn.LSTM(3, 2), "keras")  # 4 * 2 * (3 + 2 + 1)
    48
    """
    if counting == "trainable":
        return sum(p.numel() for p in model.parameters() if p.requires_grad)
    if counting != "keras":
        raise ModelInvalid(f"counting must be 'trainable' or 'keras', got {counting!r}")
    one_bias = [p for name, p in model.named_parameters() if "bias_hh" not in name]
    kinds = ("running_mean", "running_var")
    moving = [buffer for name, buffer in model.named_buffers() if name.endswith(kinds)]
    return sum(tensor.numel() for tensor in one_bias + moving)


def _guarded(init, name, min_length):
    """Return ``__init__`` of a model that from then on checks each signal it is called with."""

    @functools.wraps(init)
    def guarded(self, **config):
        init(self, **config)
        check = functools.partial(_check_length, name, min_length)
        self.register_forward_pre_hook(check, with_kwargs=True)

    return guarded


def _check_length(name, min_length, model, inputs, named):
    shape = tuple((inputs[0] if inputs else named["x"]).shape)
    if shape[-1] < min_length:
        raise ModelInvalid(
            f"{name} needs signals of at least {min_length} samples, got an input of shape "
            f"{shape}; cut longer windows from the recordings"
        )
