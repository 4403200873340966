"""What students could try gains no point, does no harm, and stops nobody else's grading."""

import csv
import hashlib
import os
import shutil
import socket
import threading

import psutil
import pytest

from ecgbook.classroom import grading, sandbox
from ecgbook.classroom.pack import Entry, Pack, case_of
from ecgbook.classroom.submissions import Submission
from tests.classroom.attacks import CELLS
from tests.classroom.hostile import NAMES, RAW, hostile_files, notebook
from tests.publish.conftest import REPOSITORY

SEED = "a-secret-of-the-teacher"
RIGHT = "def double(x):\n    return 2 * x\ndef turned(word):\n    return word[::-1]\n"
LIMITS = sandbox.Limits(seconds=3, call_s=1, memory_mb=500, processes=40, file_mb=20, output_mb=4)


@pytest.fixture(scope="module", autouse=True)
def walls():
    if why := sandbox.refusal():
        pytest.skip(why)


def made_pack():
    numbers = [case_of({"x": x}, 2 * x) for x in (3.25, -7.5, 1234.125)]
    words = [case_of({"word": word}, word[::-1]) for word in ("ventricle", "atrium", "node")]
    how = {"rtol": 1e-6, "atol": 1e-9, "accept": "", "mistakes": ""}
    one = Entry("q1", "double", 10, cases=tuple(numbers), **how)
    return Pack("00-tiny", (one, Entry("q2", "turned", 10, cases=tuple(words), **how)), {"q3": 5})


class Listener:
    """Counts who knocks at a port of this machine."""

    def __enter__(self):
        self.server, self.knocks = socket.create_server(("127.0.0.1", 0)), 0
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def _listen(self):
        while True:
            try:
                self.server.accept()[0].close()
            except OSError:
                return
            self.knocks += 1

    def __exit__(self, *_):
        self.server.close()


def fingerprint(folder):
    """Return path, kind, rights and content of all below a folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        about = path.lstat()
        plain = path.is_file() and not path.is_symlink() and about.st_size < 10**8
        content = hashlib.sha256(path.read_bytes()).hexdigest() if plain else ""
        found[os.fsencode(path)] = (about.st_mode, about.st_size, content)
    return found


def sandboxed():
    """Return the processes of users that only sandboxes have, and bubblewraps below this one."""
    below = psutil.Process().children(recursive=True)
    return [one for one in below if one.name() in ("bwrap", "python", "python3")]


def test_no_attack_gains_a_point_or_does_harm(tmp_path):
    submissions, outside = tmp_path / "submissions", tmp_path / "outside"
    for folder in (submissions, outside):
        folder.mkdir()
    (outside / "precious.txt").write_text("keep me")
    (tmp_path / "solution.ipynb").write_bytes(notebook(RIGHT))
    before_this = set(psutil.pids())
    with Listener() as listener:
        facts = {"port": listener.port, "outside": outside, "seed": SEED}
        facts |= {"repository": REPOSITORY, "submissions": submissions}
        n = hostile_files(submissions, **facts)
        (submissions / "zz-honest.ipynb").write_bytes(notebook(RIGHT))
        kept = fingerprint(submissions) | fingerprint(outside)
        grades = grading.grade(submissions, made_pack(), tmp_path / "out", limits=LIMITS, jobs=2)
    assert listener.knocks == 0
    assert fingerprint(submissions) | fingerprint(outside) == kept
    assert sandboxed() == []
    for pid in set(psutil.pids()) - before_this:
        uids = psutil.Process(pid).uids() if psutil.pid_exists(pid) else ()
        assert not any(60514 <= uid < 60600 for uid in uids), pid

    assert {one.student: one.score for one in grades if one.score} == {"zz-honest": 20}
    assert len(grades) == n + 1 >= 26
    assert [one.errors for one in grades if "SystemError" in str(one.errors)] == []

    with (tmp_path / "out" / "grades.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == n + 1
    assert [row for row in rows if row["student"].startswith(tuple("=+-@\t\r\n"))] == []
    pages = sorted(path.name for path in (tmp_path / "out" / "feedback").iterdir())
    assert pages == sorted(row["feedback"] for row in rows)
    for row in rows:
        text = (tmp_path / "out" / "feedback" / row["feedback"]).read_text()
        assert "<script" not in text
    shutil.rmtree(submissions)


def test_attacks_are_many():
    assert len(CELLS) + len(RAW) + len(NAMES) >= 60


def test_no_expected_value_enters_the_sandbox():
    pack = made_pack()
    submission = Submission("x", notebook(RIGHT).decode())
    job = str(grading._job(pack, submission))
    for entry in pack.entries:
        for case in entry.cases:
            assert case.expected not in job
            assert case.inputs in job
