"""Train released networks and write their weights to ecgbook/reference/.

Usage: python tools/release_weights.py NAME [profile], with a name of `RELEASED`.
"""

import sys
from pathlib import Path

import numpy as np
from scipy.special import expit

from ecgbook import open_database, training
from ecgbook.evaluation import (
    apply_temperature,
    choose_confidence,
    choose_thresholds,
    fit_temperature,
)
from ecgbook.studies import (
    anomaly,
    heartbeats,
    infarction,
    lead_methods,
    lead_pretraining,
    lead_records,
    picture_methods,
    rhythm_methods,
    rhythm_noise,
    rhythm_recipes,
    rhythms,
    superclasses,
    twelve_leads,
)
from ecgbook.studies.hierarchy import LEVEL_1

ROOT = Path(__file__).resolve().parent.parent


def level_1(database, profile):
    """Train MadeGAN on normal beats of DS1, unlike the usual beat: chapter 3's run of seed 0."""
    budget, cell = anomaly.STUDY.trainings[profile], anomaly.NETWORKS["madegan"]
    beats = anomaly.beats_of(database, view="template_difference", records=budget.records)
    split = anomaly.SPLITS["ds1_ds2"](beats)
    generator, history = anomaly.train(beats, split, budget, **cell, seed=0)
    best = max(history, key=lambda record: record["valid_score"])
    how = {"classes": ["reconstruction of a beat"], "view": "template_difference"}
    how |= {"epoch": best["epoch"], "valid_auroc": best["valid_score"]}
    return generator, beats, split, how


def heartbeat(database, profile, *, method, split_up, recipe):
    """Train a network of chapter 6: the run of its study with seed 0."""
    beats = heartbeats.STUDY.of_method("data", {"method": method})
    beats = beats(database, {}, heartbeats.STUDY.trainings[profile])
    split = split_up(beats)
    budget = heartbeats.STUDY.trainings[profile]
    model = heartbeats.train(beats, split, budget, method, recipe=recipe, progress=False)
    return model, beats, split, {"classes": beats.classes}


def rhythm(database, profile):
    """Train the network of chapter 7: the run of its study with seed 0, and when it is sure."""
    budget, method = rhythms.STUDY.trainings[profile], rhythms.BEST
    recipe = rhythm_recipes.RECIPES[method]
    records = rhythm_methods.recordings(database, budget, recipe.fs)
    split = rhythm_methods.one_split(records)
    model = rhythm_methods.train(records, split, budget, method, progress=False)
    valid = records[split.valid]
    logits = rhythm_methods.log_probabilities(model, valid, recipe)
    temperature = fit_temperature(valid.y, logits)
    probability = apply_temperature(logits, temperature)
    sure = choose_confidence(valid.y, probability, coverage=rhythm_noise.COVERAGE)
    seconds = records.length / records.fs
    notes = {"temperature": temperature, "limit": sure.value}
    notes |= {"duration_s": [float(np.floor(seconds.min())), float(np.ceil(seconds.max()))]}
    return model, records, split, notes | {"classes": records.classes}


def three_leads(database, profile):
    """Train the best network of chapter 5, and choose from where on it calls a class."""
    budget, method = superclasses.STUDY.trainings[profile], superclasses.BEST
    records = picture_methods.recordings(database)
    split = picture_methods.by_fold(records)
    model = picture_methods.train(records, split, budget, method, progress=False)
    valid = records[split.valid]
    limits = picture_methods.best_thresholds(
        valid.y, picture_methods.logits_of(model, valid, method)
    )
    notes = {"classes": records.classes, "leads": records.leads}
    return model, records, split, notes | {"thresholds": expit(limits).tolist()}


def _of_twelve_leads(database, method):
    """Return recordings and split of chapter 8."""
    case = {"method": method}
    records = lead_methods.data(database, case, twelve_leads.STUDY.trainings["cpu"])
    return records, lead_records.by_fold(records)


def many_labels(database, profile):
    """Train the small network of chapter 8: five superclasses and 26 classes at once."""
    budget, method = twelve_leads.STUDY.trainings[profile], twelve_leads.BEST
    records, split = _of_twelve_leads(database, method)
    model = lead_methods.train(records, split, budget, method, progress=False)
    valid = records[split.valid]
    limits = choose_thresholds(
        valid.y, lead_methods.probabilities(model, valid, method), "f1", otherwise=0.5
    )
    notes = {"classes": records.classes, "leads": records.leads}
    return model, records, split, notes | {"thresholds": limits.tolist()}


def encoder(database, profile):
    """Pretrain the encoder of chapter 8 without labels, and say what it has seen."""
    budget = twelve_leads.STUDY.trainings[profile]
    records, split = _of_twelve_leads(database, "cpc")
    _, seen = lead_pretraining.corpus(records, split, budget)
    model = lead_pretraining.pretrained(records, split, budget, progress=False)
    counts = seen.groupby("source").agg(windows=("record", "size"), records=("record", "nunique"))
    notes = {"classes": ["what comes next"], "leads": records.leads}
    return model, records, split, notes | {"seen": counts.to_dict("index")}


RELEASED = {  # how each is trained, on which database, and with which options
    LEVEL_1: (level_1, "mitdb", {}),
    infarction.BASE: (
        heartbeat,
        "mitdb",
        {"method": "course_cnn", "split_up": heartbeats.by_beat, "recipe": "published"},
    ),
    heartbeats.RELEASED: (
        heartbeat,
        "mitdb",
        {"method": heartbeats.BEST, "split_up": heartbeats.by_patient, "recipe": "one_budget"},
    ),
    rhythms.RELEASED: (rhythm, "challenge-2017", {}),
    superclasses.RELEASED: (three_leads, "ptb-xl", {}),
    twelve_leads.RELEASED: (many_labels, "ptb-xl", {}),
    twelve_leads.ENCODER: (encoder, "ptb-xl", {}),
}


def release(name, profile="cpu"):
    """Train with seed 0 and save a network with what a stranger needs to use it."""
    train, database, how = RELEASED[name]
    database = open_database(database, data="real")
    model, beats, split, notes = train(database, profile, **how)
    training.save_weights(
        ROOT / "ecgbook" / "reference" / f"{name}.safetensors",
        model,
        fs=beats.fs,
        database=f"{database.name} {database.info.version}",
        recipe=beats.recipe,
        split=split.name,
        seed=0,
        **notes,
    )


if __name__ == "__main__":
    release(*sys.argv[1:])
