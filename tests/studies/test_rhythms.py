"""Chapter 7's study: splits, folds, combinations, words, and cheap methods from end to end."""

from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from ecgbook import tasks
from ecgbook.code import _add_named_entries, _visit
from ecgbook.datasets import Ragged
from ecgbook.labels import _IN_FIELD, _LABELS, label
from ecgbook.studies import rhythm_methods, runner, study_of
from ecgbook.studies.rhythm_folds import FOLDS, five_folds, in_one_fold, joined
from ecgbook.studies.study import Answer, Members, Training, Work
from tests.studies.rhythms import TWINS, make_recordings

STUDY = study_of("07-rhythm-attention")
TINY = Training(examples=200, draws=24)


@pytest.fixture(scope="module")
def records():
    return make_recordings()


def sides(split):
    return [getattr(split, side) for side in ("train", "valid", "test")]


def refuse_shared(records, split):
    people = [set(records.patient[side]) for side in sides(split)]
    assert all(a.isdisjoint(b) for a, b in combinations(people, 2))


def test_on_the_one_split_a_fifth_of_each_rhythm_is_tested_and_twins_stay_together(records):
    split = rhythm_methods.one_split(records)
    refuse_shared(records, split)
    assert sorted(np.concatenate(sides(split))) == list(range(len(records)))
    counted = np.array([np.bincount(records.y[side]) for side in sides(split)])
    assert (np.abs(counted - [[6], [2], [2]]) <= 1).all()


def test_generated_recordings_are_learnt_and_change_no_other_side(records):
    generated = np.arange(len(records)) % 10 >= 8
    real = records[~generated]
    mixed = replace(records, rows=records.rows.assign(generated=generated))
    before, after = rhythm_methods.one_split(real), rhythm_methods.one_split(mixed)
    refuse_shared(mixed, after)
    assert set(np.flatnonzero(generated)) <= set(after.train)
    for side in ("valid", "test"):
        own = (records.record[getattr(after, side)], real.record[getattr(before, side)])
        np.testing.assert_array_equal(*own)


def test_five_folds_test_every_recording_once_and_choose_on_the_next_fold(records):
    splits = five_folds(records)
    assert [split.name for split in splits] == [f"patient fold {k} of 5" for k in FOLDS]
    tested = np.concatenate([split.test for split in splits])
    assert sorted(tested) == list(range(len(records)))
    for split, after in zip(splits, splits[1:] + splits[:1], strict=True):
        refuse_shared(records, split)
        assert set(split.valid) == set(after.test)
        assert len(split.train) == len(records) - len(split.valid) - len(split.test)
    for names in TWINS.items():
        folds = {
            k for k, split in enumerate(splits) if set(names) & set(records.record[split.test])
        }
        assert len(folds) == 1


def test_a_case_of_a_fold_is_silent_about_the_others_and_all_five_are_joined(records):
    splits, said = five_folds(records), []
    for fold in FOLDS:
        work = Work({"method": "right", "fold": fold}, TINY)
        answers = [right(records, split, work) for split in splits]
        silent = [bool(np.isnan(answer.test).all()) for answer in answers]
        assert silent == [k != fold for k in FOLDS]
        said.append([np.concatenate(part) for part in list(zip(*answers, strict=True))[:2]])
    valid, test = (np.stack(part) for part in zip(*said, strict=True))
    whole = joined(Members(None, valid, test, {}, {}))
    for part, side in zip(whole, ("valid", "test"), strict=True):
        truth = np.concatenate([records.y[getattr(split, side)] for split in splits])
        np.testing.assert_array_equal(part, np.eye(4)[truth])
    without = right(records, splits[0], Work({"method": "right"}, TINY))
    assert np.isfinite(without.test).all()


