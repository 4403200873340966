"""MIT-BIH Arrhythmia Database: half an hour, two leads, every beat annotated."""

import re

from ecgbook.conventions import PACED, SAME_PATIENT
from ecgbook.errors import DataCorrupt
from ecgbook.sources.database import WfdbDatabase

__all__ = ["Mitdb"]

_PERSON = re.compile(r"(-?\d+) ([MF])\b")


class Mitdb(WfdbDatabase):
    """MIT-BIH Arrhythmia Database.

    Labels: ``patient``; ``age`` in years, NaN where not recorded; ``sex`` (``M``, ``F``);
    ``paced``.

    Records 201 and 202 come from one tape of one man: they share the patient ``201``.

    References
    ----------
    Moody GB, Mark RG. The impact of the MIT-BIH Arrhythmia Database.
    IEEE Eng Med Biol 20(3):45-50, 2001.
    """

    stored = True

    def patient(self, record):
        """Return who was recorded, named after the first record."""
        return SAME_PATIENT.get(record, record)

    def _metadata(self):
        rows = [
            {"patient": self.patient(record), **self._person(record, comments)}
            for record, comments in zip(self.records, self._comments(), strict=True)
        ]
        return self._table(rows).assign(paced=[record in PACED for record in self.records])

    def _person(self, record, comments):
        match = _PERSON.match(comments[0]) if comments else None
        if match is None:
            raise DataCorrupt(
                f"mitdb/{record}: the header's first comment gives no age and sex; fetch it again"
            )
        age = int(match[1])
        return {"age": float(age) if age >= 0 else float("nan"), "sex": match[2]}
