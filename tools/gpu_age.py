"""Fail if the last run on a GPU that passed is older than two weeks.

Usage: gh run list --workflow gpu.yml --status success --limit 1 --json createdAt | gpu_age.py
"""

import json
import sys
from datetime import UTC, datetime, timedelta

MOST = timedelta(days=14)


def verdict(runs, now):
    """Return a sentence on the newest of some runs, and whether it is young enough."""
    passed = [datetime.fromisoformat(run["createdAt"].replace("Z", "+00:00")) for run in runs]
    if not passed:
        return "The chapters have never passed on a GPU.", False
    age = now - max(passed)
    return f"The chapters last passed on a GPU {age.days} days ago.", age <= MOST


if __name__ == "__main__":
    sentence, young = verdict(json.load(sys.stdin), datetime.now(UTC))
    print(sentence if young else f"{sentence} Run the workflow `gpu`, or look why it fails.")
    sys.exit(not young)
