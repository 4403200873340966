import numpy as np
import pandas as pd
import pytest

from ecgbook import DataMissing, Recording, RecordInvalid, open_database
from ecgbook.conventions import TWELVE_LEADS
from ecgbook.datasets import Ragged, challenge_records
from ecgbook.datasets.whole import standard_leads
from ecgbook.sources.challengefolder import ChallengeFolder
from tests.datasets.recordings import MadeDatabase, ramp
from tests.sources.records import write_record


def classes_in(records):
    return [
        {name for name, has in zip(records.classes, row, strict=True) if has} for row in records.y
    ]


def write(folder, name, *dx, leads=TWELVE_LEADS, fs=500, seconds=2, age="63", **more):
    """Write a recording with the comments of the Challenge; return its signal in mV."""
    comments = [f"Age: {age}", "Sex: Female", *(f"Dx: {line}" for line in dx), "Rx: Unknown"]
    return write_record(
        folder, name, leads=leads, fs=fs, n_samples=seconds * fs, comments=comments, **more
    )


def test_a_folder_is_read_with_the_labels_of_its_headers(tmp_path):
    write(tmp_path / "georgia" / "g1", "E1", "426783006,164934002")
    write(tmp_path / "georgia" / "g1", "E2", "164873001", age="NaN")  # not scored
    write(tmp_path / "cpsc_2018", "A1", "RBBB", seconds=3)
    records = challenge_records(tmp_path, leads=2)
    assert records.record.tolist() == ["A1", "E1", "E2"]
    assert classes_in(records) == [{"CRBBB|RBBB"}, {"NSR", "TAb"}, set()]
    assert records.rows["source"].tolist() == ["cpsc_2018", "georgia", "georgia"]
    assert records.rows["dx"].tolist() == ["RBBB", "426783006,164934002", "164873001"]
    assert records.rows["age"].tolist()[:2] == [63, 63]
    assert np.isnan(records.rows["age"][2])
    assert records.rows["sex"].tolist() == ["F"] * 3
    assert records.patient.tolist() == records.record.tolist()
    assert isinstance(records.x, Ragged)
    assert records.length.tolist() == [1500, 1000, 1000]
    assert (records.fs, records.leads) == (500, ("I", "II"))


def test_text_with_a_slash_is_a_folder(tmp_path):
    write(tmp_path, "E1", "426783006")
    records = challenge_records(str(tmp_path))
    assert records.rows["source"].tolist() == [tmp_path.name]
    with pytest.raises(DataMissing, match="is no folder"):
        challenge_records(f"{tmp_path}/nowhere")


def test_all_of_several_lines_count_and_spaces_do_not(tmp_path):
    write(tmp_path, "E1", "426783006 , 164934002", "164889003", "")
    assert classes_in(challenge_records(tmp_path, leads=2)) == [{"NSR", "TAb", "AF"}]


def test_an_empty_line_says_nothing(tmp_path):
    write(tmp_path, "E1", "426783006")
    write(tmp_path, "E2", "")
    write(tmp_path, "E3")
    assert challenge_records(tmp_path, leads=2).record.tolist() == ["E1"]
    kept = challenge_records(tmp_path, leads=2, unlabelled="keep")
    assert classes_in(kept) == [{"NSR"}, set(), set()]
    assert kept.rows["dx"].tolist() == ["426783006", "", ""]


def test_words_that_are_no_label_are_refused_by_the_name_of_the_record(tmp_path):
    write(tmp_path, "E1", "426783006")
    write(tmp_path, "E2", "Foo")
    with pytest.raises(RecordInvalid, match="/E2: 'Foo' is neither a SNOMED CT code"):
        challenge_records(tmp_path)
    assert challenge_records(tmp_path, records=["E1"]).record.tolist() == ["E1"]


@pytest.mark.parametrize("own_fs", [257, 1000])
def test_other_rates_are_brought_to_one(tmp_path, own_fs):
    write(tmp_path, "E1", "426783006", fs=500, seconds=10)
    write(tmp_path, "I1", "426783006", fs=own_fs, seconds=10)
    records = challenge_records(tmp_path, leads=["II"])
    assert records.length.tolist() == [5000, 5000]
    # Lead II of the files is a sine of 2 Hz at any rate; its edges depend on the filter.
    first, second = (signal[0, 250:-250] for signal in records.x)
    np.testing.assert_allclose(first, second, atol=0.02)
    with pytest.raises(RecordInvalid, match=f"500 Hz, 1 leads, record I1 {own_fs} Hz"):
        challenge_records(tmp_path, leads=["II"], fs=None)


def test_leads_are_found_by_name_in_any_order(tmp_path):
    signal = write(tmp_path, "E1", "426783006", leads=TWELVE_LEADS[::-1])
    records = challenge_records(tmp_path)
    assert records.leads == TWELVE_LEADS
    np.testing.assert_array_equal(records.x[0], signal[::-1])


