"""A digest of code, tried on a copy of the package in which one statement is changed."""

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from ecgbook import code
from ecgbook.code import code_digest
from ecgbook.studies import study_of

PACKAGE = Path(code.__file__).parent

# Digests by the code as it is now, as often as asked: each time in a new process, which finds the
# libraries imported and nothing of the package.
DIGESTS = """
import json, os, sys
from pathlib import Path
import numpy, pandas, scipy.signal, sklearn.ensemble, sklearn.neighbors, sklearn.svm, torch

def digests():
    from ecgbook.studies import study_of
    from ecgbook.studies.runner import Shelf
    found = {}
    for chapter in ("02-beat-datasets", "03-anomaly-detection", "04-hierarchical-transfer"):
        shelf = Shelf(study_of(chapter), "cpu", "synthetic", Path())
        for case in shelf.study.cases():
            if case.get("seed", 0) == 0:
                found[" ".join(map(str, [chapter[:2], *case.values()]))] = shelf.key(case)
    return found

assert not any(name.startswith("ecgbook.") for name in sys.modules)
for _ in sys.stdin:
    if os.fork() == 0:
        print(json.dumps(digests()), flush=True)
        os._exit(0)
    if os.wait()[1]:
        sys.exit("the digests failed")
"""


@contextmanager
def digests_in(folder):
    """Give a function that returns the digests by the code in a folder."""
    pipes = dict.fromkeys(["stdin", "stdout"], subprocess.PIPE)
    # No file of bytecode: two edits within a second could share its time stamp.
    command = [sys.executable, "-B", "-c", DIGESTS]
    with subprocess.Popen(command, cwd=folder, text=True, **pipes) as process:

        def digests():
            process.stdin.write("again\n")
            process.stdin.flush()
            line = process.stdout.readline()
            assert line, "see what the process wrote above"
            return json.loads(line)

        yield digests
        process.stdin.close()


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the package, what gives the keys of all cases by its code, and the keys."""
    folder = tmp_path_factory.mktemp("copy")
    left_out = shutil.ignore_patterns("__pycache__", "*.npz")
    shutil.copytree(PACKAGE, folder / "ecgbook", ignore=left_out)
    with digests_in(folder) as digests:
        yield folder, digests, digests()


def stale_after(copy, *edits):
    """Return the cases whose key changes after edits, each (file, old text, new text)."""
    folder, digests, before = copy
    texts = {}
    for file, old, new in edits:
        path = folder / "ecgbook" / file
        texts[path] = path.read_text("utf-8")
        assert old in texts[path]
        path.write_text(texts[path].replace(old, new, 1), "utf-8")
    try:
        after = digests()
    finally:
        for path, text in texts.items():
            path.write_text(text, "utf-8")
    return {case for case in before if before[case] != after[case]}


def everywhere(copy, *words):
    return {case for case in copy[2] if any(word in case.split() for word in words)}


# Chapter 4 starts from the memory autoencoder of chapter 3.
MEMORIES = ("madegan", "memae", "madegan_long")
CLASSIFIERS = (
    *("scratch", "frozen", "fine_tuned", "as_they_come", "class_weights", "focal"),
    "multi_branch",
)


def test_a_remark_a_layout_and_a_stranger_make_nothing_stale(copy):
    edits = (
        ("models/beat_cnn.py", "import torch\n", "import torch\n\n# A remark.\n"),
        ("training/losses.py", '"""', '"""Losses, and more. '),
        ("studies/beats.py", "_EVERY = 2", "_EVERY = (\n    2\n)"),
        ("evaluation/reporting.py", "def report(", "def reported(): ...\n\n\ndef report("),
        ("plotting/style.py", "import", "import math\nimport"),
    )
    assert stale_after(copy, *edits) == set()


@pytest.mark.parametrize(
    ("file", "old", "new", "methods"),
    [
        ("models/beat_cnn.py", "kernel=7", "kernel=9", ("beat_cnn",)),
        (
            "models/memory.py",
            "/ (above.abs() + 1e-12)",
            "/ (above.abs() + 1e-9)",
            (*MEMORIES, "04"),
        ),
        ("training/augment.py", "0.15", "0.16", ("beat_cnn", *CLASSIFIERS)),
        ("evaluation/ec57.py", "/ 8", "/ 9", ("beat_cnn",)),
        ("studies/study.py", "np.concatenate([getattr(split", "np.hstack([getattr(split", None),
    ],
)
def test_a_change_makes_those_stale_that_pass_through_it(copy, file, old, new, methods):
    stale = stale_after(copy, (file, old, new))
    assert stale == (set(copy[2]) if methods is None else everywhere(copy, *methods))


def test_a_table_counts_as_code(copy):
    assert stale_after(copy, ("simulator/hearts.toml", "1", "2")) == set(copy[2])


def answer(x, *, scale=2):
    return scale * x


def test_values_functions_and_partials_count():
    same = code_digest(partial(answer, scale=3), {"a": 1})
    assert same == code_digest(partial(answer, scale=3), {"a": 1})
    assert same != code_digest(partial(answer, scale=4), {"a": 1})
    assert same != code_digest(partial(answer, scale=3), {"a": 2})


def test_the_class_of_a_model_is_found_by_its_name():
    assert code_digest("beat_cnn") != code_digest("no_such_model")
    found = {}
    code._visit(["beat_cnn"], found, [])
    assert ("ecgbook.models.beat_cnn", "BeatCNN") in found


def test_every_python_writes_a_syntax_tree_alike():
    # As Python 3.11 writes it; later ones add fields or leave empty ones out.
    tree = code.ast.parse("def f():\n    pass").body[0]
    arguments = "arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])"
    expected = f"FunctionDef(name='f', args={arguments}, body=[Pass()], decorator_list=[])"
    assert code._dump(tree) == expected


def test_a_heartbeat_case_depends_on_its_own_model_and_not_on_the_others():
    def found_by(method):
        study, found, values = study_of("06-sequence-models"), {}, []
        case = {"method": method, "protocol": "by_beat", "recipe": "one_budget", "seed": 0}
        for thing in study.code(case, "cpu"):
            code._visit(thing, found, values)
        code._add_named_entries(found, values)
        return {name for module, name in found if module.startswith("ecgbook.models.")}

    assert "BeatResNet" in found_by("beat_resnet")
    assert "BeatResNet" not in found_by("mlp")
    assert "MLP" in found_by("mlp")
