import numpy as np
import pytest

from ecgbook import RecordInvalid
from ecgbook.simulator.lead_matrix import (
    DIPOLE_TO_ELECTRODES,
    ELECTRODES,
    FRANK_LEADS,
    TWELVE_LEADS,
    lead_matrix,
)


def field(*leads):
    return lead_matrix(leads) @ DIPOLE_TO_ELECTRODES


def test_einthoven_and_goldberger_hold_for_any_electrode_voltages():
    one, two, three, avr, avl, avf = lead_matrix(["I", "II", "III", "aVR", "aVL", "aVF"])
    np.testing.assert_allclose(one + three, two, atol=1e-15)
    np.testing.assert_allclose(avr + avl + avf, 0, atol=1e-15)
    np.testing.assert_allclose(avf, (two + three) / 2, atol=1e-15)


def test_wilsons_terminal_is_at_zero():
    limbs = DIPOLE_TO_ELECTRODES[[ELECTRODES.index(name) for name in ("RA", "LA", "LL")]]
    np.testing.assert_allclose(limbs.sum(axis=0), 0, atol=1e-15)


def test_leads_are_those_of_dower_1980():
    published = [
        [0.632, -0.235, 0.059],
        [0.235, 1.066, -0.132],
        [-0.515, 0.157, -0.917],
        [0.044, 0.164, -1.387],
        [0.882, 0.098, -1.277],
        [1.213, 0.127, -0.601],
        [1.125, 0.127, -0.086],
        [0.831, 0.076, 0.230],
    ]
    np.testing.assert_allclose(field("I", "II", *TWELVE_LEADS[6:]), published, atol=1e-12)


def test_frank_leads_are_the_dipole_itself():
    np.testing.assert_array_equal(field(*FRANK_LEADS), np.eye(3))


@pytest.mark.parametrize(("alias", "lead"), [("MLII", "II"), ("ECG", "I"), ("MV2", "V2")])
def test_aliases_see_what_their_leads_see(alias, lead):
    np.testing.assert_array_equal(field(alias), field(lead))


@pytest.mark.parametrize("leads", [[], ["II", "V9"]])
def test_unknown_leads_are_refused(leads):
    with pytest.raises(RecordInvalid, match="knows the leads I, II, III"):
        lead_matrix(leads)
