import numpy as np
import pytest

import ecgbook
from ecgbook.classroom import build, hints, pack
from ecgbook.classroom.checking import judge
from ecgbook.classroom.transport import decode
from tests.classroom.conftest import SOLUTION


@pytest.fixture
def entry(tiny, monkeypatch):
    made = build.make_pack(tiny, "public")
    monkeypatch.setattr(pack, "public", {"ch00": made}.__getitem__)
    return made.entry("q1")


def solution():
    space = {}
    exec(SOLUTION, space)
    return space["rate_bpm"]


def test_a_right_answer_is_true_and_says_so(entry):
    verdict = ecgbook.check("ch00.q1", solution())
    assert verdict
    assert repr(verdict) == "ch00.q1: right, on all 3 inputs."


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda rr_s, fs: None, "rate_bpm returns None"),
        (lambda rr_s, fs: solution()(rr_s, fs) * fs, "samples where seconds"),
        (lambda rr_s, fs: solution()(rr_s, fs) * 1000, "1000 times too large"),
        (lambda rr_s, fs: solution()(rr_s, fs) / 60, "a rate a second"),
        (lambda rr_s, fs: 60 / max(rr_s), "longest interval"),
        (lambda rr_s, fs: 12.0, "the value is not right"),
        (lambda rr_s, fs: str(solution()(rr_s, fs)), "a number is expected, you gave a text"),
        (lambda rr_s, fs: {1, 2}, "set is no plain data"),
        (lambda rr_s, fs: 1 / 0, "ZeroDivisionError"),
        (lambda: 1, "TypeError"),
    ],
)
def test_a_wrong_answer_is_false_and_says_what_it_looks_like(entry, answer, words):
    verdict = ecgbook.check("ch00.q1", answer)
    assert not verdict
    assert words in repr(verdict)


def test_a_mistake_must_explain_all_wrong_answers(entry):
    outcomes = [(decode(case.expected) * 1000, "") for case in entry.cases]
    assert "1000 times" in judge(entry, outcomes)[1]
    outcomes[0] = (12.0, "")
    right, words = judge(entry, outcomes)
    assert (right, "1000 times" in words) == (0, False)


def test_an_answer_must_not_change_what_the_next_one_gets(entry):
    def greedy(rr_s, fs):
        found = solution()(rr_s, fs)
        rr_s.clear()
        return found

    assert ecgbook.check("ch00.q1", greedy)
    assert ecgbook.check("ch00.q1", greedy)


def test_a_value_in_place_of_a_function_is_told(entry):
    assert "your function rate_bpm" in repr(ecgbook.check("ch00.q1", 72.0))


@pytest.mark.parametrize("question", ["ch00", "q1", "ch00.q1.x", "../ch00.q1", 3])
def test_a_question_has_a_form(question):
    with pytest.raises(ecgbook.BookInvalid, match="no question"):
        ecgbook.check(question, print)


def test_unknown_questions_are_told_with_those_there_are():
    with pytest.raises(ecgbook.BookInvalid, match=r"no assignment 'ch77'; there are ch01"):
        ecgbook.check("ch77.q1", print)
    with pytest.raises(ecgbook.BookInvalid, match=r"no question 'q99'; there are q1"):
        ecgbook.check("ch01.q99", print)


@pytest.mark.parametrize(
    ("expected", "given", "inputs", "words"),
    [
        (np.ones((2, 3)), np.ones((3, 2)), {}, "Lead and time"),
        (np.array([1.5, 2]), np.array([-1.5, -2]), {}, "opposite sign"),
        (np.array([3, 9]), np.array([4, 10]), {}, "one too high"),
        (np.array([3, 9]), np.array([2, 8]), {}, "one too low"),
        (np.array([3, 9]), np.array([9, 3]), {}, "Order turned"),
        (np.array([True, False, False]), np.array([False, True, True]), {}, "Yes and no"),
        (np.array([3.5, 9]), [3.5, 9.0], {}, "NumPy array"),
        (0.5, 50.0, {}, "percent"),
        (0.5, 0.002, {"fs": 250.0}, "seconds where samples"),
        ([0.5, 0.7], [0.0005, 0.0007], {}, "1000 times too small"),
        (3, 4, {}, ""),
    ],
)
def test_mistakes_that_are_made_everywhere(expected, given, inputs, words):
    told = hints.hint([], [(inputs, expected, given)], 1e-6, 1e-9)
    assert words in told
    assert bool(told) == bool(words)
