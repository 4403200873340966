"""Chapter 8: what a trained network, and what is not deep, says of 31 labels of twelve leads."""

from functools import partial
from itertools import product

import numpy as np
from scipy.special import expit

from ecgbook import tasks
from ecgbook.conventions import TWELVE_LEADS
from ecgbook.datasets import LEAD_SETS, few_of_each_superclass, standardised, with_leads
from ecgbook.sources.ptbxl import SUPERCLASSES
from ecgbook.studies.lead_crops import CROPS, begins, of_crops
from ecgbook.studies.lead_judging import answers_of, views
from ecgbook.studies.lead_recipes import RECIPES, LeadRecipe, epochs_of, made
from ecgbook.studies.lead_records import (
    CLASSES,
    COMMON,
    columns_of,
    judged_rows,
    learnt_rows,
    learnt_target,
    recordings,
)
from ecgbook.training.masked import masked_binary_cross_entropy

__all__ = ["data", "fitted", "kernels", "network", "probabilities", "train", "trees"]


def train(records, split, training, method, *, labels="both", leads=12, seed=0, **options):
    """Train the network of a recipe on a split of recordings in mV, and return it.

    It is left with the weights of the epoch whose mean AUROC on the validation part is best, over
    the superclasses and the common ones of the Challenge. ``labels`` are those of
    `ecgbook.studies.lead_records.learnt_target`, ``leads`` a lead set of the Challenge; ``options``
    are those of `ecgbook.training.fit`. Validation has all its labels, whatever training lacks.
    """
    rows = learnt_rows(records, split, labels, training, seed)
    model = made(method, seed=seed, leads=leads, classes=len(_classes_of(labels)))
    shown = _with_the_leads(records, method, leads)
    how = {"labels": labels, "seed": seed, **options}
    return fitted(model, shown, split, rows, training, method, **how)


def fitted(model, records, split, rows, training, method, labels="both", *, seed=0, **options):
    """Train a network that is made already on the recordings ``rows``; see `train`."""
    from ecgbook.training import fit

    recipe = RECIPES[method]
    target = learnt_target(records, rows, labels, seed)
    share = tuple((target >= 0).mean(axis=0).tolist())
    loss = partial(masked_binary_cross_entropy, share=share)
    task = tasks.multi_label(_classes_of(labels), loss=loss, select=recipe.select)
    chosen, chosen_target = _to_choose_by(records, split, labels)
    x, x_chosen = (_shown(records[part], recipe) for part in (rows, chosen))
    if recipe.size:  # validation is cut in the middle
        begin = int(begins(x_chosen.shape[2], recipe.size, "centre", 1)[0, 0])
        x_chosen = np.ascontiguousarray(x_chosen[:, :, begin : begin + recipe.size])
    how = {"epochs": epochs_of(method, training, len(rows)), "augment": recipe.augment}
    how |= {**recipe.fit, "seed": seed, **options}
    fit(model, (x, target), (x_chosen, chosen_target), task=task, **how)
    return model


def _to_choose_by(records, split, labels):
    """Return validation rows and targets, in which rare classes are passed over."""
    rows = split.valid
    if labels == "superclasses":
        rows = rows[judged_rows(records[rows], "superclasses")]
        return rows, learnt_target(records, rows, labels)
    target = learnt_target(records, rows, "both")
    rare = np.setdiff1d(np.arange(len(CLASSES)), columns_of((*SUPERCLASSES, *COMMON)))
    target[:, rare] = -1
    return rows, target


def _classes_of(labels):
    return SUPERCLASSES if labels == "superclasses" else CLASSES


def _shown(records, recipe):
    """Return what a network is shown of recordings in mV."""
    return np.ascontiguousarray((standardised(records) if recipe.scaled else records).x)


def probabilities(model, records, method, *, crop="whole", seed=0):
    """Return what a network says of recordings in mV, (record, class) over `CLASSES`.

    Classes that it has not learnt are NaN. ``crop`` is one of
    `ecgbook.studies.lead_crops.CROPS`, where a recipe has crops; ``seed`` that of random ones.
    """
    from ecgbook.training import predict

    def say(x):
        return expit(predict(model, x, batch_size=128, progress=False).astype(np.float64))

    recipe = RECIPES[method]
    x = _shown(records, recipe)
    said = of_crops(say, x, recipe.size or x.shape[2], crop, seed)
    return _over_all(said)


