"""Small programs for the campaigns: each makes something in a folder and checks what is there.

``python -m tests.soak.programs NAME FOLDER``. Each may be killed or starved at any moment, and
run again: what is there afterwards is whole.
"""

import os
import sys
from pathlib import Path

import numpy as np

ROWS = 200_000


def fetch(folder):
    """Copy two records from a mirror into the cache."""
    from ecgbook.sources import fetch

    os.environ.update(ECGBOOK_MIRROR=str(folder / "mirror"), ECGBOOK_CACHE=str(folder / "cache"))
    fetch.get("mitdb", progress=False)
    assert {state for _, state in fetch.check("mitdb", progress=False)} == {"ok"}


def store(folder):
    """Keep two arrays, piece by piece, beside what is there already."""
    from ecgbook.store import Store

    kept = Store(folder / "store")
    for key in "ab":
        if (entry := kept.get(key)) is None:
            with kept.create(key, {"rows": ROWS}) as writer:
                for start in range(0, ROWS, 10_000):
                    writer.append("x", np.arange(start, start + 10_000))
            entry = writer.entry
        assert (entry.arrays["x"] == np.arange(ROWS)).all()
        assert entry.meta["rows"] == ROWS


def train(folder):
    """Train a small network with a checkpoint; the end does not depend on who was killed."""
    import torch

    from ecgbook.training.checkpoint import Checkpoint

    torch.manual_seed(0)
    model = torch.nn.Linear(50, 50)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    state = Checkpoint(folder / "run.checkpoint", {"lr": 0.01}, model=model, optimizer=optimizer)
    notes = state.load() or {"step": 0}
    for step in range(notes["step"], 40):
        optimizer.zero_grad()
        model(torch.ones(4, 50) * step).square().mean().backward()
        optimizer.step()
        state.save({"step": step + 1})
    return float(sum(weight.double().sum() for weight in model.parameters()))


def results(folder):
    """Record rows of a chapter one after another."""
    from ecgbook.results import Run, read

    os.environ["ECGBOOK_RESULTS"] = str(folder / "01-a.cpu.json")
    run = Run("01-a", "cpu")
    for number in range(30):
        run.record({"score": "rate", "value": float(number)}, method=f"m{number}")
        assert len(read(folder / "01-a.cpu.json"))


def study(folder):
    """Compute the cases of a small study that are missing."""
    from ecgbook.studies.runner import Shelf
    from tests.studies.test_runner import STUDY

    shelf = Shelf(STUDY, "cpu", "synthetic", folder / "studies")
    for case in shelf.missing():
        shelf.compute(case)
    assert shelf.missing() == []
    assert len(shelf.units()) > 0


def pages(folder):
    """Lay out the pages of a tiny book whose chapter is executed already."""
    from ecgbook.publish import build, manifest

    site = build.stage(manifest.load(folder / "book"))
    assert "70" in (site / "chapters" / "01-tiny.ipynb").read_text()


PROGRAMS = {one.__name__: one for one in (fetch, store, train, results, study, pages)}

if __name__ == "__main__":
    print(repr(PROGRAMS[sys.argv[1]](Path(sys.argv[2]))), flush=True)
