"""Signals: one recording in, one recording, its R peaks or its measures out."""

from ecgbook.signals.filters import bandpass, highpass, lowpass, notch, remove_baseline
from ecgbook.signals.gaps import fill_gaps
from ecgbook.signals.peaks import r_peaks
from ecgbook.signals.quality import quality, verdict
from ecgbook.signals.rhythm import (
    HeartRateVariability,
    heart_rate_bpm,
    heart_rate_variability,
    rr_intervals_s,
)

__all__ = ["bandpass", "fill_gaps", "highpass", "lowpass", "notch", "remove_baseline"]
__all__ += ["HeartRateVariability", "heart_rate_bpm", "heart_rate_variability", "rr_intervals_s"]
__all__ += ["quality", "r_peaks", "verdict"]
