"""Chapter 9's study: scores of signals, floors and ceilings that theory knows, cases and words."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from ecgbook.code import code_digest
from ecgbook.datasets.lesions import LESIONS
from ecgbook.labels import _IN_FIELD, _LABELS, label
from ecgbook.resultfile import make_unit
from ecgbook.sources import open_database
from ecgbook.studies import explained_lesions, explained_waves, runner, study_of
from ecgbook.studies.explained import Problem, scored
from ecgbook.studies.explained_methods import FLOORS, METHODS, NETWORKS, trivial
from ecgbook.studies.explained_scores import SCORES, mean_rows, signal_scores, verdict
from ecgbook.studies.explained_waves import FINDINGS, defining_mask, has_finding, people_with
from ecgbook.studies.study import Training

STUDY = study_of("09-explainability")
TINY = Training(
    examples=100,
    draws=60,
    options={"people": 12, "beats": 1, "samples": 40, "steps": 4, "resets": 2},
)
PLACE = slice(40, 60)
GRADIENTS = ("gradient", "smooth_gradient", "integrated_gradients")


class LooksAtOnePlace(nn.Module):
    """Class 1 is how large lead 0 is within `PLACE`; nothing else counts."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Conv1d(2, 1, 1, bias=False)
        self.mix.weight.data = torch.tensor([[[1.0], [0.0]]])

    def forward(self, x):
        size = self.mix(x)[:, 0, PLACE].clamp(min=0).mean(dim=1)
        return torch.stack([torch.zeros_like(size), 8 * size - 4], dim=1)


