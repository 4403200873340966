"""What all tests share: one thread, a cache of their own, real ECGs only where there are any."""

import os
from pathlib import Path

import pytest
from _pytest.doctest import DoctestItem
from hypothesis import settings

# The gate is the same for everybody: drawn examples depend on the test alone, and no test fails
# for being slow. HYPOTHESIS_PROFILE=search looks further, and prints what reproduces a find.
settings.register_profile("gate", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))

for library in ("OMP", "MKL", "OPENBLAS", "NUMEXPR"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
os.environ.setdefault("ECGBOOK_OFFLINE", "1")
os.environ.setdefault("MPLBACKEND", "agg")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory):
    """Keep what the tests store out of the user's cache."""
    before = os.environ.get("ECGBOOK_CACHE")
    os.environ["ECGBOOK_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    os.environ.pop("ECGBOOK_CACHE")
    if before is not None:
        os.environ["ECGBOOK_CACHE"] = before


@pytest.fixture(autouse=True)
def _examples_write_elsewhere(request, tmp_path_factory, monkeypatch):
    """Run the examples of docstrings in a folder of their own: some of them record results."""
    if isinstance(request.node, DoctestItem):
        monkeypatch.chdir(tmp_path_factory.mktemp("example"))


def pytest_collection_modifyitems(items):
    if _real_ecgs():
        return
    skip = pytest.mark.skip(reason="no mirror in ECGBOOK_MIRROR has MIT-BIH records")
    for item in items:
        if item.get_closest_marker("real"):
            item.add_marker(skip)


def _real_ecgs():
    mirrors = os.environ.get("ECGBOOK_MIRROR", "").split(",")
    return any(mirror and (Path(mirror) / "mitdb").is_dir() for mirror in mirrors)
