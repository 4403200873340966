"""The command ``ecgbook``: a thin layer over the rooms of the package."""

import argparse
import os
import re
import signal
import sys

from ecgbook import __version__
from ecgbook.errors import EcgError

__all__ = ["main"]


def main(arguments=None):
    """Run one command and return its exit status: 0 if all is well, 1 if not, 130 if stopped."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):  # not every terminal has every letter
        stream.reconfigure(errors="backslashreplace")
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows knows no SIGHUP, nohup ignores it
        if number and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    try:
        status = options.command(options) or 0
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # whoever reads has seen enough, such as `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (EcgError, OSError) as error:
        advice = "; is there room, and may you write there?" if isinstance(error, OSError) else ""
        print(f"{type(error).__name__}: {error}{advice}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def data_list(options):
    """Print what databases there are."""
    from ecgbook.comparison import table
    from ecgbook.sources.catalog import CATALOG

    rows = [(info.name, info.version, info.licence, info.size) for info in CATALOG.values()]
    print(table(("Name", "Version", "Licence", "Size"), rows))


def data_get(options):
    """Download a database."""
    from ecgbook.sources import fetch

    print(fetch.get(options.name, records=options.records or None))


def data_add(options):
    """Take over files of databases that are on the disk already."""
    from ecgbook.sources.adopt import add

    for added in add(options.folder, options.name):
        print(added)


def data_check(options):
    """Compare every file of a database with its checksum."""
    from ecgbook.sources import fetch

    states = fetch.check(options.name)
    damaged = [path for path, state in states if state == "damaged"]
    absent = sum(state == "missing" for _, state in states)
    for path in damaged:
        print(f"{path}: damaged; fetch it again: ecgbook data get {options.name}")
    whole = len(states) - len(damaged) - absent
    print(f"{len(states)} files: {whole} whole, {len(damaged)} damaged, {absent} not fetched")
    return int(bool(damaged))


def run(options):
    """Execute chapters and print what each took."""
    from ecgbook.comparison import table
    from ecgbook.publish import execute, manifest

    book = manifest.load()
    how = {"profile": options.profile, "data": options.data, "seed": options.seed}
    how["report"] = lambda done: print(f"{done.chapter}: {done.verdict}", file=sys.stderr)
    outcomes = execute.run(book, book.select(options.chapters), **how)
    for outcome in outcomes:
        for problem in outcome.problems:
            print(f"\n{outcome.chapter}: {problem}", file=sys.stderr)
    header = ("Chapter", "Profile", "Data", "Minutes", "Memory (MB)", "Verdict", "Cached")
    print(table(header, [outcome.row() for outcome in outcomes]))
    return int(any(outcome.problems for outcome in outcomes))


def build(options):
    """Build the pages from the executed chapters."""
    from ecgbook.publish import manifest
    from ecgbook.publish.build import build

    without = ("solution",) if options.without_solutions else ()
    print(build(manifest.load(), without))


def export_model(options):
    """Write a released network as a script that runs in a page."""
    from ecgbook.publish.live import write_model

    print(write_model(options.name, options.folder, bits=options.bits))


def lint(options):
    """Check chapters, and without a name the assignments, against the rules of the book."""
    from ecgbook.classroom import assign
    from ecgbook.publish import manifest
    from ecgbook.publish.lint import lint

    book = manifest.load()
    chapters = book.select(options.chapters)
    findings = [finding for chapter in chapters for finding in lint(book, chapter)]
    findings += [] if options.chapters else assign.findings(book)
    print(*findings, f"chapters: {len(chapters)}, findings: {len(findings)}", sep="\n")
    return int(bool(findings))


def sync(options):
    """Write the generated cells into the chapters, and what students get of the assignments."""
    from ecgbook.classroom import assign
    from ecgbook.classroom.source import find
    from ecgbook.publish import manifest
    from ecgbook.publish.generate import sync

    book = manifest.load()
    for chapter in book.select(options.chapters):
        print(f"{chapter.name}: {'written' if sync(book, chapter) else 'up to date'}")
    for path in [] if options.chapters else find(book):
        print(f"{path.stem}: {'written' if assign.sync(book, path) else 'up to date'}")


def study(options):
    """Compute what is missing in the grid of a chapter's study; show its validation part."""
    from ecgbook.publish import manifest, report
    from ecgbook.publish.study import run_study, shelf_of

    book = manifest.load()
    chapter = book.chapter(options.chapter)
    how = {"profile": options.profile, "data": options.data}
    left = run_study(book, chapter, budget_minutes=options.budget, jobs=options.jobs, **how)
    print(report.validation_text(shelf_of(book, chapter, **how)))
    print(f"{left} cases left" if left else "all cases are done")


