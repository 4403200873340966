"""The lead sets of the Challenge of 2021, by their number of leads."""

from dataclasses import replace

import numpy as np

from ecgbook.conventions import TWELVE_LEADS
from ecgbook.datasets.ragged import Ragged
from ecgbook.errors import RecordInvalid

__all__ = ["LEAD_SETS", "leads_of", "with_leads"]

# Reyna et al. (2021), Will two do? Varying dimensions in electrocardiography, CinC 48.
LEAD_SETS = {
    12: TWELVE_LEADS,
    6: ("I", "II", "III", "aVR", "aVL", "aVF"),
    4: ("I", "II", "III", "V2"),
    3: ("I", "II", "V2"),
    2: ("I", "II"),
}


def leads_of(leads):
    """Return names of leads: those of a set of the Challenge, by their number, or those named.

    Six leads hold no more than two: III, aVR, aVL and aVF are sums of I and II.

    Examples
    --------
    >>> leads_of(3)
    ('I', 'II', 'V2')
    >>> leads_of(["V5"])
    ('V5',)
    """
    if isinstance(leads, int | np.integer):
        if leads not in LEAD_SETS:
            known = ", ".join(map(str, LEAD_SETS))
            raise RecordInvalid(f"the Challenge has sets of {known} leads, not {leads}; name yours")
        return LEAD_SETS[int(leads)]
    leads = (leads,) if isinstance(leads, str) else tuple(leads)
    if not leads or len(set(leads)) < len(leads) or not all(isinstance(x, str) for x in leads):
        raise RecordInvalid(f"leads are a number or different names, got {leads!r}")
    return leads


def with_leads(examples, leads, *, others="drop"):
    """Return examples that show a set of leads, by one number.

    Parameters
    ----------
    examples : Examples
        `Ragged` or of one length, with these leads among theirs (else `RecordInvalid`).
    leads : int or sequence of str
        As for `leads_of`.
    others : {"drop", "zero"}
        What becomes of the other leads: they go, for a model of these leads; or they stay and are
        0, for one model of all sets (`ecgbook.training.lead_dropout`).

    Examples
    --------
    >>> import pandas as pd
    >>> from ecgbook.datasets import Examples
    >>> rows = pd.DataFrame({"patient": ["p"], "record": ["a"], "sample": [0]})
    >>> x, leads = [[[1, 1], [2, 2], [3, 3]]], ["I", "V1", "II"]
    >>> one = Examples(x, [0], ["N"], rows, fs=100, leads=leads)
    >>> with_leads(one, 2).x
    array([[[1., 1.],
            [3., 3.]]], dtype=float32)
    >>> with_leads(one, 2, others="zero").x[0, :, 0]
    array([1., 0., 3.], dtype=float32)
    """
    names = leads_of(leads)
    if absent := [name for name in names if name not in examples.leads]:
        raise RecordInvalid(
            f"the examples have no lead {', '.join(absent)}; they have {', '.join(examples.leads)}"
        )
    if others not in ("drop", "zero"):
        raise RecordInvalid(f'others must be "drop" or "zero", got {others!r}')
    if others == "zero":
        rows, shown = slice(None), np.isin(examples.leads, names)[:, None]
        kept = examples.leads
    else:
        rows, shown, kept = [examples.leads.index(name) for name in names], 1, names
    recipe = examples.recipe | {"shown": ", ".join(names), "others": others}
    return replace(examples, x=_changed(examples.x, rows, shown), leads=kept, recipe=recipe)


def _changed(x, rows, shown):
    """Return some rows of leads, times 1 or 0."""
    if isinstance(x, Ragged):
        return Ragged(np.float32(shown) * x.samples[rows], x.start, x.length)
    return np.float32(shown) * x[:, rows]
