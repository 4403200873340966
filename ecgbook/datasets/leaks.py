"""The checks of an audit: each looks for one kind of leak and says what it found."""

from typing import NamedTuple

import numpy as np

from ecgbook.datasets.leak_price import owners
from ecgbook.datasets.likeness import nearest

__all__ = ["Finding", "column_that_tells", "equal_windows", "nearly_equal_windows"]
__all__ += ["overlapping_windows", "price_of_it", "same_examples", "shared_patients", "spans"]
__all__ += ["unknown_patients"]

_ASKED = 1000  # test windows whose most similar training window is looked for
_NAMED = 5  # patients


class Finding(NamedTuple):
    """What one check found between two parts."""

    check: str
    parts: str
    found: float
    of: float
    detail: str
    verdict: str


def same_examples(two):
    """Count the examples of the second part that are in the first one as well."""
    one, other = two.values()
    return _counted("same example", two, np.isin(other, one))


def shared_patients(examples, two):
    """Count the examples of the second part whose patient is in the first one as well."""
    one, other = (examples.patient[part] for part in two.values())
    people = np.setdiff1d(np.intersect1d(one, other), [""])
    names = ", ".join(people[:_NAMED]) + (" …" if len(people) > _NAMED else "")
    who = (
        f"{len(people)} patient{'s' if len(people) > 1 else ''} ({names}): " if len(people) else ""
    )
    unknown = (np.r_[one, other] == "").any()
    return _counted("shared patients", two, np.isin(other, people), who, unknown)


def unknown_patients(examples, parts):
    """Count the examples of all parts that have no patient."""
    used = np.unique(np.concatenate([*parts.values()]))
    unknown = examples.patient[used] == ""
    finding = _counted("unknown patients", {"all": None, "parts": None}, unknown)
    return finding._replace(parts="all", verdict="not known" if unknown.any() else "not found")


def equal_windows(prints, two):
    """Count the windows of the second part that are in the first one, sample by sample.

    ``prints`` are of `ecgbook.datasets.likeness.prints`.
    """
    one, other = (prints[part] for part in two.values())
    return _counted("equal windows", two, np.isin(other, one))


def nearly_equal_windows(examples, two, nearly, seed):
    """Count the windows that have a nearly equal one in training that is not a stranger's.

    Beats of strangers look alike as well: a window counts only if its most similar window of
    anybody reaches ``nearly`` and that of a stranger does not. Returns the finding and the
    table of `nearest`.
    """
    one, other = two.values()
    asked = np.sort(np.random.default_rng(seed).permutation(other)[:_ASKED])
    owner = owners(examples)
    table = nearest(examples, one, asked, owner, seed=seed)
    anyone, stranger = table["anyone"].to_numpy(), table["stranger"].to_numpy()
    has_twin = anyone >= nearly
    known = owner[asked] != ""
    own = has_twin & (stranger < nearly) & known
    shares = f"{_percent(has_twin.mean())} have a training window with a correlation of {nearly:g}"
    finding = _counted("nearly equal windows", two, own)
    if known.any():
        detail = (
            f"{shares} or more, {_percent((stranger >= nearly)[known].mean())} one of a stranger"
        )
        return finding._replace(detail=detail), table
    verdict = "not known" if has_twin.any() else "not found"
    detail = f"{shares} or more; nobody knows whose"
    return finding._replace(found=int(has_twin.sum()), detail=detail, verdict=verdict), table


def spans(examples, sample_hz):
    """Return how many samples of its recording each window covers, array of int64 (n,)."""
    if sample_hz is None:
        from ecgbook.sources.catalog import CATALOG

        info = CATALOG.get(examples.recipe.get("database"))
        sample_hz = info.fs if info else examples.fs
    return np.ceil(examples.length * (sample_hz / examples.fs)).astype(np.int64)


def overlapping_windows(examples, two, span):
    """Count the windows of the second part that share samples of a recording with the first."""
    one, other = two.values()
    number = np.unique(examples.record, return_inverse=True)[1]
    start = examples.sample - examples.sample.min()
    begin = number * (start.max() + span.max() + 1) + start  # one recording after the other
    one = one[examples.record[one] != ""]
    order = one[np.argsort(begin[one], kind="stable")]
    first = begin[order]
    last = np.maximum.accumulate(first + span[order]) if len(order) else first
    before = np.searchsorted(first, begin[other], side="right")
    goes_on = np.r_[-1, last][before] > begin[other]
    comes = np.r_[first, np.iinfo(np.int64).max][before] < begin[other] + span[other]
    known = examples.record[other] != ""
    unknown = (examples.record[np.concatenate([*two.values()])] == "").any()
    return _counted("overlapping windows", two, (goes_on | comes) & known, unknown=unknown)


def column_that_tells(table, giveaway):
    """Name the columns of a table of `giveaways` that alone give a class away."""
    parts = {"train": None, "test": None}
    if not len(table):
        detail = "too few examples of each class, or nothing beside the signal"
        return _said("giveaway column", parts, detail, "not known")
    telling = table[table["auroc"] >= giveaway].drop_duplicates("column")
    shown = telling if len(telling) else table[:1]
    words = [
        f"{r.column} tells {r[1]} (AUROC {r.auroc:.2f})" for r in shown.itertuples(index=False)
    ]
    detail = "; ".join(words[:3]) if len(telling) else f"the most telling: {words[0]}"
    return _said("giveaway column", parts, detail, "found" if len(telling) else "not found")


def price_of_it(price, reason):
    """Say what the leak is worth, from the table of `leak_price` or the reason why it is empty."""
    parts = {"train": None, "test": None}
    if not len(price):
        verdict = "not found" if reason.startswith("no patient") else "not known"
        return _said("price", parts, reason, verdict)
    rows = price[price["score"] == price["score"].iloc[-1]].set_index("training")
    split, strangers = rows["value"]["as split"], rows["value"]["strangers only"]
    value, low, high = rows.loc["difference", ["value", "low", "high"]]
    name = {"macro_f1": "macro F1", "macro_auroc": "macro AUROC"}[rows["score"].iloc[0]]
    detail = (
        f"{name} {split:.2f}, on strangers {strangers:.2f}: "
        f"{value:.2f} more (95 % interval {low:.2f} to {high:.2f})"
    )
    return _said("price", parts, detail, "found" if low > 0 else "not found")


def _counted(check, two, hit, before="", unknown=False):
    n, of = int(np.count_nonzero(hit)), len(hit)
    detail = f"{before}{n:,} of {of:,}" + (f" ({_percent(n / of)})" if n else "")
    verdict = "found" if n else "not known" if unknown else "not found"
    return Finding(check, _between(two), n, of, detail, verdict)


def _said(check, two, detail, verdict):
    return Finding(check, _between(two), np.nan, np.nan, detail, verdict)


def _between(two):
    return " and ".join(two)


def _percent(share):
    return f"{100 * share:.1f} %"
