from dataclasses import replace

import numpy as np

from ecgbook import Annotations
from ecgbook.plotting import describe, is_simulated
from tests.plotting.examples import beats, recording


def test_says_leads_and_length():
    ecg = recording(("MLII", "V5"), seconds=10, database="mitdb", record="100")
    assert describe(ecg) == "ECG of mitdb/100: leads MLII, V5, 10 s."


def test_says_that_an_ecg_is_simulated():
    ecg = recording(database="synthetic:mitdb", record="100")
    assert describe(ecg).startswith("Simulated ECG of synthetic:mitdb/100: lead II")
    assert is_simulated(ecg)
    assert not is_simulated(recording(database="mitdb"))


def test_counts_beats_and_not_rhythm_marks():
    marks = Annotations([10, 100, 225, 350], ["+", "N", "V", "N"], ["(N", "", "", ""])
    # Two intervals of 125 samples at 250 Hz: 0.5 s each, 120 a minute.
    assert describe(recording(annotations=marks)).endswith(
        "3 annotated beats (2 N, 1 V), 120 beats per minute."
    )


def test_gives_no_rate_for_one_beat():
    text = describe(recording(annotations=beats([100], "N")))
    assert text.endswith("1 annotated beat (1 N).")


def test_says_that_nothing_is_annotated():
    assert describe(recording(annotations=beats([], ""))).endswith("No annotated beats.")


def test_says_how_much_is_missing():
    ecg = recording()
    signal = ecg.signal.copy()
    signal[:, :250] = np.nan
    assert describe(replace(ecg, signal=signal)).endswith("25 % of the samples are missing.")


def test_two_beats_at_one_place_have_no_rate():
    assert "per minute" not in describe(recording(annotations=beats([100, 100], "NN")))
