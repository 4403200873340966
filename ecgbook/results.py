"""Numbers of the book: written once by a run, read by every table and sentence.

A chapter opens a `Run`, records each metric in it, and lets `Run.compare` and `Run.say` print
them. Nothing else prints a measured number, so text and results cannot disagree.
"""

import json
import os
import platform
import sys
from dataclasses import asdict, dataclass, field
from datetime import date
from math import isfinite
from pathlib import Path

import ecgbook
from ecgbook.comparison import Named, Shown, compare, number, suffix
from ecgbook.errors import ResultOutOfContract

__all__ = [
    "Metric",
    "Run",
    "add_provenance",
    "book_root",
    "compare",
    "latest",
    "read",
    "record",
    "reference",
    "reference_files",
    "stored_path",
    "write",
]


@dataclass(frozen=True)
class Metric:
    """One measured number with all that is needed to judge it.

    Parameters
    ----------
    name : str
        Letters, digits and ``_``, unique in its chapter: ``f1_150ms_ecgbook``.
    value : float
    label : str
        What tables call it, such as ``Gross F1 within 150 ms``; the name if left out.
    low, high : float, optional
        Ends of the 95 % interval.
    n : int, optional
        How many beats, records or patients the value rests on.
    unit : str
        Unit of value, low and high; with ``"%"`` a share of 1 is printed in per cent.
    protocol, split : str
        How it was scored, and on which part of the data.
    origin : str
        One sentence on the data: `ecgbook.sources.Database.origin`.
    simulated : bool
        Whether the ECGs came from the simulator.
    published : float, optional
        The number that others reported, and in ``source`` who and where.

    Raises
    ------
    ResultOutOfContract
        If the name is not a plain word or a number is not finite.
    """

    name: str
    value: float
    label: str = ""
    low: float | None = None
    high: float | None = None
    n: int | None = None
    unit: str = ""
    protocol: str = ""
    split: str = ""
    origin: str = ""
    simulated: bool = False
    published: float | None = None
    source: str = ""

    def __post_init__(self):
        if not self.name.isidentifier():
            raise ResultOutOfContract(
                f"metric {self.name!r}: use letters, digits and _ in the name of a metric"
            )
        for key in ("value", "low", "high", "published"):
            number = getattr(self, key)
            if number is None and key != "value":
                continue
            if number is None or not isfinite(number):
                raise ResultOutOfContract(f"metric {self.name}: {key} is not a number: {number}")
            object.__setattr__(self, key, float(number))
        if self.n is not None:
            object.__setattr__(self, "n", int(self.n))

    @property
    def interval(self):
        """The 95 % interval as text, such as ``[0.921, 0.960]``; empty where there is none."""
        if self.low is None or self.high is None:
            return ""
        return f"[{number(self.low, self.unit)}, {number(self.high, self.unit)}]"

    def __str__(self):
        return number(self.value, self.unit) + suffix(self.unit)

    def __format__(self, spec):
        return format(self.value, spec) if spec else str(self)

    def summary(self):
        """Value with interval and n, as the tables of the book print it."""
        text = f"{self} {self.interval}".rstrip()
        return text if self.n is None else f"{text}; n = {self.n:,}"


