from itertools import pairwise

import pandas as pd
import pytest

from ecgbook.errors import RecordInvalid
from ecgbook.plotting import plot_stages

COLUMNS = ["channels", "steps"]


def test_a_rectangle_is_as_wide_as_its_steps_and_as_high_as_its_channels():
    sizes = pd.DataFrame([(4, 50), (8, 25), (2, 25)], ["down 1", "down 2", "up 1"], COLUMNS)
    (ax,) = plot_stages(sizes, alt="three").axes
    drawn = [(bar.get_height(), bar.get_width()) for bar in ax.patches]
    assert drawn == [(4, 50), (8, 25), (2, 25)]
    ends = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in ax.patches]
    assert all(end < start for (_, end), (start, _) in pairwise(ends))


def test_stages_of_one_kind_share_a_colour_and_a_name():
    sizes = pd.DataFrame([(1, 1)] * 3, ["down 1", "down 2", "up 1"], COLUMNS)
    figure = plot_stages(sizes)
    first, second, third = (bar.get_facecolor() for bar in figure.axes[0].patches)
    assert first == second != third
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["down", "up"]


@pytest.mark.parametrize("names", [[], list("abcdefgh")])
def test_no_stage_or_too_many_kinds_are_refused(names):
    with pytest.raises(RecordInvalid, match="1 to 7 kinds"):
        plot_stages(pd.DataFrame([(1, 1)] * len(names), names, COLUMNS))
