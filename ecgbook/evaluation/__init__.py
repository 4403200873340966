"""Honest scores: published definitions, intervals over patients, choices made on validation.

>>> report(task, y, probability, patient)  # doctest: +SKIP
>>> paired_difference(task, y, probability_a, probability_b, patient)  # doctest: +SKIP
"""

from ecgbook.evaluation.bootstrap import Interval, bootstrap
from ecgbook.evaluation.calibration import (
    apply_temperature,
    brier_score,
    calibration_error,
    fit_temperature,
    reliability_curve,
    top_label,
)
from ecgbook.evaluation.cascade import cascade_cost, cascade_report
from ecgbook.evaluation.confusion import accuracy, confusion_by_group, confusion_matrix, f1_score
from ecgbook.evaluation.detection import (
    detection_report,
    flutter_episodes,
    match_beats,
    score_beats,
)
from ecgbook.evaluation.ec57 import ec57_scores, j_kappa
from ecgbook.evaluation.ranking import auroc, average_precision, best_f1
from ecgbook.evaluation.reporting import influence, paired_difference, report, score
from ecgbook.evaluation.resampling import patient_weights, percentile_interval
from ecgbook.evaluation.scores import SCORES, Score
from ecgbook.evaluation.thresholds import (
    Threshold,
    choose_threshold,
    choose_thresholds,
    operating_points,
)

__all__ = [
    "SCORES",
    "Interval",
    "Score",
    "Threshold",
    "accuracy",
    "apply_temperature",
    "auroc",
    "average_precision",
    "best_f1",
    "bootstrap",
    "brier_score",
    "calibration_error",
    "cascade_cost",
    "cascade_report",
    "choose_threshold",
    "choose_thresholds",
    "confusion_by_group",
    "confusion_matrix",
    "detection_report",
    "ec57_scores",
    "f1_score",
    "fit_temperature",
    "flutter_episodes",
    "influence",
    "j_kappa",
    "match_beats",
    "operating_points",
    "paired_difference",
    "patient_weights",
    "percentile_interval",
    "reliability_curve",
    "report",
    "score",
    "score_beats",
    "top_label",
]
