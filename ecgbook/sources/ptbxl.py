"""PTB-XL: ten seconds, twelve leads, statements of cardiologists, ten folds."""

import ast

import pandas as pd

from ecgbook.errors import DataCorrupt
from ecgbook.sources.database import WfdbDatabase

__all__ = ["SUPERCLASSES", "PtbXl"]

SUPERCLASSES = ("NORM", "MI", "STTC", "CD", "HYP")

_SEX = {0: "M", 1: "F"}


class PtbXl(WfdbDatabase):
    """PTB-XL at 500 Hz.

    Labels: ``patient``; ``age`` in years, 300 for everybody over 89; ``sex`` (``M``, ``F``);
    ``fold``, 1 to 10, with no patient in two folds, 9 and 10 of the best label quality;
    ``scp_codes``, a dict of statement and likelihood in per cent (0: not given); and one
    boolean column for each diagnostic superclass: ``NORM`` normal, ``MI`` myocardial infarction,
    ``STTC`` ST or T change, ``CD`` conduction disturbance, ``HYP`` hypertrophy. A superclass is
    true where any of its diagnostic statements is named, whatever the likelihood, as in the
    benchmark of Strodthoff et al. (2021).

    References
    ----------
    Wagner P et al. PTB-XL, a large publicly available electrocardiography dataset.
    Sci Data 7:154, 2020.
    """

    def patient(self, record):
        """Return the patient's number in the table."""
        return self.metadata.at[record, "patient"]

    def _metadata(self):
        database, statements = self.files.fetch(self.info.tables)
        table = _read_table(database, "filename_hr")
        table.index = pd.Index(table.index.str.rsplit("/", n=1).str[-1], name="record")
        if absent := [record for record in self.records if record not in table.index]:
            raise DataCorrupt(f"{database} does not describe record {absent[0]}; fetch it again")
        table = table.loc[list(self.records)]
        codes = table["scp_codes"].map(ast.literal_eval)
        labels = pd.DataFrame(
            {
                "patient": table["patient_id"].astype(int).astype(str),
                "age": table["age"].astype(float),
                "sex": table["sex"].map(_SEX),
                "fold": table["strat_fold"].astype(int),
                "scp_codes": codes,
            }
        )
        statements = _read_table(statements, 0)
        diagnostic = statements[statements["diagnostic"] == 1]
        classes = diagnostic["diagnostic_class"].to_dict()
        of_record = codes.map(lambda named: {classes[code] for code in named if code in classes})
        for superclass in SUPERCLASSES:
            labels[superclass] = [superclass in found for found in of_record]
        return labels


def _read_table(path, index):
    try:
        return pd.read_csv(path, index_col=index)
    except (ValueError, OSError) as error:
        raise DataCorrupt(f"{path} is no table of PTB-XL ({error}); fetch it again") from error
