"""Chapter 1: how well R peaks are found on all records of a database, by each method."""

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from tqdm import tqdm

from ecgbook.evaluation.detection import detection_rows as summarise
from ecgbook.evaluation.detection import score_beats
from ecgbook.signals import r_peaks
from ecgbook.studies.study import Study

__all__ = ["COUNTINGS", "STUDY", "TOLERANCES_MS", "score_detector", "summarise"]

# EC57 allows 150 ms; 50 ms asks for the right place as well.
TOLERANCES_MS = (150, 50)
# Seconds at the start that are not counted: EC57 lets a detector learn for five minutes.
COUNTINGS = {"ec57": 300.0, "all": 0.0}

# F1 over all minutes at 50 ms, first lead, as others measured it.
_PUBLISHED = {"biosppy": 0.9835, "wfdb": 0.9808}
_PUBLISHED_BY = "ecg-tools, benchmark-qrs-detectors"


def score_detector(database, method="ecgbook", records=None, progress=True):
    """Find and score the R peaks in the first lead of each record, all records if left out.

    ``method`` is that of `ecgbook.signals.r_peaks`. The DataFrame has one row for each record,
    tolerance and counting: ``record``, ``patient``, ``tolerance_ms``, ``counting`` and what
    `ecgbook.evaluation.detection.score_beats` returns. Inside
    ``joblib.parallel_config(n_jobs=...)`` records are done in parallel.
    """
    records, one = database.records if records is None else tuple(records), delayed(_score_record)
    jobs = Parallel(return_as="generator")(one(database, record, method) for record in records)
    bar = tqdm(jobs, total=len(records), desc="R peaks", unit="record", disable=not progress)
    return pd.DataFrame([row for rows in bar for row in rows])


def _score_record(database, record, method):
    ecg = database.read(record)
    peaks = r_peaks(ecg, method=method)
    rows = []
    for tolerance_ms in TOLERANCES_MS:
        for counting, start_s in COUNTINGS.items():
            key = {"record": record, "patient": ecg.patient}
            key |= {"tolerance_ms": tolerance_ms, "counting": counting}
            scores = score_beats(ecg.annotations, peaks, ecg.fs, tolerance_ms / 1000, start_s)
            rows.append(key | scores)
    return rows


class DetectionStudy(Study):
    """Detectors on whole recordings: what is kept are counts by record, not answers by example."""

    def code(self, case, profile):
        """Return what the result of a case depends on."""
        return [score_detector, case]

    def compute(self, database, case, profile, checkpoint=None, progress=False):
        """Count hits and misses of ``case["method"]`` on every record."""
        scores = score_detector(database, case["method"], progress=progress)
        arrays = {name: np.asarray(column.to_list()) for name, column in scores.items()}
        return arrays, [{"fields": {}, "report": ""}]

    def report(self, units, part="test"):
        """Return the fields and rows of each tolerance and counting; no part is set aside."""
        (unit,) = units
        keys = ["tolerance_ms", "counting"]
        table = summarise(pd.DataFrame(unit.arrays))
        known = (table["score"] == "f1") & (table[keys] == [50, "all"]).all(axis=1)
        if unit.case["method"] in _PUBLISHED:
            table.loc[known, "published"] = _PUBLISHED[unit.case["method"]]
            table.loc[known, "source"] = _PUBLISHED_BY
        cases = table.fillna({"source": ""} if "source" in table else {}).groupby(keys, sort=False)
        return [(unit.case | dict(zip(keys, key, strict=True)), rows) for key, rows in cases]


STUDY = DetectionStudy(
    chapter="01-signals",
    database="mitdb",
    grid=({"method": ["ecgbook", "biosppy", "wfdb"]},),
    trainings={"smoke": None, "cpu": None, "gpu": None},
)
