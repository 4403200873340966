"""Chapter 4: name the abnormal beats, with what level 1 has learnt and with few labels."""

from functools import partial

import numpy as np

from ecgbook import evaluation, tasks
from ecgbook.classical import beat_baselines
from ecgbook.datasets import Split, few_labels
from ecgbook.studies import anomaly
from ecgbook.studies.beats import CLASSES, SCORES
from ecgbook.studies.study import Answer, Study, Training

__all__ = ["HEADS", "LEVEL_1", "METHODS", "SCORES", "SENSITIVITY", "STUDY", "TASK"]
__all__ += ["beats_of", "beside_code", "cascade", "inputs", "probabilities", "train"]

HEADS = 10
LEVEL_1 = "madegan-usual"
SENSITIVITY = 0.95  # share of the abnormal validation beats that level 1 must pass on
TASK = tasks.single_label(CLASSES, select="macro_f1")

_RR_UNIT = 0.2


def beats_of(database, *, records=None):
    """Return the beats as unlike the template of their recording, with RR ratios beside.

    Escape beats count as S, as BeatGAN's recipe has it, but no detector vets the normal beats:
    what it does not confirm would be missing in the test part, too. One unit of the features is
    a fifth of a natural logarithm.
    """
    how = {"view": "template_difference", "confirmed": "none", "records": records}
    shown = anomaly.beats_of(database, **how)
    ratios = (shown.features / _RR_UNIT).clip(-5, 5)
    return shown.with_features(dict(zip(shown.feature_names, ratios.T, strict=True)))


def train(examples, split, rows, method, *, level1, training, seed=0, **options):
    """Train one of `METHODS` on the beats ``rows``, its trunk from the generator ``level1``.

    The model is left with the weights of the epoch that has the best macro F1 on the
    validation part; ``options`` are those of `ecgbook.training.fit`.
    """
    from ecgbook.training import augment_beats, fit

    start, against = METHODS[method]
    model = start(examples, level1, against is _multi_branch, seed)
    index, target, how = against(examples.y[rows], seed)
    valid = examples.y[split.valid]
    if against is _multi_branch:  # a validation beat belongs to no head
        valid = np.stack([valid, np.zeros_like(valid)], axis=1)
    learnt = *inputs(examples, rows[index]), target
    how = {"task": TASK, "augment": partial(augment_beats, peak=anomaly.PEAK), "seed": seed} | how
    how |= {"epochs": training.epochs(len(target)), "batch_size": training.batch_size}
    how |= {"lr": training.lr, "precision": "bfloat16"} | options
    fit(model, learnt, (*inputs(examples, split.valid), valid), **how)
    return model


def inputs(examples, index):
    """Return the beats at ``index`` and their RR ratios, as the networks take them."""
    return examples.x[index], examples.features[index]


# Where the trunk comes from.


def _drawn(examples, level1, has_heads, seed):
    from ecgbook.models import create_model

    config = {"classes": len(examples.classes), "features": len(examples.feature_names)}
    config |= {"heads": HEADS} if has_heads else {}
    name = "multi_branch_classifier" if has_heads else "beat_classifier"
    return create_model(name, seed=seed, **config)


def _transferred(examples, level1, has_heads, seed):
    from ecgbook.models.transfer import transfer

    model = _drawn(examples, level1, has_heads, seed)
    transfer(model, level1)
    return model


def _frozen(examples, level1, has_heads, seed):
    from ecgbook.models.transfer import freeze

    model = _transferred(examples, level1, has_heads, seed)
    freeze(model)
    return model


# What is done about classes of very different size: which beats make an epoch, their targets,
# and options of `fit`.


def _by_root(y, seed):
    share = np.bincount(y)
    return slice(None), y, {"sample_weights": 1 / np.sqrt(share[y])}


def _as_they_come(y, seed):
    return slice(None), y, {}


def _weighted(y, seed):
    from ecgbook.training import class_weights, cross_entropy

    weight = np.sqrt(class_weights(y, len(TASK.classes)))
    return slice(None), y, {"loss": partial(cross_entropy, weight=weight)}


def _focal(y, seed):
    from ecgbook.training import focal_loss

    return slice(None), y, {"loss": partial(focal_loss, gamma=2.0)}


def _multi_branch(y, seed):
    from ecgbook.models.transfer import mean_of_heads
    from ecgbook.training.heads import head_cross_entropy, head_rows

    index, head = head_rows(y, heads=HEADS, seed=seed)
    how = {"loss": head_cross_entropy, "probability": mean_of_heads, "select": TASK.select}
    task = tasks.single_label(TASK.classes, **how)
    return index, np.stack([y[index], head], axis=1), {"task": task}


METHODS = {
    "scratch": (_drawn, _by_root),
    "frozen": (_frozen, _by_root),
    "fine_tuned": (_transferred, _by_root),
    "as_they_come": (_transferred, _as_they_come),
    "class_weights": (_transferred, _weighted),
    "focal": (_transferred, _focal),
    "multi_branch": (_transferred, _multi_branch),
}


def probabilities(model, x, features):
    """Return what a classifier says of beats, shape (beat, class): level 2 of a cascade."""
    from ecgbook.models.transfer import mean_of_heads
    from ecgbook.training import predict

    logits = predict(model, x, features, progress=False)
    return TASK.probability(logits) if logits.ndim == 2 else mean_of_heads(logits)


