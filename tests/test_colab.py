"""Colab's own packages survive the first cell of a chapter.

To test against a newer image, write its ``pip freeze`` into ``colab-packages.txt``.
"""

from pathlib import Path

import pytest
from packaging.requirements import Requirement

from ecgbook.publish import manifest
from tools import colab

COLAB = Path(__file__).with_name("colab-packages.txt")


def test_nothing_of_colab_has_to_be_replaced():
    wanted = colab.requirements("lessons")
    assert colab.conflicts(wanted, colab.read_freeze(COLAB)) == []


def test_lessons_are_what_the_chapters_need_together():
    chapters = manifest.load(COLAB.parents[1]).chapters
    extras = sorted({extra for chapter in chapters for extra in chapter.extras})
    assert {*colab.requirements("lessons")} == {*colab.requirements(*extras)}
    assert "biosppy" in {one.name for one in colab.requirements("lessons")}


def test_the_list_holds_what_must_stay():
    assert {"torch", "numpy", "pandas"} <= set(colab.read_freeze(COLAB))


@pytest.mark.parametrize(
    ("line", "present", "expected"),
    [
        ("numpy>=2.0", {"numpy": "2.1.3"}, []),
        ("numpy>=2.2", {"numpy": "2.1.3"}, ["ecgbook asks for numpy>=2.2, there is numpy 2.1.3"]),
        ("torch>=2.6", {"torch": "2.11.0+cu128"}, []),
        ("NumPy<2; python_version < '3.12'", {"numpy": "2.1.3"}, []),
        ("no-such-package", {"numpy": "2.1.3"}, []),
    ],
)
def test_versions_are_compared_as_pip_does(line, present, expected):
    assert colab.conflicts([Requirement(line)], present) == expected


def test_what_a_missing_package_asks_for_counts_too(monkeypatch):
    asks = {"wfdb": ["numpy>=9", "pandas"], "pandas": ["wfdb"]}
    monkeypatch.setattr(colab.metadata, "requires", lambda name: asks[name])
    found = colab.conflicts([Requirement("wfdb")], {"numpy": "2.1.3"})
    assert found == ["wfdb asks for numpy>=9, there is numpy 2.1.3"]


def test_other_lines_of_a_freeze_are_passed_over(tmp_path):
    listing = tmp_path / "freeze.txt"
    listing.write_text("# comment\nScikit_Learn==1.6.1\ngoogle-colab @ file:///x.tar.gz\n")
    assert colab.read_freeze(listing) == {"scikit-learn": "1.6.1"}
