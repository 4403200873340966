"""Chapter 4: name the abnormal beats, with what level 1 has learnt and with few labels."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from ecgbook import evaluation, tasks
from ecgbook.classical import beat_baselines
from ecgbook.datasets import Split
from ecgbook.errors import RecordInvalid
from ecgbook.studies import anomaly, beats
from ecgbook.studies.study import Answer, Study, Training

__all__ = ["HEADS", "LEVEL_1", "METHODS", "STUDY", "TASK", "beats_of", "cascade", "train"]

# Where the trunk comes from, and then what is done about classes of very different size.
METHODS = {
    "scratch": "first weights drawn, rare classes drawn more often",
    "frozen": "trunk from level 1, not trained further",
    "fine_tuned": "trunk from level 1, trained further",
    "as_they_come": "fine-tuned, every beat drawn once",
    "class_weights": "fine-tuned, rare classes count more in the loss",
    "focal": "fine-tuned, focal loss",
    "multi_branch": "fine-tuned, ten heads that share out the normal beats",
}

HEADS = 10
LEVEL_1 = "madegan-usual"
# Share of the abnormal validation beats that level 1 must pass on.
SENSITIVITY = 0.95

TASK = replace(beats.TASK, select="macro_f1")

_RR_UNIT = 0.2
_PEAK = 140 / 320  # place of the R peak in BeatGAN's beats


def beats_of(database, *, records=None):
    """Return the beats as unlike the template of their recording, with RR ratios beside.

    Escape beats count as S, as BeatGAN's recipe has it, but no detector vets the normal beats:
    what it does not confirm would be missing in the test part, too. One unit of the features is
    a fifth of a natural logarithm.
    """
    shown = anomaly.beats_of(
        database, view="template_difference", confirmed="none", records=records
    )
    ratios = (shown.features / _RR_UNIT).clip(-5, 5)
    return shown.with_features(pd.DataFrame(ratios, columns=shown.feature_names))


def labelled_rows(examples, split, n_labels, *, normal, seed=0):
    """Choose the training beats whose label may be used, as positions ``(beat,)``.

    Parameters
    ----------
    examples : Examples
    split : Split
    n_labels : int or "all"
        Abnormal beats, or all if there are fewer. A few are shared out by class as they occur,
        at least one a class.
    normal : int
        Normal beats, which are cheap: level 1 has learnt from them already.
    seed : int

    Raises
    ------
    RecordInvalid
        If there are fewer ``n_labels`` than abnormal classes.
    """
    order = np.random.default_rng(seed).permutation(split.train)
    y = examples.y[order]
    usual = order[y == 0][:normal]
    if n_labels == "all":
        return np.concatenate([usual, order[y > 0]])
    n_classes = len(examples.classes)
    if n_labels < n_classes - 1:
        raise RecordInvalid(f"{n_labels} labels are too few for {n_classes - 1} classes")
    wanted = np.bincount(y, minlength=n_classes) * (n_labels / (y > 0).sum())
    wanted = np.maximum(1, np.floor(wanted)).astype(int)
    wanted[1 + wanted[1:].argmax()] += n_labels - wanted[1:].sum()
    return np.concatenate([usual, *(order[y == k][: wanted[k]] for k in range(1, n_classes))])


def train(examples, split, rows, method, *, level1, training, seed=0, **options):
    """Train one of `METHODS` on the beats ``rows``, its trunk from the generator ``level1``.

    Returns
    -------
    torch.nn.Module
        With the weights of the epoch that has the best macro F1 on the validation part.
    """
    from ecgbook.training import augment_beats, fit

    model = _first_weights(method, examples, level1, seed)
    rows, target, how = _against_imbalance(examples, rows, method, seed)
    valid = examples.y[split.valid]
    if method == "multi_branch":  # a validation beat belongs to no head
        valid = np.stack([valid, np.zeros_like(valid)], axis=1)
    fit(
        model,
        (*inputs(examples, rows), target),
        (*inputs(examples, split.valid), valid),
        epochs=training.epochs(len(rows)),
        batch_size=training.batch_size,
        lr=training.lr,
        augment=partial(augment_beats, peak=_PEAK),
        precision="bfloat16",
        seed=seed,
        **{"task": TASK} | how | options,
    )
    return model


def inputs(examples, index):
    """Return the beats at ``index`` and their RR ratios, as the networks take them."""
    return examples.x[index], examples.features[index]


def _first_weights(method, examples, level1, seed):
    from ecgbook.models import create_model
    from ecgbook.models.transfer import freeze, transfer

    config = {"classes": len(examples.classes), "features": len(examples.feature_names)}
    if method == "multi_branch":
        model = create_model("multi_branch_classifier", seed=seed, heads=HEADS, **config)
    else:
        model = create_model("beat_classifier", seed=seed, **config)
    if method != "scratch":
        transfer(model, level1)
    if method == "frozen":
        freeze(model)
    return model


def _against_imbalance(examples, rows, method, seed):
    """Return the rows of one epoch, their targets, and what `fit` does about rare classes."""
    from ecgbook import training
    from ecgbook.training.heads import head_cross_entropy, head_rows

    y = examples.y[rows]
    if method == "multi_branch":
        index, head = head_rows(y, heads=HEADS, seed=seed)
        return rows[index], np.stack([y[index], head], axis=1), {"loss": head_cross_entropy}
    if method == "class_weights":
        weight = np.sqrt(training.class_weights(y, len(examples.classes)))
        return rows, y, {"loss": partial(training.cross_entropy, weight=weight)}
    if method == "focal":
        return rows, y, {"loss": partial(training.focal_loss, gamma=2.0)}
    if method == "as_they_come":
        return rows, y, {}
    share = np.bincount(y, minlength=len(examples.classes))
    return rows, y, {"sample_weights": 1 / np.sqrt(share[y])}


def probabilities(model, x, features):
    """Return what a classifier says of beats, shape (beat, class): level 2 of a cascade."""
    from ecgbook.models.transfer import mean_of_heads
    from ecgbook.training import predict

    logits = predict(model, x, features, progress=False)
    return TASK.probability(logits) if logits.ndim == 2 else mean_of_heads(logits)


def cascade(examples, split, level1, level2):
    """Put level 1 before a classifier, its threshold chosen on the validation part.

    At least `SENSITIVITY` of the abnormal validation beats pass its first level.
    """
    from ecgbook.models.cascade import Cascade
    from ecgbook.training import anomaly_scores

    score = partial(anomaly_scores, level1, precision="bfloat16", progress=False)
    x, abnormal = examples.x[split.valid], examples.y[split.valid] > 0
    at = evaluation.choose_threshold(abnormal, score(x), "specificity", at_least=SENSITIVITY)
    return Cascade(score, level2, threshold=at.value)


def _network(examples, split, work):
    level1 = _level1()
    method, n_labels = work.case["method"], work.case["n_labels"]
    some = {"normal": work.training.examples, "seed": work.seed}
    rows = labelled_rows(examples, split, n_labels, **some)
    options = {"checkpoint": work.checkpoint, "progress": work.progress, "seed": work.seed}
    model = train(examples, split, rows, method, level1=level1, training=work.training, **options)
    parts = [inputs(examples, index) for index in (split.valid, split.test)]
    answer = Answer(*(probabilities(model, *part) for part in parts))
    if (method, n_labels) != ("fine_tuned", "all"):
        return answer
    both = cascade(examples, split, level1, partial(probabilities, model))
    forwarded = [both.forwards(x) for x, _ in parts]
    normal = np.eye(len(examples.classes), dtype=np.float32)[0]
    named = [
        np.where(goes[:, None], own, normal)
        for goes, own in zip(forwarded, answer[:2], strict=True)
    ]
    rejected = [1.0 - goes for goes in forwarded]
    where = {"method": "cascade"}
    return [answer, Answer(*named, where), Answer(*rejected, where, report="rejected")]


def _logistic(examples, split, work, *, encoder):
    some = {"normal": work.training.examples, "seed": work.seed}
    rows = labelled_rows(examples, split, work.case["n_labels"], **some)
    numbers = beside_code(examples, encoder(work.seed) if encoder else None)
    model = beat_baselines.logistic(seed=work.seed).fit(numbers[rows], examples.y[rows])
    return Answer(*(model.predict_proba(numbers[index]) for index in (split.valid, split.test)))


def beside_code(examples, encoder=None):
    """Return the code that an encoder has for each beat, and its RR ratios, ``(beat, number)``."""
    from ecgbook.training import predict

    codes = [] if encoder is None else [predict(encoder, examples.x, progress=False)]
    return np.hstack([*codes, examples.features])


def _level1():
    from ecgbook.released import load_released

    return load_released(LEVEL_1)[0]


def _trained(seed):
    return _level1().encoder


def _untrained(seed):
    from ecgbook.models import create_model

    return create_model("autoencoder", seed=seed).encoder


def _rejected(y, output, patient):
    """Return the share of each class that level 1 stops; the same in all runs."""
    return evaluation.rejected_share(y, output[0] > 0, patient, classes=TASK.classes)


def _data(database, case, training):
    return beats_of(database, records=training.records)


_SEEDS = [0, 1, 2]
_TEN = [*range(10)]
_LABELS = ["all", 10, 30, 100, 300, 1000]
_RECORDS = anomaly.STUDY.trainings["smoke"].records

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
    trainings={
        "smoke": Training(examples=2_000, draws=8_000, records=_RECORDS),
        "cpu": Training(examples=10_000, draws=80_000),
        "gpu": Training(examples=40_000, draws=800_000),
    },
    reports={"rejected": _rejected},
    weights=(LEVEL_1,),
    grid=(
        {
            "method": ["scratch", "frozen", "fine_tuned"],
            "protocol": ["ds1_ds2"],
            "n_labels": _LABELS,
            "seed": _SEEDS,
        },
        {
            "method": ["as_they_come", "class_weights", "focal", "multi_branch"],
            "protocol": ["ds1_ds2"],
            "n_labels": ["all"],
            "seed": _SEEDS,
        },
        {
            "method": ["logistic_rr", "logistic_code", "logistic_untrained"],
            "protocol": ["ds1_ds2"],
            "n_labels": _LABELS,
            "seed": _SEEDS,
        },
    ),
    pairs=(
        ({"method": "fine_tuned"}, {"method": "scratch"}),
        ({"method": "fine_tuned"}, {"method": "frozen"}),
        ({"method": "logistic_code"}, {"method": "logistic_untrained"}),
        ({"method": "fine_tuned", "n_labels": "all"}, {"method": "logistic_code"}),
    ),
)
