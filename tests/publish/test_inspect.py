from types import SimpleNamespace

import nbformat
import pandas
import pytest

from ecgbook.publish.inspect import (
    broken_promises,
    cut_short,
    failure,
    stayed_on_the_processor,
    unreadable,
)
from ecgbook.publish.manifest import Contract
from ecgbook.publish.notebook import Notebook

NAMED = {"caption": "A beat.", "name": "fig-tiny-beat"}


@pytest.fixture
def notebook(tmp_path):
    """A function: a notebook of one code cell with these outputs."""

    def make(*outputs, alt="", figure=NAMED, status="completed", **fields):
        metadata = {"mystnb": {"image": {"alt": alt}, "figure": figure}}
        metadata["papermill"] = {"status": status}
        cell = {"cell_type": "code", "source": "draw()", "execution_count": 1} | fields
        cell |= {"metadata": metadata, "outputs": outputs}
        (tmp_path / "01.ipynb").write_text("{}")
        return Notebook(tmp_path / "01.ipynb", nbformat.from_dict({"cells": [cell]}))

    return make


def shown(**data):
    kinds = {"png": "image/png", "html": "text/html"}
    return {
        "output_type": "display_data",
        "data": {kinds[key]: data[key] for key in data},
        "metadata": {},
    }


@pytest.mark.parametrize(
    ("output", "alt", "problems"),
    [
        (shown(png="…"), "A beat.", 0),
        (shown(png="…"), "", 1),
        (shown(png="…"), "  ", 1),
        (shown(html='<img src="a.png" alt="A beat.">'), "", 0),
        (shown(html='<img src="a.png" alt="">'), "", 1),
        (shown(html='<img src="a.png">'), "A beat.", 1),
        (shown(html='<svg role="img" aria-label="A beat."></svg>'), "", 0),
        (shown(html="<svg></svg>"), "", 1),
        (shown(html='<svg aria-hidden="true"></svg>'), "", 0),
        (shown(html="<table></table>"), "", 0),
    ],
)
def test_figures_need_words(notebook, output, alt, problems):
    found = unreadable(notebook(output, alt=alt), figures=0)
    assert len([text for text in found if "without alt text" in text]) == problems


@pytest.mark.parametrize(
    ("outputs", "figure", "problem"),
    [
        ([shown(png="…")], {}, "without caption or name"),
        ([shown(png="…")], {"caption": "A beat."}, "without caption or name"),
        ([shown(png="…")], {"name": "fig-tiny-beat"}, "without caption or name"),
        ([shown(html="<table></table>")], NAMED, "a caption, but no figure"),
        ([shown(png="…"), shown(png="…")], NAMED, "2 figures under one caption"),
    ],
)
def test_a_figure_has_a_caption_and_a_caption_a_figure(notebook, outputs, figure, problem):
    (found,) = unreadable(notebook(*outputs, alt="A beat.", figure=figure), figures=0)
    assert problem in found


def test_a_figure_that_vanished_is_missed(notebook):
    page = notebook(shown(png="…"), alt="A beat.")
    assert unreadable(page, figures=1) == []
    assert "1 figures came out, chapters.yml promises 2" in unreadable(page, figures=2)[0]


def test_the_failing_cell_is_shown_without_colour_codes(notebook):
    output = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["\x1b[31mE: v"]}
    assert failure(notebook(output)) == "cell 1:\ndraw()\n\nE: v"
    assert failure(notebook()) == ""


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, ""),
        ({"source": "  ", "execution_count": None, "status": "pending"}, ""),
        ({"cell_type": "markdown", "status": "pending"}, ""),
        ({"status": "pending"}, "cell 1 did not run to its end:\ndraw()"),
        ({"status": "failed"}, "cell 1 did not run to its end:\ndraw()"),
        ({"execution_count": None}, "cell 1 did not run to its end:\ndraw()"),
    ],
)
def test_every_code_cell_runs_to_its_end(notebook, fields, said):
    assert cut_short(notebook(**fields)) == said


def test_a_page_of_endless_output_is_refused(notebook):
    page = notebook(figure={})
    with page.path.open("wb") as file:
        file.truncate(26_000_000)
    (problem,) = unreadable(page, figures=0)
    assert "26 MB of outputs" in problem


ROWS = pandas.DataFrame(
    [
        ("f1", "V", 0.5, False, "ds1_ds2", 100.0),
        ("f1", "S", 0.2, False, "ds1_ds2", None),
        ("f1", "V", 0.9, False, "by_beat", None),
        ("auroc", "all", 0.6, True, "ds1_ds2", None),
    ],
    columns=["score", "class", "value", "simulated", "protocol", "n_labels"],
)
V = {"score": "f1", "class_": "V", "case": {"protocol": "ds1_ds2"}}
AUROC = {"score": "auroc"}


@pytest.mark.parametrize(
    ("fields", "limits", "problems"),
    [
        (V, (0.4, 0.6), []),
        (V, (0.5, 0.5), []),
        (V, (0.6, 1), ["f1, ds1_ds2, V is 0.5, outside 0.6–1"]),
        (V | {"case": {}}, (0.6, 1), ["f1, V is 0.5"]),
        (V | {"class_": None}, (0.6, 1), ["is 0.5", "is 0.2"]),
        (V | {"case": {"n_labels": 100}}, (0.5, 1), []),
        (V | {"case": {"n_labels": 30}}, (0, 1), ["of which no row was recorded"]),
        (V | {"case": {"method": "cnn"}}, (0, 1), ["of which no row was recorded"]),
        (V | {"score": "f2"}, (0, 1), ["f2, ds1_ds2, V, of which no row was recorded"]),
        (AUROC, (0.9, 1), []),
        (AUROC | {"simulated": True}, (0.9, 1), ["auroc is 0.6"]),
    ],
)
def test_rows_keep_to_the_range_that_was_promised(fields, limits, problems):
    found = broken_promises(ROWS, [Contract(**fields, cpu=limits)], "cpu")
    assert [expected in text for expected, text in zip(problems, found, strict=True)] == [
        True for _ in problems
    ]
    assert broken_promises(ROWS, [Contract(**fields, cpu=limits)], "smoke") == []


def test_a_value_that_is_no_number_breaks_its_promise():
    rows = ROWS.assign(value=float("nan"))
    assert len(broken_promises(rows, [Contract(**V, cpu=(0, 1))], "cpu")) == 1


def test_a_chapter_without_results_keeps_no_promise():
    assert len(broken_promises(pandas.DataFrame(), [Contract(**V, cpu=(0, 1))], "cpu")) == 1
    assert broken_promises(pandas.DataFrame(), [], "cpu") == []


@pytest.mark.parametrize(
    ("provenance", "profile", "trains", "problems"),
    [
        ({}, "gpu", True, 1),
        ({"device": "a GPU", "device_peak_mb": 0.0}, "gpu", True, 1),
        ({"device": "a GPU", "device_peak_mb": 3.5}, "gpu", True, 0),
        ({}, "gpu", False, 0),
        ({}, "cpu", True, 0),
    ],
)
def test_a_run_for_a_gpu_must_have_used_one(provenance, profile, trains, problems):
    chapter = SimpleNamespace(name="01-tiny", trains=trains)
    found = stayed_on_the_processor(provenance, chapter, profile)
    assert len(found) == problems
    assert all("stayed on the processor" in text for text in found)
