"""One HTML file of slides, with its style and its keys inside: it asks no other file or host."""

from html import escape
from importlib.resources import files

from ecgbook.classroom.words import html

__all__ = ["page"]

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
{slides}
<script>
{script}</script>
</body>
</html>
"""
_SLIDE = """\
<section id="{number}" class="{kind}" aria-label="{number} of {count}" tabindex="-1">
<{level}>{title}</{level}>
{body}
<footer>{chapter} · ecgbook, CC BY 4.0 · {number}/{count}</footer>
</section>"""


def page(title, slides):
    """Return a page of slides: all below each other, arrow keys go from one to the next.

    Parameters
    ----------
    title : str
        Of the chapter.
    slides : sequence of ecgbook.classroom.slides.Slide

    Returns
    -------
    str
        HTML, light or dark as the reader's system is, one slide a sheet when it is printed.
    """
    common = {"chapter": escape(title), "count": len(slides)}
    shown = [
        _SLIDE.format(number=number, level="h2" if number > 1 else "h1", **_parts(slide), **common)
        for number, slide in enumerate(slides, 1)
    ]
    style, script = (_beside(f"slides.{kind}") for kind in ("css", "js"))
    return _PAGE.format(title=escape(title), style=style, script=script, slides="\n".join(shown))


def _parts(slide):
    return {"kind": slide.kind, "title": html(slide.title), "body": slide.body}


def _beside(name):
    return (files("ecgbook.classroom") / name).read_text("utf-8")
