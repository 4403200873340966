"""The commands ``ecgbook quiz`` and ``ecgbook slides``: what a teacher takes from the chapters."""

__all__ = ["add_commands", "quiz", "slides"]


def quiz(options):
    """Write the quizzes of chapters for Moodle (gift) or Canvas (qti)."""
    from ecgbook.classroom.quiz import export
    from ecgbook.publish import manifest

    print(*export(manifest.load(), options.chapters, options.to, options.format), sep="\n")


def slides(options):
    """Write slides of a chapter: its marked sentences, figures, key points and quiz."""
    from ecgbook.classroom.slides import write
    from ecgbook.publish import manifest

    book = manifest.load()
    print(write(book, book.chapter(options.chapter), options.to))


def add_commands(commands, add):
    """Add both to the parsers of ``commands`` by ``add(commands, function)``, as the others are."""
    command = add(commands, quiz)
    command.add_argument("chapters", nargs="*", metavar="CHAPTER", help="all by default")
    command.add_argument("--to", required=True, help="folder for the files")
    command.add_argument("--format", default="gift", choices=("gift", "qti"))
    command = add(commands, slides)
    command.add_argument("chapter", metavar="CHAPTER")
    command.add_argument(
        "--to", required=True, metavar="FILE.html", help="one file, needs no other"
    )