def results(options):
    """Print the results of all chapters, or keep those of one study as the reference."""
    from ecgbook.publish import manifest, report

    book = manifest.load()
    if options.save_reference:
        chapter = book.chapter(options.save_reference)
        print(report.keep(book, chapter, options.profile, options.why))
    else:
        print(report.results_text(book))


def serve(options):
    """Show the built pages in the browser until stopped."""
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    from ecgbook.errors import BookInvalid
    from ecgbook.publish import manifest

    html = manifest.load().build / "html"
    if not (html / "index.html").is_file():
        raise BookInvalid("there are no pages yet; build them: make book")
    handler = partial(SimpleHTTPRequestHandler, directory=html)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", options.port), handler)
    except (OSError, OverflowError) as error:
        fault = f"port {options.port} cannot be used ({error})"
        raise BookInvalid(f"{fault}; choose another with --port") from error
    with server:
        print(f"http://127.0.0.1:{server.server_port} (stop with Ctrl-C)")
        server.serve_forever()


def _parser():
    from ecgbook.classroom import commands as classroom

    parser = argparse.ArgumentParser(prog="ecgbook", description="Data, chapters and pages.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    data = commands.add_parser("data", help="list, download and check databases")
    _add_data_commands(data.add_subparsers(required=True, metavar="COMMAND"))

    command = _add(commands, run)
    _add_chapters(command)
    _add_profile(command, "smoke", "auto")
    command.add_argument("--seed", type=int, default=0)
    command = _add(commands, build)
    command.add_argument("--without-solutions", action="store_true", help="for a graded class")
    command = _add(commands, export_model, "export-model")
    command.add_argument("name", help="one of ecgbook.released.names()")
    command.add_argument("folder", nargs="?", default=".")
    command.add_argument("--bits", type=int, default=16, choices=(16, 32), help="of each weight")
    _add_chapters(_add(commands, lint))
    _add_chapters(_add(commands, sync))

    classroom.add_commands(commands, _add)
    command = _add(commands, study)
    command.add_argument("chapter")
    _add_profile(command, "cpu", "real")
    command.add_argument("--budget", type=_minutes, help="begin no case after, such as 90m or 2h")
    command.add_argument("--jobs", type=int, default=1, help="cases side by side")

    command = _add(commands, results)
    command.add_argument("--save-reference", metavar="CHAPTER", help="look at its test part")
    command.add_argument("--why", help="what changed since the last look, for results/looks.csv")
    command.add_argument("--profile", default="cpu", choices=("smoke", "cpu", "gpu"))
    _add(commands, serve).add_argument("--port", type=int, default=8000)
    return parser


def _add_data_commands(commands):
    _add(commands, data_list, "list")
    get = _add(commands, data_get, "get")
    get.add_argument("name")
    get.add_argument("records", nargs="*", help="records to fetch; all by default")
    taken = _add(commands, data_add, "add")
    taken.add_argument("folder", help="in whatever layout; zip archives are looked into")
    taken.add_argument("name", nargs="?", help="of the database; all are looked for by default")
    _add(commands, data_check, "check").add_argument("name")


def _add(commands, function, name=None):
    command = commands.add_parser(name or function.__name__, help=function.__doc__)
    command.set_defaults(command=function)
    return command


def _add_chapters(command):
    command.add_argument("chapters", nargs="*", metavar="CHAPTER", help="all by default")


def _add_profile(command, profile, data):
    command.add_argument("--profile", default=profile, choices=("smoke", "cpu", "gpu"))
    command.add_argument("--data", default=data, choices=("auto", "synthetic", "real"))


def _minutes(text):
    """Read ``90m``, ``2h`` or plain minutes as a number of minutes."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([mh]?)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write 90m or 2h")
    return float(match.group(1)) * (60 if match.group(2) == "h" else 1)
