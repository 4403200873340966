"""Real noise added to a recording, in amounts that the Noise Stress Test Database has named."""

from dataclasses import replace

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.signals.checks import require_duration, require_whole
from ecgbook.signals.detector import QRS_S
from ecgbook.signals.simple_beats import simple_beats

__all__ = ["add_noise", "signal_to_noise_db"]

_CHUNK_S = 1.0
_LEFT_OUT = 0.05  # at either end


def add_noise(recording, noise, snr_db, *, seed):
    """Add a piece of real noise, cut out at random, at a given ratio of signal to noise.

    Parameters
    ----------
    recording : Recording
        Each lead gets a noise of its own size, so that the ratio holds in all of them.
    noise : Recording
        Noise alone, such as ``open_database("nstdb").read("ma")``, at least as long. It is brought
        to the rate of ``recording``; its unit does not matter. The first lead gets one of its
        leads, by chance, and the next leads the next ones in turn.
    snr_db : float
        Ratio in decibels as in `signal_to_noise_db`: 24 is hardly seen, 0 hides P waves, and below
        that QRS complexes go under.
    seed : int, sequence of int, or numpy.random.Generator
        Of the draws. One seed gives the same piece at every ratio.

    Returns
    -------
    Recording
        With the annotations of ``recording``. The piece is added without its mean.

    Raises
    ------
    RecordInvalid
        If a sample is missing in one of the two, the noise is shorter than the recording, one of
        them is flat, the recording is shorter than 1 s, or the ratio is no finite number.
    """
    if not np.isfinite(snr_db):
        raise RecordInvalid(f"a ratio of signal to noise is a finite number of dB, got {snr_db!r}")
    piece = _piece(recording, noise, np.random.default_rng(seed))
    excess_db = signal_to_noise_db(recording, piece) - snr_db
    gain = 10 ** (excess_db / 20)
    return replace(recording, signal=(recording.signal + gain[:, None] * piece).astype(np.float32))


def signal_to_noise_db(recording, noise):
    """Return the ratio of signal to noise of each lead in decibels, array of float64 (lead,).

    As the program ``nst`` defined it for the Noise Stress Test Database: ``10 log10(S / N)``,
    where S is the power of a sine as tall as the QRS complexes, ``height ** 2 / 8``, their mean
    height from peak to trough within 50 ms of the R peak, and N the square of the mean deviation
    (root mean square) of the noise within stretches of 1 s. Both means are over the middle 90 %.
    So a heart that beats twice as often is no larger signal, and wander slower than a second
    counts little as noise: at the same ratio it is taller than muscle noise.

    Here `ecgbook.signals.simple_beats` finds the QRS complexes. A lead in which there are none is
    as tall as its stretches of 1 s are.

    Parameters
    ----------
    recording : Recording
        Without the noise.
    noise : array, shape (lead, time)
        What is added to each of its leads.

    Raises
    ------
    RecordInvalid
        If shapes differ, a sample is missing, a lead of one of the two is flat, or the recording is
        shorter than 1 s.

    References
    ----------
    Moody, Muldrow, Mark (1984), A noise stress test for arrhythmia detectors, Computers in
    Cardiology 11:381; nst(1) of the WFDB Applications Guide.
    """
    require_whole(recording)
    require_duration(recording, _CHUNK_S, "a ratio of signal to noise")
    noise = np.asarray(noise, dtype=np.float64)
    if noise.shape != recording.signal.shape or not np.isfinite(noise).all():
        raise RecordInvalid(
            f"{recording.name}: noise needs the shape {recording.signal.shape} and no gap, "
            f"got {noise.shape}"
        )
    height = np.array([_height(lead, recording.fs) for lead in recording.signal])
    spread = np.array([_trimmed_mean(_chunks(x, recording.fs).std(axis=1)) for x in noise])
    if not (height > 0).all() or not (spread > 0).all():
        flat = "the recording" if not (height > 0).all() else "the noise"
        raise RecordInvalid(f"{recording.name}: {flat} is flat in a lead: there is no ratio")
    return 10 * np.log10(height**2 / 8 / spread**2)


def _piece(recording, noise, rng):
    """Return noise like the recording, (lead, time), cut out and chosen by chance."""
    require_whole(noise)
    leads, n = recording.signal.shape
    longest, needed = noise.signal.shape[1], int(np.ceil(recording.duration_s * noise.fs)) + 1
    if longest < needed:
        raise RecordInvalid(
            f"{noise.name} lasts {noise.duration_s:g} s, {recording.name} {recording.duration_s:g} "
            f"s: noise must be longer than what it is added to"
        )
    start = int(rng.integers(longest - needed + 1))
    chosen = (rng.integers(len(noise.leads)) + np.arange(leads)) % len(noise.leads)
    cut = replace(noise, signal=noise.signal[:, start : start + needed], annotations=None)
    piece = cut.resample(recording.fs).signal[chosen, :n].astype(np.float64)
    piece[np.ptp(cut.signal, axis=1)[chosen] == 0] = 0  # what the filter makes of a flat one
    return piece - piece.mean(axis=1, keepdims=True)


def _height(signal, fs):
    """Return how tall the QRS complexes of a lead are from peak to trough, in mV."""
    peaks, half = simple_beats(signal, fs), round(QRS_S / 2 * fs)
    if not len(peaks):
        return _trimmed_mean(np.ptp(_chunks(signal, fs), axis=1))
    around = np.clip(peaks[:, None] + np.arange(-half, half + 1), 0, len(signal) - 1)
    return _trimmed_mean(np.ptp(signal[around], axis=1))


def _chunks(signal, fs):
    """Cut a signal into stretches of 1 s, (chunk, time), without the rest."""
    size = round(_CHUNK_S * fs)
    return signal[: len(signal) // size * size].reshape(-1, size)


def _trimmed_mean(values):
    """Return the mean without the smallest and the largest 5 % of the values."""
    out = int(_LEFT_OUT * len(values))
    return float(np.sort(values)[out : len(values) - out].mean(dtype=np.float64))
