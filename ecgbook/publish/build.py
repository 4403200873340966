"""Pages from the executed chapters: strict, and complete without a network."""

import re
import shutil
import sys

from ecgbook.errors import BookInvalid
from ecgbook.publish import cache
from ecgbook.publish.apilinks import link_code
from ecgbook.publish.front import write_front
from ecgbook.publish.limits import watched
from ecgbook.publish.live.page import live_figures, write_live
from ecgbook.publish.notebook import Notebook, load, save
from ecgbook.publish.page import dress, leave_out
from ecgbook.publish.report import runtime_table
from ecgbook.publish.resultspage import write_results
from ecgbook.publish.site import faults, finish
from ecgbook.publish.teaching import write_teaching

__all__ = ["build", "stage"]


def build(book, without=()):
    """Build the pages into ``_build/html``, check them and return the path of the first one.

    ``without`` are tags of cells that are in no page and in no notebook to download: a class that
    is graded on the exercises gets pages without ``solution``. Refused with `BookInvalid` are a
    chapter that was not executed as it is, a warning of Sphinx, and pages that are not whole.
    """
    with cache.alone(book.build / "build.lock", "the pages are being built elsewhere"):
        source, html = stage(book, without), book.build / "html"
        shutil.rmtree(html, ignore_errors=True)
        start = "from jupyter_book.cli.main import main; main()"
        command = [sys.executable, "-c", start, "build", str(source)]
        strict = ["--all", "-n", "-W", "--keep-going", "--path-output", str(book.root)]
        done = watched([*command, *strict], minutes=30, memory_mb=8000)
        if done.returncode or not (html / "index.html").is_file():
            warnings = re.findall(".*(?:WARNING|ERROR).*", done.stderr)
            raise BookInvalid(
                "\n".join(["the pages were not built:", *(warnings or [done.stderr])])
            )
        for chapter in book.chapters:  # what is downloaded is what can be run, as it was written
            place = html / "_sources" / chapter.notebook.relative_to("book")
            if without:
                written = Notebook(place, load(book.root / chapter.notebook).content)
                leave_out(written, without)
                save(written)
            else:
                shutil.copyfile(book.root / chapter.notebook, place)
        problems = link_code(html, book.chapters)
        finish(html)
        if problems := problems + faults(html):
            raise BookInvalid("\n".join(["the pages are not whole:", *problems]))
    return html / "index.html"


def stage(book, without=()):
    """Lay out what Sphinx reads in ``_build/site`` and return that folder.

    That is ``book`` with the chapters as executed, but for cells with a tag of ``without``, the
    settings, the pages of results, and the networks that run in their pages. Assignments are
    handed out, not published.
    """
    site = book.build / "site"
    try:
        return _staged(book, site, without)
    except OSError as error:
        parts = error.args[0] if isinstance(error, shutil.Error) else [(error.strerror or error,)]
        raise BookInvalid(
            f"the pages cannot be laid out in {site}: {str(parts[0][-1])[:300]}; is there room, "
            f"and may you write there?"
        ) from error


def _staged(book, site, without):
    shutil.rmtree(site, ignore_errors=True)
    passed_over = shutil.ignore_patterns(".ipynb_checkpoints", "assignments")
    shutil.copytree(book.root / "book", site, ignore=passed_over)
    for name in ("_config.yml", "_toc.yml"):
        shutil.copyfile(book.root / name, site / name)
    live = []
    for chapter in book.chapters:
        executed = book.build / "executed" / chapter.notebook.name
        if not executed.is_file():
            raise BookInvalid(f"{chapter.name} has not been executed; run: ecgbook run")
        made = load(executed).content
        if made.metadata.get("ecgbook", {}).get("source") != cache.source_digest(book, chapter):
            raise BookInvalid(f"{chapter.name} was changed since it was executed: ecgbook run")
        page = Notebook(site / chapter.notebook.relative_to("book"), made)
        leave_out(page, without)
        live += live_figures(page)
        dress(page)
        save(page)
    (site / "_generated").mkdir()
    write_live(site, live)
    write_results(book, site)
    write_front(site)
    write_teaching(book, site)
    (site / "_generated" / "runtime.md").write_text(runtime_table(book), encoding="utf-8")
    return site
