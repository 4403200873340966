"""The mini-project: what is handed out, what a file of predictions may be, and the leaderboard."""

import csv
import os
import pickle

import numpy as np
import pytest

from ecgbook import cli
from ecgbook.classroom import project
from ecgbook.classroom.leaderboard import Scored, rank, score_folder
from ecgbook.classroom.predictions import collect_predictions, read_predictions
from ecgbook.errors import BookInvalid, GradingRefused

# Ten people with six N, two S and two V each, so that every draw of people has the same scores
# for whoever answers alike for all.
Y = np.tile([0, 0, 0, 0, 0, 0, 1, 1, 2, 2], 10)
PATIENT = np.repeat(np.arange(10), 10)
ALWAYS_N = np.zeros(100, int)
ANSWERS = project.Answers(Y, PATIENT, ALWAYS_N)
F1_N = 2 * 60 / (2 * 60 + 40)  # of always N: 60 right, 40 called N that are not


def board_of(**answers):
    return rank([Scored("f", team, 1, y) for team, y in answers.items()], ANSWERS, n=200)


def row(board, team):
    return next(one for one in board.rows if one.team == team)


def with_errors(people):
    """Answers that are right but for the S beats of some people, called N."""
    return np.where(np.isin(PATIENT, people) & (Y == 1), 0, Y)


def test_perfect_answers_score_1_and_a_constant_what_can_be_worked_out():
    board = board_of(perfect=Y, constant=ALWAYS_N)
    assert row(board, "perfect").f1 == (1, 1, 1)
    assert row(board, "constant").f1 == pytest.approx([F1_N / 3] * 3)
    assert row(board, "constant").to_baseline == (0, 0, 0)
    assert row(board, "constant").to_best == pytest.approx([F1_N / 3 - 1] * 3)
    assert [row(board, name).place for name in ("perfect", "constant")] == [1, 2]
    assert board.baseline == pytest.approx([F1_N / 3] * 3)
    assert (board.n_patients, board.n_beats) == (10, 100)


def test_teams_that_are_not_shown_to_differ_share_a_place():
    # One person each: whoever is drawn more often decides, so the interval contains 0.
    board = board_of(a=with_errors([0]), b=with_errors([1]), c=with_errors(range(10)))
    assert [row(board, name).place for name in "abc"] == [1, 1, 3]
    assert row(board, "a").f1[0] == pytest.approx(row(board, "b").f1[0])


def test_a_whole_class_missed_in_all_people_is_shown():
    board = board_of(a=Y, b=with_errors(range(10)))
    # N: 60 right and 20 too many; S: none; V: all right.
    assert row(board, "b").f1[0] == pytest.approx((2 * 60 / (2 * 60 + 20) + 0 + 1) / 3)
    assert row(board, "b").place == 2


def test_the_last_submission_of_a_team_counts_not_the_best():
    rows = [Scored("f", "red", 1, Y), Scored("f", "Red", 2, ALWAYS_N), Scored("f", "blue", 1, Y)]
    board = rank(rows, ANSWERS, n=50)
    assert [(one.team, one.number) for one in board.rows if one.counts] == [("blue", 1), ("Red", 2)]
    assert board.scored_of("red") == 2
    assert "same answers as blue" in rows[0].note


def write_csv(path, y):
    lines = [f"{k},{'NSV'[c]}" for k, c in enumerate(y)]
    path.write_text("\n".join(["beat,class", *lines, ""]))


@pytest.mark.parametrize("dtype", ["int64", "int8", "uint16", ">i4"])
def test_arrays_of_whole_numbers_are_read(tmp_path, dtype):
    np.save(tmp_path / "red-1.npy", Y.astype(dtype))
    np.testing.assert_array_equal(read_predictions(tmp_path / "red-1.npy", 100).y, Y)


def test_a_table_is_read_in_any_order_and_as_a_spreadsheet_writes_it(tmp_path):
    lines = [f"{k},{'NSV'[c]}" for k, c in enumerate(Y)][::-1]
    content = "\r\n".join(["beat,class", *lines, ""]).encode("utf-8-sig")
    (tmp_path / "red-1.csv").write_bytes(content)
    np.testing.assert_array_equal(read_predictions(tmp_path / "red-1.csv", 100).y, Y)


class _Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


def _header(text, version=b"\x01\x00", width=2, length=None):
    length = len(text) if length is None else length
    return b"\x93NUMPY" + version + length.to_bytes(width, "little") + text


