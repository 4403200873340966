"""How soon a live figure answers after its page was opened, from a disk and over http.

Run with ``python benchmarks/live_figures.py``; it needs Chromium. The time is the page's own: from
the start of its loading to its first answer, the median of three openings with an empty cache.
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ecgbook.comparison import table
from ecgbook.publish.live.page import scripts_of, write_live
from ecgbook.publish.live.pages import PAGES
from tests.browser import opened, server

ROOT = Path(__file__).resolve().parents[1]
PAGE = '<!doctype html><div class="ecg-live" data-live="{name}"><img alt=""></div>{loads}'


def main():
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        shutil.copytree(ROOT / "book/_live/live", site / "_live/live")
        write_live(site, PAGES)
        for name in PAGES:
            files = (f"_live/live/{file}.js" for file in scripts_of([name]))
            loads = "".join(f'<script defer src="{file}"></script>' for file in files)
            text = PAGE.format(name=name, loads=loads)
            (site / f"{name}.html").write_text(text, encoding="utf-8")
        with server(site) as http:
            rows = [(name, answered(site.as_uri(), name), answered(http, name)) for name in PAGES]
    print(table(("Figure", "From a disk (ms)", "Over http (ms)"), rows))


def answered(where, name):
    """Return the median time to the first answer in ms."""
    pages = [opened(f"{where}/{name}.html", budget_ms=4000, clock="timeout") for _ in range(3)]
    return median(int(re.search(r'data-answered-ms="(\d+)"', page)[1]) for page in pages)


if __name__ == "__main__":
    main()
