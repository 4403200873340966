from dataclasses import replace

import numpy as np
import pytest

from ecgbook import RecordInvalid, open_database
from ecgbook.conventions import DS1, DS2
from ecgbook.datasets import aami_beats
from tests.datasets.recordings import MadeDatabase, ramp


def test_classes_follow_de_chazal():
    symbols = "NLRejAaJSVEF/fQ"
    beats = aami_beats(MadeDatabase([ramp(symbols=symbols, seconds=20)]), scale=None)
    assert [beats.classes[c] for c in beats.y] == list("NNNNNSSSSVVFQQQ")


def test_marks_that_are_no_beat_or_no_class_are_left_out():
    beats = aami_beats(MadeDatabase([ramp(symbols="N+~V!B")]))
    assert beats.y.tolist() == [0, 2]
    assert beats.sample.tolist() == [360, 4 * 360]


def test_the_window_lies_around_the_annotation():
    database = MadeDatabase([ramp()])
    beats = aami_beats(database, before_s=0.1, after_s=0.2, band_hz=None, scale=None)
    first = 360 - 36
    np.testing.assert_allclose(beats.x[0, 0] * 1000, np.arange(first, first + 108), rtol=1e-5)


def test_rr_counts_beats_of_no_class_too():
    # The B in between is a beat: without it the RR interval would be 2 s.
    beats = aami_beats(MadeDatabase([ramp(symbols="NBN")]))
    assert beats.features[:, 0].tolist() == [1.0, 1.0]


def test_scaling_by_record_keeps_the_ratio_of_heights():
    signal = np.zeros((1, 3600), np.float32)
    signal[0, [360, 720, 1080, 1440, 1800]] = [1, 3, 1, 1, 1]
    recording = replace(ramp(), signal=signal)
    beats = aami_beats(MadeDatabase([recording]), band_hz=None, scale="record")
    assert np.ptp(beats.x, axis=-1)[:, 0].tolist() == [1, 3, 1, 1, 1]


def test_a_second_call_reads_from_the_store():
    database = MadeDatabase([ramp()])
    aami_beats(database)
    again = aami_beats(database)
    assert database.read_records == ["r1"]
    assert again.counts == {"N": 3, "S": 1, "V": 1, "F": 0, "Q": 0}


def test_other_parameters_make_another_set():
    database = MadeDatabase([ramp()])
    assert aami_beats(database, before_s=0.1).x.shape != aami_beats(database, before_s=0.2).x.shape


def test_a_missing_lead_is_refused_by_name():
    with pytest.raises(RecordInvalid, match=r"made/r1 has no lead 'V5'"):
        aami_beats(MadeDatabase([ramp()]), leads=("V5",))


def test_mlii_is_taken_wherever_it_stands():
    signal = np.stack([np.zeros(3600), np.arange(3600) / 1000])
    recording = replace(ramp(), signal=signal, leads=("V5", "MLII"))
    beats = aami_beats(MadeDatabase([recording]), band_hz=None, scale=None)
    assert beats.leads == ("MLII",)
    assert beats.x[:, 0, 90].tolist() == pytest.approx([0.36, 0.72, 1.08, 1.44, 1.8])


def test_without_mlii_the_first_lead_is_taken_at_its_own_rate():
    signal = np.stack([np.arange(2500) / 1000, np.zeros(2500)])
    recording = replace(ramp(fs=250, leads=("ML2", "MV2")), signal=signal)
    beats = aami_beats(MadeDatabase([recording]), band_hz=None, scale=None)
    assert beats.leads == ("ML2",)
    assert beats.fs == 250
    # 0.25 s before the beat at 1 s is sample 188 of 250 a second (62.5 samples, rounded to 62).
    assert beats.x.shape == (5, 1, 62 + 125)
    np.testing.assert_allclose(beats.x[0, 0] * 1000, np.arange(188, 188 + 187), rtol=1e-5)
    assert beats.features[:, 0].tolist() == [1.0] * 5


def test_the_set_names_every_lead_it_was_cut_from():
    one, other = ramp("r1"), ramp("r2", leads=("V5",))
    database = MadeDatabase([one, other])
    assert aami_beats(database).leads == ("MLII or V5",)
    assert aami_beats(database).leads == ("MLII or V5",)  # from the store


def test_leads_named_or_not_make_different_sets():
    database = MadeDatabase([ramp(leads=("V5",))])
    assert aami_beats(database).recipe["leads"] is None
    assert aami_beats(database, leads=("V5",)).recipe["leads"] == ["V5"]
    assert database.read_records == ["r1", "r1"]


def test_the_rate_is_that_of_the_recordings_whatever_the_catalog_says():
    database = MadeDatabase([ramp(fs=250)])
    database.info.fs = 360
    beats = aami_beats(database, band_hz=None, scale=None)
    assert beats.fs == 250
    assert beats.x.shape == (5, 1, 62 + 125)
    assert beats.features[:, 0].tolist() == [1.0] * 5


def test_recordings_of_two_rates_are_refused_by_name():
    database = MadeDatabase([ramp("r1"), ramp("r2"), ramp("r3", fs=250)])
    message = r"made-\d+: record r1 gives 360 Hz, .*, record r3 250 Hz, .* take records of"
    with pytest.raises(RecordInvalid, match=message):
        aami_beats(database)
    assert aami_beats(database, records=["r3"]).fs == 250


def test_rr_intervals_are_columns_of_the_rows():
    beats = aami_beats(MadeDatabase([ramp(symbols="NVN")]))
    assert beats.feature_names == ("rr_previous_s", "rr_next_s", "rr_local_s")
    assert beats.rows.rr_previous_s.tolist() == [1.0, 1.0, 1.0]
    assert beats.rows.patient.tolist() == ["p1"] * 3


@pytest.mark.parametrize(("name", "lead"), [("ltstdb", "ML2"), ("synthetic", "I")])
def test_simulated_databases_without_mlii_can_be_cut(name, lead):
    database = open_database(name, data="synthetic")
    record = database.records[0]
    beats = aami_beats(database, records=[record])
    assert beats.leads == (lead,)
    assert beats.fs == database.info.fs
    marks = database.read(record).annotations.beats()
    np.testing.assert_array_equal(beats.sample, marks.sample[np.isin(marks.symbol, list("NSVF"))])


def test_a_recording_without_annotations_is_refused():
    with pytest.raises(RecordInvalid, match="no beat annotations"):
        aami_beats(MadeDatabase([replace(ramp(), annotations=None)]))


def test_an_unknown_scale_is_refused():
    with pytest.raises(RecordInvalid, match="'z-score'"):
        aami_beats(MadeDatabase([ramp()]), scale="z-score")


@pytest.mark.real
def test_mitbih_has_the_known_beats():
    beats = aami_beats(open_database("mitdb"))
    assert beats.counts == {"N": 90125, "S": 2781, "V": 7009, "F": 803, "Q": 15}
    assert beats[np.isin(beats.record, DS1)].counts == {
        "N": 45866,
        "S": 944,
        "V": 3788,
        "F": 415,
        "Q": 8,
    }
    assert beats[np.isin(beats.record, DS2)].counts == {
        "N": 44259,
        "S": 1837,
        "V": 3221,
        "F": 388,
        "Q": 7,
    }
    assert len(set(beats.patient)) == 43
