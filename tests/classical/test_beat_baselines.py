from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from ecgbook import RecordInvalid, open_database
from ecgbook.classical.beat_baselines import (
    beat_features,
    boosted_trees,
    logistic,
    nearest_class_mean,
    rr_rules,
)
from ecgbook.conventions import DS2
from ecgbook.datasets import Examples, aami_beats
from ecgbook.datasets.cutting import RR_FEATURES, rr_features_s
from ecgbook.evaluation import confusion_matrix, ec57_scores

FS = 100
R = 25  # sample of the R peak in a beat of 0.75 s


def bump(height=1.0, half_width=2, at=R, length=75):
    """Return a rectangle around the R peak, shape (time,)."""
    beat = np.zeros(length, np.float32)
    beat[at - half_width : at + half_width + 1] = height
    return beat


# The mean is 0.9 s, so two beats of five are early, and beat 100 is one of them.
DISORDER = np.resize([0.6, 1.0, 1.3, 0.7, 0.9], 200)

NARROW, WIDE = bump(), bump(height=-1, half_width=6, at=R + 6)


def beats_of(rr_s, shapes, leads=("II",), record="a", classes="NSV"):
    """Return beats with ``rr_s`` seconds before each one; a shape fills every lead."""
    sample = np.rint(np.cumsum(rr_s) * FS).astype(np.int64)
    features = pd.DataFrame(rr_features_s(sample, FS), columns=RR_FEATURES)
    return Examples(
        x=np.repeat(np.stack(shapes)[:, None], len(leads), axis=1),
        y=np.zeros(len(sample), np.int64),
        classes=classes,
        rows=features.assign(patient=record, record=record, sample=sample),
        fs=FS,
        leads=leads,
        recipe={"before_s": R / FS},
        feature_names=RR_FEATURES,
    )


def one_odd_beat(rr_s=(), shape=NARROW, n=40, odd=20, **changes):
    """Return a steady rhythm of narrow beats in which beat ``odd`` has another RR or shape."""
    rr = np.ones(n)
    rr[odd : odd + len(rr_s)] = rr_s
    shapes = [NARROW] * n
    shapes[odd] = shape
    return beats_of(rr, shapes, **changes)


def joined(*parts):
    """Return the beats of several recordings as one set."""
    x, y = (np.concatenate([getattr(part, name) for part in parts]) for name in ("x", "y"))
    return replace(parts[0], x=x, y=y, rows=pd.concat([part.rows for part in parts]))


@pytest.mark.parametrize(
    ("rr_s", "shape", "named"),
    [
        ((1.0,), NARROW, "N"),
        ((0.6, 1.4), NARROW, "S"),
        ((0.6, 1.4), WIDE, "V"),
        ((1.0,), WIDE, "N"),  # bundle branch block that comes and goes, not an ectopic beat
        ((1.5,), NARROW, "N"),  # late: an escape beat, or a pause
    ],
)
def test_rules_name_the_odd_beat(rr_s, shape, named):
    beats = one_odd_beat(rr_s, shape)
    called = np.array(beats.classes)[rr_rules(beats)]
    assert called[20] == named
    assert set(np.delete(called, 20)) == {"N"}


def test_rules_use_the_numbers_of_the_classes_at_hand():
    beats = one_odd_beat((0.6, 1.4), WIDE, classes="FVSN")
    assert np.flatnonzero(rr_rules(beats) == 1).tolist() == [20]
    assert (rr_rules(beats) == 3).sum() == 39


def test_rules_call_no_beat_premature_in_a_rhythm_without_order():
    assert not rr_rules(beats_of(DISORDER, [NARROW] * 200)).any()


def test_rules_find_ventricular_beats_in_a_rhythm_without_order():
    shapes = [WIDE if i == 100 else NARROW for i in range(200)]
    assert np.flatnonzero(rr_rules(beats_of(DISORDER, shapes))).tolist() == [100]


def test_each_recording_has_a_template_of_its_own():
    narrow, wide = one_odd_beat((0.6, 1.4)), beats_of(np.ones(40), [WIDE] * 40, record="b")
    early = rr_rules(joined(narrow, wide))
    assert np.flatnonzero(early).tolist() == [20]


def test_rules_and_features_do_not_depend_on_the_order_of_the_beats():
    beats = joined(one_odd_beat((0.6, 1.4), WIDE), one_odd_beat((0.7,), record="b"))
    order = np.random.default_rng(0).permutation(len(beats))
    np.testing.assert_array_equal(rr_rules(beats[order]), rr_rules(beats)[order])
    np.testing.assert_allclose(beat_features(beats[order])[0], beat_features(beats)[0][order])


def column(beats, name):
    features, names = beat_features(beats)
    return features[:, names.index(name)]


def test_a_beat_like_all_others_differs_by_nothing():
    features, names = beat_features(beats_of(np.ones(9), [NARROW] * 9))
    for values, name in zip(features.T, names, strict=True):
        whole = name in ("qrs_correlation II", "beat_correlation II")
        np.testing.assert_allclose(values, 1.0 if whole else 0.0, atol=1e-6, err_msg=name)


