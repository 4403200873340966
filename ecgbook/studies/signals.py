"""Chapter 1: how well R peaks are found on all records of a database, by each method."""

from itertools import product

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from tqdm import tqdm

from ecgbook.evaluation.detection import detection_difference, detection_influence, score_beats
from ecgbook.evaluation.detection import detection_rows as summarise
from ecgbook.signals import r_peaks
from ecgbook.studies.study import Study

__all__ = ["COUNTINGS", "STUDY", "TOLERANCES_MS", "score_detector", "summarise"]

# EC57 allows 150 ms; 50 ms asks for the right place as well.
TOLERANCES_MS = (150, 50)
# Seconds at the start that are not counted: EC57 lets a detector learn for five minutes. It also
# leaves out recordings with paced beats, which "all_minutes" counts.
COUNTINGS = {"ec57": 300.0, "all_minutes": 0.0}
_PACED_BEAT = "/"

# F1 over all minutes at 50 ms, first lead, as others measured it.
_PUBLISHED = {"biosppy": 0.9835, "wfdb": 0.9808}
_PUBLISHED_BY = "ecg-tools, benchmark-qrs-detectors"


def score_detector(database, method="ecgbook", records=None, progress=True):
    """Find and score the R peaks in the first lead of each record, all records if left out.

    ``method`` is that of `ecgbook.signals.r_peaks`. The DataFrame has one row for each record,
    tolerance and counting: ``record``, ``patient``, ``tolerance_ms``, ``counting``, the ``hours``
    that count, and what `ecgbook.evaluation.score_beats` returns; records with paced beats have
    no rows of the counting ``ec57``. Inside ``joblib.parallel_config(n_jobs=...)`` records are
    done in parallel.
    """
    records, one = database.records if records is None else tuple(records), delayed(_score_record)
    jobs = Parallel(return_as="generator")(one(database, record, method) for record in records)
    bar = tqdm(jobs, total=len(records), desc="R peaks", unit="record", disable=not progress)
    return pd.DataFrame([row for rows in bar for row in rows])


def _score_record(database, record, method):
    ecg = database.read(record)
    peaks = r_peaks(ecg, method=method)
    paced = _PACED_BEAT in ecg.annotations.symbol
    rows = []
    for tolerance_ms, (counting, start_s) in product(TOLERANCES_MS, COUNTINGS.items()):
        if paced and counting == "ec57":
            continue
        key = {"record": record, "patient": ecg.patient}
        key |= {"tolerance_ms": tolerance_ms, "counting": counting}
        key["hours"] = (ecg.duration_s - start_s) / 3600
        rows.append(key | score_beats(ecg.annotations, peaks, ecg.fs, tolerance_ms / 1000, start_s))
    return rows


class DetectionStudy(Study):
    """Detectors on whole recordings: what is kept are counts by record, not answers by example.

    There is an answer for each tolerance and counting, and no part is set aside.
    """

    def code(self, case, profile):
        """Return what the result of a case depends on."""
        return [score_detector, _answers, case]

    def compute(self, database, case, profile, checkpoint=None, progress=False):
        """Count hits and misses of ``case["method"]`` on every record."""
        scores = score_detector(database, case["method"], progress=progress)
        arrays = {name: np.asarray(column.to_list()) for name, column in scores.items()}
        return arrays, _answers()

    def report(self, units, part="test"):
        """Return the fields and rows of each tolerance and counting."""
        (unit,) = units
        tables = []
        for k in range(len(unit.answers)):
            fields, rows = unit.fields(k), summarise(_scores_of((units, k)))
            known = _PUBLISHED.get(fields["method"])
            if known and (fields["tolerance_ms"], fields["counting"]) == (50, "all_minutes"):
                by = np.where(rows["score"] == "f1", _PUBLISHED_BY, "")
                rows = rows.assign(published=np.where(by != "", known, np.nan), source=by)
            tables.append((fields, rows))
        return tables

    def difference(self, ours, others, part="test"):
        """Return the rows of the paired difference of two answers, each ``(units, number)``."""
        return detection_difference(_scores_of(ours), _scores_of(others))

    def influence(self, answer, score, part="test"):
        """Return what each patient does to the score of an answer, ``(units, number)``."""
        return detection_influence(_scores_of(answer), score)


def _answers():
    cases = product(TOLERANCES_MS, COUNTINGS)
    return [{"fields": {"tolerance_ms": t, "counting": c}, "report": ""} for t, c in cases]


def _scores_of(answer):
    """Return the rows of `score_detector` for one tolerance and counting."""
    (unit,), k = answer
    scores, fields = pd.DataFrame(unit.arrays), unit.answers[k]["fields"]
    return scores[(scores[list(fields)] == list(fields.values())).all(axis=1)]


STUDY = DetectionStudy(
    chapter="01-signals",
    database="mitdb",
    grid=({"method": ["ecgbook", "biosppy", "wfdb"]},),
    trainings={"smoke": None, "cpu": None, "gpu": None},
    pairs=(
        ({"method": "ecgbook"}, {"method": "biosppy"}),
        ({"method": "ecgbook"}, {"method": "wfdb"}),
        ({"tolerance_ms": 50}, {"tolerance_ms": 150}),
    ),
    headlines=(
        ("f1", {"tolerance_ms": 150, "counting": "ec57"}),
        ("f1", {"tolerance_ms": 50, "counting": "all_minutes"}),
    ),
)
