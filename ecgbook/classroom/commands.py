"""The commands of teachers: assignments and grades, slides and quizzes, the mini-project, a kit."""

import sys
from pathlib import Path

__all__ = ["add_commands"]


def assign(options):
    """Write an assignment for a class: for students, for teachers, and a pack for grading."""
    from ecgbook.classroom.assign import for_class
    from ecgbook.classroom.source import named
    from ecgbook.publish import manifest

    book = manifest.load()
    print(*for_class(book, named(book, options.name), options.to, options.seed), sep="\n")


def grade(options):
    """Grade a folder of notebooks, each in a sandbox."""
    from ecgbook.classroom import grading
    from ecgbook.classroom.assign import pack_named
    from ecgbook.classroom.sandbox import Limits
    from ecgbook.classroom.submissions import plain_cell

    wanted = pack_named(options.assignment, options.seed)
    folder = Path(options.folder)
    to = Path(options.to or folder.resolve().with_name(f"{folder.resolve().name}-graded"))

    def tell(made):
        note = f" ({made.note})" if made.note else ""
        print(f"{plain_cell(made.student)}: {made.score} of {wanted.points}{note}", file=sys.stderr)

    limits = Limits(seconds=options.seconds)
    grading.grade(folder, wanted, to, limits=limits, jobs=options.jobs, report=tell)
    print(to / "grades.csv")


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


def make(options):
    """Write the data of the mini-project, and its answers for the teacher alone."""
    from ecgbook.classroom.project import make_project

    print(*make_project(options.seed, options.to, people=options.people), sep="\n")


def score(options):
    """Score a folder of predictions by patient, and write the leaderboard."""
    from ecgbook.classroom.boardtext import warning
    from ecgbook.classroom.leaderboard import score_folder
    from ecgbook.classroom.project import load_answers
    from ecgbook.classroom.submissions import plain_cell

    folder = Path(options.folder).resolve()
    to = Path(options.to or folder.with_name(f"{folder.name}-scored"))
    board = score_folder(folder, load_answers(options.answers), to, n=options.replicates)
    for row in board.rows:
        told = f"macro F1 {row.f1[0]:.2f}" if row.f1 else f"not scored: {row.note}"
        print(f"{plain_cell(row.file)}: {told}", file=sys.stderr)
    for team in sorted({row.team for row in board.rows if row.counts}):
        print(f"{team}: {board.scored_of(team)} submissions scored")
    print(*filter(None, warning(board)), to / "leaderboard.csv", to / "leaderboard.md", sep="\n")


def offline_kit(options):
    """Write one archive for a room without a network."""
    from ecgbook.classroom.offline_kit import offline_kit
    from ecgbook.publish import manifest

    print(offline_kit(manifest.load().root, options.to, wheels=options.wheels))


def add_commands(commands, add):
    """Add the commands to those of `ecgbook.cli`; ``add`` makes one of a function and a name."""
    _add_assignments(commands, add)
    _add_chapters(commands, add)
    _add_project(commands, add)


def _add_assignments(commands, add):
    command = add(commands, assign)
    command.add_argument("name", help="of the assignment, or its number")
    command.add_argument("--to", required=True, help="folder for what is written")
    command.add_argument("--seed", required=True, help="secret text that draws graders' inputs")
    command = add(commands, grade)
    command.add_argument("folder", help="with a notebook, or a folder with one, for each student")
    command.add_argument("--assignment", required=True, help="name, number, or pack (.json)")
    command.add_argument("--seed", help="secret text that draws the inputs; not with a pack")
    command.add_argument("--jobs", type=int, default=1, help="submissions side by side")
    command.add_argument("--seconds", type=float, default=120, help="that a submission may take")
    command.add_argument("--to", help="folder for grades and feedback; FOLDER-graded by default")


def _add_chapters(commands, add):
    command = add(commands, quiz)
    command.add_argument("chapters", nargs="*", metavar="CHAPTER", help="all by default")
    command.add_argument("--to", required=True, help="folder for the files")
    command.add_argument("--format", default="gift", choices=("gift", "qti"))
    command = add(commands, slides)
    command.add_argument("chapter", metavar="CHAPTER")
    command.add_argument(
        "--to", required=True, metavar="FILE.html", help="one file, needs no other"
    )


def _add_project(commands, add):
    project = commands.add_parser("project", help="make and score the mini-project")
    parts = project.add_subparsers(required=True, metavar="COMMAND")
    command = add(parts, make)
    command.add_argument("--seed", required=True, help="secret text that draws all people")
    command.add_argument("--to", required=True, help="folder for what is written")
    command.add_argument("--people", type=int, default=30, help="on each side")
    command = add(parts, score)
    command.add_argument("folder", help="with files TEAM-NUMBER.csv or TEAM-NUMBER.npy")
    command.add_argument("--answers", required=True, help="teacher/answers.npz")
    command.add_argument("--to", help="folder for the leaderboard; FOLDER-scored by default")
    command.add_argument("--replicates", type=int, default=1000, help="of the bootstrap")
    command = add(commands, offline_kit, "offline-kit")
    command.add_argument("--to", required=True, help="the archive, .zip")
    command.add_argument("--wheels", help="folder with wheels of other packages")
