"""A Sphinx extension: a chapter has the number of its file, even while one before it is missing."""

import re

from docutils import nodes

__all__ = ["setup"]


def setup(app):
    """Register with Sphinx."""
    app.connect("env-get-updated", _renumber, priority=900)  # after Sphinx has counted pages
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _renumber(app, env):
    """Put the number in a chapter's file name before its sections and figures; return its pages."""
    changed = []
    for page, sections in env.toc_secnumbers.items():
        named = re.search(r"/(\d+)-[^/]*$", page)
        if named and sections and next(iter(sections.values()))[0] != int(named[1]):
            number = int(named[1])
            _lead(sections, number)
            for figures in env.toc_fignumbers.get(page, {}).values():
                _lead(figures, number)
            for node in [env.titles[page], *env.tocs[page].findall(nodes.reference)]:
                if node.get("secnumber"):
                    node["secnumber"] = (number, *node["secnumber"][1:])
            changed.append(page)
    return changed


def _lead(numbers, first):
    for name, own in numbers.items():
        if own:
            numbers[name] = (first, *own[1:])
