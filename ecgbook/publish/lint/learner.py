"""Rules on what a reader is asked: prompts, quiz and exercises, and that each has its answer."""

import re

from ecgbook.publish.lint.cells import shows_words
from ecgbook.publish.lint.quizzes import questions
from ecgbook.publish.lint.recipe import section
from ecgbook.publish.lint.text import said

__all__ = ["RULES"]

_EXERCISE = re.compile(r"^### (.*)$", re.MULTILINE)
_LEVEL = re.compile(r"(Easy|Medium|Hard): \S")
_PROMPT = re.compile(r"\*\*Before you [^*]*\*\*")


def quiz(book, chapter, notebook):
    """Ask for five questions, each answer a fold whose body is the feedback on it."""
    asked = questions(notebook)
    if len(asked) != 5:
        yield 0, f"{len(asked)} questions (**1. …?**) below `## Quiz`; write 5"
    for number, question in enumerate(asked, 1):
        if len(question.choices) < 2:
            yield question.cell, f"question {number} needs answers: <details> with a <summary> each"
        for choice in question.choices:
            if not choice.verdict:
                where = f"question {number}, answer “{choice.text[:40]}”"
                yield question.cell, f"{where}: begin the feedback with “Right” or “No”"
        right = sum(choice.right for choice in question.choices)
        if right != 1:
            yield question.cell, f"question {number} has {right} right answers; it needs one"


def exercises(book, chapter, notebook):
    """Ask for exercises at three levels, each with a folded solution that ends in an answer."""
    found = _exercises(notebook)
    for title, number, solution in found:
        if not _LEVEL.match(title):
            yield number, f"call the exercise Easy, Medium or Hard: ### Easy: {title[:40]}"
        if not solution:
            yield number, f"“{title}” has no solution: a code cell tagged hide-cell, solution"
        elif not (shows_words(solution[-1]) and "**Answer.**" in said(solution[-1])[-1]):
            last = solution[-1].number
            yield last, 'end the solution with results.say(f"**Answer.** …"): words, and intervals'
        for cell in solution:
            if "hide-cell" not in cell.tags:
                yield cell.number, "fold the solution: add the tag `hide-cell`"
    for level in ("Easy", "Medium", "Hard"):
        if not any(title.startswith(f"{level}:") for title, _, _ in found):
            yield 0, f"no exercise below `## Exercises` is ### {level}: title"


def prompts(book, chapter, notebook):
    """Ask that each “Before you …” is answered in the text right after the code it speaks of."""
    for position, cell in enumerate(cells := notebook.cells):
        if not (cell.is_markdown and (prompt := _PROMPT.search(cell.source))):
            continue
        after = cells[position + 1 :]
        is_text = [each.is_markdown or "prose" in each.tags for each in after]
        answer = after[is_text.index(True)] if True in is_text else None
        if answer is None or answer.number == cell.number + 1 or answer.source.startswith("#"):
            yield cell.number, f"answer “{prompt[0].strip('*')}” in a text after the next code cell"


RULES = (quiz, exercises, prompts)


def _exercises(notebook):
    """Return each exercise as its title, the number of its cell, and the cells of its solution."""
    found = []
    for cell in section(notebook, "Exercises"):
        if cell.is_markdown:
            found += [(title, cell.number, []) for title in _EXERCISE.findall(cell.source)]
        elif found and "solution" in cell.tags:
            found[-1][2].append(cell)
    return found
