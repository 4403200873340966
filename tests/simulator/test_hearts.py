"""What a cardiologist measures on the paper, in every one of many patients."""

import numpy as np
import pytest

from ecgbook.simulator import TWELVE_LEADS, simulate

N_PATIENTS = 40
FS = 500


class Complexes:
    """The fourth beat of each of many patients, lead by lead, without noise."""

    def __init__(self, condition):
        ecg = simulate(condition, n=N_PATIENTS, noise=None, fs=FS)
        self.complexes, self.t, self.p, self.st_mv, self.qrs_s = [], [], [], [], []
        for clean, truth in zip(ecg.clean, ecg.truth, strict=True):
            start, stop = truth.qrs[3]
            base = clean[:, start - 5][:, None]
            self.qrs_s.append((stop - start) / FS)
            self.complexes.append(clean[:, start:stop] - base)
            self.t.append(clean[:, slice(*truth.t[3])] - base)
            before = truth.p[truth.p[:, 1] <= start]
            self.p.append(clean[:, slice(*before[-1])] - base if len(before) else None)
            self.st_mv.append(clean[:, stop + round(0.06 * FS)] - base[:, 0])

    def qrs(self, lead):
        return [x[TWELVE_LEADS.index(lead)] for x in self.complexes]

    def r(self, lead):
        return np.array([x.max() for x in self.qrs(lead)])

    def s(self, lead):
        return np.array([x.min() for x in self.qrs(lead)])

    def t_mv(self, lead):
        waves = [x[TWELVE_LEADS.index(lead)] for x in self.t]
        return np.array([x[np.abs(x).argmax()] for x in waves])

    def st(self, lead):
        return np.array(self.st_mv)[:, TWELVE_LEADS.index(lead)]


@pytest.fixture(scope="module")
def normal():
    return Complexes("normal")


@pytest.fixture(scope="module")
def lbbb():
    return Complexes("lbbb")


@pytest.fixture(scope="module")
def rbbb():
    return Complexes("rbbb")


def test_normal_complex_is_narrow(normal):
    assert (np.array(normal.qrs_s) > 0.07).all()
    assert (np.array(normal.qrs_s) < 0.11).all()
    assert all(half_width_s(x) < 0.03 for lead in ("I", "V6") for x in normal.qrs(lead))


def test_normal_axis(normal):
    net = [[x.sum() for x in normal.qrs(lead)] for lead in ("I", "aVF")]
    # Lead aVF is an augmented lead: √3/2 as sensitive as a lead between two limbs.
    axis = np.degrees(np.arctan2(np.array(net[1]) * 2 / np.sqrt(3), net[0]))
    assert (axis > -30).all()
    assert (axis < 90).all()


def test_avr_is_upside_down(normal):
    assert (-normal.s("aVR") > 3 * normal.r("aVR")).all()
    assert (normal.t_mv("aVR") < 0).all()


def test_r_grows_and_s_shrinks_across_the_chest(normal):
    ratio = np.array([normal.r(f"V{n}") / -normal.s(f"V{n}") for n in range(1, 7)])
    assert (ratio[0] < 1).all()
    assert (ratio[5] > 1).all()
    assert (np.diff(ratio[:5], axis=0) > 0).all()
    transition = (ratio > 1).argmax(axis=0) + 1
    assert np.isin(transition, [2, 3, 4, 5]).all()
    assert np.isin(np.median(transition), [3, 4])


@pytest.mark.parametrize("lead", ["I", "V5", "V6"])
def test_normal_septum_gives_a_small_q(normal, lead):
    for complex_ in normal.qrs(lead):
        before_r = complex_[: complex_.argmax()]
        # Pathological from 40 ms on and a quarter of the R wave; a tenth of a millivolt is not.
        assert 0 < -before_r.min() < max(0.1, complex_.max() / 4)
        assert np.count_nonzero(before_r < 0) / FS < 0.04
    assert np.median([x[: x.argmax()].min() for x in normal.qrs(lead)]) < -0.02


def test_normal_r_peaks_have_usual_heights(normal):
    assert 0.6 < np.median(normal.r("II")) < 1.3
    assert 0.8 < np.median(normal.r("V5")) < 1.8
    assert -1.3 < np.median(normal.s("V1")) < -0.5
    # Sokolow and Lyon: S in V1 and R in V5 stay below 3.5 mV together.
    assert np.median(normal.r("V5") - normal.s("V1")) < 3.0


def test_p_wave_is_upright_in_ii_and_biphasic_in_v1(normal):
    two, v1 = TWELVE_LEADS.index("II"), TWELVE_LEADS.index("V1")
    for p in normal.p:
        assert 0.05 < p[two].max() < 0.25
        assert -p[two].min() < 0.02
        peak, trough = p[v1].argmax(), p[v1].argmin()
        assert peak < trough
    assert np.median([p[v1].max() for p in normal.p]) > 0.01
    assert np.median([p[v1].min() for p in normal.p]) < -0.01


@pytest.mark.parametrize("lead", ["I", "II", "V2", "V3", "V4", "V5", "V6"])
def test_normal_t_is_upright(normal, lead):
    assert (normal.t_mv(lead) > 0).all()


def test_normal_st_is_flat(normal):
    assert all((np.abs(normal.st(lead)) < 0.1).all() for lead in ("I", "II", "aVF", "V5", "V6"))


