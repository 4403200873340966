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
    """Find and score the R peaks in the first lead of each record.

    Records are independent, so inside ``joblib.parallel_config(n_jobs=...)`` they are done
    in parallel.

    Parameters
    ----------
    database : Database
        Records with annotated beats, such as MIT-BIH.
    method : str, default "ecgbook"
        As in `ecgbook.signals.r_peaks`.
    records : sequence of str, optional
        Records to take; all of them if left out.
    progress : bool, default True
        Show a bar.

    Returns
    -------
    DataFrame
        One row for each record, tolerance and counting, with columns ``record``, ``patient``,
        ``tolerance_ms``, ``counting`` and those of `ecgbook.evaluation.detection.score_beats`.
    """
    records = database.records if records is None else tuple(records)
    jobs = Parallel(return_as="generator")(
        delayed(_score_record)(database, record, method) for record in records
    )
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
        table = summarise(pd.DataFrame(unit.arrays))
        cases = table.groupby(["tolerance_ms", "counting"], sort=False)
        return [
            (unit.case | dict(zip(("tolerance_ms", "counting"), key, strict=True)), rows)
            for key, rows in (
                (key, _with_published(rows, unit.case["method"], key)) for key, rows in cases
            )
        ]


def _with_published(rows, method, key):
    if key != (50, "all") or method not in _PUBLISHED:
        return rows
    is_f1 = rows["score"] == "f1"
    return rows.assign(
        published=np.where(is_f1, _PUBLISHED[method], np.nan),
        source=np.where(is_f1, _PUBLISHED_BY, ""),
    )


STUDY = DetectionStudy(
    chapter="01-signals",
    database="mitdb",
    grid=({"method": ["ecgbook", "biosppy", "wfdb"]},),
    trainings={"smoke": None, "cpu": None, "gpu": None},
)
