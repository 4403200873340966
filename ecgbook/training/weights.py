"""The weights of a model on disk, with what a stranger needs to use them."""

import json

import ecgbook
from ecgbook.errors import DataMissing, ModelInvalid
from ecgbook.models import create_model
from ecgbook.results import reference_files
from ecgbook.training.tensorfile import read_tensors, write_tensors

__all__ = ["load_model", "load_released", "load_weights", "save_weights"]


def save_weights(path, model, *, classes, fs, **notes):
    """Write the weights of a model and how to build it.

    Parameters
    ----------
    path : path-like
        File to write, by custom ``*.safetensors``.
    model : torch.nn.Module
        Made by `ecgbook.models.create_model`.
    classes : sequence of str
        Name of each output.
    fs : float
        Sampling rate of the input in Hz.
    **notes
        Anything else that JSON can hold, such as ``database`` or ``seed``.

    Raises
    ------
    ModelInvalid
        If the model was not made by `ecgbook.models.create_model`.
    """
    if not hasattr(model, "config"):
        raise ModelInvalid(
            f"save_weights needs a model made by models.create_model, got {type(model).__name__}"
        )
    card = {"model": model.name, "config": model.config, "classes": list(classes), "fs": fs}
    card |= {"ecgbook": ecgbook.__version__} | notes
    write_tensors(path, model.state_dict(), {key: json.dumps(value) for key, value in card.items()})


def load_weights(model, path):
    """Fill a model with the weights of a file.

    Returns
    -------
    dict
        What the file says of itself: ``model``, ``config``, ``classes``, ``fs``, the version of
        ``ecgbook``, and further notes.

    Raises
    ------
    DataMissing, DataCorrupt
        If there is no such file or it is damaged.
    ModelInvalid
        If the weights are those of another architecture.
    """
    tensors, notes = read_tensors(path)
    card = _card(notes)
    expected = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    if found != expected:
        name = next(n for n in (*expected, *found) if expected.get(n) != found.get(n))
        raise ModelInvalid(
            f"{path} holds {card.get('model', 'a model')} with config {card.get('config', {})}, "
            f"which does not fit this {type(model).__name__}: {name} has shape "
            f"{found.get(name, 'none')} in the file and {expected.get(name, 'none')} in the model"
        )
    model.load_state_dict(tensors)
    return card


def load_model(path):
    """Build the model that `save_weights` wrote.

    Returns
    -------
    model : torch.nn.Module
        On the CPU, in eval mode.
    card : dict
        As from `load_weights`.

    Raises
    ------
    DataMissing, DataCorrupt, ModelInvalid
        As `load_weights`; also if there is no such model in this version of ecgbook.
    """
    card = _card(read_tensors(path)[1])
    if "model" not in card or "config" not in card:
        raise ModelInvalid(f"{path} does not say of which model it is; use load_weights")
    model = create_model(card["model"], **card["config"])
    return model.eval(), load_weights(model, path)


def load_released(name):
    """Build a model with the weights that came with the book.

    Parameters
    ----------
    name : str
        Such as ``"madegan-usual"``; each is described in ``results/reference/<name>.md``.

    Returns
    -------
    model, card
        As from `load_model`.

    Raises
    ------
    DataMissing
        If there are no such weights.
    """
    there = {path.stem: path for path in reference_files() if path.suffix == ".safetensors"}
    if name not in there:
        raise DataMissing(
            f"no released weights {name!r}; there are {', '.join(sorted(there)) or 'none'}: "
            f"work in a clone of the book, or install the package anew"
        )
    return load_model(there[name])


def _card(notes):
    """Return the notes that are JSON; files of other programs hold plain text."""
    card = {}
    for key, value in notes.items():
        try:
            card[key] = json.loads(value)
        except json.JSONDecodeError:
            card[key] = value
    return card
