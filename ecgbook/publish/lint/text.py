"""What a reader reads of a chapter, piece by piece: Markdown, sentences that code says, captions.

A rule on words looks at `pieces`; what it must not see of them, code and formulas, `bare` blanks.
"""

import ast
import re
from dataclasses import dataclass

from ecgbook.publish.lint.syntax import calls, ends_in, parsed

__all__ = ["Piece", "bare", "pieces", "prose_lines", "said"]

# Code, formulas, comments and tags, targets of links, names of roles and directives.
_HIDDEN = re.compile(r"`[^`]*`|\$[^$]*\$|<!--.*?-->|<[^>]*>|\]\([^)]*\)|\{[^}]*\}|https?://\S+")
_TERM = re.compile(r"(\{term\}`)([^`<]*)((?:<[^`]*>)?`)")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n\s*\n|\n(?=\s*[-|])")


@dataclass(frozen=True)
class Piece:
    """A line or sentence: the number of its cell, the heading ``## …`` above it, what it is.

    ``kind`` is ``markdown``, ``said`` for what a cell shows by ``results.say``, or ``caption``,
    which stands for alt texts as well.
    """

    cell: int
    section: str
    kind: str
    text: str


def bare(text):
    """Return the text with spaces in place of what is no word of it: code, formulas, targets.

    Every character keeps its place.
    """
    shown = _TERM.sub(lambda term: f"{'':{len(term[1])}}{term[2]}{'':{len(term[3])}}", text)
    return _HIDDEN.sub(lambda hidden: " " * len(hidden[0]), shown)


def prose_lines(cell):
    """Yield the lines of a Markdown cell outside of code and formulas, markers taken off."""
    fence = None
    for line in cell.source.splitlines():
        mark = line.strip()[:3]
        if mark in ("```", "~~~") or line.strip() == "$$":
            fence = None if fence else mark
        elif fence is None:
            yield line


def pieces(notebook):
    """Yield every `Piece` of a notebook in the order of the page, the generated header left out."""
    section = ""
    for cell in notebook.cells:
        if cell.is_markdown and "header" not in cell.tags:
            for line in prose_lines(cell):
                section = line[3:].strip() if line.startswith("## ") else section
                yield Piece(cell.number, section, "markdown", line)
        elif cell.is_code:
            for sentence in _SENTENCE_END.split(" ".join(said(cell))):
                yield Piece(cell.number, section, "said", sentence)
            for text in (cell.caption, cell.alt):
                yield Piece(cell.number, section, "caption", text)


def said(cell):
    """Return the texts that a code cell shows by ``results.say``, an X for each computed part."""
    tree = parsed(cell)
    if tree is None:
        return []
    found = [call for call in calls(tree) if ends_in(call.func, "say") and call.args]
    bound = {
        node.targets[0].id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    return [_text(call.args[0], bound) for call in found]


def _text(node, bound):
    """Return the words that are typed in an expression of text."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, bound) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left, bound) + _text(node.right, bound)
    if isinstance(node, ast.List | ast.Tuple):
        return " ".join(_text(part, bound) for part in node.elts)
    if isinstance(node, ast.Call) and ends_in(node.func, "join") and node.args:
        return _text(node.args[0], bound)
    if isinstance(node, ast.Name) and node.id in bound:
        # Named once only, lest ``text = text + …`` go round for ever.
        return _text(bound[node.id], {k: v for k, v in bound.items() if k != node.id})
    return "X"
