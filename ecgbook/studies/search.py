"""Chapter 6: the settings of a network searched for as the report did, and chosen on validation."""

from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pandas as pd
from tqdm import tqdm

from ecgbook.errors import TrainingFailed
from ecgbook.labels import label
from ecgbook.studies.study import Answer

__all__ = ["CHOICES", "METHODS", "MODEL", "PUBLISHED", "TRIALS"]
__all__ += ["answer", "report", "searched", "train"]

METHODS = ("searched_cnn",)
MODEL = "vanilla_cnn"
TRIALS = 25  # as published for these beats, with another library
SHARE = 0.06  # of the draws of a whole training are those of a trial

# Pairs of convolutions, channels of the first (each next pair has twice as many), samples of a
# kernel, and size of the first layer of the head (the second has half of it).
CHOICES = {
    "pairs": (2, 3),
    "width": (8, 16, 32),
    "kernel": (3, 5, 7),
    "hidden": (64, 128, 256, 512),
    "dropout": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
}
RATES = (3e-4, 1e-2)  # lowest and highest `lr`
PUBLISHED = {"pairs": 3, "width": 16, "kernel": 5, "hidden": 512, "dropout": 0.1}

_SCORE = "macro_f1"


def searched(
    beats,
    split,
    training,
    *,
    trials=TRIALS,
    share=SHARE,
    seed=0,
    checkpoint=None,
    progress=False,
):
    """Search for the settings of `MODEL` with the best macro F1 on the validation part.

    Each trial is a short training of its own, judged by its best epoch; the first has the
    published settings and the rate of ``training``, ten are drawn at random, and Optuna's
    tree-structured Parzen estimator proposes the others. The test part is not looked at. Short
    trainings favour settings that learn fast: those found need not be best for long ones.

    Parameters
    ----------
    beats, split : Examples, Split
    training : Training
        That of a whole training.
    trials : int
        Number of settings that are tried; fewer than one are a `TrainingFailed`.
    share : float
        Share of the draws of ``training`` that a trial sees, in whole epochs of at most as many
        different beats.
    seed : int
        Seed of the proposals and of every trial: on a CPU it decides the result.
    checkpoint : path-like, optional
        Name beside which each trial keeps its state, so that a search cut off goes on.
    progress : bool
        Show a bar over the trials.

    Returns
    -------
    settings : dict
        Those of the best trial, the first of equals.
    table : DataFrame
        One row a trial, numbered from 1: its settings, and ``macro_f1`` on validation.
    """
    if trials < 1:
        raise TrainingFailed(f"a search needs at least one trial, got trials={trials}")
    draws = round(share * training.draws)
    short = replace(training, examples=min(training.examples, draws), draws=draws)
    rows = []
    with _proposals(seed) as study:
        study.enqueue_trial(PUBLISHED | {"lr": training.lr})
        for number in tqdm(range(trials), "search", unit="trial", delay=2, disable=not progress):
            trial = study.ask()
            settings = {name: trial.suggest_categorical(name, CHOICES[name]) for name in CHOICES}
            settings["lr"] = trial.suggest_float("lr", *RATES, log=True)
            own = checkpoint and checkpoint.with_name(f"{checkpoint.name}.trial-{number}")
            options = {"seed": seed, "checkpoint": own, "progress": False}
            score = train(beats, split, short, settings, **options)[1]
            study.tell(trial, score)
            rows.append(settings | {_SCORE: score})
    table = pd.DataFrame(rows, index=pd.RangeIndex(1, trials + 1, name="trial"))
    best = rows[int(table[_SCORE].argmax())]
    return {name: value for name, value in best.items() if name != _SCORE}, table


@contextmanager
def _proposals(seed):
    """Give a study of Optuna that lives in memory, and keep its log quiet meanwhile."""
    try:
        import optuna
    except ImportError as error:
        raise TrainingFailed(
            "a search for settings needs Optuna; run pip install 'ecgbook[search]'"
        ) from error
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        sampler = optuna.samplers.TPESampler(seed=seed)
        yield optuna.create_study(sampler=sampler, direction="maximize")
    finally:
        optuna.logging.set_verbosity(before)


def train(beats, split, training, settings, *, seed=0, **options):
    """Train `MODEL` with some settings as the study trains it with the published ones.

    Returns it with the weights of its best epoch, and that epoch's score on the validation part.
    ``options`` are those of `ecgbook.training.fit`.
    """
    from ecgbook.models import create_model
    from ecgbook.studies import heartbeats  # lists this method, so it is there only now
    from ecgbook.training import fit

    model = create_model(MODEL, classes=len(beats.classes), seed=seed, **_config(**settings))
    learnt = np.random.default_rng(seed).permutation(split.train)[: training.examples]
    how = heartbeats._one_budget(replace(training, lr=settings["lr"]), MODEL)
    how |= {"epochs": training.epochs(len(learnt)), "seed": seed} | options
    history = fit(model, beats[learnt], beats[split.valid], **how)
    return model, max(epoch["valid_score"] for epoch in history)


def _config(*, pairs, width, kernel, hidden, dropout, lr):
    """Return settings as the network takes them.

    What it pools is not among them: pooling over channels was a mistake, not a choice.
    """
    widths = tuple(width * 2**number for number in range(pairs))
    head = hidden, hidden // 2
    return {"widths": widths, "kernels": (kernel,) * pairs, "hidden": head, "dropout": dropout}


def answer(beats, split, work):
    """Answer with the network that was found and trained with the whole budget.

    A second answer, for `report`, holds the settings found and the scores of all trials in each
    of its rows; its field ``found`` says the settings in words.
    """
    from ecgbook.studies import heartbeats
    from ecgbook.training import predict

    options = {"progress": work.progress, "checkpoint": work.checkpoint, "seed": work.seed}
    found, table = searched(beats, split, work.training, trials=TRIALS, **options)
    model, _ = train(beats, split, work.training, found, **options)
    parts = [split.valid, split.test]
    outputs = [predict(model, beats[part], progress=False) for part in parts]
    said = [heartbeats.TASK.probability(output).astype(np.float32) for output in outputs]
    facts = np.array([*found.values(), *table[_SCORE]], np.float32)
    facts = [np.tile(facts, (len(part), 1)) for part in parts]
    return [Answer(*said), Answer(*facts, {"found": _words(**found)}, report="search")]


def _words(*, pairs, width, kernel, hidden, dropout, lr):
    return (
        f"{pairs} pairs of convolutions from {width} channels, kernel {kernel}, "
        f"head of {hidden} and {hidden // 2}, dropout {dropout}, learning rate {lr:.2g}"
    )


def report(y, output, patient):
    """Return the rows of a search: each ``setting`` found, and ``trial_macro_f1`` of each trial.

    ``output`` has the same numbers for each run and example, those of `answer`.
    """
    names = [label(name) for name in (*CHOICES, "lr")]
    numbers = [float(str(number)) for number in output[0, 0]]  # 0.002, not 0.0020000000949949026
    rows = [("setting", *pair) for pair in zip(names, numbers, strict=False)]
    for number, score in enumerate(numbers[len(names) :], start=1):
        rows.append((f"trial_{_SCORE}", f"trial {number}", score))
    return pd.DataFrame(rows, columns=["score", "class", "value"])
