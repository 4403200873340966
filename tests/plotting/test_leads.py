import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot
from matplotlib.text import Annotation

from ecgbook import EcgError
from ecgbook.plotting import einthoven_triangle, limb_leads

angles = st.floats(-360, 360)
sizes = st.floats(0, 1.5)


@given(angles, sizes)
def test_limb_leads_obey_einthoven_and_goldberger(axis_deg, size_mv):
    v = limb_leads(axis_deg, size_mv)
    assert v["I"] + v["III"] == pytest.approx(v["II"], abs=1e-9)
    assert v["aVR"] + v["aVL"] + v["aVF"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("lead", "axis_deg"),
    [("I", 0), ("II", 60), ("III", 120), ("aVF", 90), ("aVL", -30), ("aVR", -150)],
)
def test_each_lead_is_largest_along_its_own_axis(lead, axis_deg):
    along = limb_leads(axis_deg, 1.0)
    largest = 1.0 if lead in ("I", "II", "III") else 3**0.5 / 2
    assert along[lead] == pytest.approx(largest)
    assert limb_leads(axis_deg + 90, 1.0)[lead] == pytest.approx(0, abs=1e-12)


def _printed(figure):
    """The three values of the equation I + III = II as a reader sees them."""
    title = figure.axes[1].get_title().replace("−", "-").replace("- ", "-").replace("+ ", "+")
    first, third, second = re.findall(r"[+-]?\d+\.\d\d", title)
    return float(first), float(second), float(third)


@settings(max_examples=30, deadline=None)
@given(angles, sizes)
def test_values_in_the_alt_text_obey_einthoven_and_are_right(axis_deg, size_mv):
    numbers = re.findall(r"(?:I|II|III) ([+-]\d+\.\d\d)", einthoven_triangle(axis_deg, size_mv).alt)
    first, second, third = map(float, numbers)
    true = limb_leads(axis_deg, size_mv)
    assert round(first + third, 2) == second
    assert first == pytest.approx(true["I"], abs=0.0051)
    assert second == pytest.approx(true["II"], abs=0.0101)


@pytest.mark.parametrize("axis_deg", range(-180, 181, 15))
def test_printed_equation_is_true(axis_deg):
    first, second, third = _printed(einthoven_triangle(axis_deg))
    assert round(first + third, 2) == second


@pytest.mark.parametrize("size_mv", [-0.1, 1.6, float("nan")])
def test_dipole_that_does_not_fit_is_refused(size_mv):
    with pytest.raises(EcgError, match="does not fit into the triangle"):
        einthoven_triangle(0, size_mv)


def test_bars_show_the_projections():
    bars = einthoven_triangle(axis_deg=90, size_mv=1.0).axes[1].patches
    assert [bar.get_width() for bar in bars] == pytest.approx([0, 0.87, 0.87])


def test_projection_arrow_of_lead_i_points_to_the_left_arm():
    # The page's right is the patient's left.
    triangle = einthoven_triangle(axis_deg=0, size_mv=1.0).axes[0]
    arrows = [text for text in triangle.texts if isinstance(text, Annotation)]
    tail, tip = arrows[0].xyann, arrows[0].xy
    assert (tip[0] - tail[0], tip[1] - tail[1]) == pytest.approx((1, 0), abs=1e-9)


def test_zero_is_printed_without_a_sign():
    assert "II +0.87, III +0.87" in einthoven_triangle(90).alt
    assert "I +0.00" in einthoven_triangle(90).alt


def test_no_figure_is_left_open():
    einthoven_triangle(0)
    assert pyplot.get_fignums() == []
