"""Train level 1 of chapter 4 and write its weights to ecgbook/reference/.

It is MadeGAN on the normal beats of DS1, each seen as unlike the usual beat of its recording:
the run of chapter 3 with seed 0. Usage: python tools/release_weights.py [profile]
"""

import sys
from pathlib import Path

from ecgbook import open_database, training
from ecgbook.studies import anomaly
from ecgbook.studies.hierarchy import LEVEL_1

ROOT = Path(__file__).resolve().parent.parent


def release(profile):
    """Train with seed 0 and save the generator with what a stranger needs to use it."""
    database = open_database("mitdb", data="real")
    budget = anomaly.STUDY.trainings[profile]
    beats = anomaly.beats_of(database, view="template_difference", records=budget.records)
    split = anomaly.SPLITS["ds1_ds2"](beats)
    how = anomaly.NETWORKS["madegan"]
    generator, history = anomaly.train(beats, split, budget, seed=0, **how)
    best = max(history, key=lambda record: record["valid_score"])
    training.save_weights(
        ROOT / "ecgbook" / "reference" / f"{LEVEL_1}.safetensors",
        generator,
        classes=["reconstruction of a beat"],
        fs=beats.fs,
        database=f"mitdb {database.info.version}",
        recipe=beats.recipe,
        view="template_difference",
        split=split.name,
        seed=0,
        epoch=best["epoch"],
        valid_auroc=best["valid_score"],
    )
    for record in history:
        print(record)


if __name__ == "__main__":
    release(*sys.argv[1:] or ["cpu"])
