import os
from pathlib import Path

import pytest
import wfdb

from ecgbook import Annotations, Recording
from ecgbook.plotting import plot_ecg
from ecgbook.plotting.figure import png

pytestmark = pytest.mark.real


def _mitdb(record, start_s, stop_s):
    mirrors = os.environ["ECGBOOK_MIRROR"].split(",")
    (folder,) = (path for m in mirrors if (path := Path(m) / "mitdb/1.0.0").is_dir())
    wave = wfdb.rdrecord(str(folder / record))
    marks = wfdb.rdann(str(folder / record), "atr")
    marks = Annotations(marks.sample, marks.symbol, [text or "" for text in marks.aux_note])
    whole = Recording(wave.p_signal.T, wave.fs, wave.sig_name, "mitdb", record, annotations=marks)
    return whole.window(start_s, stop_s)


@pytest.mark.parametrize("record", ["100", "119", "208"])
def test_ten_seconds_make_a_small_file(record):
    assert len(png(plot_ecg(_mitdb(record, 0, 10)))) < 100_000


def test_ventricular_beats_of_record_119_are_written():
    ecg = _mitdb("119", 0, 10)
    texts = [text.get_text() for text in plot_ecg(ecg).axes[0].texts]
    assert texts.count("V") == (ecg.annotations.symbol == "V").sum() > 0
