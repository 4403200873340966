"""What figures ask of the numbers that they draw."""

import numpy as np

from ecgbook.errors import RecordInvalid


def checked_row(values, name):
    """Return ``values`` as one row of finite numbers."""
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise RecordInvalid(f"the {name} must be one row of finite numbers, got {values.shape}")
    return values


def checked_table(values, axes, name):
    """Return ``values`` as finite numbers with the named axes, none of them empty."""
    values = np.asarray(values, dtype=float)
    if values.ndim != len(axes) or 0 in values.shape or not np.isfinite(values).all():
        raise RecordInvalid(
            f"{name} must be finite numbers of shape ({', '.join(axes)}), got {values.shape}"
        )
    return values
