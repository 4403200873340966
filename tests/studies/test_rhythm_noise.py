"""Real noise on recordings, and the answers "too noisy" and "not sure"."""

import numpy as np
import pytest

from ecgbook import Recording
from ecgbook.studies import rhythm_noise as study
from ecgbook.studies.study import Answer
from tests.studies.rhythms import make_recordings


@pytest.fixture
def noise(monkeypatch):
    signal = np.random.default_rng(0).normal(size=(2, 360 * 60))
    made = Recording(signal, 360, ("noise 1", "noise 2"), record="ma")
    monkeypatch.setattr(study, "noise_like", lambda records, name: made)


def test_every_noise_and_ratio_is_answered_and_again_when_sure(noise):
    records, heard = make_recordings(n=2), []

    def say(part):
        heard.append(part)
        return np.full((len(part), 4), 0.25)

    clean = Answer(*[np.eye(4)[records.y]] * 2)
    answers = study.under_noise(clean, records, records, say)
    usual, sure = answers[:9], answers[9:]
    assert usual[0] is clean
    assert [tuple(one.fields.values()) for one in usual[1:]] == [
        (name, ratio) for name in ("bw", "ma") for ratio in (24, 12, 6, 0)
    ]
    assert [one.report for one in answers] == [""] * 9 + ["when_sure"] * 9
    assert all(one.fields["answered"] == "when_sure" for one in sure)
    # Less signal to noise is more noise, and the recording below is the same.
    away = [np.std(heard[2 * k].x[0] - records.x[0]) for k in range(4)]
    np.testing.assert_allclose(np.divide(away[1:], away[:-1]), 10 ** (np.array([12, 6, 6]) / 20))
    # The limit is what nine of ten answers on validation reach.
    assert (sure[0].test[:, -1] == 1).all()


def test_what_is_said_when_sure_is_counted_by_hand():
    #        truth N, N, A, ~; called N, ~, N, ~ with 0.9, 0.6, 0.8, 0.7; said from 0.7 on
    y, patient = np.array([0, 0, 1, 3]), np.array(list("abcd"))
    probability = np.array(
        [[0.9, 0, 0.1, 0], [0.4, 0, 0, 0.6], [0.8, 0.2, 0, 0], [0.1, 0.1, 0.1, 0.7]]
    )
    answer = study.when_sure(Answer(probability, probability), 0.7)
    rows = study.when_sure_rows(y, answer.test[None], patient).set_index(["score", "class"])
    assert rows["value"]["coverage", "all"] == pytest.approx(3 / 4)
    assert rows["value"]["accuracy", "all"] == pytest.approx(2 / 3)
    assert rows["value"]["called_noisy", "all"] == pytest.approx(1 / 2)
    assert rows["value"]["called_noisy", "N"] == pytest.approx(1 / 2)
    assert rows["value"]["coverage", "A"] == 1
    assert rows["value"]["accuracy", "A"] == 0
    assert rows["n"]["accuracy", "all"] == 3
    assert "O" not in rows.index.get_level_values("class")


def test_runs_are_counted_together():
    y, patient = np.array([0, 1]), np.array(list("ab"))
    sure, unsure = np.eye(4)[y], np.full((2, 4), 0.25)
    output = np.stack([np.c_[one, [0.5, 0.5]] for one in (sure, unsure)])
    rows = study.when_sure_rows(y, output, patient).set_index(["score", "class"])
    assert rows["value"]["coverage", "all"] == 0.5
    assert rows["value"]["accuracy", "all"] == 1
