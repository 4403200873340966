import csv
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from ecgbook import BookInvalid, ResultOutOfContract, released, results
from ecgbook.publish import report, resultspage, study
from ecgbook.publish.cache import alone
from ecgbook.resultfile import File, make_unit, read_file, write
from ecgbook.studies import runner
from tests.studies.test_runner import STUDY


@pytest.fixture
def book(tiny, tmp_path, monkeypatch):
    """A book whose one chapter has the study of the runner's tests, on ECGs called real."""
    monkeypatch.setattr(study, "study_of", lambda chapter: STUDY)
    monkeypatch.setattr(released, "folder", lambda: tmp_path / "reference")
    (tiny.root / "results").mkdir(exist_ok=True)
    (tiny.root / "results" / "looks.csv").write_text("date,chapter,profile,cases,carried,why\n")
    book = tiny.load()
    return book, book.chapters[0]


@pytest.fixture
def real(monkeypatch):
    """Let the runner take the simulated stand-in for real ECGs."""
    opened = runner.open_database

    def open_database(name, data):
        database = opened(name, "synthetic")
        monkeypatch.setattr(type(database), "simulated", data == "synthetic", raising=False)
        return database

    monkeypatch.setattr(runner, "open_database", open_database)


def fill(book, chapter, **options):
    return study.run_study(book, chapter, profile="cpu", **{"data": "synthetic"} | options)


def test_a_grid_is_filled_once(book):
    assert fill(*book) == 0
    shelf = study.shelf_of(*book, "cpu", "synthetic")
    assert shelf.missing() == []
    times = {path.name: path.stat().st_ctime_ns for path in shelf.store.root.iterdir()}
    assert fill(*book) == 0
    assert {p.name: p.stat().st_ctime_ns for p in shelf.store.root.iterdir()} == times


def test_a_stopped_study_goes_on_where_it_was(book, monkeypatch):
    computed, compute = [], runner.Shelf.compute

    def breaking(shelf, case, **options):
        if len(computed) == 3:
            raise RuntimeError("power cut")
        computed.append(case)
        return compute(shelf, case, **options)

    monkeypatch.setattr(runner.Shelf, "compute", breaking)
    with pytest.raises(RuntimeError, match="power cut"):
        fill(*book)
    assert study.shelf_of(*book, "cpu", "synthetic").missing() == STUDY.cases()[3:]


def test_a_budget_leaves_the_rest_for_later(book):
    assert fill(*book, budget_minutes=0) == 8


def test_validation_is_shown_and_the_test_part_is_not(book):
    fill(*book)
    shelf = study.shelf_of(*book, "cpu", "synthetic")
    shown = report.validation_text(shelf)
    tested, valid = (results.as_results(shelf.units(part)) for part in ("test", "valid"))
    case = {"method": "good", "protocol": "fixed", "minus": None, "score": "accuracy"}
    assert str(valid.one(**case)) in shown
    assert str(tested.one(**case)) not in shown


def test_a_look_at_the_test_part_is_counted(book, real):
    book, chapter = book
    fill(book, chapter, data="real")
    path = report.keep(book, chapter, "cpu", "first numbers")
    units = read_file(path).units
    assert len(units) == 6  # four cases, two pairs
    assert len(resultspage.looks(book, chapter.name)) == 1
    report.keep(book, chapter, "cpu", "again, nothing changed")
    assert len(resultspage.looks(book, chapter.name)) == 2
    with (book.root / "results" / "looks.csv").open() as file:
        assert next(csv.DictReader(file))["why"] == "first numbers"


def test_cases_that_are_not_computed_keep_their_rows(book, real):
    book, chapter = book
    own = {"method": "good", "protocol": "fixed"}
    old = own, {"method": "older", "protocol": "fixed"}, own | {"without": "somebody"}
    units = [make_unit({"score": "accuracy", "value": -1.0}, case) for case in old]
    write(released.folder() / f"{chapter.name}.cpu.json", File(chapter.name, "cpu", units))
    fill(book, chapter, data="real")
    rows = results.read(report.keep(book, chapter, "cpu", "a new method"))
    assert float(rows.one(method="older")) == -1
    assert "somebody" not in set(rows.table.get("without", []))  # said of the old row alone
    assert float(rows.one(method="good", protocol="fixed", minus=None)) > 0


def test_what_the_reference_has_is_not_computed_again(book, real):
    book, chapter = book
    fill(book, chapter, data="real")
    report.keep(book, chapter, "cpu", "first numbers")
    (book.build / "studies").rename(book.build / "gone")
    assert fill(book, chapter, data="real") == 0
    assert not list((book.build / "studies").glob("*/*/manifest.json"))


def test_simulated_numbers_are_no_reference(book, monkeypatch):
    fill(*book)
    simulated = study.shelf_of(*book, "cpu", "synthetic")
    monkeypatch.setattr(report, "shelf_of", lambda *names: simulated)
    with pytest.raises(ResultOutOfContract, match="needs real ECGs"):
        report.keep(*book, "cpu", "why not")


def test_a_look_needs_a_reason_and_something_to_see(book, real):
    with pytest.raises(BookInvalid, match="say with --why"):
        report.keep(*book, "cpu", "")
    with pytest.raises(BookInvalid, match="has nothing to keep"):
        report.keep(*book, "cpu", "curious")


def test_processes_of_a_study_end_with_it():
    code = (
        "import os, sys, time\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "from multiprocessing import get_context\n"
        "from ecgbook.publish.study import _end_with\n"
        "if __name__ == '__main__':\n"
        "    how = {'initializer': _end_with, 'initargs': (os.getpid(),)}\n"
        "    pool = ProcessPoolExecutor(1, get_context('spawn'), **how)\n"
        "    print(pool.submit(os.getpid).result(), flush=True)\n"
        "    pool.submit(time.sleep, 600)\n"
        "    time.sleep(600)\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        worker = psutil.Process(int(process.stdout.readline()))
        process.kill()
    worker.wait(timeout=30)


def test_of_two_studies_at_once_the_second_waits_and_says_so(book, capsys):
    lock = book[0].build / "studies" / f"{book[1].name}.cpu.synthetic.lock"
    with ThreadPoolExecutor(1) as pool:
        with alone(lock, "the first"):
            second = pool.submit(fill, *book)
            with pytest.raises(TimeoutError):
                second.result(timeout=1.5)
            assert "is being computed elsewhere: waiting for it" in capsys.readouterr().err
        assert second.result(timeout=300) == 0
