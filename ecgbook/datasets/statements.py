"""Statements of cardiologists on twelve-lead recordings: PTB-XL by task, and LUDB to match."""

import pandas as pd

from ecgbook.conventions import TWELVE_LEADS
from ecgbook.datasets.ludb import ludb_labels
from ecgbook.datasets.prepare import opened
from ecgbook.datasets.ptbxl import ptbxl_labels
from ecgbook.datasets.whole import labelled_records
from ecgbook.errors import RecordInvalid

__all__ = ["ludb_statements", "ptbxl_statements"]


def ptbxl_statements(
    database="ptb-xl",
    task="superdiagnostic",
    *,
    leads=TWELVE_LEADS,
    fs=100,
    records=None,
    band_hz=None,
    least_likelihood=0,
    unlabelled="drop",
):
    """Take the recordings of PTB-XL with their statements, by one of the published tasks.

    Parameters
    ----------
    database : Database or str
        PTB-XL, or another one with the column ``scp_codes`` in its ``metadata``.
    task : str
        ``"all"`` 71 statements, ``"diagnostic"`` 44, ``"subdiagnostic"`` 23 groups of these,
        ``"superdiagnostic"`` 5, ``"form"`` 19, ``"rhythm"`` 12; or ``"challenge"``, the 26 classes
        of the Challenge of 2021, by a table (`ecgbook.datasets.statement_table`) and the heart's
        axis.
    leads : int or sequence of str
        Leads in the order wanted, or a set of the Challenge by its number (`LEAD_SETS`).
    fs : float
        Rate in Hz, 100 in the benchmark; the recordings have 500.
    records : sequence of str, optional
        The recordings to take; all of them if left out.
    band_hz : (float, float), optional
        Zero-phase Butterworth band-pass over the whole recording, in Hz.
    least_likelihood : float
        Least likelihood, in per cent, of a diagnostic statement; the benchmark takes all.
    unlabelled : {"drop", "keep"}
        What becomes of recordings without any class of the task. The benchmark drops them.

    Returns
    -------
    records : Examples
        In mV, with several labels; rows with ``fold``, 1 to 10, for `Split.by_fold` (9 and 10 are
        for validation and test), ``age`` in years, 300 for everybody over 89, and ``sex``.
        `RecordInvalid` is raised if the database has no such statements, or a parameter is wrong.

    References
    ----------
    Strodthoff et al. (2021), Deep learning for ECG analysis: benchmarks and insights from PTB-XL,
    IEEE J. Biomed. Health Inform. 25(5).
    """
    database = opened(database)
    labels = ptbxl_labels(database, task, least_likelihood=least_likelihood)
    recipe = {"recipe": "ptbxl", "task": task, "least_likelihood": least_likelihood}
    options = {"records": records, "leads": leads, "fs": fs, "band_hz": band_hz}
    return _taken(database, labels, recipe, unlabelled, ("fold", "age", "sex"), options)


def ludb_statements(
    database="ludb",
    task="superdiagnostic",
    *,
    leads=TWELVE_LEADS,
    fs=100,
    records=None,
    band_hz=None,
    unlabelled="drop",
):
    """Take the recordings of LUDB in the classes of PTB-XL or of the Challenge, to test a model.

    The findings are mapped by their words (`ecgbook.datasets.ludb.ludb_labels`); nobody has judged
    the recordings anew. ``NORM`` is sinus rhythm, slow or irregular too, without any finding.

    Parameters
    ----------
    database : Database or str
        LUDB, or another one with the columns of its ``metadata``.
    task : {"superdiagnostic", "challenge"}
        The five superclasses of PTB-XL, or the 26 classes of the Challenge of 2021.
    leads, fs, records, band_hz, unlabelled
        As for `ptbxl_statements`.

    Returns
    -------
    records : Examples
        As there, without folds: all of it is for testing.
    """
    database = opened(database)
    labels = ludb_labels(database, task)
    options = {"records": records, "leads": leads, "fs": fs, "band_hz": band_hz}
    recipe = {"recipe": "ludb", "task": task}
    return _taken(database, labels, recipe, unlabelled, ("age", "sex"), options)


def _taken(database, labels, recipe, unlabelled, columns, options):
    if unlabelled not in ("drop", "keep"):
        raise RecordInvalid(f'unlabelled must be "drop" or "keep", got {unlabelled!r}')
    if unlabelled == "drop":
        labels = labels[labels.any(axis=1)]
    rows = pd.DataFrame({name: database.metadata[name] for name in columns})
    how = {"recipe": recipe | {"unlabelled": unlabelled}, "missing": "refuse", "ragged": False}
    return labelled_records(database, labels, rows, **how, **options)
