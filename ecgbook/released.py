"""What comes with the package, wherever it is installed: reference results and weights.

>>> names()
['madegan-usual']
>>> model, card = load_released("madegan-usual")
>>> card["model"], card["fs"]
('memory_autoencoder', 360.0)
"""

from importlib import resources
from pathlib import Path

from ecgbook.errors import DataMissing

__all__ = ["load_released", "names", "path"]


def path(file):
    """Return where a file lies, such as ``"01-signals.cpu.json"`` or ``"madegan-usual.md"``.

    Raises
    ------
    DataMissing
        If no such file came with the package.
    """
    there = {each.name: each for each in _folder().glob("[!.]*")}
    if file not in there:
        known = ", ".join(sorted(there)) or "no files"
        raise DataMissing(f"no {file!r} came with ecgbook, only {known}; is ecgbook up to date?")
    return there[file]


def names():
    """Return the names of the released weights, sorted."""
    return sorted(each.stem for each in _folder().glob("*.safetensors"))


def load_released(name):
    """Build a model with the weights that came with the package.

    Parameters
    ----------
    name : str
        One of `names`; each is described in the file ``path(f"{name}.md")``.

    Returns
    -------
    model, card
        As from `ecgbook.training.load_model`.

    Raises
    ------
    DataMissing
        If there are no such weights.
    """
    from ecgbook.training.weights import load_model

    return load_model(path(f"{name}.safetensors"))


def _folder():
    return Path(str(resources.files("ecgbook"))) / "reference"
