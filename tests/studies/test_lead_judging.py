"""Chapter 8: what an answer about 31 labels is judged by, and at which thresholds."""

from types import SimpleNamespace

import numpy as np
import pytest

from ecgbook.errors import ScoreInvalid
from ecgbook.evaluation import CHALLENGE_CLASSES
from ecgbook.sources.ptbxl import SUPERCLASSES
from ecgbook.studies import lead_records, study_of
from ecgbook.studies.lead_judging import (
    JUDGED,
    THRESHOLDS,
    View,
    answers_of,
    judging,
    moved,
    views,
)
from ecgbook.studies.runner import Computed
from tests.studies.twelve_leads import make_recordings

STUDY = study_of("08-twelve-leads")


@pytest.fixture(scope="module")
def records():
    return make_recordings(n=240, elsewhere=24, time=8)


@pytest.fixture(scope="module")
def split(records):
    return lead_records.by_fold(records)


def said_right(records, split):
    """Return 0.3 for what is there, and 0.1 for what is not."""
    return [0.1 + 0.2 * records.y[part] for part in (split.valid, split.test)]


def unit(records, split, said, which, **case):
    """Return a case as if it had been computed."""
    answers = answers_of(records, split, said, which, crop="whole", leads=12)
    arrays = {}
    for part in ("valid", "test"):
        rows = getattr(split, part)
        arrays |= {f"{part}.rows": rows, f"{part}.y": records.y[rows]}
        arrays[f"{part}.patient"] = records.patient[rows]
        arrays |= {f"{part}.{k}": getattr(one, part) for k, one in enumerate(answers)}
    case = {"method": "random_kernels", "protocol": "official_folds", "seed": 0, **case}
    about = [{"fields": one.fields, "report": ""} for one in answers]
    return Computed(case, arrays, about, {}, "", True)


def rows_of(units, k=0):
    fields, table = STUDY.report(units)[k]
    return fields, table.set_index(["score", "class"])["value"]


def test_a_threshold_moves_to_one_half_and_no_rank_changes():
    rng = np.random.default_rng(0)
    probability, limits = rng.random((50, 3)), np.array([0.2, 0.5, 0.9])
    now = moved(probability, limits)
    np.testing.assert_array_equal(now > 0.5, probability > limits)
    np.testing.assert_array_equal(now.argsort(axis=0), probability.argsort(axis=0))
    np.testing.assert_array_equal(moved(limits[None], limits), [[0.5] * 3])
    np.testing.assert_allclose(moved(probability, np.full(3, 0.5)), probability)
    ends = moved(np.array([[0.0, 1.0]]), np.array([1.0, 0.0]))
    np.testing.assert_allclose(ends, [[0, 1]], atol=1e-9)


def test_f1_chooses_a_threshold_a_class_and_a_half_where_nothing_is_to_choose():
    y = np.array([[True, False], [False, False], [True, False]])
    probability = np.array([[0.3, 0.9], [0.1, 0.1], [0.2, 0.1]])
    assert THRESHOLDS["f1"](y, probability).tolist() == [0.2, 0.5]


def test_views_begin_with_the_plain_outputs():
    assert views()[0] == views(labels="superclasses")[0] == View("superclasses")
    for options in ({}, {"labels": "superclasses"}, {"in_full": True}, {"elsewhere": False}):
        found = views(**options)
        assert len(set(found)) == len(found)
    assert {one.tested for one in views(elsewhere=False)} == {"ptb_xl"}
    assert {one.judged for one in views(labels="superclasses")} == {"superclasses"}


@pytest.mark.parametrize("view", views(in_full=True))
def test_an_answer_is_about_the_recordings_and_classes_of_its_view(records, split, view):
    (answer,) = answers_of(records, split, said_right(records, split), [view])
    official = view.judged == "challenge"
    classes = CHALLENGE_CLASSES if official else JUDGED[view.judged]
    columns = np.isin(lead_records.CLASSES, classes)
    own = lead_records.judged_rows(records[split.test], view.judged, tested=view.tested)
    own &= lead_records.is_one_of(records.rows.iloc[split.test], view.people)
    np.testing.assert_array_equal(np.isfinite(answer.test), own[:, None] & columns)
    assert np.isfinite(answer.valid).any()
    assert answer.fields == view._asdict()


