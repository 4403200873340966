"""What to simulate for each record of each stand-in."""

from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from ecgbook.conventions import DS1, DS2, PACED, SAME_PATIENT
from ecgbook.simulator import CONDITIONS, Noise
from ecgbook.sources.catalog import tables
from ecgbook.sources.ludb import FINDINGS
from ecgbook.sources.nstdb import noise_of
from ecgbook.sources.ptbxl import SUPERCLASSES

__all__ = ["Plan", "plans_of", "seed_of", "usual_noise"]


@dataclass(frozen=True)
class Plan:
    """What is to be simulated for one record.

    The build of the heart follows from the name of the patient.
    """

    condition: str  # one of the simulator's `CONDITIONS`
    patient: str
    labels: dict = field(default_factory=dict)  # further columns of the table of labels
    duration_s: float = 10.0
    ectopic: dict | None = None  # shares of ectopic beats; None for the condition's own
    noise: Noise | None = None  # None for noise as it varies among patients


def plans_of(name):
    """Return a `Plan` for each record of the database ``name``, by record."""
    return _PLANS[name]()


def usual_noise(rng):
    """Return the noise of one patient's recordings: some lie stiller than others."""
    baseline, muscle, mains, motion = np.exp(0.5 * rng.standard_normal(4))
    return Noise(0.04 * baseline, 0.008 * muscle, 0.003 * mains, 0.02 * motion)


def seed_of(*names):
    """Return a seed that depends on nothing but the names."""
    return crc32("/".join(names).encode())


_MITDB_RHYTHM = {
    **dict.fromkeys(PACED, "paced"),
    **dict.fromkeys(["109", "111", "207", "214"], "lbbb"),
    **dict.fromkeys(["118", "124", "212", "231", "232"], "rbbb"),
    **dict.fromkeys(["201", "202", "203", "210", "219", "221"], "atrial_fibrillation"),
}


def _mitdb():
    """Premature beats about as frequent as in the original, and as unevenly spread."""
    plans = {}
    for record in sorted((*DS1, *DS2, *PACED)):
        # Records 201 and 202 come from one tape of one man.
        patient = SAME_PATIENT.get(record, record)
        condition = _MITDB_RHYTHM.get(record, "normal")
        rng = np.random.default_rng(seed_of("mitdb beats", record))
        usual = {
            "V": 0.6 * rng.beta(0.5, 4),
            "A": 0.35 * rng.beta(0.25, 3),
            "F": 0.2 * rng.beta(0.15, 4),
            "Q": 0.003 * (rng.random() < 0.15),
        }
        if record == "119":  # a teaching case: 444 of its 1,987 beats are ventricular, none is A
            usual = {"V": 444 / 1987}
        allowed = CONDITIONS[condition].allows
        # A share below one beat in a record is none at all.
        ectopic = {kind: share for kind, share in usual.items() if kind in allowed and share > 2e-3}
        labels = {**_person("mitdb", patient), "paced": record in PACED}
        # Ten minutes: the scoring of EC57 leaves out the first five.
        plans[record] = Plan(condition, patient, labels, duration_s=600.0, ectopic=ectopic)
    return plans


def _ltstdb():
    names = [f"s2{patient:03d}{part}" for patient in range(1, 5) for part in (1, 2)]
    return {
        name: Plan(condition, name[:-1], duration_s=600.0)
        for name, (condition, _) in zip(names, _dealt("ltstdb", 8), strict=True)
    }


def _ptbdb():
    plans = {}
    # Two records a patient.
    for number, (condition, labels) in enumerate(_dealt("ptbdb", 30), start=1):
        patient = f"patient{number:03d}"
        labels = {**_person("ptbdb", patient), **labels}
        for part in (1, 2):
            name = f"s{2 * number + part:04d}_re"
            plans[name] = Plan(condition, patient, labels, duration_s=20.0)
    return plans


