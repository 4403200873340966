"""Chapter 3: MadeGAN trained for longer, three seeds side by side."""

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from os import cpu_count

from ecgbook.sources import open_database
from ecgbook.store import cache_dir
from ecgbook.studies import anomaly
from ecgbook.studies.anomaly_metrics import judge

__all__ = ["LONG", "run"]

# Chosen after shorter trials by beat, to reach there what BeatGAN reports. On a GPU the usual
# training is long already.
LONG = anomaly.BUDGETS | {"cpu": anomaly.Budget(80_000, 36, 64, 2e-3, 0.01)}

_SEEDS = (0, 1, 2)


def run(*, protocol, profile, data):
    """Judge MadeGAN after a long training; a unit of ``ecgbook study``.

    Each seed trains in a process of its own with one thread, and goes on from its checkpoint in
    the cache if the unit was stopped.

    Parameters
    ----------
    protocol : {"by_beat", "ds1_ds2"}
    profile : {"smoke", "cpu", "gpu"}
    data : {"real", "auto", "synthetic"}

    Returns
    -------
    list of dict
        Fields of `ecgbook.results.Metric`.
    """
    database = open_database("mitdb", data)
    beats = anomaly.beats_of(database, records=LONG[profile].records)
    leaky = anomaly.PROTOCOLS[protocol](beats)[0].leaky
    score = partial(_score, protocol=protocol, profile=profile, data=data)
    with ProcessPoolExecutor(min(len(_SEEDS), cpu_count()), get_context("spawn")) as pool:
        scored = list(pool.map(score, _SEEDS))
    name = f"madegan_long_{protocol}_beat"
    metrics = judge(beats, scored, name, leaky or "nobody on two sides")
    for seed in _SEEDS:
        _checkpoint(seed, protocol, profile, data).unlink()
    common = {"origin": database.origin, "simulated": database.simulated}
    return [metric | common for metric in metrics]


def _score(seed, *, protocol, profile, data):
    """Train one network in a process of its own and return what `anomaly.score_test` does."""
    import torch

    torch.set_num_threads(1)
    budget = LONG[profile]
    beats = anomaly.beats_of(open_database("mitdb", data), records=budget.records)
    options = {"budget": budget, "seed": seed}
    options["checkpoint"] = _checkpoint(seed, protocol, profile, data)
    return anomaly.score_test(beats, protocol, "madegan", **options)


def _checkpoint(seed, *unit):
    return cache_dir() / "training" / f"{'-'.join(['madegan', *unit, str(seed)])}.ckpt"
