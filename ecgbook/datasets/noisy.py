"""Recordings with real noise on them, to see what a model still finds."""

from dataclasses import replace
from zlib import crc32

import numpy as np

from ecgbook.datasets.ragged import Ragged
from ecgbook.recording import Recording
from ecgbook.signals.noise import add_noise

__all__ = ["with_noise"]


def with_noise(records, noise, snr_db, *, seed=0):
    """Return recordings with a piece of real noise added to each (`ecgbook.signals.add_noise`).

    The piece depends on the seed and on the name of the recording, not on the ratio nor on which
    other recordings are there: models and ratios are compared on the same noise.

    Parameters
    ----------
    records : Examples
        Whole recordings in mV, not padded, such as those of `rhythm_records`.
    noise : Recording
        Noise alone, such as ``open_database("nstdb").read("ma")``.
    snr_db, seed : float, int
        Ratio of signal to noise in decibels, and seed of the draws.

    Returns
    -------
    records : Examples
        Errors are those of `ecgbook.signals.add_noise`.
    """
    noisy = []
    for name, signal in zip(records.record, records.x, strict=True):
        clean = Recording(signal, records.fs, records.leads, record=name)
        noisy.append(add_noise(clean, noise, snr_db, seed=[seed, crc32(name.encode())]).signal)
    x = Ragged.of(noisy) if isinstance(records.x, Ragged) else np.stack(noisy)
    recipe = records.recipe | {"noise": noise.name, "snr_db": snr_db, "noise_seed": seed}
    return replace(records, x=x, recipe=recipe)
