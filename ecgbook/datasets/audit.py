"""`audit`: what makes a split look better than it is, and what that is worth."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ecgbook.datasets import leaks, likeness
from ecgbook.datasets.giveaways import giveaways
from ecgbook.datasets.leak_price import leak_price, quick_trees
from ecgbook.errors import RecordInvalid

__all__ = ["Audit", "audit"]

# Training against test first: that is what decides a score.
_PAIRS = (("train", "test"), ("train", "valid"), ("valid", "test"))
_NOT_CHECKED = (
    "Not checked: whether two names mean one patient, whether anything was chosen by looking at "
    "the test part, whether filters or scales were fitted on it, and whether labels are right."
)


@dataclass(frozen=True, repr=False)
class Audit:
    """What `audit` found in a split; it shows itself as a small table.

    Parameters
    ----------
    name : str
        Name of the split.
    findings : DataFrame
        One row a check and pair of parts: ``check``, ``parts``, ``found`` of ``of`` examples,
        their ``share``, the ``detail`` in words, and the ``verdict``: "found", "not found" or
        "not known". Where nothing is counted, ``found``, ``of`` and ``share`` are missing.
    price : DataFrame
        As of `ecgbook.datasets.leak_price.leak_price`; without rows where it cannot be told.
    likeness : DataFrame
        The most similar training windows of the test windows that were looked at, as of
        `ecgbook.datasets.likeness.nearest`.
    columns : DataFrame
        As of `ecgbook.datasets.giveaways.giveaways`.
    """

    name: str
    findings: pd.DataFrame
    price: pd.DataFrame
    likeness: pd.DataFrame
    columns: pd.DataFrame
    not_checked = _NOT_CHECKED

    @property
    def found(self):
        """The checks that found something, tuple of str, each once."""
        verdict = self.findings["verdict"]
        return tuple(dict.fromkeys(self.findings["check"][verdict == "found"]))

    @property
    def table(self):
        """The findings as readers see them, one line a check, of the first two parts it touches.

        It is training and test, unless the line names another one.
        """
        quiet = self.findings["verdict"] == "not found"
        rows = self.findings.assign(quiet=quiet).sort_values("quiet", kind="stable")
        shown = rows[~rows["check"].duplicated()].sort_index()
        usual = shown["parts"].isin([" and ".join(_PAIRS[0]), "all"])
        what = shown["detail"].where(usual, shown["parts"] + ": " + shown["detail"])
        columns = {"what": what.to_numpy(), "verdict": shown["verdict"].to_numpy()}
        return pd.DataFrame(columns, index=pd.Index(shown["check"].to_numpy()))

    def __repr__(self):
        lines = [f"Audit of the split {self.name}: {', '.join(self.found) or 'nothing found'}"]
        lines += [f"- {row.check}, {row.parts}: {row.detail}" for row in self._touched()]
        return "\n".join([*lines, self.not_checked])

    def _repr_html_(self):
        with pd.option_context("display.max_colwidth", None):
            return f"{self.table.to_html()}\n<p>{self.not_checked}</p>"

    def _touched(self):
        return self.findings[self.findings["verdict"] != "not found"].itertuples()


def audit(
    examples, split, *, nearly=0.99, giveaway=0.95, model=quick_trees, sample_hz=None, seed=0
):
    """Look for everything in a split that tells a model the answers to its test.

    It needs no patients to be known, and takes splits made with ``leaky='…'``, of one label an
    example, of several, and of signals of different length. Nearly equal windows are looked for
    with up to 1,000 test windows, so the time grows with the number of examples and not with
    its square.

    Parameters
    ----------
    examples : Examples
    split : Split
        Of these examples.
    nearly : float
        The correlation from which on two windows count as nearly equal.
    giveaway : float
        The AUROC from which on one column of ``rows`` alone gives a class away.
    model : callable ``(seed) -> estimator`` or None
        The classifier that prices the leak (`ecgbook.datasets.leak_price.leak_price`); None
        leaves the price out.
    sample_hz : float, optional
        Rate in which ``rows["sample"]`` counts. If left out, that of the database named in the
        recipe, else ``examples.fs``.
    seed : int

    Returns
    -------
    Audit
        Checks: the same example in two parts; shared and unknown patients; windows that are
        equal, nearly equal, or overlap in their recording; a column that gives a class away;
        and the price: the score as split minus that on strangers, with an interval over patients.

    Raises
    ------
    RecordInvalid
        If the split holds positions that the examples do not have.

    Examples
    --------
    >>> audit(beats, Split.by_beat(beats, leaky="to look at it"))  # doctest: +SKIP
    """
    parts = _checked_parts(examples, split)
    twos = [{name: parts[name] for name in pair} for pair in _PAIRS]
    span = leaks.spans(examples, sample_hz)
    prints = likeness.prints(examples, np.unique(np.concatenate([*parts.values()])))
    near, similar = leaks.nearly_equal_windows(examples, twos[0], nearly, seed)
    columns = giveaways(examples, split, seed=seed)
    price, reason = (
        (pd.DataFrame(), "") if model is None else leak_price(examples, split, model, seed=seed)
    )
    rows = [
        *(leaks.same_examples(two) for two in twos),
        *(leaks.shared_patients(examples, two) for two in twos),
        leaks.unknown_patients(examples, parts),
        *(leaks.equal_windows(prints, two) for two in twos),
        near,
        *(leaks.overlapping_windows(examples, two, span) for two in twos),
        leaks.column_that_tells(columns, giveaway),
        *([] if model is None else [leaks.price_of_it(price, reason)]),
    ]
    findings = pd.DataFrame(rows)
    findings.insert(4, "share", findings["found"] / findings["of"])
    return Audit(split.name, findings, price, similar, columns)


def _checked_parts(examples, split):
    """Return the positions of each part by name, each once."""
    parts = {name: np.unique(getattr(split, name)) for name in ("train", "valid", "test")}
    first = min(part[0] for part in parts.values())
    last = max(part[-1] for part in parts.values())
    if first < 0 or last >= len(examples):
        raise RecordInvalid(
            f"split {split.name!r} holds positions {first} to {last}, but there are "
            f"{len(examples)} examples; audit the examples that it was made of"
        )
    return parts
