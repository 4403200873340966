"""The study of detectors on a small database whose beats and faults are known."""

from types import SimpleNamespace

import numpy as np
import pytest

from ecgbook import Annotations, Recording
from ecgbook.studies import runner
from ecgbook.studies.runner import Shelf
from ecgbook.studies.signals import COUNTINGS, STUDY, TOLERANCES_MS, score_detector
from tests.signals.beats import beat_signal, rhythm_s

FS = 250
DURATION_S = 400  # of which EC57 counts the last hundred seconds


class SmallDatabase:
    """Three records and two patients; one record has marks without beats."""

    records = ("a", "b", "c")
    origin = "Three records made for the test"
    simulated = True

    def read(self, record):
        r_s = rhythm_s(DURATION_S, seed=ord(record))
        sample = np.rint(r_s * FS).astype(int)
        signal = beat_signal(r_s, FS, DURATION_S)
        if record == "c":  # one annotated beat in each minute is not there
            sample = np.sort(np.append(sample, sample[50::75] + 100))
        marks = Annotations(sample, ["N"] * len(sample))
        patient = "1" if record == "a" else "2"
        return Recording([signal], FS, ["II"], record=record, patient=patient, annotations=marks)


def n_beats(record, start_s=0):
    return int(np.sum(rhythm_s(DURATION_S, seed=ord(record)) >= start_s))


def n_false_marks():
    return len(range(50, n_beats("c"), 75))


@pytest.fixture(scope="module")
def scores():
    return score_detector(SmallDatabase(), progress=False)


@pytest.fixture(scope="module")
def units(tmp_path_factory):
    """Return the units of a run over our own detector, by tolerance and counting."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "open_database", lambda name, data: SmallDatabase())
        shelf = Shelf(STUDY, "cpu", "real", tmp_path_factory.mktemp("studies"))
        shelf.compute({"method": "ecgbook"})
        return {(u.case["tolerance_ms"], u.case["counting"]): u for u in shelf.units()}


def rows_of(unit):
    return {row.score: row for row in unit.rows}


def test_one_row_for_each_record_tolerance_and_counting(scores):
    assert len(scores) == 3 * 2 * 2
    assert not scores.duplicated(["record", "tolerance_ms", "counting"]).any()
    assert scores.set_index("record")["patient"].to_dict() == {"a": "1", "b": "2", "c": "2"}


def test_counts_are_those_of_the_records(scores):
    strict = scores[(scores["tolerance_ms"] == 50) & (scores["counting"] == "all")]
    strict = strict.set_index("record")[["tp", "fp", "fn"]]
    for record in "ab":
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
        assert [row.class_ for row in unit.rows] == ["all"] * 5


def test_rows_are_gross_and_their_interval_is_over_patients(units):
    rows = rows_of(units[150, "all"])
    tp, fn = sum(map(n_beats, "abc")), n_false_marks()
    assert rows["f1"].value == pytest.approx(2 * tp / (2 * tp + fn))
    assert rows["sensitivity"].value == pytest.approx(tp / (tp + fn))
    assert rows["ppv"].value == 1.0
    assert {(row.n_patients, row.n) for row in rows.values()} == {(2, tp + fn)}
    # Two patients: the replicates are patient 1 alone (no error), both, or patient 2 alone.
    second = n_beats("b") + n_beats("c")
    assert rows["f1"].high == 1.0
    assert rows["f1"].low == pytest.approx(2 * second / (2 * second + fn))


def test_the_time_error_is_in_ms(units):
    rows = rows_of(units[50, "all"])
    assert {name: row.unit for name, row in rows.items()} == {
        "f1": "%",
        "sensitivity": "%",
        "ppv": "%",
        "bias_ms": "ms",
        "bias_iqr_ms": "ms",
    }
    # The R peak of the signal is the annotated sample, give or take one.
    assert abs(rows["bias_ms"].value) <= 1000 / FS


@pytest.mark.parametrize("method", ["ecgbook", "biosppy", "wfdb"])
def test_numbers_that_others_published_stand_beside_the_same_case_only(scores, method):
    arrays = {name: column.to_numpy() for name, column in scores.items()}
    tables = STUDY.report([SimpleNamespace(case={"method": method}, arrays=arrays)])
    found = [
        (fields["method"], fields["tolerance_ms"], fields["counting"], row["score"], row["source"])
        for fields, rows in tables
        for row in rows.to_dict("records")
        if row.get("published") == row.get("published") and "published" in row
    ]
    by = "ecg-tools, benchmark-qrs-detectors"
    assert found == ([] if method == "ecgbook" else [(method, 50, "all", "f1", by)])
