from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook import PatientLeak, RecordInvalid
from ecgbook.conventions import DS1, DS1_VALID, DS2
from ecgbook.datasets import Split
from tests.datasets.recordings import make_beats


def many_beats(patients=10, each=30):
    people = "abcdefghijklmnopqrstuvwxyz"[:patients]
    return make_beats("NSVFQ" * (patients * each // 5), "".join(p * each for p in people))


def mitbih_beats():
    """Ten beats a record of DS1 and DS2, with 201 and 202 from one man."""
    records = np.repeat(DS1 + DS2, 10)
    patient = np.where(records == "202", "201", records)
    rows = {"record": records, "patient": patient}
    return make_beats("NSVFQ" * (len(records) // 5), rows=rows)


def people(beats, index):
    return set(beats.patient[index])


@given(seed=st.integers(0, 1000), patients=st.integers(4, 12), stratify=st.booleans())
def test_by_patient_parts_are_disjoint_and_complete(seed, patients, stratify):
    beats = many_beats(patients)
    split = Split.by_patient(beats, seed=seed, stratify=stratify)
    sides = [people(beats, part) for part in (split.train, split.valid, split.test)]
    assert set.union(*sides) == set(beats.patient)
    assert sum(map(len, sides)) == patients
    assert len(split.train) + len(split.valid) + len(split.test) == len(beats)


@pytest.mark.parametrize("stratify", [True, False])
def test_each_patient_is_tested_in_one_fold(stratify):
    beats = many_beats(11)
    folds = Split.folds_by_patient(beats, 5, stratify=stratify)
    tested = [people(beats, split.test) for split in folds]
    assert sorted(p for fold in tested for p in fold) == sorted(set(beats.patient))


def test_folds_by_chance_cut_the_shuffled_patients():
    beats = many_beats(11)
    names = np.random.default_rng(4).permutation(list("abcdefghijk"))
    expected = [set(names[a:b]) for a, b in ((0, 3), (3, 5), (5, 7), (7, 9), (9, 11))]
    folds = Split.folds_by_patient(beats, 5, stratify=False, seed=4)
    assert [people(beats, split.test) for split in folds] == expected
    assert [people(beats, split.valid) for split in folds] == [*expected[1:], expected[0]]


def test_folds_balance_a_class_that_few_patients_have():
    # Patients a to e have one beat V each, f to j have none: a fold for each.
    beats = make_beats("NNV" * 5 + "NNN" * 5, "".join(p * 3 for p in "abcdefghij"))
    beats = beats.only("N", "V")
    for seed in range(5):
        folds = Split.folds_by_patient(beats, 5, seed=seed)
        assert [beats[split.test].counts["V"] for split in folds] == [1] * 5


def test_a_share_of_every_class_goes_to_each_part():
    beats = make_beats("NNV" * 10 + "NNN" * 10, "".join(p * 3 for p in "abcdefghijklmnopqrst"))
    split = Split.by_patient(beats.only("N", "V"))
    counts = [beats.only("N", "V")[part].counts["V"] for part in (split.train, split.valid)]
    assert counts == [6, 2]


def statements():
    """Forty recordings of ten patients; three classes that go together, folds 1 to 10."""
    y = np.random.default_rng(0).random((40, 3)) < 0.5
    fold = np.arange(40) // 4 + 1
    return make_beats(
        "N" * 40, "".join(p * 4 for p in "abcdefghij"), y=y, classes="xyz", rows={"fold": fold}
    )


def test_official_folds_are_kept():
    split = Split.by_fold(statements(), valid=9, test=10)
    assert split.valid.tolist() == [32, 33, 34, 35]
    assert split.test.tolist() == [36, 37, 38, 39]
    assert split.train.tolist() == list(range(32))
    several = Split.by_fold(statements(), valid=[8, 9], test=10)
    assert (len(several.train), len(several.valid)) == (28, 8)


@pytest.mark.parametrize(("valid", "test"), [(9, 9), (9, 11), ([8, 9], [9, 10])])
def test_folds_that_are_not_there_or_on_two_sides_are_refused(valid, test):
    with pytest.raises(RecordInvalid, match=r"different ones of the folds \[1, 2, .*10\], got"):
        Split.by_fold(statements(), valid=valid, test=test)


def test_a_patient_in_two_official_folds_is_refused():
    data = statements()
    rows = data.rows.assign(patient=[*data.rows.patient[:39], "a"])
    with pytest.raises(PatientLeak, match=r"train and in test \(a\)"):
        Split.by_fold(replace(data, rows=rows), valid=9, test=10)


def test_without_official_folds_there_is_another_way():
    with pytest.raises(RecordInvalid, match=r"no official folds: take Split\.by_patient"):
        Split.by_fold(many_beats(), valid=9, test=10)


def test_patients_with_several_classes_are_split_too():
    data = statements()
    assert len(Split.by_patient(data).test) == 8
    tested = [len(split.test) for split in Split.folds_by_patient(data, 5)]
    assert tested == [8] * 5


@given(seed=st.integers(0, 1000))
def test_duplicates_stay_on_one_side(seed):
    records = [f"r{i}" for i in range(30)]
    beats = make_beats("NSV" * 10, rows={"record": records, "patient": records})
    twins = [("r0", "r7"), ("r7", "r20"), ("r3", "r4")]
    split = Split.by_record(beats.only("N", "S", "V"), duplicates=twins, seed=seed)
    side = {r: k for k in ("train", "valid", "test") for r in np.array(records)[getattr(split, k)]}
    assert len(side) == 30
    assert all(len({side[name] for name in names}) == 1 for names in twins)


def test_records_of_one_patient_are_refused_on_two_sides():
    beats = make_beats("N" * 20, "ab" * 10, rows={"record": [f"r{i}" for i in range(20)]})
    with pytest.raises(PatientLeak):
        Split.by_record(beats.only("N"))
    split = Split.by_record(beats.only("N"), leaky="to show it")
    assert (len(split.train), len(split.valid), len(split.test)) == (12, 4, 4)


UNKNOWN = [np.nan] * 3 + [1, 2, 3, 4, 5, 6], [None, "", "nan", *"abcdef"]


@pytest.mark.parametrize("patients", UNKNOWN)
def test_unknown_patients_are_refused_with_their_number(patients):
    beats = make_beats("NV" * 4 + "N", rows={"patient": patients}).only("N", "V")
    sides = {"train": [0, 3, 4, 5], "valid": [1, 6], "test": [2, 7, 8]}
    for make in (
        lambda: Split(beats, **sides, name="mine"),
        lambda: Split.by_patient(beats),
        lambda: Split.folds_by_patient(beats, 3),
    ):
        with pytest.raises(PatientLeak, match=r"3 of 9 examples have no patient.* say why"):
            make()
    assert Split(beats, **sides, name="mine", leaky="nobody knows").leaky
    known = beats[beats.patient != ""]
    assert len(Split.by_patient(known, valid=0.3, test=0.3).train) == 2


def test_unknown_patients_outside_the_parts_do_not_matter():
    beats = make_beats("NNNN", rows={"patient": ["a", "b", "c", None]}).only("N")
    assert len(Split(beats, [0], [1], [2], name="mine").test) == 1


@pytest.mark.parametrize("patients", [[1, 2, 3, 1], [1.0, 2.0, 3.0, 1.0], ["1", 2, 3, 1]])
def test_patients_may_be_numbers(patients):
    beats = make_beats("NNNN", rows={"patient": patients}).only("N")
    with pytest.raises(PatientLeak, match=r"1 patients are in train and in test \(1\)"):
        Split(beats, [0, 1], [2], [3], name="mine")
    assert Split(beats, [0, 3], [1], [2], name="mine").name == "mine"


def test_a_patient_on_two_sides_is_refused_by_name():
    beats = many_beats(4)
    with pytest.raises(PatientLeak, match=r"1 patients are in train and in test \(a\)"):
        Split(beats, np.arange(0, 65), np.arange(90, 120), np.arange(10, 20), name="mine")


def test_a_reason_lets_it_pass_and_is_shown():
    beats = many_beats(4)
    split = Split.by_beat(beats, leaky="as published")
    assert people(beats, split.train) == people(beats, split.test)
    assert "as published" in repr(split)


def test_a_leak_without_a_reason_is_refused():
    with pytest.raises(PatientLeak, match="say why"):
        Split.by_beat(many_beats(), leaky="")


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
    parts = np.arange(5), np.arange(5, 10), np.arange(10, 15)
    with pytest.raises(RecordInvalid, match="class Q has no member in train"):
        Split(beats, *parts, name="mine")
    assert Split(beats, *parts, name="mine", train_classes=("N", "V")).train_classes == ("N", "V")


def test_a_class_that_nobody_has_together_with_others_is_refused():
    y = np.array([[1, 0], [1, 0], [1, 1]], bool)
    data = make_beats("NNN", "abc", y=y, classes="xy")
    with pytest.raises(RecordInvalid, match="class y has no member in train"):
        Split(data, [0], [1], [2], name="mine")
    assert Split(data, [2], [1], [0], name="mine").name == "mine"


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


def test_learning_only_leaves_out_what_has_another_class_too():
    y = np.array([[1, 0], [1, 1], [0, 0], [1, 0], [0, 1], [1, 0]], bool)
    data = make_beats("N" * 6, "abcdef", y=y, classes=("NORM", "MI"))
    split = Split(data, [0, 1, 2, 3], [4], [5], name="mine").learning_only(data, "NORM")
    assert split.train.tolist() == [0, 3]


def test_learning_only_refuses_a_class_that_does_not_exist():
    beats = many_beats()
    with pytest.raises(RecordInvalid, match=r"train part is empty"):
        Split.by_patient(beats).learning_only(beats, "normal")
