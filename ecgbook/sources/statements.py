"""Which superclass each diagnostic statement of PTB-XL belongs to."""

from ecgbook.errors import RecordInvalid
from ecgbook.sources.ptbxl import _read_table

__all__ = ["superclass_of_statement"]

# Of the stand-in, which has no table of its own; the classes are those of the original.
_SIMULATED = {"NORM": "NORM", "IMI": "MI", "ASMI": "MI", "ISC_": "STTC", "NST_": "STTC"}
_SIMULATED |= {"CLBBB": "CD", "CRBBB": "CD", "1AVB": "CD", "LVH": "HYP"}


def superclass_of_statement(database):
    """Return the superclass of each diagnostic statement, a dict such as ``{"IMI": "MI", …}``.

    It is read from the database's own ``scp_statements.csv``. Statements of form and of rhythm,
    such as ``PVC``, have none. `RecordInvalid` is raised for another database than PTB-XL.
    """
    if database.name != "ptb-xl":
        raise RecordInvalid(f"{database.name} has no statements with superclasses; take ptb-xl")
    if database.simulated:
        return dict(_SIMULATED)
    _, path = database.files.fetch(database.info.tables)
    statements = _read_table(path, 0)
    return statements.loc[statements["diagnostic"] == 1, "diagnostic_class"].to_dict()
