"""What a single beat cannot show: how early it came, and how unlike its neighbours it is."""

from dataclasses import replace

import numpy as np

from ecgbook.datasets.cutting import RR_FEATURES
from ecgbook.errors import RecordInvalid

__all__ = ["RR_RATIOS", "with_rr_ratios", "with_template_difference"]

RR_RATIOS = (
    "log_rr_previous_to_local",
    "log_rr_next_to_local",
    "log_rr_previous_to_next",
    "log_rr_previous_to_mean",
)

# A beat is on time if it comes no earlier than this share of the local mean RR interval.
_ON_TIME = 0.95


def with_rr_ratios(beats):
    """Replace RR intervals in s by ratios, which mean the same in a fast and a slow heart.

    Parameters
    ----------
    beats : Examples
        With the features of `ecgbook.datasets.aami_beats`, else `RecordInvalid` is raised.

    Returns
    -------
    beats : Examples
        Features `RR_RATIOS`, logarithms, so that twice as early and twice as late are equally
        far from 0: the RR interval before the beat against the local mean, the one after it
        against the local mean, the two against each other, and the one before it against
        the mean of its recording. The mean and not the median: where early beats are the rule,
        the median is one of them, and only their pauses tell.
    """
    if beats.feature_names != RR_FEATURES:
        raise RecordInvalid(
            f"RR ratios need the features {', '.join(RR_FEATURES)}; "
            f"there are {', '.join(beats.feature_names) or 'none'}"
        )
    previous, after, local = np.maximum(beats.features, 1e-3).T
    _, number = np.unique(beats.record, return_inverse=True)
    mean = (np.bincount(number, previous) / np.bincount(number))[number]
    ratios = [previous / local, after / local, previous / after, previous / mean]
    return beats.with_features(dict(zip(RR_RATIOS, np.log(np.stack(ratios)), strict=True)))


def with_template_difference(beats):
    """Add, lead by lead, the difference from the template beat of the same recording.

    The template is the median of the beats that did not come early, so that a heart with many
    early beats is not measured against them. It needs the recording, and no label.

    Parameters
    ----------
    beats : Examples
        With the features of `with_rr_ratios`, else `RecordInvalid` is raised.

    Returns
    -------
    beats : Examples
        Twice the leads: ``II`` is followed, at the end, by ``II − template``.
    """
    if beats.feature_names != RR_RATIOS:
        raise RecordInvalid("the template needs RR ratios: call with_rr_ratios first")
    on_time = beats.features[:, 0] >= np.log(_ON_TIME)
    template = np.empty_like(beats.x)
    for name in np.unique(beats.record):
        own = beats.record == name
        some = own & on_time if (own & on_time).any() else own
        template[own] = np.median(beats.x[some], axis=0)
    leads = (*beats.leads, *(f"{lead} − template" for lead in beats.leads))
    return replace(beats, x=np.concatenate([beats.x, beats.x - template], axis=1), leads=leads)
