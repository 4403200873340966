"""The simulated strips that come with a live network, at the rate that it takes."""

from base64 import b64encode
from dataclasses import dataclass, replace

import numpy as np

from ecgbook.recording import Recording
from ecgbook.simulator import Noise, simulate

__all__ = ["Strip", "simulated_strip", "strip_content"]

_UV_PER_MV = 1000


@dataclass(frozen=True, eq=False)
class Strip:
    """One simulated ECG and what is known of its beats.

    Parameters
    ----------
    title : str
        What it shows, such as ``"atrial fibrillation"``.
    recording : Recording
        In whole microvolts, so that a page has the same numbers.
    beats : list of dict
        By beat: its sample ``r`` and ``symbol``; ``qrs``, ``t`` and ``p`` with begin and end in
        samples; ``p`` is None where no P wave belongs to the beat.
    """

    title: str
    recording: Recording
    beats: list


def simulated_strip(title, condition, *, fs, recorded_hz, seed, noise=None, **options):
    """Simulate a strip as a device records it, at ``recorded_hz``, and bring it to ``fs`` (Hz).

    ``noise`` is that of `ecgbook.simulator.Noise` by name; other options are those of `simulate`.
    """
    how = {"noise": Noise(**(noise or {})), "seed": seed, "fs": recorded_hz}
    simulation = simulate(condition, **how, **options)
    recording = simulation.recording().resample(fs)
    signal = np.rint(recording.signal * _UV_PER_MV) / _UV_PER_MV
    recording = replace(recording, signal=signal.astype(np.float32))
    return Strip(title, recording, _beats(simulation.truth[0], fs / recorded_hz))


def strip_content(strip):
    """Return a strip as JSON holds it, its signal in base64: microvolts as int16, lead by lead."""
    microvolts = np.rint(strip.recording.signal * _UV_PER_MV).astype("<i2")
    return {
        "title": strip.title,
        "fs": strip.recording.fs,
        "leads": list(strip.recording.leads),
        "beats": strip.beats,
        "signal": b64encode(microvolts.tobytes()).decode("ascii"),
    }


def _beats(truth, ratio):
    """Return what is known of each beat, in samples of another rate."""

    def moved(samples):
        return [int(sample) for sample in np.rint(np.asarray(samples) * ratio)]

    beats = []
    for r, symbol, qrs, t in zip(truth.r_peak, truth.symbol, truth.qrs, truth.t, strict=True):
        p = _p_before(truth, qrs[0], beats[-1]["r"] / ratio if beats else 0)
        beat = {"r": moved([r])[0], "symbol": str(symbol), "qrs": moved(qrs), "t": moved(t)}
        beats.append(beat | {"p": None if p is None else moved(p)})
    return beats


def _p_before(truth, begin, after):
    """Return the P wave that ends before a QRS complex begins, and begins after the last R peak."""
    conducted = truth.p[~truth.p_blocked & (truth.p[:, 0] > after) & (truth.p[:, 1] <= begin)]
    return conducted[-1] if len(conducted) else None
