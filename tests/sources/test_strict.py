"""What a record of one's own says of itself is held against it."""

import struct
import tracemalloc
import warnings

import numpy as np
import pytest
import wfdb

from ecgbook.errors import DataCorrupt, DataMissing, RecordInvalid
from ecgbook.sources import read, read_wfdb
from ecgbook.sources.challengefolder import ChallengeFolder
from tests.sources.records import write_beats, write_record


def word(code, low=0):
    return struct.pack("<H", code << 10 | low)


def note(content):
    return word(22) + word(63, len(content)) + content + b"\0" * (len(content) % 2)


END = b"\0\0"
RHYTHM = word(28, 10) + word(63, 3) + b"(N\0\0"  # its text and its padding end in zeros
PAUSE = word(59) + struct.pack("<Hh", 1, 0)  # 65,536 samples: the low half ends in zeros
BEAT = word(1, 100)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (RHYTHM[:-2] + b"\0\0", None),
        (RHYTHM + BEAT + END, None),
        (RHYTHM + BEAT, "end mark"),
        (RHYTHM, "end mark"),  # ends in two zeros all the same
        (BEAT + PAUSE, "end mark"),
        (BEAT + PAUSE[:4], "end mark"),
        (BEAT + word(63, 200) + b"(AFIB" + END, "end mark"),
        (BEAT + END + BEAT + END, "end mark is at byte 2 of 8"),
        (word(55, 3) + END, "code 55, which means nothing"),
        (RHYTHM + RHYTHM[2:] + END, "code 63, which means nothing here"),  # a second text
        (RHYTHM[2:] + BEAT + END, "code 63, which means nothing"),
        (note(b"## time resolutjon: 360") + END, "no rate and no name"),  # wfdb finds no end
        (note(b"## time resolution: 360") * 2 + END, "several"),
        (note(b"## time resolution: 0") + END, "tells no rate"),
        (word(1) + note(b"## time resolution: 250") + END, "after the first mark"),
        (note(b"## annotation type definitions") + note(b"42 X y") + END, "have no end"),
        (word(59) + struct.pack("<hH", -1, 0) + BEAT + END, "before the beginning"),
        (BEAT + END[:1], "end mark"),
    ],
)
def test_the_end_of_an_annotation_file_is_its_end_mark(tmp_path, content, fault):
    write_record(tmp_path, "r", n_samples=70_000)
    (tmp_path / "r.atr").write_bytes(content)
    if fault is None and content != RHYTHM[:-2] + b"\0\0":
        assert read_wfdb(tmp_path / "r", "atr").annotations.symbol.tolist() == ["+", "N"]
    else:
        with pytest.raises(DataCorrupt, match=rf"r\.atr is cut off or damaged .*{fault or ''}"):
            read_wfdb(tmp_path / "r", "atr")


@pytest.mark.parametrize("fmt", ["16", "24", "32", "80", "212", "508", "516", "524"])
def test_samples_that_do_not_add_up_are_told(tmp_path, fmt):
    write_record(tmp_path, "r", fmt=fmt, baseline=[3, -7])
    samples = wfdb.rdrecord(str(tmp_path / "r"), physical=False).d_signal
    assert wfdb.rdheader(str(tmp_path / "r")).checksum == list(samples.sum(axis=0) % 65536)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        read(tmp_path / "r")
    lines = (tmp_path / "r.hea").read_text().splitlines()
    words = lines[2].split()
    words[6] = str(int(words[6]) + 1)
    (tmp_path / "r.hea").write_text("\n".join([*lines[:2], " ".join(words)]) + "\n")
    with pytest.warns(UserWarning, match="the samples of V5 do not add up to the checksum"):
        read(tmp_path / "r")


def test_a_changed_sample_is_told_and_missing_ones_count(record):
    samples = np.fromfile(record.with_name("100.dat"), "<i2")
    samples[0] = -32768  # "no sample"
    samples.tofile(record.with_name("100.dat"))
    with pytest.warns(UserWarning, match="the samples of MLII do not add up"):
        read(record)
    header = record.with_name("100.hea")
    lines = header.read_text().splitlines()
    words = lines[1].split()
    words[6] = str(samples[::2].astype(int).sum() % 65536)
    header.write_text("\n".join([lines[0], " ".join(words), *lines[2:]]) + "\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        assert np.isnan(read(record).signal[0, 0])


def test_a_path_that_is_taken_for_an_address(tmp_path):
    write_record(tmp_path / "a::b", "r")
    write_beats(tmp_path / "a::b", "r")
    for reading in (read, read_wfdb, ChallengeFolder):
        with pytest.raises(RecordInvalid, match=r"a::b.*'::' cannot be read; rename it"):
            reading(tmp_path / "a::b" / ("" if reading is ChallengeFolder else "r"))


@pytest.mark.parametrize("reading", [read, read_wfdb, ChallengeFolder])
def test_a_home_folder_of_nobody(reading):
    with pytest.raises(DataMissing, match="home folder of nobody"):
        reading("~nosuchuser/r")


def test_reading_takes_less_than_four_times_the_signal(tmp_path):
    write_record(tmp_path, "r", n_samples=5_000_000)
    tracemalloc.start()
    recording = read(tmp_path / "r")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * recording.signal.nbytes
