"""Rule on words of the field: each is linked to the glossary where a chapter first uses it."""

import re

from ecgbook.publish.lint.text import bare, pieces

__all__ = ["RULES", "entries"]

# Words that chapters use in another sense too, which no program can tell apart.
_EVERYDAY = {
    *("attention", "axis", "bias", "channel", "contract", "fold", "frozen", "gain", "influence"),
    *("interval", "jitter", "kernel", "lead", "precision", "profile", "recall", "record"),
    *("residual", "template", "weight"),
}
_ALSO = {"ds1 and ds2": ("DS1", "DS2")}
_ROLE = re.compile(r"\{term\}`(?:[^`<]*<([^`>]*)>|([^`]*))`")
_BLOCK = re.compile(r"^```\{glossary\}\n(.*?)^```", re.MULTILINE | re.DOTALL)
# Headings, tables, figures and HTML.
_NOT_RUNNING = re.compile(r"^\s*(?:#|\||!\[|<|\*\*\d+\.)")
_HAS_PLACE = re.compile(rf"{_ROLE.pattern}|\[[^\]]*\]\([^)]*\)")


def glossary_links(book, chapter, notebook):
    """Ask for ``{term}`` at the first use of each word of the glossary.

    Not looked at are headings, tables, code, links and the quiz; of several names of one entry the
    first that is used is meant.
    """
    found = entries(book)
    pattern, entry_of = _pattern(found)
    waiting = set(range(len(found)))
    for piece in pieces(notebook) if found else ():
        if piece.kind != "markdown" or piece.section == "Quiz" or _NOT_RUNNING.match(piece.text):
            continue
        for name, number in _uses(piece.text, pattern, entry_of, found):
            if number in waiting and name:
                entry = found[number][0]
                role = name if name.lower() == entry.lower() else f"{name} <{entry}>"
                yield piece.cell, f"link the first use of “{name}”: {{term}}`{role}`"
            waiting.discard(number)


RULES = (glossary_links,)


def entries(book):
    """Return the entries of the book's glossary, each as the tuple of its names."""
    page = book.root / "book" / "glossary.md"
    blocks = _BLOCK.findall(page.read_text("utf-8")) if page.is_file() else []
    found, names = [], []
    for line in "\n".join([*blocks, ""]).splitlines():
        if line and not line.startswith(" "):
            names.append(line.strip())
        elif names:
            found.append(tuple(names))
            names = []
    return found


def _uses(text, pattern, entry_of, found):
    """Return the entries that a line uses, in order: (word, entry), no word where it is linked."""
    target = {name.lower(): number for number, names in enumerate(found) for name in names}
    uses = []
    for role in _ROLE.finditer(text):
        name = (role[1] or role[2]).strip().lower()
        uses += [(role.start(), "", target[name])] if name in target else []
    unlinked = bare(_HAS_PLACE.sub(lambda link: " " * len(link[0]), text))
    for word in pattern.finditer(unlinked):
        uses.append((word.start(), word[0], entry_of[word.lastindex]))
    return [(name, number) for _, name, number in sorted(uses)]


def _pattern(found):
    """Return a pattern with one group a name, longest first, and the entry of each group."""
    words = []
    for number, names in enumerate(found):
        for name in names:
            plain = re.sub(r"\s*\([^)]*\)$", "", name)
            spoken = _ALSO.get(plain.lower(), (plain,))
            words += [(word, number) for word in spoken if word.lower() not in _EVERYDAY]
    words.sort(key=lambda pair: -len(pair[0]))
    pattern = "|".join(f"({_any_number(word)})" for word, _ in words)
    # "MIT-BIH Arrhythmia Database" is a name.
    pattern = re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-]| Database)", re.IGNORECASE)
    return pattern, {group: number for group, (_, number) in enumerate(words, 1)}


def _any_number(word):
    """Return a pattern of a word in singular and plural, with a space or a hyphen inside."""
    stem, plural = word, "(?:s|es)?"
    if word.endswith("y"):
        stem, plural = word[:-1], "(?:y|ies)"
    elif word.endswith("s") and not word.endswith("ss"):
        stem, plural = word[:-1], "s?"
    return re.sub(r"\\? |\\?-", "[ -]", re.escape(stem)) + plural
