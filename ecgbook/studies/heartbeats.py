"""Chapter 6: sequence models on the heartbeats of Kachuee et al., by beat and by patient."""

from dataclasses import replace

import numpy as np

from ecgbook import tasks
from ecgbook.conventions import AAMI_CLASSES, DS1, DS1_VALID, DS2, SAME_PATIENT
from ecgbook.datasets import Split, kachuee_beats
from ecgbook.studies import infarction, search, votes
from ecgbook.studies.study import Answer, Combination, Study, Training

__all__ = [
    "BEST",
    "CLASSES",
    "MODELS",
    "RELEASED",
    "STUDY",
    "TASK",
    "by_beat",
    "by_patient",
    "train",
]
__by_name__ = ("MODELS",)  # for `ecgbook.code`: a case depends on its own model

CLASSES = AAMI_CLASSES
TASK = tasks.single_label(CLASSES, select="macro_f1")
SCORES = ("accuracy", "macro_f1", "f1", "sensitivity", "ppv", "macro_auroc")

# Name of each method: the model and its settings.
MODELS = {
    "mlp": ("mlp", {}),
    "course_cnn": ("course_cnn", {}),
    "vanilla_cnn": ("vanilla_cnn", {}),
    "channel_pooling": ("vanilla_cnn", {"pool": "channels"}),
    "fourier_cnn": ("fourier_cnn", {}),
    "vanilla_rnn": ("vanilla_rnn", {}),
    "bilstm": ("bilstm", {}),
    "dilated_bilstm": ("dilated_bilstm", {}),
    "resnet_101": ("bottleneck_resnet", {"depth": 101}),
    "resnet_398": ("bottleneck_resnet", {"depth": 398}),
    "encoder_classifier": ("encoder_classifier", {}),
    "beat_transformer": ("beat_transformer", {}),
    "beat_resnet": ("beat_resnet", {}),
    "beat_resnet_wide": ("beat_resnet", {"width": 44}),
}
BEST = "beat_resnet_wide"
RELEASED = "beat_resnet-heartbeats"

# Without one record of a paced heart on each side nobody could learn, choose and test class Q.
_PACED = {"train": ("102",), "valid": ("104",), "test": ("107", "217")}
_SLOW_TO_START = ("vanilla_rnn", "bilstm")


def by_beat(beats):
    """Shuffle beats as the published files do: a fifth is tested, a tenth of the rest chooses."""
    return Split.by_beat(beats, valid=0.08, leaky="as published: beats shuffled over patients")


def by_patient(beats):
    """Learn from DS1 and test on DS2, with two of the four paced records on each side.

    Record 201 is left out: its patient is tested in record 202.
    """
    learnt = set(DS1) - set(DS1_VALID) - set(SAME_PATIENT.values()) | set(_PACED["train"])
    sides = learnt, {*DS1_VALID, *_PACED["valid"]}, {*DS2, *_PACED["test"]}
    parts = (np.flatnonzero(np.isin(beats.record, list(side))) for side in sides)
    return Split(beats, *parts, name="by patient: DS1 to DS2, and paced records")


def train(beats, split, training, method, *, recipe="one_budget", seed=0, **options):
    """Train one of `MODELS` on a split and return it with the weights of its best epoch.

    ``recipe`` is ``"one_budget"``: AdamW along a cosine, chosen by macro F1; or ``"published"``:
    Adam, a tenth of the rate when two epochs have brought no better accuracy, and the end after
    five without. ``options`` are those of `ecgbook.training.fit`.
    """
    from ecgbook.models import create_model
    from ecgbook.training import fit

    name, config = MODELS[method]
    model = create_model(name, classes=len(beats.classes), seed=seed, **config)
    learnt = np.random.default_rng(seed).permutation(split.train)[: training.examples]
    how = _RECIPES[recipe](training, method)
    how["epochs"] = _epochs(training, method, len(learnt))
    if method == "encoder_classifier":
        _start_from_autoencoder(model, beats, learnt, split.valid, how | {"seed": seed} | options)
    fit(model, beats[learnt], beats[split.valid], **how, seed=seed, **options)
    return model


def _epochs(training, method, n):
    draws = training.options.get(method, training.draws)
    return replace(training, draws=draws).epochs(n)


def _one_budget(training, method):
    how = {"task": TASK, "batch_size": training.batch_size, "lr": training.lr}
    return how | {"weight_decay": 0.05, "precision": "auto"}


