"""CinC Challenge 2017: one lead of a hand-held recorder, one rhythm label a record."""

import pandas as pd

from ecgbook.errors import DataCorrupt
from ecgbook.sources.database import WfdbDatabase

__all__ = ["Challenge2017"]

_TABLE = "REFERENCE-v3.csv"
_CLASSES = frozenset("NAO~")

# The same signal under two names.
_TWINS = {"A01176": "A00227", "A03123": "A02656"}


class Challenge2017(WfdbDatabase):
    """PhysioNet/Computing in Cardiology Challenge 2017, training set.

    Labels: ``patient``; ``label``: ``N`` normal, ``A`` atrial fibrillation, ``O`` other
    rhythm, ``~`` too noisy (version 3 of the reference).

    Nobody tells which records come from one person, so each is taken for a patient, except
    the two pairs of records that are one signal under two names.

    References
    ----------
    Clifford GD et al. AF classification from a short single lead ECG recording.
    Computing in Cardiology 44, 2017.
    """

    def patient(self, record):
        """Return the record itself, or the name under which the same signal came first."""
        return _TWINS.get(record, record)

    def _metadata(self):
        (table,) = self.files.fetch([_TABLE])
        reference = pd.read_csv(table, names=["record", "label"], index_col="record")
        label = reference["label"].reindex(self.records)
        if not label.isin(_CLASSES).all():
            raise DataCorrupt(
                f"{table} has no label N, A, O or ~ for record "
                f"{label[~label.isin(_CLASSES)].index[0]}; fetch it again"
            )
        patients = [self.patient(record) for record in self.records]
        return pd.DataFrame({"patient": patients, "label": label})
