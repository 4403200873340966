"""The lead matrix: what each lead sees of the heart's dipole.

The dipole stands in the middle of the chest and points along three axes, those of the
Frank leads: ``left`` (X), ``down`` (Y) and ``back`` (Z). Every electrode feels a fixed
mixture of the three, and every lead is a difference of electrodes. Noise enters at the
electrodes, so it obeys the same rules as the heart: I + III = II, noise or not.

References
----------
Dower, Machado, Osborne, "On deriving the electrocardiogram from vectorcardiographic leads",
Clinical Cardiology 3:87–95, 1980; the coefficients of I, II and V1–V6.
"""

import numpy as np

from ecgbook.conventions import TWELVE_LEADS
from ecgbook.errors import RecordInvalid

__all__ = ["DIPOLE_TO_ELECTRODES", "ELECTRODES", "FRANK_LEADS", "TWELVE_LEADS", "lead_matrix"]

FRANK_LEADS = ("VX", "VY", "VZ")

_CHEST = TWELVE_LEADS[6:]

# Right arm, left arm, left leg, six on the chest, and the three outputs of Frank's network,
# which mixes seven electrodes of its own: here each counts as one electrode.
ELECTRODES = ("RA", "LA", "LL", *_CHEST, *FRANK_LEADS)

#          left    down    back
_DOWER = {
    "I": (0.632, -0.235, 0.059),
    "II": (0.235, 1.066, -0.132),
    "V1": (-0.515, 0.157, -0.917),
    "V2": (0.044, 0.164, -1.387),
    "V3": (0.882, 0.098, -1.277),
    "V4": (1.213, 0.127, -0.601),
    "V5": (1.125, 0.127, -0.086),
    "V6": (0.831, 0.076, 0.230),
}


def _dipole_to_electrodes():
    """Return the potential of each electrode against Wilson's terminal, (electrode, axis).

    Wilson's terminal is the mean of the limb electrodes, so these add up to zero and I and II
    alone fix them: RA = −(I + II) / 3, LA = (2 I − II) / 3, LL = (2 II − I) / 3.
    """
    one, two = np.array(_DOWER["I"]), np.array(_DOWER["II"])
    limbs = [-(one + two) / 3, (2 * one - two) / 3, (2 * two - one) / 3]
    chest = [np.array(_DOWER[name]) for name in _CHEST]
    return np.stack([*limbs, *chest, *np.eye(3)])


DIPOLE_TO_ELECTRODES = _dipole_to_electrodes()

_LIMB_LEADS = {
    "I": {"LA": 1, "RA": -1},
    "II": {"LL": 1, "RA": -1},
    "III": {"LL": 1, "LA": -1},
    "aVR": {"RA": 1, "LA": -1 / 2, "LL": -1 / 2},
    "aVL": {"LA": 1, "RA": -1 / 2, "LL": -1 / 2},
    "aVF": {"LL": 1, "RA": -1 / 2, "LA": -1 / 2},
}
_CHEST_LEADS = {name: {name: 1, "RA": -1 / 3, "LA": -1 / 3, "LL": -1 / 3} for name in _CHEST}
_FRANK_LEADS = {name: {name: 1} for name in FRANK_LEADS}

# The modified leads of a Holter see what the plain ones see; a recorder between two thumbs sees I.
_LEADS = {**_LIMB_LEADS, **_CHEST_LEADS, **_FRANK_LEADS}
_LEADS |= {"MLII": _LEADS["II"], "ML2": _LEADS["II"], "MV2": _LEADS["V2"], "ECG": _LEADS["I"]}


def lead_matrix(leads):
    """Return how leads are made of electrodes.

    Parameters
    ----------
    leads : sequence of str
        Names among the twelve leads, ``VX VY VZ`` (Frank), ``MLII``, ``ML2`` and ``MV2`` (the
        modified leads of Holter recorders) and ``ECG`` (lead I between two hands).

    Returns
    -------
    array of float64, shape (lead, electrode)
        One row a lead, one column for each of `ELECTRODES`. Times `DIPOLE_TO_ELECTRODES` it is
        Dower's matrix, with the other limb leads derived.

    Raises
    ------
    RecordInvalid
        If there is no lead, or the model knows no lead of such a name.

    Examples
    --------
    >>> (lead_matrix(["I", "III", "II"]) @ DIPOLE_TO_ELECTRODES).round(3)
    array([[ 0.632, -0.235,  0.059],
           [-0.397,  1.301, -0.191],
           [ 0.235,  1.066, -0.132]])
    """
    unknown = [name for name in leads if name not in _LEADS]
    if unknown or not len(leads):
        raise RecordInvalid(
            f"the simulator knows the leads {', '.join(_LEADS)}; got {', '.join(unknown) or 'none'}"
        )
    matrix = np.zeros((len(leads), len(ELECTRODES)))
    for row, lead in zip(matrix, leads, strict=True):
        for electrode, weight in _LEADS[lead].items():
            row[ELECTRODES.index(electrode)] = weight
    return matrix
