"""R peaks of half an hour of ECG: our detector against biosppy's and wfdb's.

    OMP_NUM_THREADS=1 ECGBOOK_MIRROR=... python benchmarks/peaks.py

One thread, the first lead of three records: clean, noisy, and with many ectopic beats.
Without MIT-BIH at hand the records are simulated.
"""

from functools import partial

from _timing import paired, print_table

from ecgbook import open_database
from ecgbook.signals import r_peaks

RECORDS = ("100", "105", "208")
ROUNDS = {"biosppy": 9, "wfdb": 5}


def main():
    database = open_database("mitdb", data="auto")
    rows = []
    for record in RECORDS:
        ecg = database.read(record)
        for method, rounds in ROUNDS.items():
            result = paired(partial(r_peaks, ecg), partial(r_peaks, ecg, method=method), rounds)
            rows.append((f"{record}, {ecg.duration_s / 60:.0f} min | {method}", result))
    print_table(f"R peaks, one thread. {database.origin}", rows)


if __name__ == "__main__":
    main()
