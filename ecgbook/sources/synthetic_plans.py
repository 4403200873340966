"""What to simulate for each record of each stand-in."""

from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from ecgbook.conventions import PACED, SAME_PATIENT
from ecgbook.simulator import CONDITIONS, Noise
from ecgbook.sources.ludb import FINDINGS
from ecgbook.sources.nstdb import noise_of
from ecgbook.sources.ptbxl import SUPERCLASSES

__all__ = ["Plan", "plans_of", "seed_of", "usual_noise"]


@dataclass(frozen=True)
class Plan:
    """What is to be simulated for one record.

    Parameters
    ----------
    condition : str
        One of the simulator's `CONDITIONS`.
    patient : str
        Who it is; the build of the heart follows from the name.
    labels : mapping of str to object
        Further columns of the table of labels.
    duration_s : float
    ectopic : mapping of str to float or None
        Shares of ectopic beats; None for the condition's own.
    noise : Noise or None
        None for noise as it varies among patients.
    """

    condition: str
    patient: str
    labels: dict = field(default_factory=dict)
    duration_s: float = 10.0
    ectopic: dict | None = None
    noise: Noise | None = None


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


_MITDB_RECORDS = (
    "100 101 102 103 104 105 106 107 108 109 111 112 113 114 115 116 117 118 119 121 122 123 124 "
    "200 201 202 203 205 207 208 209 210 212 213 214 215 217 219 220 221 222 223 228 230 231 232 "
    "233 234"
).split()
_MITDB_RHYTHM = {
    **dict.fromkeys(PACED, "paced"),
    **dict.fromkeys(["109", "111", "207", "214"], "lbbb"),
    **dict.fromkeys(["118", "124", "212", "231", "232"], "rbbb"),
    **dict.fromkeys(["201", "202", "203", "210", "219", "221"], "atrial_fibrillation"),
}


def _mitdb():
    """Premature beats about as frequent as in the original, and as unevenly spread."""
    plans = {}
    for record in _MITDB_RECORDS:
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
    conditions = _dealt("ltstdb", 8, {"normal": 4, "st_depression": 3, "anterior_st_elevation": 1})
    names = [f"s2{patient:03d}{part}" for patient in range(1, 5) for part in (1, 2)]
    return {
        name: Plan(condition, name[:-1], duration_s=600.0)
        for name, condition in zip(names, conditions, strict=True)
    }


_PTBDB_DIAGNOSES = {
    "normal": "Healthy control",
    "inferior_st_elevation": "Myocardial infarction",
    "anterior_st_elevation": "Myocardial infarction",
    "lbbb": "Bundle branch block",
    "lvh": "Hypertrophy",
    "atrial_fibrillation": "Dysrhythmia",
}


def _ptbdb():
    mixture = dict(zip(_PTBDB_DIAGNOSES, (20, 24, 24, 6, 4, 4), strict=True))
    plans = {}
    # Two records a patient.
    for number, condition in enumerate(_dealt("ptbdb", 30, mixture), start=1):
        patient = f"patient{number:03d}"
        labels = {**_person("ptbdb", patient), "diagnosis": _PTBDB_DIAGNOSES[condition]}
        for part in (1, 2):
            name = f"s{2 * number + part:04d}_re"
            plans[name] = Plan(condition, patient, labels, duration_s=20.0)
    return plans


# Statements with their likelihood, superclasses, and how many of 100 records.
_PTBXL_MIXTURE = {
    "normal": ({"NORM": 100.0, "SR": 0.0}, ("NORM",), 36),
    "premature_ventricular": ({"NORM": 80.0, "PVC": 0.0, "SR": 0.0}, ("NORM",), 5),
    "inferior_st_elevation": ({"IMI": 100.0, "STE_": 0.0, "SR": 0.0}, ("MI",), 10),
    "anterior_st_elevation": ({"ASMI": 100.0, "STE_": 0.0, "SR": 0.0}, ("MI",), 10),
    "st_depression": ({"ISC_": 100.0, "STD_": 0.0, "SR": 0.0}, ("STTC",), 12),
    "lbbb": ({"CLBBB": 100.0, "SR": 0.0}, ("CD",), 6),
    "rbbb": ({"CRBBB": 100.0, "SR": 0.0}, ("CD",), 6),
    "first_degree_block": ({"1AVB": 100.0, "SR": 0.0}, ("CD",), 4),
    "lvh": ({"LVH": 100.0, "NST_": 50.0, "SR": 0.0}, ("HYP", "STTC"), 8),
    "atrial_fibrillation": ({"AFIB": 0.0}, (), 3),
}


