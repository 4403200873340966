"""Small WFDB databases written for the tests."""

import hashlib

import numpy as np
import wfdb

GAIN = 100.0  # small enough for storage formats of 8 bits


def write_record(folder, name, *, leads=("MLII", "V5"), fs=360, n_samples=1000, fmt="16", **more):
    """Write a record of sine waves; return its signal in mV, shape (lead, time)."""
    folder.mkdir(parents=True, exist_ok=True)
    time_s = np.arange(n_samples) / fs
    signal = np.stack([np.sin(2 * np.pi * (k + 1) * time_s) for k in range(len(leads))])
    digital = np.rint(signal * GAIN).astype(np.int64)
    facts = {
        "fs": fs,
        "units": ["mV"] * len(leads),
        "sig_name": list(leads),
        "fmt": [fmt] * len(leads),
        "adc_gain": [GAIN] * len(leads),
        "baseline": [0] * len(leads),
    }
    wfdb.wrsamp(name, d_signal=digital.T, write_dir=str(folder), **(facts | more))
    return (digital / GAIN).astype(np.float32)


def write_beats(folder, name, sample=(100, 460, 820), symbol=("N", "V", "N")):
    """Write an ``.atr`` file."""
    wfdb.wrann(name, "atr", np.array(sample), list(symbol), write_dir=str(folder))


def write_sums(folder):
    """Write the ``SHA256SUMS.txt`` of a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.relative_to(folder).as_posix()}\n"
        for path in files
        if path.name != "SHA256SUMS.txt"
    ]
    (folder / "SHA256SUMS.txt").write_text("".join(lines))


def write_mitdb(root, names=("100", "101")):
    """Write a small MIT-BIH below ``root``; return its folder."""
    folder = root / "mitdb" / "1.0.0"
    for name in names:
        write_record(folder, name, comments=["69 M 1085 1629 x1"])
        write_beats(folder, name)
    write_sums(folder)
    return folder


def edit(record, old, new):
    """Replace ``old`` by ``new`` in the header of record ``100``."""
    header = record.with_name("100.hea")
    text = header.read_text()
    assert old in text
    header.write_text(text.replace(old, new))
