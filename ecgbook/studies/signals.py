"""Chapter 1: how well R peaks are found on all records of a database, by each method."""

import pandas as pd
from joblib import Parallel, delayed
from tqdm import tqdm

from ecgbook.evaluation.bootstrap import bootstrap
from ecgbook.evaluation.detection import detection_report, score_beats
from ecgbook.signals import r_peaks
from ecgbook.sources import open_database

__all__ = ["COUNTINGS", "TOLERANCES_MS", "metrics_of", "run", "score_detectors", "summarise"]

# EC57 allows 150 ms; 50 ms asks for the right place as well.
TOLERANCES_MS = (150, 50)
# Seconds at the start that are not counted: EC57 lets a detector learn for five minutes.
COUNTINGS = {"ec57": 300.0, "all": 0.0}

# F1 over all minutes at 50 ms, first lead, as others measured it.
_PUBLISHED = {"biosppy": 0.9835, "wfdb": 0.9808}
_PUBLISHED_BY = "ecg-tools, benchmark-qrs-detectors"


def score_detectors(database, methods=("ecgbook",), records=None, progress=True):
    """Find and score the R peaks in the first lead of each record.

    Records are independent, so inside ``joblib.parallel_config(n_jobs=...)`` they are done
    in parallel.

    Parameters
    ----------
    database : Database
        Records with annotated beats, such as MIT-BIH.
    methods : sequence of str, default ("ecgbook",)
        As in `ecgbook.signals.r_peaks`.
    records : sequence of str, optional
        Records to take; all of them if left out.
    progress : bool, default True
        Show a bar.

    Returns
    -------
    DataFrame
        One row for each record, method, tolerance and counting, with columns ``record``,
        ``patient``, ``method``, ``tolerance_ms``, ``counting`` and those of
        `ecgbook.evaluation.detection.score_beats`.
    """
    records = database.records if records is None else tuple(records)
    jobs = Parallel(return_as="generator")(
        delayed(_score_record)(database, record, methods) for record in records
    )
    bar = tqdm(jobs, total=len(records), desc="R peaks", unit="record", disable=not progress)
    return pd.DataFrame([row for rows in bar for row in rows])


def summarise(scores, n=1000, seed=0):
    """Sum the scores of `score_detectors` up over records.

    Parameters
    ----------
    scores : DataFrame
    n, seed : int
        Replicates of the bootstrap over patients, and its seed.

    Returns
    -------
    DataFrame
        One row for each method, tolerance and counting: ``records``, ``beats``, the report of
        `ecgbook.evaluation.detection.detection_report`, and ``f1_low`` and ``f1_high``, the
        95 % interval of the gross F1.
    """
    keys = ["method", "tolerance_ms", "counting"]
    rows = []
    for key, part in scores.groupby(keys, sort=False):
        counts = (part[name].to_numpy() for name in ("tp", "fp", "fn"))
        f1 = bootstrap(_f1, *counts, groups=part["patient"], n=n, seed=seed)
        rows.append(
            dict(zip(keys, key, strict=True))
            | {"records": len(part), "beats": int((part["tp"] + part["fn"]).sum())}
            | detection_report(part)
            | {"f1_low": f1.low, "f1_high": f1.high}
        )
    return pd.DataFrame(rows)


def run(*, method, profile, data):
    """Score one method on all records of MIT-BIH; a unit of ``ecgbook study``.

    Parameters
    ----------
    method : str
        As in `ecgbook.signals.r_peaks`.
    profile : str
        The work is the same in all profiles: a detector has no sizes.
    data : {"real", "auto", "synthetic"}
        As in `ecgbook.open_database`.

    Returns
    -------
    list of dict
        Fields of `ecgbook.results.Metric`: F1, sensitivity and positive predictive value at
        both tolerances by both countings, and the jitter.
    """
    database = open_database("mitdb", data)
    common = {"origin": database.origin, "simulated": database.simulated}
    return [m | common for m in metrics_of(summarise(score_detectors(database, [method])))]


def metrics_of(table):
    """Return the rows of `summarise` as metrics: a list of dict, see `run`."""
    return [metric for row in table.itertuples() for metric in _metrics(row)]


def _score_record(database, record, methods):
    ecg = database.read(record)
    rows = []
    for method in methods:
        peaks = r_peaks(ecg, method=method)
        for tolerance_ms in TOLERANCES_MS:
            for counting, start_s in COUNTINGS.items():
                key = {"record": record, "patient": ecg.patient, "method": method}
                key |= {"tolerance_ms": tolerance_ms, "counting": counting}
                scores = score_beats(ecg.annotations, peaks, ecg.fs, tolerance_ms / 1000, start_s)
                rows.append(key | scores)
    return rows


def _metrics(row):
    """Return the metrics of one row of `summarise`."""
    case = f"{row.tolerance_ms}ms_{row.counting}_{row.method}"
    learning = "first 5 min not counted" if row.counting == "ec57" else "all minutes"
    common = {
        "n": row.beats,
        "protocol": f"EC57, {row.tolerance_ms} ms, {learning}, gross",
        "split": f"first lead of {row.records} records",
    }
    f1 = {"name": f"f1_{case}", "label": f"F1 of {row.method}", "value": row.f1}
    f1 |= {"low": row.f1_low, "high": row.f1_high}
    if (row.tolerance_ms, row.counting) == (50, "all") and row.method in _PUBLISHED:
        f1 |= {"published": _PUBLISHED[row.method], "source": _PUBLISHED_BY}
    metrics = [f1 | {"unit": "%"}]
    for name, (label, unit) in _OTHERS.items():
        label = f"{label} of {row.method}"
        value = getattr(row, name)
        metrics.append({"name": f"{name}_{case}", "label": label, "value": value, "unit": unit})
    return [metric | common for metric in metrics]


# Column of `summarise`: what tables call it, and its unit.
_OTHERS = {
    "se": ("Sensitivity", "%"),
    "ppv": ("Positive predictive value", "%"),
    "jitter_ms": ("Median jitter", "ms"),
    "jitter_iqr_ms": ("Interquartile range of jitter", "ms"),
}


def _f1(tp, fp, fn):
    return 2 * tp.sum() / (2 * tp.sum() + fp.sum() + fn.sum())
