import html
import re
import zlib

import pytest
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from ecgbook import results, signals
from ecgbook.publish.apilinks import documented, linked

INVENTORY = """\
# Sphinx inventory version 2
# Project: ecgbook
# Version: 0
# The remainder of this file is compressed using zlib.
"""
ENTRIES = """\
ecgbook.signals py:module 0 signals.html#module-$ -
ecgbook.signals.r_peaks py:function 1 signals.html#$ -
ecgbook.signals.quality py:function 1 signals.html#$ -
ecgbook.results.Run py:class 1 results.html#$ -
ecgbook.results.Run.record py:method 1 results.html#$ -
ecgbook.results.Run.results py:property 1 results.html#$ -
ecgbook.evaluation.bootstrap.Interval py:class 1 evaluation.html#$ -
numpy.mean py:function 1 elsewhere.html#$ -
"""


@pytest.fixture
def known(tmp_path):
    packed = zlib.compress(ENTRIES.encode())
    (tmp_path / "objects.inv").write_bytes(INVENTORY.encode() + packed)
    return documented(tmp_path)


def page(*cells):
    """Cells as Sphinx shows them."""
    shown = (highlight(cell, PythonLexer(), HtmlFormatter()) for cell in cells)
    return "".join(f'<div class="highlight-ipython3 notranslate">{one}</div>' for one in shown)


def links(text):
    return re.findall(r'<a class="api" href="([^"]*)">([^<]*)</a>', text)


def words(text):
    return html.unescape(re.sub("<[^>]*>", "", text))


def test_the_inventory_leads_to_the_objects(known):
    assert known[id(signals.r_peaks)] == "signals.html#ecgbook.signals.r_peaks"
    assert known[id(results.Run.record)] == "results.html#ecgbook.results.Run.record"
    assert len(known) == 7, "other packages have no page here"


PEAKS, RUN = "ecgbook.signals.r_peaks", "ecgbook.results.Run"


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["from ecgbook.signals import r_peaks"], [PEAKS]),
        (["from ecgbook.signals import r_peaks as find\nfind(1)"], [PEAKS]),
        (["from ecgbook import signals", "signals.r_peaks(1)"], [PEAKS]),
        (["import ecgbook", "x = ecgbook.signals.r_peaks(1)"], [PEAKS]),
        (["from ecgbook.signals import quality", "quality(1)"], ["ecgbook.signals.quality"] * 2),
        (
            ["from ecgbook import results\nrun = results.Run('01', 'cpu')", "run.record({})"],
            [RUN, f"{RUN}.record"],
        ),
        (["import numpy\nnumpy.mean(1)"], []),
        (["def r_peaks(x):\n    return x\n\n\nr_peaks(1)"], []),
        (["from ecgbook.signals import r_peaks", "r_peaks = 1\nr_peaks"], [PEAKS]),
        (["from ecgbook import signals\n%timeit 1\nsignals.r_peaks('µ')"], [PEAKS]),
        (["this is no Python"], []),
    ],
)
def test_names_of_the_package_lead_to_their_pages(known, cells, found):
    text, unknown = linked(page(*cells), known, "../")
    assert unknown == []
    names = [address.rpartition("#")[2] for address, _ in links(text)]
    assert [name for name in names if not name.startswith("module-")] == found
    assert words(text) == words(page(*cells)), "the code itself is as it was"


def test_a_name_is_linked_once_a_cell_and_from_the_folder_of_the_page(known):
    cell = "from ecgbook import signals\nsignals.r_peaks(1)\nsignals.r_peaks(2)"
    text, _ = linked(page(cell), known, "../")
    assert links(text) == [
        ("../signals.html#module-ecgbook.signals", "signals"),
        ("../signals.html#ecgbook.signals.r_peaks", "r_peaks"),
    ]


def test_a_function_without_a_page_is_named(known):
    _, unknown = linked(page("from ecgbook.signals import notch, r_peaks\nnotch(1)"), known)
    assert unknown == ["ecgbook.signals.filters.notch"]


def test_text_that_is_no_code_of_a_chapter_is_left_alone(known):
    text = "<p>from ecgbook.signals import r_peaks</p>"
    assert linked(text, known) == (text, [])
