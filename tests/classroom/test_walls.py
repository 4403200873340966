"""A wall that is missing is noticed before anything is graded."""

import pytest

from ecgbook.classroom import sandbox

if WHY := sandbox.refusal():
    pytest.skip(WHY, allow_module_level=True)


@pytest.mark.parametrize(
    ("option", "values", "hole"),
    [
        ("--unshare-net", 0, "network"),
        ("--unshare-pid", 0, "other processes"),
        ("--seccomp", 1, "anonymous files"),
    ],
)
def test_a_part_that_is_left_out_of_the_sandbox(monkeypatch, option, values, hole):
    whole = sandbox._command

    def without(*arguments):
        command = whole(*arguments)
        place = command.index(option)
        return command[:place] + command[place + 1 + values :]

    monkeypatch.setattr(sandbox, "_command", without)
    assert hole in sandbox.refusal.__wrapped__()


@pytest.mark.parametrize(("limit", "words"), [("NPROC", "processes"), ("DATA", "memory")])
def test_a_limit_that_does_not_hold(monkeypatch, limit, words):
    whole = sandbox._rlimits

    def without(limits):
        return {name: value for name, value in whole(limits).items() if name != limit}

    monkeypatch.setattr(sandbox, "_rlimits", without)
    assert words in sandbox.refusal.__wrapped__()


def test_a_writable_system(monkeypatch):
    whole = sandbox._command

    def writable(*arguments):
        command = whole(*arguments)
        place = command.index("--chdir")
        return [*command[:place], "--perms", "1777", "--tmpfs", "/etc", *command[place:]]

    monkeypatch.setattr(sandbox, "_command", writable)
    assert "writable /etc" in sandbox.refusal.__wrapped__()


def test_a_user_who_stays_root(monkeypatch):
    if sandbox.os.getuid():
        pytest.skip("only root could stay root")
    monkeypatch.setattr(sandbox, "_FIRST_UID", 0)
    assert "root" in sandbox.refusal.__wrapped__()


def test_two_sandboxes_side_by_side_have_two_users():
    code = "import os\nraise SystemError(os.getuid())"
    notebook = sandbox.json.dumps({"cells": [{"cell_type": "code", "source": code}]})
    job = {"notebook": notebook, "calls": []}
    said = {sandbox.run(job, sandbox.Limits(), slot).output for slot in (0, 1)}
    assert len(said) == (1 if sandbox.os.getuid() else 2)
