"""Rules on words: no measured number typed, no name of the code in prose, no idiom."""

import ast
import re

from ecgbook.publish.lint.idioms import IDIOMS
from ecgbook.publish.lint.syntax import calls, ends_in, parsed, strings
from ecgbook.publish.lint.text import bare, pieces

__all__ = ["RULES"]

_SCORE = (
    r"(?:AUROC|AUPRC|average precision|accurac(?:y|ies)|(?:j-)?kappa|(?:macro[- ])?F1|PPV"
    r"|sensitivit(?:y|ies)|specificit(?:y|ies)|positive predictiv\w+|recall|calibration error)"
)
_SCORE_WORD = re.compile(rf"(?<![\w-]){_SCORE}s?(?![\w-])", re.IGNORECASE)
# A number between 0 and 1 or in per cent, and no time, voltage or frequency.
_UNIT = r"\s?(?:s|ms|min|h|mV|µV|Hz|kHz|dB|mm|kB|MB|GB)\b"
_SHARE = re.compile(rf"(?<![\w.,])(?:[01]?\.\d+(?!\d|{_UNIT})|\d+(?:\.\d+)?\s?(?:%|per cent\b))")
_CHANCE = {"0.5", ".5"}  # what tossing a coin gives
_BY_HAND = re.compile(r"<!--\s*by hand:\s*\w[^>]*-->")
_DEFINED = re.compile(rf"\*\*[^*\d]{{0,20}}{_SCORE}[^*\d]{{0,20}}\*\*", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“][^\"”]*[\"”]")
_MACHINE_NAME = re.compile(r"(?<![\w./-])[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+(?![\w/])")
_LABELS = {"label", "suptitle", "text", "title", "titles", "xlabel", "ylabel", "zlabel"}
_SETTERS = {"set_title", "set_xlabel", "set_ylabel", "suptitle", "supxlabel", "supylabel"}
_IDIOM = {re.compile(rf"\b(?:{idiom})\b", re.IGNORECASE): say for idiom, say in IDIOMS.items()}


def typed_numbers(book, chapter, notebook):
    """Refuse a number beside a score that was typed instead of read from the results.

    Free are a sentence with a citation, one that defines the score (in bold), what stands between
    quotation marks, the quiz, and a line that says ``<!-- by hand: reason -->``.
    """
    for piece in pieces(notebook):
        text = piece.text
        if piece.section == "Quiz" or "{cite" in text or _BY_HAND.search(text):
            continue
        plain = _QUOTED.sub("", bare(text))
        numbers = [found for found in _SHARE.findall(plain) if found not in _CHANCE]
        score = _SCORE_WORD.search(plain)
        if numbers and score and not _DEFINED.search(text):
            yield (
                piece.cell,
                f"{numbers[0]} beside {score[0]} is typed: let a prose cell say it from the "
                "results, cite its paper, or end the line with <!-- by hand: reason -->",
            )


def machine_names(book, chapter, notebook):
    """Refuse names of the code in what is read, outside of code."""
    for piece in pieces(notebook):
        for name in _MACHINE_NAME.findall(bare(piece.text)):
            yield piece.cell, f"{name} is a name of the code: say it in words, or as `code`"


def machine_labels(book, chapter, notebook):
    """Refuse names of the code typed as titles and labels of figures."""
    for cell in notebook.cells:
        tree = parsed(cell) if cell.is_code else None
        for call in calls(tree) if tree else []:
            shown = [keyword.value for keyword in call.keywords if keyword.arg in _LABELS]
            shown += call.args if ends_in(call.func, *_SETTERS) else []
            for name in _typed(shown):
                yield cell.number, f"{name} lands in the figure: use words, or labels.label"


def idioms(book, chapter, notebook):
    """Refuse phrases that a dictionary does not explain."""
    for piece in pieces(notebook):
        for idiom, say in _IDIOM.items():
            if found := idiom.search(bare(piece.text)):
                yield piece.cell, f"“{found[0]}” is an idiom; literally: {say}"


RULES = (typed_numbers, machine_names, machine_labels, idioms)


def _typed(expressions):
    """Return the names of the code typed in texts; what a call or an index makes is left out."""
    inner = (ast.Call, ast.Subscript, ast.FormattedValue)
    texts = [text for node in expressions if not isinstance(node, inner) for text in strings(node)]
    return [name for text in texts for name in _MACHINE_NAME.findall(bare(text))]
