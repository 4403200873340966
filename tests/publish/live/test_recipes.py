"""A page prepares an ECG as the package does, and bends it only where it is told to."""

import json
import shutil

import numpy as np
import pytest
from scipy.signal import filtfilt

from ecgbook.datasets import kachuee_beats
from ecgbook.publish.live.pages import PAGES, page_script, strips_of
from ecgbook.recording import Recording
from ecgbook.studies.anomaly import beats_of
from tests.browser import asked, needs_chromium
from tests.datasets.recordings import MadeDatabase
from tests.publish.conftest import REPOSITORY

pytestmark = needs_chromium
LIVE = REPOSITORY / "book/_live/live"
RATES = [(360, 125), (300, 100), (500, 100), (128, 360), (100, 100), (257.5, 100)]


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """A function: what some JavaScript says that knows all pages, and ``given`` besides."""
    folder = tmp_path_factory.mktemp("recipes")
    for name in ("run.js", "recipes.js", "bend.js", "strips.js"):
        shutil.copy(LIVE / name, folder)
    (folder / "pages.js").write_text("".join(page_script(name) for name in PAGES))

    def ask(code, **given):
        (folder / "given.js").write_text(f"const given = {json.dumps(given)};")
        scripts = ["run.js", "recipes.js", "bend.js", "strips.js", "pages.js", "given.js"]
        return asked(folder, scripts, code)

    return ask


def inputs_in_page(ask, name):
    """Return what the recipe of a page makes of each of its strips: (input, lead, time) or None."""
    code = """const { recipe, settings, strips } = ecglive.pages[given.name];
        return strips.map((strip) => ecglive.recipes[recipe](strip, settings).inputs.map((x) =>
            x && (x[0].length ? x.map((row) => [...row]) : [[...x]])));"""
    return ask(code, name=name)


def test_beats_unlike_their_template_are_those_of_chapter_3(ask):
    for strip, shown in zip(strips_of("anomaly"), inputs_in_page(ask, "anomaly"), strict=True):
        database = MadeDatabase([strip.recording])
        made = beats_of(database, view="template_difference", confirmed="none")
        assert len(made) >= 8
        shown = np.array([x for x in shown if x])
        np.testing.assert_allclose(shown, made.x, atol=2e-6)


def test_heartbeats_are_those_of_chapter_6(ask):
    for strip, shown in zip(
        strips_of("heartbeats"), inputs_in_page(ask, "heartbeats"), strict=True
    ):
        made = kachuee_beats(MadeDatabase([strip.recording]))
        assert len(made) >= 8
        np.testing.assert_allclose(np.array([x for x in shown if x]), made.x, atol=1e-6)


def test_a_rhythm_is_scaled_as_a_whole(ask):
    for strip, shown in zip(strips_of("rhythm"), inputs_in_page(ask, "rhythm"), strict=True):
        x = strip.recording.signal
        np.testing.assert_allclose(shown[0], (x - x.mean()) / x.std(), atol=1e-5)


def test_twelve_leads_stay_in_millivolts(ask):
    for strip, shown in zip(strips_of("leads"), inputs_in_page(ask, "leads"), strict=True):
        np.testing.assert_allclose(shown[0], strip.recording.signal, atol=1e-6)


def test_another_rate_is_that_of_the_package(ask):
    x = np.cumsum(np.random.default_rng(0).standard_normal(777))
    code = "return given.rates.map(([from, to]) => [...ecglive.resampled(given.x, from, to)]);"
    shown = ask(code, x=x.tolist(), rates=RATES)
    for (rate, to), values in zip(RATES, shown, strict=True):
        recording = Recording(x[None].astype(np.float32), rate, ("I",))
        expected = recording.resample(to).signal[0]
        np.testing.assert_allclose(values, expected, atol=1e-4)  # float32 of values up to 30


def test_the_filter_is_that_of_scipy(ask):
    x = np.cumsum(np.random.default_rng(1).standard_normal(500))
    taps = PAGES["anomaly"].settings["taps"]
    shown = ask("return [...ecglive.filtered(given.x, given.taps)];", x=x.tolist(), taps=taps)
    np.testing.assert_allclose(shown, filtfilt(taps, [1.0], x), atol=1e-9)


BEND = """const strip = ecglive.pages[given.name].strips[given.strip ?? 0];
const changes = strip.beats.map((_, b) => ({ p: 1, earlyMs: 0, wide: 1, ...given.changes?.[b] }));
const st = (lead, b) => given.st?.[lead]?.[b] ?? 0;
const bent = ecglive.bent(strip, { changes, st, noiseMv: given.noiseMv ?? 0 });
return { rows: bent.rows.map((row) => [...row]), beats: bent.beats };"""


def test_a_strip_that_is_not_bent_stays_what_it_was(ask):
    strip = strips_of("leads")[0]
    shown = ask(BEND, name="leads")
    np.testing.assert_allclose(shown["rows"], strip.recording.signal, atol=1e-7)
    assert shown["beats"] == strip.beats


