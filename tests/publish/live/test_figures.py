"""Live figures in a browser: what they say first, and after a reader has moved something."""

import re
import shutil

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from ecgbook.datasets import kachuee_beats
from ecgbook.publish.live.page import live_figures, scripts_of, write_live
from ecgbook.publish.live.pages import PAGES, strips_of
from ecgbook.publish.notebook import load
from ecgbook.simulator import simulate
from ecgbook.studies.anomaly import beats_of
from ecgbook.training import anomaly_scores, load_released, predict, predict_released, rhythm_of
from tests.browser import asked, needs_chromium
from tests.datasets.recordings import MadeDatabase
from tests.publish.conftest import REPOSITORY

pytestmark = needs_chromium
HALF = 5e-3  # what weights of 16 bits may cost

# `say` waits until an answer stands, `slide` moves a slider as a reader does.
TOOLS = """
const place = document.querySelector("[data-live]"), find = (what) => place.querySelector(what);
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const say = async () => {
  let before = null;
  while (!place.said || place.said !== before) { before = place.said; await wait(150); }
  return { ...place.said, words: find(".live-words").textContent,
           aside: find(".live-aside").textContent };
};
const slide = async (key, value) => {
  const input = find(`input[id$="-${key}"]`);
  input.value = value;
  input.dispatchEvent(new Event("input"));
  return say();
};
const choose = async (title) => {
  const select = find("select");
  select.value = title;
  select.dispatchEvent(new Event("change"));
  return say();
};
const give = async (text, fs) => {
  find("input[type=number]").value = fs;
  const files = new DataTransfer(), input = find("input[type=file]");
  files.items.add(new File([text], "mine.csv"));
  input.files = files.files;
  input.dispatchEvent(new Event("change"));
  await wait(300);
  return say();
};
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the pages' scripts, as the build lays it out."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(REPOSITORY / "book/_live/live", folder / "_live/live")
    shutil.copy(REPOSITORY / "book/_static/live.css", folder)
    write_live(folder, PAGES)
    (folder / "_live/live").rename(folder / "live")
    return folder


@pytest.fixture(scope="module")
def ask(site):
    """A function: what some JavaScript says in a page with one live figure."""

    def ask(name, code, *, width=None, **how):
        style = f' style="width:{width}px"' if width else ""
        sheet = '<link rel="stylesheet" href="live.css">'
        body = f'{sheet}<div class="ecg-live" data-live="{name}"{style}><img alt="still"></div>'
        scripts = [f"live/{file}.js" for file in scripts_of([name])]
        return asked(site, scripts, TOOLS + code, body=body, **how)

    return ask


def test_every_live_figure_stands_in_one_chapter():
    notebooks = map(load, sorted((REPOSITORY / "book/chapters").glob("*.ipynb")))
    assert sorted(name for each in notebooks for name in live_figures(each)) == sorted(PAGES)


def first_beat(strip):
    """The beat that a page shows first: the first unusual one, or the one in the middle."""
    odd = [n for n, beat in enumerate(strip.beats) if beat["symbol"] not in "NLR/"]
    return odd[0] if odd else len(strip.beats) // 2


def place_of(strip, beats):
    """Where the first beat stands among those that a recipe has kept."""
    sample = strip.recording.annotations.beats().sample[first_beat(strip)]
    return int(np.flatnonzero(beats.rows["sample"] == sample)[0])


def said_by_package(name, strip):
    """What the package says of a strip, in the words of the page's script."""
    database = MadeDatabase([strip.recording])
    if name == "anomaly":
        beats = beats_of(database, view="template_difference", confirmed="none")
        score = anomaly_scores(load_released("madegan-usual")[0], beats.x, progress=False)
        return {"score": score[place_of(strip, beats)]}
    if name == "heartbeats":
        beats = kachuee_beats(database)
        one = beats[[place_of(strip, beats)]]
        return {m: predict_released(m, one, progress=False)[0][0] for m in PAGES[name].models}
    if name == "rhythm":
        return {"p": list(rhythm_of(strip.recording).probability.values())}
    model, _ = load_released("record_resnet-twelve-leads")
    return {"p": expit(predict(model, strip.recording.signal[None], progress=False)[0])}


@pytest.mark.parametrize("served", [False, True], ids=["file", "http"])
@pytest.mark.parametrize("name", PAGES)
def test_every_strip_is_answered_as_by_the_package(ask, name, served):
    code = """const first = await say(), said = [];
    for (const { title } of ecglive.pages[place.dataset.live].strips) {
      said.push(await choose(title));
    }
    const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
    return { first, said, loaded, still: find("img").hidden, here: location.origin };"""
    shown = ask(name, code, served=served)
    strips = strips_of(name)
    answers = [shown["first"], *shown["said"]]
    for strip, said in zip([strips[0], *strips], answers, strict=True):
        for key, value in said_by_package(name, strip).items():
            np.testing.assert_allclose(said[key], value, atol=HALF)
    assert shown["still"]
    elsewhere = [one for one in shown["loaded"] if not one.startswith(("file:", shown["here"]))]
    assert elsewhere == []


def test_a_rhythm_made_uneven_without_p_waves_is_called_fibrillation(ask):
    code = """const before = await say();
    await slide("jitter", 160);
    const after = await slide("p", 100);
    find("button").click();
    return { before, after, again: await say() };"""
    shown = ask("rhythm", code)
    assert "normal" in shown["before"]["words"]
    assert "atrial fibrillation" in shown["after"]["words"]
    assert shown["again"] == shown["before"]


