from dataclasses import replace

import numpy as np
import pytest

from ecgbook import RecordInvalid, open_database
from ecgbook.datasets import DS1, DS2, aami_beats
from tests.datasets.recordings import MadeDatabase, ramp


def test_classes_follow_ec57():
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
