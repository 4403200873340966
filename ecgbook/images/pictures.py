"""The picture of nine channels that a published study gave to its networks."""

import torch

from ecgbook.errors import RecordInvalid
from ecgbook.images.gramian import cosines
from ecgbook.images.markov import levels, transitions
from ecgbook.images.segments import checked, lowest_and_range

__all__ = ["nine_channels"]

_BINS = 10  # of one width each


def nine_channels(x, size=256):
    """Return three pictures a lead, as Narotamo et al. made them of leads I, II and V2.

    Each lead is scaled to 0 … 1. Its pictures stand next to each other: summation field, as
    ``(g + 1) / 2``; Markov transition field of ten levels of one width, a fifth of it, so that
    values end at 0.2; recurrence plot ``|x[i] - x[j]|``. All have ``time × time`` pixels and are
    then made smaller by bilinear interpolation, which here reads four pixels for each that stays
    and never makes the others. It does not average, so that a narrow QRS complex may fall between.

    Parameters
    ----------
    x : tensor or array, shape (…, lead, time)
        Leads in the order of the channels: I, II and V2 for the published picture.
    size : int, default 256
        Pixels of a side, at most ``time``.

    Returns
    -------
    tensor, shape (…, 3 * lead, size, size)
        Channels 0 to 2 of the first lead, 3 to 5 of the second. Values 0 … 1; the published
        pictures were stored in 256 grey levels, and these are not. A constant lead gives 1, 0.2
        and 0.

    Raises
    ------
    RecordInvalid
        If there are no leads, and as of `ecgbook.images.gasf`.

    References
    ----------
    Narotamo H, Dias M, Santos R, Carreiro AV, Gamboa H, Silveira M. Deep learning for ECG
    classification: a comparative study of 1D and 2D representations and multimodal fusion
    approaches. Biomed Signal Process Control 93:106141, 2024; sizes after its public code.

    Examples
    --------
    >>> nine_channels(torch.randn(2, 3, 1000)).shape
    torch.Size([2, 9, 256, 256])
    """
    x, size = checked(x, size)
    if x.ndim < 2:
        raise RecordInvalid(f"these pictures need leads (…, lead, time), got {tuple(x.shape)}")
    low, span = lowest_and_range(x)
    x = (x - low) / span
    at = _places(x.shape[-1], size, x)
    pictures = _summation(x, at), _transition(x, at) / 5, _apart(x, at)
    return torch.stack(pictures, dim=-3).flatten(-4, -3)


def _places(time, size, like):
    """Return the two samples that each pixel lies between and the weight of the second: (size,).

    Pixels are centred in what they stand for, as with ``align_corners=False``.
    """
    centre = (torch.arange(size, dtype=torch.float64, device=like.device) + 0.5) * time / size - 0.5
    centre = centre.clamp(min=0)
    first = centre.long()
    second = (first + 1).clamp(max=time - 1)
    return first, second, (centre - first).to(like.dtype)


def _between(x, at):
    first, second, weight = at
    return x[..., first] * (1 - weight) + x[..., second] * weight


def _summation(x, at):
    # The field is a sum of two outer products, so its rows and columns may be read before.
    z, s = (_between(part, at) for part in cosines(x))
    field = z[..., :, None] * z[..., None, :] - s[..., :, None] * s[..., None, :]
    return (field + 1) / 2


def _transition(x, at):
    level = levels(x, _BINS, "uniform")
    one_hot = level[..., None, :] == torch.arange(_BINS, device=x.device)[:, None]
    share = _between(one_hot.to(x), at).mT  # (…, size, bin)
    return share @ transitions(level, _BINS).to(x) @ share.mT


def _apart(x, at):
    first, second, weight = at
    ends = (x[..., first], 1 - weight), (x[..., second], weight)
    field = 0
    for row, of_row in ends:
        for column, of_column in ends:
            weights = of_row[:, None] * of_column
            field = field + (row[..., :, None] - column[..., None, :]).abs_().mul_(weights)
    return field
