"""Two ways of doing one thing, timed side by side."""

import statistics
import time
from dataclasses import dataclass

from tqdm import tqdm


@dataclass(frozen=True)
class Paired:
    """Median seconds of both ways, and the median of theirs/ours over the rounds."""

    ours_s: float
    theirs_s: float
    ratio: float


def paired(ours, theirs, rounds=7):
    """Time two functions in alternating order, after one round that does not count.

    A ratio within a round compares two runs under the same load of the machine, so its median
    says more than the ratio of two medians, and much more than one timing.
    """
    ours(), theirs()
    times = []
    for n in tqdm(range(rounds), desc="rounds", leave=False):
        first, second = (ours, theirs) if n % 2 else (theirs, ours)
        taken = {function: _seconds(function) for function in (first, second)}
        times.append((taken[ours], taken[theirs]))
    mine, other = zip(*times, strict=True)
    ratios = [theirs_s / ours_s for ours_s, theirs_s in times]
    return Paired(statistics.median(mine), statistics.median(other), statistics.median(ratios))


def print_table(title, rows):
    """Print one line for each (name, Paired)."""
    print(title)
    print(f"{'':44} {'ecgbook':>12} {'other':>12} {'ratio':>8}")
    for name, result in rows:
        print(
            f"{name:44} {1e3 * result.ours_s:9.2f} ms {1e3 * result.theirs_s:9.2f} ms "
            f"{result.ratio:7.1f}x"
        )


def _seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start