def test_limb_leads_follow_from_two_and_others_are_refused_or_zero(tmp_path):
    one, two = write(tmp_path, "E1", "426783006", leads=("I", "II"))
    six = challenge_records(tmp_path, leads=6).x[0]
    i, ii, iii, avr, avl, avf = six
    np.testing.assert_array_equal((i, ii), (one, two))
    np.testing.assert_allclose(i + iii, ii, atol=1e-6)  # Einthoven
    np.testing.assert_allclose(avr + avl + avf, 0, atol=1e-6)  # Goldberger
    np.testing.assert_allclose(avf, (ii + iii) / 2, atol=1e-6)
    with pytest.raises(RecordInvalid, match=r'E1 has no lead V2; it has I, II: .*missing="zero"'):
        challenge_records(tmp_path, leads=3)
    padded = challenge_records(tmp_path, leads=3, missing="zero").x[0]
    np.testing.assert_array_equal(padded, [one, two, np.zeros_like(one)])


def test_microvolts_are_read_as_such_and_refused_as_millivolts(tmp_path):
    write(tmp_path / "a", "E1", "426783006", leads=("I", "II"), units=["uV"] * 2)
    records = challenge_records(tmp_path / "a", leads=2)
    assert np.abs(records.x[0]).max() == pytest.approx(1e-3, rel=0.01)  # a sine of 1 µV
    write(tmp_path / "b", "E2", "426783006", leads=("I", "II"), adc_gain=[0.1] * 2)
    with pytest.raises(RecordInvalid, match=r"E2: .* mV cannot come from surface electrodes"):
        challenge_records(tmp_path / "b", leads=2)


def test_samples_that_are_missing_are_refused_or_zero(tmp_path):
    write(tmp_path, "E1", "426783006", leads=("I", "II"))
    data = np.fromfile(tmp_path / "E1.dat", "<i2")
    data[200:220] = -(2**15)  # of both leads in turn
    data.tofile(tmp_path / "E1.dat")
    with pytest.raises(RecordInvalid, match=r"E1: lead I has no signal from 0\.2 to 0\.22 s"):
        challenge_records(tmp_path, leads=2)
    x = challenge_records(tmp_path, leads=2, missing="zero").x[0]
    assert not x[:, 100:110].any()
    assert x[:, 99].any()


def test_a_changed_label_makes_another_set(tmp_path):
    write(tmp_path, "E1", "426783006", leads=("I", "II"))
    assert classes_in(challenge_records(tmp_path, leads=2)) == [{"NSR"}]
    header = tmp_path / "E1.hea"
    header.write_text(header.read_text().replace("426783006", "164889003"))
    assert classes_in(challenge_records(tmp_path, leads=2)) == [{"AF"}]


def test_folders_that_cannot_be_read_are_refused(tmp_path):
    with pytest.raises(DataMissing, match="holds no header"):
        ChallengeFolder(tmp_path)
    write(tmp_path / "one", "E1", "426783006", leads=("I", "II"))
    write(tmp_path / "two", "E1", "426783006", leads=("I", "II"))
    with pytest.raises(RecordInvalid, match="two recordings are called 'E1'"):
        ChallengeFolder(tmp_path)
    with pytest.raises(DataMissing, match="no recording 'E9' in"):
        challenge_records(tmp_path / "one", records=["E9"], leads=2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unlabelled": "ignore"}, 'unlabelled must be "drop" or "keep"'),
        ({"missing": "nan"}, 'missing must be "refuse" or "zero"'),
        ({"leads": 5}, "sets of 12, 6, 4, 3, 2 leads, not 5"),
        ({"leads": ["I", "I"]}, "a number or different names"),
    ],
)
def test_parameters_that_are_not_right_are_refused(tmp_path, options, message):
    write(tmp_path, "E1", "426783006", leads=("I", "II"))
    with pytest.raises(RecordInvalid, match=message):
        challenge_records(tmp_path, **options)


def test_a_database_without_diagnoses_is_refused():
    database = MadeDatabase([ramp("a")])
    database.metadata = pd.DataFrame({"label": ["N"]}, index=["a"])
    with pytest.raises(RecordInvalid, match="has no column dx"):
        challenge_records(database)


def test_the_simulated_challenge_has_its_classes():
    database = open_database("challenge-2021", data="synthetic")
    records = challenge_records(database, records=database.records[:30], leads=3, fs=100)
    assert (len(records), records.x.shape[1:]) == (30, (3, 1000))
    assert records.recipe["simulated"]
    assert records.counts["NSR"] > 10


def test_leads_that_are_there_already_are_the_recording_itself():
    recording = Recording(np.zeros((2, 5)), fs=500, leads=["I", "II"])
    assert standard_leads(recording, ("I", "II")) is recording


@pytest.mark.real
def test_the_samples_of_four_sources_are_those_of_their_headers():
    records = challenge_records("challenge-2021", leads=3, fs=None)
    named = dict(zip(records.record, classes_in(records), strict=True))
    assert named["JS20001"] == {"PAC|SVPB", "STach", "NSIVCB"}
    assert named["A0001"] == {"CRBBB|RBBB"}  # a word
    assert named["A0005"] == set()  # PVC, which later headers of CPSC have under a code not scored
    assert named["E07505"] == set()  # left ventricular hypertrophy
    assert named["HR06002"] == {"SB", "NSR", "IRBBB"}
    counts = records.rows["source"].value_counts().to_dict()
    assert counts == {"chapman_shaoxing": 10, "georgia": 10, "cpsc_2018": 5, "ptb-xl": 5}
    folder = open_database("challenge-2021").files.folder / "training"
    own = challenge_records(folder, leads=3, fs=None)
    np.testing.assert_array_equal(own.x.samples, records.x.samples)
    np.testing.assert_array_equal(own.y, records.y)
    assert own.rows.equals(records.rows)
