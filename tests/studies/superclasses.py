"""Recordings of three leads whose superclasses are easily told, to feed chapter 5 without files."""

import numpy as np
import pandas as pd

from ecgbook.datasets import Examples
from ecgbook.studies.picture_methods import CLASSES, LEADS


def make_recordings(n=60, time=1000, seed=0):
    """Return ``n`` recordings in mV of as many patients, six a fold; noise and a sine a class.

    Of six recordings in a row one has no class, four have one each, and one has all.
    """
    rng = np.random.default_rng(seed)
    kind = np.arange(n) % 6
    y = (kind[:, None] == np.arange(1, 5)) | (kind[:, None] == 5)
    waves = np.sin(2 * np.pi * np.outer(2 + 3 * np.arange(4), np.arange(time) / 100))
    x = 0.1 * rng.normal(size=(n, 3, time)) + (y @ waves)[:, None]
    names = [f"r{k:02d}" for k in range(n)]
    rows = {"patient": names, "record": names, "sample": 0, "fold": 1 + np.arange(n) // 6 % 10}
    about = {"fs": 100, "leads": LEADS, "recipe": {"simulated": True}}
    return Examples(x.astype(np.float32), y, CLASSES, pd.DataFrame(rows), **about)
