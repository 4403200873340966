"""Gramian angular fields: pixel (i, j) is the cosine or sine of two angles together."""

import torch

from ecgbook.errors import RecordInvalid
from ecgbook.images.segments import averaged, checked, in_full, lowest_and_range

__all__ = ["cosines", "from_gasf", "gadf", "gasf"]


def gasf(x, size=None):
    """Return the Gramian angular summation field: ``cos(φ[i] + φ[j])``.

    A signal is averaged over ``size`` segments, scaled to -1 … 1, and read as cosines of angles
    ``φ[i] = arccos z[i]``. The diagonal is ``cos 2φ[i] = 2 z[i]² - 1``.

    Parameters
    ----------
    x : tensor or array, shape (…, time)
        Signals in any unit: their offset and their size are not to be seen in the picture, nor
        whether they are upside down. A constant signal gives 1 everywhere.
    size : int, optional
        Pixels of a side, at most ``time``; all samples if left out.

    Returns
    -------
    tensor, shape (…, size, size)
        On the device of ``x``; float64 for float64, else float32. It has gradients.

    Raises
    ------
    RecordInvalid
        As of `ecgbook.images.segments.checked`: NaN, a signal that is too short, a wrong size.

    References
    ----------
    Wang, Oates (2015), Imaging time-series to improve classification and imputation, IJCAI.
    Values are those of ``pyts.image.GramianAngularField`` 0.13.

    Examples
    --------
    The angles of -1, 0 and 1 are 180°, 90° and 0°:

    >>> gasf([0.0, 1.0, 2.0])
    tensor([[ 1., -0., -1.],
            [-0., -1.,  0.],
            [-1.,  0.,  1.]])
    """
    z, s = cosines(x, size)
    # In place, since each new field of a batch is memory that has to be had from the system.
    return (z[..., :, None] * z[..., None, :]).addcmul_(s[..., :, None], s[..., None, :], value=-1)


def gadf(x, size=None):
    """Return the Gramian angular difference field: ``sin(φ[i] - φ[j])``; all else as `gasf`.

    It is 0 on the diagonal and changes its sign across it. A constant signal gives 0 everywhere.
    A signal upside down gives the field with the other sign.

    >>> gadf([0.0, 1.0, 2.0]).abs()
    tensor([[0., 1., 0.],
            [1., 0., 1.],
            [0., 1., 0.]])
    """
    z, s = cosines(x, size)
    return (s[..., :, None] * z[..., None, :]).addcmul_(z[..., :, None], s[..., None, :], value=-1)


def cosines(x, size=None):
    """Return cosines and sines of the angles of a signal: (…, time) to two of (…, size)."""
    x, size = checked(x, size)
    # One rounded mean beside the largest one would move its sine by 2e-4: few numbers, so float64.
    exact = averaged(in_full(x), size)
    low, span = lowest_and_range(exact)
    up, down = (exact - low) / span, (exact.amax(-1, keepdim=True) - exact) / span
    # In float32 sqrt(1 - z²) is off by 2e-5 where z is close to 1; this product is not.
    square = up * down
    inside = square > 0  # at both ends the root has no slope, and is 0 whatever the signal does
    s = 2 * torch.where(inside, square, torch.ones_like(square)).sqrt() * inside
    return (2 * up - 1).to(x.dtype), s.to(x.dtype)


def from_gasf(field):
    """Return the signal between -1 and 1 that has this summation field, up to its sign.

    The diagonal ``2 z[i]² - 1`` tells the size of each sample. The row of the largest one,
    ``z[i] z[j] - s[i] s[j]`` with the sines s, tells which samples have the same sign as that one,
    and with which weight. That one is taken for positive: a signal upside down has the same field.
    What scaling took away, mV and the level of 0, is not to be had from the field.

    Parameters
    ----------
    field : tensor or array, shape (…, size, size)
        Of `gasf`, or of signals that were scaled into any part of -1 … 1, but not to 0 alone.

    Returns
    -------
    tensor, shape (…, size)

    Raises
    ------
    RecordInvalid
        If the field is not square, has NaN, or its diagonal leaves -1 … 1.

    Examples
    --------
    >>> from_gasf(gasf([0.0, 1.0, 2.0])) + 0.0  # and not [-1, 0, 1], which has the same field
    tensor([ 1.,  0., -1.])
    """
    field, _ = checked(field)
    if field.ndim < 2 or field.shape[-2] != field.shape[-1]:
        raise RecordInvalid(f"a field has shape (…, size, size), got {tuple(field.shape)}")
    diagonal = field.diagonal(dim1=-2, dim2=-1)  # (…, size)
    if (diagonal.abs() > 1 + 1e-5).any():
        raise RecordInvalid("the diagonal of a summation field lies between -1 and 1")
    top = diagonal.argmax(dim=-1, keepdim=True)
    s = ((1 - diagonal).clamp(min=0) / 2).sqrt()
    row = field.take_along_dim(top[..., None], dim=-2).squeeze(-2)
    size = ((1 + diagonal.take_along_dim(top, dim=-1)) / 2).sqrt()
    return (row + s * s.take_along_dim(top, dim=-1)) / size
