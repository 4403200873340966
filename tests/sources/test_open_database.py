import sys
from types import SimpleNamespace

import joblib
import numpy as np
import pytest

import ecgbook
from ecgbook.errors import DataCorrupt, DataMissing, EcgError, RecordInvalid
from ecgbook.sources import database, open_database
from ecgbook.sources.catalog import CATALOG
from ecgbook.sources.database import Database
from ecgbook.store import Store
from tests.sources.records import write_beats, write_record, write_sums


@pytest.fixture
def simulator(monkeypatch):
    """Stand in for the simulator: what it was asked for is what comes back."""
    module = SimpleNamespace(simulated_database=lambda name, info: ("simulated", name, info))
    monkeypatch.setitem(sys.modules, "ecgbook.sources.synthetic", module)


def test_real_where_there_is_a_mirror(mirror):
    for data in ("real", "auto"):
        found = ecgbook.open_database("mitdb", data=data)
        assert found.records == ("100", "101")
        assert not found.simulated


def test_real_without_any_is_missing(no_mirror):
    with pytest.raises(DataMissing, match=r"ECGBOOK_MIRROR.*ecgbook data get mitdb.*auto"):
        open_database("mitdb")


def test_auto_without_any_is_simulated(no_mirror, simulator):
    assert open_database("mitdb", data="auto") == ("simulated", "mitdb", CATALOG["mitdb"])


def test_synthetic_needs_no_data(mirror, simulator):
    assert open_database("mitdb", data="synthetic")[0] == "simulated"
    assert open_database("synthetic")[1] == "synthetic"


def test_auto_does_not_hide_a_damaged_mirror(mirror, simulator):
    (mirror / "mitdb" / "1.0.0" / "SHA256SUMS.txt").unlink()
    with pytest.raises(DataCorrupt):
        open_database("mitdb", data="auto")


def test_mirror_without_a_record(mirror, simulator):
    (mirror / "mitdb" / "1.0.0" / "SHA256SUMS.txt").write_text(f"{'0' * 64} RECORDS\n")
    with pytest.raises(DataMissing, match="lists no record"):
        open_database("mitdb")
    assert open_database("mitdb", data="auto")[0] == "simulated"


def test_server_that_is_down_means_auto_simulates(site, simulator):
    site.close()
    assert open_database("mitdb", data="auto")[0] == "simulated"


@pytest.mark.parametrize("name", ["mit", "", "nothing"])
def test_unknown_database(name):
    with pytest.raises(DataMissing, match=r"[Tt]he catalog has mitdb, ptbdb"):
        open_database(name, data="auto")


def test_unknown_data():
    with pytest.raises(EcgError, match="data must be"):
        open_database("mitdb", data="fake")


def test_what_a_database_says_of_itself(mirror):
    found = open_database("mitdb")
    assert found.name == "mitdb"
    assert found.licence == "ODC-BY 1.0"
    assert "Moody" in found.citation
    assert found.origin == "MIT-BIH Arrhythmia Database 1.0.0, real ECGs, 2 of 48 records"
    assert "2 records" in repr(found)


def test_read(mirror):
    recording = open_database("mitdb").read("100")
    assert recording.name == "mitdb/100"
    assert recording.patient == "100"
    assert recording.annotations.symbol.tolist() == ["N", "V", "N"]


def test_only_the_files_of_the_record_are_fetched(site):
    open_database("mitdb").read("101")
    asked = {path.rsplit("/", 1)[1] for path, _ in site.requests}
    assert asked == {"SHA256SUMS.txt", "101.hea", "101.dat", "101.atr"}


def test_unknown_record(mirror):
    with pytest.raises(DataMissing, match="mitdb has no record '999'"):
        open_database("mitdb").read("999")


def test_read_all_keeps_the_order(mirror):
    found = open_database("mitdb")
    assert [r.record for r in found.read_all(progress=False)] == ["100", "101"]
    assert [r.record for r in found.read_all(["101", "100"], progress=False)] == ["101", "100"]
    with pytest.raises(DataMissing):
        found.read_all(["999"], progress=False)


def test_reading_in_parallel_gives_the_same(mirror):
    found = open_database("mitdb")
    with joblib.parallel_config(backend="threading", n_jobs=2):
        assert [r.record for r in found.read_all(progress=False)] == ["100", "101"]


def test_a_database_is_indexed_counted_and_looped_over(mirror):
    found = open_database("mitdb")
    np.testing.assert_array_equal(found["100"].signal, found.read("100").signal)
    assert len(found) == 2
    assert "100" in found
    assert "999" not in found
    assert [recording.record for recording in found] == ["100", "101"]
    with pytest.raises(DataMissing, match=r"no record 100 here; its 2 records are '100', '101'"):
        found[100]


def test_a_loop_reads_one_record_at_a_time(mirror):
    (mirror / "mitdb" / "1.0.0" / "101.dat").write_bytes(b"damaged")
    records = iter(open_database("mitdb"))
    assert next(records).record == "100"
    with pytest.raises(DataCorrupt):
        next(records)


