"""Added noise: its ratio by the definition of nst, where it comes from, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecgbook import Annotations, Recording, RecordInvalid, open_database
from ecgbook.datasets import rhythm_records, with_noise
from ecgbook.signals import add_noise, signal_to_noise_db
from tests.signals.beats import beat_signal, one_lead, rhythm_s

FS = 300
HEART = one_lead(beat_signal(rhythm_s(30), FS, 30), FS)


def made_noise(fs=360, seconds=120, leads=2, seed=0):
    """Return wander and muscle in one."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(leads, seconds * fs))
    names = [f"noise{k + 1}" for k in range(leads)]
    return Recording(0.02 * steps.cumsum(axis=1) + 0.3 * steps, fs=fs, leads=names, record="made")


def test_the_ratio_of_a_sine_to_a_pulse_train():
    # QRS complexes 1.6 mV from peak to trough have the power of a sine of that height, 1.6² / 8;
    # a sine of amplitude 0.4 mV has a mean square of 0.08: 0.32 / 0.08 is 6.02 dB.
    time_s = np.arange(30 * FS) / FS
    pulse = 1.6 * np.exp(-0.5 * (((time_s % 1) - 0.5) / 0.012) ** 2)
    noise = 0.4 * np.sin(2 * np.pi * 5 * time_s)[None] + 100
    ratio = signal_to_noise_db(one_lead(pulse, FS), noise)
    assert ratio == pytest.approx([10 * np.log10(0.32 / 0.08)], abs=0.05)


def test_wander_slower_than_a_second_counts_little():
    time_s = np.arange(30 * FS) / FS
    slow, fast = (0.4 * np.sin(2 * np.pi * hertz * time_s)[None] for hertz in (0.05, 5))
    # Over a second a sine of 0.05 Hz is nearly a line.
    assert signal_to_noise_db(HEART, slow)[0] > signal_to_noise_db(HEART, fast)[0] + 10


@pytest.mark.parametrize("snr_db", [-6, 0, 6, 12, 24])
@pytest.mark.parametrize("fs", [100, 300, 360, 500])
def test_what_is_measured_is_what_was_asked_for(snr_db, fs):
    signal = beat_signal(rhythm_s(20), fs, 20)
    heart = Recording([signal, -0.3 * signal], fs=fs, leads=["I", "II"])
    noisy = add_noise(heart, made_noise(), snr_db, seed=3)
    added = noisy.signal.astype(float) - heart.signal
    np.testing.assert_allclose(signal_to_noise_db(heart, added), snr_db, atol=0.01)
    np.testing.assert_allclose(added.mean(axis=1), 0, atol=1e-5)
    assert noisy.fs == fs


def test_the_noise_is_a_piece_of_what_was_given():
    noise, heart = made_noise(fs=FS, leads=1), HEART
    added = (add_noise(heart, noise, 0, seed=5).signal - heart.signal)[0]
    whole = noise.signal[0].astype(float)
    # The place where the piece fits best: correlation by its definition, at every place.
    n = len(added)
    products = np.correlate(whole, added - added.mean(), "valid")
    total, squares = (np.cumsum(np.r_[0, x]) for x in (whole, whole**2))
    mean = (total[n:] - total[:-n]) / n
    spread = np.sqrt((squares[n:] - squares[:-n]) / n - mean**2)
    assert (products / n / spread / added.std()).max() == pytest.approx(1, abs=1e-4)


def test_one_seed_gives_the_same_piece_at_every_ratio():
    loud, quiet = (
        add_noise(HEART, made_noise(), snr_db, seed=1).signal - HEART.signal for snr_db in (0, 20)
    )
    np.testing.assert_allclose(loud, 10 * quiet, atol=1e-4)
    other = add_noise(HEART, made_noise(), 0, seed=2).signal - HEART.signal
    assert np.abs(np.corrcoef(loud, other)[0, 1]) < 0.9


def test_annotations_stay():
    marks = Annotations([5], ["N"])
    marked = Recording(HEART.signal, fs=FS, leads=["II"], annotations=marks)
    assert add_noise(marked, made_noise(), 6, seed=0).annotations is marked.annotations


