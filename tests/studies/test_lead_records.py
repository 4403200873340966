"""Chapter 8: which recordings are learnt and judged by which labels."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from ecgbook import open_database
from ecgbook.datasets import known_statements
from ecgbook.evaluation import CHALLENGE_CLASSES
from ecgbook.studies import lead_records as study
from ecgbook.studies.study import Training
from tests.studies.twelve_leads import make_recordings

ALL = Training(examples=1000, draws=1)


@pytest.fixture(scope="module")
def records():
    return make_recordings()


@pytest.fixture(scope="module")
def split(records):
    return study.by_fold(records)


def test_fold_10_and_the_other_source_are_tested_and_nobody_is_on_two_sides(records, split):
    fold, source = records.rows["fold"].to_numpy(), records.rows["source"].to_numpy()
    assert set(fold[split.train]) == set(range(1, 9))
    assert set(fold[split.valid]) == {9}
    assert set(source[split.train]) == set(source[split.valid]) == {"ptb-xl"}
    assert set(source[split.test]) == {"ptb-xl", "ludb"}
    sides = [set(records.patient[part]) for part in (split.train, split.valid, split.test)]
    assert all(a.isdisjoint(b) for a, b in combinations(sides, 2))


def test_a_recording_is_judged_by_the_sets_that_it_has_a_label_of(records):
    for judged, own in (("superclasses", slice(5)), ("challenge", slice(5, 31))):
        found = {tested: study.judged_rows(records, judged, tested=tested) for tested in TESTED}
        np.testing.assert_array_equal(found["ptb_xl"] | found["ludb"], records.y[:, own].any(1))
        assert not (found["ptb_xl"] & found["ludb"]).any()
        assert found["ludb"].sum() == 5  # of six, one has no label of this set


TESTED = ("ptb_xl", "ludb")


def test_groups_of_people_are_of_known_age_and_sex(records):
    rows = records.rows.assign(age=records.rows["age"].where(np.arange(len(records)) > 0))
    found = {name: study.is_one_of(rows, name) for name in ("all", *study.PEOPLE)}
    assert found["all"].all()
    assert (found["women"] ^ found["men"]).all()
    neither = ~(found["under_60"] | found["from_60"])
    assert neither.tolist() == [True] + [False] * (len(records) - 1)
    assert found["from_60"][rows["age"] == 300].all()  # those over 89


def test_superclasses_alone_are_learnt_from_recordings_that_have_one(records, split):
    few = study.learnt_rows(records, split, "superclasses", ALL)
    both = study.learnt_rows(records, split, "both", ALL)
    assert records.y[few, :5].any(axis=1).all()
    assert set(both) == set(split.train)
    assert set(both) - set(few) == {r for r in split.train if not records.y[r, :5].any()}
    target = study.learnt_target(records, few, "superclasses")
    np.testing.assert_array_equal(target, records.y[few, :5])


def test_of_both_sets_one_that_says_nothing_is_passed_over(records, split):
    target = study.learnt_target(records, split.train, "both")
    y = records.y[split.train]
    for own in (slice(5), slice(5, 31)):
        silent = ~y[:, own].any(axis=1)
        assert (target[silent, own] == -1).all()
        np.testing.assert_array_equal(target[~silent, own], y[~silent, own])


def test_half_of_the_patients_lack_what_cpsc_never_says(records, split):
    rows = split.train
    lacking = study.hidden(records, rows, seed=1)
    assert not lacking[:, :5].any()
    unused = ~known_statements(["cpsc_2018"])[0]
    assert unused.sum() == 20
    some = lacking.any(axis=1)
    assert some.sum() == len(rows) // 2
    np.testing.assert_array_equal(lacking[some, 5:], np.tile(unused, (some.sum(), 1)))


def test_what_is_lacking_is_taken_for_absent_or_passed_over(records, split):
    rows = split.train
    whole, absent, masked = (
        study.learnt_target(records, rows, labels, seed=1)
        for labels in ("both", "half_absent", "half_masked")
    )
    lacking = study.hidden(records, rows, seed=1)
    for other, value in ((absent, 0), (masked, -1)):
        np.testing.assert_array_equal(other[~lacking], whole[~lacking])
        assert set(other[lacking & (whole >= 0)]) == {value}


def test_common_classes_are_counted_in_fold_10_of_ptb_xl(records, split):
    fold_10 = (records.rows["fold"] == 10) & (records.rows["source"] == "ptb-xl")
    count = records.y[fold_10.to_numpy()].sum(axis=0)
    found = study.common_classes(records, split, least=3)
    for name in CHALLENGE_CLASSES:
        n = count[study.CLASSES.index(name)]
        assert found.get(name, 0) == (n if n >= 3 else 0)
    assert found.is_monotonic_decreasing


def test_classes_that_nobody_has_are_not_asked_of_training(records):
    y = records.y.copy()
    y[:, study.CLASSES.index("PRWP")] = False
    split = study.by_fold(replace(records, y=y))
    assert "PRWP" not in split.train_classes


@pytest.mark.real
def test_the_common_classes_are_those_of_the_recordings_here():
    from ecgbook.datasets.ludb import ludb_labels
    from ecgbook.datasets.ptbxl import ptbxl_labels

    database = open_database("ptb-xl")
    labels = ptbxl_labels(database, "challenge")[database.metadata["fold"] == 10].sum()
    assert set(labels[labels >= 8].index) == set(study.COMMON)
    theirs = ludb_labels(open_database("ludb"), "challenge").sum()
    assert {name for name in study.COMMON if theirs[name] >= 5} == set(study.SHARED)


@pytest.mark.real
def test_a_few_real_recordings_have_both_sets_of_labels():
    database = open_database("ptb-xl")
    some = [*database.records[:3]]
    records = study.recordings(database, records=some, elsewhere=False)
    assert [*records.record] == some
    assert records.x.shape == (3, 12, 1000)
    assert records.classes == study.CLASSES
    said = database.metadata.loc[some, ["NORM", "MI", "STTC", "CD", "HYP"]].to_numpy(bool)
    np.testing.assert_array_equal(records.y[:, :5], said)
