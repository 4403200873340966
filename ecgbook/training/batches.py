"""Examples that live on the device as a whole, and batches cut from them by index.

All heartbeats of MIT-BIH are under 150 MB: they fit on any device. A batch is then one
``index_select`` instead of a Python step an example. Recordings of different length lie one after
another, and each batch is padded to the longest of its own.
"""

import inspect
from dataclasses import dataclass

import numpy as np
import torch

from ecgbook.errors import TrainingFailed

__all__ = ["Data", "Flat", "batch_rows", "checked", "on_device", "random_order", "split_target"]

_POOL = 50  # batches whose examples are sorted by length together


@dataclass(frozen=True)
class Flat:
    """Signals of different length, one after another in ``flat`` (total, lead)."""

    flat: torch.Tensor
    start: torch.Tensor
    length: torch.Tensor

    def __len__(self):
        return len(self.length)

    def to(self, device):
        """Return the same on a device."""
        return Flat(self.flat.to(device), self.start.to(device), self.length.to(device))

    def index_select(self, dim, rows):
        """Return the signals at ``rows`` with 0 after their ends, (row, lead, longest)."""
        start, length = self.start[rows, None], self.length[rows, None]
        time = torch.arange(int(length.max()), device=rows.device)
        where = (start + time).clamp(max=len(self.flat) - 1)  # (row, longest)
        signals = self.flat[where].masked_fill((time >= length)[:, :, None], 0)
        return signals.transpose(1, 2).contiguous()


@dataclass(frozen=True)
class Data:
    """Inputs of a model, with one row an example, and what goes with them."""

    inputs: list
    length: torch.Tensor | None = None  # in samples, for a model that asks for it
    target: torch.Tensor | None = None

    def __len__(self):
        return len(self.inputs[0])

    @property
    def lengths(self):
        """By what to put batches together, or None if all examples are of one length."""
        return self.inputs[0].length if isinstance(self.inputs[0], Flat) else None

    def batch(self, rows):
        """Return positional and named inputs of the model, and the target, at ``rows``."""
        inputs = [x.index_select(0, rows) for x in self.inputs]
        named = {} if self.length is None else {"length": self.length[rows]}
        return inputs, named, None if self.target is None else self.target.index_select(0, rows)


def split_target(data, name):
    """Return inputs and target of `Examples` or of a tuple ``(*inputs, target)``."""
    if hasattr(data, "feature_names"):
        return [data.x, data.features] if data.feature_names else [data.x], data.y
    if not isinstance(data, tuple | list) or len(data) < 2:
        raise TrainingFailed(
            f"{name} must be Examples or a tuple (*inputs, target), got {type(data).__name__}"
        )
    return list(data[:-1]), data[-1]


def on_device(data, name, model, device):
    """Check what `ecgbook.training.fit` is given and return it as `Data` on the device.

    A target of None is none. The model is given ``length``, in samples, and features of `Examples`
    if it takes them. Arrays that are empty, of another dtype, length or not finite are refused.
    """
    arrays, target = split_target(data, name)
    takes = getattr(model, "config", {"features": 1}).get("features")
    arrays = arrays[:1] if hasattr(data, "feature_names") and not takes else arrays
    inputs = [_flat(x, name) if hasattr(x, "start") else None for x in arrays[:1]]
    inputs[0] = inputs[0] or checked(arrays[0], f"input 0 of {name}")
    for i, x in enumerate(arrays[1:], 1):
        inputs.append(checked(x, f"input {i} of {name}", whole="indices"))
    if getattr(target, "ndim", 0) == 2 and str(target.dtype).endswith("bool"):  # several labels
        target = torch.as_tensor(target).float()
    tensors = [] if target is None else [checked(target, f"target of {name}", whole="classes")]
    counts = [len(tensor) for tensor in inputs + tensors]
    if len(set(counts)) > 1:
        raise TrainingFailed(f"{name} needs one row an example in every array, got {counts}")
    length = getattr(inputs[0], "length", getattr(data, "length", None))
    if "length" not in inspect.signature(model.forward).parameters:
        length = None
    elif length is not None:
        length = torch.as_tensor(length, dtype=torch.int64, device=device)
    inputs = [x.to(device) for x in inputs]
    return Data(inputs, length, *(tensor.to(device) for tensor in tensors))


