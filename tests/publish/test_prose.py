"""Sentences with numbers follow the results: another number in the file, another sentence."""

import shutil
from contextlib import contextmanager

import msgspec
import pytest

from ecgbook import released, results
from ecgbook.publish import manifest
from ecgbook.publish.notebook import load
from ecgbook.resultfile import read_file, write
from tests.publish import slices
from tests.publish.conftest import PARAMETERS, REPOSITORY, code

BOOK = manifest.load(REPOSITORY)
VALUE = float(
    results.reference("02-beat-datasets").one(
        score="j_kappa",
        chosen_on="validation",
        method="beat_cnn",
        protocol="ds1_ds2",
        minus=None,
        without=None,
    )
)
CHAPTERS = [chapter for chapter in BOOK.chapters if chapter.kind == "chapter"]


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """A copy of the reference results that every chapter reads instead of them."""
    folder = tmp_path / "reference"
    folder.mkdir()
    for file in released.folder().glob("*.json"):
        shutil.copy(file, folder)
    monkeypatch.setattr(released, "folder", lambda: folder)
    return folder


@pytest.fixture
def numbers_read(monkeypatch):
    """The numbers that are read as a cell runs, each with its row."""
    read, number = [], results._number

    def spy(row):
        read.append((row.to_dict(), number(row)))
        return read[-1][1]

    monkeypatch.setattr(results, "_number", spy)
    return read


def stuck(notebook, folder, read):
    """Change one number that each cell says; return (cell, whether it says the same as before).

    Looked at are prose cells for which stored results suffice.
    """
    found = []
    for cell in notebook.tagged("prose"):
        if (chosen := slices.slice_of(notebook, cell.number)) is None:
            continue
        read.clear()
        before = slices.run(chosen).plain
        if said := [row for row, number in read if _says(before, number)]:
            with altered(folder, said[0]):
                found.append((cell.number, slices.run(chosen).plain == before))
    return found


def _says(text, number):
    return str(number) in text or f"{float(number):.2f}" in text


@contextmanager
def altered(folder, row):
    """Let the value of one stored row be another one for a while."""
    (path,) = [path for path in folder.glob("*.json") if _places(read_file(path), row)]
    kept, content = path.read_bytes(), read_file(path)
    for rows, place in _places(content, row):
        value = 0.1 + 2 * abs(rows[place].value)
        rows[place] = msgspec.structs.replace(rows[place], value=value)
    write(path, content)
    yield
    path.write_bytes(kept)


def _places(content, row):
    """Return where in a results file a row stands."""
    return [
        (unit.rows, place)
        for unit in content.units
        for place, stored in enumerate(unit.rows)
        if all(
            row[name] == value
            for name, value in (stored.as_dict() | unit.case).items()
            if value is not None
        )
    ]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)
def test_sentences_follow_the_numbers(chapter, stored, numbers_read):
    found = stuck(load(REPOSITORY / chapter.notebook), stored, numbers_read)
    assert found, "no prose cell says a number of the reference results alone"
    assert [cell for cell, same in found if same] == []


SETUP = code(
    "import torch\nfrom ecgbook import evaluation, results\n"
    'reference = results.reference("02-beat-datasets")\n'
    "mitdb = ecgbook.open_database('mitdb')"
)
HOW = code('how = {"score": "j_kappa", "chosen_on": "validation"}\nhow["minus"] = None')
READ = """\
def shown(method):
    return reference.one(method=method, protocol="ds1_ds2", without=None, **how)


kappa = shown("beat_cnn")
"""
SAYS = 'results.say(f"It is {kappa}.")'


@pytest.fixture
def found(tiny, stored, numbers_read):
    """A function: which prose cells of a notebook are tried, and whether they say the same."""

    def check(*cells):
        tiny.write(*cells)
        return stuck(load(tiny.notebook), stored, numbers_read)

    return check


def test_a_sentence_made_of_stored_rows_is_tried(found):
    assert found(PARAMETERS, SETUP, HOW, code(READ + SAYS, "prose")) == [(4, False)]
    # The number may be read in a cell before.
    assert found(PARAMETERS, SETUP, HOW, code(READ), code(SAYS, "prose")) == [(5, False)]


def test_a_sentence_that_repeats_a_typed_number_is_found_out(found):
    typed = READ + f'results.say("It is {VALUE:.2f}.")'
    assert found(PARAMETERS, SETUP, HOW, code(typed, "prose")) == [(4, True)]


@pytest.mark.parametrize(
    "live",
    [
        "beats = mitdb.read('100')\nkappa = reference.one(method=beats)\n",
        "kappa = evaluation.j_kappa(y, said)\n",
        "n = evaluation.count()\n" + READ + "kappa = (kappa, n)\n",
    ],
)
def test_a_sentence_that_rests_on_the_run_is_left_to_the_run(found, live):
    assert found(PARAMETERS, SETUP, HOW, code(live), code(SAYS, "prose")) == []


def test_a_sentence_without_a_stored_number_is_no_proof(found):
    assert found(PARAMETERS, SETUP, code('kappa = "high"\n' + SAYS, "prose")) == []
