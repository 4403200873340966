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

__all__ = ["Data", "Flat", "batch_rows", "checked", "inputs_on_device", "on_device", "random_order"]

_POOL = 50  # batches whose examples are sorted by length together


@dataclass(frozen=True)
class Flat:
    """Signals of different length, one after another in ``flat`` (lead, total)."""

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
        where = (start + time).clamp(max=self.flat.shape[1] - 1)  # (row, longest)
        signals = self.flat[:, where].masked_fill(time >= length, 0)
        return signals.transpose(0, 1).contiguous()


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


def on_device(data, name, model, device):
    """Check examples with their targets and return them as `Data` on the device.

    Parameters
    ----------
    data : Examples, or tuple of arrays ``(*inputs, target)``
        Inputs of float32, after the first also of int64 where they are an index; the first may
        be `Ragged`. A target of int64 (classes), bool (example, class) or float32.
    name : str
        What the errors call it.
    model : torch.nn.Module
        Is given ``length``, in samples, if its forward takes an argument of that name.
    device : torch.device
        Where the tensors are to live.

    Raises
    ------
    TrainingFailed
        If an array is empty, of another dtype, not finite, or of another length.
    """
    arrays = arrays_of(data)
    if not isinstance(arrays, tuple | list) or len(arrays) < 2:
        raise TrainingFailed(
            f"{name} must be Examples or a tuple (*inputs, target), got {type(data).__name__}"
        )
    *inputs, target = arrays
    length = getattr(data, "length", None)
    found = inputs_on_device(inputs, f" of {name}", model, device, length=length)
    if getattr(target, "ndim", 0) == 2 and str(target.dtype).endswith("bool"):  # several labels
        target = torch.as_tensor(target).float()
    target = checked(target, f"target of {name}", whole="classes").to(device)
    return Data(_one_length([*found.inputs, target], name)[:-1], found.length, target)


def inputs_on_device(arrays, of, model, device, *, length=None):
    """Check the inputs of a model and return them as `Data` without a target; see `on_device`."""
    x, *others = arrays
    flat = _flat(x, f"input 0{of}") if hasattr(x, "start") else None
    inputs = [checked(x, f"input 0{of}") if flat is None else flat]
    inputs += [checked(x, f"input {i}{of}", whole="indices") for i, x in enumerate(others, 1)]
    inputs = [x.to(device) for x in _one_length(inputs, f"the input{of}")]
    length = length if flat is None else flat.length
    if length is None or "length" not in inspect.signature(model.forward).parameters:
        return Data(inputs)
    return Data(inputs, torch.as_tensor(length, dtype=torch.int64, device=device))


def arrays_of(data):
    """Return ``(x, target)`` or ``(x, features, target)`` of `Examples`, and others as they are."""
    if not hasattr(data, "feature_names"):
        return data
    return (data.x, data.features, data.y) if data.feature_names else (data.x, data.y)


def target_of(data):
    """Return the target of `Examples`, or of a tuple ``(*inputs, target)``, as an array."""
    arrays = arrays_of(data)
    target = arrays[-1] if isinstance(arrays, tuple | list) and arrays else np.empty(0)
    return target.cpu().numpy() if torch.is_tensor(target) else np.asarray(target)


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
    _refuse_gaps(torch.isfinite(tensor).reshape(len(tensor), -1).all(dim=1), label)
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


def _flat(ragged, label):
    """Return `Flat` with the signals of a `Ragged` and nothing else that lies in its array."""
    if not len(ragged):
        raise TrainingFailed(f"{label} is empty")
    flat = _tensor(np.concatenate([ragged[i] for i in range(len(ragged))], axis=1), label)
    length = torch.as_tensor(np.array(ragged.length, np.int64))
    if flat.dtype != torch.float32 or not length.all():
        raise TrainingFailed(f"{label} must be float32 and no signal empty, got {flat.dtype}")
    ends = length.cumsum(0)
    gap = (~torch.isfinite(flat).all(dim=0)).nonzero().flatten()
    whole = torch.ones(len(length), dtype=torch.bool)
    whole[torch.searchsorted(ends, gap, right=True)] = False
    _refuse_gaps(whole, label)
    return Flat(flat, ends - length, length)


def _refuse_gaps(whole, label):
    if not whole.all():
        raise TrainingFailed(
            f"{label} has NaN or infinite values in {int((~whole).sum())} of {len(whole)} "
            f"examples, the first is example {int((~whole).nonzero()[0])}; fill or drop them"
        )


def _one_length(tensors, name):
    counts = [len(tensor) for tensor in tensors]
    if len(set(counts)) > 1:
        raise TrainingFailed(f"{name} needs one row an example in every array, got {counts}")
    return tensors


def random_order(n, generator, weights=None):
    """Return the examples of one epoch: a permutation of ``n``, or ``n`` draws by weight.

    Raises
    ------
    TrainingFailed
        If the weights are not ``n`` finite numbers, none negative and not all zero.
    """
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

    What is left when no full batch is left waits for the next epoch, which has another order;
    batches of one size need no second compilation and weigh the same in every mean. Examples of
    different ``length`` are sorted by it within pools of fifty batches, so that a batch needs
    little padding, and the batches are shuffled.

    Parameters
    ----------
    order : tensor of int64, shape (example,)
        Which examples, in which order.
    batch_size : int
        Rows of a batch.
    generator : torch.Generator
        Of the order of batches by length.
    length : tensor of int64, shape (example,), optional
    """
    order = order[: len(order) // batch_size * batch_size]
    if length is None:
        return order.view(-1, batch_size)
    pools = order.split(_POOL * batch_size)
    order = torch.cat([pool[length[pool].argsort(stable=True)] for pool in pools])
    shuffled = torch.randperm(len(order) // batch_size, generator=generator)
    return order.view(-1, batch_size)[shuffled]
