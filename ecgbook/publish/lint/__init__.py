"""The rules for chapters that a program can check.

Each rule is a function ``(book, chapter, notebook)`` that yields `Finding` objects; to add a
rule, write it in the module it belongs to and name it in that module's ``RULES``.
"""

from ecgbook.publish.lint import cells, prose, recipe, references
from ecgbook.publish.lint.finding import Finding
from ecgbook.publish.notebook import load

__all__ = ["Finding", "lint"]

_RULES = (*cells.RULES, *prose.RULES, *recipe.RULES, *references.RULES)


def lint(book, chapter):
    """Return what in a chapter breaks a rule, as a list of `Finding` in order of the cells."""
    notebook = load(book.root / chapter.notebook)
    findings = [finding for rule in _RULES for finding in rule(book, chapter, notebook)]
    return sorted(findings, key=lambda finding: (finding.cell, finding.rule))