def test_a_recording_without_beats_is_as_tall_as_its_seconds_are():
    time_s = np.arange(10 * FS) / FS
    wave = one_lead(0.008 * np.sin(2 * np.pi * time_s), FS)  # too small for a beat: 0.016 mV
    noise = np.sqrt(2) * 0.016 / np.sqrt(8) * np.sin(2 * np.pi * 7 * time_s)[None]
    assert signal_to_noise_db(wave, noise) == pytest.approx([0], abs=0.1)


def test_what_has_no_ratio_is_refused():
    noise, flat = made_noise(), one_lead(np.zeros(9000), FS)
    with pytest.raises(RecordInvalid, match="the recording is flat"):
        add_noise(flat, noise, 6, seed=0)
    still = Recording(np.ones((1, 90 * 360)), fs=360, leads=["still"])
    with pytest.raises(RecordInvalid, match="the noise is flat"):
        add_noise(HEART, still, 6, seed=0)
    with pytest.raises(RecordInvalid, match="noise must be longer"):
        add_noise(HEART, made_noise(seconds=20), 6, seed=0)
    with pytest.raises(RecordInvalid, match="finite number of dB"):
        add_noise(HEART, noise, np.nan, seed=0)
    with pytest.raises(RecordInvalid, match="at least 1 s"):
        add_noise(one_lead(HEART.signal[0, :200], FS), noise, 6, seed=0)
    gap = HEART.signal[0].copy()
    gap[7] = np.nan
    with pytest.raises(RecordInvalid, match="no value"):
        add_noise(one_lead(gap, FS), noise, 6, seed=0)
    with pytest.raises(RecordInvalid, match="needs the shape"):
        signal_to_noise_db(HEART, np.zeros((1, 5)))


@given(st.integers(360, 3000), st.sampled_from([100, 250, 360]), st.integers(0, 5))
def test_any_length_and_rate_keeps_its_shape(n, fs, seed):
    signal = np.random.default_rng(seed).normal(size=(1, n))
    noisy = add_noise(one_lead(signal[0], fs), made_noise(seconds=60), 10, seed=seed)
    assert noisy.signal.shape == (1, n)
    assert np.isfinite(noisy.signal).all()


def test_recordings_get_their_own_noise_whoever_else_is_there():
    database = open_database("challenge-2017", data="synthetic")
    records = rhythm_records(database, records=database.records[:6])
    together = with_noise(records, made_noise(), 6, seed=4)
    alone = with_noise(records[3:4], made_noise(), 6, seed=4)
    np.testing.assert_array_equal(together.x[3], alone.x[0])
    assert together.length.tolist() == records.length.tolist()
    assert together.recipe["snr_db"] == 6
    added = together.x[3].astype(float) - records.x[3]
    clean = Recording(records.x[3], fs=300, leads=["ECG"])
    assert signal_to_noise_db(clean, added) == pytest.approx([6], abs=0.01)


@pytest.mark.real
def test_record_118e24_has_24_db_by_this_definition():
    # nst sized the noise by five minutes of electrode motion that are not among those added, so
    # each noisy stretch is off by as much as the motion varies; in V1 that is little.
    whole, fs = open_database("mitdb").read("118").select("V1"), 360
    noisy = open_database("nstdb").read("118e24").select("V1")
    ratios = []
    for minute in range(5, 29, 4):
        span = 60 * minute, 60 * (minute + 2)
        clean = whole.window(*span)
        added = noisy.window(*span).signal.astype(float) - clean.signal
        ratios.append(signal_to_noise_db(clean, added[:, : 120 * fs])[0])
    assert np.mean(ratios) == pytest.approx(24, abs=1)
    assert np.ptp(ratios) < 3


@pytest.mark.real
@pytest.mark.parametrize("kind", ["bw", "ma"])
def test_real_noise_on_a_real_recording(kind):
    records = rhythm_records("challenge-2017", records=["A00001", "A00004"])
    noisy = with_noise(records, open_database("nstdb").read(kind), 0, seed=0)
    for before, after in zip(records.x, noisy.x, strict=True):
        clean = Recording(before, fs=300, leads=["ECG"])
        assert signal_to_noise_db(clean, after - before.astype(float)) == pytest.approx(
            [0], abs=0.01
        )
