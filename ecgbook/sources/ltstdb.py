"""Long-Term ST Database: a day of ambulatory ECG, every beat annotated."""

from ecgbook.sources.database import WfdbDatabase

__all__ = ["Ltstdb"]


class Ltstdb(WfdbDatabase):
    """Long-Term ST Database.

    Labels: ``patient``. The annotations are the beats and rhythms checked by hand (``.atr``);
    the ST episodes, in files of their own, are not read.

    A record is named ``sNPPPR``: N leads, patient PPP, record R of this patient.

    References
    ----------
    Jager F et al. Long-term ST database. Med Biol Eng Comput 41(2):172-183, 2003.
    """

    stored = True

    def patient(self, record):
        """Return who was recorded: the name of the record without its last digit."""
        return record[:-1]

    def _metadata(self):
        return self._table({"patient": [self.patient(record) for record in self.records]})
