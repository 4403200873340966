"""The study of detectors on a small database whose beats and faults are known."""

import numpy as np
import pytest

from ecgbook import Annotations, Recording
from ecgbook.results import Metric
from ecgbook.studies import signals
from ecgbook.studies.signals import run, score_detectors, summarise
from tests.signals.beats import beat_signal, rhythm_s

FS = 250


class SmallDatabase:
    """Three records of ten minutes and two patients; one record has marks without beats."""

    records = ("a", "b", "c")
    origin = "Three records made for the test"
    simulated = True

    def read(self, record):
        r_s = rhythm_s(600, seed=ord(record))
        sample = np.rint(r_s * FS).astype(int)
        signal = beat_signal(r_s, FS, 600)
        if record == "c":  # one annotated beat in each minute is not there
            sample = np.sort(np.append(sample, sample[50::75] + 100))
        marks = Annotations(sample, ["N"] * len(sample))
        patient = "1" if record == "a" else "2"
        return Recording([signal], FS, ["II"], record=record, patient=patient, annotations=marks)


@pytest.fixture(scope="module")
def scores():
    return score_detectors(SmallDatabase(), progress=False)


def test_one_row_for_each_case(scores):
    keys = ["record", "method", "tolerance_ms", "counting"]
    assert len(scores) == 3 * 1 * 2 * 2
    assert not scores.duplicated(keys).any()
    assert scores.set_index("record")["patient"].to_dict() == {"a": "1", "b": "2", "c": "2"}


def test_counts_are_those_of_the_records(scores):
    strict = scores[(scores["tolerance_ms"] == 50) & (scores["counting"] == "all")]
    strict = strict.set_index("record")
    for record in "ab":
        beats = len(rhythm_s(600, seed=ord(record)))
        assert strict.loc[record, ["tp", "fp", "fn"]].tolist() == [beats, 0, 0]
    beats = len(rhythm_s(600, seed=ord("c")))
    false_marks = len(range(50, beats, 75))
    assert strict.loc["c", ["tp", "fp", "fn"]].tolist() == [beats, 0, false_marks]


def test_learning_period_is_left_out(scores):
    ec57 = scores[(scores["tolerance_ms"] == 150) & (scores["counting"] == "ec57")]
    for record in "ab":
        row = ec57[ec57["record"] == record].iloc[0]
        assert row["tp"] == np.sum(rhythm_s(600, seed=ord(record)) >= 300)


def test_summary_is_gross_and_its_interval_over_patients(scores):
    table = summarise(scores)
    assert len(table) == 4
    row = table[(table["tolerance_ms"] == 150) & (table["counting"] == "all")].iloc[0]
    part = scores[(scores["tolerance_ms"] == 150) & (scores["counting"] == "all")]
    tp, fn = part["tp"].sum(), part["fn"].sum()
    assert row["f1"] == pytest.approx(2 * tp / (2 * tp + fn))
    assert (row["records"], row["beats"]) == (3, tp + fn)
    # Two patients: the replicates are patient 1 alone (no error), both, or patient 2 alone.
    second = part[part["patient"] == "2"][["tp", "fn"]].sum()
    assert row["f1_high"] == 1.0
    assert row["f1_low"] == pytest.approx(2 * second["tp"] / (2 * second["tp"] + second["fn"]))


def test_a_run_gives_metrics_of_the_book(monkeypatch):
    monkeypatch.setattr(signals, "open_database", lambda name, data: SmallDatabase())
    metrics = {
        m.name: m for m in (Metric(**f) for f in run(method="ecgbook", profile="cpu", data="real"))
    }
    assert len(metrics) == 4 * 5
    f1 = metrics["f1_150ms_ec57_ecgbook"]
    assert f1.low <= f1.value <= f1.high
    assert f1.simulated
    assert metrics["se_50ms_all_ecgbook"].value < metrics["ppv_50ms_all_ecgbook"].value == 1.0
    assert abs(metrics["jitter_ms_50ms_all_ecgbook"].value) <= 1000 / FS
