"""Honest scores: published definitions, intervals over patients, choices made on validation.

>>> report(task, y, probability, patient)  # doctest: +SKIP
>>> paired_difference(task, y, probability_a, probability_b, patient)  # doctest: +SKIP
"""

from ecgbook.evaluation.abstaining import Confidence, choose_confidence, coverage_report
from ecgbook.evaluation.alarms import per_hour
from ecgbook.evaluation.bootstrap import Interval, bootstrap
from ecgbook.evaluation.calibration import (
    apply_temperature,
    calibration_error,
    fit_temperature,
    reliability_curve,
    top_label,
)
from ecgbook.evaluation.cascade import cascade_cost, cascade_report
from ecgbook.evaluation.challenge2017 import challenge2017_f1
from ecgbook.evaluation.challenge2021 import (
    CHALLENGE_CLASSES,
    challenge2021_score,
    challenge2021_weights,
)
from ecgbook.evaluation.challenge_thresholds import choose_challenge_thresholds
from ecgbook.evaluation.conformal import (
    conformal_limit,
    conformal_limits,
    prediction_sets,
    sets_that_hold,
)
from ecgbook.evaluation.confusion import accuracy, confusion_matrix, f1_score
from ecgbook.evaluation.detection import (
    detection_difference,
    detection_influence,
    detection_rows,
    match_beats,
    score_beats,
)
from ecgbook.evaluation.ec57 import ec57_scores, j_kappa
from ecgbook.evaluation.ranking import auroc
from ecgbook.evaluation.reporting import (
    difference_by_patient,
    influence,
    paired_difference,
    report,
    score,
)
from ecgbook.evaluation.resampling import patient_weights, percentile_interval
from ecgbook.evaluation.scores import SCORES, Score
from ecgbook.evaluation.thresholds import Threshold, choose_threshold, choose_thresholds

__all__ = ["SCORES", "Score", "accuracy", "auroc", "confusion_matrix", "ec57_scores", "f1_score"]
__all__ += ["difference_by_patient", "influence", "j_kappa", "paired_difference", "report", "score"]
__all__ += ["Interval", "bootstrap", "patient_weights", "percentile_interval"]
__all__ += ["Threshold", "cascade_cost", "cascade_report", "choose_threshold", "choose_thresholds"]
__all__ += ["apply_temperature", "calibration_error", "fit_temperature", "reliability_curve"]
__all__ += ["detection_difference", "detection_influence", "detection_rows", "match_beats"]
__all__ += ["score_beats", "top_label"]
__all__ += ["Confidence", "challenge2017_f1", "choose_confidence", "coverage_report", "per_hour"]
__all__ += ["CHALLENGE_CLASSES", "challenge2021_score", "challenge2021_weights"]
__all__ += ["choose_challenge_thresholds"]
__all__ += ["conformal_limit", "conformal_limits", "prediction_sets", "sets_that_hold"]
