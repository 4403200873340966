"""The rules for chapters that a program can check.

Each rule is a function ``(book, chapter, notebook)`` that yields the number of a cell, 0 where
the whole notebook is meant, and what is wrong with it and what to do. To add a rule, write it in
the module it belongs to and name it in that module's ``RULES``.
"""

from dataclasses import dataclass
from pathlib import Path

from ecgbook.publish.lint import (
    cells,
    comparisons,
    figures,
    glossary,
    learner,
    prose,
    recipe,
    references,
    wording,
)
from ecgbook.publish.notebook import load

__all__ = ["Finding", "lint"]

_EVERYWHERE = (cells, figures, glossary, prose, references, wording)
_CLOSING = (comparisons, learner, recipe)
_RULES = tuple(rule for module in (*_EVERYWHERE, *_CLOSING) for rule in module.RULES)
# What a page that is no chapter may do without: the closing sections, and a chapter's length.
_CHAPTERS_ONLY = {rule for module in _CLOSING for rule in module.RULES}
_CHAPTERS_ONLY |= {cells.cell_count, prose.word_count}


@dataclass(frozen=True, order=True)
class Finding:
    """One broken rule: where, the name of the rule's function, and what to do."""

    cell: int
    rule: str
    remedy: str
    path: Path

    def __str__(self):
        place = f"{self.path.name}, cell {self.cell}" if self.cell else self.path.name
        return f"{place}: {self.rule.replace('_', ' ')}: {self.remedy}"


def lint(book, chapter):
    """Return what in a chapter breaks a rule, as a list of `Finding` in order of the cells."""
    notebook = load(book.root / chapter.notebook)
    return sorted(
        Finding(number, rule.__name__, remedy, notebook.path)
        for rule in _RULES
        if chapter.kind == "chapter" or rule not in _CHAPTERS_ONLY
        for number, remedy in rule(book, chapter, notebook)
    )
