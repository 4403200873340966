import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ecgbook import Recording, RecordInvalid
from ecgbook.plotting.sheet import lay_out
from tests.plotting.examples import TWELVE, beats, recording

CLINICAL = [
    ["I", "aVR", "V1", "V4"],
    ["II", "aVL", "V2", "V5"],
    ["III", "aVF", "V3", "V6"],
    ["II"],
]


def _leads(sheet):
    return [[trace.lead for trace in row.traces] for row in sheet.rows]


@pytest.mark.parametrize("order", [TWELVE, TWELVE[::-1]])
def test_twelve_leads_lie_where_clinics_put_them(order):
    assert _leads(lay_out(recording(order, seconds=10))) == CLINICAL


def test_columns_follow_one_another_in_time():
    ecg = recording(TWELVE, seconds=10)
    row = lay_out(ecg).rows[1]
    for column, trace in enumerate(row.traces):
        signal = ecg.lead(trace.lead)
        part = signal[625 * column : 625 * (column + 1)]
        np.testing.assert_allclose(trace.y_mm, 10 * (part - np.median(signal)), atol=1e-5)
        assert trace.x_mm[0] == pytest.approx(15 + 62.5 * column)


def test_rhythm_strip_shows_the_whole_time():
    (trace,) = lay_out(recording(TWELVE, seconds=10)).rows[-1].traces
    assert trace.x_mm[0] == 15
    assert trace.x_mm[-1] == pytest.approx(15 + 250 - 0.1)


@pytest.mark.parametrize("leads", [("II",), ("MLII", "V5"), ("I", "II", "III"), (*TWELVE, "VX")])
def test_other_sets_of_leads_are_stacked_in_their_order(leads):
    assert _leads(lay_out(recording(leads))) == [[lead] for lead in leads]


def test_a_few_seconds_of_twelve_leads_are_stacked():
    assert len(lay_out(recording(TWELVE, seconds=3)).rows) == 12


@pytest.mark.parametrize("leads", [("MLII", "V5"), TWELVE])
def test_marks_stand_at_a_row_of_the_whole_time(leads):
    sheet = lay_out(recording(leads, seconds=10))
    assert len(sheet.marked_row.traces[0].x_mm) == 2500


def test_long_recording_is_refused_with_the_remedy():
    with pytest.raises(RecordInvalid, match=r"mitdb/100: 16 s.*\.window\("):
        lay_out(recording(seconds=16, database="mitdb", record="100"))


def test_fifteen_seconds_fit():
    assert lay_out(recording(seconds=15)).width_mm == 15 + 375 + 5


def test_marks_make_room_above():
    plain = lay_out(recording())
    marked = lay_out(recording(annotations=beats([100], "N")))
    assert marked.height_mm > plain.height_mm


voltages = st.one_of(st.floats(-150, 150, width=32), st.just(float("nan")))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(voltages, min_size=30, max_size=30), min_size=1, max_size=5))
def test_rows_never_reach_into_each_other(signal):
    names = [f"L{row}" for row in range(len(signal))]
    sheet = lay_out(Recording(np.array(signal), 10, names))
    ceiling = sheet.height_mm
    for row in sheet.rows:
        assert row.baseline_mm + row.above_mm <= ceiling
        assert row.baseline_mm % 5 == 0
        ceiling = row.baseline_mm - row.below_mm
        (trace,) = row.traces
        inside = trace.y_mm[np.abs(trace.y_mm) <= 50]
        assert (inside <= row.above_mm + 1e-3).all()
        assert (inside >= -row.below_mm - 1e-3).all()
    assert ceiling >= 0
    assert sheet.height_mm <= 115 * len(signal) + 30