FLAT = b"{'descr': '|i1', 'fortran_order': False, 'shape': (100,), }\n"
HOSTILE_ARRAYS = {
    "pickled": (pickle.dumps(_Bomb()), "no .npy"),
    "objects": (_header(FLAT.replace(b"|i1", b"|O")) + pickle.dumps(_Bomb()), "whole numbers"),
    "long header": (_header(b" " * 400, b"\x02\x00", 4, 2**32 - 1), "header"),
    "evaluated": (_header(b"[" * 300), "whole numbers"),
    "many": (_header(FLAT.replace(b"100", b"999999999")), "999999999 predictions"),
    "two axes": (_header(FLAT.replace(b"100,", b"10, 10")) + b"\0" * 100, "flat"),
    "cut off": (_header(FLAT) + b"\0" * 99, "cut off"),
    "longer": (_header(FLAT) + b"\0" * 101, "cut off"),
    "no class": (_header(FLAT) + b"\3" * 100, "none of 0 (N), 1 (S), 2 (V)"),
    "negative": (_header(FLAT) + b"\xff" * 100, "none of"),
    "empty": (b"", "no .npy"),
    "large": (b"\0" * 4000, "more than 3400 bytes"),
}


@pytest.mark.parametrize("kind", HOSTILE_ARRAYS)
def test_a_hostile_array_is_refused_with_the_reason(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    content, words = HOSTILE_ARRAYS[kind]
    (tmp_path / "red-1.npy").write_bytes(content)
    found = read_predictions(tmp_path / "red-1.npy", 100)
    assert found.y is None
    assert words in found.fault
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.full(100, np.nan), "not finite"),
        (np.full(100, np.inf, "f4"), "not finite"),
        (np.zeros(100), "floats"),
        (np.zeros(99, int), "99 predictions"),
        (np.zeros((100, 1), int), "flat"),
        (np.zeros(100, bool), "flat"),
        (np.array(["N"] * 100), "flat"),
        (np.full(100, 2**63, "u8"), "none of"),
    ],
)
def test_an_array_that_is_no_answer_is_refused_with_the_reason(tmp_path, values, words):
    np.save(tmp_path / "red-1.npy", values)
    found = read_predictions(tmp_path / "red-1.npy", 100)
    assert found.y is None
    assert words in found.fault


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "first line"),
        ("0,N\n1,N", "first line"),
        ("beat,class\n0,N", "1 of 2 beats are missing"),
        ("beat,class\n0,N\n0,S", "line 3: beat 0 is there twice"),
        ("beat,class\n0,N\n2,S", "line 3: there is no beat 2"),
        ("beat,class\n0,N\n1,nan", "line 3 is not"),
        ("beat,class\n0,N\n1,F", "line 3 is not"),
        ("beat,class\n0,N\n-1,N", "line 3 is not"),
        ("beat,class\n0,N\n١,N", "line 3 is not"),
        ("beat,class\n0,N\n=1+1,N", "line 3 is not"),
        ("beat,class\n0,N\n\n1,N", "line 3 is not"),
    ],
)
def test_a_table_that_is_no_answer_is_refused_with_the_reason(tmp_path, text, words):
    (tmp_path / "red-1.csv").write_text(text, encoding="utf-8")
    found = read_predictions(tmp_path / "red-1.csv", 2)
    assert found.y is None
    assert words in found.fault


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "red-1.csv").write_bytes(b"beat,class\n\xff")
    assert "UTF-8" in read_predictions(tmp_path / "red-1.csv", 2).fault


def test_two_files_of_one_number_are_both_refused(tmp_path):
    write_csv(tmp_path / "red-1.csv", Y)
    np.save(tmp_path / "Red-1.npy", Y)
    write_csv(tmp_path / "red-2.csv", Y)
    faults = {one.file: one.fault for one in collect_predictions(tmp_path, 100)}
    assert "two files" in faults["red-1.csv"]
    assert "two files" in faults["Red-1.npy"]
    assert faults["red-2.csv"] == ""


@pytest.fixture
def handed_in(tmp_path):
    """A folder with two good submissions and entries of every hostile kind."""
    folder = tmp_path / "in"
    folder.mkdir()
    write_csv(folder / "red-1.csv", Y)
    np.save(folder / "blue-1.npy", ALWAYS_N)
    (tmp_path / "answers.csv").write_text("beat,class\n")
    (folder / "link-1.csv").symlink_to(tmp_path / "answers.csv")
    (folder / "folder-1.csv").mkdir()
    os.mkfifo(folder / "pipe-1.csv")
    (folder / "objects-1.npy").write_bytes(HOSTILE_ARRAYS["objects"][0])
    (folder / "=HYPERLINK(1)|<b>x.csv").write_text("beat,class\n")
    (folder / "red-1.csv.exe").write_text("")
    (folder / os.fsdecode(b"\xff\n-1.csv")).write_text("")
    (folder / ".hidden").write_text("")
    return folder