@pytest.mark.parametrize("threshold", ["f1", "grid", "evolution", "grid_on_test"])
def test_right_answers_are_called_right_once_thresholds_are_chosen(records, split, threshold):
    judged = "challenge"
    both = [View(judged, threshold), View(judged, "half")]
    units = [unit(records, split, said_right(records, split), both)]
    fields, chosen = rows_of(units)
    assert fields["threshold"] == threshold
    short = 0.1 if threshold == "evolution" else 1e-9  # which draws, and may stop a step short
    assert chosen["challenge2021_score", "all"] == pytest.approx(1, abs=short)
    assert chosen["f1", "macro"] == pytest.approx(1, abs=short)
    _, plain = rows_of(units, 1)
    assert plain["auroc", "macro"] == 1
    assert plain["f1", "macro"] == 0  # nothing reaches 0.5
    assert plain["brier", "macro"] == pytest.approx(
        np.mean([_brier(records, split, name) for name in JUDGED[judged]])
    )


def _brier(records, split, name):
    rows = split.test[lead_records.judged_rows(records[split.test], "challenge")]
    there = records.y[rows, lead_records.CLASSES.index(name)].mean()
    return there * 0.7**2 + (1 - there) * 0.1**2


def test_outputs_made_0_and_1_lose_their_ranks(records, split):
    which = [View("challenge", "outputs_0_1"), View("challenge")]
    units = [unit(records, split, said_right(records, split), which)]
    assert rows_of(units)[1]["auroc", "macro"] == 0.5  # all outputs are 0
    assert rows_of(units, 1)[1]["auroc", "macro"] == 1


def test_scores_of_classes_are_of_the_common_ones_and_the_official_one_of_all():
    pairs = judging(View("challenge", "grid")._asdict())
    assert [(task.classes, scores) for task, scores in pairs] == [
        (lead_records.COMMON, ("f1",)),
        (CHALLENGE_CLASSES, ("challenge2021_score",)),
    ]
    ((task, _),) = judging(View("superclasses")._asdict())
    assert task.classes == SUPERCLASSES


def test_a_difference_is_paired_by_recording(records, split):
    right, wrong = said_right(records, split), [0.2 - p for p in said_right(records, split)]
    wrong = [part + 0.2 for part in wrong]
    which = [View("superclasses")]
    ours = [unit(records, split, right, which, seed=s) for s in (0, 1, 2)]
    theirs = [unit(records, split, wrong, which, seed=s) for s in (1, 2)]
    table = STUDY.difference((ours, 0), (theirs, 0)).set_index(["score", "class"])
    assert table.loc[("auroc", "macro"), ["value", "low", "high"]].tolist() == [1, 1, 1]
    assert table.loc[("auroc", "macro"), "n"] == 20  # of 24 in fold 10, four say nothing


def test_answers_about_other_recordings_have_no_difference(records, split):
    one = unit(records, split, said_right(records, split), [View("superclasses")])
    other = unit(records, split, said_right(records, split), [View("superclasses", tested="ludb")])
    with pytest.raises(ScoreInvalid, match="other recordings"):
        STUDY.difference(([one], 0), ([other], 0))


def test_influence_is_of_the_set_that_has_the_score(records, split):
    units = [unit(records, split, said_right(records, split), [View("challenge", "grid")])]
    table = STUDY.influence((units, 0), "challenge2021_score")
    judged = lead_records.judged_rows(records[split.test], "challenge")
    assert set(table["patient"]) == set(records.patient[split.test][judged])


def test_calibration_is_told_of_some_methods_alone(records, split):
    said = said_right(records, split)
    for method, expected in (("small_resnet", True), ("random_kernels", False)):
        _, table = rows_of([unit(records, split, said, [View("superclasses")], method=method)])
        assert (("calibration_error", "MI") in table.index) == expected


def test_the_mean_of_three_runs_is_judged_like_one():
    one = next(c for c in STUDY.combinations if c.fields["labels"] == "superclasses")
    members = SimpleNamespace(valid=np.zeros((3, 2, 31)), test=np.zeros((3, 2, 31)))
    members.test[:, :, 0] = [[0.1, np.nan], [0.2, np.nan], [0.6, np.nan]]
    _, test = one.combine(members)
    np.testing.assert_allclose(test[:, 0], [0.3, np.nan])
    assert View("superclasses")._asdict().items() <= one.fields.items()