def _over_all(said):
    """Return answers about the first of the classes as answers about all, NaN for the others."""
    whole = np.full((len(said), len(CLASSES)), np.nan)
    whole[:, : said.shape[1]] = said
    return whole


def network(records, split, work):
    """Answer with a network: by whole recordings or crops, and with one or several lead sets."""
    case, method = work.case, work.case["method"]
    how = {"labels": case["labels"], "leads": case.get("leads", 12), "seed": work.seed}
    options = {"progress": work.progress, "checkpoint": work.checkpoint}
    model = train(records, split, work.training, method, **how, **options)
    recipe, usual = RECIPES[method], case["labels"] == "both" and case.get("leads") == 12
    which = _views_of(records, case["labels"], in_full=recipe.in_full and usual)
    crops = CROPS if recipe.size else ("whole",)
    answers = []
    for crop, leads in product(crops, _lead_sets(method, how["leads"])):
        shown = _with_the_leads(records, method, leads)
        parts = (shown[rows] for rows in (split.valid, split.test))
        said = [probabilities(model, one, method, crop=crop, seed=work.seed) for one in parts]
        answers += answers_of(records, split, said, which, crop=crop, leads=leads)
    return answers


def _views_of(records, labels, *, in_full=False):
    elsewhere = (records.rows["source"] != records.rows["source"].iloc[0]).any()
    return views(labels=labels, elsewhere=elsewhere, in_full=in_full)


def _lead_sets(method, leads):
    return (*LEAD_SETS,) if RECIPES[method].any_leads else (leads,)


def _with_the_leads(records, method, leads):
    """Return recordings with a lead set: of one network for all sets, the others are 0."""
    if leads == len(TWELVE_LEADS):
        return records
    return with_leads(records, leads, others="zero" if RECIPES[method].any_leads else "drop")


def kernels(records, split, work):
    """Answer with random kernels over all leads and a ridge regression for each label."""
    from sklearn.preprocessing import StandardScaler

    from ecgbook.classical.label_ridge import LabelRidge
    from ecgbook.classical.random_kernels import RandomKernels

    rows = learnt_rows(records, split, "both", work.training, work.seed)
    drawn = RandomKernels(work.training.options["kernel_features"], seed=work.seed)
    drawn.fit(records.x[rows])
    scaler = StandardScaler().fit(features := drawn.transform(records.x[rows]))
    asked = (scaler.transform(drawn.transform(records.x[i])) for i in (split.valid, split.test))
    said = _label_by_label(LabelRidge, records, rows, scaler.transform(features), [*asked])
    return answers_of(records, split, said, _views_of(records, "both"), crop="whole")


def trees(records, split, work):
    """Answer with boosted trees on the median beat of all leads and the RR intervals."""
    from ecgbook.classical.label_trees import LabelTrees
    from ecgbook.classical.median_beats import beat_table

    rows = learnt_rows(records, split, "both", work.training, work.seed)
    table = beat_table(records).to_numpy()
    make = partial(LabelTrees, rounds=work.training.options["rounds"], seed=work.seed)
    asked = [table[i] for i in (split.valid, split.test)]
    said = _label_by_label(make, records, rows, table[rows], asked)
    return answers_of(records, split, said, _views_of(records, "both"), crop="whole")


def _label_by_label(make, records, rows, features, asked):
    """Learn both sets of labels, each from the recordings that have one; return what is said."""
    said = [np.full((len(one), len(CLASSES)), np.nan) for one in asked]
    for judged, own in (("superclasses", slice(0, 5)), ("challenge", slice(5, len(CLASSES)))):
        has = judged_rows(records[rows], judged)
        model = make().fit(features[has], records.y[rows[has], own])
        for part, one in zip(said, asked, strict=True):
            part[:, own] = model.predict_proba(one)
    return said


def data(database, case, training):
    """Return the recordings of a case; in a quick look some.

    LUDB is among them where a method reads twelve whole leads.
    """
    n = training.options.get("of_each")
    records = None if n is None else few_of_each_superclass(database, n)
    recipe = RECIPES.get(case["method"], LeadRecipe(model=""))
    elsewhere = case.get("leads") == len(TWELVE_LEADS) and not recipe.size
    return recordings(database, fs=recipe.fs, records=records, elsewhere=elsewhere)