def cascade(examples, split, level1, level2):
    """Put level 1 before a classifier; `SENSITIVITY` of abnormal validation beats pass it."""
    from ecgbook.classical.cascade import Cascade
    from ecgbook.training import anomaly_scores

    score = partial(anomaly_scores, level1, precision="bfloat16", progress=False)
    valid = examples.y[split.valid] > 0, score(examples.x[split.valid])
    at = evaluation.choose_threshold(*valid, "specificity", at_least=SENSITIVITY)
    return Cascade(score, level2, threshold=at.value)


def beside_code(examples, encoder=None):
    """Return the code that an encoder has for each beat, and its RR ratios, ``(beat, number)``."""
    from ecgbook.training import predict

    codes = [] if encoder is None else [predict(encoder, examples.x, progress=False)]
    return np.hstack([*codes, examples.features])


def _network(examples, split, work):
    level1 = _level1()
    method, n_labels = work.case["method"], work.case["n_labels"]
    rows = few_labels(examples, split, n_labels, normal=work.training.examples, seed=work.seed)
    options = {"checkpoint": work.checkpoint, "progress": work.progress, "seed": work.seed}
    options |= {"level1": level1, "training": work.training}
    model = train(examples, split, rows, method, **options)
    parts = [inputs(examples, index) for index in (split.valid, split.test)]
    alone = Answer(*(probabilities(model, *part) for part in parts))
    if (method, n_labels) != ("fine_tuned", "all"):
        return alone
    both = cascade(examples, split, level1, partial(probabilities, model))
    forwarded = [both.forwarded(x) for x, _ in parts]
    normal = np.eye(len(examples.classes))[0]
    named = [np.where(f[:, None], a, normal) for f, a in zip(forwarded, alone[:2], strict=True)]
    where = {"method": "cascade"}
    return [alone, Answer(*named, where), Answer(*forwarded, where, report="rejected")]


def _logistic(examples, split, work, *, encoder):
    some = {"normal": work.training.examples, "seed": work.seed}
    rows = few_labels(examples, split, work.case["n_labels"], **some)
    numbers = beside_code(examples, encoder and encoder(work.seed))
    model = beat_baselines.logistic(seed=work.seed).fit(numbers[rows], examples.y[rows])
    return Answer(*(model.predict_proba(numbers[index]) for index in (split.valid, split.test)))


def _level1():
    from ecgbook.training import load_released

    return load_released(LEVEL_1)[0]


def _trained(seed):
    return _level1().encoder


def _untrained(seed):
    from ecgbook.models import create_model

    return create_model("autoencoder", seed=seed).encoder


def _rejected(y, output, patient):
    # Level 1 is the same in all runs.
    return evaluation.cascade_report(y, output[0] > 0, patient, classes=TASK.classes)


def _data(database, case, training):
    return beats_of(database, records=training.records)


_CURVE = {"protocol": ["ds1_ds2"], "n_labels": ["all", 10, 30, 100, 300, 1000], "seed": [0, 1, 2]}
_ALL = _CURVE | {"n_labels": ["all"]}
_FEW = anomaly.STUDY.trainings["smoke"].records

STUDY = Study(
    chapter="04-hierarchical-transfer",
    database="mitdb",
    data=_data,
    splits={"ds1_ds2": Split.de_chazal},
    answers={
        **dict.fromkeys(METHODS, _network),
        "logistic_rr": partial(_logistic, encoder=None),
        "logistic_code": partial(_logistic, encoder=_trained),
        "logistic_untrained": partial(_logistic, encoder=_untrained),
    },
    task=TASK,
    scores=SCORES,
    trainings={
        "smoke": Training(examples=2_000, draws=8_000, records=_FEW),
        "cpu": Training(examples=10_000, draws=80_000),
        "gpu": Training(examples=40_000, draws=800_000),
    },
    reports={"rejected": _rejected},
    weights={LEVEL_1: "memory_autoencoder"},
    grid=(
        {"method": ["scratch", "frozen", "fine_tuned"], **_CURVE},
        {"method": ["as_they_come", "class_weights", "focal", "multi_branch"], **_ALL},
        {"method": ["logistic_rr"], **_CURVE},
        # Ten encoders, each with other random weights: three may be lucky.
        {"method": ["logistic_code", "logistic_untrained"], **_CURVE, "seed": [*range(10)]},
    ),
    pairs=(
        ({"method": "fine_tuned"}, {"method": "scratch"}),
        ({"method": "fine_tuned"}, {"method": "frozen"}),
        ({"method": "logistic_code"}, {"method": "logistic_untrained"}),
        ({"method": "fine_tuned"}, {"method": "logistic_code"}),
        ({"method": "cascade"}, {"method": "fine_tuned"}),
        # The other answers to classes of unlike size, beside drawing by the root.
        ({"method": "as_they_come"}, {"method": "fine_tuned"}),
        ({"method": "class_weights"}, {"method": "fine_tuned"}),
        ({"method": "focal"}, {"method": "fine_tuned"}),
        ({"method": "multi_branch"}, {"method": "fine_tuned"}),
    ),
    headlines=(("j_kappa", {"n_labels": "all"}),),
)