@dataclass
class Run:
    """The results of one run of a chapter, kept in a file from the first metric on.

    Parameters
    ----------
    chapter : str
        Name of the chapter's notebook: ``01-signals``.
    profile : {"smoke", "cpu", "gpu"}
    seed : int

    Examples
    --------
    >>> run = Run("doctest", profile="smoke")
    >>> run.record("rate", 71.5, unit="bpm", n=12)
    >>> run.say("The heart beats at {rate}, measured over {rate.n} intervals.")
    The heart beats at 71.5 bpm, measured over 12 intervals.
    """

    chapter: str
    profile: str
    seed: int = 0
    metrics: dict[str, Metric] = field(default_factory=dict, repr=False)

    def record(self, metric, value, *, data=None, **details):
        """Keep one metric; a second value under the same name replaces the first.

        Parameters
        ----------
        metric : str
        value : float
        data : ecgbook.sources.Database, optional
            The ECGs that were measured; gives ``origin`` and ``simulated``.
        **details
            Further fields of `Metric`: label, low, high, n, unit, protocol, split, published,
            source.

        Raises
        ------
        ResultOutOfContract
            If the value is not finite or the name is not a plain word.
        """
        if data is not None:
            details |= {"origin": data.origin, "simulated": bool(data.simulated)}
        self.metrics[metric] = Metric(metric, value, **details)
        write(latest(self.chapter, self.profile), self.content())

    def content(self):
        """Return the run as its file holds it: metrics, and where and when they were made."""
        return {
            "chapter": self.chapter,
            "profile": self.profile,
            "seed": self.seed,
            "provenance": {
                "ecgbook": ecgbook.__version__,
                "python": platform.python_version(),
                "device": _device(),
                "date": date.today().isoformat(),
            },
            "metrics": [asdict(metric) for metric in self.metrics.values()],
        }

    def compare(self, *names):
        """Return a table: your run, the reference run, the published number and its source.

        Parameters
        ----------
        *names : str
            Metrics to show, in this order; all of this run by default.

        Raises
        ------
        ResultOutOfContract
            If neither this run nor the reference run has a metric of that name.
        """
        return compare(self.metrics, reference(self.chapter, self.profile), names)

    def say(self, sentence):
        """Return ``sentence`` as Markdown with its numbers filled in from the results.

        ``{f1}`` is replaced by the metric ``f1`` of this run, ``{f1.interval}`` by its interval,
        ``{f1.n}`` by its n, and ``{reference[f1]}`` by the value of the reference run.

        Raises
        ------
        ResultOutOfContract
            If the sentence names a metric that the results don't have.
        """
        known = Named(self.metrics, "this run")
        stored = Named(reference(self.chapter, self.profile), "the reference run")
        text = sentence.format_map(Named({**known, "reference": stored}, "this run"))
        names = sorted(name for name in self.metrics if "{" + name in sentence)
        return Shown(text, text, names, "text/markdown")


def record(chapter, metric, value, *, profile, **details):
    """Add one metric to the latest results of a chapter: the one-line form of `Run.record`."""
    Run(chapter, profile, metrics=read(latest(chapter, profile))).record(metric, value, **details)


def book_root(start=None):
    """Return the nearest folder at or above ``start`` with a ``chapters.yml``, else None."""
    start = Path(start or Path.cwd()).resolve()
    folders = (folder for folder in (start, *start.parents) if (folder / "chapters.yml").is_file())
    return next(folders, None)


def stored_path(root, chapter, profile):
    """Return where the book below ``root`` keeps the latest results of a chapter."""
    return Path(root) / "_build" / "results" / f"{chapter}.{profile}.json"


def latest(chapter, profile):
    """Return the path of the results file that a run of this chapter writes.

    The runner names it in ``ECGBOOK_RESULTS``. Outside of it the file stands in ``_build`` of
    the book around the current folder, or in the cache folder where there is no book.
    """
    if os.environ.get("ECGBOOK_RESULTS"):
        return Path(os.environ["ECGBOOK_RESULTS"])
    root = book_root()
    if root is not None:
        return stored_path(root, chapter, profile)
    from ecgbook.store import cache_dir

    return cache_dir() / "results" / f"{chapter}.{profile}.json"


def reference(chapter, profile="cpu", root=None):
    """Return the metrics of the reference run as a dict by name.

    It is read from the book below ``root`` (default: `book_root`), else from what came with
    the installed package. A profile without a reference run of its own takes that of ``cpu``;
    the dict is empty where the chapter has none.
    """
    stored = {path.name: path for path in reference_files(root)}
    for name in (f"{chapter}.{profile}.json", f"{chapter}.cpu.json"):
        if name in stored:
            return read(stored[name])
    return {}


def read(path):
    """Return the metrics in a results file as a dict by name; empty if there is no file."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return {entry["name"]: Metric(**entry) for entry in content["metrics"]}


def write(path, content):
    """Write the content of a results file to ``path``, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path)


def add_provenance(path, **facts):
    """Add to a results file what the runner knows of the run: minutes, peak memory, digest."""
    content = json.loads(Path(path).read_text(encoding="utf-8"))
    content["provenance"] |= facts
    write(Path(path), content)


def reference_files(root=None):
    """Return the paths of the reference results and weights.

    They lie in the book below ``root`` (default: `book_root`) or came with the package.
    """
    root = root or book_root()
    if root is not None:
        return sorted((root / "ecgbook" / "reference").glob("*.*"))
    return sorted(Path(__file__).with_name("reference").glob("*.*"))


def _device():
    """Name the accelerator that torch sees, if the run has loaded torch at all."""
    torch = sys.modules.get("torch")
    gpu = torch is not None and torch.cuda.is_available()
    return torch.cuda.get_device_name() if gpu else f"{platform.machine()} CPU"
