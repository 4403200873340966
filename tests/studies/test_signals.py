"""The study of detectors on a small database whose beats and faults are known."""

import numpy as np
import pytest

from ecgbook import Annotations, Recording
from ecgbook.studies import runner
from ecgbook.studies.runner import Computed, Shelf
from ecgbook.studies.signals import COUNTINGS, STUDY, TOLERANCES_MS, score_detector
from tests.signals.beats import beat_signal, rhythm_s

FS = 250
DURATION_S = 400  # of which EC57 counts the last hundred seconds


class SmallDatabase:
    """Four records and three patients; one record has marks without beats, one paced beats."""

    records = ("a", "b", "c", "d")
    origin = "Four records made for the test"
    simulated = True

    def read(self, record):
        r_s = rhythm_s(DURATION_S, seed=ord(record))
        sample = np.rint(r_s * FS).astype(int)
        signal = beat_signal(r_s, FS, DURATION_S)
        if record == "c":  # one annotated beat in each minute is not there
            sample = np.sort(np.append(sample, sample[50::75] + 100))
        marks = Annotations(sample, ["/" if record == "d" else "N"] * len(sample))
        patient = {"a": "1", "d": "3"}.get(record, "2")
        return Recording([signal], FS, ["II"], record=record, patient=patient, annotations=marks)


def n_beats(record, start_s=0):
    return int(np.sum(rhythm_s(DURATION_S, seed=ord(record)) >= start_s))


def n_false_marks():
    return len(range(50, n_beats("c"), 75))


@pytest.fixture(scope="module")
def scores():
    return score_detector(SmallDatabase(), progress=False)


