"""Deep learning on electrocardiograms: the tested package behind the book.

Importing ``ecgbook`` is cheap: its rooms are loaded when they are first used, and
``torch`` only by the rooms that compute with it.
"""

from importlib import import_module

from ecgbook import errors
from ecgbook.errors import *  # noqa: F403
from ecgbook.recording import Annotations, Recording

__version__ = "0.1.0"

_ROOMS = (
    "classical",
    "classroom",
    "datasets",
    "evaluation",
    "explain",
    "images",
    "models",
    "plotting",
)
_ROOMS += ("publish", "released", "results", "signals", "simulator", "sources", "tasks", "training")

# Functions that are loaded with their room.
_FUNCTIONS = {
    "check": "classroom",
    "load_released": "training",
    "open_database": "sources",
    "read": "sources",
}

__all__ = ["Annotations", "Recording", *errors.__all__, *_FUNCTIONS, *_ROOMS]


def __getattr__(name):
    if name in _FUNCTIONS:
        return getattr(import_module(f"ecgbook.{_FUNCTIONS[name]}"), name)
    if name in _ROOMS:
        return import_module(f"ecgbook.{name}")
    raise AttributeError(f"module 'ecgbook' has no attribute {name!r}")


def __dir__():
    return sorted(__all__)
