"""Waves of LUDB: our delineation against the two wavelet methods of NeuroKit2.

    python -m venv PEER && PEER/bin/pip install neurokit2
    OMP_NUM_THREADS=1 ECGBOOK_MIRROR=... python benchmarks/delineation.py --peer PEER/bin/python

NeuroKit2 is no dependency of the package, so it runs in an environment of its own: each side
reads the same file of signals and writes its points. It is given our R peaks, so that waves alone
are compared, and is timed with its own cleaning, which it needs. Both run on one thread, and
seconds are those of the processor. Constants of ours were chosen on every second person, and the
tables say what holds for the others; without LUDB at hand the ECGs are simulated.
"""

import argparse
import pickle
import subprocess
import tempfile
import time
from pathlib import Path

import pandas as pd

from ecgbook import open_database
from ecgbook.evaluation.delineation import (
    delineation_table,
    found_points,
    score_delineation,
)
from ecgbook.signals import delineate_leads

# Runs in the other environment. Each list of points is sorted by itself: where a wave has no
# begin, the method leaves it out, and the lists no longer belong together beat by beat.
PEER = """
import pickle, sys, time, warnings
import neurokit2 as nk
import numpy as np
warnings.filterwarnings("ignore")
method, read, written = sys.argv[1:]
points = {("P", "begin"): "ECG_P_Onsets", ("P", "peak"): "ECG_P_Peaks", ("P", "end"):
    "ECG_P_Offsets", ("QRS", "begin"): "ECG_R_Onsets", ("QRS", "end"): "ECG_R_Offsets",
    ("T", "begin"): "ECG_T_Onsets", ("T", "peak"): "ECG_T_Peaks", ("T", "end"): "ECG_T_Offsets"}
found, spent, failed = {}, 0.0, 0
for key, (signal, fs, r_peak) in pickle.load(open(read, "rb")).items():
    start = time.process_time()
    try:
        clean = nk.ecg_clean(signal, sampling_rate=fs)
        _, waves = nk.ecg_delineate(clean, r_peak, sampling_rate=fs, method=method)
    except Exception:
        waves, failed = {}, failed + 1
    spent += time.process_time() - start
    lists = {place: np.asarray(waves.get(name, []), float) for place, name in points.items()}
    found[key] = {p: np.sort(x[np.isfinite(x)]).astype(np.int64) for p, x in lists.items()}
    found[key]["QRS", "peak"] = np.asarray(r_peak)
pickle.dump((found, spent, failed), open(written, "wb"))
"""


def ours(ecgs):
    """Return the points of each lead by (record, lead), the R peaks, and seconds."""
    delineate_leads(next(iter(ecgs.values())))  # once that does not count
    start = time.process_time()
    waves = {record: delineate_leads(ecg) for record, ecg in ecgs.items()}
    spent = time.process_time() - start
    leads = [(r, lead, waves[r][row]) for r, e in ecgs.items() for row, lead in enumerate(e.leads)]
    return {(record, lead): found_points(own) for record, lead, own in leads}, spent


def theirs(python, method, ecgs, found):
    """Return the points by NeuroKit2, its seconds, and in how many leads it failed."""
    asked = {
        (record, lead): (
            ecg.lead(lead).astype(float),
            int(ecg.fs),
            found[record, lead]["QRS", "peak"],
        )
        for record, ecg in ecgs.items()
        for lead in ecg.leads
    }
    with tempfile.TemporaryDirectory() as folder:
        read, written = Path(folder, "read"), Path(folder, "written")
        read.write_bytes(pickle.dumps(asked))
        subprocess.run([python, "-c", PEER, method, str(read), str(written)], check=True)
        return pickle.loads(written.read_bytes())


def scored(method, found, database, ecgs):
    """Return the scores of one method in each lead of each record."""
    rows = []
    for record, ecg in ecgs.items():
        marks = database.waves(record)
        for lead in ecg.leads:
            score = score_delineation(marks[lead], found[record, lead], ecg.fs)
            rows.append(score.assign(method=method, record=record, lead=lead))
    return pd.concat(rows, ignore_index=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", help="a Python that has neurokit2")
    parser.add_argument("--every", type=int, default=1, help="take every n-th person")
    options = parser.parse_args()
    database = open_database("ludb", data="auto")
    records = list(database.records)
    ecgs = {record: database.read(record) for record in records[:: options.every]}
    found, spent = ours(ecgs)
    tables = [scored("ecgbook", found, database, ecgs)]
    print(f"{len(ecgs)} recordings of 12 leads. {database.origin}")
    print(f"ecgbook: {1000 * spent / len(ecgs):.1f} ms a recording")
    for method in ("dwt", "cwt") if options.peer else ():
        points, seconds, failed = theirs(options.peer, method, ecgs, found)
        tables.append(scored(f"neurokit2 {method}", points, database, ecgs))
        print(
            f"neurokit2 {method}: {1000 * seconds / len(ecgs):.1f} ms a recording, "
            f"{seconds / spent:.0f} times ours; it failed in {failed} leads"
        )
    scores = pd.concat(tables, ignore_index=True)
    judged = scores[scores["record"].isin(records[1::2])]
    for title, part in (("All", scores), ("Those on whom nothing was chosen", judged)):
        table = delineation_table(part, ["method"]).round(4)
        print(f"{title}: {part['record'].nunique()} people\n{table.to_string(index=False)}")
    peaks = judged[(judged["method"] == "ecgbook") & (judged["point"] == "peak")]
    lead = delineation_table(peaks, ["lead"]).pivot(index="lead", columns="wave")
    print(f"ecgbook by lead\n{lead[['sensitivity', 'ppv']].round(4).to_string()}")


if __name__ == "__main__":
    main()
