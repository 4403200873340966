import io
from dataclasses import replace

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_hex
from PIL import Image

from ecgbook import Annotations, RecordInvalid
from ecgbook.plotting import COLOURS, plot_ecg
from tests.plotting.examples import TWELVE, beats, pulse, recording

PIXELS_PER_MM = 10


def _pixels(figure):
    file = io.BytesIO()
    figure.savefig(file, dpi=PIXELS_PER_MM * 25.4)
    return np.asarray(Image.open(file).convert("RGB")).astype(int)


def _texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def _extent_mm(dark):
    """Height and width of the dark pixels, between the middles of the outer lines."""
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    line = 1.0 * 25.4 / 72  # the trace is 1 point wide
    return np.ptp(rows) / PIXELS_PER_MM - line, np.ptp(columns) / PIXELS_PER_MM - line


def _ink(pixels):
    return pixels.max(axis=2) < 110


def test_millivolt_and_second_have_their_true_size_in_the_saved_figure():
    # Seconds 1 to 2 hold the pulse: 40 to 65 mm from the left, and nothing else is black there.
    ink = _ink(_pixels(plot_ecg(pulse(), title="")))
    height, _ = _extent_mm(ink[:-70, 380:670])
    assert height == pytest.approx(10, abs=0.25)
    columns = ink[:-70, 380:670].sum(axis=0)
    rise, fall = np.flatnonzero(columns > 80)[[0, -1]]
    assert (fall - rise) / PIXELS_PER_MM == pytest.approx(25, abs=0.5)


def test_calibration_pulse_is_a_millivolt_for_200_ms():
    ink = _ink(_pixels(plot_ecg(pulse(), title="")))[:-70, :140]
    columns = ink.sum(axis=0)
    rise, fall = np.flatnonzero(columns > 80)[[0, -1]]
    assert (fall - rise) / PIXELS_PER_MM == pytest.approx(5, abs=0.5)
    assert _extent_mm(ink)[0] == pytest.approx(10, abs=0.25)


def test_every_row_has_a_calibration_pulse():
    figure = plot_ecg(recording(TWELVE, seconds=10))
    pulses = [line for line in figure.axes[0].lines if line.get_gid() == "calibration"]
    assert len(pulses) == 4
    for line in pulses:
        x, y = line.get_data()
        assert np.ptp(y) == 10
        assert x[3] - x[2] == 5


@pytest.mark.parametrize(("colour", "step_mm"), [("#efb3b3", 5), ("#f8dcdc", 1)])
def test_grid_squares_are_square(colour, step_mm):
    pixels = _pixels(plot_ecg(recording(), title=""))
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    hits = (np.abs(pixels - wanted) < 3).all(axis=2)
    # A line fills a strip at the edge of the sheet where nothing else is drawn.
    for strip in (hits[3:8].all(axis=0), hits[:, 3:8].all(axis=1)):
        starts = np.flatnonzero(np.diff(strip.astype(int)) == 1)
        spacing = np.diff(starts)
        assert len(spacing) > 5
        multiples = np.round(spacing / (step_mm * PIXELS_PER_MM))
        assert (multiples >= 1).all()
        assert np.abs(spacing - multiples * step_mm * PIXELS_PER_MM).max() <= 1


@pytest.mark.parametrize("seconds", [1.0, 2.5, 10.0])
def test_sheet_is_as_large_as_its_paper(seconds):
    figure = plot_ecg(recording(seconds=seconds))
    ax = figure.axes[0]
    width_mm, height_mm = figure.get_size_inches() * 25.4
    assert (ax.get_xlim()[1], ax.get_ylim()[1]) == pytest.approx((width_mm, height_mm))
    assert ax.get_position().bounds == (0, 0, 1, 1)


def test_each_lead_is_named_where_it_is_drawn():
    figure = plot_ecg(recording(TWELVE, seconds=10))
    names = [text for text in figure.axes[0].texts if text.get_gid() == "lead"]
    columns = {0: [], 1: [], 2: [], 3: []}
    for text in names:
        columns[round((text.get_position()[0] - 16) / 62.5)].append(text)
    down = {
        column: [t.get_text() for t in sorted(texts, key=lambda t: -t.get_position()[1])]
        for column, texts in columns.items()
    }
    assert down == {
        0: ["I", "II", "III", "II"],
        1: ["aVR", "aVL", "aVF"],
        2: ["V1", "V2", "V3"],
        3: ["V4", "V5", "V6"],
    }


@pytest.mark.parametrize("leads", [("V2", "II"), ["V2", "II"], "V2"])
def test_leads_are_drawn_in_the_order_named(leads):
    ax = plot_ecg(recording(TWELVE, seconds=10), leads=leads).axes[0]
    names = [t for t in ax.texts if t.get_gid() == "lead"]
    down = [t.get_text() for t in sorted(names, key=lambda t: -t.get_position()[1])]
    assert down == ([leads] if isinstance(leads, str) else list(leads))


def test_a_lead_that_is_not_there_is_refused():
    with pytest.raises(RecordInvalid, match="has no lead 'V9'"):
        plot_ecg(recording(), leads=["V9"])


