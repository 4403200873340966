"""Try again and again what once went wrong, and print each failure as a case to repeat.

``python -m tests.soak [PART …] [--count N] [--seconds S] [--seed K] [--first N]`` with the parts
``mutations`` (or one of their kinds, such as ``headers``), ``servers``, ``crowds``, ``disk`` and
``kills``; all of them if none is named. The exit status is 1 if anything failed.
"""

import argparse
import os
import random
import sys
import tempfile

from tests.soak import campaign, signals, stored, tables  # noqa: F401 - each registers its kinds
from tests.soak.abuse import crowds, disk, kills
from tests.soak.kinds import KINDS
from tests.soak.servers import servers


def mutate(name, options):
    """Mutate files of one kind; return the failures."""
    how = {"seed": options.seed, "first": options.first, "seconds": options.seconds}
    tally, failures = campaign.campaign(KINDS[name], count=options.count or 2000, **how)
    total = sum(tally.values())
    counts = ", ".join(f"{n} {came}" for came, n in sorted(tally.items()))
    print(f"{name}: {total} mutations: {counts}", flush=True)
    return failures


def main(arguments=None):
    """Run the parts that are named and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("parts", nargs="*")
    parser.add_argument("--count", type=int, help="mutations of a kind, or tries of another part")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="for each part")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--first", type=int, default=0, help="number of the first mutation")
    options = parser.parse_args(arguments)
    wanted = options.parts or ["mutations", *PARTS]
    if "mutations" in wanted:
        wanted = [*KINDS, *(part for part in wanted if part not in ("mutations", *KINDS))]
    print(f"seed {options.seed}", flush=True)
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ECGBOOK_CACHE"] = folder
        for part in wanted:
            found = mutate(part, options) if part in KINDS else PARTS[part](options)
            failures += found
            print(*(f"  {failure}" for failure in found), sep="\n", flush=True)
    print(f"{len(failures)} failures")
    return int(bool(failures))


PARTS = {"servers": servers, "crowds": crowds, "disk": disk, "kills": kills}

if __name__ == "__main__":
    sys.exit(main())
