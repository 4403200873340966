import numpy as np
import pytest

from ecgbook import PatientLeak, RecordInvalid, open_database
from ecgbook.datasets import challenge_records, splits_by_source
from tests.datasets.recordings import make_beats


def made(source="aaaabbbbbbccccc", patients=None):
    n = len(source)
    labels = "NV" * n
    who = patients or [f"p{i}" for i in range(n)]
    return make_beats(labels[:n], who, rows={"source": list(source)}).only("N", "V")


def test_each_source_is_tested_by_a_model_that_never_saw_it():
    data = made()
    splits = splits_by_source(data, valid=0.25)
    assert list(splits) == ["a", "b", "c"]
    source = data.rows["source"].to_numpy()
    for name, split in splits.items():
        assert set(source[split.test]) == {name}
        assert name not in source[np.r_[split.train, split.valid]]
        together = np.r_[split.train, split.valid, split.test]
        assert sorted(together) == list(range(15))
        # A quarter of the patients, with both classes in it.
        assert len(split.valid) == round(0.25 * (15 - len(split.test)))
        assert set(data.y[split.valid]) == {0, 1}
        assert split.name == f"without {name}"


def test_several_recordings_of_a_patient_stay_on_one_side():
    patients = [f"p{i // 2}" for i in range(14)]
    data = made("aaaaaabbbbbbbb", patients)
    split = splits_by_source(data, valid=0.3)["a"]
    assert not set(data.patient[split.train]) & set(data.patient[split.valid])


def test_a_patient_of_two_sources_is_a_leak():
    data = made("aaabbbccc", ["x", "q", "r", "x", "t", "u", "v", "w", "z"])
    with pytest.raises(PatientLeak, match=r"\(x\)"):
        splits_by_source(data)


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (made("aaaa"), {}, "needs two or more and each by name, got 'a'"),
        (make_beats("NVNV"), {}, "needs the column source"),
        (made(), {"valid": 1.0}, "a share of patients between 0 and 1"),
    ],
)
def test_what_has_no_sources_is_refused(data, options, message):
    with pytest.raises(RecordInvalid, match=message):
        splits_by_source(data, **options)


def test_simulated_sources_are_left_out_one_by_one():
    database = open_database("challenge-2021", data="synthetic")
    data = challenge_records(database, records=database.records[:60], leads=["II"], fs=100)
    splits = splits_by_source(data, train_classes=["NSR", "AF"])
    assert set(splits) == {"chapman_shaoxing", "cpsc_2018", "georgia"}
    assert sum(len(split.test) for split in splits.values()) == 60
