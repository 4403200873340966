"""Grading without a sandbox: what is read, judged and written. Attacks are tried elsewhere."""

import csv
import json
import struct
from pathlib import Path

import pytest

import ecgbook
from ecgbook import cli
from ecgbook.classroom import build, feedback, grading, pack, sandbox, seccomp
from ecgbook.classroom.grading import Grade, mark
from ecgbook.classroom.submissions import Submission, collect, plain_cell
from ecgbook.classroom.transport import encode
from ecgbook.classroom.watch import Ended
from tests.publish.conftest import REPOSITORY


@pytest.fixture
def made_pack(tiny):
    return build.make_pack(tiny, "secret")


def lines(*messages):
    return "\n".join(json.dumps(message) for message in messages).encode()


def graded(made_pack, *messages):
    made = Grade("somebody")
    mark(made_pack, lines(*messages), made)
    return made


def values(made_pack, factor=1.0):
    answers = []
    for number, case in enumerate(made_pack.entry("q1").cases):
        rr_s = case.arguments()["rr_s"]
        answers.append(["q1", number, "value", encode(factor * 60 * len(rr_s) / sum(rr_s))])
    return answers


DONE = ["", 0, "done", ""]


def test_all_inputs_must_be_right_for_the_points(made_pack):
    right = values(made_pack)
    assert graded(made_pack, *right, DONE).score == 60
    assert graded(made_pack, *right[:2], DONE).score == 0
    one_wrong = [*right[:2], ["q1", 2, "value", "1.0"]]
    assert graded(made_pack, *one_wrong, DONE).score == 0
    assert "wrong on 1 of 3" in graded(made_pack, *one_wrong, DONE).answered[0].words


def test_a_first_answer_stands(made_pack):
    wrong = [["q1", number, "value", "1.0"] for number in range(3)]
    assert graded(made_pack, *wrong, *values(made_pack), DONE).score == 0


def test_hints_reach_the_feedback(made_pack):
    (one,) = graded(made_pack, *values(made_pack, 1 / 60), DONE).answered
    assert "a rate a second" in one.words


def test_a_run_that_was_cut_off_is_noted_and_its_answers_count(made_pack):
    made = graded(made_pack, *values(made_pack))
    assert made.score == 60
    assert "ended before" in made.note


@pytest.mark.parametrize(
    "message",
    [
        ["q1", 0, "points", "60"],
        ["q1", True, "value", "1"],
        ["q1", 0, "value", 60],
        ["q1", 0, "value"],
        {"q1": 60},
        60,
        None,
    ],
)
def test_other_messages_are_nothing(made_pack, message):
    assert graded(made_pack, message, DONE).score == 0


def test_texts_and_errors_are_kept_short(made_pack):
    many = [["", n, "error", "x" * 10_000] for n in range(1000)]
    texts = [[f"q{n}", 0, "text", "y" * 10**6] for n in range(1000)]
    made = graded(made_pack, *many, *texts, DONE)
    assert len("".join(made.errors)) < 20_000
    assert sum(map(len, made.texts.values())) <= 20 * 20_000


def test_feedback_escapes_what_students_write(made_pack):
    made = graded(made_pack, ["q2", 0, "text", "<script>1</script>"], DONE)
    made.student, made.note = "<img src=x>", "<b>"
    made.errors = ["<i>"]
    text = feedback.page(made_pack, made)
    for tag in ("<script>", "<img", "<b>", "<i>"):
        assert tag not in text
    assert "&lt;script&gt;1&lt;/script&gt;" in text
    assert "0 of 60 points" in text
    assert "40 points by hand" in text


def test_a_pack_comes_back_from_its_file(made_pack, tmp_path):
    pack.save(made_pack, tmp_path / "p.json")
    assert pack.load(tmp_path / "p.json") == made_pack
    (tmp_path / "p.json").write_text('{"entries": 3}')
    with pytest.raises(ecgbook.BookInvalid, match="no pack"):
        pack.load(tmp_path / "p.json")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "|x", "%x", "\t=1", "\r=1", " =1"])
def test_no_cell_is_a_formula(text):
    assert plain_cell(text)[0] == "'"


def test_ordinary_names_stay_and_line_ends_go():
    assert plain_cell("Ana García-2") == "Ana García-2"
    assert plain_cell("a\nb\x00c\x1b[2Jd\u202ee") == "a b c [2Jd e"


@pytest.mark.parametrize("name", ["../../x", "a/b", "..", "", "x" * 300, "Ω", "con<>"])
def test_a_page_has_a_name_that_leads_nowhere(name):
    page = Submission(name).page
    assert Path(page).name == page
    assert len(page) < 90
    assert page.isascii()
    assert page != Submission(name + "x").page


