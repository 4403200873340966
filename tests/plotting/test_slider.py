import io
from base64 import b64decode
from html.parser import HTMLParser

import numpy as np
import pytest
from matplotlib import pyplot
from PIL import Image

from ecgbook import EcgError
from ecgbook.plotting import BookFigure, slider
from tests.browser import needs_chromium, opened

VOID = {"img", "input", "br"}


class Page(HTMLParser):
    """Collects tags, refuses what is not closed in order."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.text = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, wanted):
        return [attrs for tag, attrs in self.tags if tag == wanted]


def square(value):
    """A figure of one grey, the lighter the larger the value."""
    figure = BookFigure(0.2, 0.2, dpi=50)
    figure.set_facecolor(str(value / 10))
    return figure


def build(**options):
    options = {"label": "cut-off", "unit": "Hz", "alt": "A grey square.", **options}
    return slider(square, options.pop("values", [1, 5, 9]), **options)


def page(**options):
    return Page(build(**options)._repr_html_())


def _grey(image):
    data = b64decode(image["src"].removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(data)).convert("L"))[0, 0]


def test_markup_is_closed():
    assert page().open == []


def test_one_frame_a_value_in_their_order():
    frames = page().all("img")
    assert [_grey(frame) for frame in frames] == pytest.approx([25.5, 127.5, 229.5], abs=6)


def test_every_frame_has_an_alt_text_with_its_value():
    alts = [frame["alt"] for frame in page().all("img")]
    assert alts == [f"A grey square; cut-off: {hz} Hz." for hz in (1, 5, 9)]


@pytest.mark.parametrize(("options", "shown"), [({}, 1), ({"start": 9}, 2), ({"start": 1}, 0)])
def test_only_the_start_frame_shows_before_a_script_runs(options, shown):
    html = page(**options)
    visible = ["display:block" in frame["style"] for frame in html.all("img")]
    assert visible == [index == shown for index in range(3)]
    assert "display:none" in html.all("label")[0]["style"]
    assert html.all("input")[0]["value"] == str(shown)


def test_slider_reaches_every_frame_and_has_a_name():
    (control,) = page().all("input")
    assert (control["type"], control["min"], control["max"]) == ("range", "0", "2")
    assert (control["aria-label"], control["aria-valuetext"]) == ("cut-off", "5 Hz")


def test_nothing_comes_from_outside():
    html = build().html
    assert "http" not in html
    assert "//" not in html.replace("base64,", "").split("<img")[0]
    for frame in Page(html).all("img"):
        assert frame["src"].startswith("data:image/png;base64,")


def test_same_figures_make_the_same_html():
    assert build().html == build().html


def test_two_sliders_share_no_id():
    assert not [attrs for _, attrs in page().tags if "id" in attrs or "for" in attrs]


def test_frames_fit_a_narrow_screen():
    assert all("max-width:100%" in frame["style"] for frame in page().all("img"))


def test_words_are_escaped():
    html = page(values=[1], label='"<b>"', alt='a < "b"', unit="<i>")
    assert [tag for tag, _ in html.tags] == ["figure", "img", "label", "span", "input", "output"]
    assert html.all("img")[0]["alt"] == 'a < "b"; "<b>": 1 <i>.'


@pytest.mark.parametrize(
    ("values", "unit", "texts"),
    [
        ([0.5, 40], "Hz", ["0.5 Hz", "40 Hz"]),
        (np.array([-30, 60]), "°", ["-30°", "60°"]),
        (np.array([0.1], dtype=np.float32), "mV", ["0.1 mV"]),
        (["none", "50 Hz"], "", ["none", "50 Hz"]),
    ],
)
def test_values_are_written_with_their_unit(values, unit, texts):
    grey = slider(lambda value: square(5), values, label="x", unit=unit, alt="Grey")
    assert grey.texts == texts


def test_picture_without_html_is_the_start_frame():
    grey = build(start=9)
    assert Image.open(io.BytesIO(grey._repr_png_())).convert("L").getpixel((0, 0)) > 200
    assert repr(grey) == "Slider(cut-off: 1 Hz, 5 Hz, 9 Hz; starts at 9 Hz)"


def test_figures_of_pyplot_are_closed():
    def draw(value):
        return pyplot.figure(figsize=(0.2, 0.2), dpi=50)

    slider(draw, [1, 2], label="x", alt="Nothing")
    assert pyplot.get_fignums() == []


def test_no_values_are_refused():
    with pytest.raises(EcgError, match="'cut-off': there are no values"):
        build(values=[])


def test_unknown_start_is_refused():
    with pytest.raises(EcgError, match="start 7 is none of its values"):
        build(start=7)


def test_too_large_slider_is_refused_with_the_remedy():
    def noise(value):
        figure = BookFigure(4, 4, dpi=100)
        figure.figimage(np.random.default_rng(value).random((400, 400)), cmap="viridis")
        return figure

    with pytest.raises(EcgError, match=r"8 frames make .* under 600 kB with fewer values"):
        slider(noise, range(8), label="seed", alt="Noise")


@needs_chromium
def test_moving_the_slider_shows_the_frame_and_its_value(tmp_path):
    move = """<script>onload = () => {
        const slider = document.querySelector("input");
        slider.value = 2;
        slider.dispatchEvent(new Event("input"));
    }</script>"""
    (tmp_path / "page.html").write_text(f"<!doctype html>{build().html}{move}", encoding="utf-8")
    dump = opened((tmp_path / "page.html").as_uri())
    html = Page(dump[dump.index("<figure") : dump.index("</figure>") + len("</figure>")])
    visible = ["display: block" in frame["style"] for frame in html.all("img")]
    assert visible == [False, False, True]
    assert html.all("input")[0]["aria-valuetext"] == "9 Hz"
    assert html.text[-1] == "9 Hz"
    assert "display: flex" in html.all("label")[0]["style"]
