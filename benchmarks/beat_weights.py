"""The weights of the R-peak detector: where they come from.

    OMP_NUM_THREADS=1 ECGBOOK_MIRROR=... python benchmarks/beat_weights.py

Prints the `BIAS` and `TERMS` of `ecgbook.signals.beat_evidence`: a logistic regression on the
candidates of MIT-BIH (set DS1 without record 118), of the same with real noise, of half of LUDB
and of made leads, and how well it tells the candidates of other records and persons.
"""

from dataclasses import replace

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from ecgbook import open_database
from ecgbook.conventions import DS1, DS2
from ecgbook.evaluation import match_beats
from ecgbook.evaluation.detection import flutter_episodes
from ecgbook.signals import add_noise
from ecgbook.signals.beat_evidence import TERMS
from ecgbook.signals.detector import RATE_HZ, described_candidates, evened

# How much a candidate of each kind counts.
WEIGHT = {"clean": 3.0, "noise": 0.35, "LUDB": 6.0, "made": 2.0}
NOISY_S, MADE = 180, 400
# A candidate so near to a beat that is not the nearest says nothing.
NEAR_S = 0.12


def electrode_motion(mitdb, nstdb):
    """Return what 118e24 holds beside record 118: every second two minutes from the fifth on."""
    noisy, clean = nstdb.read("118e24"), mitdb.read("118")
    pieces, last = [], 0
    for minute in range(5, 30, 4):
        piece = (noisy.signal - clean.signal)[:, int(minute * 60 * 360) : (minute + 2) * 60 * 360]
        pieces.append(piece - piece[:, :1] + last)
        last = pieces[-1][:, -1:]
    return replace(clean, signal=np.concatenate(pieces, axis=1), annotations=None)


def mit_bih(mitdb, records, noises):
    """Yield (kind, signal, fs, beats, flutter) of each record, in whole and with noise."""
    for number, record in enumerate(records):
        ecg = mitdb.read(record)
        yield "clean", ecg.signal[0], *_marked(ecg)
        piece = ecg.window(660 + number % 5 * 60, 660 + number % 5 * 60 + NOISY_S)
        piece = piece.select(piece.leads[0])
        for kind, noise in enumerate(noises):
            for snr_db in (12, 6, 0):
                noisy = add_noise(piece, noise, snr_db, seed=[int(record), kind])
                yield "noise", noisy.signal[0], *_marked(piece)


def _marked(ecg):
    return ecg.fs, ecg.annotations.beats().sample, flutter_episodes(ecg.annotations)


def ludb_leads(ludb, records):
    """Yield each lead of LUDB between its first and its last mark."""
    for record in records:
        ecg, marks = ludb.read(record), ludb.waves(record)
        for lead in ecg.leads:
            sample, symbol = marks[lead].sample, marks[lead].symbol
            outside = np.array([[-1, sample[0] - 1], [sample[-1] + 1, 10**9]])
            yield "LUDB", ecg.lead(lead), ecg.fs, sample[symbol == "N"], outside


def made_leads(first):
    """Yield made leads, with one rhythm, one beat and one size each, all drawn by chance."""
    for seed in range(first, first + MADE):
        rng = np.random.default_rng([77, seed])
        fs = float(rng.choice([100, 125, 250, 360, 500, 1000]))
        rr_s = float(np.exp(rng.uniform(np.log(0.2), np.log(3))))
        spread = 0.22 if rr_s > 0.4 and rng.random() < 0.25 else 0.02
        duration_s = max(rng.uniform(8, 40), 5 * rr_s)
        rr = np.maximum(rr_s * np.exp(rng.normal(0, spread, int(2 * duration_s / rr_s))), 0.195)
        beat_s = rng.uniform(0.2, rr_s + 0.2) + np.cumsum(rr)
        beat_s = beat_s[beat_s < duration_s - 0.15]
        time_s = np.arange(int(duration_s * fs)) / fs
        signal = _drawn(rng, time_s, beat_s, rr_s, fs) * rng.choice([-1, 1])
        signal *= np.exp(rng.uniform(np.log(0.12), np.log(3)))
        half = np.ptp(signal) / 2
        noise = half * np.exp(rng.uniform(np.log(0.002), np.log(0.06))) * np.sqrt(fs / 360)
        signal += rng.normal(0, noise, len(time_s))
        signal += half * rng.uniform(0, 1) * np.sin(rng.uniform(0.6, 2.5) * time_s)
        yield "made", signal, fs, np.round(beat_s * fs).astype(np.int64), np.empty((0, 2))


