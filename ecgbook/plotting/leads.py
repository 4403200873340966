"""How the limb leads see the heart: Einthoven's triangle.

Angles are those of the clinic: 0° towards the left arm, +90° towards the feet. The reader
faces the patient, whose left arm is on the right of the page.
"""

import numpy as np
from matplotlib.patches import Polygon

from ecgbook.errors import EcgError
from ecgbook.plotting.figure import BookFigure
from ecgbook.plotting.style import COLOURS, style

__all__ = ["LEAD_AXES_DEG", "einthoven_triangle", "limb_leads"]

# Where the positive end of each limb lead points.
LEAD_AXES_DEG = {"I": 0, "II": 60, "III": 120, "aVF": 90, "aVL": -30, "aVR": -150}

_COLOURS = {"I": "blue", "II": "vermilion", "III": "green"}

# Corners of an equilateral triangle with sides of 1 around the origin.
_ELECTRODES = {"RA": (-0.5, 0.289), "LA": (0.5, 0.289), "LL": (0.0, -0.577)}
_SIDES = {"I": ("RA", "LA"), "II": ("RA", "LL"), "III": ("LA", "LL")}

# The largest dipole, whose projection may fill half a side.
_LARGEST_MV = 1.5
_SIDE_MV = 2 * _LARGEST_MV


def limb_leads(axis_deg, size_mv):
    """Return what the six limb leads measure of a heart dipole, in mV.

    A bipolar lead measures the projection of the dipole on its side of an equilateral
    triangle (Einthoven, Fahr and de Waart 1913). The augmented leads follow from them
    (Goldberger 1942) and are smaller by √3/2.

    Parameters
    ----------
    axis_deg, size_mv : float
        Direction of the dipole in the frontal plane, 0° to the left arm, +90° to the feet, and its
        size in mV as a lead along it would measure.

    Returns
    -------
    dict of str to float
        The voltages of I, II, III, aVR, aVL and aVF.

    Examples
    --------
    >>> leads = limb_leads(axis_deg=60, size_mv=1.0)
    >>> [round(leads[name], 2) for name in ("I", "II", "III")]
    [0.5, 1.0, 0.5]
    """
    volts = {
        name: size_mv * np.cos(np.deg2rad(axis_deg - LEAD_AXES_DEG[name]))
        for name in ("I", "II", "III")
    }
    volts["aVR"] = -(volts["I"] + volts["II"]) / 2
    volts["aVL"] = (volts["I"] - volts["III"]) / 2
    volts["aVF"] = (volts["II"] + volts["III"]) / 2
    return {name: float(value) for name, value in volts.items()}


@style()
def einthoven_triangle(axis_deg, size_mv=1.0):
    """Draw a heart dipole in Einthoven's triangle and what leads I, II and III measure of it.

    Returns a `BookFigure`. Its printed values are rounded to 0.01 mV such that I + III = II holds
    for them too.

    Parameters
    ----------
    axis_deg, size_mv : float
        As for `limb_leads`; EcgError if the size is not within 0 to 1.5 mV.

    Examples
    --------
    >>> figure = einthoven_triangle(axis_deg=60)
    >>> figure.alt
    'Heart dipole of 1 mV at +60° in Einthoven’s triangle: I +0.50, II +1.00, III +0.50 mV.'
    """
    if not 0 <= size_mv <= _LARGEST_MV:
        raise EcgError(
            f"a dipole of {size_mv:g} mV does not fit into the triangle; "
            f"choose a size from 0 to {_LARGEST_MV:g} mV"
        )
    volts = _rounded(limb_leads(axis_deg, size_mv))
    values = ", ".join(f"{name} {value:+.2f}" for name, value in volts.items())
    alt = f"Heart dipole of {size_mv:g} mV at {axis_deg:+g}° in Einthoven’s triangle: {values} mV."
    # Axes at fixed places, so that nothing jumps when a slider moves.
    figure = BookFigure(height_in=3.2, dpi=150, alt=alt)
    triangle = figure.add_axes((0.01, 0, 0.58, 1))
    _draw_triangle(triangle)
    _draw_projections(triangle, axis_deg, size_mv)
    _draw_bars(figure.add_axes((0.63, 0.17, 0.34, 0.73)), volts)
    return figure


