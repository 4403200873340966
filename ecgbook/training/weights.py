"""The weights of a model on disk, with what a stranger needs to use them."""

import json
from importlib.metadata import version
from typing import Annotated, Any

import msgspec
import torch

from ecgbook import released
from ecgbook.errors import DataCorrupt, ModelInvalid
from ecgbook.models import create_model
from ecgbook.training.tensorfile import read_tensors, write_tensors

__all__ = ["load_model", "load_released", "load_weights", "save_weights"]


class _Card(msgspec.Struct):
    """What a file of weights says of itself; it may say more."""

    model: str
    config: dict[str, Any]
    classes: Annotated[list[str], msgspec.Meta(min_length=1)]
    fs: Annotated[float, msgspec.Meta(gt=0)]  # Hz
    ecgbook: str


def save_weights(path, model, *, classes, fs, **notes):
    """Write the weights of a model, which must be finite, and how to build it.

    Parameters
    ----------
    path : path-like
        File to write, by custom ``*.safetensors``.
    model : torch.nn.Module
        Made by `ecgbook.models.create_model`.
    classes, fs : sequence of str, float
        Name of each output, and sampling rate of the input in Hz.
    **notes
        Anything else that JSON can hold, such as ``database`` or ``seed``.
    """
    if not hasattr(model, "config"):
        raise ModelInvalid(
            f"save_weights needs a model made by models.create_model, got {type(model).__name__}"
        )
    card = {"model": model.name, "config": model.config, "classes": list(classes), "fs": fs}
    card = notes | card | {"ecgbook": version("ecgbook")}
    try:
        text = {key: json.dumps(value, allow_nan=False) for key, value in card.items()}
        msgspec.convert({key: _decoded(value) for key, value in text.items()}, _Card)
    except (TypeError, ValueError) as error:
        raise ModelInvalid(f"save_weights cannot note this in {path}: {error}") from None
    from ecgbook.training.vouched import with_digest

    weights = model.state_dict()
    weights = _checked(weights, weights, f"the model for {path}")
    write_tensors(path, weights, with_digest(text, weights))


def load_weights(model, path):
    """Fill a model with the weights of a file and return what the file says of itself.

    This is a dict of ``model``, ``config``, ``classes``, ``fs``, the version of ``ecgbook``, and
    further notes; a file of another program says what it likes. Floating-point numbers of another
    precision are converted to that of the model. A file that is damaged or has a wrong card is
    `DataCorrupt`; weights of another architecture or kind of number, or not finite, `ModelInvalid`.
    """
    tensors, card = _read(path)
    _check_shapes(model, tensors, card, path)
    model.load_state_dict(_checked(tensors, model.state_dict(), path))
    return card


def load_model(path):
    """Build the model that `save_weights` wrote, on the CPU in eval mode; return it and its card.

    Card and errors are those of `load_weights`; so is a model that this version of ecgbook lacks.
    """
    tensors, card = _read(path)
    if "ecgbook" not in card:
        raise ModelInvalid(f"{path} does not say of which model it is; use load_weights")
    with torch.device("meta"):  # takes no memory, however large the card says that the model is
        _check_shapes(create_model(card["model"], **card["config"]), tensors, card, path)
    model = create_model(card["model"], **card["config"])
    return model.eval(), load_weights(model, path)


def load_released(name):
    """Build a model with the weights that came with the package; return it and its card.

    ``name`` is one of ``ecgbook.released.names()``; each is described in ``<name>.md`` beside.
    """
    return load_model(released.path(f"{name}.safetensors"))


def _read(path):
    """Return the tensors of a file, not in memory before they are used, and its card."""
    tensors, notes = read_tensors(path)
    card = {key: _decoded(text) for key, text in notes.items()}
    try:
        if "ecgbook" in card:
            msgspec.convert(card, _Card)
    except msgspec.ValidationError as error:
        raise DataCorrupt(f"the card of {path} is wrong ({error}); fetch it again") from None
    return tensors, card


def _decoded(text):
    """Return what is JSON; files of other programs hold plain text."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text


def _check_shapes(model, tensors, card, path):
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    if found != expected:
        name = next(n for n in (*expected, *found) if expected.get(n) != found.get(n))
        raise ModelInvalid(
            f"{path} holds {card.get('model', 'a model')} with config {card.get('config', {})}, "
            f"which does not fit this {type(model).__name__}: {name} has shape "
            f"{found.get(name, 'none')} in the file and {expected.get(name, 'none')} in the model"
        )


def _checked(tensors, expected, origin):
    """Return tensors of the type and precision of those expected, all of them finite."""
    checked = {}
    for name, tensor in tensors.items():
        dtype = expected[name].dtype
        if tensor.dtype != dtype and not (tensor.is_floating_point() and dtype.is_floating_point):
            raise ModelInvalid(f"{name} of {origin} is {tensor.dtype}, the model needs {dtype}")
        checked[name] = tensor.to(dtype)
        if not checked[name].isfinite().all():
            raise ModelInvalid(f"{name} of {origin} is not finite: its training has diverged")
    return checked
