import numpy as np
import pytest

from ecgbook.datasets import LESIONS, lesion_beats
from ecgbook.errors import EcgError
from ecgbook.simulator import simulate


@pytest.fixture(scope="module", params=LESIONS)
def made(request):
    return lesion_beats(request.param, 4, beats=3, seed=5)


def test_each_person_has_as_many_beats_with_the_lesion_as_without(made):
    examples = made.examples
    assert examples.classes[0] == "normal"
    assert len({*examples.patient}) == 4
    for patient in {*examples.patient}:
        own = examples.y[examples.patient == patient]
        assert (own == 1).sum() == (own == 0).sum() > 0


def test_every_abnormal_beat_has_its_lesion_and_no_normal_one(made):
    ill = made.examples.y == 1
    assert made.mask.shape == made.evidence.shape == made.qrs.shape == made.examples.x.shape
    assert made.mask[ill].any(axis=(1, 2)).all()
    assert not made.evidence[~ill].any()
    assert not (made.mask & ~made.evidence).any()
    assert made.qrs[:, :, 100].all()  # the R peak is 0.4 s after the begin


def test_a_beat_depends_on_its_person_alone(made):
    again = lesion_beats(made.examples.classes[1], 2, beats=3, seed=6)
    both = np.isin(made.examples.patient, list({*again.examples.patient}))
    assert made.examples.x[both].tolist() == again.examples.x.tolist()
    assert made.mask[both].tolist() == again.mask.tolist()


@pytest.mark.parametrize("lesion", ["wide_qrs", "st_elevation", "spike"])
def test_nothing_but_the_lesion_tells_a_pair_apart(lesion):
    made = lesion_beats(lesion, 3)
    ill = made.examples.y == 1
    change = np.abs(made.examples.x[ill] - made.examples.x[~ill])
    assert change[~made.mask[ill]].max() == 0
    assert (change[made.mask[ill]] > 0).mean() > 0.95
    assert made.examples.sample[ill].tolist() == made.examples.sample[~ill].tolist()


def test_elevated_st_segments_lie_after_the_complex_and_go_up_where_the_injury_is():
    made = lesion_beats("st_elevation", 3, leads=["V2", "V3"])
    ill = made.examples.y == 1
    assert not (made.mask & made.qrs)[ill].mean() > 0.01
    change = made.examples.x[ill] - made.examples.x[~ill]
    assert change[made.mask[ill]].mean() > 0.05


def test_wide_complexes_last_longer_than_120_ms():
    made = lesion_beats("wide_qrs", 3, leads=["V5"], after_s=0.3)
    ill = made.examples.y == 1
    assert (made.mask[ill].sum(axis=2) / 250 > 0.12).all()
    assert (made.qrs[~ill].sum(axis=2) / 250 < 0.12).all()


def test_a_lesion_can_be_limited_to_leads():
    made = lesion_beats("st_elevation", 2, leads=["II", "V2", "V3"], lesion_leads=["V3"])
    assert made.mask.any(axis=(0, 2)).tolist() == [False, False, True]
    spike = lesion_beats("spike", 2, lesion_leads=["II", "V5"])
    assert spike.mask.any(axis=(0, 2)).tolist() == [True, False, True]


def test_ectopic_beats_are_those_of_the_simulator():
    """The mask of a ventricular beat is its complex, of an atrial one the P wave before it."""
    for lesion, symbol in (("premature_ventricular", "V"), ("premature_atrial", "A")):
        made = lesion_beats(lesion, 1, beats=1, leads=["II"], seed=3)
        truth = simulate(
            "normal", ectopic={symbol: 0.3}, duration_s=20, fs=250, leads=["II"], seed=3
        ).truth[0]
        r = made.examples.sample[made.examples.y == 1][0]
        beat = truth.r_peak.tolist().index(r)
        assert truth.symbol[beat] == symbol
        waves = truth.qrs if symbol == "V" else truth.p[truth.p[:, 0] < truth.qrs[beat, 0]]
        begin, end = waves[beat] if symbol == "V" else waves[-1]
        place = np.flatnonzero(made.mask[made.examples.y == 1][0, 0]) + r - 100
        assert (place[0], place[-1] + 1) == (begin, end)


def test_fibrillation_is_between_the_beats():
    made = lesion_beats("atrial_fibrillation", 2)
    assert not (made.mask & made.qrs).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("flutter",), "no lesion 'flutter'; there are premature_ventricular"),
        (("spike", 1, ["V9"]), "lesion_leads must be some of"),
        (("premature_atrial", 1, ["II"]), "can be limited to them"),
        (("st_elevation", 1, []), "none of the leads"),
    ],
)
def test_lesions_that_cannot_be_made_are_refused(arguments, message):
    names = dict(zip(("lesion", "n_patients", "lesion_leads"), arguments, strict=False))
    with pytest.raises(EcgError, match=message):
        lesion_beats(**names)
