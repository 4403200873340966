"""The published band-pass by its formula, and what it does to the ST segment in mV."""

import numpy as np
import pytest
from scipy import signal as dsp

from ecgbook import Recording, RecordInvalid
from ecgbook.signals import published_bandpass, remove_baseline, st_level_mv
from ecgbook.simulator import simulate


def one_lead(signal, fs=100):
    return Recording([signal], fs=fs, leads=["II"], record="r")


def st_of(condition, lead, clean, fs=100.0, seed=0):
    """Return the ST level that a filter leaves, and the one without: mV each."""
    made = simulate(condition, fs=fs, noise=None, duration_s=20, seed=seed)
    qrs, ecg = made.truth[0].qrs, made.recording()
    qrs = qrs[(qrs[:, 0] > 5 * fs) & (qrs[:, 1] < 15 * fs)]  # away from what ends do
    return st_level_mv(clean(ecg), qrs, lead), st_level_mv(ecg, qrs, lead)


def test_the_published_filter_is_a_difference_equation_from_rest():
    x = 1 + np.random.default_rng(0).normal(size=400)
    b, a = dsp.butter(2, [1 / 50, 45 / 50], "bandpass")
    y = np.zeros(400)
    for n in range(400):
        y[n] = sum(b[k] * x[n - k] for k in range(5) if n >= k)
        y[n] -= sum(a[k] * y[n - k] for k in range(1, 5) if n >= k)
    np.testing.assert_allclose(published_bandpass(one_lead(x)).signal[0], y, atol=1e-5)


def test_it_begins_with_a_step_where_the_recording_is_not_at_zero():
    y = published_bandpass(one_lead(np.ones(2000))).signal[0]
    assert y[:5].max() > 0.5
    assert np.abs(y[-200:]).max() < 1e-3


@pytest.mark.parametrize("fs", [100.0, 500.0])
@pytest.mark.parametrize("seed", range(3))
def test_of_an_inferior_infarction_it_takes_a_square_of_the_paper(fs, seed):
    filtered, clean = st_of("inferior_st_elevation", "III", published_bandpass, fs, seed)
    assert clean > 0.3
    assert -0.2 < filtered - clean < -0.075
    filtered, clean = st_of("normal", "V2", published_bandpass, fs, seed)
    assert abs(clean) < 0.05
    assert filtered - clean > 0.1  # what is called ST elevation


@pytest.mark.parametrize("cutoff_hz", [0.5, 0.67])
@pytest.mark.parametrize(
    ("condition", "lead"),
    [("inferior_st_elevation", "III"), ("anterior_st_elevation", "V2"), ("normal", "V2")],
)
def test_both_ways_and_with_less_it_moves_by_a_hundredth_of_a_mv(cutoff_hz, condition, lead):
    filtered, clean = st_of(condition, lead, lambda ecg: remove_baseline(ecg, cutoff_hz))
    assert abs(filtered - clean) < 0.01


def test_the_level_is_that_of_a_drawn_segment():
    signal = np.full(3000, 0.2)  # the line of this lead lies at 0.2 mV
    begin = np.arange(500, 2500, 500)
    for start, st in zip(begin, [0.1, 0.3, 0.3, 9.0], strict=True):
        signal[start : start + 50] = 2.0
        signal[start + 50 : start + 150] = 0.2 + st
    qrs = np.stack([begin, begin + 50], axis=1)
    ecg = one_lead(signal, fs=500)
    assert st_level_mv(ecg, qrs) == pytest.approx(0.3)
    assert st_level_mv(ecg, qrs[:1]) == pytest.approx(0.1)
    assert st_level_mv(ecg, [[0, 50], *qrs, [2900, 2990]]) == pytest.approx(0.3)
    assert st_level_mv(ecg, qrs[:1], after_ms=250) == pytest.approx(0)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: published_bandpass(one_lead(np.ones(500), fs=90)), "a rate above 90 Hz, got 90"),
        (lambda: published_bandpass(one_lead([0.0, np.nan])), "no value at 0.010 s"),
        (lambda: st_level_mv(one_lead(np.ones(50)), [[10, 20]], "V2"), "no lead 'V2'"),
        (lambda: st_level_mv(one_lead(np.ones(50)), [10, 20]), "a begin and an end"),
        (lambda: st_level_mv(one_lead(np.ones(50)), [[0.1, 0.2]]), "whole samples"),
        (lambda: st_level_mv(one_lead(np.ones(50)), [[10, 49]]), "no beat lies wholly inside"),
    ],
)
def test_what_has_no_answer_is_refused(call, words):
    with pytest.raises(RecordInvalid, match=words):
        call()
