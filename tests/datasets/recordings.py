"""Small databases and beats in memory, to feed recipes without files."""

from itertools import count
from types import SimpleNamespace

import numpy as np
import pandas as pd

from ecgbook import Annotations, Recording
from ecgbook.datasets import Examples

_NUMBER = count()


class MadeDatabase:
    """Recordings by name behind the interface of `ecgbook.sources.database.Database`."""

    def __init__(self, recordings):
        self.by_name = {r.record: r for r in recordings}
        # A name of its own, so that no test reads what another one has stored.
        self.name = f"made-{next(_NUMBER)}"
        self.simulated = True
        self.records = tuple(self.by_name)
        self.info = SimpleNamespace(version="1", fs=recordings[0].fs, tables=())
        self.read_records = []

    def read(self, record):
        self.read_records.append(record)
        return self.by_name[record]


def ramp(record="r1", symbols="NVNAN", fs=360, leads=("MLII",), patient="p1", seconds=10):
    """A signal whose value is its own sample number / 1000, with beats 1 s apart."""
    time = np.arange(seconds * fs, dtype=np.float32) / 1000
    sample = fs * (1 + np.arange(len(symbols)))
    return Recording(
        np.stack([time] * len(leads)),
        fs=fs,
        leads=leads,
        database="made",
        record=record,
        patient=patient,
        annotations=Annotations(sample, list(symbols)),
    )


def make_beats(labels="NNVVQ", patients=None, features=None, rows=None, **changes):
    """Return beats of four samples with one letter a label and a patient."""
    classes = ("N", "S", "V", "F", "Q")
    n = len(labels)
    who = list(patients or "a" * n)
    table = {"patient": who, "record": who, "sample": np.arange(n) * 100, **(rows or {})}
    values = {
        "x": np.arange(n * 4, dtype=np.float32).reshape(n, 1, 4),
        "y": [classes.index(c) for c in labels],
        "classes": classes,
        "rows": pd.DataFrame(table),
        "fs": 100.0,
        "leads": ("II",),
    }
    beats = Examples(**{**values, **changes})
    return beats.with_features(features) if features else beats
