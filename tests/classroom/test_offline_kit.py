import io
import subprocess
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

from ecgbook import cli
from ecgbook.classroom.offline_kit import build_wheel, offline_kit, simulated_slices
from ecgbook.errors import BookInvalid

TREE = {
    "_build/html/index.html": "<html>",
    "_build/html/_static/style.css": "a {}",
    "_build/html/_sources/chapters/01-signals.ipynb": "{}",
    "_build/html/.buildinfo": "hidden",
    "book/assignments/student/01-signals.ipynb": "{}",
    "book/assignments/student/tests/01-signals/q1.py": "test = {}",
    "book/assignments/01-signals.ipynb": "solutions",
    "requirements.lock": "numpy==2.0\n",
    "data/100.dat": "a recording that no part of the kit names",
}


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    for name, text in TREE.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def wheel(root, folder):
    path = folder / "tiny-1.0-py3-none-any.whl"
    path.write_text("wheel")
    return path


HOW = {"make_wheel": wheel, "make_data": lambda: {"simulated-normal.npz": b"ecg"}}


def names(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def test_what_is_in_the_archive(root, tmp_path):
    assert names(offline_kit(root, tmp_path / "kit.zip", **HOW)) == [
        "MANIFEST.txt",
        "README.txt",
        "data/simulated-normal.npz",
        "notebooks/assignments/01-signals.ipynb",
        "notebooks/assignments/tests/01-signals/q1.py",
        "notebooks/chapters/01-signals.ipynb",
        "package/tiny-1.0-py3-none-any.whl",
        "pages/_sources/chapters/01-signals.ipynb",
        "pages/_static/style.css",
        "pages/index.html",
        "requirements.lock",
    ]


def test_the_same_files_give_the_same_archive(root, tmp_path):
    first, again = (offline_kit(root, tmp_path / name, **HOW) for name in ("a.zip", "b.zip"))
    assert first.read_bytes() == again.read_bytes()


def test_the_manifest_can_be_checked_by_sha256sum(root, tmp_path):
    with zipfile.ZipFile(offline_kit(root, tmp_path / "kit.zip", **HOW)) as archive:
        archive.extractall(tmp_path / "room")
    command = ["sha256sum", "--check", "--strict", "--quiet", "MANIFEST.txt"]
    assert subprocess.run(command, cwd=tmp_path / "room", check=False).returncode == 0
    lines = (tmp_path / "room" / "MANIFEST.txt").read_text().splitlines()
    assert len(lines) == 10


def test_the_readme_has_three_steps_and_the_command_for_wheels_that_are_missing(root, tmp_path):
    def readme(**how):
        with zipfile.ZipFile(offline_kit(root, tmp_path / "kit.zip", **how, **HOW)) as archive:
            return archive.read("README.txt").decode()

    text = readme()
    assert [line[:2] for line in text.splitlines() if line[:1].isdigit()] == ["1.", "2.", "3."]
    assert "pip wheel" in text
    assert "package/tiny-1.0-py3-none-any.whl" in text
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "numpy-2.0-py3-none-any.whl").write_text("wheel")
    (wheels / "numpy-2.0.tar.gz").write_text("source")
    assert "pip wheel" not in readme(wheels=wheels)
    inside = names(tmp_path / "kit.zip")
    assert [name for name in inside if name.startswith("wheels")] == [
        "wheels/numpy-2.0-py3-none-any.whl"
    ]


def test_without_pages_nothing_is_written(root, tmp_path):
    (root / "_build/html/index.html").unlink()
    with pytest.raises(BookInvalid, match="make book"):
        offline_kit(root, tmp_path / "kit.zip", **HOW)
    assert not list(tmp_path.glob("kit*"))


@pytest.mark.parametrize("name", ["100.dat", "100.HEA", "a/100.atr", "A0001.mat", "own.edf"])
def test_a_recording_among_the_files_is_refused(root, tmp_path, name):
    path = root / "book/assignments/student" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mV")
    with pytest.raises(BookInvalid, match="looks like a recording"):
        offline_kit(root, tmp_path / "kit.zip", **HOW)
    assert not list(tmp_path.glob("kit*"))


def test_a_link_is_refused(root, tmp_path):
    (root / "_build/html/secret.html").symlink_to(root / "data/100.dat")
    with pytest.raises(BookInvalid, match="is a link"):
        offline_kit(root, tmp_path / "kit.zip", **HOW)


def test_wrong_names_and_an_empty_folder_of_wheels_are_refused(root, tmp_path):
    with pytest.raises(BookInvalid, match=r"\.zip"):
        offline_kit(root, tmp_path / "kit.tar", **HOW)
    with pytest.raises(BookInvalid, match="no folder with wheels"):
        offline_kit(root, tmp_path / "kit.zip", wheels=tmp_path / "none", **HOW)
    (root / "requirements.lock").unlink()
    with pytest.raises(BookInvalid, match="missing"):
        offline_kit(root, tmp_path / "kit.zip", **HOW)


def test_the_command(root, tmp_path, monkeypatch, capsys):
    from ecgbook.classroom import offline_kit as kit
    from ecgbook.publish import manifest

    monkeypatch.setattr(manifest, "load", lambda: SimpleNamespace(root=root))
    monkeypatch.setattr(kit, "build_wheel", wheel)
    monkeypatch.setattr(kit, "simulated_slices", HOW["make_data"])
    assert cli.main(["offline-kit", "--to", str(tmp_path / "kit.zip")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "kit.zip")


def test_simulated_ecgs_with_their_beats():
    made = simulated_slices(seconds=5, people=1)
    assert "simulated-normal.npz" in made
    ecg = np.load(io.BytesIO(made["simulated-normal.npz"]), allow_pickle=False)
    assert ecg["signal"].shape == (1, 12, 1250)
    assert len(ecg["r_peak_0"]) == len(ecg["symbol_0"]) > 3


PROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "ecgbook"
version = "9.9"
[tool.setuptools]
packages = ["ecgbook"]
"""


def test_a_wheel_is_built_from_a_copy(root, tmp_path):
    pytest.importorskip("setuptools")
    (root / "pyproject.toml").write_text(PROJECT)
    (root / "ecgbook").mkdir()
    (root / "ecgbook" / "__init__.py").write_text("")
    before = sorted(root.rglob("*"))
    (tmp_path / "scratch").mkdir()
    made = build_wheel(root, tmp_path / "scratch")
    assert "ecgbook/__init__.py" in names(made)
    assert sorted(root.rglob("*")) == before


def test_a_package_that_cannot_be_built_is_one_sentence(root, tmp_path):
    (root / "pyproject.toml").write_text("no")
    (tmp_path / "scratch").mkdir()
    with pytest.raises(BookInvalid, match="the package was not built"):
        build_wheel(root, tmp_path / "scratch")
