"""The statements of PTB-XL: what each means, its tasks, and which recordings have it."""

import tomllib
from functools import cache
from importlib.resources import files

import pandas as pd

from ecgbook.errors import DataCorrupt, RecordInvalid
from ecgbook.evaluation.challenge2021 import CHALLENGE_CLASSES
from ecgbook.sources.ptbxl import SUPERCLASSES

__all__ = ["PTBXL_TASKS", "classes_of_task", "ptbxl_labels", "statement_table", "statements_of"]

# The six of Strodthoff et al. (2021), and the classes of the Challenge of 2021.
PTBXL_TASKS = ("all", "diagnostic", "subdiagnostic", "superdiagnostic", "form", "rhythm")
PTBXL_TASKS += ("challenge",)


def statement_table():
    """Return the 71 statements of PTB-XL, one a row, in the order of its own table.

    Returns
    -------
    pandas.DataFrame
        By statement: ``words``; ``superclass`` and ``subclass`` of a diagnostic one, else empty;
        ``form`` and ``rhythm``, bool; ``challenge``, its class in the Challenge of 2021, or empty.
    """
    table = pd.DataFrame.from_dict(_read()["statements"], orient="index")
    flags = table[["form", "rhythm"]].eq(True)
    return table.fillna("").assign(**flags).rename_axis("statement")


def classes_of_task(task):
    """Return the classes of a task, and the class of each statement that counts in it.

    Returns
    -------
    classes : tuple of str
        71 of ``all``, 44 of ``diagnostic``, 23 of ``subdiagnostic``, 5 of ``superdiagnostic``, 19
        of ``form``, 12 of ``rhythm``, 26 of ``challenge``.
    class_of : dict of str to str
    """
    if task not in PTBXL_TASKS:
        raise RecordInvalid(f"task must be one of {', '.join(PTBXL_TASKS)}, got {task!r}")
    table = statement_table()
    if task in ("superdiagnostic", "subdiagnostic", "challenge"):
        column = {"superdiagnostic": "superclass", "subdiagnostic": "subclass"}.get(task, task)
        class_of = {name: own for name, own in table[column].items() if own}
        ordered = {"superdiagnostic": SUPERCLASSES, "challenge": CHALLENGE_CLASSES}
        return ordered.get(task, tuple(dict.fromkeys(class_of.values()))), class_of
    masks = {"diagnostic": table["superclass"] != "", "all": table["words"] != ""}
    names = table.index[masks[task] if task in masks else table[task]]
    return tuple(names), {name: name for name in names}


def statements_of(database):
    """Return the statements of each recording with their likelihood in per cent.

    A Series of dict by record; 0 is a likelihood that nobody has given. `RecordInvalid` if the
    database has no statements, `DataCorrupt` if one is none of PTB-XL.
    """
    said = database.metadata.get("scp_codes")
    if said is None:
        raise RecordInvalid(f"{database.name} has no SCP statements; take ptb-xl")
    known = _read()["statements"].keys()
    for record, statements in said.items():
        if unknown := statements.keys() - known:
            raise DataCorrupt(
                f"{database.name}/{record} has the statement {sorted(unknown)[0]!r}, which is none "
                f"of PTB-XL; fetch the table again"
            )
    return said


def ptbxl_labels(database, task, *, least_likelihood=0):
    """Return which classes of a task each recording has, bool (record, class) as a DataFrame.

    Parameters
    ----------
    database : Database
    task : str
        One of `PTBXL_TASKS`.
    least_likelihood : float
        Least likelihood, in per cent, of a **diagnostic** statement that counts; others have none.
    """
    classes, class_of = classes_of_task(task)
    if not 0 <= least_likelihood <= 100:
        raise RecordInvalid(f"least_likelihood is 0 to 100 per cent, got {least_likelihood!r}")
    doubted = classes_of_task("diagnostic")[1] if least_likelihood else {}
    said = statements_of(database)
    found = [_named(own, class_of, doubted, least_likelihood) for own in said]
    if task == "challenge":
        axis = _axis(database)
        found = [
            own | axis.get(record, set()) for record, own in zip(said.index, found, strict=True)
        ]
    return pd.DataFrame([[c in own for c in classes] for own in found], said.index, classes)


def _named(said, class_of, doubted, least):
    sure = [name for name, value in said.items() if name not in doubted or value >= least]
    return {class_of[name] for name in sure if name in class_of}


def _axis(database):
    """Return the class that the heart's axis is, by record; nothing of simulated recordings."""
    if not hasattr(database, "files"):
        return {}
    path = database.files.fetch(database.info.tables)[0]
    try:
        table = pd.read_csv(path, usecols=["filename_hr", "heart_axis"])
    except ValueError as error:
        raise DataCorrupt(f"{path} is no table of PTB-XL ({error}); fetch it again") from error
    record = table["filename_hr"].str.rpartition("/")[2]
    own = _read()["axis"]
    return {
        name: {own[axis]}
        for name, axis in zip(record, table["heart_axis"], strict=True)
        if axis in own
    }


@cache
def _read():
    return tomllib.loads(files(__package__).joinpath("ptbxl.toml").read_text("utf-8"))