def test_the_mean_of_runs_weighs_as_much_as_the_trees():
    ways = {one.fields["method"]: one.combine for one in STUDY.combinations}
    runs = np.array([[[0.2, 0.8]], [[0.4, 0.6]], [[0.9, 0.1]]])
    for name in ("network_and_trees", "three_crnns_and_trees"):
        own = next(c for c in STUDY.combinations if c.fields == {"method": name, **ONE})
        valid, test = own.combine(Members(None, runs, runs, {}, {}))
        np.testing.assert_allclose(test, [[0.6, 0.4]])  # (0.3 + 0.9) / 2
        np.testing.assert_allclose(valid, test)
    three = ways["three_crnns"](Members(None, runs, runs, {}, {}))
    np.testing.assert_allclose(three[0], [[0.5, 0.5]])


ONE = {"protocol": "one_split"}


def test_every_method_has_all_that_a_case_needs():
    for case in STUDY.cases():
        assert case["protocol"] in STUDY.splits
        assert all(case["method"] in getattr(STUDY, name) for name in ("data", "answers"))
        assert isinstance(STUDY.of_method("task", case), tasks.Task)
    for combination in STUDY.combinations:
        assert combination.fields["method"] in STUDY.task


def test_pairs_name_methods_that_there_are():
    known = {case["method"] for case in STUDY.cases()}
    known |= {combination.fields["method"] for combination in STUDY.combinations}
    named = {side["method"] for pair in STUDY.pairs for side in pair if "method" in side}
    assert named <= known


FIELDS = {
    "noise": ("bw", "ma"),
    "answered": ("when_sure",),
    "scored": ("window", "recording"),
    "tested": ("natural", "oversampled"),
    "pieces": ("real", "generated", "generated_minus_real"),
    "fold": ("all",),
}


def test_every_method_protocol_and_field_has_words_of_its_own():
    values = {(name, value) for case in STUDY.cases() for name, value in case.items()}
    values |= {item for one in STUDY.combinations for item in one.fields.items()}
    values |= {(name, value) for name, many in FIELDS.items() for value in many}
    named = {pair for pair in values if isinstance(pair[1], str)}
    missing = {pair for pair in named if pair not in _IN_FIELD and pair[1] not in _LABELS}
    assert not missing
    assert len({label(value, name) for name, value in named}) == len(named)


def test_a_case_depends_on_its_own_recipe_and_not_on_the_others():
    def found_by(**case):
        found, values = {}, []
        for thing in STUDY.code({"protocol": "one_split", "seed": 0, **case}, "cpu"):
            _visit(thing, found, values)
        _add_named_entries(found, values)
        return {name.partition(".")[2] for _, name in found if name.startswith("RECIPES.")}

    assert found_by(method="rhythm_crnn") == {"rhythm_crnn"}
    assert found_by(method="segment_crann") == {"segment_crann"}
    assert found_by(method="rhythm_crnn_augmented") >= {"rhythm_crnn_augmented", "wavenet"}


def described(records):
    """Return recordings with their numbers, of which all but one are the same in all of them."""
    from ecgbook.classical.rhythm_features import RHYTHM_FEATURES

    table = pd.DataFrame(0.0, index=range(len(records)), columns=list(RHYTHM_FEATURES))
    table["rmssd_ms"] = records.y + 0.1 * np.arange(len(records)) % 0.3
    return replace(records, rows=records.rows.assign(**table))


@in_one_fold
def right(examples, split, work):
    return Answer(*(np.eye(4)[examples.y[i]] for i in (split.valid, split.test)))


@in_one_fold
def all_normal(examples, split, work):
    return Answer(*(np.eye(4)[0 * examples.y[i]] for i in (split.valid, split.test)))


