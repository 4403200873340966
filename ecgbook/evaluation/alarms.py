"""What a ward would hear: how often something happens to each patient in an hour."""

import numpy as np
import pandas as pd

from ecgbook.errors import ScoreInvalid

__all__ = ["per_hour"]


def per_hour(counted, patient, record, *, record_hours=0.5):
    """Return how many beats are counted in an hour, a Series by patient.

    Parameters
    ----------
    counted : array of bool, shape (beat,)
        The beats that count, such as false alarms.
    patient, record : arrays of str, shape (beat,)
        Whose each beat is, and from which recording. A patient has as many hours as recordings
        times ``record_hours``, which is that of MIT-BIH if left out.

    Raises
    ------
    ScoreInvalid
        If shapes differ, or ``counted`` is not bool.

    Examples
    --------
    >>> per_hour(np.array([True, False, True, True]), list("aabb"), ["1", "1", "2", "3"]).to_dict()
    {'a': 2.0, 'b': 2.0}
    """
    counted, patient, record = map(np.asarray, (counted, patient, record))
    if counted.dtype != bool or not counted.shape == patient.shape == record.shape:
        raise ScoreInvalid(
            f"counted must be bool, with a patient and a record a beat, got {counted.dtype} of "
            f"shape {counted.shape} for {patient.size} patients and {record.size} records"
        )
    by_patient = pd.DataFrame({"counted": counted, "record": record}).groupby(patient)
    return by_patient["counted"].sum() / (record_hours * by_patient["record"].nunique())