def _ptbxl():
    mixture = {name: share for name, (*_, share) in _PTBXL_MIXTURE.items()}
    plans = {}
    for number, condition in enumerate(_dealt("ptb-xl", 400, mixture), start=1):
        # Every fourth record is the second one of a patient.
        patient = str(10_000 + (number - 1) * 3 // 4)
        codes, classes, _ = _PTBXL_MIXTURE[condition]
        labels = {
            **_person("ptb-xl", patient),
            "fold": 1 + int(patient) % 10,
            "scp_codes": dict(codes),
            **{name: name in classes for name in SUPERCLASSES},
        }
        plans[f"{number:05d}_hr"] = Plan(condition, patient, labels)
    return plans


# Label, and how many of 1,000 records.
_CHALLENGE_2017_MIXTURE = {
    "normal": ("N", 595),
    "atrial_fibrillation": ("A", 89),
    "premature_ventricular": ("O", 80),
    "premature_atrial": ("O", 80),
    "first_degree_block": ("O", 40),
    "atrial_flutter": ("O", 40),
    "lbbb": ("O", 43),
    "noise": ("~", 33),
}


def _challenge_2017():
    mixture = {name: share for name, (_, share) in _CHALLENGE_2017_MIXTURE.items()}
    noisy = Noise(baseline_mv=0.1, muscle_mv=0.15, motion_mv=0.5, snr_db=-8.0)
    plans = {}
    for number, condition in enumerate(_dealt("challenge-2017", 400, mixture), start=1):
        name = f"A{number:05d}"
        rng = np.random.default_rng(seed_of("challenge-2017 duration", name))
        plans[name] = Plan(
            "normal" if condition == "noise" else condition,
            name,
            {"label": _CHALLENGE_2017_MIXTURE[condition][0]},
            duration_s=30.0 if rng.random() < 0.7 else round(rng.uniform(9.0, 60.0), 2),
            noise=noisy if condition == "noise" else None,
        )
    return plans


# Codes of SNOMED CT, and how many of 100 records.
_CHALLENGE_2021_MIXTURE = {
    "normal": (("426783006",), 30),
    "atrial_fibrillation": (("164889003",), 10),
    "atrial_flutter": (("164890007",), 8),
    "first_degree_block": (("270492004", "426783006"), 8),
    "lbbb": (("164909002", "426783006"), 8),
    "rbbb": (("59118001", "426783006"), 8),
    "premature_atrial": (("284470004", "426783006"), 8),
    "premature_ventricular": (("427172004", "426783006"), 8),
    "paced": (("10370003",), 4),
    "lvh": (("164873001", "426783006"), 4),
    "st_depression": (("429622005", "426783006"), 4),
}
_SOURCES = {"georgia": "E{:05d}", "chapman_shaoxing": "JS{:05d}", "cpsc_2018": "A{:04d}"}


def _challenge_2021():
    mixture = {name: share for name, (_, share) in _CHALLENGE_2021_MIXTURE.items()}
    plans = {}
    for number, condition in enumerate(_dealt("challenge-2021", 200, mixture), start=1):
        source = tuple(_SOURCES)[number % len(_SOURCES)]
        name = _SOURCES[source].format(number)
        dx = _CHALLENGE_2021_MIXTURE[condition][0]
        labels = {"source": source, **_person("challenge-2021", name), "dx": dx}
        plans[name] = Plan(condition, name, labels)
    return plans


# Rhythm, where the finding stands, its words, and how many of 100 records.
_LUDB_MIXTURE = {
    "normal": ("Sinus rhythm", None, (), 30),
    "lvh": ("Sinus rhythm", "hypertrophies", ("Left ventricular hypertrophy",), 30),
    "atrial_fibrillation": ("Atrial fibrillation", None, (), 8),
    "atrial_flutter": ("Atrial flutter, typical", None, (), 4),
    "first_degree_block": ("Sinus rhythm", "conduction", ("I degree av block",), 6),
    "lbbb": ("Sinus rhythm", "conduction", ("Complete left bundle branch block",), 4),
    "rbbb": ("Sinus rhythm", "conduction", ("Complete right bundle branch block",), 4),
    "inferior_st_elevation": ("Sinus rhythm", "ischaemia", ("Stemi: inferior wall",), 4),
    "anterior_st_elevation": ("Sinus rhythm", "ischaemia", ("Stemi: anterior wall",), 4),
    "premature_ventricular": (
        *("Sinus rhythm", "extrasystoles"),
        *(("Ventricular extrasystole, type: single pvc",), 4),
    ),
    "paced": ("", "pacing", ("Unipolar ventricular pacing",), 2),
}


def _ludb():
    mixture = {name: share for name, (*_, share) in _LUDB_MIXTURE.items()}
    plans = {}
    for number, condition in enumerate(_dealt("ludb", 40, mixture), start=1):
        rhythm, column, words, _ = _LUDB_MIXTURE[condition]
        findings = dict.fromkeys(FINDINGS.values(), ()) | ({column: words} if column else {})
        labels = {**_person("ludb", str(number)), "rhythm": rhythm, "axis": "", **findings}
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


def _dealt(name, n, mixture):
    """Return ``n`` conditions in the proportions of ``mixture``, shuffled."""
    ends = np.cumsum(list(mixture.values())) / sum(mixture.values())
    # Each condition gets the cards whose middle falls into its share.
    cards = np.array(list(mixture))[np.searchsorted(ends, (np.arange(n) + 0.5) / n)]
    shuffled = np.random.default_rng(seed_of(name, "conditions")).permutation(cards)
    return shuffled.tolist()


def _person(name, patient):
    rng = np.random.default_rng(seed_of(f"{name} person", patient))
    return {"age": float(rng.integers(25, 90)), "sex": "MF"[rng.integers(2)]}
