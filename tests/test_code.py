import sys
from pathlib import Path

import pytest

import ecgbook
from ecgbook import EcgError
from ecgbook.code import code_digest, imported_rooms

FILES = {
    "__init__": "from house.kitchen import cook\nfrom house.cellar import fetch, store\n",
    "study": '"""A study."""\nfrom house import cook\n\nTIMES = 2\n\n\ndef run():\n'
    '    """Run it."""\n    return [cook() for _ in range(TIMES)]  # twice\n',
    "kitchen": '"""Cooks."""\nfrom house.tools.knife import cut as chop\n\n\ndef cook():\n'
    "    from house import tools\n\n    return chop(), tools.spoon.stir()\n",
    "cellar": "def fetch():\n    return 1\n\n\ndef store():\n    return 2\n",
    "tools/__init__": "from house.tools import spoon\nfrom house.tools.knife import cut\n",
    "tools/knife": "from house.tools.rack import hang\n\nSHARP = 0.5\n\n\ndef cut():\n"
    "    return SHARP\n\n\nSPEED = (\n    1,\n    2,\n)\n",
    "tools/spoon": "TABLE = 'speeds.toml'\n\n\ndef stir():\n    return 'slowly'\n",
    "tools/fork": "from house.tools.rack import hang\n\n\n@hang\ndef pierce():\n    pass\n",
    "tools/ladle": "from house.tools.rack import hang\n\nhang('a ladle')\n",
    "tools/sieve": "from functools import partial\n\nfrom house.tools.rack import hang\n\n"
    "_up = partial(hang, 'a sieve')\n\n\n@_up()\ndef drain():\n    pass\n",
    "tools/plate": "from house.tools.rack import hang\n\nPLATE = hang('a plate')\n",
    "tools/whisk": "from house.tools.rack import hang\n\n\ndef beat():\n    return hang\n",
    "tools/rack": "def hang(tool):\n    return tool\n",
    "lazy": "from importlib import import_module\n\n\ndef name(n):\n"
    "    return import_module(f'house.tools.{n}'), import_module('house.cellar')\n",
    "whole": "import house\nimport numpy\n\nprint(house, numpy)\n",
    "part": "import house\n\nhouse.fetch()\n",
}


@pytest.fixture
def house(tmp_path, monkeypatch):
    """Write a package of small modules that is gone from memory after the test."""
    folder = tmp_path / "house"
    for name, text in FILES.items():
        path = folder / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "tools" / "speeds.toml").write_text("slowly = 1  # Hz\n")
    (folder / "tools" / "other.toml").write_text("quickly = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "house"]:
        del sys.modules[name]


def rooms(module, house, **options):
    paths = imported_rooms(module, **options)
    return {path.relative_to(house).with_suffix("").as_posix() for path in paths}


TOOLS = {f"tools/{name}" for name in ("knife", "rack", "spoon", "speeds", "fork", "ladle", "sieve")}
USED = {"study", "kitchen", *TOOLS}


def test_imports_are_followed_and_nothing_else(house):
    # The cellar is what the package hands on too, but nobody asks for it; the whisk and the plate
    # use the rack, where the fork, the ladle and the sieve hang themselves up.
    assert rooms("house.study", house) == USED


def test_a_module_itself_will_do(house):
    import house as package
    from house import study

    assert rooms(study, house) == USED
    assert rooms(package, house) == {"__init__", "cellar"} | USED - {"study"}


def test_modules_named_in_strings_are_followed(house):
    tools = {path.stem for path in (house / "tools").glob("*.py")}
    tools |= {"speeds"}
    assert rooms("house.lazy", house) == {"lazy", "cellar"} | {f"tools/{name}" for name in tools}


def test_a_package_used_as_a_whole_is_followed_whole(house):
    assert rooms("house.whole", house) == {"whole", "__init__", "cellar"} | USED - {"study"}
    assert rooms("house.part", house) == {"part", "cellar"}


def test_what_is_left_out_is_not_followed(house):
    assert rooms("house.study", house, without=["house.kitchen"]) == {"study"}


def test_a_file_outside_any_package_leads_into_ecgbook(tmp_path, monkeypatch):
    own = tmp_path / "my_recipe.py"
    own.write_text("from ecgbook.datasets.cutting import cut\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert {path.name for path in imported_rooms("my_recipe")} == {"my_recipe.py", "cutting.py"}
    del sys.modules["my_recipe"]


def test_a_module_without_a_file_is_refused():
    with pytest.raises(EcgError, match="sys has no file"):
        imported_rooms("sys")


def digest(house):
    return code_digest(imported_rooms("house.study"))


HARMLESS = {
    "comment": ("study", "# twice", "# as the paper says"),
    "docstring of a module": ("kitchen", '"""Cooks."""', '"""Cooks at home."""'),
    "no docstring": ("study", '    """Run it."""\n', ""),
    "new docstring": ("tools/knife", "def cut():\n", 'def cut():\n    """Cut."""\n'),
    "blank lines": ("tools/spoon", "stir():\n", "stir():\n\n\n"),
    "quotes": ("tools/spoon", "'slowly'", '"slowly"'),
    "layout": ("tools/knife", "(\n    1,\n    2,\n)", "(1, 2)"),
    "a module that is not used": ("tools/whisk", "return hang", "return None"),
    "another name of the package": ("__init__", "fetch, store", "fetch"),
}
CHANGES = {
    "constant": ("study", "TIMES = 2", "TIMES = 3"),
    "constant of an import of an import": ("tools/knife", "SHARP = 0.5", "SHARP = 0.6"),
    "string": ("tools/spoon", "'slowly'", "'quickly'"),
    "registered": ("tools/fork", "pass", "return 1"),
    "import": ("tools/ladle", "('a ladle')", "('two ladles')"),
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_changes_nothing_changes_no_digest(house, change):
    room, old, new = change
    before = digest(house)
    assert old in FILES[room]
    (house / f"{room}.py").write_text(FILES[room].replace(old, new))
    assert digest(house) == before


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changes_a_result_changes_the_digest(house, change):
    room, old, new = change
    before = digest(house)
    assert old in FILES[room]
    (house / f"{room}.py").write_text(FILES[room].replace(old, new))
    assert digest(house) != before
    (house / f"{room}.py").write_text(FILES[room])
    assert digest(house) == before


def test_a_table_beside_the_code_counts_byte_by_byte(house):
    before = digest(house)
    (house / "tools" / "other.toml").write_text("quickly = 2\n")
    assert digest(house) == before
    (house / "tools" / "speeds.toml").write_text("slowly = 2  # Hz\n")
    assert digest(house) != before


def test_the_order_of_files_does_not_matter(house):
    paths = sorted(imported_rooms("house.study"))
    assert code_digest(paths) == code_digest(paths[::-1]) == code_digest(paths * 2)
    assert code_digest(paths) != code_digest(paths[1:])


def test_every_model_belongs_to_the_registry():
    found = imported_rooms("ecgbook.models.registry")
    folder = Path(ecgbook.__file__).parent / "models"
    networks = {p for p in folder.glob("*.py") if "registry import register\n" in p.read_text()}
    assert len(networks) > 1
    assert networks <= found


def test_no_error_class_leads_through_the_package():
    names = {path.name for path in imported_rooms("ecgbook.signals.filters")}
    assert names == {"filters.py", "checks.py", "errors.py"}
    assert ecgbook.__file__ not in map(str, imported_rooms("ecgbook.recording"))