def test_st_rises_between_two_waves_of_one_beat_in_one_lead(ask):
    strip = strips_of("leads")[0]
    shown = ask(BEND, name="leads", st={"V3": {"4": 0.25}})
    rise = np.array(shown["rows"]) - strip.recording.signal
    lead, beat = strip.recording.leads.index("V3"), strip.beats[4]
    (leads, samples) = np.nonzero(np.abs(rise) > 1e-5)
    assert set(leads) == {lead}
    assert beat["qrs"][1] - 2 <= samples.min()
    assert samples.max() <= beat["t"][1]
    assert rise[lead].max() == pytest.approx(0.25, abs=0.01)


def test_a_p_wave_goes_and_leaves_a_line(ask):
    strip = strips_of("rhythm")[0]
    begin, end = strip.beats[5]["p"]
    shown = ask(BEND, name="rhythm", changes={"5": {"p": 0}})["rows"][0]
    assert np.ptp(np.diff(shown[begin : end + 1])) < 1e-9
    rest = np.r_[0:begin, end + 1 : len(shown)]
    np.testing.assert_allclose(np.array(shown)[rest], strip.recording.signal[0, rest], atol=1e-7)


def test_a_beat_moves_as_a_whole_and_no_other_does(ask):
    strip = strips_of("anomaly")[1]
    shown = ask(BEND, name="anomaly", strip=1, changes={"4": {"earlyMs": 100}})
    moved = [a["r"] - b["r"] for a, b in zip(strip.beats, shown["beats"], strict=True)]
    assert moved == [36 if b == 4 else 0 for b in range(len(strip.beats))]
    beat, before = strip.beats[4], strip.recording.signal[0]
    inside = np.arange(beat["p"][0], beat["t"][1])
    np.testing.assert_allclose(np.array(shown["rows"][0])[inside - 36], before[inside], atol=1e-6)


def test_no_beat_runs_into_the_one_before(ask):
    for early in (400, 2000):
        shown = ask(BEND, name="anomaly", strip=1, changes={"4": {"earlyMs": early, "wide": 2.5}})
        ends = [beat["t"][1] for beat in shown["beats"]]
        begins = [beat["p"][0] for beat in shown["beats"]]
        assert all(a <= b for a, b in zip(ends[:-1], begins[1:], strict=True))
        assert len(shown["rows"][0]) == 3600


def test_a_complex_becomes_as_broad_as_it_is_told(ask):
    shown = ask(BEND, name="anomaly", strip=1, changes={"4": {"wide": 2}})
    (a, b), (c, d) = strips_of("anomaly")[1].beats[4]["qrs"], shown["beats"][4]["qrs"]
    assert d - c == pytest.approx(2 * (b - a), abs=2)


def test_noise_is_as_strong_as_it_is_told_and_the_same_each_time(ask):
    strip = strips_of("rhythm")[0]
    one, two = (ask(BEND, name="rhythm", noiseMv=mv)["rows"][0] for mv in (0.1, 0.2))
    added = np.array(one) - strip.recording.signal[0]
    assert added.std() == pytest.approx(0.1, rel=0.05)
    np.testing.assert_allclose(np.array(two) - strip.recording.signal[0], 2 * added, atol=1e-6)


def test_r_peaks_of_a_file_of_ones_own_are_found(ask):
    code = """return ecglive.pages[given.name].strips.map((strip) =>
        ecglive.peaksOf(strip.rows[0], strip.fs));"""
    for name in ("anomaly", "heartbeats"):
        for strip, found in zip(strips_of(name), ask(code, name=name), strict=True):
            near = 0.08 * strip.recording.fs
            peaks = [beat["r"] for beat in strip.beats]
            missed = [r for r in peaks if min(abs(r - other) for other in found) > near]
            assert missed == []
            assert len(found) <= len(peaks) + 1


@pytest.mark.parametrize(
    ("text", "names", "columns"),
    [
        ("0.1\n0.2\n-1e-3\n", ["column 1"], [[0.1, 0.2, -0.001]]),
        ("time,I,II\n0,1,2\n0.002,3,4\r\n", ["I", "II"], [[1, 3], [2, 4]]),
        ("t;MLII\n0;1,5\n1;-0,25\n", ["MLII"], [[1.5, -0.25]]),
        ('"I"\t"V1"\n1\t2\n', ["I", "V1"], [[1], [2]]),
    ],
)
def test_a_text_file_becomes_columns(ask, text, names, columns):
    code = """const { names, columns } = ecglive.table(given.text);
        return { names, columns: columns.map((column) => [...column]) };"""
    assert ask(code, text=text) == {"names": names, "columns": columns}


@pytest.mark.parametrize("text", ["", "I,II\n", "I\n1\nnan\n", "1,2\n3\n"])
def test_what_is_no_table_is_refused_in_a_sentence(ask, text):
    code = "try { ecglive.table(given.text); return ''; } catch (error) { return error.message; }"
    assert ask(code, text=text).endswith((" in this file.", " that is no number."))
