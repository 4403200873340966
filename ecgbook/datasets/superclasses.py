"""PTB-XL: ten seconds of some leads, and how sure which diagnostic superclass was named."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ecgbook.datasets.prepare import opened
from ecgbook.datasets.ptbxl import classes_of_task, statements_of
from ecgbook.datasets.statements import ptbxl_statements
from ecgbook.errors import RecordInvalid
from ecgbook.sources.ptbxl import SUPERCLASSES

__all__ = ["few_of_each_superclass", "ptbxl_superclasses", "superclass_likelihoods"]


def ptbxl_superclasses(
    database,
    *,
    leads=("I", "II", "V2"),
    fs=100,
    classes=SUPERCLASSES,
    least_likelihood=0,
    records=None,
):
    """Take recordings of PTB-XL with the superclasses that cardiologists named.

    A recording may have several. One without any of the five, such as a paced rhythm and nothing
    else, is left out, as in the publications: of it nobody would know whether it is normal. The
    tasks of the benchmark are in `ptbxl_statements`; here likelihoods stay in the rows.

    Parameters
    ----------
    database : Database or str
        PTB-XL or its name, ``"ptb-xl"``; one without statements is a `RecordInvalid`.
    leads : sequence of str, default ("I", "II", "V2")
        The leads in the order wanted, whatever their order is in the files. A lead that is not
        there is a `RecordInvalid`.
    fs : float, default 100
        Rate in Hz that the recordings of 500 Hz are brought to.
    classes : sequence of str, default all five
        Columns of ``y``, some of ``NORM``, ``MI``, ``STTC``, ``CD`` and ``HYP``. With the last
        four, as Narotamo et al. (2024) have them, a normal ECG is one with none.
    least_likelihood : float, default 0
        A statement counts from this likelihood in per cent on. With 0 all count, as in the
        benchmark of Strodthoff et al. (2021) and in Narotamo et al. (2024), also those with a
        likelihood of 0, which stands for one that was not given.
    records : sequence of str, optional
        The recordings to look at; all of them if left out.

    Returns
    -------
    records : Examples
        Multi-label, in mV, shape (n, lead, 10 s). Beside the usual columns ``rows`` has ``fold``
        from 1 to 10, for `Split.by_fold`, and ``likelihood_NORM`` … ``likelihood_HYP``: the
        largest likelihood in per cent of any statement of this class, NaN where none was named.

    References
    ----------
    Wagner et al. (2020), PTB-XL, Sci Data 7:154; Strodthoff et al. (2021), Deep learning for ECG
    analysis: benchmarks and insights from PTB-XL, IEEE J Biomed Health Inform 25:1519.
    """
    database, classes = opened(database), tuple(classes)
    unknown = sorted(set(classes) - set(SUPERCLASSES))
    if unknown or not classes or len(set(classes)) < len(classes):
        raise RecordInvalid(
            f"classes must be different ones of {', '.join(SUPERCLASSES)}, got {classes}"
        )
    how = {"leads": leads, "fs": fs, "records": records, "least_likelihood": least_likelihood}
    taken = ptbxl_statements(database, "superdiagnostic", **how)
    named = superclass_likelihoods(database).loc[taken.record].add_prefix("likelihood_")
    rows = taken.rows.assign(**{name: column.to_numpy() for name, column in named.items()})
    kept = [taken.classes.index(name) for name in classes]
    return replace(taken, y=taken.y[:, kept], classes=classes, rows=rows)


def superclass_likelihoods(database):
    """Return how likely each superclass was said to be, in per cent: a DataFrame, a row a record.

    It is the largest likelihood of any diagnostic statement of the class: 0 where it was named
    with none, NaN where it was not named. Errors are those of `ptbxl_superclasses`.
    """
    _, class_of = classes_of_task("superdiagnostic")
    codes = statements_of(opened(database))
    table = np.full((len(codes), len(SUPERCLASSES)), np.nan)
    for row, said in zip(table, codes, strict=True):
        for code, likelihood in said.items():
            if code in class_of:
                column = SUPERCLASSES.index(class_of[code])
                row[column] = np.fmax(row[column], likelihood)
    return pd.DataFrame(table, index=codes.index, columns=list(SUPERCLASSES))


def few_of_each_superclass(database, n):
    """Return the names of the first ``n`` recordings of each superclass from each fold of PTB-XL.

    They are enough for a quick look in which no part lacks a superclass.
    """
    table = database.metadata
    some = [table[table[name]].groupby("fold").head(n).index for name in SUPERCLASSES]
    return [*table.index[table.index.isin(np.concatenate(some))]]
