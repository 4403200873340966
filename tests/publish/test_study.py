import sys
from types import ModuleType

import pytest

from ecgbook import BookInvalid, ResultOutOfContract, results
from ecgbook.publish import report, study


@pytest.fixture
def book(tiny, tmp_path, monkeypatch):
    """A book whose study has four units; ``module.calls`` lists what was computed."""
    module = ModuleType("ecgbook.studies.tiny")
    module.__file__ = str(tmp_path / "study.py")
    module.calls = []
    (tmp_path / "study.py").write_text("first version")

    def run(*, method, seed, profile, data):
        module.calls.append((method, seed))
        if module.calls == [("a", 0), ("a", 1), ("b", 0)] and getattr(module, "breaks", False):
            raise RuntimeError("power cut")
        value = {"name": f"f1_{method}_{seed}", "value": 0.5, "simulated": data == "synthetic"}
        return [value]

    module.run = run
    monkeypatch.setitem(sys.modules, "ecgbook.studies.tiny", module)
    tiny.chapter["study"] = {"module": "tiny", "grid": {"method": ["a", "b"], "seed": [0, 1]}}
    book = tiny.load()
    return book, book.chapters[0], module


ALL = [("a", 0), ("a", 1), ("b", 0), ("b", 1)]


def test_a_grid_is_filled_once(book):
    book, chapter, module = book
    assert study.run_study(book, chapter, profile="cpu") == 0
    assert module.calls == ALL
    assert study.run_study(book, chapter, profile="cpu") == 0
    assert module.calls == ALL
    names = [entry["name"] for entry in study.stored_metrics(book, chapter, "cpu")]
    assert names == ["f1_a_0", "f1_a_1", "f1_b_0", "f1_b_1"]


def test_a_stopped_study_goes_on_where_it_was(book):
    book, chapter, module = book
    module.breaks = True
    with pytest.raises(RuntimeError, match="power cut"):
        study.run_study(book, chapter, profile="cpu")
    module.calls.clear()
    assert study.run_study(book, chapter, profile="cpu") == 0
    assert module.calls == ALL[2:]


def test_a_budget_leaves_the_rest_for_later(book):
    book, chapter, module = book
    assert study.run_study(book, chapter, profile="cpu", budget_minutes=0) == 4
    assert module.calls == []


def test_other_data_another_profile_and_other_source_are_other_runs(book, tmp_path):
    book, chapter, _ = book
    study.run_study(book, chapter, profile="cpu")
    assert len(study.missing_units(book, chapter, "gpu")) == 4
    assert len(study.missing_units(book, chapter, "cpu", "synthetic")) == 4
    (tmp_path / "study.py").write_text("second version")
    assert len(study.missing_units(book, chapter, "cpu")) == 4


def test_a_chapter_may_have_studies_in_several_modules(book, tiny, monkeypatch):
    _, _, first = book
    second = ModuleType("ecgbook.studies.second")
    second.__file__ = first.__file__
    second.run = lambda *, profile, data: [{"name": "extra", "value": 1.0}]
    monkeypatch.setitem(sys.modules, "ecgbook.studies.second", second)
    grid = tiny.chapter["study"]
    tiny.chapter["study"] = [grid, {"module": "second", "grid": [{}]}]
    book = tiny.load()
    assert study.run_study(book, book.chapters[0], profile="cpu") == 0
    names = [entry["name"] for entry in study.stored_metrics(book, book.chapters[0], "cpu")]
    assert (first.calls, names[-1], len(names)) == (ALL, "extra", 5)


def test_a_chapter_without_study_says_so(tiny):
    book = tiny.load()
    with pytest.raises(BookInvalid, match="01-tiny has no study"):
        study.run_study(book, book.chapters[0], profile="cpu")


def record(book, **details):
    results.Run("01-tiny", "cpu").record("rate", 70, **details)
    return results.stored_path(book.root, "01-tiny", "cpu")


def test_the_reference_holds_the_chapter_and_its_study(book):
    book, chapter, _ = book
    record(book, origin="MIT-BIH")
    study.run_study(book, chapter, profile="cpu")
    path = report.keep(book, chapter, "cpu")
    assert path == book.root / "ecgbook/reference/01-tiny.cpu.json"
    assert list(results.reference("01-tiny")) == ["f1_a_0", "f1_a_1", "f1_b_0", "f1_b_1", "rate"]
    assert "70" in report.results_text(book)


def test_the_page_folds_up_what_the_chapter_does_not_promise(book):
    book, _, _ = book
    run = results.Run("01-tiny", "cpu")
    run.record("rate", 70)
    run.record("extra", 3, protocol="a & b")
    page = report.results_page(book)
    shown, *folded = page.split("<details>")
    assert (shown.count("<tr><td>"), "<td>70" in shown) == (1, True)
    assert [part.split("</summary>")[0] for part in folded] == ["<summary>a &amp; b (1)"]
    assert folded[0].count("<tr><td>") == 1


def test_the_seeds_of_the_study_outweigh_the_live_run(book):
    book, chapter, _ = book
    results.Run("01-tiny", "cpu").record("f1_a_0", -5)
    study.run_study(book, chapter, profile="cpu")
    report.keep(book, chapter, "cpu")
    assert results.reference("01-tiny")["f1_a_0"].value != -5


def test_simulated_results_never_become_the_reference(book):
    book, chapter, _ = book
    record(book, simulated=True)
    with pytest.raises(ResultOutOfContract, match="rate come from simulated ECGs"):
        report.keep(book, chapter, "cpu")
    assert results.reference("01-tiny") == {}


def test_without_results_there_is_nothing_to_keep(book):
    book, chapter, _ = book
    with pytest.raises(BookInvalid, match="no results for cpu"):
        report.keep(book, chapter, "cpu")
    assert report.results_text(book).startswith("There are no results yet")
