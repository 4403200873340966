"""Headers, annotations and signals, read once more by ``wfdb`` or as the format says."""

import re
import struct

import numpy as np
import wfdb

import ecgbook
from ecgbook.sources import read_wfdb
from tests.soak.kinds import kind
from tests.sources.records import write_record

UNITS = {"mv": 1, "uv": 1e-3, "µv": 1e-3, "μv": 1e-3, "v": 1e3, "nv": 1e-6}
_TABLE = wfdb.io.annotation.ann_label_table
SYMBOLS = dict(zip(_TABLE["label_store"], _TABLE["symbol"], strict=True))
FORMATS = ("16", "24", "32", "80", "212", "508", "516", "524")


def make_records(folder, of="hea"):
    for fmt in FORMATS:
        comments = ["69 M 1085", "Dx: 426783006"]
        write_record(folder, f"r{fmt}", fmt=fmt, n_samples=300, comments=comments, baseline=[5, -3])
    (folder / "frames.hea").write_text(
        "frames 2 125/125(0) 100 12:30:00 24/12/2001\n"
        "frames.dat 16x4:0+24 200(0)/mV 16 0 0 0 0 II\nframes.dat 16x4+24 200/mV 16 0 0 0 0 V5\n"
    )
    np.arange(412, dtype="<i2").tofile(folder / "frames.dat")
    with (folder / "frames.dat").open("ab") as file:
        file.write(np.arange(400, dtype="<i2").tobytes())
    return [path.name for path in sorted(folder.glob(f"*.{of}"))]


def by_wfdb(stem):
    """Return rate, mV and names as wfdb reads them."""
    record = wfdb.rdrecord(str(stem), smooth_frames=False)
    in_mv = [UNITS[unit.lower()] for unit in record.units]
    signal = [row * scale for row, scale in zip(record.e_p_signal, in_mv, strict=True)]
    return record.fs * record.samps_per_frame[0], signal, record.sig_name


def differs(stem, recording):
    """Say how a recording differs from what wfdb reads."""
    try:
        fs, signal, names = by_wfdb(stem)
    except Exception as error:
        return f"wfdb refuses it ({type(error).__name__}: {error})"
    if abs(fs - recording.fs) > 1e-9 * fs:
        return f"{recording.fs} Hz, wfdb says {fs}"
    if len(signal) != len(recording.leads) or len(signal[0]) != recording.signal.shape[1]:
        return f"shape {recording.signal.shape}, wfdb says {len(signal)} of {len(signal[0])}"
    largest = np.nanmax(np.abs(signal), initial=1e-30)
    if not np.allclose(recording.signal, signal, rtol=1e-5, atol=1e-6 * largest, equal_nan=True):
        return "other voltages than by wfdb"
    ascii_only = [re.sub("[^!-~]", "", (name or "").lower()) for name in names]
    ours = [re.sub("[^!-~]", "", lead.lower()) for lead in recording.leads]
    same = all(lead.startswith(name) for lead, name in zip(ours, ascii_only, strict=True))
    return "" if same else f"leads {recording.leads}, wfdb says {names}"


def read_headers(path):
    return read_wfdb(path.with_suffix(""))


def fault_of_headers(path, value):
    return differs(path.with_suffix(""), value)


kind("headers", make_records, read_headers, fault_of_headers)


def fault_of_signals(path, value):
    stem = path.with_suffix("")
    header = wfdb.rdheader(str(stem))
    record = wfdb.rdrecord(str(stem), physical=False, smooth_frames=False)
    for total, samples in zip(header.checksum, record.e_d_signal, strict=True):
        if total and (int(samples.sum()) - total) % 65536:
            return "the samples do not add up to the checksum, and nothing was said"
    return differs(stem, value)


kind("signals", lambda folder: make_records(folder, "dat"), read_headers, fault_of_signals)


def make_marks(folder):
    write_record(folder, "r", n_samples=20_000)
    word = lambda code, low=0: struct.pack("<H", code << 10 | low)  # noqa: E731
    note = b"## time resolution: 360"
    rate = word(22) + word(63, len(note)) + note + b"\0"
    rhythm = word(28, 5) + word(63, 5) + b"(AFIB\0"
    short = word(28, 7) + word(63, 3) + b"(N\0\0"
    pause = word(59) + struct.pack("<Hh", 0, 5000) + word(5, 0)
    beats = b"".join(word(1, 300) for _ in range(20))
    fields = word(8, 40) + word(61, 3) + word(62, 1) + word(60, 2) + word(1, 100)
    (folder / "r.atr").write_bytes(rate + rhythm + beats + short + pause + fields + beats + b"\0\0")
    (folder / "r.qrs").write_bytes(beats + pause + beats + short + fields + b"\0\0")
    return ["r.atr", "r.qrs"]


