"""Studies: what each chapter compares, in one declarative file, and the runner for all of them."""

from importlib import import_module

from ecgbook.errors import BookInvalid

__all__ = ["study_of"]

_MODULES = {
    "01-signals": "signals",
    "02-beat-datasets": "beats",
    "03-anomaly-detection": "anomaly",
    "04-hierarchical-transfer": "hierarchy",
    "05-images-fusion": "superclasses",
    "06-sequence-models": "heartbeats",
    "07-rhythm-attention": "rhythms",
    "08-twelve-leads": "twelve_leads",
    "09-explainability": "explanations",
}


def study_of(chapter):
    """Return the `Study` of a chapter by its notebook's name; raise `BookInvalid` without one."""
    if chapter not in _MODULES:
        raise BookInvalid(f"{chapter} has no study; there are {', '.join(_MODULES)}")
    return import_module(f"ecgbook.studies.{_MODULES[chapter]}").STUDY
