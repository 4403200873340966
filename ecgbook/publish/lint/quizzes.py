"""The quiz of a chapter: questions, the choices of each, and the feedback on every choice."""

import re
from dataclasses import dataclass

from ecgbook.publish.lint.recipe import section

__all__ = ["Choice", "Question", "questions"]

_QUESTION = re.compile(r"^\*\*\d+\.\s", re.MULTILINE)
_FOLD = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
_VERDICT = re.compile(r"(No|Right)\b")


@dataclass(frozen=True)
class Choice:
    """One answer that a reader may choose, and the feedback on it, both in Markdown."""

    text: str
    feedback: str

    @property
    def verdict(self):
        """``Right`` or ``No``, with which the feedback begins, or None."""
        found = _VERDICT.match(self.feedback)
        return found and found[1]

    @property
    def right(self):
        """Whether this is a right answer."""
        return self.verdict == "Right"


@dataclass(frozen=True)
class Question:
    """One question in Markdown, its `Choice` objects, and the number of its cell."""

    cell: int
    text: str
    choices: tuple[Choice, ...]


def questions(notebook):
    """Return the questions below ``## Quiz``, written ``**1. …?**`` with a fold for each choice.

    Nothing is asked of them here; the rule `ecgbook.publish.lint.learner.quiz` does that.
    """
    return [
        _question(cell.number, text)
        for cell in section(notebook, "Quiz")
        for text in _QUESTION.split(cell.source)[1:]
    ]


def _question(cell, text):
    head = text.split("<details>")[0].replace("**", "", 1)  # the end of **1. …**
    choices = (Choice(choice.strip(), said.strip()) for choice, said in _FOLD.findall(text))
    return Question(cell, head.strip(), tuple(choices))
