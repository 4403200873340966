"""A quiz in GIFT, the text format that Moodle imports with its feedback."""

import re

from ecgbook.classroom.words import html, tex

__all__ = ["gift"]

_SPECIAL = re.compile(r"[\\~=#{}:]")


def gift(name, questions):
    """Return the questions of a chapter as GIFT, in a category of their own.

    Parameters
    ----------
    name : str
        Of the chapter, such as ``01-signals``.
    questions : sequence of ecgbook.publish.lint.quizzes.Question
        Each with one right choice.

    Returns
    -------
    str
        For Moodle's question bank: Import, GIFT format.
    """
    written = [_question(f"{name} {n}", question) for n, question in enumerate(questions, 1)]
    return "\n\n".join([f"$CATEGORY: ecgbook/{name}", *written]) + "\n"


def _question(title, question):
    choices = [
        f"\t{'=' if choice.right else '~'}{_text(choice.text)}#{_text(choice.feedback)}"
        for choice in question.choices
    ]
    head = f"::{_escaped(title)}::[html]{_text(question.text)} {{"
    return "\n".join([head, *choices, "}"])


def _text(markdown):
    return _escaped(html(markdown, tex))


def _escaped(text):
    """Put a backslash before each character that GIFT reads as a sign."""
    return _SPECIAL.sub(r"\\\g<0>", text)