def decoded(content):
    """Return the marks of an annotation file as *annot(5)* says: rate, and (time, code, text)."""
    marks, place, time, rate = [], 0, 0, None
    while word := int.from_bytes(content[place : place + 2], "little"):
        code, low, place = word >> 10, word & 1023, place + 2
        if code == 59:
            high, rest = struct.unpack("<hH", content[place : place + 4])
            time, place = time + (high << 16 | rest), place + 4
        elif code == 63:
            text, place = content[place : place + low], place + low + low % 2
            marks[-1][2] = text.decode("latin-1").rstrip("\0")
            told = re.match(r"## time resolution: (\d+\.?\d*)", marks[-1][2])
            if told and marks[-1][:2] == [0, 22] and rate is None:
                rate = float(told[1])
                marks.pop()
        elif code < 50:
            time += low
            marks.append([time, code, ""])
    return rate, [mark for mark in marks if mark[1]]  # code 0 is no mark


def read_annotations(path):
    return read_wfdb(path.with_suffix(""), path.suffix[1:])


def fault_of_annotations(path, value):
    rate, marks = decoded(path.read_bytes())
    marks = sorted(marks, key=lambda mark: mark[0])
    fs = value.fs / (rate or value.fs)
    times, found = [mark[0] * fs for mark in marks], value.annotations
    if len(times) != len(found) or np.abs(times - found.sample).max(initial=0) > 1:
        same = np.equal(times[: len(found)], found.sample[: len(times)])
        place = int(np.argmin([*same, False]))
        ours, theirs = found.sample[place : place + 3], times[place : place + 3]
        return f"from mark {place} of {len(found)}: {ours}, in the file {theirs} of {len(times)}"
    texts = [mark[2] for mark in marks]
    if texts != list(found.aux):
        return f"texts {list(found.aux)}, in the file they are {texts}"
    symbols = [SYMBOLS.get(mark[1], "?") for mark in marks]
    pairs = zip(marks, map(str, found.symbol), symbols, strict=True)
    wrong = [pair for pair in pairs if pair[1] != pair[2]]
    return f"mark, symbol, and symbol by its code: {wrong[0]}" if wrong else ""


kind("annotations", make_marks, read_annotations, fault_of_annotations)


def make_layouts(folder):
    """Write a record of two segments, one of four with a gap, and one without a length."""
    folder.mkdir(parents=True)
    rows = np.random.default_rng(0).integers(-500, 500, (900, 2)).astype("<i2")
    for k, (start, stop) in enumerate(((0, 300), (300, 500), (500, 900))):
        rows[start:stop].tofile(folder / f"s{k}.dat")
        lines = [f"s{k}.dat 16 200/mV 16 0 0 0 0 {lead}" for lead in ("II", "V1")]
        (folder / f"s{k}.hea").write_text("\n".join([f"s{k} 2 250 {stop - start}", *lines, ""]))
    layout = ["layout 2 250 0", "~ 0 200/mV 16 0 0 0 0 II", "~ 0 200/mV 16 0 0 0 0 V1", ""]
    (folder / "layout.hea").write_text("\n".join(layout))
    (folder / "fixed.hea").write_text("fixed/2 2 250 500\ns0 300\ns1 200\n")
    (folder / "gaps.hea").write_text("gaps/4 2 250 750\nlayout 0\ns0 300\n~ 50\ns2 400\n")
    endless = (folder / "s2.hea").read_text().replace("s2 2 250 400", "endless 2 250")
    (folder / "endless.hea").write_text(endless)
    return ["fixed.hea", "gaps.hea", "endless.hea", "layout.hea"]


def _main(path):
    return path.with_name("gaps") if path.stem == "layout" else path.with_suffix("")


def read_layouts(path):
    return ecgbook.read(_main(path))


def fault_of_layouts(path, recording):
    stem = _main(path)
    try:
        record = wfdb.rdrecord(str(stem))
    except Exception as error:  # wfdb refuses in many ways
        return f"wfdb refuses it ({type(error).__name__}: {error})"
    names = [(name or "").lower() for name in record.sig_name]
    leads = [re.sub("[^!-~]", "", lead.lower()) for lead in recording.leads]
    names = [re.sub("[^!-~]", "", name) for name in names]
    chosen = [names.index(lead) for lead in leads if lead in names]
    in_mv = [[UNITS[(record.units[n] or "mV").lower()]] for n in chosen]
    theirs = record.p_signal.T[chosen] * np.array(in_mv)
    if record.fs != recording.fs or theirs.shape != recording.signal.shape:
        return f"{recording}, wfdb says {record.fs} Hz, {theirs.shape}"
    same = np.allclose(theirs, recording.signal, rtol=1e-5, atol=1e-6, equal_nan=True)
    return "" if same else "other voltages than by wfdb"


kind("layouts", make_layouts, read_layouts, fault_of_layouts)
