"""Chapter 8: pieces of recordings, cut at random in training and in several ways at test."""

import numpy as np
import torch

from ecgbook.errors import RecordInvalid

__all__ = ["CROPS", "begins", "cut_at_random", "of_crops"]

CROPS = ("random", "centre", "several", "whole")
_SEVERAL = 3


def cut_at_random(x, generator, *, size):
    """Cut each recording ``(recording, lead, time)`` from a random place: an ``augment``.

    >>> cut_at_random(torch.arange(4.0).view(1, 1, 4), torch.Generator(), size=4)
    tensor([[[0., 1., 2., 3.]]])
    """
    n, leads, time = x.shape
    begin = torch.randint(time - size + 1, (n, 1, 1), generator=generator, device=x.device)
    at = begin + torch.arange(size, device=x.device)
    return x.gather(2, at.expand(n, leads, size))


def begins(time, size, crop, n, seed=0):
    """Return where the crops of ``n`` recordings begin: int64, shape (crop, recording).

    Parameters
    ----------
    time, size : int
        Samples of a recording, and of a crop.
    crop : {"random", "centre", "several", "whole"}
        One at a random place, as the seed has it at test as well; the middle; three, at
        both ends and between them; or none: all samples, from 0 on.
    seed : int
        Of the random places.

    Examples
    --------
    >>> begins(10, 6, "centre", 2), begins(10, 6, "several", 1).ravel()
    (array([[2, 2]]), array([0, 2, 4]))
    """
    if crop not in CROPS:
        raise RecordInvalid(f"crop must be one of {', '.join(CROPS)}, got {crop!r}")
    room = time - size
    if crop == "random":
        return np.random.default_rng(seed).integers(room + 1, size=(1, n))
    places = {"centre": [room // 2], "whole": [0]}
    places = places.get(crop, np.rint(np.linspace(0, room, _SEVERAL)))
    return np.tile(np.asarray(places, np.int64)[:, None], n)


def of_crops(say, x, size, crop, seed=0):
    """Return the mean of what ``say`` makes of the crops of recordings ``(recording, lead, time)``.

    ``say`` takes recordings and returns probabilities (recording, class); ``crop`` and ``seed`` are
    those of `begins`.
    """
    size = x.shape[2] if crop == "whole" else size
    said = []
    for begin in begins(x.shape[2], size, crop, len(x), seed):
        at = (begin[:, None] + np.arange(size))[:, None]
        said.append(say(np.take_along_axis(x, at, axis=2)))
    return np.mean(said, axis=0)
