"""A folder full of submissions that no grader should trust: attacks, odd files, odd names."""

import json
import os

from tests.classroom.attacks import CELLS, WRONG

RAW = {
    "no-json": b"this is no notebook",
    "empty": b"",
    "binary": bytes(range(256)) * 100,
    "deep-json": b'{"cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "other-json": b"[1, 2, 3]",
    "odd-cells": b'{"cells": {"a": 1}, "metadata": []}',
    "odd-sources": b'{"cells": [{"cell_type": "code", "source": {"x": 1}}, 7, null]}',
    "surrogates": b'{"cells": [{"cell_type": "code", "source": "x = \\"\\ud800\\""}]}',
}

# Names of files: ways out of the folder, formulas, elements of a page, line ends.
NAMES = ["..", "..\\..\\evil", "%2e%2e%2fevil", '=HYPERLINK("x")', "+1+1", "-2", "@SUM(1)"]
NAMES += ["<script>alert(1)<", "a\nb,100", "\tx", " =1", "x" * 200, "𝔛", '"quoted", name']


def notebook(*sources):
    """Return a notebook with code cells as bytes."""
    cells = [{"cell_type": "code", "metadata": {}, "source": source} for source in sources]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}).encode()


def hostile_files(folder, **facts):
    """Write all attacks into a folder and return how many entries that makes."""
    for name, source in CELLS.items():
        for key, value in facts.items():
            source = source.replace(f"{{{key}}}", str(value))
        source = source.replace("{{", "{").replace("}}", "}")
        (folder / f"{name}.ipynb").write_bytes(notebook(WRONG, source))
    for name, content in RAW.items():
        (folder / f"{name}.ipynb").write_bytes(content)
    for name in NAMES:
        (folder / f"{name}.ipynb").write_bytes(notebook(WRONG))
    folder.joinpath(os.fsdecode(b"\xff\xfe.ipynb")).write_bytes(notebook(WRONG))
    solution = folder.parent / "solution.ipynb"
    (folder / "link.ipynb").symlink_to(solution)
    (folder / "link-to-folder").symlink_to(folder.parent)
    (folder / "linked-inside").mkdir()
    (folder / "linked-inside" / "a.ipynb").symlink_to(solution)
    (folder / "two-notebooks").mkdir()
    for name in "ab":
        (folder / "two-notebooks" / f"{name}.ipynb").write_bytes(notebook(WRONG))
    _with_modules(folder / "modules-beside")
    os.mkfifo(folder / "pipe.ipynb")
    with (folder / "huge.ipynb").open("wb") as file:
        file.truncate(10**12)
    (folder / "letter.docx").write_bytes(b"my answers")
    return len(list(folder.iterdir()))


def _with_modules(folder):
    """A notebook with files beside it that Python would like to import."""
    folder.mkdir()
    (folder / "work.ipynb").write_bytes(notebook(WRONG, "import numpy, json, ecgbook"))
    for name in ("sitecustomize", "usercustomize", "numpy", "json", "ecgbook", "conftest"):
        (folder / f"{name}.py").write_text("raise SystemExit('this was imported')")