def test_five_folds_are_reported_one_by_one_and_together(tmp_path, records):
    made = replace(
        STUDY,
        data=lambda *_: records,
        answers={"rr_trees": right, "feature_trees": all_normal},
        trainings={"smoke": TINY},
        grid=(
            {"method": ["rr_trees", "feature_trees"], "protocol": ["five_folds"], "fold": [*FOLDS]},
        ),
    )
    shelf = runner.Shelf(made, "smoke", "synthetic", tmp_path)
    for case in made.cases():
        shelf.compute(case)
    rows = {
        tuple(unit.case.values()): row
        for unit in shelf.units()
        for row in unit.rows
        if row.score == "challenge2017_f1"
    }
    whole = rows["rr_trees", "five_folds", "all"]
    assert (whole.value, whole.n, whole.n_patients) == (1, 40, 38)
    assert rows["rr_trees", "five_folds", 1].n == pytest.approx(8, abs=1)
    # All called normal: F1 of N is 2 * 10 / (2 * 10 + 30), those of A and O are 0.
    assert rows["feature_trees", "five_folds", "all"].value == pytest.approx(0.4 / 3)
    apart = rows["rr_trees", "five_folds", "all", "method=feature_trees"]
    assert apart.value == pytest.approx(1 - 0.4 / 3)


@pytest.mark.parametrize("method", ["rr_linear", "feature_trees"])
def test_numbers_answer_a_fold_and_noise_on_the_one_split(records, method, monkeypatch):
    told = described(records)
    split, tried = rhythm_methods.one_split(told), []
    monkeypatch.setattr(rhythm_methods, "under_noise", lambda *given: tried.append(given))
    for protocol in ("five_folds", "one_split"):
        work = Work({"method": method, "protocol": protocol}, TINY)
        answer = rhythm_methods.numbers(told, split, work)
        if answer is not None:
            np.testing.assert_allclose(answer.test.sum(axis=1), 1)
    assert len(tried) == (method == "feature_trees")


def test_numbers_of_noisy_recordings_are_taken_anew(records, monkeypatch):
    seen = []
    told = described(records)[:2]
    model = SimpleNamespace(predict_proba=seen.append)
    rhythm_methods._told(model, ["rr_mean_ms"], told)
    assert seen[0]["rr_mean_ms"].to_numpy() == pytest.approx([800, 800], rel=0.02)


@pytest.mark.parametrize("method", ["rhythm_crnn", "segment_crann_published"])
def test_a_network_answers_whole_recordings_with_probabilities(records, method):
    split = rhythm_methods.one_split(records)
    work = Work({"method": method, "protocol": "five_folds"}, TINY)
    answer = rhythm_methods.network(records, split, work)
    assert answer.test.shape == (len(split.test), 4)
    np.testing.assert_allclose(answer.test.sum(axis=1), 1, atol=1e-5)


def test_windows_of_a_recording_are_averaged_in_the_order_of_recordings():
    probability = np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]])
    mean = rhythm_methods.of_records(probability, ["b", "a", "b"])
    np.testing.assert_allclose(mean, [[0.25, 0.75], [1.0, 0.0]])


def test_what_a_network_is_shown_has_no_unit(records):
    louder = replace(records, x=Ragged.of([5 * x for x in records.x]))
    for method in ("rhythm_crnn", "andreotti", "segment_lstm"):
        recipe = rhythm_methods.RECIPES[method]
        one, other = (rhythm_methods.shown(part, recipe) for part in (records, louder))
        for a, b in zip(one.x, other.x, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-5)


def test_few_records_are_as_many_of_each_rhythm():
    class Labelled:
        metadata = pd.DataFrame({"label": list("NNNAO~NA")}, index=[f"r{k}" for k in range(8)])

    assert rhythm_methods.few_records(Labelled, 2) == ["r0", "r1", "r3", "r4", "r5", "r7"]


def test_a_cap_stops_a_network_before_the_others():
    from ecgbook.studies.rhythm_recipes import epochs_of

    training = Training(examples=100, draws=1_000, options={"andreotti_draws": 200})
    assert [epochs_of(name, training, 100) for name in ("rhythm_crnn", "andreotti")] == [10, 2]
