"""What a rule has to say."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Finding"]


@dataclass(frozen=True)
class Finding:
    """One broken rule.

    Parameters
    ----------
    path : Path
        The notebook.
    cell : int
        Number of the cell, counted from 1; 0 where the whole notebook is meant.
    rule : str
        One or two words.
    remedy : str
        What is wrong and what to do.
    """

    path: Path
    cell: int
    rule: str
    remedy: str

    def __str__(self):
        place = f"{self.path.name}, cell {self.cell}" if self.cell else self.path.name
        return f"{place}: {self.rule}: {self.remedy}"
