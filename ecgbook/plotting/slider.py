"""A slider over ready-made figures: works in notebooks and on static pages, with no network."""

from base64 import b64encode
from html import escape
from numbers import Real

from ecgbook.errors import EcgError
from ecgbook.plotting.figure import png

__all__ = ["Slider", "slider"]

_LARGEST_BYTES = 600_000

# Shows the frame whose turn it is and says its value; it finds its parts by their place, so
# that any number of sliders stand on a page.
_SHOW = (
    "const f=this.closest('figure').querySelectorAll('img'),k=+this.value;"
    "f.forEach((g,i)=>g.style.display=i===k?'block':'none');"
    "const t=f[k].dataset.value;"
    "this.setAttribute('aria-valuetext',t);this.nextElementSibling.textContent=t"
)

# The control is hidden until a script runs: where none may, the start frame stands alone. A frame
# may be there before the rest of the page is, then the control is waited for.
_REVEAL = (
    "const f=this.closest('figure'),show=()=>{const l=f.querySelector('label');"
    "l?l.style.display='flex':setTimeout(show)};show()"
)


def slider(draw, values, *, label, unit="", alt, start=None):
    """Draw one figure a value and return them as a `Slider`.

    Every frame is made now and kept as an image within the page. Where scripts do not run,
    and in print, the start frame is shown.

    Parameters
    ----------
    draw : callable
        ``draw(value)`` returns the matplotlib figure of one value.
    values : sequence
        The values, in the order of the slider: numbers or words.
    label, unit : str
        What the slider changes, such as ``"heart axis"``, and the unit of the values.
    alt : str
        What there is to be seen; the value is added to it frame by frame.
    start : optional
        The value shown first; the middle one where it is not given.

    Raises
    ------
    EcgError
        If there are no values, ``start`` is none of them, or the frames exceed 600 kB.

    Examples
    --------
    >>> from ecgbook.plotting import einthoven_triangle, slider
    >>> axes_deg = range(-90, 181, 90)
    >>> slider(einthoven_triangle, axes_deg, label="heart axis", unit="°", alt="Heart dipole")
    Slider(heart axis: -90°, 0°, 90°, 180°; starts at 90°)
    """
    values = list(values)
    if not values:
        raise EcgError(f"slider {label!r}: there are no values to draw")
    start = values[len(values) // 2] if start is None else start
    if start not in values:
        raise EcgError(f"slider {label!r}: the start {start!r} is none of its values {values}")
    frames = [_frame(draw(value)) for value in values]
    return Slider(frames, [_say(v, unit) for v in values], label, alt, values.index(start))


class Slider:
    """Frames under a slider, made by `slider`; shows itself in a notebook.

    Parameters
    ----------
    frames, texts : lists of bytes and of str
        One PNG a value, and the values as they are written, unit included.
    label, alt : str
        Name of the slider and description of what it shows.
    start : int
        Index of the frame shown first.
    """

    def __init__(self, frames, texts, label, alt, start):
        self.frames, self.texts = frames, texts
        self.label, self.alt, self.start = label, alt, start
        self.html = _html(self)
        if len(self.html) > _LARGEST_BYTES:
            raise EcgError(
                f"slider {label!r}: {len(frames)} frames make {len(self.html) // 1000} kB; "
                f"keep it under {_LARGEST_BYTES // 1000} kB with fewer values or smaller figures"
            )

    def __repr__(self):
        values = ", ".join(self.texts)
        return f"Slider({self.label}: {values}; starts at {self.texts[self.start]})"

    def _repr_html_(self):
        return self.html

    def _repr_png_(self):
        return self.frames[self.start]


def _frame(figure):
    import matplotlib.pyplot as plt

    image = png(figure)
    # A figure made by pyplot would be shown once more at the end of the cell.
    plt.close(figure)
    return image


def _say(value, unit):
    number = f"{value:g}" if isinstance(value, Real) else str(value)
    gap = "" if unit in ("", "°", "%") else " "
    return f"{number}{gap}{unit}"


def _html(slider):
    last, text = len(slider.frames) - 1, escape(slider.texts[slider.start])
    label = escape(slider.label)
    images = "".join(_image(slider, index) for index in range(len(slider.frames)))
    return (
        f'<figure class="ecgbook-slider" style="margin:1em 0;max-width:100%">{images}'
        '<label style="display:none;flex-wrap:wrap;align-items:center;gap:.3em 1em;padding:.5em 0">'
        f"<span>{label}</span>"
        f'<input type="range" min="0" max="{last}" value="{slider.start}" step="1" '
        f'autocomplete="off" aria-label="{label}" aria-valuetext="{text}" oninput="{_SHOW}" '
        'style="flex:1 1 8em;min-width:0;accent-color:#3b82c4">'
        f'<output aria-hidden="true" style="min-width:5em">{text}</output></label></figure>'
    )


def _image(slider, index):
    first = index == slider.start
    text = escape(slider.texts[index])
    alt = f"{escape(slider.alt.rstrip('.'))}; {escape(slider.label)}: {text}."
    data = b64encode(slider.frames[index]).decode()
    return (
        f'<img src="data:image/png;base64,{data}" data-value="{text}" alt="{alt}" '
        + (f'onload="{_REVEAL}" ' if first else "")
        + f'style="display:{"block" if first else "none"};max-width:100%;height:auto">'
    )
