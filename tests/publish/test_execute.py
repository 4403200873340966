import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

import ecgbook
from ecgbook import BookInvalid, sources
from ecgbook.publish import execute
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
    about = executed.content.metadata["ecgbook"]
    assert (about["profile"], about["data"], about["version"]) == (
        "smoke",
        "–",
        ecgbook.__version__,
    )
    assert about["minutes"] == first.minutes
    assert date.fromisoformat(about["date"]) <= date.today()
    stored = json.loads((tiny.root / "_build/results/01-tiny.smoke.json").read_text())
    assert stored["units"][0]["rows"][0][2] == 70
    assert {"minutes", "peak_mb", "digest", "data"} <= set(stored["provenance"])
    assert not load(tiny.notebook).tagged("injected-parameters")

    (tiny.root / "_build/executed/01-tiny.ipynb").unlink()
    (second,) = run(book)
    assert (second.cached, second.minutes) == (True, first.minutes)
    assert (tiny.root / "_build/executed/01-tiny.ipynb").is_file()

    # A contract that changed is held against the results that are kept.
    tiny.chapter["contracts"][0]["smoke"] = [71, 80]
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


@pytest.mark.notebook
def test_a_failing_cell_is_shown_and_leaves_no_page(tiny):
    tiny.write(PARAMETERS, code("beats = 0\n1 / beats"), FIGURE)
    old = tiny.root / "_build/executed/01-tiny.ipynb"
    old.parent.mkdir(parents=True)
    old.write_text("old")
    (outcome,) = run(tiny.load())
    assert "1 / beats" in outcome.problems[0]
    assert "ZeroDivisionError" in outcome.problems[0]
    assert not old.exists()
    assert not (tiny.root / "_build/results/01-tiny.smoke.json").exists()


@pytest.mark.notebook
def test_a_chapter_that_ends_itself_early_is_not_whole(tiny):
    end = "import sys\nsys.exit()"
    tiny.write(PARAMETERS, code(end), code("assert False, 'never run'"))
    (outcome,) = run(tiny.load())
    assert outcome.problems == [f"cell 3 did not run to its end:\n{end}"]
    assert not (tiny.root / "_build/executed/01-tiny.ipynb").exists()


@pytest.mark.notebook
def test_a_chapter_that_was_changed_while_it_ran_is_not_kept(tiny):
    itself = f"{str(tiny.notebook)!r}"
    touch = (
        f"from pathlib import Path\nfile = Path({itself})\nfile.write_text(file.read_text() + ' ')"
    )
    tiny.write(PARAMETERS, code(touch))
    (outcome,) = run(tiny.load())
    assert "changed meanwhile" in outcome.problems[0]
    assert not (tiny.root / "_build/executed/01-tiny.ipynb").exists()


@pytest.mark.notebook
def test_a_figure_without_words_stops_the_chapter(tiny):
    pixel = 'b"\\x89PNG"'  # what is in it, nobody asks
    silent = code(f"from IPython.display import Image\nImage({pixel}, format='png')")
    tiny.write(PARAMETERS, silent)
    (outcome,) = run(tiny.load())
    assert "cell 3: a figure without alt text" in outcome.problems[0]


@pytest.mark.notebook
def test_progress_and_warnings_are_not_stored_but_words_and_metadata_are(tiny):
    noisy = code("import sys\nprint('kept')\nprint('10 %', file=sys.stderr)\n'value'")
    tiny.write(PARAMETERS, RECORD, noisy, FIGURE)
    (outcome,) = run(tiny.load())
    assert outcome.problems == []
    cells = load(tiny.root / "_build/executed/01-tiny.ipynb").cells
    (cell,) = (cell for cell in cells if "kept" in cell.source)
    assert [output.get("text") or output["data"] for output in cell.outputs] == [
        "kept\n",
        {"text/plain": "'value'"},
    ]
    (figure,) = (cell for cell in cells if cell.alt)
    assert figure.metadata["mystnb"] == FIGURE["metadata"]["mystnb"]


@pytest.mark.notebook
def test_a_chapter_over_its_time_is_stopped_where_it_was(tiny):
    tiny.write(PARAMETERS, code("import time\ntime.sleep(600)"))
    for minutes in (0.2, 1, 5):  # on a busy machine the first may end before the cell begins
        tiny.profiles["smoke"]["minutes"] = minutes
        (outcome,) = run(tiny.load())
        (problem,) = outcome.problems
        assert problem.startswith(f"stopped after its limit of {minutes:g} minutes; ")
        if "no cell was run" not in problem:
            break
    assert "; cell 3 did not run to its end:\nimport time\ntime.sleep(600)" in problem


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


@pytest.mark.notebook
def test_without_its_records_the_whole_chapter_is_simulated_and_says_so(tiny, monkeypatch):
    monkeypatch.setattr(sources, "available", lambda name, records=None: False, raising=False)
    tiny.chapter |= {"databases": {"mitdb": "all"}, "figures": 0}
    tiny.write(PARAMETERS, RECORD, code("assert data == 'synthetic', data"))
    book = tiny.sync()
    (outcome,) = run(book)
    assert (outcome.problems, outcome.data) == ([], "simulated")
    executed = load(tiny.root / "_build/executed/01-tiny.ipynb")
    assert executed.content.metadata["ecgbook"]["data"] == "simulated"
    stored = json.loads((tiny.root / "_build/results/01-tiny.smoke.json").read_text())
    assert stored["provenance"]["data"] == "simulated"


def test_a_profile_must_be_in_the_manifest(tiny):
    with pytest.raises(BookInvalid, match="has no profile 'gpu'"):
        run(tiny.load(), profile="gpu")
