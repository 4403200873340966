"""Where the files lie that come with the package, wherever it is installed: results and weights.

>>> names()[:2]
['beat_resnet-heartbeats', 'course_cnn-heartbeats']
"""

from importlib import resources
from pathlib import Path

from ecgbook.errors import DataMissing

__all__ = ["folder", "names", "path"]


def folder():
    """Return the folder of the reference results and the released weights."""
    return Path(str(resources.files("ecgbook"))) / "reference"


def path(file):
    """Return where a file lies, such as ``"01-signals.cpu.json"`` or ``"madegan-usual.md"``.

    Raises
    ------
    DataMissing
        If no such file came with the package.
    """
    there = {each.name: each for each in folder().glob("[!.]*")}
    if file not in there:
        known = ", ".join(sorted(there)) or "no files"
        raise DataMissing(f"no {file!r} came with ecgbook, only {known}; is ecgbook up to date?")
    return there[file]


def names():
    """Return the names of the released weights, sorted."""
    return sorted(each.stem for each in folder().glob("*.safetensors"))
