"""Simulated hearts against those of real people with the same diagnosis."""

import numpy as np
import pytest

from ecgbook import DataMissing, open_database
from ecgbook.signals import remove_baseline
from ecgbook.simulator import TWELVE_LEADS, simulate

N_RECORDS = 60


def real_ecgs(statement):
    try:
        database = open_database("ptb-xl")
    except DataMissing:
        pytest.skip("no PTB-XL records at hand")
    sure = database.metadata["scp_codes"].map(lambda codes: codes.get(statement, 0) == 100)
    ecgs = database.read_all(database.metadata.index[sure][:N_RECORDS])
    return [remove_baseline(ecg).select(*TWELVE_LEADS).signal for ecg in ecgs]


def heights(ecgs):
    """Return the largest and the smallest voltage of each recording, (recording, 2, lead)."""
    # Half a per cent of the samples is less than half of the R peaks' own width.
    return np.stack([np.percentile(ecg, [0.5, 99.5], axis=1) for ecg in ecgs])


@pytest.mark.real
@pytest.mark.parametrize(
    ("statement", "condition"),
    [("NORM", "normal"), ("CLBBB", "lbbb"), ("CRBBB", "rbbb"), ("LVH", "lvh")],
)
def test_usual_simulated_patient_is_no_stranger_among_the_real_ones(statement, condition):
    real = heights(real_ecgs(statement))
    simulated = np.median(heights(simulate(condition, n=40).signal), axis=0)
    low, high = np.percentile(real, [5, 95], axis=0)
    # Half a small square: real recordings are noisier, which makes their extremes larger.
    outside = (simulated < low - 0.05) | (simulated > high + 0.05)
    strangers = [
        f"{lead} {side}"
        for row, side in zip(outside, ("S", "R"), strict=True)
        for lead, strange in zip(TWELVE_LEADS, row, strict=True)
        if strange
    ]
    # Each of the 24 values of a real patient is outside with a chance of one in ten.
    assert len(strangers) <= 1, strangers