def test_bad_submissions_get_a_line_and_stop_nothing(handed_in, tmp_path):
    board = score_folder(handed_in, ANSWERS, tmp_path / "out", n=50)
    with (tmp_path / "out" / "leaderboard.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["file"] for line in lines[:2]] == ["red-1.csv", "blue-1.npy"]
    assert [line["place"] for line in lines[:2]] == ["1", "2"]
    assert lines[1]["shown_to_best"] == "worse"
    assert lines[1]["shown_to_baseline"] == "not shown to differ"
    assert len(lines) == len(board.rows) == 9
    assert all(line["note"] and not line["f1"] for line in lines[2:])
    assert not any(
        cell.startswith(tuple("=+-@|"))
        for line in lines
        for cell in line.values()
        if not cell.replace("-", "", 1).replace(".", "", 1).isdigit()
    )
    text = (tmp_path / "out" / "leaderboard.md").read_text(encoding="utf-8")
    assert "not shown to differ" in text
    assert "2 submissions were scored on the same 10 people" in text
    assert "<b>" not in text
    assert "it is a link" in text.replace("&#95;", "_")


def test_a_folder_with_bad_submissions_alone_is_a_board_without_places(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "red-1.csv").write_text("")
    board = score_folder(tmp_path / "in", ANSWERS, tmp_path / "out", n=50)
    assert [one.place for one in board.rows] == [0]


def test_no_folder_or_nothing_in_it_is_refused(tmp_path):
    for folder in (tmp_path / "none", tmp_path):
        with pytest.raises(GradingRefused, match="no folder with predictions"):
            score_folder(folder, ANSWERS, tmp_path / "out")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    command = ["project", "make", "--seed", "a long secret", "--to", str(folder), "--people", "6"]
    assert cli.main(command) == 0
    return folder


def test_what_is_handed_out_says_nothing_of_held_out_people_but_their_beats(made):
    student = np.load(made / "student" / "project.npz", allow_pickle=False)
    of_test = {name: student[name] for name in student.files if name.startswith("test")}
    assert set(of_test) == {"test_x", "test_rr_s"}
    answers = project.load_answers(made / "teacher" / "answers.npz")
    assert len(answers.y) == len(of_test["test_x"]) == len(of_test["test_rr_s"])
    assert set(answers.y) == set(student["train_y"]) == {0, 1, 2}
    # In no order that tells whose beat it is: neighbours are of one person in one of six pairs.
    assert np.mean(answers.patient[1:] == answers.patient[:-1]) < 0.3
    beats = [row.tobytes() for name in ("train_x", "test_x") for row in student[name]]
    assert len(set(beats)) == len(beats)


def test_the_baseline_can_be_beaten_and_beats_a_constant(made):
    answers = project.load_answers(made / "teacher" / "answers.npz")
    constant = np.zeros_like(answers.y)
    board = rank([Scored("f", "n", 1, constant), Scored("f", "all", 1, answers.y)], answers, n=50)
    assert row(board, "n").f1[0] < board.baseline[0] < row(board, "all").f1[0] == 1


def test_held_out_people_are_noisier(made):
    student = np.load(made / "student" / "project.npz", allow_pickle=False)

    def roughness(x):
        return np.median(np.abs(np.diff(x, n=2, axis=-1)))

    assert roughness(student["test_x"]) > 1.2 * roughness(student["train_x"])


def test_the_example_can_be_handed_in_and_scored(made, tmp_path, capsys):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "example-1.csv").write_bytes((made / "student/example-1.csv").read_bytes())
    answers = str(made / "teacher" / "answers.npz")
    command = ["project", "score", str(tmp_path / "in"), "--answers", answers]
    assert cli.main([*command, "--replicates", "50"]) == 0
    printed = capsys.readouterr().out
    assert "example: 1 submissions scored" in printed
    assert "chooses on the held-out people" in printed
    assert (tmp_path / "in-scored" / "leaderboard.md").is_file()


def test_a_secret_gives_the_same_people_and_another_gives_others(tmp_path):
    def x(secret, name):
        files = project.make_project(secret, tmp_path / name, people=2, seconds=30)
        return np.load(files[0])["test_x"]

    first = x("one secret", "a")
    np.testing.assert_array_equal(first, x("one secret", "b"))
    assert not np.array_equal(first[:5], x("other secret", "c")[:5])


def test_a_short_secret_and_one_person_are_refused(tmp_path):
    with pytest.raises(BookInvalid, match="secret"):
        project.make_project("short", tmp_path)
    with pytest.raises(BookInvalid, match="two people"):
        project.make_project("long enough", tmp_path, people=1)


def test_a_file_that_holds_no_answers_is_refused(made, tmp_path):
    (tmp_path / "text.npz").write_text("no")
    np.savez(tmp_path / "odd.npz", y=[0, 1], patient=[0], baseline=[0, 0])
    np.savez(tmp_path / "class.npz", y=[0, 7], patient=[0, 1], baseline=[0, 0])
    wrong = [tmp_path / name for name in ("none.npz", "text.npz", "odd.npz", "class.npz")]
    for path in [*wrong, made / "student" / "project.npz"]:
        with pytest.raises(GradingRefused, match="no answers of a project"):
            project.load_answers(path)
