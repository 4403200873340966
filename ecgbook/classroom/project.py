"""The mini-project: beats of simulated people for a class, and of held-out ones without labels.

What is held out differs from what is handed out: other people, with more varied hearts, two
kinds of heart more, and more noise. Both are drawn by a secret of the teacher, so nobody can
simulate them anew, and the answers are in a file of their own.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ecgbook.conventions import AAMI_SYMBOLS
from ecgbook.errors import BookInvalid, GradingRefused
from ecgbook.simulator import CONDITIONS, Noise, Patient, simulate

__all__ = ["CLASSES", "FS", "LEADS", "Answers", "load_answers", "make_project"]

CLASSES = ("N", "S", "V")
LEADS = ("MLII", "V1")
FS = 250.0
_BEFORE, _AFTER = 75, 125  # samples of a window before and from the R peak: 0.3 s and 0.5 s
_CLASS_OF = {symbol: k for k, name in enumerate(CLASSES) for symbol in AAMI_SYMBOLS[name]}
_SHORTEST_SECRET = 8


@dataclass(frozen=True)
class _Group:
    """How the people of one side are drawn; ``spread`` is how much wider than usual they vary."""

    hearts: tuple[str, ...]
    spread: float
    noisiest: float


# Fibrillation makes normal beats come early by chance: RR intervals alone do not find S.
_SEEN = ("normal", "atrial_fibrillation", "rbbb", "normal", "lvh")
_LEARNING = _Group(_SEEN, 1.0, 4.0)
_HELD_OUT = _Group((*_SEEN, "lbbb", "atrial_fibrillation", "first_degree_block"), 1.6, 10.0)
_MARK_S = 0.012  # by how much a detector misses an R peak, standard deviation


@dataclass(frozen=True, eq=False)
class Answers:
    """What the teacher alone has of the held-out beats.

    Parameters
    ----------
    y, patient, baseline : arrays of int64, shape (beat,)
        Class number of each beat (`CLASSES`), whose it is, and what the baseline answers.
    """

    y: np.ndarray
    patient: np.ndarray
    baseline: np.ndarray


def make_project(secret, to, *, people=30, seconds=120.0):
    """Write the data of the mini-project below a folder and return the paths of the files.

    ``student/project.npz`` and ``student/example-1.csv`` are handed out; ``teacher/answers.npz``
    is not.

    Parameters
    ----------
    secret : str
        Draws all people; of eight characters or more.
    to : path
    people : int
        How many there are on each side.
    seconds : float
        Length of each person's ECG.

    Raises
    ------
    BookInvalid
        If the secret is short, or there are too few people or seconds for all classes.
    """
    if len(secret) < _SHORTEST_SECRET:
        raise BookInvalid(f"the secret needs {_SHORTEST_SECRET} characters or more: it is guessed")
    if people < 2 or seconds < 30:
        raise BookInvalid("a project needs two people or more on each side, and 30 s of each")
    x, rr_s, y, patient = _beats(_LEARNING, _stream(secret, "learning"), people, seconds)
    held = _beats(_HELD_OUT, stream := _stream(secret, "held out"), people, seconds)
    order = stream.permutation(len(held[2]))  # neighbours would tell whose beat it is
    test_x, test_rr_s, test_y, test_patient = (values[order] for values in held)
    student, teacher = Path(to) / "student", Path(to) / "teacher"
    for folder in (student, teacher):
        folder.mkdir(parents=True, exist_ok=True)
    about = {"classes": np.array(CLASSES), "leads": np.array(LEADS), "fs": np.array(FS)}
    learning = {"train_x": x, "train_rr_s": rr_s, "train_y": y, "train_patient": patient}
    files = [student / "project.npz", student / "example-1.csv", teacher / "answers.npz"]
    np.savez_compressed(files[0], **learning, test_x=test_x, test_rr_s=test_rr_s, **about)
    files[1].write_text("beat,class\n" + "".join(f"{k},N\n" for k in range(len(test_y))), "utf-8")
    baseline = _baseline((x, rr_s, y), (test_x, test_rr_s))
    np.savez_compressed(files[2], y=test_y, patient=test_patient, baseline=baseline)
    return files


def load_answers(path):
    """Read a file of answers as `Answers`; raise `GradingRefused` if it is none."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in ("y", "patient", "baseline")}
    except (OSError, ValueError, KeyError, EOFError, TypeError) as error:
        raise GradingRefused(f"{path} holds no answers of a project ({error})") from error
    sizes = {values.shape for values in arrays.values()}
    whole = all(values.dtype.kind in "iu" for values in arrays.values())
    numbers = [*arrays["y"].flat, *arrays["baseline"].flat] if whole else [-1]
    if len(sizes) > 1 or arrays["y"].ndim != 1 or not set(numbers) <= set(range(len(CLASSES))):
        raise GradingRefused(f"{path} holds no answers of a project; make it: ecgbook project make")
    return Answers(**{name: values.astype(np.int64) for name, values in arrays.items()})


