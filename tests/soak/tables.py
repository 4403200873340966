"""Tables of labels and lists of files, read once more by ``csv`` and line by line."""

import ast
import csv
import math
import os
import re
from pathlib import PurePosixPath

from ecgbook.sources import catalog, fetch
from ecgbook.sources.database import Database
from tests.soak.kinds import kind
from tests.sources.records import write_beats, write_record, write_sums
from tests.sources.test_labels import LUDB, PTB_XL, STATEMENTS

RHYTHMS = "A00001,N\nA00227,~\nA01176,A\nA08528,O\n"


def make_tables(folder):
    records = {
        "ptb-xl/1.0.3": ["records500/00000/00001_hr", "records500/00000/00002_hr"],
        "challenge-2017/1.0.0": ["training/A00/A00001", "training/A00/A00227"],
        "ludb/1.0.1": ["data/1", "data/3"],
    }
    texts = {
        "ptb-xl/1.0.3/ptbxl_database.csv": PTB_XL,
        "ptb-xl/1.0.3/scp_statements.csv": STATEMENTS,
    }
    texts |= {"challenge-2017/1.0.0/REFERENCE-v3.csv": RHYTHMS, "ludb/1.0.1/ludb.csv": LUDB}
    for database, stems in records.items():
        for stem in stems:
            where, _, name = f"{database}/{stem}".rpartition("/")
            write_record(folder / where, name, n_samples=50)
    for path, text in texts.items():
        (folder / path).write_text(text)
    return list(texts)


def opened(path, root):
    """Return the `Database` whose table this is, its mirror ``root`` with right digests."""
    from ecgbook.sources.challenge2017 import Challenge2017
    from ecgbook.sources.ludb import Ludb
    from ecgbook.sources.mirrors import Folder
    from ecgbook.sources.ptbxl import PtbXl

    classes = {"ptb-xl": PtbXl, "challenge-2017": Challenge2017, "ludb": Ludb}
    write_sums(path.parent)
    os.environ["ECGBOOK_CACHE"] = str(root / "cache")
    found = object.__new__(classes[path.parent.parent.name])
    Database.__init__(found, catalog.CATALOG[path.parent.parent.name])
    found.files = fetch.Files(found.info, [Folder(root)])
    found.records = tuple(found.files.records)
    return found


def read_tables(path):
    return opened(path, path.parents[2]).metadata


def fault_of_tables(path, labels):
    check = {"ptb-xl": _ptbxl, "challenge-2017": _rhythms, "ludb": _ludb}
    found = check[path.parent.parent.name](path.parent, labels)
    return next((fault for fault in found if fault), "")


kind("tables", make_tables, read_tables, fault_of_tables)


def _rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def _by(rows, key):
    names, *cells = rows
    found = {}
    for row in cells:
        if row:
            found.setdefault(dict(zip(names, row, strict=True))[key], []).append(
                dict(zip(names, row, strict=True))
            )
    return found


def _ptbxl(folder, labels):
    rows = _by(_rows(folder / "ptbxl_database.csv"), "filename_hr")
    classes = _by(_rows(folder / "scp_statements.csv"), "")
    for record, label in labels.iterrows():
        (row,) = next(rows[path] for path in rows if path.endswith(record))
        age = float(row["age"] or "nan")
        yield "" if age == label["age"] or math.isnan(age) else f"age {label['age']}, {row['age']}"
        yield "" if math.isnan(age) or 0 <= age <= 199 or age == 300 else f"age {age}"
        yield "" if {"M": "0", "F": "1"}[label["sex"]] == row["sex"] else f"sex {row['sex']}"
        yield "" if str(label["fold"]) == row["strat_fold"].strip() else f"fold {row['strat_fold']}"
        yield "" if 1 <= label["fold"] <= 10 else f"fold {label['fold']}"
        yield "" if label["patient"] == row["patient_id"].removesuffix(".0") else "patient"
        yield "" if ast.literal_eval(row["scp_codes"]) == label["scp_codes"] else "statements"
        for code, likelihood in label["scp_codes"].items():
            yield "" if 0 <= likelihood <= 100 else f"likelihood {likelihood}"
            yield "" if len(classes.get(code, ())) == 1 else f"statement {code} is unknown"
            name = classes[code][0]["diagnostic_class"]
            yield "" if not name or label[name] else f"{code} is not {name}"


def _rhythms(folder, labels):
    rows = [row for row in _rows(folder / "REFERENCE-v3.csv") if row]
    for record, label in labels.iterrows():
        own = [row[1:] for row in rows if row[0] == record]
        yield (
            ""
            if own == [[label["label"]]]
            else f"{record} is {label['label']}, the table has {own}"
        )


def _ludb(folder, labels):
    rows = _by(_rows(folder / "ludb.csv"), "ID")
    for record, label in labels.iterrows():
        own = rows.get(record, [])
        yield "" if len(own) == 1 else f"{record} stands {len(own)} times"
        row = {name: cell.strip() for name, cell in own[0].items()}
        yield "" if label["sex"] == row["Sex"] in ("M", "F") else f"sex {row['Sex']}"
        age = "" if math.isnan(label["age"]) else f"{label['age']:g}"
        yield (
            ""
            if age == row["Age"].lstrip("0") or row["Age"][:1] in (">", "0")
            else f"age {row['Age']}"
        )
        yield (
            ""
            if label["rhythm"]
            == "; ".join(x.strip() for x in row["Rhythms"].splitlines() if x.strip())
            else "rhythm"
        )


def make_index(folder):
    base = folder / "mitdb" / "1.0.0"
    for name in ("100", "101", "102"):
        write_record(base, name, n_samples=50)
        write_beats(base, name, sample=(10, 20, 30))
    write_sums(base)
    return ["mitdb/1.0.0/SHA256SUMS.txt"]


def read_indexes(path):
    from ecgbook.sources.mirrors import Folder

    os.environ["ECGBOOK_CACHE"] = str(path.parents[2] / "cache")
    return fetch.Files(catalog.CATALOG["mitdb"], [Folder(path.parents[2])])


def fault_of_indexes(path, files):
    text = path.read_text("utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not text.endswith("\n"):
        return "the last line has no end"
    pairs = [re.fullmatch(r"\s*(\w{64}) [ *]?(.+?)\s*", line).groups() for line in lines]
    digests = {}
    for digest, name in pairs:
        if digests.setdefault(name, digest.lower()) != digest.lower():
            return f"two digests of {name}"
    plain = {os.path.normpath(name): digest for name, digest in digests.items()}
    if {os.path.normpath(name): digest for name, digest in files.digests.items()} != plain:
        return "other digests than in the file"
    outside = [name for name in files.digests if {"..", "/"} & {*PurePosixPath(name).parts}]
    return f"a path outside: {outside}" if outside else ""


kind("indexes", make_index, read_indexes, fault_of_indexes)
