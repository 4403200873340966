"""Rules on prose: how much there is, and one sentence a line."""

import re

from ecgbook.publish.lint.text import bare, pieces, prose_lines

__all__ = ["RULES", "word_count"]

_WORDS = (1800, 3500)
# These are worked on or looked up, and not read from end to end.
_NOT_READ = {"Try it yourself", "Quiz", "Exercises", "Further reading"}
_SHORT = "e\\.g|i\\.e|vs|cf|al|Fig|Eq|No|ca|approx|Dr|Prof|St|resp|[A-Z]"
_ABBREVIATION = re.compile(rf"\b(?:{_SHORT})\.(?=\s)")
_TWO_SENTENCES = re.compile(r"[.!?][\"”’)*]*\s+[\"“‘(*]*[A-ZÀ-Þ]")
_LIST_MARK = re.compile(r"^\s*(?:[-*+]|\*{0,2}\d+\.|>)\s+")
_CODE = re.compile(r"`[^`]*`|\$[^$]*\$|<!--.*?-->|<[^>]*>|\]\([^)]*\)|\{[^}]*\}")
_COMMENT = re.compile(r"\s*<!--.*?-->\s*$")
# Lines with a form of their own: headings, tables, HTML, directives, figures, definitions.
_NO_SENTENCE = re.compile(r"^\s*(?:#|\||<|:::|```|!\[|---|\$\$|:\w+:|\()")


def word_count(book, chapter, notebook):
    """Ask for a chapter that can be read in one sitting.

    Counted is what is read from the first line to the key points, the sentences that cells say
    included; not captions, live figures to try, the quiz, the exercises and the further reading.
    """
    read = [
        bare(piece.text)
        for piece in pieces(notebook)
        if piece.kind != "caption" and piece.section not in _NOT_READ
    ]
    count = len(re.findall(r"[^\W\d_][\w'’-]*", " ".join(read)))
    if not _WORDS[0] <= count <= _WORDS[1]:
        yield 0, f"{count:,} words to be read before the quiz; aim at {_WORDS[0]:,}–{_WORDS[1]:,}"


def sentence_lines(book, chapter, notebook):
    """Ask for one sentence a line, so that a change of one sentence is a change of one line."""
    for cell in notebook.cells:
        if not cell.is_markdown or "header" in cell.tags:
            continue
        lines = [_COMMENT.sub("", line) for line in prose_lines(cell)]
        for previous, line in zip(["", *lines], lines, strict=False):
            if _several_sentences(line):
                yield cell.number, f"one sentence a line, break this one: {line.strip()[:60]}…"
            if _continues(previous, line):
                start = line.strip()[:60]
                yield cell.number, f"one sentence a line, join this to the last: {start}"


RULES = (word_count, sentence_lines)


def _several_sentences(line):
    plain = _ABBREVIATION.sub("abbr", _CODE.sub("X", _LIST_MARK.sub("", line)))
    return not _NO_SENTENCE.match(line) and _TWO_SENTENCES.search(plain) is not None


def _continues(previous, line):
    """Tell whether ``line`` goes on with the sentence of ``previous``."""
    if not previous.strip() or not line.strip():
        return False
    if _NO_SENTENCE.match(previous) or _NO_SENTENCE.match(line) or _LIST_MARK.match(line):
        return False
    return previous.rstrip()[-1] not in '.!?:;”")*'
