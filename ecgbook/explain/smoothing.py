"""Smoothing along time: single samples of an attribution say little."""

import numpy as np
from scipy.ndimage import uniform_filter1d

from ecgbook.errors import ExplanationInvalid

__all__ = ["smoothed"]


def smoothed(attribution, width):
    """Return the mean over ``width`` samples around each, float32 (batch, lead, time).

    At the ends the first or last value is held.

    >>> smoothed(np.array([[[0.0, 3.0, 0.0, 0.0]]]), 3)
    array([[[1., 1., 1., 0.]]], dtype=float32)
    """
    attribution = np.asarray(attribution, np.float32)
    if not 1 <= width <= attribution.shape[-1]:
        raise ExplanationInvalid(
            f"the width must be 1 to {attribution.shape[-1]} samples, got {width}"
        )
    return uniform_filter1d(attribution, width, axis=-1, mode="nearest")
