"""Chapter 8: what a network gains from ECGs without labels, when labels are few."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ecgbook.datasets.unlabelled import on_twelve_leads, refuse_seen, unlabelled_windows
from ecgbook.sources import open_database
from ecgbook.studies.lead_judging import View, answers_of
from ecgbook.studies.lead_methods import fitted, probabilities
from ecgbook.studies.lead_recipes import RECIPES, epochs_of, made
from ecgbook.studies.lead_records import learnt_rows

__all__ = ["ELSEWHERE", "PERCENTS", "WAYS", "answer", "corpus", "few_rows", "pretrained", "started"]

ELSEWHERE = ("mitdb", "challenge-2017")  # whose people are in no other database here
PERCENTS = (1, 10, 100)  # of the training recordings, whose labels may be used
WAYS = ("linear_probe", "fine_tuned", "scratch")

_CLASSIFIER = "cpc_classifier"


def corpus(records, split, training, seed=0):
    """Return all that is seen without labels, and where it comes from.

    The training part of PTB-XL as a whole, and windows drawn at random from `ELSEWHERE`, at most
    ``unlabelled`` of the training's options from each; ``few`` there are the recordings of a quick
    look. Validation and test recordings are not among them: `PatientLeak` is raised if one is,
    under whatever name.

    Returns
    -------
    x : array of float32, shape (window, 12, time)
        In mV; a lead that was not recorded is 0.
    table : DataFrame
        A row a window: ``source``, ``record`` and ``patient``.
    """
    own = records.rows.iloc[split.train]
    parts, tables = [records.x[split.train]], [own[["source", "record", "patient"]]]
    kind = "synthetic" if records.recipe["simulated"] else "real"
    for name in ELSEWHERE:
        database = open_database(name, kind)
        few = training.options.get("few")
        taken = unlabelled_windows(database, records=few and database.records[:few])
        order = np.random.default_rng(seed).permutation(len(taken))
        taken = taken[order[: training.options["unlabelled"]]]
        parts.append(on_twelve_leads(taken))
        tables.append(taken.rows[["record", "patient"]].assign(source=name))
    x = np.concatenate(parts)
    refuse_seen(x, records.x[np.concatenate([split.valid, split.test])])
    return x, pd.concat(tables, ignore_index=True)


def pretrained(records, split, training, *, seed=0, **options):
    """Return a `ecgbook.models.CPC` that has learnt to tell what comes next in the `corpus`.

    The epoch is the one that does so best on the validation part of PTB-XL; ``options`` are those
    of `ecgbook.training.fit`.
    """
    from ecgbook.training import pretrain

    x, _ = corpus(records, split, training, seed)
    recipe = RECIPES["cpc"]
    how = {**recipe.fit, "augment": recipe.augment, "seed": seed, **options}
    how["epochs"] = epochs_of("cpc", training, len(x))
    model = made("cpc", seed=seed)
    pretrain(model, x, records.x[split.valid], **how)
    return model


def few_rows(records, split, percent, training, seed=0):
    """Return the training recordings whose superclasses may be used, some per cent of all.

    Of one seed, few are a part of more.
    """
    rows = learnt_rows(records, split, "superclasses", training, seed)
    return rows[: max(2, round(percent / 100 * len(rows)))]


def started(way, encoder, seed=0):
    """Return a classifier of five classes as one of `WAYS` starts it.

    ``linear_probe`` and ``fine_tuned`` have the trunk of the encoder, which the first one keeps as
    it is; ``scratch`` has the trunk that the seed draws.
    """
    from ecgbook.models import copy_trunk, freeze_trunk

    model = made(_CLASSIFIER, seed=seed, classes=5)
    if way != "scratch":
        copy_trunk(model, encoder)
    if way == "linear_probe":
        freeze_trunk(model)
    return model


def answer(records, split, work):
    """Answer in each of `WAYS` after each of `PERCENTS` of the labels.

    In all of them the epoch is chosen on the whole validation part. With fewer recordings there are
    more epochs, but not as many more: with a hundredth of them about three times as many.
    """
    where = work.checkpoint
    how = {"seed": work.seed, "progress": work.progress}
    encoder = pretrained(
        records, split, work.training, **how, checkpoint=where and where.with_suffix(".encoder")
    )
    answers = []
    for percent in PERCENTS:
        rows = few_rows(records, split, percent, work.training, work.seed)
        training = _for_few(work.training, percent)
        for way in WAYS:
            own = where and where.with_suffix(f".{way}_{percent}")
            model = started(way, encoder, work.seed)
            how |= {"batch_size": min(32, len(rows)), "checkpoint": own}
            about = records, split, rows, training, _CLASSIFIER, "superclasses"
            fitted(model, *about, **how)
            parts = (records[part] for part in (split.valid, split.test))
            said = [probabilities(model, part, _CLASSIFIER) for part in parts]
            fields = {"crop": "whole", "way": way, "labels_percent": percent}
            answers += answers_of(records, split, said, [View("superclasses")], **fields)
    return answers


def _for_few(training, percent):
    """Return a training with so many draws that a hundredth is seen 100 ** (1/4) times as often."""
    return replace(training, draws=round(training.draws * (percent / 100) ** 0.75))
