"""Where a wave is largest and where it begins and ends: array operations for all beats at once.

Signals are (lead, time), positions (lead, beat), and no step loops over beats or samples.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d

from ecgbook.signals.detector import moving_mean
from ecgbook.signals.waves import ABSENT

__all__ = ["Rule", "bounds", "bulge", "edges", "largest", "odd", "placed", "slope", "windows"]

# For so long the slope must stay small before a wave counts as over: a notch is shorter.
QUIET_S = 0.020
# What stands out less than this in the median of the leads is no wave, in mV.
SMALLEST_MV = 0.003


@dataclass(frozen=True)
class Rule:
    """What tells one kind of wave from the others.

    Parameters
    ----------
    wide_s, narrow_s : float
        Lengths of signal that stand out at such a wave, to find it and to place its peak.
    slope_s : float
        Length of the means whose difference is its slope.
    fraction : float
        It ends where the slope falls below this part of its steepest flank.
    flank_s, reach_s : float
        How far from the peak the steepest flank and the end can be.
    lead_s : float
        How far a lead's own peak can be from that of all leads.
    """

    wide_s: float
    narrow_s: float
    slope_s: float
    fraction: float
    flank_s: float
    reach_s: float
    lead_s: float = 0.0


def bulge(signal, width_s, fs):
    """Return by how many mV ``width_s`` of signal exceed the mean of as much on either side.

    The `ecgbook.signals.detector.stand_out` of any length and of all leads: 0 on a straight line,
    positive at a hill of that length, negative at a hollow.
    """
    width = odd(width_s * fs)
    mean = moving_mean(_extended(signal, width), width)
    return mean[:, width:-width] - (mean[:, : -2 * width] + mean[:, 2 * width :]) / 2


def slope(signal, width_s, fs):
    """Return the size of the difference between the means after and before each sample, in mV."""
    width = odd(width_s * fs)
    half = (width + 1) // 2
    mean = moving_mean(_extended(signal, half), width)
    return np.abs(mean[:, 2 * half :] - mean[:, : -2 * half])


def windows(signal, at):
    """Return ``signal`` (lead, time) at samples ``at`` (lead, beat, time), clipped at the ends."""
    rows = np.arange(len(signal))[:, None, None]
    return signal[rows, np.clip(at, 0, signal.shape[1] - 1)]


def largest(signal, low, high):
    """Return the sample with the largest value in each ``[low, high]``, shape (lead, beat)."""
    low, high = (np.broadcast_to(edge, (len(signal), np.shape(edge)[-1])) for edge in (low, high))
    at = low[..., None] + np.arange(max(1, np.max(high - low, initial=0) + 1))
    inside = at <= np.minimum(high, signal.shape[1] - 1)[..., None]
    values = np.where(inside, windows(signal, at), -np.inf)
    return low + values.argmax(axis=-1)


def edges(steep, peak, rule, fs):
    """Return the first and last sample of waves, two arrays (lead, beat).

    On each side of the peak the slope ``steep`` (lead, time) has a flank, its largest value
    within ``flank_s``. Beyond it the wave is over at the first sample from which the slope stays
    below ``fraction`` of the flank for 20 ms; where it never does, where the slope is least.
    """
    return _edge(steep, peak, -1, rule, fs), _edge(steep, peak, 1, rule, fs)


def _edge(steep, peak, side, rule, fs):
    quiet = max(1, round(QUIET_S * fs))
    # The largest slope of the 20 ms that begin (or end) at each sample.
    origin = -(quiet // 2) if side > 0 else (quiet - 1) // 2
    ahead = maximum_filter1d(steep, quiet, axis=-1, origin=origin, mode="nearest")
    step = np.arange(round(rule.reach_s * fs) + 1)
    at = peak[..., None] + side * step
    flank = windows(steep, at[..., : round(rule.flank_s * fs) + 1])
    beyond = step > flank.argmax(axis=-1)[..., None]
    rest = np.where(beyond, windows(ahead, at), np.inf)
    is_over = rest < rule.fraction * flank.max(axis=-1, keepdims=True)
    steps = np.where(is_over.any(axis=-1), is_over.argmax(axis=-1), rest.argmin(axis=-1))
    return peak + side * steps


def _extended(signal, width):
    return np.pad(signal, ((0, 0), (width, width)), mode="edge")


def bounds(signal, peak, centre, rule, fs):
    """Return begin and end in each lead, (lead, beat), and in the median of all, (beat,) each.

    ``peak`` is the lead's own, (lead, beat), ``centre`` that of the median, (1, beat).
    """
    steep = slope(signal, rule.slope_s, fs)
    peak = np.broadcast_to(peak, (len(signal), peak.shape[1]))
    own = edges(steep, peak, rule, fs)
    common = edges(np.median(steep, axis=0, keepdims=True), centre, rule, fs)
    begin, end = ((a + b) // 2 for a, b in zip(own, common, strict=True))
    last = signal.shape[1] - 1
    return begin, end, [np.clip(edge[0], 0, last) for edge in common]


def _located(signal, low, high, rule, fs):
    """Return the peak in each lead, (lead, beat), and that in the median of the leads, (1, beat).

    The median's lies in ``[low, high]``, where ``rule.wide_s`` stand out most; the lead's own is
    near by, and is where ``rule.narrow_s`` stand out most on the side of that wave.
    """
    wide = bulge(signal, rule.wide_s, fs)
    centre = largest(np.median(np.abs(wide), axis=0, keepdims=True), low, high)
    near = round(rule.lead_s * fs)
    peak = largest(np.abs(wide), np.maximum(low, centre - near), np.minimum(high, centre + near))
    peak = np.clip(peak, 0, signal.shape[1] - 1)
    sign = np.sign(np.take_along_axis(wide, peak, axis=1))[..., None]
    near = round(rule.narrow_s / 2 * fs)
    at = peak[..., None] + np.arange(-near, near + 1)
    peak += (sign * windows(bulge(signal, rule.narrow_s, fs), at)).argmax(axis=-1) - near
    return peak, centre


def placed(signal, low, high, latest, rule, fs):
    """Return a wave (3, lead, beat) with its peak in ``[low, high]`` and before ``latest``."""
    possible = low < high
    high = np.maximum(high, low)
    peak, centre = _located(signal, low, high, rule, fs)
    begin, end, _ = bounds(signal, peak, centre, rule, fs)
    wave = np.stack([np.minimum(begin, peak), peak, np.maximum(end, peak)])
    size = np.median(np.abs(bulge(signal, rule.wide_s, fs)), axis=0)
    size = size[np.clip(centre[0], 0, signal.shape[1] - 1)]
    # What is largest where the search ends is the slope of something beyond, not a wave.
    possible &= centre[0] < latest
    wave[:, :, ~possible | (size < SMALLEST_MV)] = ABSENT
    return wave


def odd(samples):
    """Return an odd number of samples near ``samples``."""
    return round(samples) | 1
