"""Slides of a chapter: what its page marks as important, its figures, and its quiz.

Marked are the first sentence of a section, every sentence with bold words, and the headings in it.
"""

import re
from base64 import b64encode
from dataclasses import dataclass
from html import escape
from pathlib import Path

from ecgbook.classroom.quiz import quiz_of
from ecgbook.classroom.slidepage import page
from ecgbook.classroom.words import html
from ecgbook.publish import notebook
from ecgbook.publish.lint.recipe import parts
from ecgbook.publish.lint.text import prose_lines

__all__ = ["Slide", "outline", "write"]

_OWN_SLIDES = ("Key points", "Quiz")  # at the end
_TO_READ = ("Further reading",)  # nothing to say about it in class
_ITEM = re.compile(r"^\s*(?:\d+\.|[-*+])\s+")
_NO_PROSE = re.compile(r"#|\||<|:::|\$\$|\(.*\)=$|%|!\[")
_TESTS = re.compile(r"\s*\(`tests/[^)]*\)")  # which the traps of a chapter name
_KINDS = ("image/svg+xml", "image/png")
_UNSHOWN = {"solution", "remove-cell", "remove-output"}


@dataclass(frozen=True)
class Slide:
    """One slide: ``kind`` (title, section, figure, key-points or question), heading, HTML body."""

    kind: str
    title: str
    body: str


def write(book, chapter, to):
    """Write the slides of a chapter as one HTML file that needs no other, and return its path."""
    to = Path(to)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(page(chapter.title, outline(book, chapter)).encode("utf-8"))
    return to


def outline(book, chapter):
    """Return the slides of a chapter in order.

    Figures come from ``_build/executed``; those of cells that were changed since, and all if the
    chapter was not executed, are left out, and the first slide says so.

    Parameters
    ----------
    book : ecgbook.publish.manifest.Book
    chapter : ecgbook.publish.manifest.Chapter

    Returns
    -------
    list of Slide
        Title and goals; for each section its sentences, if any, and its figures; key points;
        a slide for each question.
    """
    source = notebook.load(book.root / chapter.notebook)
    made, note = _executed(book, chapter, source)
    sections = {}
    for heading, cell in parts(source):
        sections.setdefault(heading, []).append(cell)
    slides = [_title(chapter, note)]
    for heading, cells in sections.items():
        slides += _section(heading or chapter.title, cells, made, marked=_marked(heading and cells))
    slides += _key_points(sections.get("Key points", []))
    return slides + [_question(n, each) for n, each in enumerate(quiz_of(book, chapter), 1)]


def _executed(book, chapter, source):
    """Return by id what cells show that were executed as they are now, and a sentence on it."""
    path = book.build / "executed" / chapter.notebook.name
    if not path.is_file():
        command = f"ecgbook run {chapter.name}"
        return {}, f"This chapter was not executed, so its figures are missing; run: {command}"
    there = notebook.load(path)
    cells = {cell.id: cell for cell in there.cells if cell.is_code}
    wanted = [cell for cell in source.cells if cell.is_code and not _UNSHOWN & set(cell.tags)]
    same = [cell for cell in wanted if cell.id in cells and cells[cell.id].source == cell.source]
    made = {cell.id: cells[cell.id].outputs for cell in same}
    run = there.content.metadata.get("ecgbook", {})
    kinds = [f"{key} {run[key]}" for key in ("profile", "data") if run.get(key, "–") != "–"]
    note = f"Figures of a run: {', '.join(kinds) or 'unknown'}."
    lost = sum(bool(cell.figure) and cell.id not in made for cell in wanted)
    changed = f" {lost} left out: changed since the chapter was executed." if lost else ""
    return made, note + changed


def _title(chapter, note):
    goals = "".join(f"<li>{html(goal)}</li>" for goal in chapter.goals)
    body = f"<p>After this {chapter.noun} you can:</p><ul>{goals}</ul>"
    return Slide("title", chapter.title, f"{body}<p class='note'>{html(note)}</p>")


def _section(heading, cells, made, marked):
    """Return the slide with the sentences of a section, and one for each of its figures."""
    if heading in (*_OWN_SLIDES, *_TO_READ):
        return []
    items = "".join(f"<li>{sentence}</li>" for sentence in marked)
    slides = [Slide("section", heading, f"<ul>{items}</ul>")] if items else []
    figures = [_figures(cell, heading, made) for cell in cells if cell.is_code]
    return slides + [slide for found in figures for slide in found]


def _marked(cells):
    """Return the sentences of a section that belong on a slide, as HTML.

    What a reader is asked before the code (**Before you …**) is kept up to the end of its
    paragraph; what goes on after a formula, with a small letter, says nothing alone.
    """
    marked, asks = [], False
    for line in (line.strip() for cell in cells if cell.is_markdown for line in _lines(cell)):
        asks = line.startswith("**Before you") or (asks and bool(line))
        text = _TESTS.sub("", _ITEM.sub("", line))
        if line.startswith("### "):
            marked.append(f"<strong>{html(line[4:])}</strong>")
        elif not line or _NO_PROSE.match(line) or (line == text and line[0].islower()):
            continue
        elif asks and not line.startswith("**Before you"):
            marked[-1] += f" {html(text)}"
        elif "**" in line or not marked:
            marked.append(html(text))
    return marked


def _lines(cell):
    return [*prose_lines(cell), ""]  # a cell ends its paragraph


def _figures(cell, heading, made):
    """Return a slide for each image that the cell showed, with its caption and its alt text."""
    for output in made.get(cell.id, ()):
        kind = next((kind for kind in _KINDS if kind in output.get("data", {})), None)
        if kind:
            own = output.metadata.get(kind, {}).get("alt")
            alt = cell.alt or own or cell.caption or f"Figure of “{heading}”"
            address = f"data:{kind};base64,{_base64(kind, output.data[kind])}"
            image = f'<img alt="{escape(alt)}" src="{address}">'
            caption = f"<figcaption>{html(cell.caption)}</figcaption>" if cell.caption else ""
            yield Slide("figure", heading, f"<figure>{image}{caption}</figure>")


def _base64(kind, data):
    """Return an image as base64, as a notebook holds a PNG already, but not an SVG."""
    text = "".join(data)
    return "".join(text.split()) if kind == "image/png" else b64encode(text.encode()).decode()


def _key_points(cells):
    lines = [line for cell in cells if cell.is_markdown for line in prose_lines(cell)]
    items = "".join(f"<li>{html(_ITEM.sub('', line))}</li>" for line in lines if _ITEM.match(line))
    return [Slide("key-points", "Key points", f"<ul>{items}</ul>")] if items else []


def _question(number, question):
    """Return a question whose choices show their feedback when they are opened."""
    choices = [
        f"<details><summary>{html(choice.text)}</summary>{html(choice.feedback)}</details>"
        for choice in question.choices
    ]
    body = f"<p>{html(question.text)}</p>" + "".join(choices)
    return Slide("question", f"Question {number}", body)
