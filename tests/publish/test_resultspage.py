import pandas as pd
import pytest

from ecgbook import released
from ecgbook.publish.resultspage import influence, looks, write_results
from ecgbook.resultfile import File, make_unit, write


@pytest.fixture
def book(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(released, "folder", lambda: tmp_path / "reference")
    (tiny.root / "results").mkdir()
    (tiny.root / "results" / "looks.csv").write_text(
        "date,chapter,profile,cases,carried,why\n"
        '2026-11-05,01-tiny,cpu,3,0,"first numbers"\n'
        '2026-11-06,02-other,cpu,1,0,"another chapter"\n'
    )
    return tiny.load()


def keep(*cases):
    row = {"score": "f1", "n_patients": 22, "n": 49705}
    units = [make_unit(row | {"value": value}, case) for case, value in cases]
    write(released.folder() / "01-tiny.cpu.json", File("01-tiny", "cpu", units))


def page(book):
    site = book.build / "site"
    site.mkdir(parents=True)
    write_results(book, site)
    return (site / "results.md").read_text()


def test_scores_differences_and_influence_stand_apart(book):
    keep(
        ({"method": "trees"}, 0.5),
        ({"method": "beat_cnn"}, 0.7),
        ({"method": "beat_cnn", "minus": "method=trees"}, 0.2),
        ({"method": "beat_cnn", "without": "232"}, 0.6),
    )
    text = page(book)
    titles = [part.split("</summary>")[0] for part in text.split("<summary>")[1:]]
    assert titles == ["F1 (2)", "F1, paired differences (1)", "F1, one patient left out (1)"]
    assert "small CNN, minus boosted trees" in text
    assert "22 patients, n = 49,705" in text
    assert "</details>\n\n## " not in text.split("\n## ")[0]


def test_the_page_tells_when_the_test_part_was_looked_at(book):
    keep(({"method": "trees"}, 0.5))
    assert "looked at once while" in page(book)
    assert "- 5 November 2026, 3 cases: first numbers." in (
        (book.build / "site/results.md").read_text()
    )
    assert len(looks(book, "01-tiny")) == 1


def test_a_chapter_without_results_is_not_on_the_page(book):
    assert "## Tiny" not in page(book)


def test_what_one_patient_does_is_a_line_a_case():
    everyone = pd.DataFrame({"class": "all", "method": ["trees", "beat_cnn"], "value": [0.5, 0.7]})
    without = pd.DataFrame(
        {
            "class": "all",
            "method": ["trees", "beat_cnn", "beat_cnn"],
            "without": ["232", "232", "213"],
            "value": [0.4, 0.6, 0.8],
        }
    )
    lines = influence(everyone, without).plain.splitlines()
    assert lines[0].split("  ")[0] == "Case"
    assert [line.split() for line in lines[2:]] == [
        ["boosted", "trees", "0.50", "–", "0.40"],
        ["small", "CNN", "0.70", "0.80", "0.60"],
    ]