def test_submissions_are_files_or_folders_with_one(tmp_path):
    (tmp_path / "ana.ipynb").write_text("{}")
    (tmp_path / "ben" / "deep" / "er").mkdir(parents=True)
    (tmp_path / "ben" / "deep" / "er" / "x.ipynb").write_text("{}")
    (tmp_path / "ben" / ".ipynb_checkpoints").mkdir()
    (tmp_path / "ben" / ".ipynb_checkpoints" / "x.ipynb").write_text("{}")
    (tmp_path / "cem").mkdir()
    (tmp_path / "dia.pdf").write_text("x")
    (tmp_path / ".DS_Store").write_text("x")
    found = {one.student: (one.text, one.fault) for one in collect(tmp_path)}
    assert found == {
        "ana": ("{}", ""),
        "ben": ("{}", ""),
        "cem": ("", "0 notebooks in a folder, not one"),
        "dia.pdf": ("", "it is no .ipynb file"),
    }


def test_without_a_sandbox_nothing_is_graded(tmp_path, made_pack, monkeypatch):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ana.ipynb").write_text("{}")
    monkeypatch.setattr(sandbox, "refusal", lambda: "there are no walls")
    monkeypatch.setattr(sandbox, "run", lambda *a, **k: pytest.fail("it ran"))
    with pytest.raises(ecgbook.GradingRefused, match="there are no walls"):
        grading.grade(tmp_path / "in", made_pack, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_why_there_is_no_sandbox_is_one_sentence(monkeypatch):
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    assert "apt install bubblewrap" in sandbox.refusal.__wrapped__()
    monkeypatch.setattr(sandbox.sys, "platform", "darwin")
    assert "needs Linux" in sandbox.refusal.__wrapped__()


@pytest.mark.parametrize(
    ("output", "errors", "words"),
    [
        (b"", "setting up uid map: Permission denied", "setting up uid map: Permission denied"),
        (
            b'["q1", 0, "value", "{\\"list\\": [\\"root\\"]}"]',
            "",
            'a hole here: {"list": ["root"]}',
        ),
        (b'["q1", 0, "error", "x"]', "", "a hole here: x"),
        (b'["q1", 0, "value", "{\\"list\\": []}"]', "", ""),
    ],
)
def test_walls_are_tried_before_they_are_trusted(monkeypatch, output, errors, words):
    ended = Ended(output, "", 0.1, errors)
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: "/usr/bin/bwrap")
    monkeypatch.setattr(sandbox, "run", lambda *a, **k: ended)
    found = sandbox.refusal.__wrapped__()
    assert words in found
    assert bool(words) == bool(found)


def kernel(program, number, architecture, argument=0):
    """Run a filter as the kernel would: an interpreter for the few instructions that there are."""
    facts, place, word = {0: number, 4: architecture, 16: argument}, 0, 0
    steps = list(struct.iter_unpack("=HBBI", program))
    while True:
        code, if_true, if_false, value = steps[place]
        place += 1
        if code == 0x06:
            return value
        if code == 0x20:
            word = facts[value]
        else:
            holds = {0x15: word == value, 0x35: word >= value, 0x45: bool(word & value)}[code]
            place += if_true if holds else if_false


ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026


@pytest.mark.parametrize(
    ("number", "argument", "verdict"),
    [
        (0, 0, ALLOW),  # read
        (59, 0, ALLOW),  # execve
        (56, 0, ALLOW),  # clone
        (56, 0x10000000, EPERM),  # clone into a new user namespace
        (0, 0x10000000, ALLOW),  # a read of this size is no clone
        (435, 0, ENOSYS),  # clone3
        (165, 0, EPERM),  # mount
        (272, 0, EPERM),  # unshare
        (319, 0, EPERM),  # memfd_create
        (101, 0, EPERM),  # ptrace
        (0x40000000, 0, KILL),  # numbers of the x32 interface
    ],
)
def test_the_filter_of_system_calls(monkeypatch, number, argument, verdict):
    monkeypatch.setattr(seccomp.platform, "machine", lambda: "x86_64")
    assert kernel(seccomp.program(), number, 0xC000003E, argument) == verdict
    assert kernel(seccomp.program(), number, 0x40000003, argument) == KILL  # 32 bits


def test_commands_ask_for_a_seed(tmp_path, capsys):
    with pytest.raises(SystemExit):
        cli.main(["assign", "1", "--to", str(tmp_path)])
    assert cli.main(["grade", str(tmp_path), "--assignment", "1"]) == 1
    assert "--seed" in capsys.readouterr().err


def test_an_assignment_for_a_class_and_its_grades(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(REPOSITORY)
    told = ["assign", "2", "--to", str(tmp_path), "--seed", "x"]
    assert cli.main(told) == 0
    student = tmp_path / "student" / "02-beat-datasets.ipynb"
    assert "BEGIN SOLUTION" not in student.read_text()
    assert "BEGIN SOLUTION" in (tmp_path / "instructor" / student.name).read_text()
    made = tmp_path / "grading" / "02-beat-datasets.json"
    assert pack.load(made).points == 80
    if why := sandbox.refusal():
        pytest.skip(why)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ana.ipynb").write_text((tmp_path / "instructor" / student.name).read_text())
    (tmp_path / "in" / "ben.ipynb").write_text(student.read_text())
    assert cli.main(["grade", str(tmp_path / "in"), "--assignment", str(made)]) == 0
    with (tmp_path / "in-graded" / "grades.csv").open(newline="") as file:
        scores = {row["student"]: row["score"] for row in csv.DictReader(file)}
    assert scores == {"ana": "80", "ben": "0"}
