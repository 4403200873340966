"""Check built pages: nothing is fetched from elsewhere, nothing is missing, all can be heard."""

import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

__all__ = ["faults"]

# Attributes by which a page loads something; a plain link (`a href`) loads nothing.
_LOADING = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "img": ("src", "srcset"),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
}
# Links that name another page without loading it.
_NAMING = {"alternate", "author", "canonical", "help", "license", "next", "prev", "search"}
_REMOTE = re.compile(r"^\s*(?:https?:)?//", re.IGNORECASE)
_REMOTE_STYLE = re.compile(r"@import\s+[\"']?(?:https?:)?//|url\(\s*[\"']?(?:https?:)?//", re.I)
_REMOTE_MODULE = re.compile(r"\bimport\b[^;\n]*[\"'](?:https?:)?//", re.IGNORECASE)


def faults(html):
    """Return what is wrong with the pages below the folder ``html``, one sentence each.

    Parameters
    ----------
    html : Path

    Notes
    -----
    Looked at are: scripts, styles, images and frames from another host; local files and pages
    that are linked and not there; images without alt text; pages without a language.
    """
    problems = []
    templates = html / "_static"  # the themes leave theirs there; they are no pages
    pages = (page for page in html.rglob("*.html") if not page.is_relative_to(templates))
    for page in sorted(pages):
        parser = _Page()
        parser.feed(page.read_text(encoding="utf-8"))
        name = page.relative_to(html)
        problems += [f"{name}: {fault}" for fault in parser.faults()]
        problems += [
            f"{name}: {target} leads nowhere"
            for target in sorted(parser.local)
            if not (page.parent / target).exists()
        ]
    for style in sorted(html.rglob("*.css")):
        if _REMOTE_STYLE.search(style.read_text(encoding="utf-8")):
            problems.append(f"{style.relative_to(html)}: loads a style or font from another host")
    return problems


class _Page(HTMLParser):
    """Collects what one page loads and shows."""

    def __init__(self):
        super().__init__()
        self.remote, self.local = set(), set()
        self.nameless, self.language, self.inside = 0, None, ""

    def handle_starttag(self, tag, attrs):
        attrs = {name: value or "" for name, value in attrs}
        if tag in ("script", "style"):
            self.inside = tag
        if tag == "html":
            self.language = attrs.get("lang")
        # Sphinx puts the name of the file where nobody wrote an alt text.
        if tag == "img" and ("alt" not in attrs or "_images/" in attrs["alt"]):
            self.nameless += 1
        if _REMOTE_STYLE.search(attrs.get("style", "")):
            self.remote.add("a style attribute")
        if tag == "link" and set(attrs.get("rel", "").split()) & _NAMING:
            return
        for attribute in _LOADING.get(tag, ()):
            self._load(attrs.get(attribute, ""))
        if tag == "a":
            self._follow(attrs.get("href", ""))

    def handle_endtag(self, tag):
        if tag == self.inside:
            self.inside = ""

    def handle_data(self, data):
        if self.inside == "style" and _REMOTE_STYLE.search(data):
            self.remote.add("a style element")
        if self.inside == "script" and _REMOTE_MODULE.search(data):
            self.remote.add("a script element")

    def _load(self, target):
        if _REMOTE.match(target) or ", http" in target:
            self.remote.add(target)
        else:
            self._follow(target)

    def _follow(self, target):
        parts = urlsplit(target)
        if parts.path and not parts.scheme and not parts.netloc:
            self.local.add(unquote(parts.path))

    def faults(self):
        """Yield what is wrong with this page by itself."""
        for target in sorted(self.remote):
            yield f"loads from another host: {target}"
        if self.nameless:
            yield f"{self.nameless} images without alt text"
        if not self.language:
            yield "says no language"
