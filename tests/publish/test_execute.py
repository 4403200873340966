import json
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace

import psutil
import pytest

import ecgbook
from ecgbook import BookInvalid
from ecgbook.publish import cache, execute
from ecgbook.publish.notebook import load
from tests.publish.conftest import FIGURE, PARAMETERS, RECORD, code


def run(book, **options):
    options = {"profile": "smoke", "data": "auto"} | options
    return execute.run(book, book.chapters, **options)


@pytest.mark.notebook
def test_a_chapter_is_executed_once_and_then_taken_from_the_cache(tiny, monkeypatch):
    # Somebody may be at work on the package while the tests run.
    monkeypatch.setattr(ecgbook, "__file__", str(tiny.root / "package" / "__init__.py"))
    book = tiny.sync()
    (first,) = run(book)
    assert (first.problems, first.cached, first.verdict) == ([], False, "ok")
    assert first.peak_mb > 10

    executed = load(tiny.root / "_build/executed/01-tiny.ipynb")
    (injected,) = executed.tagged("injected-parameters")
    assert "remove-cell" in injected.tags
    stored = json.loads((tiny.root / "_build/results/01-tiny.smoke.json").read_text())
    assert stored["metrics"][0]["value"] == 70
    assert {"minutes", "peak_mb", "digest", "data"} <= set(stored["provenance"])
    assert not load(tiny.notebook).tagged("injected-parameters")

    (tiny.root / "_build/executed/01-tiny.ipynb").unlink()
    (second,) = run(book)
    assert (second.cached, second.minutes) == (True, first.minutes)
    assert (tiny.root / "_build/executed/01-tiny.ipynb").is_file()

    # A contract that changed is held against the results that are kept.
    tiny.chapter["metrics"]["rate"]["smoke"] = [71, 80]
    (third,) = run(tiny.load())
    assert third.cached
    assert "rate is 70, outside 71–80" in third.problems[0]


@pytest.mark.notebook
def test_two_runs_at_once_execute_a_chapter_once(tiny, monkeypatch):
    monkeypatch.setattr(ecgbook, "__file__", str(tiny.root / "package" / "__init__.py"))
    book = tiny.sync()
    with ThreadPoolExecutor(2) as pool:
        outcomes = [outcome for (outcome,) in pool.map(run, [book, book])]
    assert sorted(outcome.cached for outcome in outcomes) == [False, True]
    assert [outcome.problems for outcome in outcomes] == [[], []]


def test_waiting_for_another_run_can_be_stopped(tmp_path):
    entry, cancel = cache.Entry(tmp_path / "entry", "01-tiny.ipynb"), threading.Event()
    with entry.alone(cancel):
        cancel.set()
        with pytest.raises(BookInvalid, match="another run"), entry.alone(cancel):
            pass


@pytest.mark.notebook
def test_a_failing_cell_is_shown_and_leaves_no_page(tiny):
    tiny.write(PARAMETERS, RECORD, code("beats = 0\n1 / beats"), FIGURE)
    old = tiny.root / "_build/executed/01-tiny.ipynb"
    old.parent.mkdir(parents=True)
    old.write_text("old")
    (outcome,) = run(tiny.load())
    assert "1 / beats" in outcome.problems[0]
    assert "ZeroDivisionError" in outcome.problems[0]
    assert not old.exists()
    assert not (tiny.root / "_build/results/01-tiny.smoke.json").exists()


@pytest.mark.notebook
def test_a_name_that_the_results_lack_stops_the_chapter(tiny):
    tiny.write(PARAMETERS, RECORD, code('run.say("F1 is {f1}.")'), FIGURE)
    (outcome,) = run(tiny.load())
    assert "ResultOutOfContract: this run has no metric 'f1'; it has rate" in outcome.problems[0]


@pytest.mark.notebook
def test_a_figure_without_words_stops_the_chapter(tiny):
    silent = code("import matplotlib.pyplot as plt\nplt.plot([0, 1])\nplt.show()")
    tiny.write(PARAMETERS, RECORD, silent)
    (outcome,) = run(tiny.load())
    assert "cell 4: a figure without alt text" in outcome.problems[0]


@pytest.mark.notebook
def test_a_chapter_over_its_time_is_stopped_where_it_was(tiny):
    tiny.write(PARAMETERS, code("import time\ntime.sleep(600)"))
    tiny.chapter["profiles"]["smoke"]["minutes"] = 0.2
    (outcome,) = run(tiny.load())
    assert "stopped after its limit of 0.2 minutes in cell 3:" in outcome.problems[0]
    assert "time.sleep(600)" in outcome.problems[0]


@pytest.mark.notebook
def test_ctrl_c_leaves_no_kernel_behind(tiny):
    tell = "import os, pathlib, time\npathlib.Path('pid').write_text(str(os.getpid()))"
    tiny.write(PARAMETERS, code(f"{tell}\ntime.sleep(600)"))
    tiny.load()
    command = [sys.executable, "-c", "from ecgbook.cli import main; raise SystemExit(main())"]
    # A test run in the background of a shell hands its children a SIGINT that they ignore.
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    runner = subprocess.Popen([*command, "run"], cwd=tiny.root, preexec_fn=heed)
    pid = tiny.notebook.parent / "pid"
    deadline = time.monotonic() + 60
    while not (pid.is_file() and pid.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    runner.send_signal(signal.SIGINT)
    assert runner.wait(timeout=30) == 130
    assert not psutil.pid_exists(int(pid.read_text()))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ('profile = "smoke"\ndata = "auto"\nseed = 0\ncolour = 1', "unknown parameter 'colour'"),
        ('profile = "smoke"\nseed = 0', "lacks the parameter 'data'"),
        ("profile = ", "the parameters are not valid Python"),
    ],
)
def test_parameters_are_the_ones_that_the_runner_sets(tiny, source, message):
    tiny.write(code(source, "parameters"))
    with pytest.raises(BookInvalid, match=re.escape(message)):
        run(tiny.load())


@pytest.mark.parametrize(("simulated", "said"), [(True, True), (False, False)])
def test_a_page_of_simulated_ecgs_says_so_at_its_top(tiny, monkeypatch, simulated, said):
    state = {"mitdb": {"origin": "x", "simulated": simulated, "digest": ""}}
    monkeypatch.setattr(execute, "_data_state", lambda chapter, data: state)
    book = tiny.sync()
    run(book)
    (header,) = load(book.build / "executed" / book.chapters[0].notebook.name).tagged("header")
    assert ("All ECGs of this page are simulated." in header.source) == said


def test_a_profile_must_be_in_the_manifest(tiny):
    with pytest.raises(BookInvalid, match="has no profile 'gpu'"):
        run(tiny.load(), profile="gpu")


def test_other_files_of_a_database_are_another_state(tiny, monkeypatch):
    def state(simulated, digests):
        database = SimpleNamespace(
            origin="MIT-BIH", simulated=simulated, files=SimpleNamespace(digests=digests)
        )
        monkeypatch.setattr(execute, "open_database", lambda name, data: database)
        tiny.chapter["databases"] = ["mitdb"]
        return execute._data_state(tiny.load().chapters[0], "auto")

    first = state(False, {"100.dat": "aa"})
    assert execute._kind(first) == "real"
    assert state(False, {"100.dat": "aa"}) == first
    assert state(False, {"100.dat": "bb"}) != first
    assert execute._kind(state(True, {})) == "simulated"
    assert execute._kind(first | {"ptbdb": state(True, {})["mitdb"]}) == "mixed"
    assert execute._kind({}) == "–"