def _stream(secret, side):
    """Return the random numbers of one side; slow on purpose, so that guessing a secret is."""
    key = hashlib.scrypt(secret.encode(), salt=side.encode(), n=2**14, r=8, p=1, dklen=16)
    return np.random.default_rng(int.from_bytes(key, "big"))


def _beats(group, rng, people, seconds):
    """Return windows (beat, lead, time) in mV, RR intervals, classes, and whose each beat is."""
    # Imported late: a command that needs no data sets should not wait for them.
    from ecgbook.datasets.cutting import cut, rr_features_s

    parts = []
    for person in range(people):
        ecg = _ecg(group, rng, person, seconds)
        peak = np.asarray(ecg.truth[0].r_peak)
        peak = peak + np.rint(rng.normal(0, _MARK_S * FS, len(peak))).astype(int)
        windows = cut(ecg.signal[0], peak - _BEFORE, _BEFORE + _AFTER).astype(np.float32)
        y = np.array([_CLASS_OF.get(symbol, -1) for symbol in ecg.truth[0].symbol])
        kept = y >= 0
        of_all = windows, rr_features_s(peak, FS), y, np.full(len(y), person)
        parts.append([values[kept] for values in of_all])
    return tuple(map(np.concatenate, zip(*parts, strict=True)))


def _ecg(group, rng, person, seconds):
    """Simulate one person, of a heart in turn, with early beats and a noise of their own."""
    heart = group.hearts[person % len(group.hearts)]
    baseline, muscle, motion = rng.uniform(1, group.noisiest, 3) * [0.03, 0.006, 0.02]
    shares = dict(zip("AV", rng.uniform(0.02, 0.15, 2), strict=True))
    return simulate(
        heart,
        duration_s=seconds,
        fs=FS,
        leads=LEADS,
        noise=Noise(baseline_mv=baseline, muscle_mv=muscle, motion_mv=motion),
        ectopic={symbol: shares[symbol] for symbol in shares if symbol in CONDITIONS[heart].allows},
        patient=_build(rng, group.spread),
        seed=int(rng.integers(2**62)),
    )


def _build(rng, spread):
    """Draw the build of a person who differs ``spread`` times as much from the textbook."""
    usual = Patient.draw(rng)
    gains = {name: getattr(usual, name) ** spread for name in ("p_gain", "qrs_gain", "t_gain")}
    return replace(
        usual,
        axis_deg=usual.axis_deg * spread,
        rotation_deg=usual.rotation_deg * spread,
        wave_gains=tuple(gain**spread for gain in usual.wave_gains),
        **gains,
    )


def _baseline(learning, held_out):
    """Return the answers of a logistic regression on RR intervals and the beat in 20 numbers."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, rr_s, y = learning
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    model.fit(_described(x, rr_s), y)
    return model.predict(_described(*held_out))


def _described(x, rr_s):
    """Return what the baseline sees: RR intervals by the local mean, lead MLII every 40 ms."""
    ratios = rr_s[:, :2] / rr_s[:, 2:]
    shape = x[:, 0].reshape(len(x), -1, 10).mean(axis=2)  # (beat, 20)
    return np.concatenate([ratios, shape - np.median(x[:, 0], axis=1, keepdims=True)], axis=1)
