import json
from types import SimpleNamespace

import pytest

from ecgbook import ResultOutOfContract, results
from ecgbook.results import Metric, Run

SIMULATED = SimpleNamespace(origin="Simulated ECGs", simulated=True)


@pytest.fixture(autouse=True)
def book(tmp_path, monkeypatch):
    """An empty book around the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ECGBOOK_RESULTS", raising=False)
    (tmp_path / "chapters.yml").touch()
    return tmp_path


def keep_reference(book, *metrics, profile="cpu"):
    content = Run("01", profile, metrics={metric.name: metric for metric in metrics}).content()
    results.write(book / "ecgbook" / "reference" / f"01.{profile}.json", content)


def test_a_recorded_metric_comes_back_from_the_file(book):
    run = Run("01", "smoke", seed=3)
    run.record("f1", 0.5, low=0.4, high=0.6, n=7, unit="%", protocol="EC57", data=SIMULATED)
    path = book / "_build" / "results" / "01.smoke.json"
    assert results.read(path) == run.metrics
    content = json.loads(path.read_text())
    assert content["seed"] == 3
    assert content["metrics"][0]["simulated"] is True
    assert {"ecgbook", "date", "python", "device"} <= set(content["provenance"])
    assert [file.name for file in path.parent.iterdir()] == ["01.smoke.json"]


def test_the_runner_names_the_file(book, monkeypatch):
    monkeypatch.setenv("ECGBOOK_RESULTS", str(book / "here.json"))
    Run("01", "smoke").record("f1", 1)
    assert results.read(book / "here.json")["f1"].value == 1


def test_outside_of_a_book_results_go_to_the_cache(tmp_path, monkeypatch, book):
    (book / "chapters.yml").unlink()
    monkeypatch.setenv("ECGBOOK_CACHE", str(tmp_path / "cache"))
    assert results.latest("01", "cpu") == tmp_path / "cache" / "results" / "01.cpu.json"


def test_record_in_one_line_adds_to_what_is_there():
    results.record("01", "first", 1, profile="smoke")
    results.record("01", "second", 2, profile="smoke")
    assert list(results.read(results.latest("01", "smoke"))) == ["first", "second"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None])
def test_a_value_must_be_a_number(value):
    with pytest.raises(ResultOutOfContract, match="f1: value is not a number"):
        Run("01", "smoke").record("f1", value)


@pytest.mark.parametrize("name", ["f1 score", "f1.v", "", "1f"])
def test_a_metric_has_a_plain_name(name):
    with pytest.raises(ResultOutOfContract, match="letters, digits and _"):
        Run("01", "smoke").record(name, 1)


@pytest.mark.parametrize(
    ("metric", "text"),
    [
        (Metric("f1", 0.99531, unit="%"), "99.53 %"),
        (Metric("f1", 0.5, low=0.25, high=0.75, n=1200), "0.5 [0.25, 0.75]; n = 1,200"),
        (Metric("rate", 71.5, n=12, unit="bpm"), "71.5 bpm; n = 12"),
        (Metric("beats", 109494), "109,494"),
    ],
)
def test_numbers_are_printed_with_unit_interval_and_n(metric, text):
    assert metric.summary() == text


def test_a_sentence_takes_its_numbers_from_the_results(book):
    keep_reference(book, Metric("f1", 0.75, unit="%"))
    run = Run("01", "smoke")
    run.record("f1", 0.5, low=0.4, high=0.6, n=7, unit="%")
    shown = run.say("F1 is {f1} {f1.interval}, n = {f1.n}; we had {reference[f1]}.")
    assert repr(shown) == "F1 is 50.00 % [40.00, 60.00], n = 7; we had 75.00 %."
    assert shown._repr_mimebundle_()[1] == {"ecgbook": {"metrics": ["f1"]}}


@pytest.mark.parametrize("sentence", ["F1 is {f2}.", "We had {reference[f1]}."])
def test_a_sentence_cannot_name_what_the_results_lack(sentence):
    run = Run("01", "smoke")
    run.record("f1", 0.5)
    with pytest.raises(ResultOutOfContract, match="has no metric"):
        run.say(sentence)


def test_the_table_sets_three_numbers_side_by_side(book):
    keep_reference(book, Metric("f1", 0.75, n=9, unit="%"), Metric("f1_peer", 0.7, unit="%"))
    run = Run("01", "smoke")
    published = {"published": 0.8, "source": "Hamilton <2002>"}
    run.record("f1", 0.5, label="Gross F1", protocol="EC57", split="all", unit="%", **published)
    run.record("rate", 71, unit="bpm", data=SIMULATED)
    shown = run.compare("f1", "f1_peer", "rate")
    rows = [line.split("  ") for line in repr(shown).splitlines()[2:]]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert cells == [
        ["Gross F1", "EC57, all", "50.00 %", "75.00 %; n = 9", "80.00 % (Hamilton <2002>)"],
        ["f1 peer", "–", "–", "70.00 %", "–"],
        ["rate", "–", "71 bpm – simulated", "–", "–"],
    ]
    assert "Hamilton &lt;2002&gt;" in shown._repr_mimebundle_()[0]["text/html"]


def test_the_table_refuses_unknown_names():
    run = Run("01", "smoke")
    run.record("f1", 0.5)
    with pytest.raises(ResultOutOfContract, match="no results for f2; there are f1"):
        run.compare("f1", "f2")


def test_a_profile_without_reference_takes_that_of_cpu(book):
    keep_reference(book, Metric("f1", 0.75))
    assert results.reference("01", "smoke")["f1"].value == 0.75
    keep_reference(book, Metric("f1", 0.25), profile="smoke")
    assert results.reference("01", "smoke")["f1"].value == 0.25
    assert results.reference("02", "smoke") == {}
