"""Chapter 2: one network and four baselines, and the protocols under which they are judged."""

from dataclasses import replace
from functools import partial

import numpy as np

from ecgbook import tasks
from ecgbook.classical import beat_baselines
from ecgbook.datasets import Split, aami_beats, with_rr_ratios, with_template_difference
from ecgbook.datasets.sequences import class_sorted_sequences, majority_vote
from ecgbook.studies.halves import half, half_seen
from ecgbook.studies.study import Answer, Study, Training

__all__ = ["CLASSES", "SCORES", "STUDY", "TASK", "beats_of", "train"]

CLASSES = ("N", "S", "V", "F")
TASK = tasks.single_label(CLASSES, select="j_kappa")
SCORES = ("accuracy", "macro_f1", "j_kappa", "ec57_sensitivity", "ec57_ppv")

# Wide enough for the P wave and for the end of the T wave; chosen by cross-validation in DS1.
_BEFORE_S, _AFTER_S = 0.4, 0.6
# At 180 Hz the beats keep all that the 40 Hz filter has left, in half the samples.
_EVERY = 2

_SORTED = "as published: test beats sorted by class before they are cut into sequences"


def beats_of(database, records=None):
    """Return beats N, S, V, F at 180 Hz with RR ratios, and what they differ by from the template.

    Two leads: the recording's own, MLII where it has it, and its difference from the template.
    """
    beats = aami_beats(database, records=records, before_s=_BEFORE_S, after_s=_AFTER_S)
    beats = with_template_difference(with_rr_ratios(beats.only(*CLASSES)))
    x = np.ascontiguousarray(beats.x[:, :, ::_EVERY])
    rows = beats.rows.assign(length=x.shape[2])
    return replace(beats, x=x, rows=rows, fs=beats.fs / _EVERY)


def train(beats, split, training, *, seed=0, chosen_on="validation", **options):
    """Train the small network of chapter 2 on a split.

    Rare classes are drawn more often (one over the square root of their share), and the epoch is
    the one with the best j-kappa on the validation part or, as published, on the test part.
    Returns the model and the beats as it takes them, with features in standard deviations of the
    training beats; ``options`` are those of `ecgbook.training.fit`.
    """
    from ecgbook import models
    from ecgbook.training import augment_beats, fit

    learnt = np.random.default_rng(seed).permutation(split.train)[: training.examples]
    shown = _standardised(beats, learnt)
    size = {"leads": beats.leads, "classes": beats.classes, "features": beats.feature_names}
    size = {name: len(names) for name, names in size.items()}
    model = models.create_model("beat_cnn", **size, width=16, seed=seed)
    share = np.bincount(beats.y[learnt], minlength=len(beats.classes))
    judge = shown[split.valid if chosen_on == "validation" else split.test]
    how = {"epochs": training.epochs(len(learnt)), "batch_size": training.batch_size}
    how |= {"lr": training.lr, "weight_decay": 0.05, "seed": seed}
    how["augment"] = partial(augment_beats, peak=_BEFORE_S / (_BEFORE_S + _AFTER_S))
    how["sample_weights"] = 1 / np.sqrt(share[beats.y[learnt]])
    fit(model, shown[learnt], judge, task=TASK, **how, **options)
    return model, shown


def _standardised(beats, learnt):
    centre, spread = beats.features[learnt].mean(axis=0), beats.features[learnt].std(axis=0)
    features = ((beats.features - centre) / spread).clip(-5, 5)
    return beats.with_features(dict(zip(beats.feature_names, features.T, strict=True)))


def _network(beats, split, work):
    from ecgbook.training import predict

    options = {"progress": work.progress, "checkpoint": work.checkpoint, "seed": work.seed}
    options["chosen_on"] = work.case["chosen_on"]
    model, shown = train(beats, split, work.training, **options)
    logits = (predict(model, shown[i], progress=False) for i in (split.valid, split.test))
    valid, test = map(TASK.probability, logits)
    answer = Answer(valid, test)
    if (work.case["protocol"], work.case["chosen_on"]) != ("ds1_ds2", "validation"):
        return answer
    voted = _sorted_by_class(beats.y[split.test], test, work.seed)
    return [answer, Answer(valid, voted, {"protocol": "ds1_ds2_sorted"})]


