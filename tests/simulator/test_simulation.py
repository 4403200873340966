import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ecgbook import EcgError, Recording
from ecgbook.simulator import CONDITIONS, FRANK_LEADS, TWELVE_LEADS, Patient, simulate


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(list(CONDITIONS)),
    st.floats(1, 12),
    st.sampled_from([100, 257, 500, 1000]),
    st.integers(0, 2**31),
)
def test_limb_lead_identities_hold_with_noise(condition, duration_s, fs, seed):
    ecg = simulate(condition, duration_s=duration_s, fs=fs, seed=seed)
    one, two, three, avr, avl, avf = ecg.signal[0, :6]
    # A few float32 roundings of voltages of some millivolts.
    np.testing.assert_allclose(one + three, two, atol=3e-6)
    np.testing.assert_allclose(avr + avl + avf, 0, atol=3e-6)
    np.testing.assert_allclose(avl, one - two / 2, atol=3e-6)


def test_same_seed_same_ecg_and_other_seed_other_ecg():
    first, again, other = simulate(seed=7), simulate(seed=7), simulate(seed=8)
    np.testing.assert_array_equal(first.signal, again.signal)
    np.testing.assert_array_equal(first.truth[0].r_peak, again.truth[0].r_peak)
    assert np.abs(first.clean - other.clean).max() > 0.1


@pytest.mark.parametrize("condition", ["normal", "atrial_fibrillation", "premature_ventricular"])
def test_batch_is_made_of_the_single_ecgs(condition):
    batch = simulate(condition, n=5, seed=20)
    assert batch.signal.shape == (5, 12, 5000)
    for n in range(5):
        single = simulate(condition, seed=20 + n)
        np.testing.assert_array_equal(batch.signal[n], single.signal[0])
        np.testing.assert_array_equal(batch.truth[n].lesion, single.truth[0].lesion)
        assert batch.patients[n] == single.patients[0]


def test_leads_are_a_choice_among_the_same_heart():
    all_leads, few = simulate(), simulate(leads=["V5", "II"])
    chosen = [TWELVE_LEADS.index("V5"), TWELVE_LEADS.index("II")]
    np.testing.assert_allclose(few.clean[0], all_leads.clean[0, chosen], atol=1e-6)
    np.testing.assert_array_equal(few.truth[0].r_peak, all_leads.truth[0].r_peak)


def test_rate_changes_the_samples_but_not_the_heart():
    slow, fast = simulate(fs=250, noise=None), simulate(fs=1000, noise=None)
    assert np.abs(fast.clean[0, :, ::4] - slow.clean[0]).max() < 0.01


def test_textbook_patient_leaves_the_axes_where_they_are():
    np.testing.assert_array_equal(Patient().turn, np.eye(3))


def test_turning_the_heart_turns_the_axis_by_as_much():
    def axis_deg(turn_deg):
        patient = Patient(axis_deg=turn_deg)
        ecg = simulate(leads=FRANK_LEADS, noise=None, patient=patient)
        left, down, _ = ecg.clean[0, :, ecg.truth[0].r_peak[3]]
        return np.degrees(np.arctan2(down, left))

    assert axis_deg(20) - axis_deg(0) == pytest.approx(20, abs=0.5)


def test_patient_is_recognised_from_record_to_record():
    one, other = (Patient.draw(np.random.default_rng(seed)) for seed in (1, 2))

    def complex_(patient, seed):
        ecg = simulate(patient=patient, seed=seed, noise=None)
        r_peak = ecg.truth[0].r_peak[3]
        return ecg.clean[0, :, r_peak - 25 : r_peak + 25]

    same = np.abs(complex_(one, 5) - complex_(one, 6)).max()
    different = np.abs(complex_(one, 5) - complex_(other, 6)).max()
    assert same < 0.5 * different


