import json
import runpy
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "tools" / "gpu_age.py"
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("dates", "said", "young"),
    [
        ([], "never", False),
        (["2026-03-19T12:00:00Z", "2026-01-01T12:00:00Z"], "1 days", True),
        (["2026-03-06T12:00:00Z"], "14 days", True),
        (["2026-03-06T11:59:59Z"], "14 days", False),
    ],
)
def test_two_weeks_without_a_run_are_said(dates, said, young):
    verdict = runpy.run_path(str(SCRIPT))["verdict"]
    sentence, is_young = verdict([{"createdAt": date} for date in dates], NOW)
    assert said in sentence
    assert is_young == young


@pytest.mark.parametrize(("days", "code"), [(1, 0), (30, 1)])
def test_the_workflow_fails_when_the_run_is_old(days, code):
    when = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    runs = json.dumps([{"createdAt": when}])
    done = subprocess.run([sys.executable, SCRIPT], input=runs, text=True, capture_output=True)
    assert done.returncode == code
    assert ("Run the workflow" in done.stdout) == bool(code)
