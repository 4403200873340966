"""Instant feedback on an answer, with a hint that names the likely mistake. No grader needed."""

import re
import traceback
from dataclasses import dataclass

from ecgbook.classroom import pack
from ecgbook.classroom.hints import hint
from ecgbook.classroom.transport import NotPlain, decode, encode
from ecgbook.errors import BookInvalid

__all__ = ["Verdict", "check", "judge"]


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right, and the words for it; true or false where one is asked."""

    right: bool
    words: str

    def __bool__(self):
        return self.right

    def __repr__(self):
        return self.words


def check(question, answer):
    """Try the function that answers a question on public inputs, and say what is wrong with it.

    A grader uses other inputs, so a function that is right here for a reason is right there too.

    Parameters
    ----------
    question : str
        Assignment and question, such as ``"ch01.q2"``.
    answer : function
        What you wrote.

    Returns
    -------
    Verdict
        True if it is right; its text is shown when a notebook's cell ends with it.

    Raises
    ------
    BookInvalid
        If there is no such question.
    """
    if not re.fullmatch(r"ch\d+\w?\.q\d+", str(question)):
        raise BookInvalid(f"{question!r} is no question; write it like 'ch01.q2'")
    short, name = question.split(".")
    entry = pack.public(short).entry(name)
    if not callable(answer):
        return Verdict(False, f"{question}: hand over your function {entry.function}, not a value.")
    outcomes = [_outcome(answer, case) for case in entry.cases]
    right, words = judge(entry, outcomes)
    return Verdict(right == len(outcomes), f"{question}: {words}")


def judge(entry, outcomes):
    """Return how many outcomes are right, and the words for them.

    Parameters
    ----------
    entry : ecgbook.classroom.pack.Entry
    outcomes : list of (object, str)
        Of each case the value that came back and, if none did, what happened instead.
    """
    wrong, faults = [], []
    for case, (value, trouble) in zip(entry.cases, outcomes, strict=True):
        expected = decode(case.expected)
        if found := trouble or entry.fault(expected, value, case.arguments()):
            faults.append(found)
            wrong.append((case.arguments(), expected, value))
    n = len(outcomes)
    if not wrong:
        return n, f"right, on all {n} inputs."
    if all(value is None for _, _, value in wrong) and not any(text for _, text in outcomes):
        return n - len(wrong), f"not yet: {entry.function} returns None."
    told = (
        ""
        if any(text for _, text in outcomes)
        else hint(entry.own_mistakes(), wrong, entry.rtol, entry.atol)
    )
    words = f"not yet: wrong on {len(wrong)} of {n} inputs. The first: {faults[0]}."
    return n - len(wrong), f"{words} {told}".strip()


def _outcome(function, case):
    try:
        return decode(encode(function(**case.arguments()))), ""
    except NotPlain as error:
        return None, str(error)
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f" (line {last.lineno} of {last.name})"
        return None, f"it stops with {type(error).__name__}: {error}{place}"
