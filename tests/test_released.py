"""Reference results and weights, found wherever the package is installed."""

import doctest
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import ecgbook
from ecgbook import DataMissing, released, training
from ecgbook.models import count_parameters
from ecgbook.publish import manifest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def _another_folder(tmp_path, monkeypatch):
    """Nothing may depend on the folder that one works in."""
    monkeypatch.chdir(tmp_path)


def test_examples_in_docstrings_hold():
    assert doctest.testmod(released).failed == 0


def test_every_chapter_has_reference_results():
    chapters = [chapter for chapter in manifest.load(ROOT).chapters if chapter.kind == "chapter"]
    assert chapters
    for chapter in chapters:
        assert released.path(f"{chapter.name}.cpu.json").is_file()


def test_every_network_comes_with_its_card():
    assert released.names()
    for name in released.names():
        text = released.path(f"{name}.md").read_text(encoding="utf-8")
        assert f'load_released("{name}")' in text
        assert released.path(f"{name}.safetensors").stat().st_size < 6e6


def test_level_1_of_chapter_4_is_the_published_network():
    model, card = ecgbook.load_released("madegan-usual")
    assert type(model) is ecgbook.models.MemoryAutoencoder
    assert not model.training
    assert count_parameters(model) == 1_225_408  # as in the public code
    assert card["fs"] == 360


def test_all_names_of_load_released_are_one_function():
    assert ecgbook.load_released is training.load_released
    assert "load_released" in dir(ecgbook)


def test_what_is_not_there_is_refused_with_what_is():
    with pytest.raises(DataMissing, match=r"no 'jury\.safetensors' .*madegan-usual\.safetensors"):
        training.load_released("jury")
    with pytest.raises(DataMissing, match=r"no '\.\./errors\.py' .*01-signals\.cpu\.json"):
        released.path("../errors.py")


def test_finding_a_file_does_not_load_torch():
    code = (
        "import sys; from ecgbook import released; released.path('madegan-usual.md');"
        "assert released.names() and 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_a_wheel_brings_the_files_along(tmp_path):
    pytest.importorskip("setuptools", "77")  # Python 3.12 and later bring none into new folders
    source, unpacked = tmp_path / "source", tmp_path / "unpacked"
    shutil.copytree(ROOT / "ecgbook", source / "ecgbook")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    build = "from setuptools import build_meta; build_meta.build_wheel('.')"
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True)
    (wheel,) = source.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(unpacked)
    code = (
        "import ecgbook, ecgbook.released as r; print(r.__file__);"
        "ecgbook.load_released('madegan-usual');"
        "print(r.path('01-signals.cpu.json'))"
    )
    environment = os.environ | {"PYTHONPATH": str(unpacked)}
    printed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert [Path(line).is_relative_to(unpacked) for line in printed.splitlines()] == [True, True]
    here = {path.name for path in (ROOT / "ecgbook" / "reference").glob("[!.]*")}
    assert {path.name for path in (unpacked / "ecgbook" / "reference").iterdir()} == here
