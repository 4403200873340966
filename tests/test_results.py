import json
from types import SimpleNamespace

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook import DataCorrupt, EcgError, ResultOutOfContract, released, results
from ecgbook.resultfile import File, make_unit, read_file, write
from ecgbook.results import Run, as_results, read

SIMULATED = SimpleNamespace(origin="Simulated ECGs", simulated=True)
REPORT = pd.DataFrame(
    {
        "score": ["sensitivity", "sensitivity", "accuracy"],
        "class": ["S", "V", "all"],
        "value": [0.5, np.nan, 0.75],
        "low": [0.25, np.nan, 0.5],
        "high": [0.625, np.nan, 1.0],
        "n_patients": [3, 3, 3],
        "n": [8, 0, 40],
    }
)


@pytest.fixture(autouse=True)
def book(tmp_path, monkeypatch):
    """An empty book around the current folder, and a reference folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ECGBOOK_RESULTS", raising=False)
    monkeypatch.setattr(released, "folder", lambda: tmp_path / "reference")
    (tmp_path / "chapters.yml").touch()
    return tmp_path


def keep_reference(book, rows, profile="cpu", **case):
    path = book / "reference" / f"01.{profile}.json"
    write(path, File("01", profile, [make_unit(rows, case)]))


def test_recorded_rows_come_back_from_the_file(book):
    run = Run("01", "smoke", seed=3)
    run.record(REPORT, method="a", n_labels=100, data=SIMULATED)
    path = book / "_build" / "results" / "01.smoke.json"
    pd.testing.assert_frame_equal(results.read(path).table, run.results.table)
    row = run.results.where(score="sensitivity", class_="S").table.iloc[0]
    expected = {"value": 0.5, "low": 0.25, "high": 0.625, "n_patients": 3, "n": 8}
    expected |= {"method": "a", "n_labels": 100, "origin": "Simulated ECGs", "simulated": True}
    assert {name: row[name] for name in expected} == expected
    provenance = json.loads(path.read_text())["provenance"]
    assert provenance["seed"] == 3
    assert {"ecgbook", "date", "python", "processor"} <= set(provenance)
    assert [file.name for file in path.parent.iterdir()] == ["01.smoke.json"]


def test_a_class_without_examples_has_no_row():
    run = Run("01", "smoke")
    run.record(REPORT, method="a")
    assert run.results.table[["score", "class"]].to_numpy().tolist() == [
        ["sensitivity", "S"],
        ["accuracy", "all"],
    ]


def test_a_second_value_replaces_the_first():
    run = Run("01", "smoke")
    run.record({"score": "f1", "value": 0.1}, method="a")
    run.record({"score": "f1", "value": 0.2}, method="b")
    run.record({"score": "f1", "value": 0.3}, method="a")
    assert [float(run.results.one(method=m)) for m in "ab"] == [0.3, 0.2]
    assert len(run.results) == 2


def test_the_runner_names_the_file(book, monkeypatch):
    monkeypatch.setenv("ECGBOOK_RESULTS", str(book / "here.json"))
    Run("01", "smoke").record({"score": "f1", "value": 1.0})
    assert float(results.read(book / "here.json").one(score="f1")) == 1


def test_outside_of_a_book_results_go_to_the_cache(tmp_path, monkeypatch, book):
    (book / "chapters.yml").unlink()
    monkeypatch.setenv("ECGBOOK_CACHE", str(tmp_path / "cache"))
    assert results.latest("01", "cpu") == tmp_path / "cache" / "results" / "01.cpu.json"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"score": "f1", "value": float("inf")}, "not finite"),
        ({"score": "f1", "value": 0.5, "low": 0.6, "high": 0.7, "n": 1.5}, "int"),
        ({"score": "f1", "value": 0.5, "low": 0.6, "high": 0.4}, "low 0.6 is above high 0.4"),
        ({"value": 0.5}, "need a score and a value"),
        ({"score": "f1", "value": "good"}, "float"),
    ],
)
def test_rows_that_cannot_be_are_refused(row, message):
    with pytest.raises(ResultOutOfContract, match=message):
        Run("01", "smoke").record(row, method="a")


def test_a_score_stands_once_in_a_case():
    twice = pd.concat([REPORT, REPORT])
    with pytest.raises(ResultOutOfContract, match="results of a: a score stands twice"):
        Run("01", "smoke").record(twice, method="a")


def test_where_takes_values_lists_and_the_absence_of_a_field():
    units = [make_unit({"score": "f1", "value": v}, {"method": m}) for v, m in ((1, "a"), (2, "b"))]
    units.append(make_unit({"score": "f1", "value": 3.0}, {"method": "a", "minus": "method=b"}))
    rows = as_results(units)
    assert rows.where(method="a").table["value"].tolist() == [1, 3]
    assert rows.where(method=["a", "b"]).table["value"].tolist() == [1, 2, 3]
    assert rows.where(method="a", minus=None).table["value"].tolist() == [1]


def test_a_grid_has_a_line_a_value_and_says_where_there_is_no_result():
    half = {"score": "f1", "value": 0.5, "low": 0.25, "high": 0.75}
    cases = [("pca_10", "by_beat", half), ("madegan", "by_beat", half | {"value": 0.6})]
    cases.append(("madegan", "ds1_ds2", {"score": "f1", "class": "macro", "value": 0.4}))
    units = [make_unit(rows, {"method": m, "protocol": p}) for m, p, rows in cases]
    shown = as_results(units).grid("method", "protocol", "class")
    assert shown.index.tolist() == ["PCA, 10 components", "MadeGAN"]
    assert shown.columns.tolist() == [("by beat", "all"), ("DS1 to DS2", "macro")]
    assert shown.to_numpy().tolist() == [["0.50 (.25–.75)", "–"], ["0.60 (.25–.75)", "0.40"]]


def test_a_question_without_one_answer_is_refused():
    run = Run("01", "smoke")
    run.record(REPORT, method="a")
    with pytest.raises(ResultOutOfContract, match="no field 'methods'; there are score, class"):
        run.results.where(methods="a")
    with pytest.raises(ResultOutOfContract, match="2 results have"):
        run.results.one(method="a")
    with pytest.raises(ResultOutOfContract, match="0 results have"):
        run.results.one(method="b")


def test_minutes_are_those_of_one_training(book):
    row, about = {"score": "f1", "value": 0.5}, {"minutes": 6.0, "processor": "a core"}
    units = [
        make_unit(row, {"method": "a"}, **about, runs=3),
        make_unit(row, {"method": "b"}, **about),
        make_unit(row, {"method": "b", "minus": "method=a"}, **about, runs=2),
        make_unit(row, {"method": "c"}),  # of which no time is known
    ]
    write(book / "reference" / "01.cpu.json", File("01", "cpu", units))
    table = results.minutes("01")
    assert table.to_dict("records") == [
        {"method": "a", "minutes": 2.0, "processor": "a core"},
        {"method": "b", "minutes": 6.0, "processor": "a core"},
    ]
    assert list(results.minutes("02")) == ["minutes", "processor"]
    assert len(results.minutes("02")) == 0


def test_a_profile_without_a_reference_takes_that_of_cpu(book):
    keep_reference(book, {"score": "f1", "value": 0.5}, method="a")
    assert float(results.reference("01", "smoke").one(score="f1")) == 0.5
    keep_reference(book, {"score": "f1", "value": 0.7}, profile="smoke", method="a")
    assert float(results.reference("01", "smoke").one(score="f1")) == 0.7
    assert len(results.reference("02", "smoke")) == 0


def test_runs_are_compared_side_by_side(book):
    published = {"score": "f1", "value": 0.9, "low": 0.8, "high": 0.95}
    published |= {"published": 0.99, "source": "Somebody (2020)"}
    keep_reference(book, published, method="a", protocol="ds1_ds2")
    run = Run("01", "cpu")
    run.record({"score": "f1", "value": 0.85}, method="a", protocol="ds1_ds2", data=SIMULATED)
    shown = run.compare(score="f1")
    header, _, row = repr(shown).splitlines()
    assert header.split("  ")[0] == "Score"
    for text in ("a, DS1 to DS2", "0.85 – simulated", "0.90 (.80–.95)", "0.99 (Somebody (2020))"):
        assert text in row
    html = shown._repr_mimebundle_()["text/html"]
    assert html.count("<tr>") == 2
    assert '<td class="number">0.90 (.80–.95)</td>' in html


def test_by_default_the_rows_of_this_run_are_compared(book):
    rows = pd.DataFrame({"score": ["f1", "ppv"], "value": [0.5, 0.6]})
    keep_reference(book, rows, method="a")
    run = Run("01", "cpu")
    run.record({"score": "ppv", "value": 0.4}, method="a")
    lines = repr(run.compare()).splitlines()[2:]
    assert [line.split()[0] for line in lines] == ["PPV"]


def mutated(draw, content):
    """Change one value somewhere in a tree of lists and dicts."""
    path, here = [], content
    while isinstance(here, dict | list) and len(here):
        path.append(
            draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
        )
        here = here[path[-1]]
    whole = json.loads(json.dumps(content))
    parent = whole
    for key in path[:-1]:
        parent = parent[key]
    odd = st.sampled_from([None, [], {}, "x", -1, 1.7, True, 1e400, "false", [[1]], {"a": []}])
    parent[path[-1]] = draw(odd)
    return whole


@given(st.data())
def test_a_damaged_file_is_one_error_or_holds_what_can_be(tmp_path_factory, data):
    whole = File("01", "cpu", [make_unit(REPORT, {"method": "a"}, SIMULATED)], {"seed": 0})
    content = mutated(data.draw, json.loads(msgspec.json.encode(whole)))
    path = tmp_path_factory.mktemp("damaged") / "01.cpu.json"
    path.write_text(json.dumps(content))
    try:
        units = read_file(path).units
    except DataCorrupt:
        return
    for unit in units:
        assert isinstance(unit.simulated, bool)
        assert all(np.isfinite(row.value) for row in unit.rows)
        assert all(row.low is None or row.high is None or row.low <= row.high for row in unit.rows)


@pytest.mark.parametrize("content", [b"", b"[", b"\xff", b"[" * 100_000, b'{"chapter": "01"}'])
def test_a_file_of_something_else_is_refused(tmp_path, content):
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(DataCorrupt, match="make it anew"):
        read_file(tmp_path / "x.json")


def test_a_sentence_takes_its_numbers_from_the_rows():
    run = Run("01", "smoke")
    run.record({"score": "f1", "value": 0.5, "low": 0.25, "high": 0.75}, method="a")
    shown = results.say(f"F1 is {run.results.one(score='f1')}.")
    assert shown._repr_mimebundle_()["text/markdown"] == "F1 is 0.50 (.25–.75)."


def test_differences_and_influences_are_compared_only_when_asked_for(book):
    row, case = {"score": "f1", "value": 0.5}, {"method": "a"}
    units = [make_unit(row, case)]
    units += [make_unit(row | {"value": 0.125}, case | {"minus": "method=b"})]
    units += [make_unit(row | {"value": 0.25}, case | {"without": "232"})]
    path = book / "reference" / "01.cpu.json"
    write(path, File("01", "cpu", units))
    run = Run("01", "cpu")
    run.record(row, method="a")
    for shown in (run.compare(), run.compare(method="a")):
        assert "0.50" in shown.plain
        assert "0.12" not in shown.plain
        assert "0.25" not in shown.plain


@pytest.mark.parametrize("name", ["../../evil", "a/b", "", "..", ".no", "a\0b", "a\n", "x" * 200])
def test_a_name_that_is_no_file_name_is_refused(name):
    with pytest.raises(ResultOutOfContract, match="is no name of a chapter or profile"):
        Run(name, "smoke")
    with pytest.raises(ResultOutOfContract, match="is no name of a chapter or profile"):
        Run("01-signals", name)


ROW = '["f1","macro",0.5,0.4,0.6,22,100,"",null,""]'
UNIT = '{"case":{"method":"a"},"rows":[%s],"simulated":true}'
WHOLE = '{"chapter":"01-a","profile":"cpu","units":[%s]}'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (WHOLE % (UNIT % ROW.replace("22", "-22")), ">= 0"),
        (WHOLE % (UNIT % ROW.replace("0.4", "0.7")), "low 0.7 is above high 0.6"),
        (WHOLE % ",".join([UNIT % ROW] * 2), "a score stands in two entries of a"),
        (WHOLE % (UNIT % ROW).replace("true", 'true,"simulated":false'), "two values under one"),
        (WHOLE.replace("01-a", "../../evil") % (UNIT % ROW), "matching regex"),
        (WHOLE % "[" * 100_000, "no results file"),
        (WHOLE % (UNIT % ROW.replace("0.5", "NaN")), "not finite"),
        (WHOLE % (UNIT % ROW.replace("100", "1e400")), "no results file"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(tmp_path, text, message):
    path = tmp_path / "01-a.cpu.json"
    path.write_text(WHOLE % (UNIT % ROW))
    assert len(read(path)) == 1
    path.write_text(text)
    with pytest.raises(DataCorrupt, match=message):
        read(path)


def test_a_disk_without_room_is_said_in_one_sentence(tmp_path):
    (tmp_path / "results").write_text("a file where a folder should be")
    with pytest.raises(EcgError, match=r"cannot be written \(.*\); make room"):
        write(tmp_path / "results" / "01-a.cpu.json", Run("01-a", "cpu").content())
