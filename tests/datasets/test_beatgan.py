from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import filtfilt, firwin

from ecgbook import RecordInvalid, open_database
from ecgbook.datasets import beatgan, beatgan_beats
from ecgbook.datasets.beatgan import _near
from ecgbook.datasets.context import RR_RATIOS, with_rr_ratios
from ecgbook.datasets.cutting import RR_FEATURES
from tests.datasets.recordings import MadeDatabase, ramp


def test_nearness_is_less_than_ten_samples_on_either_side():
    peaks = np.array([100, 200])
    position = np.array([0, 90, 91, 100, 109, 110, 191, 209, 210, 1000])
    expected = [False, False, True, True, True, False, True, True, False, False]
    assert _near(position, peaks).tolist() == expected


@pytest.mark.parametrize("peaks", [[], [150]])
def test_nearness_with_few_peaks(peaks):
    assert _near(np.array([145, 500]), np.array(peaks, dtype=int)).tolist() == [bool(peaks), False]


@pytest.mark.parametrize(
    ("confirmed", "expected"), [("normal", "NVS"), ("all", "N"), ("none", "NVNSN")]
)
def test_a_detector_vets_the_normal_beats_only(monkeypatch, confirmed, expected):
    # Beats N, V, N, A, N at 1 to 5 s; the detector finds the first alone.
    monkeypatch.setattr(beatgan, "_hamilton_peaks", lambda filtered, fs: np.array([360]))
    beats = beatgan_beats(MadeDatabase([ramp(symbols="NVNAN")]), confirmed=confirmed)
    assert [beats.classes[c] for c in beats.y] == list(expected)


def test_escape_beats_are_supraventricular_here():
    beats = beatgan_beats(MadeDatabase([ramp(symbols="NejV/")]), confirmed="none")
    assert [beats.classes[c] for c in beats.y] == list("NSSVQ")


def test_beats_that_reach_beyond_the_recording_are_dropped():
    recording = ramp()
    marks = replace(recording.annotations, sample=np.array([138, 139, 1000, 3419, 3420]))
    beats = beatgan_beats(MadeDatabase([replace(recording, annotations=marks)]), confirmed="none")
    assert beats.sample.tolist() == [139, 1000, 3419]


def test_rr_counts_beats_that_are_not_in_the_set():
    # The first beat starts too early for its window, the B is of no class, the + is no beat.
    recording = ramp(symbols="NNB+VN")
    marks = replace(recording.annotations, sample=np.array([72, 432, 792, 800, 972, 1332]))
    beats = beatgan_beats(MadeDatabase([replace(recording, annotations=marks)]), confirmed="none")
    assert beats.sample.tolist() == [432, 972, 1332]
    assert beats.feature_names == RR_FEATURES
    np.testing.assert_allclose(beats.features[:, :2], [[1, 1], [0.5, 1], [1, 1]])
    # All four intervals 1, 1, 0.5, 1 surround each of these beats.
    np.testing.assert_allclose(beats.features[:, 2], 3.5 / 4)


def test_the_beats_have_rr_ratios():
    beats = with_rr_ratios(beatgan_beats(MadeDatabase([ramp()]), confirmed="none"))
    assert beats.feature_names == RR_RATIOS
    np.testing.assert_allclose(beats.features, 0, atol=1e-6)  # beats 1 s apart


def test_recordings_that_lead_to_two_rates_are_refused():
    database = MadeDatabase([ramp("r1"), ramp("r2", fs=250)])
    with pytest.raises(
        RecordInvalid, match=r"record r1 gives 360 Hz, .*, record r2 308 Hz, .*; take records"
    ):
        beatgan_beats(database, confirmed="none")


def test_the_detector_hears_no_more_than_it_needs(monkeypatch):
    lead = open_database("mitdb", data="synthetic").read("100").window(0, 120).signal
    filtered = beatgan._filtered(lead, 360)[0]
    whole = beatgan._hamilton_peaks(filtered, 360)
    lengths = []

    def detector(signal, fs, original=beatgan._hamilton_peaks):
        lengths.append(len(signal))
        return original(signal, fs)

    monkeypatch.setattr(beatgan, "_hamilton_peaks", detector)
    position = np.arange(500, 20_000, 7)
    expected = _near(position, whole)
    assert 0 < expected.sum() < len(position)
    np.testing.assert_array_equal(beatgan._heard(filtered, position, 360), expected)
    assert lengths == [position[-1] + 3600]


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (lambda: ramp(fs=500), {}, "360 Hz and 250 Hz, got 500 Hz"),
        (lambda: ramp(leads=("II",)), {}, "no lead 'MLII'"),
        (lambda: ramp(), {"confirmed": "some"}, "'some'"),
        (lambda: replace(ramp(), annotations=None), {}, "no beat annotations"),
    ],
)
def test_what_does_not_fit_is_refused(make, options, message):
    with pytest.raises(RecordInvalid, match=message):
        beatgan_beats(MadeDatabase([make()]), **options)


# Normal beats of each record that the detector confirms; together they are the published 86,717.
CONFIRMED = dict(
    zip(
        """100 101 103 105 106 108 109 111 112 113 114 115 116 117 118 119 121 122 123 124 200 201
        202 203 205 207 208 209 210 212 213 214 215 219 220 221 222 223 228 230 231 232 233 234
        """.split(),
        (
            *(2237, 1858, 2079, 2508, 1505, 884, 2477, 2080, 2535, 1788, 1820, 1952, 2279, 1031),
            *(2163, 1543, 1859, 2474, 1514, 1530, 1742, 1624, 2060, 2444, 2568, 84, 1570, 2620),
            *(2416, 2746, 2638, 1997, 3192, 2079, 1952, 2028, 2055, 2028, 1617, 2254, 1566, 397),
            *(2226, 2698),
        ),
        strict=True,
    )
)


@pytest.mark.real
def test_mitbih_gives_the_published_beats():
    database = open_database("mitdb")
    counts = beatgan_beats(database, confirmed="none").counts
    assert {name: counts[name] for name in "SVFQ"} == {"S": 3026, "V": 7008, "F": 802, "Q": 15}

    # The detector takes most of the time: it hears the records where it rejects most beats.
    assert sum(CONFIRMED.values()) == 86717
    hard = ("108", "117", "203", "207", "208", "228")
    beats = beatgan_beats(database, records=hard)
    found = {record: int(np.sum((beats.record == record) & (beats.y == 0))) for record in hard}
    assert found == {record: CONFIRMED[record] for record in hard}

    # One record once more, the way the authors' script goes: filter, then slice from R + 1.
    rows = np.flatnonzero(beats.record == "208")[[0, 700, -1]]
    lead = database.read("208").lead("MLII").astype(float)
    filtered = filtfilt(firwin(109, [3, 45], pass_zero=False, fs=360), 1, lead)
    for row in rows:
        start = beats.sample[row] + 1 - 140
        np.testing.assert_allclose(beats.x[row, 0], filtered[start : start + 320], atol=1e-5)


def test_a_recording_shorter_than_its_filter_is_refused():
    short = replace(ramp(symbols="N"), signal=np.zeros((1, 100)), annotations=None)
    with pytest.raises(RecordInvalid, match=r"0\.277778 s is too short .* more than 0\.9 s"):
        beatgan._filtered(short.signal, 360)
