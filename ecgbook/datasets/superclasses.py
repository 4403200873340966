"""PTB-XL: ten seconds of some leads, and which diagnostic superclasses were named."""

from functools import partial

import numpy as np
import pandas as pd

from ecgbook.datasets.examples import Examples
from ecgbook.datasets.prepare import opened, prepare, rows_of
from ecgbook.errors import RecordInvalid
from ecgbook.sources.ptbxl import SUPERCLASSES
from ecgbook.sources.statements import superclass_of_statement

__all__ = ["ptbxl_superclasses", "superclass_likelihoods"]


def ptbxl_superclasses(
    database,
    *,
    leads=("I", "II", "V2"),
    fs=100,
    classes=SUPERCLASSES,
    least_likelihood=0,
    clean=None,
    records=None,
):
    """Take recordings of PTB-XL with the superclasses that cardiologists named.

    A recording may have several. One without any of the five, such as a paced rhythm and nothing
    else, is left out, as in the publications; of a rest without labels nobody would know whether
    it is normal.

    Parameters
    ----------
    database : Database or str
        PTB-XL or its name, ``"ptb-xl"``; another one is a `RecordInvalid`.
    leads : sequence of str, default ("I", "II", "V2")
        The leads in the order wanted, whatever their order is in the files. A lead that is not
        there is a `RecordInvalid`.
    fs : float, default 100
        Rate in Hz that the recordings of 500 Hz are brought to, before ``clean``.
    classes : sequence of str, default all five
        Columns of ``y``, some of ``NORM``, ``MI``, ``STTC``, ``CD`` and ``HYP``. With the last
        four, as Narotamo et al. (2024) have them, a normal ECG is one with none.
    least_likelihood : float, default 0
        A statement counts from this likelihood in per cent on. With 0 all count, as in the
        benchmark of Strodthoff et al. (2021) and in Narotamo et al. (2024), also those with a
        likelihood of 0, which stands for one that was not given.
    clean : callable, optional
        ``clean(recording) -> Recording``, a function of a module or a partial of one, such as
        `ecgbook.signals.published_bandpass`.
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
    if not 0 <= least_likelihood <= 100:
        raise RecordInvalid(f"least_likelihood is 0 to 100 per cent, got {least_likelihood!r}")
    leads = (leads,) if isinstance(leads, str) else tuple(leads)
    named = superclass_likelihoods(database, records)
    counted = (named >= least_likelihood).any(axis=1)
    folds = database.metadata["fold"]
    labels = {row.Index: (int(folds[row.Index]), row[1:]) for row in named[counted].itertuples()}
    recipe = {"leads": leads, "fs": fs, "classes": classes, "least_likelihood": least_likelihood}
    make = partial(_record_of, labels=labels, clean=clean, **recipe)
    recipe |= {"recipe": "superclasses", "clean": _name(clean)}
    if not labels:
        raise RecordInvalid(f"{database.name}: no record with a superclass in those asked for")
    return prepare(database, recipe, make, records=list(labels))


def superclass_likelihoods(database, records=None):
    """Return how likely each superclass was said to be, in per cent: a DataFrame, a row a record.

    It is the largest likelihood of any diagnostic statement of the class: 0 where it was named
    with none, NaN where it was not named. Errors are those of `ptbxl_superclasses`.
    """
    database = opened(database)
    superclass = superclass_of_statement(database)
    codes = database.metadata["scp_codes"]
    codes = codes if records is None else codes.loc[list(records)]
    table = np.full((len(codes), len(SUPERCLASSES)), np.nan)
    for row, said in zip(table, codes, strict=True):
        for code, likelihood in said.items():
            if code in superclass:
                column = SUPERCLASSES.index(superclass[code])
                row[column] = np.fmax(row[column], likelihood)
    return pd.DataFrame(table, index=codes.index, columns=list(SUPERCLASSES))


def _record_of(recording, *, labels, leads, fs, classes, least_likelihood, clean):
    part = recording.select(*leads)
    part = part if part.fs == fs else part.resample(fs)
    part = clean(part) if clean else part
    fold, likelihoods = labels[recording.record]
    likelihood = dict(zip(SUPERCLASSES, likelihoods, strict=True))
    beside = {f"likelihood_{name}": [value] for name, value in likelihood.items()}
    rows = rows_of(recording, [0], fold=fold, **beside)
    y = np.array([[likelihood[name] >= least_likelihood for name in classes]])
    return Examples(part.signal[None], y, classes, rows, fs=part.fs, leads=part.leads)


def _name(clean):
    if clean is None:
        return None
    function = getattr(clean, "func", clean)
    how = {**dict(enumerate(getattr(clean, "args", ()))), **getattr(clean, "keywords", {})}
    return f"{function.__name__} {how}" if how else function.__name__
