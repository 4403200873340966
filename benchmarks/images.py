"""Pictures of heartbeats and of ten seconds, against pyts 0.13: same values, timed.

    OMP_NUM_THREADS=1 ECGBOOK_MIRROR=... python benchmarks/images.py

One thread on both sides. Signals are lead MLII of MIT-BIH, simulated where there is none: windows
of 187 samples at 125 Hz, and of 1,000 samples at 100 Hz, to pictures of 64 and 256 pixels a side.
Before anything is timed, the pictures of both are compared. pyts gets float64, as it computes,
and this package float32, as networks take it. The last lines say whether the ratios reach what is
promised.
"""

from functools import partial

import numpy as np
import torch
from _timing import paired, print_table
from pyts.image import GramianAngularField, MarkovTransitionField, RecurrencePlot

from ecgbook import open_database
from ecgbook.images import gadf, gasf, mtf, recurrence

# Samples a signal, Hz, pixels a side, signals at once, rounds.
CASES = ((187, 125, 187, 64, 15), (1000, 100, 64, 64, 7), (1000, 100, 256, 32, 7))
KINDS = {
    "GASF": (gasf, partial(GramianAngularField, method="summation")),
    "GADF": (gadf, partial(GramianAngularField, method="difference")),
    "MTF": (mtf, MarkovTransitionField),
}


def windows(time, fs, n):
    """Return ``n`` windows of the records there are, float32 (window, time)."""
    database, found = open_database("mitdb", data="auto"), []
    for record in database.records:
        signal = database.read(record).resample(fs).signal[0]
        found += list(signal[: len(signal) // time * time].reshape(-1, time)[:: 7 if n < 50 else 3])
        if len(found) >= n:
            return torch.tensor(np.stack(found[:n]))
    raise SystemExit(f"there are no {n} windows of {time} samples")


def compare(x, ours, theirs, rounds):
    """Stop unless both give the same pictures, then time them in turn."""
    y = x.double().numpy()
    off = np.abs(ours(x).numpy() - theirs.transform(y)).max()
    if off > 1e-5:
        raise SystemExit(f"pictures differ by up to {off:.1e}")
    return paired(lambda: ours(x), lambda: theirs.transform(y), rounds)


def promised(kind, time):
    """Return how many times pyts' speed is promised."""
    return {"MTF": 3 if time == 187 else 50}.get(kind, 2)


def main():
    """Print one line a picture, and whether each ratio is as promised."""
    torch.set_num_threads(1)
    rows, verdicts = [], []
    for time, fs, size, n, rounds in CASES:
        x = windows(time, fs, n)
        cases = [(k, partial(f, size=size), t(image_size=size)) for k, (f, t) in KINDS.items()]
        if size == time:  # pyts has no smaller one
            cases.append(("recurrence", recurrence, RecurrencePlot()))
        for kind, ours, theirs in cases:
            name = f"{kind}, {n} signals, {time} to {size}"
            result = compare(x, ours, theirs, rounds)
            rows.append((name, result))
            least = promised(kind, time)
            reached = "reached" if result.ratio >= least else "NOT REACHED"
            verdicts.append(f"{name}: {least}x promised, {reached}")
    print_table("Pictures, one thread (other: pyts)", rows)
    print("\n".join(verdicts))


if __name__ == "__main__":
    main()
