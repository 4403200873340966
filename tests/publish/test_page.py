import copy
import struct
from base64 import b64encode

import nbformat
import pytest

from ecgbook.errors import BookInvalid
from ecgbook.publish.notebook import Notebook
from ecgbook.publish.page import dress
from tests.publish.conftest import code, prose

FACTS = {"profile": "smoke", "data": "real", "date": "2026-11-05", "minutes": 0.42}
FACTS |= {"version": "0.1.0", "source": "aa"}
HEADER = prose(
    "# Tiny\n\n| Reading | about 1 minute |\n|---|---|\n| Running | at most 1 |\n| Data | x |"
)
HEADER["metadata"]["tags"] = ["header"]


def dressed(*cells, **facts):
    content = {"metadata": {"ecgbook": FACTS | facts}, "nbformat": 4, "nbformat_minor": 5}
    cells = [
        cell | {"id": f"cell-{number}", "source": "".join(cell["source"])}
        for number, cell in enumerate(copy.deepcopy(cells))
    ]
    content = nbformat.from_dict(content | {"cells": cells})
    notebook = Notebook("tiny.ipynb", content)
    dress(notebook)
    return notebook.cells


def picture(width, height):
    """The first bytes of a PNG of this size: signature, length and name of IHDR, and its sizes."""
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + bytes(20)
    data = {"image/png": b64encode(head).decode(), "text/plain": "figure"}
    return [{"output_type": "display_data", "data": data, "metadata": {}}]


def test_several_live_figures_share_their_scripts():
    cells = dressed(prose("Bend it.", live="rhythm"), prose("And it.", live="leads"), prose("End."))
    sources = [cell.source for cell in cells]
    assert ['data-live="rhythm"' in source for source in sources] == [True, False, False]
    assert ["run.js" in source for source in sources] == [False, True, False]
    assert [sources[1].count(f"/{name}.js") for name in ("run", "page-rhythm", "page-leads")] == [
        1
    ] * 3
    assert sources[2] == "End."


def test_an_unknown_live_figure_is_refused():
    with pytest.raises(BookInvalid, match="no live figure 'heart'; there are anomaly, heartbeats"):
        dressed(prose("Bend it.", live="heart"))


def test_the_top_of_a_page_says_how_it_was_run():
    (header,) = dressed(HEADER)
    assert header.source.splitlines()[5] == (
        "| This page | was run on 5 November 2026 in 0.4 minutes, on real ECGs, in the profile "
        "[`smoke`](profiles), with ecgbook 0.1.0 |"
    )
    assert "simulated" not in header.source


def test_a_page_of_simulated_ecgs_warns():
    (header,) = dressed(HEADER, data="simulated", minutes=0.02)
    assert "in a few seconds, on simulated ECGs" in header.source
    assert "All ECGs of this page are simulated." in header.source


def test_a_chapter_without_ecgs_says_nothing_of_them():
    (header,) = dressed(HEADER, data="–")
    assert "in 0.4 minutes, in the profile" in header.source


@pytest.mark.parametrize("tag", ["parameters", "injected-parameters", "colab"])
def test_cells_for_programs_are_gone(tag):
    (cell,) = dressed(code("x = 1", tag))
    assert cell.tags == [tag, "remove-cell"]


def test_what_a_cell_says_stands_alone():
    (cell,) = dressed(code("results.say('x')", "prose"))
    assert cell.tags == ["prose", "remove-input"]


@pytest.mark.parametrize(
    ("tags", "alt", "prompt"),
    [
        (["hide-cell", "solution"], "", "Show the solution"),
        (["hide-input"], "A beat.", "Show the code of this figure"),
        (["hide-input"], "", "Show the code"),
        (["hide-output"], "", "Show the output"),
        (["hide-cell"], "", "Show the code and what it gives"),
        ([], "A beat.", None),
    ],
)
def test_a_fold_says_what_is_under_it(tags, alt, prompt):
    (cell,) = dressed(code("x", *tags, mystnb={"image": {"alt": alt}}))
    assert cell.metadata.get("mystnb", {}).get("code_prompt_show") == prompt
    assert cell.alt == alt


@pytest.mark.parametrize(("size", "classes"), [((1320, 450), "wide"), ((1200, 800), None)])
def test_wide_figures_are_marked_and_keep_their_words(size, classes):
    about = {"image": {"alt": "A beat."}, "figure": {"caption": "A.", "name": "fig-a"}}
    (cell,) = dressed(code("x", mystnb=about) | {"outputs": picture(*size)})
    assert cell.metadata["mystnb"]["image"].get("classes") == classes
    assert cell.alt == "A beat."
    assert cell.metadata["mystnb"]["figure"] == about["figure"]
