"""A tiny assignment, made cell by cell."""

import copy

import nbformat
import pytest

from ecgbook.classroom import source
from ecgbook.publish import manifest
from ecgbook.publish.notebook import Notebook
from tests.publish.conftest import REPOSITORY

TASK = {"question": "q1", "function": "rate_bpm", "points": 60, "rtol": 1e-6}
SOLUTION = '''\
def rate_bpm(rr_s, fs):
    """Return the rate."""
    # BEGIN SOLUTION
    mean_s = sum(rr_s) / len(rr_s)
    return 60 / mean_s
    # END SOLUTION
'''
INPUTS = """\
def inputs(rng):
    return [{"rr_s": rng.uniform(0.5, 1.5, n).tolist(), "fs": 250.0} for n in (1, 3, 9)]
"""
MISTAKES = '''\
def _helper(rr_s):
    return max(rr_s)


def longest(expected, rr_s, fs):
    """The longest interval was taken."""
    return 60 / _helper(rr_s)
'''


def cells():
    """Return the cells of the tiny assignment as (type, tags, metadata, source)."""
    about = {"question": "q1"}
    return [
        ["markdown", [], None, "# Tiny"],
        ["code", [], None, "import numpy as np"],
        ["code", ["solution"], TASK, SOLUTION],
        ["code", ["check"], about, 'ecgbook.check("ch00.q1", rate_bpm)'],
        ["code", ["inputs"], about, INPUTS],
        ["code", ["mistakes"], about, MISTAKES],
        ["markdown", ["text"], {"question": "q2", "points": 40}, "*Write here.*"],
        ["markdown", ["instructor"], None, "Only for teachers."],
    ]


def write(path, rows):
    """Write cells as a notebook."""
    made = nbformat.v4.new_notebook()
    for number, (kind, tags, about, text) in enumerate(copy.deepcopy(rows)):
        metadata = {"tags": tags} | ({"ecgbook": about} if about else {})
        new = getattr(nbformat.v4, f"new_{kind}_cell")
        made.cells.append(new(text, id=f"c{number}", metadata=metadata))
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(made, path)
    return Notebook(path, made)


@pytest.fixture
def book():
    return manifest.load(REPOSITORY)


@pytest.fixture
def tiny(tmp_path):
    """The tiny assignment, read."""
    path = tmp_path / "00-tiny.ipynb"
    write(path, cells())
    return source.read(path)
