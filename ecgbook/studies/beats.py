"""Chapter 2: one network and four baselines, and the protocols under which they are judged."""

from functools import partial

import numpy as np

from ecgbook import tasks
from ecgbook.classical import beat_baselines
from ecgbook.datasets import Split, aami_beats, with_rr_ratios, with_template_difference
from ecgbook.datasets.sequences import class_sorted_sequences, majority_vote
from ecgbook.studies.study import Answer, Study, Training

__all__ = ["CLASSES", "STUDY", "TASK", "beats_of", "train"]

CLASSES = ("N", "S", "V", "F")
TASK = tasks.single_label(
    CLASSES,
    select="j_kappa",
    scores=("accuracy", "macro_f1", "j_kappa", "ec57_sensitivity", "ec57_ppv"),
)

# Wide enough for the P wave and for the end of the T wave; chosen by cross-validation in DS1.
_BEFORE_S, _AFTER_S = 0.4, 0.6
# At 180 Hz the beats keep all that the 40 Hz filter has left, in half the samples.
_EVERY = 2

_SHUFFLED = "as published: beats shuffled over patients"
_ONE_MAN = "as published: records 201 and 202 are one man"
_SORTED = "as published: test beats sorted by class before they are cut into sequences"


def beats_of(database, records=None):
    """Return the beats of the study: N, S, V, F with RR ratios and the template beside each.

    Parameters
    ----------
    database : Database
        MIT-BIH.
    records : sequence of str, optional
        The recordings to take; the 44 that are not paced if left out.

    Returns
    -------
    Examples
        Lead ``MLII`` and its difference from the recording's template, at 180 Hz.
    """
    beats = aami_beats(database, records=records, before_s=_BEFORE_S, after_s=_AFTER_S)
    beats = with_template_difference(with_rr_ratios(beats.only(*CLASSES)))
    return beats.decimate(_EVERY)


def train(beats, split, training, *, seed=0, chosen_on="validation", **options):
    """Train the small network of chapter 2 on a split.

    Rare classes are drawn more often (one over the square root of their share), and the
    epoch is the one with the best j-kappa on the validation part.

    Parameters
    ----------
    beats : Examples
        From `beats_of`.
    split : Split
    training : Training
    seed : int
    chosen_on : {"validation", "test"}
        The part that the epoch is chosen on: the test part is the published flaw.
    **options
        Of `ecgbook.training.fit`.

    Returns
    -------
    model : torch.nn.Module
        With the weights of its best epoch.
    inputs : Examples
        The beats as the model takes them: features in standard deviations of the training beats.
    """
    from ecgbook import models
    from ecgbook.training import augment_beats, fit

    learnt = np.random.default_rng(seed).permutation(split.train)[: training.examples]
    inputs = beats.standardise_features(learnt)
    model = models.create_model(
        "beat_cnn",
        leads=len(beats.leads),
        classes=len(beats.classes),
        features=len(beats.feature_names),
        width=16,
        seed=seed,
    )
    share = np.bincount(beats.y[learnt], minlength=len(beats.classes))
    fit(
        model,
        inputs[learnt],
        inputs[split.valid if chosen_on == "validation" else split.test],
        task=TASK,
        epochs=training.epochs(len(learnt)),
        batch_size=training.batch_size,
        lr=training.lr,
        weight_decay=0.05,
        augment=partial(augment_beats, peak=_BEFORE_S / (_BEFORE_S + _AFTER_S)),
        sample_weights=1 / np.sqrt(share[beats.y[learnt]]),
        seed=seed,
        **options,
    )
    return model, inputs


def _network(beats, split, work):
    from ecgbook.training import predict

    options = {"progress": work.progress, "checkpoint": work.checkpoint, "seed": work.seed}
    options["chosen_on"] = work.case["chosen_on"]
    model, inputs = train(beats, split, work.training, **options)
    valid, test = (
        TASK.probability(predict(model, inputs[index], progress=False))
        for index in (split.valid, split.test)
    )
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


SPLITS = {
    "by_beat": partial(Split.by_beat, leaky=_SHUFFLED),
    "ds1_ds2": Split.de_chazal,
    "ds1_ds2_one_man_twice": partial(Split.de_chazal, leaky=_ONE_MAN),
}

STUDY = Study(
    chapter="02-beat-datasets",
    database="mitdb",
    data=lambda database, case, training: beats_of(database, training.records),
    splits=SPLITS,
    answers={
        "beat_cnn": _network,
        "logistic": partial(_shallow, make=beat_baselines.logistic),
        "trees": partial(_shallow, make=beat_baselines.boosted_trees),
    },
    task=TASK,
    trainings={
        "smoke": Training(examples=10_000, draws=40_000, lr=2e-3),
        "cpu": Training(examples=30_000, draws=300_000, lr=2e-3),
        "gpu": Training(examples=34_000, draws=1_020_000, lr=2e-3),
    },
    grid=(
        {
            "method": ["beat_cnn"],
            "protocol": ["by_beat", "ds1_ds2"],
            "chosen_on": ["validation", "test"],
            "seed": [0, 1, 2, 3, 4],
        },
        {
            "method": ["beat_cnn"],
            "protocol": ["ds1_ds2_one_man_twice"],
            "chosen_on": ["validation"],
            "seed": [0, 1, 2, 3, 4],
        },
        {"method": ["logistic", "trees"], "protocol": ["ds1_ds2"], "chosen_on": ["validation"]},
    ),
    pairs=(
        ({"protocol": "ds1_ds2", "chosen_on": "test"}, {"chosen_on": "validation"}),
        ({"protocol": "ds1_ds2_sorted"}, {"protocol": "ds1_ds2"}),
        (
            {"method": "beat_cnn", "protocol": "ds1_ds2", "chosen_on": "validation"},
            {"method": "trees"},
        ),
    ),
)
