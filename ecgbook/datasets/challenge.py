"""Recordings of the Challenge of 2021, or in its format, with their 26 scored classes."""

from pathlib import Path

import pandas as pd

from ecgbook.conventions import TWELVE_LEADS
from ecgbook.datasets.challenge_labels import classes_of_codes
from ecgbook.datasets.prepare import opened
from ecgbook.datasets.whole import labelled_records
from ecgbook.errors import RecordInvalid
from ecgbook.evaluation.challenge2021 import CHALLENGE_CLASSES

__all__ = ["challenge_records"]

_COLUMNS = ("source", "age", "sex")


def challenge_records(
    database="challenge-2021",
    *,
    records=None,
    leads=TWELVE_LEADS,
    fs=500,
    band_hz=None,
    missing="refuse",
    unlabelled="drop",
    further=None,
):
    """Take whole recordings with the classes that the Challenge of 2021 scores.

    Codes that are not scored are passed over: a recording that has only such is there without any
    class. A class that its source never uses is not absent but unknown (`known_statements`).

    Parameters
    ----------
    database : Database, str or path
        The Challenge or its name; a folder of recordings with ``#Dx`` lines, as
        `pathlib.Path` or text with a slash; or a database whose ``metadata`` has ``dx``, a
        tuple of codes.
    records : sequence of str, optional
        The recordings to take; all of them if left out.
    leads : int or sequence of str
        Leads in the order wanted, or a set of the Challenge by its number (`LEAD_SETS`), whatever
        order the files have. A limb lead that is missing follows from I and II where these are
        there.
    fs : float
        Rate in Hz to which all recordings are brought (they have 257, 500 or 1000).
    band_hz : (float, float), optional
        Zero-phase Butterworth band-pass over the whole recording, in Hz.
    missing : {"refuse", "zero"}
        Refuse recordings that lack a lead or some samples, or have 0 there.
    unlabelled : {"drop", "keep"}
        What becomes of recordings whose ``#Dx`` line is empty or not there: nobody has said that
        they have nothing.
    further : dict of str to str, optional
        Codes that are to count as well, and their class, such as
        ``{"164884008": "PVC|VPB"}``: the Challenge leaves the ventricular ectopics of CPSC, INCART
        and PTB-XL out of its score.

    Returns
    -------
    records : Examples
        `Ragged`, in mV, of the 26 classes; rows with ``source``, ``age`` in years (NaN where not
        recorded), ``sex`` (``M``, ``F`` or empty) and ``dx``, all codes with commas between.
        Nobody tells which recordings are of one person: each is a patient.

    Raises
    ------
    RecordInvalid
        If a recording lacks leads or samples, voltages are implausible (µV called mV), or a label
        is neither a code nor one of the early labels of CPSC; each names the recording.
    """
    if unlabelled not in ("drop", "keep"):
        raise RecordInvalid(f'unlabelled must be "drop" or "keep", got {unlabelled!r}')
    database = _opened(database)
    said = database.metadata
    if "dx" not in said:
        raise RecordInvalid(f"{database.name} has no column dx of diagnoses; take challenge-2021")
    if records is not None:
        records = tuple(records)
        said = said.loc[said.index.isin(records)]
    if unlabelled == "drop":
        said = said[said["dx"].map(len) > 0]
    labels = _labels(database, said["dx"], further)
    rows = said[list(_COLUMNS)].assign(dx=said["dx"].map(",".join))
    recipe = {"recipe": "challenge", "unlabelled": unlabelled, "further": further or {}}
    options = {"records": records, "leads": leads, "fs": fs, "band_hz": band_hz}
    how = {"recipe": recipe, "missing": missing, "ragged": True}
    return labelled_records(database, labels, rows, **how, **options)


def _opened(database):
    is_path = isinstance(database, Path) or (isinstance(database, str) and "/" in database)
    if not is_path:
        return opened(database)
    from ecgbook.sources.challengefolder import ChallengeFolder

    return ChallengeFolder(database)


def _labels(database, dx, further):
    found = []
    for record, codes in dx.items():
        try:
            found.append(classes_of_codes(codes, further))
        except RecordInvalid as error:
            raise RecordInvalid(f"{database.name}/{record}: {error}") from None
    table = [[name in own for name in CHALLENGE_CLASSES] for own in found]
    return pd.DataFrame(table, dx.index, CHALLENGE_CLASSES, dtype=bool)