def _published(training, method):
    from ecgbook.training.losses import focal_loss

    task = replace(TASK, select="accuracy")
    if method == "dilated_bilstm":
        task = replace(task, loss=focal_loss)
    rate = 1e-4 if method in _SLOW_TO_START else 1e-3
    how = {"task": task, "optimizer": "adam", "lr": rate, "schedule": "plateau", "patience": 5}
    return how | {"batch_size": 128 if method.startswith("resnet") else 32}


_RECIPES = {"one_budget": _one_budget, "published": _published}


def _start_from_autoencoder(model, beats, learnt, chosen, how):
    """Give the classifier the encoder of an autoencoder that has seen the same beats unlabelled."""
    from ecgbook.models import copy_trunk, create_model
    from ecgbook.training import fit

    autoencoder = create_model("beat_autoencoder", seed=how["seed"])
    how = how | {"task": tasks.reconstruction(classes=CLASSES, select="loss")}
    if how.get("checkpoint"):
        how["checkpoint"] = how["checkpoint"].with_suffix(".autoencoder")
    fit(autoencoder, *((beats.x[index], beats.x[index]) for index in (learnt, chosen)), **how)
    copy_trunk(model, autoencoder)


def _network(beats, split, work):
    from ecgbook.training import predict

    options = {"progress": work.progress, "checkpoint": work.checkpoint, "seed": work.seed}
    options["recipe"] = work.case["recipe"]
    model = train(beats, split, work.training, work.case["method"], **options)
    parts = (predict(model, beats[i], progress=False) for i in (split.valid, split.test))
    return Answer(*(TASK.probability(part).astype(np.float32) for part in parts))


def _trees(beats, split, work):
    """Say what boosted trees make of the samples of as many beats as a network learns from."""
    from ecgbook.classical.beat_baselines import boosted_trees

    rows = np.random.default_rng(work.seed).permutation(split.train)[: work.training.examples]
    trees = boosted_trees(seed=work.seed).fit(beats.x[rows, 0], beats.y[rows])
    said = []
    for part in (split.valid, split.test):
        said.append(np.zeros((len(part), len(beats.classes)), np.float32))
        said[-1][:, trees.classes_] = trees.predict_proba(beats.x[part, 0])
    return Answer(*said)


def _stacked_on_training(beats, split, work):
    """Weigh three networks by what they say of beats that they learnt, as published, and not."""
    from ecgbook.classical.ensembles import Stacked
    from ecgbook.training import predict

    seen = np.random.default_rng(work.seed).permutation(split.train)[: len(split.valid)]
    parts, said = [seen, split.valid, split.test], []
    for method in _STACKED:
        options = {"progress": work.progress, "seed": work.seed}
        model = train(beats, split, work.training, method, **options)
        output = predict(model, beats[np.concatenate(parts)], progress=False)
        said.append(TASK.probability(output).astype(np.float32))
    ends = np.cumsum([len(part) for part in parts])[:-1]
    learnt, valid, test = np.split(np.stack(said), ends, axis=1)
    answers = []
    for name, rows, shown in (("training", seen, learnt), ("validation", split.valid, valid)):
        model = Stacked().fit(beats.y[rows], shown)
        answers.append(Answer(*map(model.predict_proba, (valid, test)), {"fitted_on": name}))
    return answers


def _data(database, case, training):
    return kachuee_beats(database, records=training.records)


def _infarctions(database, case, training):
    records = None if training.records is None else infarction.few_records(database)
    return infarction.beats_of(database, records)


_BOTH = {"protocol": ["by_beat", "by_patient"], "recipe": ["one_budget"]}
_SEEDS = [0, 1, 2]
_PUBLISHED = ["mlp", "course_cnn", "channel_pooling", "fourier_cnn", "dilated_bilstm"]
_PUBLISHED += ["vanilla_rnn"]
_STACKED = ("mlp", "vanilla_cnn", "beat_resnet")
_VOTERS = (
    "mlp",
    "course_cnn",
    "vanilla_cnn",
    "fourier_cnn",
    "dilated_bilstm",
    "encoder_classifier",
)
_VOTERS += ("beat_transformer", "beat_resnet", "beat_resnet_wide")
_ENSEMBLES = (*votes.WAYS, "three_runs")
_REPEATED = ["mlp", "vanilla_cnn", BEST]
_LONG = ["bilstm", "resnet_101", "resnet_398"]
_ONCE = [method for method in MODELS if method not in (*_REPEATED, *_LONG)]

