"""Whole recordings of many leads with several labels each, however their files come."""

from copy import copy
from dataclasses import replace
from functools import partial

import numpy as np

from ecgbook import signals
from ecgbook.datasets.examples import Examples
from ecgbook.datasets.leadsets import leads_of
from ecgbook.datasets.prepare import rows_of
from ecgbook.datasets.ragged import Ragged
from ecgbook.datasets.shards import prepare_in_shards
from ecgbook.errors import RecordInvalid
from ecgbook.recording import checked_rate

__all__ = ["labelled_records", "standard_leads"]

# Einthoven and Goldberger: what follows from leads I and II.
_FROM_I_AND_II = {"III": (-1, 1), "aVR": (-0.5, -0.5), "aVL": (1, -0.5), "aVF": (-0.5, 1)}


def labelled_records(
    database, labels, rows, *, recipe, records, leads, fs, band_hz, missing, ragged
):
    """Return whole recordings as multi-label `Examples`, from the store if made before.

    Parameters
    ----------
    database : Database
    labels : DataFrame of bool
        By record, one column a class; records that are not in it are left out.
    rows : DataFrame
        By record, further columns of the rows.
    recipe : dict
        Name and parameters of the recipe, beside those below.
    records : sequence of str or None
        The recordings to take; all of the database if None.
    leads : int or sequence of str
        As for `ecgbook.datasets.leadsets.leads_of`.
    fs : float or None
        Rate in Hz of the examples; None for that of the recordings.
    band_hz : (float, float) or None
        Zero-phase Butterworth band-pass, in Hz.
    missing : {"refuse", "zero"}
        What becomes of leads and samples that are not there.
    ragged : bool
        Whether recordings may differ in length.
    """
    if missing not in ("refuse", "zero"):
        raise RecordInvalid(f'missing must be "refuse" or "zero", got {missing!r}')
    records = database.records if records is None else tuple(records)
    unknown = set(records) - set(database.metadata.index)  # which reading will refuse by name
    kept = tuple(r for r in records if r in labels.index or r in unknown)
    if missing == "zero":
        database = copy(database)
        database.read = partial(database.read, missing="keep")
    fs = None if fs is None else checked_rate(fs, database.name)
    options = {"leads": leads_of(leads), "fs": fs, "band_hz": band_hz, "missing": missing}
    classes, named = tuple(labels.columns), rows.columns.tolist()

    def make_for(some):
        known = [record for record in some if record not in unknown]
        own = labels.loc[known].to_numpy(), rows.loc[known].itertuples(index=False)
        of_record = {
            record: (np.flatnonzero(has).tolist(), tuple(row))
            for record, has, row in zip(known, *own, strict=True)
        }
        settings = {"classes": classes, "columns": named, "ragged": ragged}
        return partial(_record_of, of_record=of_record, **settings, **options)

    return prepare_in_shards(database, recipe | options, make_for, records=kept)


def standard_leads(recording, leads, missing="refuse"):
    """Return a recording with the named leads in the order named, whatever order it has.

    A limb lead that is missing is computed from I and II where these are there. Another one is
    0 with ``missing="zero"``, else `RecordInvalid` names it.
    """
    if recording.leads == tuple(leads):
        return recording
    signal = np.zeros((len(leads), recording.signal.shape[1]), np.float32)
    for row, lead in zip(signal, leads, strict=True):
        if lead in recording.leads:
            row[:] = recording.lead(lead)
        elif lead in _FROM_I_AND_II and {"I", "II"} <= set(recording.leads):
            of_i, of_ii = _FROM_I_AND_II[lead]
            row[:] = of_i * recording.lead("I") + of_ii * recording.lead("II")
        elif missing != "zero":
            raise RecordInvalid(
                f"{recording.name} has no lead {lead}; it has {', '.join(recording.leads)}: take "
                f'fewer leads, leave it out with records=[…], or have 0 there with missing="zero"'
            )
    return replace(recording, signal=signal, leads=tuple(leads), annotations=None)


def _record_of(recording, *, of_record, classes, columns, ragged, leads, fs, band_hz, missing):
    whole = standard_leads(recording, leads, missing)
    if missing == "zero" and np.isnan(whole.signal).any():
        whole = replace(whole, signal=np.nan_to_num(whole.signal))
    whole = signals.bandpass(whole, *band_hz) if band_hz else whole
    whole = whole if fs in (None, whole.fs) else whole.resample(fs)
    positions, values = of_record[recording.record]
    y = np.zeros((1, len(classes)), bool)
    y[0, positions] = True
    rows = rows_of(recording, [0], **{name: [v] for name, v in zip(columns, values, strict=True)})
    x = Ragged.of([whole.signal]) if ragged else whole.signal[None]
    return Examples(x, y, classes, rows, fs=whole.fs, leads=whole.leads)
