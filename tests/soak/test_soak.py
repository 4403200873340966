"""The soak in short: the same every time. At length it is ``python -m tests.soak``."""

import argparse
import math

import pytest

from tests.soak import campaign, signals, stored, tables  # noqa: F401 - each registers its kinds
from tests.soak.abuse import crowds, disk, kills
from tests.soak.kinds import KINDS
from tests.soak.servers import servers

COUNT = 80


@pytest.fixture
def options(tmp_path, monkeypatch):
    monkeypatch.setenv("ECGBOOK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ECGBOOK_OFFLINE", "1")
    return argparse.Namespace(count=None, seconds=math.inf, seed=0)


@pytest.mark.parametrize("name", KINDS)
def test_mutated_files_are_refused_or_true(options, name):
    tally, failures = campaign.campaign(KINDS[name], count=COUNT, seed=0)
    assert failures == []
    assert sum(tally.values()) == COUNT
    assert tally["refused"] > 0


@pytest.mark.parametrize("name", KINDS)
def test_files_that_nobody_changed_are_true(options, tmp_path, name):
    for file in KINDS[name].make(tmp_path / "files"):
        assert campaign.judge(KINDS[name], tmp_path / "files" / file) == ("true", ""), file


def test_servers_that_break_lie_or_never_end(options):
    assert servers(options) == []


@pytest.mark.notebook
@pytest.mark.parametrize(("part", "count"), [(crowds, 2), (disk, 3), (kills, 3)])
def test_programs_that_are_starved_crowded_and_killed(options, part, count):
    options.count = count
    assert part(options) == []