def test_a_beat_twice_as_tall_has_the_shape_of_the_others():
    beats = one_odd_beat(shape=2 * NARROW)
    assert column(beats, "qrs_correlation II")[20] == pytest.approx(1)
    assert column(beats, "qrs_log_height II")[20] == pytest.approx(np.log(2))
    assert column(beats, "qrs_log_width II")[20] == pytest.approx(0)
    # Five samples of 75 are 1 too tall.
    assert column(beats, "beat_difference II")[20] == pytest.approx(np.sqrt(5 / 75))


def test_an_inverted_beat_is_anticorrelated():
    assert column(one_odd_beat(shape=-NARROW), "qrs_correlation II")[20] == pytest.approx(-1)


def test_width_is_measured_at_half_height():
    # 9 samples against 5, whatever the height and the sign.
    beats = one_odd_beat(shape=bump(height=-3, half_width=4))
    assert column(beats, "qrs_log_width II")[20] == pytest.approx(np.log(9 / 5))


def test_only_the_part_that_differs_differs():
    p_wave = NARROW + bump(0.2, 3, at=8)
    beats = one_odd_beat(shape=p_wave)
    assert column(beats, "p_difference II")[20] > 0.05
    assert column(beats, "qrs_difference II")[20] == 0
    assert column(beats, "t_difference II")[20] == 0


def test_early_share_counts_the_31_beats_around_in_the_same_recording():
    odd = one_odd_beat((0.6, 1.4), n=40, odd=20)
    share = column(joined(odd, beats_of(np.ones(40), [NARROW] * 40, record="b")), "early_share")
    # Beat 20 is early: seen from 5 to 35; windows at the start hold beats 0 to i + 15.
    expected = [1 / (i + 16) if 5 <= i < 15 else 1 / 31 for i in range(25)]
    expected[:5] = [0] * 5
    np.testing.assert_allclose(share[:25], expected, rtol=1e-6)
    np.testing.assert_allclose(share[35], 1 / 20, rtol=1e-6)  # beats 20 to 39
    assert not share[36:].any()


def test_every_lead_has_its_columns():
    one, names = beat_features(one_odd_beat(shape=WIDE))
    two, both = beat_features(one_odd_beat(shape=WIDE, leads=("II", "V1")))
    assert len(set(both)) == len(both) == two.shape[1] == 5 + 2 * (len(names) - 5)
    for name in names[5:]:
        for lead in ("II", "V1"):
            np.testing.assert_array_equal(
                two[:, both.index(name.replace("II", lead))], one[:, names.index(name)]
            )


def test_a_flat_lead_gives_finite_features():
    features, _ = beat_features(beats_of(np.ones(9), [np.zeros(75, np.float32)] * 9))
    assert np.isfinite(features).all()


@pytest.mark.parametrize(
    ("beats", "message"),
    [
        (one_odd_beat(classes="NV"), "S not there"),
        (replace(one_odd_beat(), recipe={}), "take aami_beats"),
        (replace(one_odd_beat(), recipe={"before_s": 0.05}), "cut them wider"),
        (one_odd_beat().with_features({}), "RR ratios need"),
    ],
)
def test_beats_that_the_rules_cannot_read_are_refused(beats, message):
    with pytest.raises(RecordInvalid, match=message):
        rr_rules(beats)


def classes_apart(n=(900, 60, 40), features=4):
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(3), n)
    return rng.normal(size=(len(y), features)) + 4 * np.eye(3, features)[y], y


every_estimator = pytest.mark.parametrize("build", [logistic, boosted_trees, nearest_class_mean])


@every_estimator
def test_estimators_find_rare_classes(build):
    x, y = classes_apart()
    found = build().fit(x[::2], y[::2]).predict(x[1::2])
    assert (np.diagonal(confusion_matrix(y[1::2], found, 3)) >= 0.8 * np.bincount(y[1::2])).all()


@every_estimator
def test_estimators_are_the_same_every_time(build):
    x, y = classes_apart()
    x[:, :] += np.random.default_rng(1).normal(scale=3, size=x.shape)
    one, other = build().fit(x, y), build().fit(x, y)
    np.testing.assert_array_equal(one.predict(x), other.predict(x))
    clone(one)


@pytest.mark.parametrize("build", [logistic, boosted_trees])
def test_weights_make_rare_classes_count(build):
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [950, 50])
    x = rng.normal(size=(1000, 1)) + y[:, None]
    # Balanced, the classes part at 0.5: a third of all beats lie above, and 5 % are rare ones.
    assert build().fit(x, y).predict(x).mean() > 0.2


@pytest.mark.real
def test_rules_find_most_ventricular_beats_of_ds2():
    beats = aami_beats(open_database("mitdb"), records=DS2)
    scores = ec57_scores(confusion_matrix(beats.y, rr_rules(beats), 5))
    assert scores["sensitivity"][1] > 0.5
    assert scores["ppv"][1] > 0.5