def _sorted_by_class(y, probability, seed):
    """Return the votes within sequences of ten beats of one class, as probabilities 0 and 1."""
    sequences = class_sorted_sequences(y, seed=seed, leaky=_SORTED)
    voted = majority_vote(probability.argmax(axis=1), sequences, len(CLASSES))
    return np.eye(len(CLASSES), dtype=np.float32)[voted]


def _shallow(beats, split, work, *, make):
    numbers, _ = beat_baselines.beat_features(beats)
    model = make(seed=work.seed).fit(numbers[split.train], beats.y[split.train])
    return Answer(*(model.predict_proba(numbers[index]) for index in (split.valid, split.test)))


def _by_beat(beats):
    return Split.by_beat(beats, leaky="as published: beats shuffled over patients")


def _one_man_twice(beats):
    return Split.de_chazal(beats, leaky="as published: records 201 and 202 are one man")


def _half(beats):
    """Test one half of the beats of DS2, after as many beats of DS1 as `_half_seen` learns."""
    return half(Split.de_chazal(beats), beats, "half of DS2")


def _half_seen(beats):
    """Test the same half; the other half of the same patients' beats are among those learnt."""
    return half_seen(Split.de_chazal(beats), beats, "half of DS2, seen")


def _data(database, case, training):
    return beats_of(database, training.records)


def _plain(database, case, training):
    return aami_beats(database, records=training.records).only(*CLASSES)


SPLITS = {
    "half": _half,
    "half_seen": _half_seen,
    "by_beat": _by_beat,
    "ds1_ds2": Split.de_chazal,
    "ds1_ds2_one_man_twice": _one_man_twice,
}

_NETWORK = {"method": ["beat_cnn"], "seed": [0, 1, 2, 3, 4]}
_HONEST = {"protocol": "ds1_ds2", "chosen_on": "validation"}
_LEAK = {"protocol": ["half", "half_seen"], "chosen_on": ["validation"]}

STUDY = Study(
    chapter="02-beat-datasets",
    database="mitdb",
    data={"beat_cnn": _data, "logistic": _plain, "trees": _plain},
    splits=SPLITS,
    answers={
        "beat_cnn": _network,
        "logistic": partial(_shallow, make=beat_baselines.logistic),
        "trees": partial(_shallow, make=beat_baselines.boosted_trees),
    },
    task=TASK,
    scores=SCORES,
    trainings={
        "smoke": Training(examples=10_000, draws=40_000, lr=2e-3),
        "cpu": Training(examples=30_000, draws=300_000, lr=2e-3),
        "gpu": Training(examples=34_000, draws=1_020_000, lr=2e-3),
    },
    grid=(
        {**_NETWORK, **_LEAK},
        {"method": ["logistic", "trees"], **_LEAK},
        {**_NETWORK, "protocol": ["by_beat", "ds1_ds2"], "chosen_on": ["validation", "test"]},
        {**_NETWORK, "protocol": ["ds1_ds2_one_man_twice"], "chosen_on": ["validation"]},
        {"method": ["logistic", "trees"], **{name: [value] for name, value in _HONEST.items()}},
    ),
    pairs=(
        ({"protocol": "half_seen"}, {"protocol": "half"}),
        ({"protocol": "ds1_ds2_one_man_twice"}, {"protocol": "ds1_ds2"}),
        ({"protocol": "ds1_ds2", "chosen_on": "test"}, {"chosen_on": "validation"}),
        ({"protocol": "ds1_ds2_sorted"}, {"protocol": "ds1_ds2"}),
        ({"method": "beat_cnn", **_HONEST}, {"method": "trees"}),
        ({"method": "beat_cnn", **_HONEST}, {"method": "logistic"}),
    ),
    headlines=(("j_kappa", _HONEST),),
)
