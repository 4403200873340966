from pathlib import Path

import pytest

from ecgbook.publish.inspect import broken_promises, failure, unreadable
from ecgbook.publish.manifest import Contract
from ecgbook.publish.notebook import Notebook
from ecgbook.results import Metric


def notebook(*outputs, alt=""):
    metadata = {"mystnb": {"image": {"alt": alt}}} if alt else {}
    cell = {"cell_type": "code", "source": "draw()", "metadata": metadata, "outputs": outputs}
    return Notebook(Path("01.ipynb"), {"cells": [cell]})


def shown(metrics=(), **data):
    kinds = {"png": "image/png", "html": "text/html"}
    return {
        "output_type": "display_data",
        "data": {kinds[key]: data[key] for key in data},
        "metadata": {"ecgbook": {"metrics": list(metrics)}},
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
def test_figures_need_words(output, alt, problems):
    assert len(unreadable(notebook(output, alt=alt), figures=0)) == problems


def test_a_figure_that_vanished_is_missed():
    page = notebook(shown(png="…"), alt="A beat.")
    assert unreadable(page, figures=1) == []
    assert "1 figures came out, chapters.yml promises 2" in unreadable(page, figures=2)[0]


def test_the_failing_cell_is_shown_without_colour_codes():
    output = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["\x1b[31mE: v"]}
    assert failure(notebook(output)) == "cell 1:\ndraw()\n\nE: v"
    assert failure(notebook()) == ""


REAL, SIMULATED = Metric("f1", 0.5), Metric("f1", 0.5, simulated=True)


@pytest.mark.parametrize(
    ("metric", "contract", "profile", "problems"),
    [
        (REAL, Contract({"cpu": (0.4, 0.6)}, False), "cpu", 0),
        (REAL, Contract({"cpu": (0.5, 0.5)}, False), "cpu", 0),
        (REAL, Contract({"cpu": (0.6, 1.0)}, False), "cpu", 1),
        (REAL, Contract({"cpu": (0.6, 1.0)}, False), "smoke", 0),
        (SIMULATED, Contract({"cpu": (0.6, 1.0)}, False), "cpu", 0),
        (SIMULATED, Contract({"cpu": (0.6, 1.0)}, True), "cpu", 1),
    ],
)
def test_metrics_keep_to_their_range(metric, contract, profile, problems):
    found = broken_promises(notebook(), {"f1": metric}, {}, {"f1": contract}, profile)
    assert len(found) == problems


def test_metrics_and_manifest_name_the_same():
    contract = Contract({}, False)
    assert "was not recorded" in broken_promises(notebook(), {}, {}, {"f1": contract}, "cpu")[0]
    assert "not in chapters.yml" in broken_promises(notebook(), {"f1": REAL}, {}, {}, "cpu")[0]


def test_a_table_cannot_show_what_the_results_lack():
    page = notebook(shown(metrics=["f1"]))
    assert "shows f1, which is not in the results" in broken_promises(page, {}, {}, {}, "cpu")[0]
    assert broken_promises(page, {}, {"f1": REAL}, {}, "cpu") == []
