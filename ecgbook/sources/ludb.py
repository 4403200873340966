"""LUDB: ten seconds, twelve leads, each wave marked by cardiologists in each lead."""

import pandas as pd

from ecgbook.errors import DataCorrupt
from ecgbook.sources.database import WfdbDatabase
from ecgbook.sources.reading import canonical_leads, read_annotations

__all__ = ["FINDINGS", "Ludb", "with_diagnoses"]

# Columns of the table with a line a finding, and ours.
FINDINGS = {
    "Conduction abnormalities": "conduction",
    "Extrasystolies": "extrasystoles",
    "Hypertrophies": "hypertrophies",
    "Cardiac pacing": "pacing",
    "Ischemia": "ischaemia",
    "Non-specific repolarization abnormalities": "repolarisation",
    "Other states": "other",
}


class Ludb(WfdbDatabase):
    """Lobachevsky University Electrocardiography Database.

    Labels: ``patient`` (each record is another person); ``age`` in years, NaN where it is no
    number; ``sex`` (``M``, ``F``); ``rhythm``, several with ``;`` between them; ``axis``, empty
    where not determined; tuples of findings, empty where there are none: ``conduction``,
    ``extrasystoles``, ``hypertrophies``, ``pacing``, ``ischaemia``, ``repolarisation``,
    ``other``; and ``diagnoses``, all of these in one tuple.

    Annotations are boundaries and peaks of waves, not classes of beats: ``(`` and ``)`` for begin
    and end, between them ``p``, ``N`` (the peak of any QRS complex) or ``t``. A record comes with
    those of lead II; `waves` has those of each lead.

    The gains in the headers make each lead 1 mV from its lowest to its highest sample. Here a unit
    is 1 µV instead: then I + III = II holds to the last unit, and the heights are those of PTB-XL.

    References
    ----------
    Kalyakulina AI et al. LUDB: a new open-access validation tool for electrocardiogram
    delineation algorithms. IEEE Access 8, 2020.
    """

    gain = 1000.0

    def waves(self, record):
        """Return the marks of each lead of a record: a dict of lead name to `Annotations`."""
        stem = self.files.path_of(record)
        self.files.fetch_records([stem])
        ends = self.info.annotators_of(stem)
        marks = [read_annotations(self.files.folder / stem, end) for end in ends]
        found = dict(zip(canonical_leads(ends), marks, strict=True))
        return {lead: found[lead] for lead in self.info.leads}

    def _metadata(self):
        (path,) = self.files.fetch(self.info.tables)
        try:
            table = pd.read_csv(path, dtype=str, keep_default_na=False)
            table = table.map(str.strip).set_index("ID")
        except (ValueError, KeyError, OSError) as error:
            raise DataCorrupt(f"{path} is no table of LUDB ({error}); fetch it again") from error
        if absent := [record for record in self.records if record not in table.index]:
            raise DataCorrupt(f"{path} does not describe record {absent[0]}; fetch it again")
        table = table.loc[list(self.records)]
        axis = table["Electric axis of the heart"].str.rpartition(":")[2].str.strip()
        labels = {
            "patient": self.records,
            "age": pd.to_numeric(table["Age"], errors="coerce").to_numpy(float),
            "sex": table["Sex"].tolist(),
            "rhythm": ["; ".join(_lines(cell)) for cell in table["Rhythms"]],
            "axis": axis.tolist(),
        }
        findings = {ours: table[theirs].map(_lines).tolist() for theirs, ours in FINDINGS.items()}
        return with_diagnoses(self._table({**labels, **findings}))


def with_diagnoses(labels):
    """Return the labels with a column of all findings of each record."""
    findings = labels[list(FINDINGS.values())]
    return labels.assign(diagnoses=[sum(row, ()) for row in findings.itertuples(index=False)])


def _lines(cell):
    return tuple(line.strip() for line in cell.splitlines() if line.strip())
