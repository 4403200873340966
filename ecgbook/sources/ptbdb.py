"""PTB Diagnostic ECG Database: 12 leads and Frank's three, with a diagnosis."""

from pathlib import PurePosixPath

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
        facts = zip(self.records, self._facts(), strict=True)
        return self._table([{"patient": self.patient(r), **_person(said)} for r, said in facts])


def _person(said):
    said = {name: "" if value.lower() in _UNKNOWN else value for name, value in said.items()}
    age = said.get("age", "")
    return {
        "age": float(age) if age.isdigit() else float("nan"),
        "sex": _SEX.get(said.get("sex", "").lower(), ""),
        "diagnosis": said.get("reason for admission", ""),
    }
