"""Recordings whose rhythm is easily told, to feed the study of chapter 7 without files."""

import numpy as np
import pandas as pd

from ecgbook.datasets import Examples, Ragged
from ecgbook.datasets.rhythm import RHYTHM_CLASSES

TWINS = {"N1": "N0", "A1": "A0"}  # two names of one ECG


def make_recordings(n=10, fs=300, seconds=12, classes=RHYTHM_CLASSES, seed=0):
    """Return ``n`` recordings of each rhythm in mV: spikes on noise, evenly spaced or not.

    The second of N and of A is the first one under another name.
    """
    rng = np.random.default_rng(seed)
    names = [f"{c}{k}" for c in classes for k in range(n)]
    signals = [_signal(name[0], rng, fs, seconds + k % 3) for k, name in enumerate(names)]
    for twin, first in TWINS.items():
        if {twin, first} <= set(names):
            signals[names.index(twin)] = signals[names.index(first)]
    rows = {"patient": [TWINS.get(name, name) for name in names], "record": names, "sample": 0}
    y, recipe = np.repeat(np.arange(len(classes)), n), {"simulated": True}
    about = {"fs": fs, "leads": ["ECG"], "recipe": recipe}
    return Examples(Ragged.of(signals), y, classes, pd.DataFrame(rows), **about)


def _signal(rhythm, rng, fs, seconds):
    rr_s = {"N": 0.8, "A": 0.6, "O": 1.1, "~": 0.4}[rhythm]
    spread = 0.25 if rhythm == "A" else 0.01
    beats_s = np.cumsum(rr_s * np.exp(spread * rng.normal(size=200)))
    signal = 0.02 * rng.normal(size=(1, seconds * fs))
    at = np.rint(fs * beats_s[beats_s < seconds - 0.2]).astype(int)
    width = max(1, fs // 50)
    for k in range(width):
        signal[0, at + k] += 1 - k / width
    return signal.astype(np.float32)