def _towards(degrees):
    """Return a unit vector on the page, where angles of the clinic run clockwise."""
    radians = np.deg2rad(degrees)
    return np.array([np.cos(radians), -np.sin(radians)])


def _rounded(volts):
    """Round I and III to 0.01 mV; II is their sum."""
    first, third = round(volts["I"], 2), round(volts["III"], 2)
    # Adding 0 turns −0.0, which would be printed with its sign, into 0.0.
    return {"I": first + 0.0, "II": round(first + third, 2) + 0.0, "III": third + 0.0}


def _arrow(ax, start, end, colour, linewidth):
    shape = {"arrowstyle": "-|>", "shrinkA": 0, "shrinkB": 0, "mutation_scale": 5 * linewidth}
    look = {"color": COLOURS[colour], "linewidth": linewidth}
    ax.annotate("", end, start, arrowprops={**shape, **look}, zorder=5)


def _draw_triangle(ax):
    ax.set(xlim=(-2, 2), ylim=(-2.15, 1.55), aspect="equal")
    ax.set_axis_off()
    corners = {name: _SIDE_MV * np.array(place) for name, place in _ELECTRODES.items()}
    ax.add_patch(Polygon(list(corners.values()), fill=False, edgecolor=COLOURS["grey"]))
    names = {"RA": "right arm", "LA": "left arm", "LL": "left leg"}
    for electrode, (x, y) in corners.items():
        ax.plot(x, y, "o", color=COLOURS["grey"], markersize=5)
        ax.text(x, y + 0.3 * np.sign(y), names[electrode], ha="center", va="center", size="small")
    for lead, ends in _SIDES.items():
        _label_side(ax, lead, *(corners[end] for end in ends))


def _label_side(ax, lead, negative, positive):
    """Write the lead's name outside its side, and the signs of its two ends."""
    middle = (negative + positive) / 2
    outwards = middle / np.linalg.norm(middle)
    look = {"ha": "center", "va": "center", "color": COLOURS[_COLOURS[lead]], "weight": "bold"}
    ax.text(*(middle + 0.28 * outwards), lead, **look)
    for share, sign in ((0.2, "−"), (0.8, "+")):
        ax.text(*(negative + share * (positive - negative) + 0.17 * outwards), sign, **look)


def _draw_projections(ax, axis_deg, size_mv):
    tip = size_mv * _towards(axis_deg)
    for lead, ends in _SIDES.items():
        middle = _SIDE_MV * np.mean([_ELECTRODES[end] for end in ends], axis=0)
        direction = _towards(LEAD_AXES_DEG[lead])
        foot = middle + (tip @ direction) * direction
        for start, end in (((0, 0), middle), (tip, foot)):
            ax.plot(*zip(start, end, strict=True), ":", color=COLOURS["grey"], linewidth=1)
        if abs(tip @ direction) > 0.005:
            _arrow(ax, middle, foot, _COLOURS[lead], linewidth=2.5)
    _arrow(ax, (0, 0), tip, "ink", linewidth=3)


def _draw_bars(ax, volts):
    leads = list(volts)
    colours = [COLOURS[_COLOURS[lead]] for lead in leads]
    ax.barh(leads, list(volts.values()), color=colours, height=0.5)
    ax.axvline(0, color=COLOURS["ink"], linewidth=0.8)
    for row, (lead, value) in enumerate(volts.items()):
        text = f"{lead} = {value:.2f} mV".replace("-", "−")
        ax.text(0.05, row - 0.4, text, va="center", size="small")
    ax.set(xlim=(-1.1 * _LARGEST_MV, 1.1 * _LARGEST_MV), ylim=(2.6, -0.7), xlabel="projection (mV)")
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    sign = "+" if volts["III"] >= 0 else "−"
    terms = f"{volts['I']:.2f} {sign} {abs(volts['III']):.2f} = {volts['II']:.2f} mV"
    ax.set_title(f"I + III = {terms} = II".replace("-", "−"), size="small", loc="center")
