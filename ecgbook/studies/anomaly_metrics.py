"""What the units of chapter 3 report, as the fields of metrics."""

from itertools import product

from ecgbook.evaluation import anomaly_report

__all__ = ["judge", "metrics_of"]


def metrics_of(report, name, split, scores=("auroc", "auprc", "best_f1")):
    """Return a table of `ecgbook.evaluation.anomaly_report` as metrics: a list of dict.

    Parameters
    ----------
    report : DataFrame
    name : str
        Of method, protocol and view, such as ``madegan_by_beat_beat``.
    split : str
        Its leaks.
    scores : sequence of str
        Columns to take.
    """
    metrics = []
    for (kind, row), score in product(report.iterrows(), scores):
        part = "" if kind == "all" else f"{kind.lower()}_"
        words = f"{score.replace('_', ' ')} of {'all abnormal beats' if kind == 'all' else kind}"
        metrics.append(
            {
                "name": f"{score}_{part}{name}",
                "label": f"{words}, {name.replace('_', ' ')}",
                "value": row[score],
                "low": row[f"{score}_low"],
                "high": row[f"{score}_high"],
                "n": int(row["n"]),
                "protocol": name.replace("_", " "),
                "split": split,
            }
        )
    return metrics


def judge(beats, scored, name, split):
    """Return every score of some runs alone, and their AUROC with a clock: a list of dict.

    Parameters
    ----------
    beats : BeatSet
    scored : list of tuple
        One result of `ecgbook.studies.anomaly.score_test` for each seed.
    name, split : str
        As for `metrics_of`.
    """
    tested = beats[scored[0][0]]
    alone, with_clock = (
        anomaly_report(tested.y, scores, tested.patient, classes=tested.classes)
        for scores in ([run[k] for run in scored] for k in (1, 2))
    )
    metrics = metrics_of(alone, name, split)
    return metrics + metrics_of(with_clock, f"{name}_clock", split, ["auroc"])
