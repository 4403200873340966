"""What a database promises to have is what can be read."""

import shutil

import pytest

from ecgbook.errors import DataMissing
from ecgbook.sources import available, fetch, open_database
from tests.sources.records import write_beats, write_mitdb, write_record, write_sums


@pytest.fixture
def cache_of_one(site, monkeypatch):
    """A cache that holds record 101 and the index of two, and no network any more."""
    open_database("mitdb").read("101")
    monkeypatch.setenv("ECGBOOK_OFFLINE", "1")
    monkeypatch.delenv("ECGBOOK_MIRROR")


def test_offline_a_database_has_what_its_cache_has(cache_of_one):
    found = open_database("mitdb", "real")
    assert found.records == ("101",)
    assert found.origin == "MIT-BIH Arrhythmia Database 1.0.0, real ECGs, 1 of 48 records"
    assert [recording.record for recording in found] == ["101"]
    assert found.metadata.index.tolist() == ["101"]


def test_online_a_database_has_what_its_index_has(site):
    open_database("mitdb").read("101")
    assert open_database("mitdb").records == ("100", "101")


def test_a_record_that_is_not_here_says_which_file_is_missing(cache_of_one):
    with pytest.raises(DataMissing, match=r"mitdb: 100\.hea is not to be had"):
        open_database("mitdb").read("100")
    with pytest.raises(DataMissing, match=r"no record '999' here; its 1 records are '101'"):
        open_database("mitdb").read("999")


def test_auto_takes_real_records_only_if_all_that_are_needed_are_here(cache_of_one):
    assert open_database("mitdb", "auto").simulated
    assert not open_database("mitdb", "auto", records=("101",)).simulated
    assert open_database("mitdb", "auto", records=("100", "101")).simulated
    assert open_database("mitdb", "auto", records=("101", "999")).simulated


def test_what_is_available(cache_of_one):
    assert available("mitdb", ["101"])
    assert available("mitdb", "101")
    assert not available("mitdb", ["100"])
    assert not available("mitdb", "100")
    assert not available("mitdb")
    assert not available("ptbdb")
    assert available("synthetic")
    with pytest.raises(DataMissing, match="no database"):
        available("nothing")


def test_real_records_that_are_needed_and_not_here(cache_of_one):
    with pytest.raises(DataMissing, match=r"1 of the records .* '100'; run `ecgbook data get"):
        open_database("mitdb", records=("101", "100"))
    assert len(open_database("mitdb", records=("101",))) == 1


def test_online_everything_in_the_index_is_available(site):
    assert available("mitdb")
    assert available("mitdb", ["100"])
    assert not available("mitdb", ["999"])
    assert not open_database("mitdb", "auto", records=["100", "101"]).simulated


@pytest.mark.parametrize("ending", ["hea", "dat", "atr"])
def test_a_record_counts_only_with_all_its_files(mirror, ending):
    (mirror / "mitdb" / "1.0.0" / f"101.{ending}").unlink()
    assert open_database("mitdb").records == ("100",)
    assert open_database("mitdb", "auto").simulated


def test_files_of_a_record_may_lie_in_cache_and_mirror(mirror):
    folder = fetch.get("mitdb", progress=False)
    source = mirror / "mitdb" / "1.0.0"
    (folder / "100.dat").unlink()
    (folder / "100.hea").unlink()
    (source / "100.atr").unlink()
    (source / "101.dat").unlink()
    (folder / "101.dat").unlink()
    assert open_database("mitdb").records == ("100",)


def test_an_index_alone_is_nothing(cache_of_one, tmp_path):
    for file in (tmp_path / "cache" / "files" / "mitdb" / "1.0.0").glob("101.*"):
        file.unlink()
    with pytest.raises(DataMissing, match=r"none of 2 records has all its files.*data=\"auto\""):
        open_database("mitdb")
    assert open_database("mitdb", "auto").simulated


def test_half_a_file_is_none(cache_of_one, tmp_path):
    folder = tmp_path / "cache" / "files" / "mitdb" / "1.0.0"
    (folder / "101.dat").rename(folder / "101.dat.part")
    assert not available("mitdb", ["101"])


def test_a_record_in_two_files_needs_both(alone, tmp_path, monkeypatch):
    folder = tmp_path / "mirror" / "ptbdb" / "1.0.0" / "patient001"
    for name, leads in (("a", ("i", "ii")), ("b", ("vx",))):
        write_record(folder, name, leads=leads)
    lines = [(folder / f"{name}.hea").read_text().splitlines()[1:] for name in "ab"]
    header = "\n".join(["s0010_re 3 360 1000", *lines[0], *lines[1]])
    (folder / "s0010_re.hea").write_text(header + "\n")
    write_sums(folder.parent)
    monkeypatch.setenv("ECGBOOK_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setenv("ECGBOOK_OFFLINE", "1")
    assert open_database("ptbdb").read("s0010_re").leads == ("I", "II", "VX")
    shutil.rmtree(tmp_path / "cache")
    (folder / "b.dat").unlink()
    assert not available("ptbdb")


def test_labels_in_a_table_are_needed_too(alone, tmp_path, monkeypatch):
    folder = tmp_path / "mirror" / "challenge-2017" / "1.0.0"
    write_record(folder / "training" / "A00", "A00001", leads=("ECG",), fs=300)
    (folder / "REFERENCE-v3.csv").write_text("A00001,N\n")
    write_sums(folder)
    monkeypatch.setenv("ECGBOOK_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setenv("ECGBOOK_OFFLINE", "1")
    assert available("challenge-2017", ["A00001"])
    (folder / "REFERENCE-v3.csv").unlink()
    assert not available("challenge-2017")


def test_reading_a_record_brings_the_table_of_labels(alone, site, tmp_path, monkeypatch):
    folder = tmp_path / "served2017"
    write_record(folder / "training" / "A00", "A00001", leads=("ECG",), fs=300)
    (folder / "REFERENCE-v3.csv").write_text("A00001,N\n")
    write_sums(folder)
    for path in folder.rglob("*.*"):
        name = f"challenge-2017/1.0.0/{path.relative_to(folder).as_posix()}"
        site.files[name] = path.read_bytes()
    open_database("challenge-2017").read("A00001")
    monkeypatch.setenv("ECGBOOK_OFFLINE", "1")
    assert open_database("challenge-2017").metadata["label"].tolist() == ["N"]


def test_a_mirror_of_a_part_is_complete_for_what_it_lists(alone, tmp_path, monkeypatch):
    write_mitdb(tmp_path / "mirror", names=("100", "103"))
    monkeypatch.setenv("ECGBOOK_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setenv("ECGBOOK_OFFLINE", "1")
    assert available("mitdb")
    assert not available("mitdb", ["101"])
    assert open_database("mitdb", "auto").records == ("100", "103")
    assert open_database("mitdb", "auto", records=["101"]).simulated


def test_noise_needs_no_annotations(alone, tmp_path, monkeypatch):
    folder = tmp_path / "mirror" / "nstdb" / "1.0.0"
    for name in ("bw", "118e24", "118e00"):
        write_record(folder, name)
    write_beats(folder, "118e24")
    write_sums(folder)
    monkeypatch.setenv("ECGBOOK_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setenv("ECGBOOK_OFFLINE", "1")
    assert open_database("nstdb").records == ("118e24", "bw")
