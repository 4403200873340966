"""CinC Challenge 2021: twelve leads from eight sources, many diagnoses a record."""

from collections import defaultdict
from pathlib import PurePosixPath

import pandas as pd

from ecgbook.sources.database import WfdbDatabase

__all__ = ["Challenge2021"]

_OLDEST = 120  # years; 300, -1 and inf stand for an age that is not told
_SEX = {"m": "M", "male": "M", "f": "F", "female": "F"}


class Challenge2021(WfdbDatabase):
    """PhysioNet/Computing in Cardiology Challenge 2021, training set.

    Labels: ``source``, the folder of the record, such as ``georgia``; ``patient``; ``age`` in
    years, NaN where none can be read; ``sex`` (``M``, ``F``, or empty); ``dx``, a tuple of SNOMED
    CT codes (of words, in some copies of the CPSC records); of several ``#Dx`` lines all count.

    Nobody tells which records come from one person, so each is taken for a patient. Records
    differ in rate: most have 500 Hz, the PTB ones 1000 Hz, the INCART ones 257 Hz.

    References
    ----------
    Reyna MA et al. Will two do? Varying dimensions in electrocardiography.
    Computing in Cardiology 48, 2021.
    """

    def _metadata(self):
        facts = zip(self.records, self._facts(), strict=True)
        return self._table(
            [{"source": self._source(r), "patient": r, **_person(said)} for r, said in facts]
        )

    def _facts(self):
        for comments in self._comments():
            lines = defaultdict(list)
            for comment in comments:
                name, _, value = comment.partition(":")
                lines[name.strip().lower()].append(value.strip())
            yield {name: values[0] for name, values in lines.items()} | {
                "dx": ",".join(lines["dx"])
            }

    def _source(self, record):
        return PurePosixPath(self.files.path_of(record)).parts[1]


def _person(said):
    age = float(pd.to_numeric(said.get("age", ""), errors="coerce"))
    return {
        "age": age if 0 <= age <= _OLDEST else float("nan"),
        "sex": _SEX.get(said.get("sex", "").lower(), ""),
        "dx": tuple(code.strip() for code in said.get("dx", "").split(",") if code.strip()),
    }
