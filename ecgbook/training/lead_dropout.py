"""Leads that are missing by chance, so that one model learns to do with any of several sets."""

from functools import partial

import torch

from ecgbook.conventions import TWELVE_LEADS
from ecgbook.datasets.leadsets import LEAD_SETS, leads_of
from ecgbook.errors import TrainingFailed

__all__ = ["drop_leads", "lead_dropout"]


def lead_dropout(leads=TWELVE_LEADS, sets=tuple(LEAD_SETS), *, whole=0.5):
    """Return an ``augment`` for `ecgbook.training.fit` that shows a lead set at a time.

    Each recording of a batch is shown with all its leads, or with one of the sets; the other leads
    are 0, as in `ecgbook.datasets.with_leads` with ``others="zero"``. So one model is trained for
    all sets, and for all of them it sees examples in every batch.

    Parameters
    ----------
    leads : sequence of str
        The leads of the examples, in order.
    sets : sequence of int, or of sequences of str
        Lead sets as in `ecgbook.datasets.leads_of`, each as likely as the others.
    whole : float
        Chance that nothing is taken away, from 0 to 1.

    Examples
    --------
    >>> augment = lead_dropout(["I", "II", "V1"], [["II"]], whole=0.0)
    >>> augment(torch.ones(1, 3, 2), torch.Generator().manual_seed(0))
    tensor([[[0., 0.],
             [1., 1.],
             [0., 0.]]])
    """
    leads = tuple(leads)
    if not 0 <= whole <= 1:
        raise TrainingFailed(f"whole is a chance from 0 to 1, got {whole!r}")
    chosen = [leads_of(names) for names in sets]
    if not chosen or any(set(names) - set(leads) for names in chosen):
        raise TrainingFailed(
            f"every lead set must be a part of {', '.join(leads)}, got {list(sets)!r}"
        )
    kept = tuple(tuple(name in names for name in leads) for names in chosen)
    return partial(drop_leads, kept=kept, whole=whole)


def drop_leads(x, generator, *, kept, whole=0.5):
    """Set leads of recordings ``(recording, lead, time)`` to 0.

    ``kept`` are rows of bool (set, lead): which leads stay. Each recording draws one of them, or,
    by the chance ``whole``, keeps all.
    """
    kept = torch.tensor(kept, device=x.device)
    if kept.ndim != 2 or kept.shape[1] != x.shape[1]:
        raise TrainingFailed(
            f"lead sets of {kept.shape[-1]} leads for recordings of {x.shape[1]}; name the leads "
            f"of the examples"
        )
    chance = {"generator": generator, "device": x.device}
    row = torch.randint(len(kept), (len(x),), **chance)
    stays = kept[row] | (torch.rand(len(x), 1, **chance) < whole)
    return torch.where(stays[:, :, None], x, 0.0)