def half_width_s(complex_):
    return np.count_nonzero(complex_ > complex_.max() / 2) / FS


def test_lbbb_is_wide_with_broad_r_in_the_lateral_leads(lbbb):
    assert (np.array(lbbb.qrs_s) > 0.12).all()
    for lead in ("I", "V6"):
        for complex_ in lbbb.qrs(lead):
            assert complex_.max() > 5 * -complex_.min()
            assert half_width_s(complex_) > 0.04
        assert (lbbb.t_mv(lead) < 0).all()
    assert (-lbbb.s("V1") > 5 * lbbb.r("V1")).all()
    assert (lbbb.t_mv("V1") > 0).all()


def test_lbbb_has_no_septal_q(lbbb):
    for lead in ("I", "V5", "V6"):
        assert all(x[: x.argmax()].min() > -0.03 for x in lbbb.qrs(lead))


def test_rbbb_has_rsr_in_v1_and_a_broad_s_in_the_lateral_leads(rbbb):
    assert (np.array(rbbb.qrs_s) > 0.12).all()
    for complex_ in rbbb.qrs("V1"):
        trough = complex_.argmin()
        r, s, r2 = complex_[:trough].max(), complex_[trough], complex_[trough:].max()
        assert r > 0.05
        assert s < 0
        assert r2 > r
    for lead in ("I", "V6"):
        assert (rbbb.s(lead) < -0.1).all()
        for complex_ in rbbb.qrs(lead):
            assert complex_.argmin() > complex_.argmax()
            assert np.count_nonzero(complex_ < complex_.min() / 2) / FS > 0.03
    assert (rbbb.t_mv("V1") < 0).all()


def test_hypertrophy_reaches_sokolow_and_lyon_with_strain():
    lvh = Complexes("lvh")
    sokolow = np.maximum(lvh.r("V5"), lvh.r("V6")) - lvh.s("V1")
    assert np.median(sokolow) > 3.5
    assert (lvh.t_mv("V6") < 0).all()
    assert np.median(lvh.st("V6")) < -0.05


def test_inferior_st_elevation_has_reciprocal_depression():
    stemi = Complexes("inferior_st_elevation")
    for lead in ("II", "III", "aVF"):
        assert (stemi.st(lead) >= 0.1).all()
    assert (stemi.st("III") > stemi.st("II")).mean() > 0.7
    assert (stemi.st("aVL") <= -0.1).all()
    assert all(np.median(x[: x.argmax()].min()) < -0.02 for x in stemi.qrs("aVF"))


def test_anterior_st_elevation_has_reciprocal_depression():
    stemi = Complexes("anterior_st_elevation")
    for lead in ("V2", "V3"):
        assert (stemi.st(lead) >= 0.2).all()
    assert (stemi.st("V4") >= 0.1).all()
    assert np.median(stemi.st("III")) < -0.05
    assert (stemi.st("III") < 0).all()


def test_subendocardial_injury_depresses_st_except_in_avr():
    ischaemia = Complexes("st_depression")
    for lead in ("V4", "V5"):
        assert (ischaemia.st(lead) <= -0.1).all()
    assert (ischaemia.st("aVR") >= 0.05).all()


def beats(symbol, condition="premature_ventricular", **options):
    ecg = simulate(condition, n=20, noise=None, **options)
    for clean, truth in zip(ecg.clean, ecg.truth, strict=True):
        for n in np.flatnonzero(truth.symbol == symbol):
            if truth.t[n, 0] >= 0 and truth.qrs[n, 0] > 5:
                yield clean, truth.qrs[n], truth.t[n]


def test_ventricular_beat_is_wide_and_its_t_is_discordant():
    count = 0
    for clean, qrs, t in beats("V"):
        count += 1
        assert (qrs[1] - qrs[0]) / FS > 0.12
        lead = np.abs(clean[:, slice(*qrs)]).max(axis=1).argmax()
        complex_, wave = clean[lead, slice(*qrs)], clean[lead, slice(*t)]
        sign = np.sign(complex_[np.abs(complex_).argmax()])
        assert sign * wave[len(wave) // 3 : 2 * len(wave) // 3].mean() < 0
    assert count >= 20


def test_paced_beat_follows_its_spike():
    two = TWELVE_LEADS.index("II")
    for clean, qrs, _ in beats("/", "paced"):
        before = clean[two, qrs[0] - 10 : qrs[0]]
        assert np.abs(before).max() > 0.3
        assert np.abs(clean[two, qrs[0] - 30 : qrs[0] - 12]).max() < 0.02
        assert (qrs[1] - qrs[0]) / FS > 0.12


def test_fusion_lies_between_its_two_beats():
    for clean, qrs, _ in beats("F", "normal", ectopic={"F": 0.2}):
        assert (qrs[1] - qrs[0]) / FS > 0.11
        assert np.abs(clean[:, slice(*qrs)]).max() > 0.2


def test_qt_follows_the_cube_root_of_rr():
    def qt_s(rate):
        truth = simulate(heart_rate_bpm=rate, duration_s=30, noise=None).truth[0]
        return np.mean(truth.t[5:20, 1] - truth.qrs[5:20, 0]) / FS

    slow, fast = qt_s(50), qt_s(100)
    assert 0.30 < fast < slow < 0.46
    assert fast / slow == pytest.approx(0.5 ** (1 / 3), rel=0.03)