def test_spectrum_of_the_heart_lies_below_40_hz():
    clean = simulate(n=10, noise=None).clean
    power = (np.abs(np.fft.rfft(clean - clean.mean(axis=2, keepdims=True))) ** 2).sum(axis=(0, 1))
    hertz = np.fft.rfftfreq(clean.shape[2], 1 / 500)
    assert power[hertz < 40].sum() > 0.98 * power.sum()


def test_recording_has_rhythm_and_beats_and_a_name():
    ecg = simulate("premature_ventricular", n=2, seed=3)
    recording = ecg.recordings()[1]
    assert isinstance(recording, Recording)
    assert recording.name == "simulated/premature_ventricular-4"
    marks = recording.annotations
    assert (marks.sample[0], marks.symbol[0], marks.aux[0]) == (0, "+", "(N")
    np.testing.assert_array_equal(marks.beats().sample, ecg.truth[1].r_peak)
    np.testing.assert_array_equal(marks.beats().symbol, ecg.truth[1].symbol)


@pytest.mark.parametrize(
    ("condition", "symbol", "rhythm"),
    [
        ("normal", "N", "(N"),
        ("lbbb", "L", "(N"),
        ("rbbb", "R", "(N"),
        ("paced", "/", "(P"),
        ("complete_block", "j", "(BIII"),
        ("atrial_fibrillation", "N", "(AFIB"),
        ("atrial_flutter", "N", "(AFL"),
    ],
)
def test_beats_have_the_symbols_of_their_condition(condition, symbol, rhythm):
    truth = simulate(condition, ectopic={}).truth[0]
    assert set(truth.symbol) == {symbol}
    assert truth.rhythm == rhythm


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"condition": "healthy"}, "no condition 'healthy'"),
        ({"n": 0}, "n must lie between"),
        ({"n": 1.5}, "n must be a whole number"),
        ({"seed": 0.5}, "seed must be a whole number"),
        ({"seed": -1}, "seed must lie between"),
        ({"fs": 10}, "fs must lie"),
        ({"duration_s": 0}, "duration_s must lie"),
        ({"duration_s": float("nan")}, "duration_s must lie"),
        ({"heart_rate_bpm": 300}, "heart_rate_bpm must lie"),
        ({"ectopic": {"X": 0.1}}, "only A, V, F, Q"),
        ({"ectopic": {"V": 0.3, "A": 0.3}}, "sum of the ectopic shares"),
        ({"condition": "wenckebach", "ectopic": {"V": 0.1}}, "wenckebach can have none"),
    ],
)
def test_impossible_wishes_are_refused(arguments, message):
    with pytest.raises(EcgError, match=message):
        simulate(**arguments)


@settings(max_examples=60)
@given(
    st.sampled_from(list(CONDITIONS)),
    st.floats(0.02, 2),
    st.sampled_from([50, 100, 257, 1000]),
    st.sampled_from([20, 35, 70, 220]),
    st.integers(0, 10_000),
)
@example("atrial_fibrillation", 0.0625, 100, 20, 6300)
def test_stretches_too_short_for_a_beat(condition, duration_s, fs, rate_bpm, seed):
    found = simulate(condition, duration_s=duration_s, fs=fs, heart_rate_bpm=rate_bpm, seed=seed)
    assert found.signal.shape == (1, 12, round(duration_s * fs))
    assert found.clean.dtype == found.signal.dtype == np.float32
    assert np.isfinite(found.signal).all()
    beats = found.recording().annotations.beats()
    np.testing.assert_array_equal(beats.sample, found.truth[0].r_peak)


def test_between_two_beats_fibrillation_shows_its_waves_and_no_beat():
    short = {"duration_s": 0.0625, "fs": 100, "heart_rate_bpm": 20, "seed": 6300}
    ecg = simulate("atrial_fibrillation", noise=None, **short)
    assert len(ecg.truth[0].r_peak) == 0
    # The two atria reach 0.02 to 0.07 mV, the dipole of a QRS complex 1 mV.
    assert 0.001 < np.abs(ecg.clean).max() < 0.3
