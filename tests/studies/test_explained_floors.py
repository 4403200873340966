from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

from ecgbook import open_database
from ecgbook.datasets import Examples
from ecgbook.labels import label
from ecgbook.studies.explained_floors import against_floors, auroc, floor_table, mean_number
from ecgbook.studies.explained_methods import METHODS, NETWORKS
from ecgbook.studies.wave_scores import t_height, wave_scores

MASK = np.zeros((6, 1, 20), bool)
MASK[:, :, 5:10] = True
PATIENT = list("aabbcc")
POINTED = MASK.astype(np.float32)


@pytest.fixture(scope="module")
def found():
    """Return explanations of which one method alone knows what was learnt."""
    flat = np.ones(MASK.shape, np.float32)
    own = {(name, network): flat for name in METHODS for network in NETWORKS}
    own["gradient", "trained"] = POINTED
    own["lime", "trained"] = own["lime", "reset"] = POINTED
    floors = {("signal", "none"): flat, ("random", "none"): flat, ("mask", "none"): POINTED}
    return own | floors


def test_a_constant_has_the_share_of_the_mask_and_the_truth_has_1(found):
    auprc, shown, floors = floor_table(found, MASK)
    assert floors == {"signal": pytest.approx(0.25), "random": pytest.approx(0.25)}
    assert list(shown.columns) == [*NETWORKS]
    assert set(shown.index[:2]) == {"gradient", "lime"}
    assert shown.loc["gradient"].tolist() == pytest.approx([1, 0.25, 0.25])
    assert auprc["mask", "none"].tolist() == [1] * 6


def test_a_method_counts_only_if_it_beats_both_floors(found):
    auprc, *_ = floor_table(found, MASK)
    table = against_floors(auprc, PATIENT)
    assert table.loc[label("gradient"), "beats both"] == "yes"
    # What is as good on reset weights shows nothing that was learnt.
    assert table.loc[label("lime"), "beats both"] == "no"
    assert float(table.loc[label("lime"), "minus |signal|"]) == pytest.approx(0.75)
    assert set(table["beats both"].drop(label("gradient"))) == {"no"}


def test_intervals_are_over_patients():
    one = mean_number([0, 0, 1, 1, 0.5, 0.5], PATIENT)
    assert float(one) == 0.5
    assert one.low < 0.2 < 0.8 < one.high
    assert one.n == 6
    alone = mean_number([0, 1], ["a", "a"])
    assert (float(alone), alone.low, alone.n) == (0.5, None, 2)


def test_waves_are_scored_by_record_lead_and_tolerance():
    ludb = open_database("ludb", data="synthetic")
    table = wave_scores(ludb, ludb.records[:1], tolerances_ms=(150, 2))
    assert len(table) == 12 * 9 * 2
    hits = table.groupby("ms")["tp"].sum()
    assert hits[2] < hits[150]
    # Every mark is a hit or a miss, whatever the tolerance.
    both = (table["tp"] + table["fn"]).groupby(table["ms"]).sum()
    assert both[2] == both[150]


def test_the_height_of_t_waves_has_a_sign():
    class Upside:
        """LUDB with every lead turned upside down."""

        def __init__(self, ludb):
            self.waves, self._read = ludb.waves, ludb.read

        def read(self, record):
            recording = self._read(record)
            return replace(recording, signal=-recording.signal)

    ludb = open_database("ludb", data="synthetic")
    name = ludb.records[0]
    assert t_height(Upside(ludb), name) == pytest.approx(-t_height(ludb, name))
    assert t_height(ludb, name) != 0


def test_how_well_a_network_tells_is_the_area_over_patients():
    class Height(nn.Module):
        def __init__(self):
            super().__init__()
            self.signs = nn.Parameter(torch.tensor([[-1.0, 1.0]]))

        def forward(self, x):
            return x[:, 0, :1] * self.signs

    x, y = np.array([0.0, 1, 2, 3, 4, 5]), np.array([0, 0, 1, 0, 1, 1])
    rows = pd.DataFrame({"patient": PATIENT, "record": PATIENT, "sample": 0})
    beats = Examples(x[:, None, None], y, ("N", "V"), rows, fs=100, leads=["II"])
    found = auroc(Height().eval(), beats)
    assert float(found) == pytest.approx(roc_auc_score(y, x))
    assert found.low <= float(found) <= found.high
