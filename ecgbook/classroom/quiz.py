"""The quizzes of the chapters, written for a learning platform."""

from pathlib import Path

from ecgbook.classroom.gift import gift
from ecgbook.classroom.qti import qti
from ecgbook.errors import BookInvalid
from ecgbook.publish import notebook
from ecgbook.publish.lint.quizzes import questions

__all__ = ["FORMATS", "export", "quiz_of"]

FORMATS = ("gift", "qti")


def quiz_of(book, chapter):
    """Return the questions of a chapter, none where it has no quiz.

    Raises `BookInvalid` where a question lacks choices or has not exactly one that is right.
    """
    asked = questions(notebook.load(book.root / chapter.notebook))
    for number, question in enumerate(asked, 1):
        if len(question.choices) < 2 or sum(choice.right for choice in question.choices) != 1:
            place = f"{chapter.name}, question {number}"
            raise BookInvalid(f"{place}: needs choices and one right one; run: ecgbook lint")
    return asked


def export(book, names, to, form):
    """Write the quiz of each chapter into a folder, and return the paths of the files.

    The files have the same bytes each time. Raises `BookInvalid` if a named chapter has no quiz,
    or a question is not as it must be.

    Parameters
    ----------
    book : ecgbook.publish.manifest.Book
    names : sequence of str
        Chapters by name or number; where it is empty, all that have a quiz.
    to : path
        Folder, made if it is missing.
    form : str
        ``gift`` for Moodle or ``qti`` for Canvas.
    """
    written = []
    for chapter in book.select(names):
        asked = quiz_of(book, chapter)
        if names and not asked:
            raise BookInvalid(f"{chapter.name} has no quiz")
        if asked:
            written.append(_write(Path(to), chapter, asked, form))
    return written


def _write(folder, chapter, asked, form):
    folder.mkdir(parents=True, exist_ok=True)
    if form == "gift":
        path = folder / f"{chapter.name}.gift.txt"
        path.write_bytes(gift(chapter.name, asked).encode("utf-8"))
    else:
        path = folder / f"{chapter.name}-qti.zip"
        path.write_bytes(qti(chapter.name, f"{chapter.title}: quiz", asked))
    return path
