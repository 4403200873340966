"""Chapter 7: what a trained method says of whole recordings, at any rate and in windows or not."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from ecgbook import tasks
from ecgbook.classical.rhythm_features import RHYTHM_FEATURES, feature_table, rhythm_features
from ecgbook.classical.rr_baselines import rhythm_logistic, rhythm_trees
from ecgbook.classical.rr_irregularity import RR_MEASURES
from ecgbook.datasets import Split, padded, rhythm_records, rhythm_windows, standardised
from ecgbook.datasets.rhythm import RHYTHM_CLASSES
from ecgbook.evaluation import apply_temperature, fit_temperature
from ecgbook.studies.rhythm_folds import in_one_fold
from ecgbook.studies.rhythm_noise import under_noise
from ecgbook.studies.rhythm_recipes import RECIPES, epochs_of, made
from ecgbook.studies.study import Answer

__all__ = ["CLASSES", "NUMBERS", "TASK", "described", "few_records", "log_probabilities", "network"]
__all__ += ["logits_of", "numbers", "of_records", "one_split", "recordings", "shown", "train"]

CLASSES = RHYTHM_CLASSES
TASK = tasks.single_label(CLASSES, select="challenge2017_f1")

# Methods without a network: the model, the numbers that it is given, and whether it is tried on
# recordings with noise.
NUMBERS = {
    "rr_linear": (rhythm_logistic, RR_MEASURES, False),
    "rr_trees": (rhythm_trees, RR_MEASURES, False),
    "feature_trees": (rhythm_trees, RHYTHM_FEATURES, True),
}
__by_name__ = ("NUMBERS",)


def few_records(database, n):
    """Return the first ``n`` recordings of each rhythm, for a quick look."""
    return [*database.metadata.groupby("label").head(n).index]


def recordings(database, training, fs=None):
    """Return whole recordings in mV at their own rate or at ``fs`` Hz; in a quick look some."""
    n = training.options.get("of_each")
    records = None if n is None else few_records(database, n)
    return rhythm_records(database, records=records, fs=fs)


def described(database, case, training):
    """Return whole recordings in mV, with the numbers that tell their rhythm among the rows."""
    records = recordings(database, training)
    table = feature_table(rhythm_features(database, records=[*records.record]))
    return replace(records, rows=records.rows.assign(**table))


def one_split(records):
    """Learn from three fifths of the recordings, choose on a fifth, and test the last one.

    Each recording is one patient, as nobody tells more; two names of one ECG are one patient. Those
    that the column ``generated`` names, if there is one, are learnt as well.
    """
    generated = np.asarray(records.rows.get("generated", np.zeros(len(records), bool)))
    real, new = np.flatnonzero(~generated), np.flatnonzero(generated)
    split = Split.by_patient(records[real])
    parts = [real[getattr(split, side)] for side in ("train", "valid", "test")]
    return Split(records, np.concatenate([parts[0], new]), *parts[1:], name=split.name)


def shown(records, recipe, stride=None):
    """Return recordings in mV as a network is shown them: scaled, and cut or filled up.

    Windows start every ``stride`` samples, by default one where the last ends.
    """
    scaled = standardised(records)
    if recipe.window:
        windows = rhythm_windows(scaled, size=recipe.window, stride=stride or recipe.window)
        return padded(windows, recipe.window)
    return padded(scaled, recipe.padded) if recipe.padded else scaled


def train(records, split, training, method, *, seed=0, **options):
    """Train the network of a recipe on a split of recordings in mV.

    It is left with the weights of the epoch whose official F1 on the validation part is best, of
    windows if it is shown windows; ``options`` are those of `ecgbook.training.fit`.
    """
    from ecgbook.training import fit

    recipe = RECIPES[method]
    model = made(method, training, classes=len(records.classes), seed=seed)
    learnt = np.random.default_rng(seed).permutation(split.train)[: training.examples]
    learnt = shown(records[learnt], recipe, recipe.stride)
    how = {"task": TASK, "epochs": epochs_of(method, training, len(learnt)), "seed": seed}
    fit(model, learnt, shown(records[split.valid], recipe), **how, **recipe.fit, **options)
    return model


def logits_of(model, examples):
    """Return what a network says of examples, asked in a random order and in batches of 128.

    That changes nothing, unless its modules were built in `forward`: then an answer hangs on its
    neighbours in the batch and on dropout, and neighbours by chance are those that it has learnt
    with. All chance is drawn from a fixed seed.
    """
    import torch

    from ecgbook.training import predict

    order = np.random.default_rng(0).permutation(len(examples))
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        said = predict(model, examples[order], batch_size=128, progress=False)
    return said[np.argsort(order)]


def log_probabilities(model, records, recipe):
    """Return the logarithm of what a network says of recordings in mV, shape (recording, class).

    Of windows it is that of their mean probability.
    """
    examples = shown(records, recipe)
    probability = TASK.probability(logits_of(model, examples))
    if recipe.window:
        probability = of_records(probability, examples.record)
    return np.log(np.maximum(probability, 1e-9))


def of_records(probability, record):
    """Return the mean over the windows of each recording, in the order that they first come in.

    >>> of_records(np.array([[0.0, 1.0], [1.0, 0.0], [0.5, 0.5]]), ["b", "a", "b"])
    array([[0.25, 0.75],
           [1.  , 0.  ]])
    """
    number, names = pd.factorize(np.asarray(record))
    total = np.zeros((len(names), probability.shape[1]))
    np.add.at(total, number, probability)
    return total / np.bincount(number)[:, None]


@in_one_fold
def network(records, split, work):
    """Answer with a network whose temperature is that of the validation part."""
    method, recipe = work.case["method"], RECIPES[work.case["method"]]
    options = {"progress": work.progress, "checkpoint": work.checkpoint, "seed": work.seed}
    model = train(records, split, work.training, method, **options)
    valid, test = records[split.valid], records[split.test]
    said = [log_probabilities(model, part, recipe) for part in (valid, test)]
    temperature = fit_temperature(valid.y, said[0])
    answer = Answer(*(_as_probability(one, temperature) for one in said))
    if not (recipe.tried_on_noise and work.case["protocol"] == "one_split"):
        return answer
    return under_noise(answer, valid, test, partial(_said, model, recipe, temperature))


def _said(model, recipe, temperature, records):
    return _as_probability(log_probabilities(model, records, recipe), temperature)


def _as_probability(logits, temperature):
    return apply_temperature(logits, temperature).astype(np.float32)


@in_one_fold
def numbers(records, split, work):
    """Answer with a linear model or with trees on the numbers of each recording."""
    make, names, tried_on_noise = NUMBERS[work.case["method"]]
    table = feature_table(records, names)
    model = make(seed=work.seed).fit(table.iloc[split.train], records.y[split.train])
    answer = Answer(*(model.predict_proba(table.iloc[i]) for i in (split.valid, split.test)))
    if not (tried_on_noise and work.case["protocol"] == "one_split"):
        return answer
    valid, test = records[split.valid], records[split.test]
    return under_noise(answer, valid, test, partial(_told, model, names))


def _told(model, names, records):
    """Say what is made of recordings that the noise has changed: their numbers are new."""
    changed = replace(records, rows=records.rows.drop(columns=[*RHYTHM_FEATURES]))
    return model.predict_proba(feature_table(changed, names))