def looked_at(n=6):
    """Return a `Problem` whose truth is where the network looks."""
    rng = np.random.default_rng(0)
    x = (0.05 * rng.normal(size=(n, 2, 125))).astype(np.float32)
    x[:, 0, PLACE] += 1
    x[:, 1, 100:110] += 3  # larger, and of no matter
    mask = np.zeros(x.shape, bool)
    mask[:, 0, PLACE] = True
    qrs = np.zeros(x.shape, bool)
    qrs[:, :, 100:110] = True
    networks = {"trained": LooksAtOnePlace().eval()}
    about = {"patient": np.arange(n) // 2, "fs": 125.0, "target": np.ones(n, np.int64)}
    layered = ("grad_cam", "grad_cam_by_lead", "guided_grad_cam", "activation_map")
    methods = dict.fromkeys(layered, _unlayered)
    return Problem(networks=networks, x=x, mask=mask, qrs=qrs, methods=methods, **about)


def _unlayered(model, x, target, fs):
    """Stand in for methods that need a layer's name, which this network's author did not give."""
    return np.zeros_like(x)


@pytest.fixture(scope="module")
def answers():
    return {own["method"]: (scores, alike) for own, scores, alike in scored(looked_at())}


def of(answers, method, score):
    return answers[method][0][SCORES.index(score)]


@pytest.mark.parametrize("method", [*GRADIENTS, "guided_backpropagation", "occlusion", "lime"])
def test_a_network_that_looks_at_one_place_is_found_out(answers, method):
    # Pieces of a tenth of a second that touch the place have 26 samples, 20 of them in it.
    assert (of(answers, method, "mask_auprc") > 20 / 27).all()
    # All samples of a piece share its value: ten of 13 at least.
    least = 10 / 13 if method == "lime" else 1
    assert (of(answers, method, "pointing_game") >= least - 1e-9).all()


def test_the_mask_is_the_ceiling_and_other_places_are_the_floor(answers):
    assert (of(answers, "mask", "mask_auprc") == 1).all()
    assert (of(answers, "mask", "share_on_mask") == 1).all()
    # The complex lies off the mask: nothing of it is on it, nor is the largest sample.
    assert (of(answers, "qrs", "share_on_mask") == 0).all()
    assert (of(answers, "signal", "pointing_game") == 0).all()
    share = looked_at().mask.mean()
    assert of(answers, "random", "share_on_mask").mean() == pytest.approx(share, abs=0.02)


def test_deletion_of_the_mask_takes_the_class_away_at_once(answers):
    # 20 of 250 samples: after two of twenty steps nothing is left but the mean of the lead, and
    # while samples come back the first two steps bring all.
    assert (of(answers, "mask", "deletion") < of(answers, "qrs", "deletion")).all()
    assert (of(answers, "mask", "insertion") > of(answers, "qrs", "insertion")).all()


def test_what_is_no_truth_is_not_scored():
    problem, seen = looked_at(2), np.array([[0, 50], [70, 125]])
    about = problem.networks["trained"], problem.x, problem.target
    attribution = np.ones(problem.x.shape)
    scores = signal_scores(*about, attribution, problem.mask, seen=seen)
    # Ten of the mask's samples are among the 2 x 50 that were looked at; then none.
    assert scores[0] == pytest.approx([0.1, np.nan], nan_ok=True)
    assert scores[2] == pytest.approx([0.1, np.nan], nan_ok=True)
    assert np.isnan(scores[SCORES.index("evidence_auprc")]).all()


def test_methods_that_see_the_same_agree(answers):
    alike = answers["gradient"][1]
    assert set(alike) == {*METHODS, "signal"} - {"gradient"}
    # Of a linear answer all noisy copies have one gradient.
    assert alike["smooth_gradient"] == pytest.approx(np.ones(6), abs=1e-5)
    assert answers["random"][1] == {}


def test_a_score_on_reset_weights_is_the_mean_of_all_draws():
    problem = looked_at(2)
    with torch.no_grad():
        elsewhere = LooksAtOnePlace().eval()
        elsewhere.mix.weight.copy_(torch.tensor([[[0.0], [1.0]]]))  # the lead of no matter
    trained = problem.networks["trained"]
    networks = {"trained": trained, "reset": elsewhere}
    draws = []
    for more in ([], [trained], [trained, trained]):
        answers = scored(replace(problem, networks=networks, resets=more))
        own = {(f["method"], f["network"]): (s, a) for f, s, a in answers}
        score, alike = own["gradient", "reset"][0][0], own["gradient", "trained"][1]["reset"]
        draws.append((score.mean(), alike.mean()))
    (alone, unlike), two, three = draws
    assert own["gradient", "trained"][0][0] == pytest.approx([1, 1])
    assert two == pytest.approx(((alone + 1) / 2, (unlike + 1) / 2))
    assert three == pytest.approx(((alone + 2) / 3, (unlike + 2) / 3))


def test_means_are_over_signals_with_intervals_over_patients():
    values = np.array([[[1.0, 1.0, 0.0, np.nan]], [[0.0, 0.0, 0.0, np.nan]]])
    rows = mean_rows(values, ["a", "a", "b", "c"], ["deletion"], n=200)
    (row,) = rows.to_dict("records")
    # 2 of 3 signals in the first run and none in the second; a patient without a value is none.
    assert row["value"] == pytest.approx(1 / 3)
    assert (row["low"], row["high"]) == (0.0, 1.0)
    assert (row["n_patients"], row["n"]) == (2, 3)
    assert mean_rows(np.full((1, 1, 2), np.nan), ["a", "b"], ["deletion"]).empty


@pytest.mark.parametrize(
    ("signal", "reset", "expected"),
    [(0.2, 0.2, "both"), (0.9, 0.2, "reset"), (0.2, 0.5, "signal"), (0.5, 0.9, "neither")],
)
def test_a_verdict_needs_a_difference_above_0(signal, reset, expected):
    sides = (np.full((1, 4), value) for value in (0.5, signal, reset))
    assert verdict(*sides, ["a", "b", "c", "d"]) == expected


def test_trivial_explanations_know_no_network():
    x = np.zeros((2, 2, 50), np.float32)
    x[:, 1, 20] = 5
    known = trivial(x, x > 0, x > 0, 125.0)
    assert set(known) == {*FLOORS, "mask"}
    assert known["signal"][0].max() == pytest.approx(1)  # over five samples
    assert all(own.shape == x.shape for own in known.values())


def test_what_defines_a_finding_lies_between_marks():
    #                 QRS QRS ST  ST  T  T  -  P  -  QRS -
    marks = np.array([2, 2, 0, 0, 3, 3, 0, 1, 0, 2, 0])
    assert np.flatnonzero(defining_mask(marks, "QRS")).tolist() == [0, 1, 9]
    assert np.flatnonzero(defining_mask(marks, "ST-T")).tolist() == [2, 3, 4, 5]
    assert np.flatnonzero(defining_mask(marks, "TQ")).tolist() == [6, 7, 8]
    assert not defining_mask(np.zeros(5, int), "TQ").any()


def test_findings_are_read_from_the_columns_of_ludb():
    labels = pd.DataFrame(
        {
            "rhythm": ["Sinus rhythm", "Atrial fibrillation", "Atrial flutter, typical"],
            "conduction": [("Incomplete right bundle branch block",), (), ("Other",)],
            "ischaemia": [(), ("Stemi: septal",), ()],
            "hypertrophies": [("Left atrial hypertrophy",), (), ("Left ventricular hypertrophy",)],
        }
    )
    there = {name: has_finding(labels, name).tolist() for name in FINDINGS}
    assert there == {
        "irbbb": [True, False, False],
        "ischaemia": [False, True, False],
        "lvh": [False, False, True],
        "af": [False, True, False],
    }


@pytest.fixture(scope="module")
def computed():
    case = {"truth": "simulated", "finding": "wide_qrs", "seed": 0}
    study = replace(STUDY, trainings={"smoke": TINY})
    return study, runner.run(study, case, profile="smoke")


def test_simulated_rows_say_so(computed):
    study, unit = computed
    assert unit.simulated
    assert unit.origin == open_database("synthetic").origin
    for fields, rows in study.report([unit]):
        assert fields["truth"] == "simulated"
        make_unit(rows, fields, unit)


def test_every_explanation_of_every_network_is_reported(computed):
    study, unit = computed
    tables = study.report([unit])
    told = {(f["method"], f["network"]) for f, _ in tables}
    every = {(m, n) for m in METHODS for n in NETWORKS}
    every |= {(floor, "none") for floor in (*FLOORS, "mask")}
    assert told == every | {("network", n) for n in NETWORKS}
    for fields, rows in tables:
        is_explained = fields["network"] == "trained" and fields["method"] != "network"
        assert ("above_floors" in fields) == is_explained
        if fields["method"] == "mask":
            assert float(rows.set_index("score")["value"]["mask_auprc"]) == 1
    assert len(study.report([unit], "valid")) == len(tables)


def test_a_difference_is_that_of_the_same_signals(computed, tmp_path):
    study, unit = computed
    place = {(a["fields"]["method"], a["fields"]["network"]): k for k, a in enumerate(unit.answers)}
    sides = [([unit], place[one]) for one in (("gradient", "trained"), ("signal", "none"))]
    rows = study.difference(*sides).set_index("score")["value"]
    means = [np.nanmean(unit.arrays[f"test.{k}.scores"][: len(SCORES)], axis=1) for _, k in sides]
    assert rows["mask_auprc"] == pytest.approx(means[0][0] - means[1][0])
    shelf = runner.Shelf(study, "smoke", "synthetic", tmp_path)
    tables = [*shelf._differences([([unit], k) for k in range(len(unit.answers))], "test")]
    told = [tuple(fields.values()) for fields, *_ in tables]
    assert len(told) == len(set(told)) == len(METHODS) * len(study.pairs)


def test_people_are_in_one_part_and_lesions_alone_are_explained():
    beats, parts = explained_lesions.simulated("st_elevation", TINY)
    people = [set(beats.examples.patient[rows]) for rows in parts.values()]
    assert sum(map(len, people)) == len(set.union(*people)) == 12
    problem = explained_lesions.problem(beats, parts["test"], {})
    assert problem.mask.any(axis=(1, 2)).all()
    assert (problem.target == 1).all()


def test_marks_of_ludb_become_masks_of_each_lead():
    ludb = open_database("ludb", "synthetic")
    options = {"of_each": 1}
    training = replace(TINY, options=options)
    records, _ = explained_waves.with_ludb(open_database("ptb-xl", "synthetic"), training)
    rows = np.flatnonzero(records.rows["source"] == "ludb")[:2]
    problem = explained_waves.problem(records, rows, ludb, "lvh", {})
    assert problem.mask.shape == problem.x.shape
    assert 0.03 < problem.mask.mean() < 0.3  # complexes of some 0.1 s, about one a second
    # Our own delineation stands on the marks, which it does not know.
    assert (problem.mask[:, 1] & problem.qrs[:, 1]).sum() > 0.5 * problem.mask[:, 1].sum()
    assert len(people_with(records, ludb, "af", 1)) <= 1


def test_every_value_has_words_of_its_own():
    names = {("method", name) for name in (*METHODS, *FLOORS, "mask", "network", "lime_waves")}
    names |= {("network", name) for name in (*NETWORKS, "none")}
    names |= {("finding", name) for name in (*LESIONS, *FINDINGS)}
    names |= {("truth", name) for name in ("simulated", "ludb")}
    names |= {("above_floors", name) for name in ("both", "signal", "reset", "neither")}
    names |= {("score", name) for name in (*SCORES, "agreement")}
    assert all(pair in _IN_FIELD or pair[1] in _LABELS for pair in names)
    assert len({label(value, name) for name, value in names} - {"network"}) == len(names) - 1


def test_a_case_depends_on_its_own_truth():
    cases = STUDY.cases()
    assert len(cases) == 3 * len(LESIONS) + 3
    first, last = (code_digest(*STUDY.code(case, "cpu")) for case in (cases[0], cases[-1]))
    assert first != last
    assert STUDY.of_method("database", cases[0]) == "synthetic"
    assert STUDY.of_method("database", cases[-1]) == "ptb-xl"
