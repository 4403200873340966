"""The commands ``ecgbook project make``, ``ecgbook project score`` and ``ecgbook offline-kit``."""

import sys
from pathlib import Path

__all__ = ["add_commands"]


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
