"""Finish and check built pages: nothing from elsewhere, nothing missing, all can be heard."""

import re
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

__all__ = ["faults", "finish"]

# Whatever a script tries at run time, the browser loads nothing from another host. `file:` is for
# pages that are opened from a disk.
_POLICY = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'self' file: data: blob: 'unsafe-inline'\">"
)
# The theme asks for its fonts twice, the first time in a way that a page on a disk may not.
_PRELOAD = re.compile(r'<link rel="preload"[^>]*>\s*')
# A number with its interval, as `ecgbook.comparison.Number` prints it.
_END = r"−?(?:\d[\d,]*)?(?:\.\d+)?"
_INTERVAL = re.compile(rf"−?\d[\d,]*(?:\.\d+)?(?: %| \w{{1,4}})? \({_END}(?:–| to ){_END}\)")
_TEXT = re.compile(r"(<(script|style|pre|textarea)\b.*?</\2>|<[^>]*>)", re.DOTALL)
# Attributes by which an element loads something; a plain link (`a href`) loads nothing.
_LOADING = ("src", "srcset", "poster", "data", "background", "action", "formaction")
_LOADING_LINKS = {"link", "image", "use", "base"}
# Links that name another page without loading it.
_NAMING = {"alternate", "author", "canonical", "help", "license", "next", "prev", "search"}
_REMOTE = re.compile(r"^\s*(?:(?:https?:)?//|javascript:)", re.IGNORECASE)
_REMOTE_STYLE = re.compile(r"(?i)(?:@import\s+|(?:url|image-set)\(\s*)[\"']?(?:https?:)?//")
_ADDRESS = r"[\"'`](?:(?:http|ws)s?:)?//"
# What a script loads by itself: modules, data, and elements that it makes.
_REMOTE_CODE = re.compile(
    r"(?i)(?:\bimport\b[^;\n]*"
    r"|\b(?:fetch|importScripts|sendBeacon|WebSocket|EventSource|Worker|SharedWorker)\s*\(\s*"
    r"|\.open\s*\(\s*[\"'`]\w+[\"'`]\s*,\s*"
    r"|\.(?:src|srcset|href|data|action|poster|innerHTML)\s*=\s*"
    r"|\bsetAttribute\s*\(\s*[\"'`](?:src|srcset|href|data|action|poster)[\"'`]\s*,\s*"
    rf"){_ADDRESS}"
)


def finish(html):
    """Finish every page below the folder ``html``.

    It may load from nowhere else, and a number is not broken from its interval at the end of a
    line.
    """
    for page in _pages(html):
        text = _PRELOAD.sub("", page.read_text(encoding="utf-8"))
        text = text.replace("<head>", f"<head>\n{_POLICY}", 1)
        page.write_text(_whole_intervals(text), encoding="utf-8")


def _whole_intervals(text):
    """Put a number and its interval into one span wherever they stand in the text of a page."""
    # Of each three parts: text, something that is no text, and the name of its element.
    parts = _TEXT.split(text)
    parts[::3] = (_INTERVAL.sub(r'<span class="number">\g<0></span>', part) for part in parts[::3])
    return "".join(part for place, part in enumerate(parts) if place % 3 < 2 and part)


def faults(html):
    """Return what is wrong with the pages below the folder ``html``, one sentence each.

    Looked at are: scripts, styles, images and frames from another host; local files and pages
    that are linked and not there; images without alt text; pages without a language.
    """
    problems = []
    for page in _pages(html):
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        problems += [f"{page.relative_to(html)}: {fault}" for fault in _page_faults(soup, page)]
    for style in sorted(html.rglob("*.css")):
        if _REMOTE_STYLE.search(style.read_text(encoding="utf-8")):
            problems.append(f"{style.relative_to(html)}: loads a style or font from another host")
    return problems


def _pages(html):
    """Return the pages; in ``_static`` the themes leave templates, which are none."""
    static = html / "_static"
    return sorted(page for page in html.rglob("*.html") if not page.is_relative_to(static))


def _page_faults(soup, page):
    targets = {target for tag in soup.find_all(True) for target in _loaded_by(tag)}
    remote = {target for target in targets if _REMOTE.search(target)}
    remote |= {"a style" for tag in soup.find_all(style=_REMOTE_STYLE)}
    remote |= {"a style" for tag in soup.find_all("style") if _REMOTE_STYLE.search(tag.text)}
    remote |= {"a script" for code in _code_in(soup) if _REMOTE_CODE.search(code)}
    yield from (f"loads from another host: {target}" for target in sorted(remote))
    for target in sorted(targets | {link["href"] for link in soup.find_all("a", href=True)}):
        scheme, host, path = urlsplit(target)[:3]
        if path and not (scheme or host or (page.parent / unquote(path)).exists()):
            yield f"{target} leads nowhere"
    # Sphinx puts the name of the file where nobody wrote an alt text.
    images = [tag.get("alt", "_images/") for tag in soup.find_all("img")]
    if nameless := sum("_images/" in alt for alt in images):
        yield f"{nameless} images without alt text"
    if not (soup.html and soup.html.get("lang")):
        yield "says no language"


def _code_in(soup):
    """Yield the scripts of a page, and what its elements do when something happens to them."""
    yield from (tag.text for tag in soup.find_all("script"))
    for tag in soup.find_all(True):
        yield from (str(value) for name, value in tag.attrs.items() if name.startswith("on"))
        if str(tag.get("href", "")).strip().lower().startswith("javascript:"):
            yield tag["href"]


def _loaded_by(tag):
    """Yield the addresses from which an element loads something."""
    attributes = {name: tag[name] for name in _LOADING if tag.get(name)}
    if tag.name in _LOADING_LINKS and not set(tag.get("rel", ())) & _NAMING:
        attributes |= {name: tag[name] for name in ("href", "xlink:href") if tag.get(name)}
    candidates = attributes.pop("srcset", "").split(",")
    yield from (candidate.split()[0] for candidate in candidates if candidate.strip())
    yield from attributes.values()
    if tag.name == "meta" and tag.get("http-equiv", "").lower() == "refresh":
        yield tag["content"].partition("=")[2].strip(" '\"")
    if tag.name == "iframe" and tag.get("srcdoc"):
        for inner in BeautifulSoup(tag["srcdoc"], "html.parser").find_all(True):
            yield from _loaded_by(inner)
