"""Recordings of twelve leads whose labels are easily told, to feed chapter 8 without files."""

import numpy as np
import pandas as pd

from ecgbook.conventions import TWELVE_LEADS
from ecgbook.datasets import Examples
from ecgbook.studies.lead_records import CLASSES

_SHOWN = ("NORM", "MI", "HYP", "AF", "NSR", "SB")  # each by a wave of its own; others by chance


def make_recordings(n=60, elsewhere=6, time=1000, seed=0):
    """Return ``n`` recordings in mV of as many patients, six a fold, and some of LUDB after them.

    The first of each fold has no superclass, the last no class of the Challenge.
    """
    rng = np.random.default_rng(seed)
    total = n + elsewhere
    y = rng.random((total, len(CLASSES))) < 0.3
    y[:, CLASSES.index("NSR")] |= ~y[:, 5:].any(axis=1)
    y[:, 0] |= ~y[:, :5].any(axis=1)
    place = np.arange(total) % 6
    y[(place == 0)[:, None] & (np.arange(31) < 5)] = False
    y[(place == 5)[:, None] & (np.arange(31) >= 5)] = False
    x = 0.1 * rng.normal(size=(total, 12, time))
    for k, name in enumerate(_SHOWN):
        wave = np.sin(2 * np.pi * (2 + 3 * k) * np.arange(time) / 100)
        x[:, k] += y[:, [CLASSES.index(name)]] * wave
    source = np.where(np.arange(total) < n, "ptb-xl", "ludb")
    fold = np.where(np.arange(total) < n, 1 + np.arange(total) // 6 % 10, 10)
    names = [f"r{k:02d}" for k in range(total)]
    rows = {"patient": names, "record": names, "sample": 0, "fold": fold, "source": source}
    rows |= {"age": np.where(place < 3, 45.0, 300.0), "sex": np.where(place % 2, "F", "M")}
    about = {"fs": 100, "leads": TWELVE_LEADS, "recipe": {"simulated": True}}
    return Examples(x.astype(np.float32), y, CLASSES, pd.DataFrame(rows), **about)
