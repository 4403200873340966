"""`simulate`: ECGs of known truth, from a moving dipole seen through the lead matrix."""

from dataclasses import dataclass

import numpy as np

from ecgbook.errors import EcgError
from ecgbook.recording import Annotations, Recording
from ecgbook.simulator.activity import activity_of
from ecgbook.simulator.conditions import CONDITIONS
from ecgbook.simulator.lead_matrix import DIPOLE_TO_ELECTRODES, TWELVE_LEADS, lead_matrix
from ecgbook.simulator.noise import Noise
from ecgbook.simulator.patient import Patient
from ecgbook.simulator.rhythm import Breath, Span
from ecgbook.simulator.truth import VISIBLE_ST_MV, Truth, truth_of

__all__ = ["Simulation", "simulate"]


@dataclass(frozen=True, eq=False)
class Simulation:
    """Simulated recordings and what is exactly known of them.

    Parameters
    ----------
    signal, clean : arrays of float32, shape (record, lead, time)
        The ECGs in mV, with noise and without.
    fs, leads, condition
        Sampling rate in Hz, names of the leads, and one of `CONDITIONS`.
    seeds, patients, truth : tuples of int, of Patient and of Truth
        Of each recording: its seed; the build of its patient; its beats, waves, rhythm and lesion.
    """

    signal: np.ndarray
    clean: np.ndarray
    fs: float
    leads: tuple[str, ...]
    condition: str
    seeds: tuple[int, ...]
    patients: tuple[Patient, ...]
    truth: tuple[Truth, ...]

    def recording(self, i=0):
        """Return recording ``i`` as a `Recording`, annotated with its rhythm and its beats."""
        truth = self.truth[i]
        marks = Annotations(
            sample=np.concatenate([[0], truth.r_peak]),
            symbol=np.concatenate([["+"], truth.symbol]),
            aux=np.concatenate([[truth.rhythm], np.full(len(truth.r_peak), "")]),
        )
        record = f"{self.condition}-{self.seeds[i]}"
        names = {"database": "simulated", "record": record, "patient": record}
        return Recording(self.signal[i], self.fs, self.leads, **names, annotations=marks)

    def recordings(self):
        """Return all recordings, in their order."""
        return [self.recording(i) for i in range(len(self.seeds))]


def simulate(
    condition="normal",
    n=1,
    *,
    duration_s=10.0,
    fs=500.0,
    heart_rate_bpm=None,
    leads=TWELVE_LEADS,
    noise=Noise(),  # noqa: B008 - frozen
    ectopic=None,
    patient=None,
    seed=0,
):
    """Simulate ECGs and return them as a `Simulation`.

    Parameters
    ----------
    condition : str
        One of `CONDITIONS`, such as ``"normal"`` or ``"atrial_fibrillation"``.
    n : int
        Number of recordings. Recording ``i`` is the one that ``seed + i`` gives alone.
    duration_s, fs : float
        Length of each in seconds; sampling rate in Hz, 50 at least.
    heart_rate_bpm : float, optional
        Rate of the sinus node, 20 to 220 a minute; of the ventricles in fibrillation, pacing and
        flutter, which conducts 150, 100 or 75 a minute, whichever is nearest. If left out, the
        condition's usual rate, as it varies among patients.
    leads : sequence of str
        Any of the twelve leads, ``VX VY VZ``, ``MLII`` and ``ECG``; see `lead_matrix`.
    noise : Noise or None
        Noise at the electrodes; None leaves the ECG clean.
    ectopic : mapping of str to float, optional
        Share of the beats that are premature or odd, by symbol: ``A`` atrial, ``V`` ventricular,
        ``F`` fusion, ``Q`` unclassifiable; together 0.45 at most, and one of each at least where
        the recording has room for it. If left out, the condition's own.
    patient : Patient, optional
        The build of the patient; if left out, each recording is of another, random one.
    seed : int

    Raises
    ------
    EcgError
        If an argument is out of range, or the rhythm has no such ectopic beats.

    Examples
    --------
    >>> ecg = simulate("premature_ventricular", leads=["II", "V1"], seed=3)
    >>> ecg.signal.shape
    (1, 2, 5000)
    >>> "V" in ecg.truth[0].symbol
    True
    """
    if condition not in CONDITIONS:
        raise EcgError(f"no condition {condition!r}; there are {', '.join(CONDITIONS)}")
    settings = CONDITIONS[condition]
    ectopic = settings.ectopic if ectopic is None else ectopic
    for name, value in (("n", n), ("seed", seed)):
        if not isinstance(value, int | np.integer):
            raise EcgError(f"{name} must be a whole number, got {value!r}")
    _check_in("n", n, 1, np.inf)
    _check_in("fs", fs, 50, 10**5)
    _check_in("duration_s", duration_s, 1 / fs, np.inf)
    _check_in("seed", seed, 0, np.inf)
    if heart_rate_bpm is not None:
        _check_in("heart_rate_bpm", heart_rate_bpm, 20, 220)
    _check_ectopic(condition, ectopic)
    leads = tuple(leads)
    rows = [
        _one(settings, duration_s, fs, heart_rate_bpm, leads, noise, ectopic, patient, seed + i)
        for i in range(n)
    ]
    signal, clean, patients, truth = zip(*rows, strict=True)
    seeds = tuple(range(seed, seed + n))
    return Simulation(
        np.stack(signal), np.stack(clean), float(fs), leads, condition, seeds, patients, truth
    )