def test_second_reading_comes_from_the_store(mirror, monkeypatch):
    first = open_database("mitdb").read("100")
    monkeypatch.setattr(database, "read_wfdb", None)  # would fail
    second = open_database("mitdb").read("100")
    np.testing.assert_array_equal(second.signal, first.signal)
    for field in ("sample", "symbol", "aux"):
        np.testing.assert_array_equal(
            getattr(second.annotations, field), getattr(first.annotations, field)
        )
    assert (second.fs, second.leads, second.patient) == (first.fs, first.leads, first.patient)


def test_store_knows_when_a_file_has_changed(mirror):
    before = open_database("mitdb").read("100")
    folder = mirror / "mitdb" / "1.0.0"
    write_beats(folder, "100", sample=(7,), symbol=("V",))
    write_sums(folder)
    after = open_database("mitdb").read("100")
    assert len(before.annotations) == 3
    assert after.annotations.sample.tolist() == [7]


def test_store_that_cannot_be_written(mirror, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")

    class Refused(Store):
        def __init__(self):
            super().__init__(tmp_path / "file" / "store")

    monkeypatch.setattr(database, "Store", Refused)
    with pytest.warns(UserWarning, match="nothing is kept"):
        assert open_database("mitdb").read("100").leads == ("MLII", "V5")


def with_gap(mirror, lead, start, stop):
    """Rewrite record 100 with missing samples."""
    folder = mirror / "mitdb" / "1.0.0"
    samples = np.frombuffer((folder / "100.dat").read_bytes(), "<i2").reshape(-1, 2).copy()
    samples[start:stop, lead] = -32768
    (folder / "100.dat").write_bytes(samples.tobytes())
    write_sums(folder)


def test_gaps_are_refused(mirror):
    with_gap(mirror, 1, 360, 540)
    with pytest.raises(
        RecordInvalid, match=r"mitdb/100: lead V5 has no signal from 1 to 1\.5 s.*missing=\"keep\""
    ):
        open_database("mitdb").read("100")


def test_gaps_are_kept_when_asked(mirror):
    with_gap(mirror, 1, 360, 540)
    for _ in range(2):  # decoded, then from the store
        signal = open_database("mitdb").read("100", missing="keep").signal
        assert np.isnan(signal).sum() == 180


def test_unknown_way_with_gaps(mirror):
    with pytest.raises(EcgError, match="missing must be"):
        open_database("mitdb").read("100", missing="drop")


def test_damaged_header_is_one_error(mirror):
    folder = mirror / "mitdb" / "1.0.0"
    (folder / "100.hea").write_text("nonsense")
    write_sums(folder)
    with pytest.raises(DataCorrupt, match=r"100\.hea is no WFDB header"):
        open_database("mitdb").read("100")


def test_header_that_names_a_file_nobody_has(mirror):
    folder = mirror / "mitdb" / "1.0.0"
    (folder / "100.dat").unlink()
    write_sums(folder)
    with pytest.raises(DataMissing, match=r"mitdb has no file 100\.dat"):
        open_database("mitdb").read("100")


def test_record_without_annotations(mirror):
    folder = mirror / "mitdb" / "1.0.0"
    (folder / "100.atr").unlink()
    write_sums(folder)
    with pytest.raises(DataMissing, match=r"mitdb has no file 100\.atr"):
        open_database("mitdb").read("100")


def test_base_class_names_what_a_source_must_give():
    class Empty(Database):
        records = ("a",)

    found = Empty(CATALOG["mitdb"])
    with pytest.raises(NotImplementedError):
        found.read("a")
    with pytest.raises(NotImplementedError):
        _ = found.metadata


def test_read_record_of_long_term_database(alone, tmp_path, monkeypatch):
    folder = tmp_path / "mirror" / "ltstdb" / "1.0.0"
    for name in ("s20011", "s20012"):
        write_record(folder, name, leads=("ML2", "MV2"), fs=250, n_samples=2000, fmt="212")
        write_beats(folder, name, sample=(250, 500), symbol=("N", "s"))
    header = folder / "s20012.hea"  # many records of this database name no leads
    header.write_text(header.read_text().replace("ML2", "ECG").replace("MV2", "ECG"))
    write_sums(folder)
    monkeypatch.setenv("ECGBOOK_MIRROR", str(tmp_path / "mirror"))
    found = open_database("ltstdb")
    assert found.records == ("s20011", "s20012")
    assert found.metadata["patient"].tolist() == ["s2001", "s2001"]
    recording = found.read("s20012")
    assert (recording.fs, recording.leads) == (250, ("ECG 1", "ECG 2"))
    assert recording.annotations.sample.tolist() == [250, 500]
    assert recording.annotations.beats().symbol.tolist() == ["N"]
    assert found.read("s20011").duration_s == 8
    assert list(Store().root.glob("ltstdb-1.0.0-s20011-*"))
