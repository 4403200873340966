"""Signals that the tests of pictures share."""

import numpy as np
import pytest

from ecgbook import open_database
from ecgbook.simulator import simulate


def made(n=40, time=187, seed=0):
    """Random walks: float32 (n, time), rounded so that some samples are equal."""
    steps = np.random.default_rng(seed).normal(size=(n, time))
    return steps.cumsum(axis=1).round(1).astype(np.float32)


def real_beats(n=4000, time=187):
    """Windows of leads of MIT-BIH at 125 Hz, float32 (n, time)."""
    database = open_database("mitdb")
    if database.simulated:
        pytest.skip("these are to be real")
    found = []
    for record in database.records[::6]:
        signal = database.read(record).resample(125).signal[0]
        found += list(signal[: len(signal) // time * time].reshape(-1, time)[:600])
    return np.stack(found[:n])


def ecg(condition="normal", fs=100.0, duration_s=10.0, seed=0):
    """Leads I, II and V2 of a simulated ECG, float32 (3, time)."""
    leads = ("I", "II", "V2")
    return simulate(condition, fs=fs, duration_s=duration_s, leads=leads, seed=seed).signal[0]
