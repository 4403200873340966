"""Honest scores: published definitions, intervals over patients, choices made on validation."""

from ecgbook.evaluation.anomaly import anomaly_report
from ecgbook.evaluation.bootstrap import Interval, bootstrap
from ecgbook.evaluation.calibration import (
    BrierParts,
    apply_temperature,
    brier_parts,
    brier_score,
    calibration_error,
    fit_temperature,
    reliability_curve,
    top_label,
)
from ecgbook.evaluation.classification import classification_report
from ecgbook.evaluation.confusion import confusion_by_group, confusion_matrix
from ecgbook.evaluation.detection import (
    detection_report,
    flutter_episodes,
    match_beats,
    score_beats,
)
from ecgbook.evaluation.ec57 import EC57_CLASSES, ec57_report, ec57_scores, j_kappa
from ecgbook.evaluation.hierarchy import hierarchy_cost
from ecgbook.evaluation.ranking import auroc, average_precision, best_f1
from ecgbook.evaluation.resampling import patient_weights, percentile_interval
from ecgbook.evaluation.thresholds import Threshold, choose_threshold

__all__ = [
    "EC57_CLASSES",
    "BrierParts",
    "Interval",
    "Threshold",
    "anomaly_report",
    "apply_temperature",
    "auroc",
    "average_precision",
    "best_f1",
    "bootstrap",
    "brier_parts",
    "brier_score",
    "calibration_error",
    "choose_threshold",
    "classification_report",
    "confusion_by_group",
    "confusion_matrix",
    "detection_report",
    "ec57_report",
    "ec57_scores",
    "fit_temperature",
    "flutter_episodes",
    "hierarchy_cost",
    "j_kappa",
    "match_beats",
    "patient_weights",
    "percentile_interval",
    "reliability_curve",
    "score_beats",
    "top_label",
]
