"""What the package keeps: results, checkpoints, weights, entries of the store, the manifest."""

import json
import math
import warnings

import numpy as np
import torch
import yaml

from ecgbook.models import create_model
from ecgbook.publish import manifest
from ecgbook.resultfile import File, make_unit, read_file, write
from ecgbook.store import Store
from ecgbook.training import load_model, save_weights
from ecgbook.training.checkpoint import Checkpoint
from tests.soak.kinds import kind


def make_results(folder):
    rows = [
        {
            "score": "f1",
            "class": c,
            "value": 0.5,
            "low": 0.4,
            "high": 0.6,
            "n_patients": 22,
            "n": 90,
        }
        for c in ("N", "V", "all")
    ]
    units = [make_unit(rows, {"method": m, "seed": 0}, minutes=1.5) for m in ("trees", "network")]
    write(folder / "01-a.cpu.json", File("01-a", "cpu", units))
    return ["01-a.cpu.json"]


def read_results(path):
    return read_file(path)


def fault_of_results(path, file):
    if (file.chapter, file.profile) != ("01-a", "cpu"):
        return f"of {file.chapter}, {file.profile}"
    seen = set()
    for unit in file.units:
        for row in unit.rows:
            key = json.dumps(unit.case, sort_keys=True), row.score, row.class_
            numbers = [row.value, row.low, row.high, row.published]
            if key in seen:
                return f"{key} stands twice"
            if not all(math.isfinite(x) for x in numbers if x is not None):
                return f"{row} is not finite"
            if None not in (row.low, row.high) and row.low > row.high:
                return f"{row}: low above high"
            if any(x is not None and (x < 0 or x != int(x)) for x in (row.n, row.n_patients)):
                return f"{row}: no counts"
            seen.add(key)
    return (
        "" if _told(file) == _plain(json.loads(path.read_bytes())) else "other than the file says"
    )


kind("results", make_results, read_results, fault_of_results)


def _told(file):
    """Return chapter, profile and rows in plain values."""
    units = [
        [unit.case, [list(row.as_dict().values()) for row in unit.rows]] for unit in file.units
    ]
    return json.loads(json.dumps([file.chapter, file.profile, units]))


def _plain(content):
    defaults = [None, None, None, None, None, None, None, "", None, ""]
    units = [
        [unit["case"], [row[:10] + defaults[len(row) :] for row in unit["rows"]]]
        for unit in content["units"]
    ]
    return [content["chapter"], content["profile"], units]


def make_checkpoint(folder):
    folder.mkdir(parents=True)
    Checkpoint(folder / "run.checkpoint", {"lr": 0.1}, model=_model()).save({"epoch": 3})
    return ["run.checkpoint"]


def _model():
    torch.manual_seed(0)
    return torch.nn.Linear(30, 5)


def read_checkpoints(path):
    model = torch.nn.Linear(30, 5)
    return model, Checkpoint(path, {"lr": 0.1}, model=model).load()


def fault_of_checkpoints(path, value):
    model, notes = value
    same = all(map(torch.equal, model.parameters(), _model().parameters()))
    return "" if same and notes == {"epoch": 3} else "another state than was saved"


kind("checkpoints", make_checkpoint, read_checkpoints, fault_of_checkpoints)


def make_weights(folder):
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    model = create_model("beat_cnn", width=2)
    save_weights(folder / "w.safetensors", model, classes="NSVFQ", fs=360, seed=1)
    return ["w.safetensors"]


def read_weights(path):
    return load_model(path)


def fault_of_weights(path, value):
    model, card = value
    torch.manual_seed(0)
    same = map(torch.equal, model.parameters(), create_model("beat_cnn", width=2).parameters())
    told = card["classes"], card["fs"], card["seed"], card["config"]["width"]
    return "" if all(same) and told == (list("NSVFQ"), 360, 1, 2) else f"another network: {told}"


kind("weights", make_weights, read_weights, fault_of_weights)


def make_entry(folder):
    arrays = {"x": np.arange(12.0).reshape(3, 4), "y": np.arange(3)}
    Store(folder).put("key", arrays, {"fs": 360, "leads": ["II", "V5"], "low": float("nan")})
    return ["key/manifest.json"]


def read_entries(path):
    from ecgbook.errors import DataMissing

    if (entry := Store(path.parents[1]).get("key")) is None:
        raise DataMissing("no entry")
    return entry


def fault_of_entries(path, entry):
    same = (entry.arrays["x"].ravel() == np.arange(12)).all() and len(entry.arrays) == 2
    return "" if same and entry.meta["fs"] == 360 and len(entry.meta) == 3 else "another entry"


kind("entries", make_entry, read_entries, fault_of_entries)


CHAPTERS = """\
profiles:
  smoke: {minutes: 2, memory_mb: 2000}
  cpu: {minutes: 20, memory_mb: 4000}
chapters:
- notebook: book/chapters/01-tiny.ipynb
  title: Tiny
  goals: [count to ten, see]
  prerequisites: {necessary: [Python], helpful: []}
  reading_minutes: 10
  databases: {mitdb: ['100', '101'], ptb-xl: all, ludb: 5}
  figures: 1
  profiles:
    cpu: {minutes: 5}
  contracts:
  - {score: rate, smoke: [60, 80], simulated: true, method: a}
"""


def make_manifest(folder):
    folder.mkdir(parents=True)
    (folder / "chapters.yml").write_text(CHAPTERS)
    (folder / "_config.yml").write_text("repository:\n  url: https://example.org/x\n")
    return ["chapters.yml", "chapters.yml", "_config.yml"]


def read_manifests(path):
    return manifest.load(path.parent)


def fault_of_manifests(path, book):
    names = [chapter.name for chapter in book.chapters]
    if len(set(names)) < len(names):
        return "two chapters of one name"
    for chapter in book.chapters:
        for profile in chapter.profiles.values():
            if not (0 < profile.minutes < 1e6 and 0 < profile.memory_mb < 1e6):
                return f"limits {profile}"
        for contract in chapter.contracts:
            if not all(low <= high for low, high in filter(None, (contract.smoke, contract.cpu))):
                return f"range of {contract}"
        if ".." in chapter.notebook.parts or chapter.notebook.is_absolute():
            return f"notebook {chapter.notebook}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = yaml.safe_load((path.parent / "chapters.yml").read_text())
    return "" if len(plain["chapters"]) == len(names) else "a chapter is missing"


kind("manifests", make_manifest, read_manifests, fault_of_manifests)
