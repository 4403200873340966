"""What a single beat cannot show: how early it came, and how unlike its neighbours it is."""

from dataclasses import replace

import numpy as np

from ecgbook.datasets.cutting import RR_FEATURES
from ecgbook.errors import RecordInvalid

__all__ = ["RR_RATIOS", "with_median_beat", "with_rr_ratios"]

RR_RATIOS = (
    "log_rr_previous_to_local",
    "log_rr_next_to_local",
    "log_rr_previous_to_next",
    "log_rr_previous_to_mean",
)


def with_rr_ratios(beats):
    """Replace RR intervals in s by ratios, which mean the same in a fast and a slow heart.

    The logarithm makes twice as early and twice as late equally far from 0.

    Parameters
    ----------
    beats : BeatSet
        With the features of `ecgbook.datasets.aami_beats`.

    Returns
    -------
    BeatSet
        Features: the RR interval before the beat against the local mean, the one after it
        against the local mean, the two against each other, and the one before it against
        the mean of its recording (`RR_RATIOS`). The mean and not the median: where early
        beats are the rule, the median is one of them, and only their pauses tell.

    Raises
    ------
    RecordInvalid
        If the beats have no RR intervals.
    """
    if beats.feature_names != RR_FEATURES:
        raise RecordInvalid(
            f"RR ratios need the features {', '.join(RR_FEATURES)}; "
            f"there are {', '.join(beats.feature_names) or 'none'}"
        )
    previous, after, local = np.maximum(beats.features, 1e-3).T
    usual = _of_record(np.mean, previous, beats.record)
    ratios = [previous / local, after / local, previous / after, previous / usual]
    features = np.log(np.stack(ratios, axis=1)).astype(np.float32)
    return replace(beats, features=features, feature_names=RR_RATIOS)


def with_median_beat(beats):
    """Add, lead by lead, the difference from the median beat of the same recording.

    The median beat is what this patient's heart does most of the time, so the difference
    shows what is unusual about this beat. It needs the recording, and no label.

    Parameters
    ----------
    beats : BeatSet

    Returns
    -------
    BeatSet
        Twice the leads: ``II`` is followed, at the end, by ``II − median``.
    """
    usual = _of_record(np.median, beats.x, beats.record)
    leads = (*beats.leads, *(f"{lead} − median" for lead in beats.leads))
    return replace(beats, x=np.concatenate([beats.x, beats.x - usual], axis=1), leads=leads)


def _of_record(average, values, record):
    """Return, row by row, the average over all rows of the same record."""
    names, number = np.unique(record, return_inverse=True)
    averages = np.stack([average(values[number == i], axis=0) for i in range(len(names))])
    return averages[number]