def test_an_ecg_fits_into_the_axes_given():
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(6, 2))
    own = plot_ecg(pulse()).axes[0]
    assert plot_ecg(pulse(), ax=right, title="right") is figure
    assert not left.lines
    assert len(right.lines) == len(own.lines)
    for line, other in zip(right.lines, own.lines, strict=True):
        np.testing.assert_array_equal(line.get_xydata(), other.get_xydata())
    figure.canvas.draw()
    # A second (25 mm) is as long as 2.5 mV (25 mm) are tall, as on paper.
    (corner,), (origin,) = (right.transData.transform([at]) for at in ((25, 25), (0, 0)))
    assert corner[0] - origin[0] == pytest.approx(corner[1] - origin[1])
    pyplot.close(figure)


def test_type_shrinks_with_the_sheet():
    figure, ax = pyplot.subplots(figsize=(2, 2))
    plot_ecg(pulse(), ax=ax)
    small, own = ax.texts[0].get_fontsize(), plot_ecg(pulse()).axes[0].texts[0].get_fontsize()
    width_mm = ax.get_window_extent().width / figure.dpi * 25.4
    assert small / own == pytest.approx(width_mm / ax.get_xlim()[1], rel=0.01)
    pyplot.close(figure)


def test_caption_says_speed_gain_and_rate():
    assert "25 mm/s   10 mm/mV   250 Hz" in _texts(plot_ecg(recording()))


@pytest.mark.parametrize("database", ["synthetic", "synthetic:mitdb"])
def test_simulated_recording_is_marked(database):
    assert "simulated" in _texts(plot_ecg(recording(database=database)))


def test_real_recording_is_not_marked_as_simulated():
    texts = _texts(plot_ecg(recording(database="mitdb", record="100")))
    assert "simulated" not in texts
    assert "mitdb/100" in texts


def test_annotations_are_written_at_their_time_in_the_colour_of_their_class():
    marks = Annotations([10, 250, 500], ["+", "N", "V"], ["(AFIB\x00", "", ""])
    figure = plot_ecg(recording(annotations=marks))
    found = {t.get_text(): t for t in figure.axes[0].texts}
    assert found["N"].get_position()[0] == 15 + 25
    assert found["V"].get_position()[0] == 15 + 50
    assert to_hex(found["N"].get_color()) == COLOURS["ink"]
    assert to_hex(found["V"].get_color()) == COLOURS["vermilion"]
    assert to_hex(found["(AFIB"].get_color()) == COLOURS["grey"]
    assert found["(AFIB"].get_position()[1] > found["N"].get_position()[1]


def test_peaks_are_marked_on_the_trace_and_named():
    figure = plot_ecg(pulse(), peaks={"found": [300, 700]})
    ax = figure.axes[0]
    (line,) = (line for line in ax.lines if line.get_label() == "found")
    np.testing.assert_allclose(line.get_xdata(), [15 + 30, 15 + 70])
    assert np.diff(line.get_ydata()) == pytest.approx(-10)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["found"]


@pytest.mark.parametrize("sample", [-1, 1000])
def test_peaks_outside_are_refused(sample):
    with pytest.raises(RecordInvalid, match="peaks 'found' lie outside samples 0–999"):
        plot_ecg(pulse(), peaks={"found": [sample]})


def test_peaks_without_a_name_are_r_peaks():
    ax = plot_ecg(pulse(), peaks=np.array([300])).axes[0]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["R peaks"]
    assert plot_ecg(pulse(), peaks={}).axes[0].get_legend() is None


def test_peaks_in_seconds_are_refused():
    with pytest.raises(RecordInvalid, match="peaks 'found' stand at whole samples, got float64"):
        plot_ecg(pulse(), peaks={"found": [1.2]})


def test_more_sets_of_peaks_than_shapes_are_refused():
    with pytest.raises(RecordInvalid, match="5 sets of peaks"):
        plot_ecg(pulse(), peaks={str(name): [5] for name in range(5)})


def test_span_covers_its_time():
    figure = plot_ecg(pulse(), spans=[(1, 2.5, "ST segment")])
    (span,) = (patch for patch in figure.axes[0].patches if patch.get_alpha())
    assert (span.get_x(), span.get_width()) == (15 + 25, 37.5)
    assert "ST segment" in _texts(figure)


@pytest.mark.parametrize(("start_s", "stop_s"), [(-1, 1), (2, 2), (3, 4.5)])
def test_span_outside_is_refused(start_s, stop_s):
    with pytest.raises(RecordInvalid, match=r"span .* is not inside the recording of 4 s"):
        plot_ecg(pulse(), spans=[(start_s, stop_s, "")])


def test_missing_samples_are_a_gap():
    signal = pulse().signal.copy()
    signal[0, 250:500] = np.nan
    ink = _ink(_pixels(plot_ecg(replace(pulse(), signal=signal), title="")))
    assert not ink[:-70, 410:640].any()
    assert ink[:-70, 300:380].any()


def test_lead_without_any_sample_is_drawn_as_empty_row():
    signal = np.full((1, 1000), np.nan)
    figure = plot_ecg(replace(pulse(), signal=signal))
    assert not _ink(_pixels(figure))[150:-70, 250:].any()


def test_loose_electrode_does_not_fill_the_sheet():
    ecg = recording(("I", "II"))
    signal = ecg.signal.copy()
    signal[0, 500] = 150.0
    assert plot_ecg(replace(ecg, signal=signal)).get_size_inches()[1] * 25.4 < 150


def test_alt_text_is_the_description():
    figure = plot_ecg(recording(database="mitdb", record="100", annotations=beats([5], "N")))
    assert figure.alt == "ECG of mitdb/100: lead II, 4 s. 1 annotated beat (1 N)."


def test_no_figure_is_left_open():
    plot_ecg(recording())
    assert pyplot.get_fignums() == []
