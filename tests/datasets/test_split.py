from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook import PatientLeak, RecordInvalid
from ecgbook.conventions import DS1, DS1_VALID, DS2
from ecgbook.datasets import Split
from tests.datasets.test_beatset import make_beats


def many_beats(patients=10, each=30):
    people = "abcdefghijklmnopqrstuvwxyz"[:patients]
    return make_beats("NSVFQ" * (patients * each // 5), "".join(p * each for p in people))


def mitbih_beats():
    """Ten beats a record of DS1 and DS2, with 201 and 202 from one man."""
    records = np.repeat(DS1 + DS2, 10)
    patient = np.where(records == "202", "201", records)
    beats = make_beats("NSVFQ" * (len(records) // 5))
    return replace(beats, record=records, patient=patient)


def people(beats, index):
    return set(beats.patient[index])


@given(seed=st.integers(0, 1000), patients=st.integers(4, 12))
def test_by_patient_parts_are_disjoint_and_complete(seed, patients):
    beats = many_beats(patients)
    split = Split.by_patient(beats, seed=seed)
    sides = [people(beats, part) for part in (split.train, split.valid, split.test)]
    assert set.union(*sides) == set(beats.patient)
    assert sum(map(len, sides)) == patients
    assert len(split.train) + len(split.valid) + len(split.test) == len(beats)


def test_each_patient_is_tested_in_one_fold():
    beats = many_beats(11)
    tested = [people(beats, split.test) for split in Split.folds_by_patient(beats, 5)]
    assert sorted(p for fold in tested for p in fold) == sorted(set(beats.patient))


def test_a_patient_on_two_sides_is_refused_by_name():
    beats = many_beats(4)
    with pytest.raises(PatientLeak, match=r"1 patients are in train and in test \(a\)"):
        Split(beats, np.arange(0, 65), np.arange(90, 120), np.arange(10, 20), name="mine")


def test_a_reason_lets_it_pass_and_is_shown():
    beats = many_beats(4)
    split = Split.by_beat(beats, leaky="as published")
    assert people(beats, split.train) == people(beats, split.test)
    assert "as published" in repr(split)


@pytest.mark.parametrize("make", [Split.by_beat, Split.by_patient(many_beats()).choose_on_test])
def test_a_leak_without_a_reason_is_refused(make):
    with pytest.raises(PatientLeak, match="say why"):
        make(many_beats(), leaky="")


def test_choosing_on_test_uses_the_test_part_twice():
    beats = many_beats()
    honest = Split.by_patient(beats)
    split = honest.choose_on_test(beats, leaky="as published")
    assert split.valid.tolist() == split.test.tolist() == honest.test.tolist()
    assert split.train.tolist() == honest.train.tolist()
    twice = Split.by_beat(beats, leaky="shuffled").choose_on_test(beats, leaky="best epoch")
    assert twice.leaky == "shuffled; best epoch"


def test_de_chazal_tests_on_ds2_and_keeps_one_man_on_one_side():
    beats = mitbih_beats()
    split = Split.de_chazal(beats)
    assert set(beats.record[split.test]) == set(DS2)
    assert set(beats.record[split.valid]) == set(DS1_VALID)
    assert set(beats.record[split.train]) == set(DS1) - set(DS1_VALID) - {"201"}


def test_de_chazal_as_published_needs_a_reason_for_record_201():
    beats = mitbih_beats()
    split = Split.de_chazal(beats, leaky="201 and 202 are one man, as published")
    assert "201" in beats.record[split.train]


def test_one_patient_cannot_be_split():
    with pytest.raises(RecordInvalid, match="1 patients are too few"):
        Split.by_patient(many_beats(1))


def test_more_folds_than_patients_are_refused():
    with pytest.raises(RecordInvalid, match="5 folds of 4 patients"):
        Split.folds_by_patient(many_beats(4), 5)


def test_a_class_without_a_member_in_train_is_refused():
    beats = make_beats("NSVFNNSVFNQQQQQ", "aaaaabbbbbccccc")
    with pytest.raises(RecordInvalid, match="class Q has no member in train"):
        Split(beats, np.arange(5), np.arange(5, 10), np.arange(10, 15), name="mine")


def test_an_empty_part_is_refused():
    with pytest.raises(RecordInvalid, match="valid part is empty"):
        Split(many_beats(), np.arange(5), np.array([]), np.arange(200, 205), name="mine")


def test_beatgan_learns_normal_beats_only_and_tests_most_of_the_others():
    beats = many_beats()  # 300 beats, 60 of each class
    split = Split.beatgan(beats, leaky="as published")
    assert set(beats.y[split.train]) == {0}
    # 12 of 60 normal beats and 216 of 240 others are tested; 4 and 24 are left for validation.
    assert np.bincount(beats.y[split.test] > 0).tolist() == [12, 216]
    assert np.bincount(beats.y[split.valid] > 0).tolist() == [4, 24]
    together = np.concatenate([split.train, split.valid, split.test])
    assert sorted(together) == list(range(300))


def test_beatgan_needs_a_reason():
    with pytest.raises(PatientLeak, match="say why with leaky"):
        Split.beatgan(many_beats(), leaky="")


def test_learning_only_keeps_the_class_and_the_other_parts():
    beats = many_beats()
    split = Split.by_patient(beats)
    normal = split.learning_only(beats, "N")
    assert set(beats.y[normal.train]) == {0}
    assert np.array_equal(normal.train, split.train[beats.y[split.train] == 0])
    assert np.array_equal(normal.test, split.test)
    assert np.array_equal(normal.valid, split.valid)


def test_learning_only_still_refuses_a_class_that_is_not_there():
    beats = many_beats()
    split = Split.by_patient(beats).learning_only(beats, "N")
    with pytest.raises(RecordInvalid, match="class V has no member in train"):
        split.learning_only(beats, "N", "V")