def _one(settings, duration_s, fs, heart_rate_bpm, leads, noise, ectopic, patient, seed):
    """Return signal, clean signal, patient and truth of one recording."""
    rng, noise_rng = map(np.random.default_rng, np.random.SeedSequence(seed).spawn(2))
    drawn = Patient.draw(rng)
    patient = drawn if patient is None else patient
    rate = heart_rate_bpm or settings.heart_rate_bpm * patient.rate_gain
    n_time, margin = round(duration_s * fs), round(fs)
    span = Span(n_time / fs, margin / fs)
    breath = Breath(rng.uniform(0.2, 0.3), rng.uniform(0, 2 * np.pi))
    # Conduction through the AV node quickens with the rate.
    pr_s = patient.pr_s * (70 / rate) ** 0.25
    timing = settings.rhythm(rng, span, rate, pr_s, ectopic, breath)
    activity = activity_of(timing, settings.beat, patient, breath, rng)
    dipole = activity.dipole(span.start_s, n_time + 2 * margin, fs)
    if settings.atria is not None:
        time_s = span.start_s + np.arange(dipole.shape[1]) / fs
        dipole += patient.turn @ settings.atria(rng, timing, time_s)

    electrodes = lead_matrix(leads)
    field = electrodes @ DIPOLE_TO_ELECTRODES
    clean = (field @ dipole[:, margin : margin + n_time]).astype(np.float32)
    seen = np.abs(field @ patient.turn @ settings.injury) >= VISIBLE_ST_MV
    truth = truth_of(activity, timing, settings, dipole, margin, fs, seen)
    return _noisy(clean, electrodes, noise, noise_rng, fs), clean, patient, truth


def _noisy(clean, electrodes, noise, rng, fs):
    """Return the leads (lead, time) with the noise that their electrodes pick up."""
    if noise is None:
        return clean
    used = np.flatnonzero(electrodes.any(axis=0))
    voltages = noise.at_electrodes(rng, len(used), clean.shape[1], fs)
    noisy = electrodes[:, used].astype(np.float32) @ voltages
    return clean + noise.scaled(noisy, clean)


def _check_in(name, value, least, most):
    if not least <= value <= most:
        raise EcgError(f"{name} must lie between {least:g} and {most:g}, got {value!r}")


def _check_ectopic(condition, ectopic):
    allowed = CONDITIONS[condition].allows
    for symbol, share in ectopic.items():
        if symbol not in allowed or len(symbol) != 1:
            kinds = f"only {', '.join(allowed)}" if allowed else "none"
            raise EcgError(f"of the ectopic beats {condition} can have {kinds}; got {symbol!r}")
        _check_in(f"ectopic share of {symbol}", share, 0, 0.45)
    _check_in("sum of the ectopic shares", sum(ectopic.values()), 0, 0.45)
