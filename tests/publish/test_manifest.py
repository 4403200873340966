import re

import pytest

from ecgbook import BookInvalid
from ecgbook.publish import manifest


def test_a_chapter_is_found_by_name_number_or_path(tiny):
    book = tiny.load()
    chapter = book.chapters[0]
    for name in ("01-tiny", "1", "01", "book/chapters/01-tiny.ipynb"):
        assert book.chapter(name) is chapter
    with pytest.raises(BookInvalid, match="no chapter '2'"):
        book.chapter("2")


def test_the_public_address_comes_from_the_configuration(tiny):
    assert tiny.load().repository_url == "https://github.com/ecgbook/ecgbook"
    for text in ("title: no address\n", "repository: there\n", "repository: {url: 3}\n"):
        (tiny.root / "_config.yml").write_text(text)
        with pytest.raises(BookInvalid, match=r"repository\.url"):
            tiny.load()


def test_a_profile_holds_what_the_chapter_does_not_change(tiny):
    tiny.profiles = {
        "smoke": {"minutes": 2, "memory_mb": 4000},
        "gpu": {"minutes": 9, "memory_mb": 8000},
    }
    tiny.chapter["profiles"] = {"smoke": {"minutes": 0.5}}
    (chapter,) = tiny.load().chapters
    assert chapter.profiles == {
        "smoke": manifest.Profile(0.5, 4000),
        "gpu": manifest.Profile(9, 8000),
    }
    with pytest.raises(BookInvalid, match="has no profile 'cpu'"):
        chapter.profile("cpu")


def test_a_contract_names_rows_by_score_class_and_case(tiny):
    contract = {"score": "f1", "class": "V", "method": "cnn", "n_labels": 100, "cpu": [0.5, 1]}
    tiny.chapter["contracts"] = [contract]
    (contract,) = tiny.load().chapters[0].contracts
    assert (contract.score, contract.class_, contract.simulated) == ("f1", "V", False)
    assert contract.case == {"method": "cnn", "n_labels": 100}
    assert (contract.smoke, contract.cpu) == (None, (0.5, 1.0))


def test_records_are_all_named_or_counted(tiny):
    tiny.chapter["databases"] = {"mitdb": "all", "ptbdb": ["s0010_re"], "ptb-xl": 2}
    needed = tiny.load().chapters[0].databases
    assert needed == {"mitdb": "all", "ptbdb": ("s0010_re",), "ptb-xl": 2}


def test_an_entry_is_a_chapter_unless_it_says_page(tiny):
    assert [(c.kind, c.noun) for c in tiny.load().chapters] == [("chapter", "chapter")]
    tiny.chapter["kind"] = "page"
    assert [(c.kind, c.noun) for c in tiny.load().chapters] == [("page", "page")]


def change(**entries):
    return lambda tiny: tiny.chapter.update(entries)


