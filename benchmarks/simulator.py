"""Speed of the simulator, side by side with NeuroKit2's twelve-lead simulator.

Run on one core: ``OMP_NUM_THREADS=1 python benchmarks/simulator.py``. NeuroKit2 is no dependency:
without it only our own speed is shown. Both make ten seconds of twelve leads at 500 Hz with noise.
"""

import statistics
import time
import warnings

import numpy as np
from _timing import paired, print_table

from ecgbook.simulator import CONDITIONS, TWELVE_LEADS, simulate

DURATION_S, FS = 10, 500
BATCH = 20


def real_time_factor(condition):
    """Return seconds of ECG per second of processor, median over rounds of a batch."""
    factors = []
    for round_ in range(9):
        start = time.process_time()
        simulate(condition, n=BATCH, duration_s=DURATION_S, fs=FS, seed=round_)
        factors.append(BATCH * DURATION_S / (time.process_time() - start))
    return statistics.median(factors)


def identity_error(signal):
    """Return the largest violation of I + III = II in mV; signal is (lead, time)."""
    one, two, three = (signal[TWELVE_LEADS.index(name)] for name in ("I", "II", "III"))
    return float(np.abs(one + three - two).max())


def neurokit_ecg():
    """Return twelve leads of NeuroKit2 in mV, shape (lead, time), or None without NeuroKit2."""
    try:
        import neurokit2
    except ImportError:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = neurokit2.ecg_simulate(
            duration=DURATION_S, sampling_rate=FS, method="multileads", random_state=0
        )
    return frame[list(TWELVE_LEADS)].to_numpy().T


def main():
    simulate()
    print("Seconds of ECG (12 leads, 500 Hz, with noise) per second of one core:")
    for condition in CONDITIONS:
        print(f"  {condition:24} {real_time_factor(condition):8,.0f}")
    other = neurokit_ecg()
    print(f"largest |I + III - II|: ecgbook {identity_error(simulate().signal[0]):.1e} mV")
    if other is None:
        print("neurokit2 is not installed: pip install neurokit2 to compare")
        return
    print(f"largest |I + III - II|: neurokit2 {identity_error(other):.1e} mV")
    result = paired(lambda: simulate(duration_s=DURATION_S, fs=FS), neurokit_ecg, rounds=5)
    print_table("12 leads, 10 s, 500 Hz", [("one ECG, against neurokit2", result)])


if __name__ == "__main__":
    main()
