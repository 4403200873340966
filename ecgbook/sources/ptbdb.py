"""PTB Diagnostic ECG Database: 12 leads and Frank's three, with a diagnosis."""

from pathlib import PurePosixPath

import pandas as pd

from ecgbook.sources.database import WfdbDatabase

__all__ = ["Ptbdb"]

_UNKNOWN = frozenset({"", "n/a", "unknown"})
_SEX = {"male": "M", "female": "F"}


class Ptbdb(WfdbDatabase):
    """PTB Diagnostic ECG Database.

    Labels: ``patient``; ``age`` in years, NaN where not recorded; ``sex`` (``M``, ``F``, or
    empty); ``diagnosis``, the reason for admission, empty where not recorded.

    References
    ----------
    Bousseljot R, Kreiseler D, Schnabel A. Nutzung der EKG-Signaldatenbank CARDIODAT der PTB
    über das Internet. Biomed Tech 40 (Erg. 1):S317, 1995.
    """

    def patient(self, record):
        """Return who was recorded: the folder of the record."""
        return PurePosixPath(self.files.path_of(record)).parent.name

    def _metadata(self):
        rows = [
            {"patient": self.patient(record), **_person(comments)}
            for record, comments in zip(self.records, self._comments(), strict=True)
        ]
        return pd.DataFrame(rows, index=pd.Index(self.records, name="record"))


def _person(comments):
    said = {}
    for comment in comments:
        name, _, value = comment.partition(":")
        said.setdefault(name.strip().lower(), value.strip())
    said = {name: "" if value.lower() in _UNKNOWN else value for name, value in said.items()}
    age = said.get("age", "")
    return {
        "age": float(age) if age.isdigit() else float("nan"),
        "sex": _SEX.get(said.get("sex", "").lower(), ""),
        "diagnosis": said.get("reason for admission", ""),
    }