def test_noise_is_called_noise_and_little_certainty_not_sure(ask):
    shown = ask(
        "rhythm",
        "const said = []; for (const mv of [0, 0.05, 0.1, 0.3])"
        " said.push(await slide('noise', mv)); return said;",
    )
    limit = load_released("rhythm_crnn-challenge2017")[1]["limit"]
    for said in shown:
        assert ("not sure" in said["words"]) == (max(said["p"]) < limit)
    assert shown[-1]["p"][3] > shown[0]["p"][3]


def test_a_broad_beat_is_less_like_the_usual_one(ask):
    code = """await choose("normal");
    const before = await say(), early = await slide("early", 150);
    await slide("early", 0);
    return { before, early, wide: await slide("wide", 150) };"""
    shown = ask("anomaly", code)
    assert shown["wide"]["score"] > 3 * shown["before"]["score"]
    assert re.fullmatch(
        r"Score [\d.]+\. That is above \d+ of the \d+ other beats as they were; the one in their "
        r"middle has [\d.]+\.",
        shown["wide"]["words"],
    )


def test_raised_inferior_st_segments_are_called_an_infarction(ask):
    code = """const before = await say(), after = await slide("st", 0.5);
    await wait(3000);
    return { before, after, later: await say() };"""
    shown = ask("leads", code)
    mi = load_released("record_resnet-twelve-leads")[1]["classes"].index("MI")
    assert shown["after"]["p"][mi] > shown["before"]["p"][mi] + 0.3
    assert "myocardial infarction" in shown["after"]["words"]
    assert re.search(r"with \S+ set to 0 it (falls|rises) by 0\.\d\d", shown["later"]["aside"])


def test_a_beat_is_chosen_and_pulled_with_the_mouse(ask):
    code = """Element.prototype.setPointerCapture = () => {};
    await say();
    const sheet = find("svg.live-paper"), box = sheet.getBoundingClientRect();
    const mm = box.width / sheet.viewBox.baseVal.width;
    const send = (type, x, y) => sheet.dispatchEvent(new PointerEvent(type, { pointerId: 1,
      pointerType: "mouse", clientX: box.left + x * mm, clientY: box.top + y * mm }));
    const { beats, fs } = ecglive.pages.anomaly.strips[0], x = 12 + 25 * beats[3].r / fs;
    send("pointerdown", x, 20);
    send("pointermove", x - 2, 18);
    send("pointerup", x - 2, 18);
    send("pointermove", x - 9, 9);
    await say();
    return { which: find(".live-which").textContent,
             early: find("input[id$=early]").value, st: find("input[id$=st]").value };"""
    assert ask("anomaly", code) == {"which": "beat 4 of 14", "early": "80", "st": "0.2"}


def test_a_file_of_ones_own_is_answered_as_by_the_package(ask):
    mine = simulate("atrial_fibrillation", duration_s=30, fs=250, leads=["I"], seed=9).recording()
    text = pd.DataFrame({"time": np.arange(7500) / 250, "I": mine.signal[0]}).to_csv(index=False)
    shown = ask("rhythm", f"return give({text!r}, 250);")
    expected = list(rhythm_of(mine).probability.values())
    np.testing.assert_allclose(shown["p"], expected, atol=HALF)


def test_twelve_leads_are_found_by_their_names(ask):
    mine = simulate("lbbb", duration_s=10, fs=250, seed=4).recording()
    columns = dict(zip(mine.leads, mine.signal * 1000, strict=True))
    text = pd.DataFrame(columns)[sorted(columns)].to_csv(index=False)
    microvolts = 'find("select[id$=unit]").value = "µV";'
    shown = ask("leads", f"{microvolts} return give({text!r}, 250);")
    model, _ = load_released("record_resnet-twelve-leads")
    expected = predict(model, mine.resample(100).signal[None], progress=False)[0]
    np.testing.assert_allclose(shown["p"], expit(expected), atol=HALF)


@pytest.mark.parametrize(
    ("name", "text", "fs", "fault"),
    [
        ("rhythm", "1\n2\n1\n" * 100, 100, "It lasts 3.0 s; 9 s at least are needed."),
        ("rhythm", "1\n" * 1000, 100, "column 1 is flat."),
        ("rhythm", "one\n1\ntwo\n", 100, "Row 2 of this file holds something that is no number."),
        ("leads", "I,II\n1,2\n", 100, "and its name on top: there is no III."),
        ("anomaly", "1\n2\n", 0, "Say how many samples a second there are, 50 to 5000."),
    ],
)
def test_a_file_that_is_no_ecg_is_refused_in_a_sentence(ask, name, text, fs, fault):
    code = f"await give({text!r}, {fs}); return find('[role=alert]').textContent;"
    assert ask(name, code).endswith(fault)


@pytest.mark.parametrize("name", PAGES)
def test_a_figure_can_be_used_without_a_mouse_and_on_a_telephone(ask, name):
    code = """await say();
    const controls = [...place.querySelectorAll("input, select, button")];
    const nameless = controls.filter((one) => !(one.labels?.length || one.ariaLabel
      || one.textContent.trim()));
    const unreachable = controls.filter((one) => one.tabIndex < 0);
    const images = [...place.querySelectorAll("svg[role=img]")].map((one) => one.ariaLabel);
    return { controls: controls.length, nameless: nameless.length, images,
             unreachable: unreachable.length, live: find("[aria-live=polite]").className,
             wide: place.scrollWidth, spoken: find("input[type=range]").ariaValueText };"""
    shown = ask(name, code, width=366)
    assert shown["controls"] >= 8
    assert (shown["nameless"], shown["unreachable"]) == (0, 0)
    assert shown["wide"] <= 366
    assert all(shown["images"])
    assert shown["spoken"].startswith("0")
    assert shown["live"] == "live-words"
