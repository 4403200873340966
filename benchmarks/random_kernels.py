"""Random kernels on twelve leads, against aeon's MiniRocket, or against one kernel after another.

Run ``python benchmarks/random_kernels.py``; where aeon is installed as well, it is the other side,
compiled before it is timed. Both make 9,996 features on one thread. They draw leads by chance, so
the features differ; before anything is timed, ours are compared with one kernel after another.
"""

import os

# Before numpy and numba are imported.
os.environ |= {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}

import numpy as np
from _timing import paired, print_table

from ecgbook.classical.random_kernels import KERNELS, RandomKernels

RECORDINGS, LEADS, SAMPLES = 16, 12, 1000


def recordings():
    """Return made-up recordings of whole numbers, whose sums are exact in any order."""
    steps = np.random.default_rng(0).integers(-9, 10, size=(RECORDINGS, LEADS, SAMPLES))
    return steps.cumsum(axis=2).astype(np.float32)


def one_after_another(kernels, x):
    """Compute the features as most would write them down: convolutions from numpy, in a loop."""
    features = np.empty((len(x), len(kernels.threshold_)), np.float32)
    columns = kernels.kernel_, kernels.dilation_, kernels.padded_, kernels.leads_
    for i, (kernel, dilation, padded, leads) in enumerate(zip(*columns, strict=True)):
        spread = np.zeros(8 * dilation + 1, np.float32)
        spread[::dilation] = KERNELS[kernel, ::-1]
        for row, recording in zip(features, x, strict=True):
            mode = "full" if padded else "valid"
            output = np.convolve(recording[leads].sum(axis=0), spread, mode)
            output = output[4 * dilation : len(output) - 4 * dilation] if padded else output
            row[i] = (output > kernels.threshold_[i]).mean()
    return features


def other_side(x):
    """Return the name and the transform of what is compared with, and on how many recordings."""
    try:
        from aeon.transformations.collection.convolution_based import MiniRocket
    except ImportError:
        kernels = RandomKernels().fit(x)
        return "one kernel after another", lambda few: one_after_another(kernels, few), 1
    theirs = MiniRocket(random_state=0, n_jobs=1).fit(x)
    return "aeon", theirs.transform, RECORDINGS


def main():
    x = recordings()
    ours = RandomKernels().fit(x)
    expected = one_after_another(RandomKernels(840).fit(x), x[:1])
    np.testing.assert_allclose(RandomKernels(840).fit(x).transform(x[:1]), expected, rtol=1e-6)
    name, theirs, n = other_side(x)
    few = x[:n]
    row = paired(lambda: ours.transform(few), lambda: theirs(few), rounds=5)
    print_table(
        f"Random kernels (other: {name})",
        [(f"{n} recordings of {LEADS} leads, {SAMPLES} samples", row)],
    )


if __name__ == "__main__":
    main()
