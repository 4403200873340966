import importlib
import subprocess
import sys

import pytest

HEAVY = (
    *("torch", "numba", "biosppy", "pyts", "lime", "captum"),
    *("wfdb", "matplotlib", "pandas", "scipy", "sklearn", "requests", "joblib"),
)


def loaded_by(code):
    printed = subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return set(printed.split())


def test_import_is_cheap():
    assert not loaded_by("import ecgbook") & set(HEAVY)


@pytest.mark.parametrize(
    "room", ["sources", "simulator", "signals", "plotting", "datasets", "evaluation"]
)
def test_rooms_that_do_not_compute_with_torch_do_not_load_it(room):
    modules = loaded_by(f"import ecgbook.{room}")
    assert not modules & {"torch", "numba", "biosppy", "pyts", "lime", "captum"}


def test_rooms_are_loaded_when_used():
    assert "ecgbook.sources" in loaded_by("import ecgbook; ecgbook.open_database")


def test_every_room_can_be_reached_from_the_top():
    import ecgbook

    assert ecgbook.simulator.simulate is importlib.import_module("ecgbook.simulator").simulate
    assert ecgbook.read is ecgbook.sources.read
    assert {"read", "simulator", "classical"} <= set(dir(ecgbook))


def test_unknown_name():
    import ecgbook

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = ecgbook.nothing
    assert "open_database" in dir(ecgbook)
