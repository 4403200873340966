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
    (tiny.root / "_config.yml").write_text("title: no address\n")
    with pytest.raises(BookInvalid, match=r"repository\.url"):
        tiny.load()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda chapter: chapter.pop("title"), "`title` is missing"),
        (lambda chapter: chapter.update(tilte="x"), "unknown key `tilte`"),
        (lambda chapter: chapter.update(goals="read"), "`goals` has a wrong value: 'read'"),
        (lambda chapter: chapter["profiles"].pop("smoke"), "profile smoke is missing"),
        (lambda chapter: chapter["profiles"].update(big={}), "unknown profile 'big'"),
        (lambda chapter: chapter["profiles"]["cpu"].pop("minutes"), "cpu: `minutes` is missing"),
        (lambda chapter: chapter["profiles"]["cpu"].update(sizes={}), "needs the same sizes"),
        (lambda chapter: chapter["metrics"].update(f1={"cpu": [1, 0]}), r"\[lowest, highest\]"),
        (lambda chapter: chapter["metrics"].update({"f 1": {}}), "letters, digits and _"),
        (lambda chapter: chapter.update(study={"module": "m", "grid": {"a": 1}}), "is a list"),
        (lambda chapter: chapter.update(study={"module": "m", "grid": []}), "a list of them"),
        (lambda chapter: chapter.update(study={"module": "m", "grid": ["a"]}), "a list of them"),
        (lambda chapter: chapter.update(study=["m"]), "study: expected a mapping, got 'm'"),
    ],
)
def test_mistakes_in_the_manifest_are_named(tiny, change, message):
    change(tiny.chapter)
    with pytest.raises(BookInvalid, match=message):
        tiny.load()


def test_broken_yaml_is_named(tiny):
    tiny.load()
    (tiny.root / "chapters.yml").write_text("chapters: [")
    with pytest.raises(BookInvalid, match="not valid YAML"):
        manifest.load(tiny.root)


def test_two_chapters_need_two_names(tiny):
    tiny.load()
    text = (tiny.root / "chapters.yml").read_text()
    (tiny.root / "chapters.yml").write_text(text + text.removeprefix("chapters:\n"))
    with pytest.raises(BookInvalid, match="two chapters have one name"):
        manifest.load(tiny.root)


def test_no_book_around(tmp_path):
    with pytest.raises(BookInvalid, match=r"no chapters\.yml"):
        manifest.find_root(tmp_path)


def test_the_units_of_a_study_are_the_product_of_its_grid():
    study = manifest.Study("signals", [{"method": ["a", "b"], "seed": [0, 1]}])
    assert study.units() == [
        {"method": "a", "seed": 0},
        {"method": "a", "seed": 1},
        {"method": "b", "seed": 0},
        {"method": "b", "seed": 1},
    ]


def test_several_grids_follow_one_another():
    study = manifest.Study("signals", [{"method": ["a"], "beats": [10]}, {"method": ["b", "c"]}])
    assert study.units() == [{"method": "a", "beats": 10}, {"method": "b"}, {"method": "c"}]