def _drawn(rng, time_s, beat_s, rr_s, fs):
    """Draw a beat and put it at each time, one in twelve as an ectopic one."""
    wide, fast = rng.random() < 0.2, rr_s < 0.33
    r_s = rng.uniform(0.02, 0.035) if wide and not fast else rng.uniform(0.008, 0.013)
    r_s = max(r_s, 0.011) if fs < 200 else r_s
    most = 0.3 if fast else 0.7 if wide else 2.1
    tall = np.clip(
        rng.choice([0, 0.2, 0.4, 1, 1.5, 1.8, 2.1]) * rng.choice([1, 1, 1, -1]), -most, most
    )
    t_s = max(rng.uniform(0.034, 0.06) * np.sqrt(min(1, rr_s / 0.8)), 2.6 * r_s)
    t_at = min(rng.uniform(0.24, 0.34) * np.sqrt(min(rr_s, 1.2) / 0.8), 0.62 * rr_s)
    usual = [(1, 0, r_s), (-rng.uniform(0, 0.3), -2.6 * r_s, r_s), (tall, t_at, t_s)]
    usual += [(-rng.uniform(0, 0.6), 2.8 * r_s, r_s)]
    if rr_s > 0.45:
        usual += [(rng.uniform(0, 0.2), -0.16, 0.02)]
    signal = np.zeros(len(time_s))
    for at_s in beat_s:
        near = slice(*np.searchsorted(time_s, [at_s - 0.7, at_s + 1]))
        ectopic = rr_s > 0.5 and rng.random() < 0.08
        for size, after_s, width_s in ((1.4, 0, 0.035), (-0.5, 0.3, 0.07)) if ectopic else usual:
            away = (time_s[near] - at_s - after_s) / width_s
            signal[near] += size * np.exp(-0.5 * away**2)
    return signal


def labelled(leads):
    """Return the terms of all candidates, whether each is a beat, and their kinds."""
    rows = []
    for kind, signal, fs, beats, outside in leads:
        at, described = described_candidates(evened(signal, fs))
        middle = np.round((at + 0.5) * fs / RATE_HZ).astype(np.int64)
        is_beat = np.zeros(len(at), bool)
        is_beat[match_beats(beats, middle, fs, 0.1)[:, 1]] = True
        away = np.abs(middle[:, None] - beats).min(axis=1, initial=10**9) > NEAR_S * fs
        for begin, end in outside:
            away[(begin <= middle) & (middle <= end)] = False
            is_beat[(begin <= middle) & (middle <= end)] = False
        counts = is_beat | away
        rows.append((described[counts], is_beat[counts], np.full(counts.sum(), kind)))
    return tuple(map(np.concatenate, zip(*rows, strict=True)))


def main():
    mitdb, ludb, nstdb = (open_database(name) for name in ("mitdb", "ludb", "nstdb"))
    noises = [nstdb.read("ma"), nstdb.read("bw"), electrode_motion(mitdb, nstdb)]
    persons = list(ludb.records)
    sides = []
    for records, person, first in ((DS1, persons[::2], 0), (DS2, persons[1::2], 10_000)):
        records = [record for record in records if record != "118"]
        leads = [mit_bih(mitdb, records, noises), ludb_leads(ludb, person), made_leads(first)]
        sides.append(labelled(lead for part in leads for lead in part))
    (x, y, kind), (x_other, y_other, kind_other) = sides
    middle, spread = x.mean(axis=0), x.std(axis=0)
    weight = np.array([WEIGHT[k] for k in kind])
    logistic = LogisticRegression(C=10, max_iter=2000, tol=1e-7)
    fitted = logistic.fit((x - middle) / spread, y, sample_weight=weight)
    weights = fitted.coef_[0] / spread
    print(f"BIAS = {fitted.intercept_[0] - weights @ middle:.2f}")
    for name, value in zip(TERMS, weights, strict=True):
        print(f'    "{name}": {value:.2f},')
    likely = fitted.predict_proba((x_other - middle) / spread)[:, 1]
    for name in WEIGHT:
        which = kind_other == name
        print(
            f"{name}: {which.sum()} others, log loss {log_loss(y_other[which], likely[which]):.4f}"
        )


if __name__ == "__main__":
    main()
