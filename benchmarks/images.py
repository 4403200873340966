"""Pictures of heartbeats and of ten seconds, against pyts 0.13: same values, timed.

    OMP_NUM_THREADS=1 ECGBOOK_MIRROR=... python benchmarks/images.py

One thread on both sides. Signals are lead MLII of MIT-BIH, simulated where there is none: windows
of 187 samples at 125 Hz, and of 1,000 samples at 100 Hz, to pictures of 64 and 256 pixels a side.
Before anything is timed, the pictures of both are compared. pyts gets float64, as it computes,
and this package float32, as networks take it. The last lines say whether the ratios reach what is
promised.
"""

import time
from functools import partial
from types import SimpleNamespace

import numpy as np
import torch
from _timing import Paired, paired, print_table
from pyts.image import GramianAngularField, MarkovTransitionField, RecurrencePlot

from ecgbook import open_database
from ecgbook.images import gadf, gasf, mtf, recurrence

# Samples a signal, Hz, pixels a side, signals at once.
CASES = ((187, 125, 187, 16), (1000, 100, 64, 32), (1000, 100, 256, 16))
ROUND_S = 0.2  # what a round of each takes at least, so that a machine in use slows both alike
KINDS = {
    "GASF": (gasf, partial(GramianAngularField, method="summation")),
    "GADF": (gadf, partial(GramianAngularField, method="difference")),
    "MTF": (mtf, MarkovTransitionField),
}


def windows(samples, fs, n):
    """Return ``n`` windows of the records there are, float32 (window, time)."""
    database, found = open_database("mitdb", data="auto"), []
    for record in database.records:
        signal = database.read(record).resample(fs).signal[0]
        found += list(signal[: len(signal) // samples * samples].reshape(-1, samples)[::7])
        if len(found) >= n:
            return torch.tensor(np.stack(found[:n]))
    raise SystemExit(f"there are no {n} windows of {samples} samples")


def compare(x, ours, theirs, rounds=7):
    """Stop unless both give the same pictures, then time them in turn, each several times."""
    y = x.double().numpy()
    off = np.abs(ours(x).numpy() - theirs.transform(y)).max()
    if off > 1e-5:
        raise SystemExit(f"pictures differ by up to {off:.1e}")
    mine, other = repeated(ours, x), repeated(theirs.transform, y)
    result = paired(mine.run, other.run, rounds)
    return Paired(
        result.ours_s / mine.times,
        result.theirs_s / other.times,
        result.ratio * mine.times / other.times,
    )


def repeated(function, signals):
    """Return what calls a function so often that it takes some time, and how often that is.

    A side that is done within one slice of a processor in use would look too fast.
    """
    function(signals)
    start = time.process_time()
    function(signals)
    times = max(1, round(ROUND_S / (time.process_time() - start)))

    def run():
        for _ in range(times):
            function(signals)

    return SimpleNamespace(run=run, times=times)


def promised(kind, samples):
    """Return how many times pyts' speed is promised."""
    return {"MTF": 3 if samples == 187 else 50}.get(kind, 2)


def main():
    """Print one line a picture, and whether each ratio is as promised."""
    torch.set_num_threads(1)
    rows, verdicts = [], []
    for samples, fs, size, n in CASES:
        x = windows(samples, fs, n)
        cases = [(k, partial(f, size=size), t(image_size=size)) for k, (f, t) in KINDS.items()]
        if size == samples:  # pyts has no smaller one
            cases.append(("recurrence", recurrence, RecurrencePlot()))
        for kind, ours, theirs in cases:
            name = f"{kind}, {n} signals, {samples} to {size}"
            result = compare(x, ours, theirs)
            rows.append((name, result))
            least = promised(kind, samples)
            reached = "reached" if result.ratio >= least else "NOT REACHED"
            verdicts.append(f"{name}: {least}x promised, {reached}")
    print_table("Pictures, one thread (other: pyts)", rows)
    print("\n".join(verdicts))


if __name__ == "__main__":
    main()
