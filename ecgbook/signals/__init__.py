"""Signals: one recording in, one recording, its R peaks or its measures out."""

from ecgbook.signals.delineation import delineate, delineate_leads
from ecgbook.signals.filters import bandpass, highpass, lowpass, notch, remove_baseline
from ecgbook.signals.gaps import fill_gaps
from ecgbook.signals.mulaw import mu_law_decode, mu_law_encode
from ecgbook.signals.noise import add_noise, signal_to_noise_db
from ecgbook.signals.peaks import beat_sureness, r_peaks, r_peaks_with_confidence
from ecgbook.signals.quality import quality, verdict
from ecgbook.signals.rhythm import (
    HeartRateVariability,
    heart_rate_bpm,
    heart_rate_variability,
    rr_intervals_s,
)
from ecgbook.signals.simple_beats import simple_beats
from ecgbook.signals.st_segment import published_bandpass, st_level_mv
from ecgbook.signals.wavelets import wavelet_bands_hz, wavelet_denoise, without_approximation
from ecgbook.signals.waves import Wave, Waves

__all__ = ["bandpass", "fill_gaps", "highpass", "lowpass", "notch", "remove_baseline"]
__all__ += ["HeartRateVariability", "heart_rate_bpm", "heart_rate_variability", "rr_intervals_s"]
__all__ += ["beat_sureness", "r_peaks", "r_peaks_with_confidence", "simple_beats"]
__all__ += ["quality", "verdict"]
__all__ += ["add_noise", "signal_to_noise_db"]
__all__ += ["wavelet_bands_hz", "wavelet_denoise", "without_approximation"]
__all__ += ["mu_law_decode", "mu_law_encode"]
__all__ += ["published_bandpass", "st_level_mv"]
__all__ += ["Wave", "Waves", "delineate", "delineate_leads"]