def checked(array, label, whole=None):
    """Return an array as a tensor, refused with one sentence if a network cannot use it.

    ``whole`` says what int64 stands for, if it may stand for something.
    """
    tensor = _tensor(array, label)
    if tensor.ndim == 0 or tensor.numel() == 0:
        raise TrainingFailed(f"{label} is empty: shape {tuple(tensor.shape)}")
    if whole and tensor.dtype == torch.int64:
        if tensor.min() < 0:
            raise TrainingFailed(f"{label} has {int(tensor.min())}, but {whole} count from 0")
        return tensor
    if tensor.dtype != torch.float32:
        or_whole = f" (or int64 for {whole})" if whole else ""
        raise TrainingFailed(f"{label} must be float32{or_whole}, got {tensor.dtype}; convert it")
    bad = ~torch.isfinite(tensor).reshape(len(tensor), -1).all(dim=1)
    if bad.any():
        raise TrainingFailed(
            f"{label} has NaN or infinite values in {int(bad.sum())} of {len(bad)} examples, "
            f"the first is example {int(bad.nonzero()[0])}; fill or drop them"
        )
    return tensor


def _tensor(array, label):
    if torch.is_tensor(array):
        return array
    if np.ma.is_masked(array):
        raise TrainingFailed(f"{label} has masked values; fill them or drop their examples")
    try:
        array = np.asarray(array)
        # A copy in the order of bytes and of memory that torch knows.
        return torch.from_numpy(array.astype(array.dtype.newbyteorder("="), order="C"))
    except (TypeError, ValueError) as error:
        raise TrainingFailed(f"{label} cannot be made a tensor: {error}") from None


def _flat(ragged, name):
    """Return a `Ragged` as `Flat`, without what else lies in its array."""
    signals = [ragged[i] for i in range(len(ragged))] or [np.empty((1, 0), np.float32)]
    flat = checked(np.concatenate(signals, axis=1).T, f"input 0 of {name}, sample by sample,")
    length = torch.as_tensor(np.array(ragged.length, np.int64))
    return Flat(flat, length.cumsum(0) - length, length)


def random_order(n, generator, weights=None):
    """Return the examples of one epoch: a permutation of ``n``, or ``n`` draws by weight."""
    if weights is None:
        return torch.randperm(n, generator=generator)
    weights = torch.as_tensor(weights, dtype=torch.float64, device="cpu")
    if weights.shape != (n,) or not (weights >= 0).all() or not 0 < weights.sum() < torch.inf:
        raise TrainingFailed(
            f"sample_weights must be {n} finite numbers, none negative and not all zero, "
            f"got shape {tuple(weights.shape)}"
        )
    return torch.multinomial(weights, n, replacement=True, generator=generator)


def batch_rows(order, batch_size, generator, length=None):
    """Return the rows of each batch of one epoch, shape (step, row).

    What fills no batch waits for the next epoch, which has another order; batches of one size need
    no second compilation and weigh the same in every mean. Examples of different ``length`` are
    sorted by it within pools of fifty batches, so that a batch needs little padding, and the
    batches are shuffled.
    """
    order = order[: len(order) // batch_size * batch_size]
    if length is None:
        return order.view(-1, batch_size)
    pools = order.split(_POOL * batch_size)
    order = torch.cat([pool[length[pool].argsort(stable=True)] for pool in pools])
    shuffled = torch.randperm(len(order) // batch_size, generator=generator)
    return order.view(-1, batch_size)[shuffled]
