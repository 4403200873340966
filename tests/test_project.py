"""The files around the package agree with each other."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

import ecgbook
from ecgbook.publish import generate, manifest
from tools import lock

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def locked():
    return lock.versions((ROOT / "requirements.lock").read_text().splitlines())


def test_the_lock_file_names_versions_and_nothing_else():
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    packages = [line for line in lines if not line.startswith("#")]
    assert [line for line in packages if not re.fullmatch(r"[\w.-]+==[\w.]+", line)] == []
    assert [line for line in packages if re.match(r"nvidia-|triton|ecgbook", line)] == []


def test_every_direct_dependency_is_locked(locked):
    assert [name for name in lock.direct_names() if name not in locked] == []


def test_conda_takes_the_versions_of_the_lock_file(locked):
    assert (ROOT / "environment.yml").read_text() == lock.conda(locked, lock.direct_names())
    assert yaml.safe_load((ROOT / "environment.yml").read_text())["name"] == "ecgbook"


@pytest.mark.parametrize("line", ["nvidia-cudnn-cu12==9.1", "triton==3.0", "x @ file:///x.whl"])
def test_locking_stops_on_what_fits_one_machine_only(line):
    with pytest.raises(SystemExit, match="does not belong into a lock file"):
        lock.locked(f"numpy==2.0\n{line}\n")


def test_locking_leaves_builds_and_the_package_out():
    frozen = "# note\n-e git+https://x@y#egg=ecgbook\necgbook==0.1\ntorch==2.13.0+cpu\nB==1\na==2\n"
    assert lock.locked(frozen) == ["a==2", "B==1", "torch==2.13.0"]


def test_the_pages_launch_the_release_of_the_package():
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    assert config["repository"]["branch"] == f"v{ecgbook.__version__}"
    assert config["execute"]["execute_notebooks"] == "off"


def test_every_colab_link_leads_to_a_tracked_notebook():
    book = manifest.load(ROOT)
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if tracked.returncode:
        pytest.skip("not a git checkout")
    for chapter in book.chapters:
        path = generate.colab_url(book, chapter).split(f"/{book.tag}/")[1]
        assert path in tracked.stdout.splitlines()


def test_the_version_stands_everywhere_alike():
    pyproject = (ROOT / "pyproject.toml").read_text()
    assert f'version = "{ecgbook.__version__}"' in pyproject


def test_every_page_of_the_contents_is_there():
    contents = (ROOT / "_toc.yml").read_text()
    for page in re.findall(r"(?:root|file): (\S+)", contents):
        made = page == "results"
        assert made or list((ROOT / "book").glob(f"{page}.*")), page