@pytest.fixture(scope="module")
def all_units(tmp_path_factory):
    """Return the units of a run over two of the detectors."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "open_database", lambda name, data: SmallDatabase())
        shelf = Shelf(STUDY, "cpu", "real", tmp_path_factory.mktemp("studies"))
        for method in ("ecgbook", "biosppy"):
            shelf.compute({"method": method})
        return shelf.units()


@pytest.fixture(scope="module")
def units(all_units):
    """Return the units of our own detector alone, by tolerance and counting."""
    own = [u for u in all_units if u.case["method"] == "ecgbook"]
    own = [u for u in own if not {"minus", "without"} & set(u.case)]
    return {(u.case["tolerance_ms"], u.case["counting"]): u for u in own}


def rows_of(unit):
    return {row.score: row for row in unit.rows}


def test_one_row_for_each_record_tolerance_and_counting(scores):
    # The paced record has no rows by the rules of EC57.
    assert len(scores) == 3 * 2 * 2 + 2
    assert not scores.duplicated(["record", "tolerance_ms", "counting"]).any()
    patients = scores.set_index("record")["patient"].to_dict()
    assert patients == {"a": "1", "b": "2", "c": "2", "d": "3"}


def test_ec57_leaves_out_paced_records_and_the_first_five_minutes(scores):
    ec57 = scores[scores["counting"] == "ec57"]
    assert set(ec57["record"]) == set("abc")
    assert ec57["hours"].to_numpy() * 3600 == pytest.approx(DURATION_S - 300)
    assert set(scores.loc[scores["counting"] == "all_minutes", "record"]) == set("abcd")


def test_counts_are_those_of_the_records(scores):
    strict = scores[(scores["tolerance_ms"] == 50) & (scores["counting"] == "all_minutes")]
    strict = strict.set_index("record")[["tp", "fp", "fn"]]
    for record in ("a", "b", "d"):
        assert strict.loc[record].tolist() == [n_beats(record), 0, 0]
    assert strict.loc["c"].tolist() == [n_beats("c"), 0, n_false_marks()]


def test_learning_period_is_left_out(scores):
    ec57 = scores[(scores["tolerance_ms"] == 150) & (scores["counting"] == "ec57")]
    counted = ec57.set_index("record")["tp"]
    assert counted[["a", "b"]].tolist() == [n_beats("a", 300), n_beats("b", 300)]


def test_every_tolerance_and_counting_is_a_case_of_its_own(units):
    assert set(units) == {(ms, counting) for ms in TOLERANCES_MS for counting in COUNTINGS}
    for unit in units.values():
        assert unit.case["method"] == "ecgbook"
        assert (unit.origin, unit.simulated) == (SmallDatabase.origin, True)
        assert [row.class_ for row in unit.rows] == ["all"] * 7


def test_rows_are_gross_and_their_interval_is_over_patients(units):
    rows = rows_of(units[150, "ec57"])
    tp = sum(n_beats(record, 300) for record in "abc")
    missed = [
        k for k in range(50, n_beats("c"), 75) if rhythm_s(DURATION_S, seed=ord("c"))[k] > 300
    ]
    fn = len(missed)
    assert rows["f1"].value == pytest.approx(2 * tp / (2 * tp + fn))
    assert rows["sensitivity"].value == pytest.approx(tp / (tp + fn))
    assert rows["ppv"].value == 1.0
    assert rows["missed_per_hour"].value == pytest.approx(fn / (3 * 100 / 3600))
    assert rows["false_per_hour"].value == 0
    counted = {name: row.n for name, row in rows.items()}
    assert counted["ppv"] == counted["false_per_hour"] == tp
    assert counted["f1"] == counted["sensitivity"] == counted["missed_per_hour"] == tp + fn
    assert {row.n_patients for row in rows.values()} == {2}
    # Two patients: the replicates are patient 1 alone (no error), both, or patient 2 alone.
    second = n_beats("b", 300) + n_beats("c", 300)
    assert rows["f1"].high == 1.0
    assert rows["f1"].low == pytest.approx(2 * second / (2 * second + fn))


def test_detectors_and_tolerances_are_compared_on_the_same_patients(all_units):
    plain = {
        (u.case["method"], u.case["tolerance_ms"], u.case["counting"]): rows_of(u)["f1"].value
        for u in all_units
        if not {"minus", "without"} & set(u.case)
    }
    found = {}
    for unit in all_units:
        if "minus" in unit.case:
            case = {name: unit.case[name] for name in ("method", "tolerance_ms", "counting")}
            name, value = unit.case["minus"].split("=")
            other = case | {name: int(value) if name == "tolerance_ms" else value}
            row = rows_of(unit)["f1"]
            difference = plain[tuple(case.values())] - plain[tuple(other.values())]
            assert row.value == pytest.approx(difference)
            assert row.low <= row.value <= row.high
            found[name] = found.get(name, 0) + 1
    # Two tolerances and two countings; two methods and two countings.
    assert found == {"method": 4, "tolerance_ms": 4}


def test_the_headline_is_told_without_the_patient_who_decides(all_units):
    (alone,) = (
        u
        for u in all_units
        if u.case
        == {"method": "ecgbook", "tolerance_ms": 50, "counting": "all_minutes", "without": "2"}
    )
    # Every error is in patient 2.
    (row,) = alone.rows
    assert (row.score, row.value, row.unit, row.n_patients) == ("f1", 1.0, "%", 2)


def test_the_time_error_is_in_ms(units):
    rows = rows_of(units[50, "all_minutes"])
    assert {name: row.unit for name, row in rows.items()} == {
        "f1": "%",
        "sensitivity": "%",
        "ppv": "%",
        "missed_per_hour": "/h",
        "false_per_hour": "/h",
        "bias_ms": "ms",
        "bias_iqr_ms": "ms",
    }
    # The R peak of the signal is the annotated sample, give or take one.
    assert abs(rows["bias_ms"].value) <= 1000 / FS


@pytest.mark.parametrize("method", ["ecgbook", "biosppy", "wfdb"])
def test_numbers_that_others_published_stand_beside_the_same_case_only(scores, method):
    arrays = {name: column.to_numpy() for name, column in scores.items()}
    answers = STUDY.compute(SmallDatabase(), {"method": "ecgbook"}, "cpu")[1]
    unit = Computed({"method": method}, arrays, answers, {}, "made", True)
    found = [
        (fields["method"], fields["tolerance_ms"], fields["counting"], row["score"], row["source"])
        for fields, rows in STUDY.report([unit])
        for row in rows.to_dict("records")
        if row.get("published") == row.get("published") and "published" in row
    ]
    by = "ecg-tools, benchmark-qrs-detectors"
    assert found == ([] if method == "ecgbook" else [(method, 50, "all_minutes", "f1", by)])