def _ptbxl():
    plans = {}
    for number, (condition, own) in enumerate(_dealt("ptb-xl", 400), start=1):
        # Every fourth record is the second one of a patient.
        patient = str(10_000 + (number - 1) * 3 // 4)
        labels = {
            **_person("ptb-xl", patient),
            "fold": 1 + int(patient) % 10,
            "scp_codes": dict(own["scp_codes"]),
            **{name: name in own["classes"] for name in SUPERCLASSES},
        }
        plans[f"{number:05d}_hr"] = Plan(condition, patient, labels)
    return plans


def _challenge_2017():
    noisy = Noise(baseline_mv=0.1, muscle_mv=0.15, motion_mv=0.5, snr_db=-8.0)
    plans = {}
    for number, (condition, labels) in enumerate(_dealt("challenge-2017", 400), start=1):
        name = f"A{number:05d}"
        rng = np.random.default_rng(seed_of("challenge-2017 duration", name))
        plans[name] = Plan(
            "normal" if condition == "noise" else condition,
            name,
            labels,
            duration_s=30.0 if rng.random() < 0.7 else round(rng.uniform(9.0, 60.0), 2),
            noise=noisy if condition == "noise" else None,
        )
    return plans


_SOURCES = {"georgia": "E{:05d}", "chapman_shaoxing": "JS{:05d}", "cpsc_2018": "A{:04d}"}


def _challenge_2021():
    plans = {}
    for number, (condition, labels) in enumerate(_dealt("challenge-2021", 200), start=1):
        source = tuple(_SOURCES)[number % len(_SOURCES)]
        name = _SOURCES[source].format(number)
        labels = {"source": source, **_person("challenge-2021", name), **labels}
        plans[name] = Plan(condition, name, labels)
    return plans


def _ludb():
    plans = {}
    for number, (condition, labels) in enumerate(_dealt("ludb", 40), start=1):
        nothing = {"axis": "", **dict.fromkeys(FINDINGS.values(), ())}
        labels = {**_person("ludb", str(number)), "rhythm": "", **nothing, **labels}
        plans[str(number)] = Plan(condition, str(number), labels)
    return plans


def _nstdb():
    names = [f"{patient}e{snr}" for patient in (118, 119) for snr in "00 06 12 18 24 _6".split()]
    labels = {name: noise_of(name) for name in (*names, "bw", "em", "ma")}
    return {
        name: Plan("normal", said.pop("patient"), said, duration_s=600.0)
        for name, said in labels.items()
    }


def _synthetic():
    return {
        f"{condition}_{number}": Plan(condition, f"{condition}_{number}", {"condition": condition})
        for condition in CONDITIONS
        for number in range(10)
    }


_PLANS = {
    "mitdb": _mitdb,
    "ltstdb": _ltstdb,
    "ptbdb": _ptbdb,
    "ptb-xl": _ptbxl,
    "challenge-2017": _challenge_2017,
    "challenge-2021": _challenge_2021,
    "ludb": _ludb,
    "nstdb": _nstdb,
    "synthetic": _synthetic,
}


def _dealt(name, n):
    """Return ``n`` pairs of condition and labels in the shares of stand_ins.toml, shuffled."""
    mixture = tables("stand_ins.toml")[name]
    shares = np.array([facts.pop("share") for facts in mixture.values()])
    ends = np.cumsum(shares) / shares.sum()
    # Each condition gets the cards whose middle falls into its share.
    cards = np.array(list(mixture))[np.searchsorted(ends, (np.arange(n) + 0.5) / n)]
    shuffled = np.random.default_rng(seed_of(name, "conditions")).permutation(cards)
    return [(condition, mixture[condition]) for condition in shuffled.tolist()]


def _person(name, patient):
    rng = np.random.default_rng(seed_of(f"{name} person", patient))
    return {"age": float(rng.integers(25, 90)), "sex": "MF"[rng.integers(2)]}