# What 15 minutes of a processor core, or a few of a data-centre GPU, can show of the slow ones.
_CAPPED = {
    "dilated_bilstm": 700_000,
    "bilstm": 350_000,
    "resnet_101": 150_000,
    "resnet_398": 40_000,
}
_CAPPED_GPU = {"resnet_101": 1_400_000, "resnet_398": 500_000}
_BEATS = (*MODELS, *search.METHODS, "trees", "stack_on_training")
_JUDGED = (*_BEATS, *_ENSEMBLES)
_INFARCTIONS = {"method": [*infarction.METHODS], "seed": _SEEDS}
_FEW = ("100", "102", "104", "107", "114", "124", "200", "208", "209", "213", "217", "222", "223")


def _combinations(protocol):
    """Return the ensembles of the models that are trained once, and of three runs of the best."""
    one = {"protocol": protocol, "recipe": "one_budget"}
    for name, combine in votes.WAYS.items():
        yield Combination({"method": name, **one}, {"method": _VOTERS, **one}, combine)
    fields = {"method": "three_runs", **one}
    yield Combination(fields, {"method": BEST, **one}, votes.soft, every_seed=True)


STUDY = Study(
    chapter="06-sequence-models",
    database=dict.fromkeys(_BEATS, "mitdb") | dict.fromkeys(infarction.METHODS, "ptb-xl"),
    data=dict.fromkeys(_BEATS, _data) | dict.fromkeys(infarction.METHODS, _infarctions),
    splits={
        "by_beat": by_beat,
        "by_patient": by_patient,
        "infarctions_by_beat": by_beat,
        "infarctions_by_fold": infarction.by_fold,
    },
    answers={
        **dict.fromkeys(MODELS, _network),
        **dict.fromkeys(search.METHODS, search.answer),
        "trees": _trees,
        "stack_on_training": _stacked_on_training,
        **dict.fromkeys(infarction.METHODS, infarction.answer),
    },
    task=dict.fromkeys(_JUDGED, TASK) | dict.fromkeys(infarction.METHODS, infarction.TASK),
    scores=dict.fromkeys(_JUDGED, SCORES),
    trainings={
        "smoke": Training(examples=6_000, draws=24_000, lr=2e-3, records=_FEW),
        "cpu": Training(examples=100_000, draws=1_000_000, lr=2e-3, options=_CAPPED),
        "gpu": Training(
            examples=100_000, draws=2_000_000, batch_size=256, lr=2e-3, options=_CAPPED_GPU
        ),
    },
    grid=(
        {"method": _REPEATED, **_BOTH, "seed": _SEEDS},
        {"method": _ONCE, **_BOTH, "seed": [0]},
        {"method": _LONG, "protocol": ["by_beat"], "recipe": ["one_budget"], "seed": [0]},
        {"method": _PUBLISHED, "protocol": ["by_beat"], "recipe": ["published"], "seed": [0]},
        {"method": [*search.METHODS], **_BOTH, "seed": [0]},
        {"method": ["trees"], **_BOTH, "seed": [0]},
        {"method": ["stack_on_training"], "protocol": ["by_beat"], "recipe": ["one_budget"]},
        {
            **_INFARCTIONS,
            "protocol": ["infarctions_by_fold"],
            "n_labels": [*infarction.LABELS],
        },
        {**_INFARCTIONS, "protocol": ["infarctions_by_beat"], "n_labels": ["all"]},
    ),
    combinations=(*_combinations("by_beat"), *_combinations("by_patient")),
    reports={"search": search.report},
    pairs=(
        *(({"method": way, "recipe": "one_budget"}, {"method": BEST}) for way in _ENSEMBLES),
        ({"method": "top_k_on_test"}, {"method": "top_k"}),
        *(
            ({"method": BEST, "recipe": "one_budget"}, {"method": other})
            for other in (*MODELS, "trees")
        ),
        ({"method": "vanilla_cnn", "recipe": "one_budget"}, {"method": "channel_pooling"}),
        ({"method": "searched_cnn", "recipe": "one_budget"}, {"method": "vanilla_cnn"}),
        ({"recipe": "one_budget", "protocol": "by_beat"}, {"recipe": "published"}),
        ({"fitted_on": "training"}, {"fitted_on": "validation"}),
        ({"method": "fine_tuned"}, {"method": "scratch"}),
        ({"method": "fine_tuned"}, {"method": "frozen"}),
        ({"method": "frozen"}, {"method": "scratch"}),
    ),
    weights={infarction.BASE: "course_cnn"},
    starting=("frozen", "fine_tuned"),
    headlines=(("macro_f1", {"protocol": "by_patient", "recipe": "one_budget", "method": BEST}),),
)
