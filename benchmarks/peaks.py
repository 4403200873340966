"""R peaks of real ECGs: our detector against biosppy's and wfdb's, how fast and how well.

    OMP_NUM_THREADS=1 ECGBOOK_MIRROR=... python benchmarks/peaks.py [--quick] [--look]

One thread. Time on the first lead of three records: clean, noisy, and with many ectopic beats.
Then sensitivity, PPV and F1: of all minutes of MIT-BIH, at 150 and 50 ms; of each of the twelve
leads of LUDB by itself; and of ten minutes of ten clean records with real muscle noise and wander
added at four ratios. What was chosen on which records stands in `ecgbook.signals.beat_evidence`;
the lines name the others apart. ``--quick`` leaves out the two other detectors but for the time.
``--look`` adds electrode motion, on the very record on which nothing was chosen: 118, noisy in
every second two minutes as in the Noise Stress Test Database. Without MIT-BIH at hand the records
are simulated, and there is nothing but time and MIT-BIH.
"""

import argparse
from dataclasses import replace
from functools import partial

import numpy as np
from _timing import paired, print_table

from ecgbook import open_database
from ecgbook.conventions import DS1
from ecgbook.evaluation import score_beats
from ecgbook.evaluation.delineation import POINTS, WAVES, score_delineation
from ecgbook.signals import add_noise, r_peaks
from ecgbook.signals.peaks import METHODS

RECORDS = ("100", "105", "208")
ROUNDS = {"biosppy": 9, "wfdb": 5}
CLEAN = ("100", "101", "103", "112", "113", "115", "117", "122", "123", "230")
NOISY_S = (300, 900)
RATIOS_DB = (24, 12, 6, 0)


def in_words(counts):
    """Say sensitivity, PPV and F1 of (tp, fp, fn)."""
    tp, fp, fn = np.sum(list(counts), axis=0)
    se, ppv, f1 = tp / (tp + fn), tp / (tp + fp), 2 * tp / (2 * tp + fp + fn)
    return f"Se {se:.4f}  PPV {ppv:.4f}  F1 {f1:.4f}  ({fp} invented, {fn} missed)"


def counted(ecg, method, tolerance_s=0.15):
    """Return (tp, fp, fn), or those of each of several tolerances."""
    peaks = r_peaks(ecg, method=method)
    scores = [
        score_beats(ecg.annotations, peaks, ecg.fs, one) for one in np.atleast_1d(tolerance_s)
    ]
    return np.squeeze([[score[name] for name in ("tp", "fp", "fn")] for score in scores])


def times(database):
    rows = []
    for record in RECORDS:
        ecg = database.read(record)
        for method, rounds in ROUNDS.items():
            result = paired(partial(r_peaks, ecg), partial(r_peaks, ecg, method=method), rounds)
            rows.append((f"{record}, {ecg.duration_s / 60:.0f} min | {method}", result))
    print_table(f"R peaks, one thread. {database.origin}", rows)


def all_minutes(database, methods):
    print("\nMIT-BIH, first lead, all minutes")
    for method in methods:
        counts = {r: counted(database.read(r), method, (0.15, 0.05)) for r in database.records}
        for row, tolerance in enumerate(("150 ms", "50 ms")):
            others = [both[row] for record, both in counts.items() if record not in DS1]
            print(f"{method:8} {tolerance}, all: {in_words(both[row] for both in counts.values())}")
            print(f"{'':16} others: {in_words(others)}")


def each_lead_of_ludb(ludb, methods):
    print("\nLUDB, each lead by itself, 150 ms")
    empty = {(wave, point): np.empty(0, np.int64) for wave in WAVES.values() for point in POINTS}
    for method in methods:
        counts = {}
        for record in ludb.records:
            ecg, marks = ludb.read(record), ludb.waves(record)
            for lead in ecg.leads:
                found = empty | {("QRS", "peak"): r_peaks(ecg, lead=lead, method=method)}
                table = score_delineation(marks[lead], found, ecg.fs).set_index(["wave", "point"])
                counts[record, lead] = table.loc[("QRS", "peak"), ["tp", "fp", "fn"]].to_list()
        others = [counts[r, lead] for r, lead in counts if r in ludb.records[1::2]]
        print(f"{method:8} all: {in_words(counts.values())}\n{'':6} others: {in_words(others)}")
        for lead in ecg.leads if method == "ecgbook" else ():
            print(f"{lead:>13}: {in_words(c for (_, of), c in counts.items() if of == lead)}")


def with_noise(database, nstdb, methods):
    print(f"\nTen minutes of {', '.join(CLEAN)} with noise, 150 ms")
    for kind in ("ma", "bw"):
        for snr_db in RATIOS_DB:
            for method in methods:
                counts = []
                for record in CLEAN:
                    ecg = database.read(record).window(*NOISY_S)
                    ecg, noise = ecg.select(ecg.leads[0]), nstdb.read(kind)
                    counts.append(counted(add_noise(ecg, noise, snr_db, seed=int(record)), method))
                print(f"{kind} {snr_db:3} dB {method:8} {in_words(counts)}")


def electrode_motion(database, nstdb, methods):
    """118 with the noise of 118e24, scaled: 24 dB there, so 18 dB more noise is 6 dB."""
    clean, noisy = database.read("118"), nstdb.read("118e24")
    for snr_db in (6, 0):
        noise = noisy.signal - clean.signal
        noise = (noise - noise[:, :1]) * 10 ** ((24 - snr_db) / 20)
        for lead in range(2):
            ecg = replace(clean, signal=clean.signal + noise).select(clean.leads[lead])
            name = f"118, {ecg.leads[0]}, {snr_db} dB"
            for method in methods:
                print(f"{name} {method:8} {in_words([counted(ecg, method)])}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="our detector alone, after the time")
    parser.add_argument(
        "--look", action="store_true", help="electrode motion on record 118 as well"
    )
    options = parser.parse_args()
    database = open_database("mitdb", data="auto")
    methods = ("ecgbook",) if options.quick else tuple(METHODS)
    times(database)
    all_minutes(database, methods)
    if database.simulated:
        return
    each_lead_of_ludb(open_database("ludb"), methods)
    nstdb = open_database("nstdb")
    with_noise(database, nstdb, methods)
    if options.look:
        electrode_motion(database, nstdb, methods)


if __name__ == "__main__":
    main()