def contract(**entries):
    return change(contracts=[{"score": "f1"} | entries])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda tiny: tiny.chapter.pop("title"), "field `title` - at `$.chapters[0]`"),
        (change(tilte="x"), "unknown field `tilte` - at `$.chapters[0]`"),
        (change(kind="essay"), "'essay' - at `$.chapters[0].kind`"),
        (change(goals="read"), "got `str` - at `$.chapters[0].goals`"),
        (change(goals=[]), "length >= 1 - at `$.chapters[0].goals`"),
        (change(figures=True), "got `bool` - at `$.chapters[0].figures`"),
        (change(reading_minutes=0), "at `$.chapters[0].reading_minutes`"),
        (change(notebook=7), "at `$.chapters[0].notebook`"),
        (change(notebook="/etc/01.ipynb"), "below book/ - at `$.chapters[0]`"),
        (change(notebook="book/../../01.ipynb"), "below book/ - at `$.chapters[0]`"),
        (change(notebook="book/01.txt"), "below book/ - at `$.chapters[0]`"),
        (change(prerequisites={"necessary": []}), "`helpful` - at `$.chapters[0].prerequisites`"),
        (change(databases=["mitdb"]), "got `array` - at `$.chapters[0].databases`"),
        (change(databases={"mitdb": "some"}), "'some' - at `$.chapters[0].databases[...]`"),
        (change(databases={"mitdb": 0}), "at `$.chapters[0].databases[...]`"),
        (change(databases={"mitdb": [100]}), "at `$.chapters[0].databases[...][0]`"),
        (change(profiles={"big": {}}), "'big' - at `key` in `$.chapters[0].profiles`"),
        (change(profiles={"gpu": {}}), "01-tiny: no profile `gpu` at the top"),
        (change(profiles={"cpu": {"sizes": 1}}), "'sizes' - at `key` in `$.chapters[0].profiles"),
        (change(profiles={"cpu": {"minutes": float("nan")}}), "at `$.chapters[0].profiles"),
        (change(profiles={"cpu": {"minutes": float("inf")}}), "at `$.chapters[0].profiles"),
        (change(profiles={"cpu": {"memory_mb": -1}}), "at `$.chapters[0].profiles"),
        (change(contracts={"f1": {}}), "got `object` - at `$.chapters[0].contracts`"),
        (change(contracts=["f1"]), "got `str` - at `$.chapters[0].contracts[0]`"),
        (change(contracts=[{"cpu": [0, 1]}]), "`score` - at `$.chapters[0].contracts[0]`"),
        (contract(cpu=[1, 0]), "[lowest, highest], both finite - at `$.chapters[0].contracts[0]`"),
        (
            contract(cpu=[float("nan"), 1]),
            "[lowest, highest], both finite - at `$.chapters[0].contracts[0]`",
        ),
        (
            contract(cpu=[0, float("inf")]),
            "[lowest, highest], both finite - at `$.chapters[0].contracts[0]`",
        ),
        (contract(), "a contract needs a range"),
        (contract(gpu=[0, 1, 2]), "got 3 - at `$.chapters[0].contracts[0].gpu`"),
        (contract(smoek=[0, 1]), "at `$.chapters[0].contracts[0].case[...]`"),
        (contract(simulated="no"), "at `$.chapters[0].contracts[0].simulated`"),
        (lambda tiny: tiny.profiles.pop("smoke"), "the profile `smoke` is missing"),
        (lambda tiny: tiny.profiles["cpu"].pop("minutes"), "`minutes` - at `$.profiles[...]`"),
    ],
)
def test_mistakes_in_the_manifest_are_named_with_their_path(tiny, spoil, message):
    spoil(tiny)
    with pytest.raises(BookInvalid, match=re.escape(message)):
        tiny.load()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chapters: [", "not valid YAML"),
        ("[" * 100_000, "not valid YAML"),
        ("- a\n- b\n", "expected a mapping"),
        ("chapters: 5\nprofiles: {}\n", "chapters"),
        ("chapters: []\nprofiles: {}\n", "length >= 1"),
        ("chapters: [3]\nprofiles: {}\n", "$.chapters[0]"),
        ("chapters: !!python/object:os.system x\n", "not valid YAML"),
        ("a: 2026-13-45\n", "not valid YAML"),
        ("# " + "x" * 600_000, "make it smaller"),
        ("\ud800", "not valid YAML"),
    ],
)
def test_what_is_no_manifest_is_named(tiny, text, message):
    (tiny.root / "chapters.yml").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(BookInvalid, match=re.escape(message)):
        manifest.load(tiny.root)


def test_a_few_lines_cannot_grow_to_fill_the_memory(tiny):
    # Nine lists of nine aliases each: 9**9 entries, were they followed.
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    (tiny.root / "chapters.yml").write_text("\n".join(lines))
    with pytest.raises(BookInvalid, match="without an alias"):
        manifest.load(tiny.root)


def test_two_chapters_need_two_names(tiny):
    tiny.load()
    text = (tiny.root / "chapters.yml").read_text()
    (tiny.root / "chapters.yml").write_text(text + text.split("chapters:\n")[1])
    with pytest.raises(BookInvalid, match="two chapters have one name: 01-tiny, 01-tiny"):
        manifest.load(tiny.root)


def test_no_book_around(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BookInvalid, match=r"no chapters\.yml"):
        manifest.load()


def test_one_key_with_two_values_is_refused(tiny):
    tiny.load()
    path = tiny.root / "chapters.yml"
    path.write_text(path.read_text().replace("minutes: 2", "minutes: 2\n    minutes: 3", 1))
    with pytest.raises(BookInvalid, match="two values under one key"):
        manifest.load(tiny.root)


@pytest.mark.parametrize("deep", ["[" * 5000, "- " * 5000, "{a: " * 5000])
def test_depth_without_end_is_refused_at_once(tiny, deep):
    tiny.load()
    (tiny.root / "chapters.yml").write_text(deep)
    with pytest.raises(BookInvalid, match="too deep"):
        manifest.load(tiny.root)
