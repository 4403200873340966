"""Honest scores: published definitions, intervals over patients, choices made on validation.

>>> report(task, y, probability, patient)  # doctest: +SKIP
>>> paired_difference(task, y, probability_a, probability_b, patient)  # doctest: +SKIP
"""

from ecgbook.evaluation.bootstrap import Interval, bootstrap
from ecgbook.evaluation.calibration import (
    apply_temperature,
    calibration_error,
    fit_temperature,
    reliability_curve,
    top_label,
)
from ecgbook.evaluation.cascade import cascade_cost, cascade_report
from ecgbook.evaluation.confusion import accuracy, confusion_matrix, f1_score
from ecgbook.evaluation.detection import detection_report, match_beats, score_beats
from ecgbook.evaluation.ec57 import ec57_scores, j_kappa
from ecgbook.evaluation.ranking import auroc
from ecgbook.evaluation.reporting import influence, paired_difference, report, score
from ecgbook.evaluation.resampling import patient_weights, percentile_interval
from ecgbook.evaluation.scores import SCORES, Score
from ecgbook.evaluation.thresholds import Threshold, choose_threshold, choose_thresholds

__all__ = [
    "SCORES",
    "Interval",
    "Score",
    "Threshold",
    "accuracy",
    "apply_temperature",
    "auroc",
    "bootstrap",
    "calibration_error",
    "cascade_cost",
    "cascade_report",
    "choose_threshold",
    "choose_thresholds",
    "confusion_matrix",
    "detection_report",
    "ec57_scores",
    "f1_score",
    "fit_temperature",
    "influence",
    "j_kappa",
    "match_beats",
    "paired_difference",
    "patient_weights",
    "percentile_interval",
    "reliability_curve",
    "report",
    "score",
    "score_beats",
    "top_label",
]
