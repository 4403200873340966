"""Every chapter keeps the rules and comes to its end, with whatever data are at hand."""

import pytest

from ecgbook.publish import execute, manifest
from ecgbook.publish.lint import lint
from tests.publish.conftest import REPOSITORY

BOOK = manifest.load(REPOSITORY)


@pytest.fixture(params=BOOK.chapters, ids=lambda chapter: chapter.name)
def chapter(request, monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    return request.param


def test_a_chapter_keeps_the_rules(chapter):
    assert [str(finding) for finding in lint(BOOK, chapter)] == []


@pytest.mark.notebook
def test_a_chapter_comes_to_its_end(chapter):
    (outcome,) = execute.run(BOOK, [chapter], profile="smoke", data="auto")
    assert outcome.problems == []
