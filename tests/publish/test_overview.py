import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from ecgbook import BookInvalid, results
from ecgbook.publish import front, manifest, overview
from ecgbook.resultfile import make_unit
from ecgbook.results import as_results
from ecgbook.simulator import simulate

PLAN = {
    "score": "f1",
    "class": "all",
    "title": "F1",
    "where": {"protocol": "ds1_ds2"},
    "lines": [
        {"kind": "baseline", "method": "pca_10"},
        {"kind": "honest", "method": "madegan", "name": "a network"},
        {"kind": "honest", "method": "memae"},
    ],
    "published": [
        {"value": 0.95, "name": "Someone", "by": "S.", "read": "a page", "note": "by beat"}
    ],
}
TEXT = files("ecgbook.publish").joinpath("overview.toml").read_text(encoding="utf-8")
PLANS = tomllib.loads(TEXT)


def stored(*extra):
    cases = [
        ({"method": "pca_10", "protocol": "ds1_ds2"}, 0.5),
        ({"method": "pca_10", "protocol": "by_beat"}, 0.9),
        ({"method": "madegan", "protocol": "ds1_ds2"}, 0.6),
        ({"method": "madegan", "protocol": "ds1_ds2", "minus": "method=pca_10"}, 0.1),
        ({"method": "madegan", "protocol": "ds1_ds2", "without": "232"}, 0.7),
        *extra,
    ]
    rows = {"score": "f1", "class": "all", "low": 0.0, "high": 1.0}
    return as_results([make_unit(rows | {"value": value}, case) for case, value in cases])


def test_each_line_finds_its_row_and_published_ones_come_first():
    lines = overview.lines_of(PLAN, stored())
    assert [*zip(lines["kind"], lines["name"], lines["value"], strict=True)] == [
        ("published", "Someone", 0.95),
        ("honest", "a network", 0.6),
        ("baseline", "PCA, 10 components", 0.5),
    ]


def test_two_rows_for_one_line_are_refused():
    twice = {"method": "madegan", "protocol": "ds1_ds2", "view": "beat"}, 0.8
    with pytest.raises(BookInvalid, match="2 rows fit MadeGAN"):
        overview.lines_of(PLAN, stored(twice))


def test_the_figure_says_in_words_what_it_shows():
    lines = overview.lines_of(PLAN, stored())
    figure = overview.draw(lines, "F1")
    assert figure.alt == (
        "F1, as points with 95 % intervals: Someone (published by others) 0.95; a network (honest "
        "protocol) 0.60 (.00–1.00); PCA, 10 components (baseline, not deep) 0.50 (.00–1.00)."
    )
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == [
        *("Someone", "0.95", "a network", "0.60 (.00–1.00)"),
        *("PCA, 10 components", "0.50 (.00–1.00)"),
    ]


def test_what_others_report_has_its_source_and_a_warning():
    (_, _, row) = overview.published_table(PLAN).splitlines()
    assert row == "| Someone | 0.950 | S. | a page | by beat |"
    assert overview.published_table(PLAN | {"published": []}) == ""


@pytest.mark.parametrize("name", PLANS)
def test_the_plans_of_the_book_are_sound(name):
    plan = PLANS[name]
    chapters = [chapter.name for chapter in manifest.load(Path(__file__).parents[2]).chapters]
    assert name in [*chapters, "index"]
    assert {line["kind"] for line in plan["lines"]} <= set(overview.KINDS)
    for one in plan.get("published", ()):
        assert set(one) == {"value", "name", "by", "read", "note"}
    if name != "index":
        lines = overview.lines_of(plan, results.reference(name))
        assert {"honest", "baseline"} <= set(lines["kind"])
        # A name and its number stand on one line of the figure.
        assert max(map(len, lines["name"])) <= 50


def test_a_chapter_without_a_plan_has_no_overview():
    assert overview.plan_of("no-such-chapter") is None


def test_the_front_page_shows_the_same_network_twice(tmp_path, monkeypatch):
    (tmp_path / "_generated").mkdir()
    case = {"method": "beat_cnn", "chosen_on": "validation"}
    row = {"score": "j_kappa", "low": 0.5, "high": 1.0}
    values = {"half": 0.75, "half_seen": 0.9}
    units = [make_unit(row | {"value": v}, case | {"protocol": p}) for p, v in values.items()]
    monkeypatch.setattr(results, "reference", lambda chapter: as_results(units))
    front.write_front(tmp_path)
    text = (tmp_path / "_generated/front.md").read_text()
    assert "other beats of the same people (leaky protocol) 0.90 (.50–1.00)" in text
    assert "beats of other people alone (honest protocol) 0.75 (.50–1.00)" in text
    for file in ("front-ecg.png", "front-leak.png"):
        assert (tmp_path / "_generated" / file).read_bytes().startswith(b"\x89PNG")


def test_the_front_page_stands_without_numbers(tmp_path, monkeypatch):
    (tmp_path / "_generated").mkdir()
    monkeypatch.setattr(results, "reference", lambda chapter: as_results([]))
    front.write_front(tmp_path)
    assert (tmp_path / "_generated/front.md").read_text() == ""


def test_the_beat_of_the_front_page_is_the_sixth_of_nine():
    (truth,) = simulate("premature_ventricular", **front.HEART).truth
    assert "".join(truth.symbol) == "NNNNNVNNN"
