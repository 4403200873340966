"""Arrays that live on the device as a whole, and batches cut from them by index.

All heartbeats of MIT-BIH are under 150 MB: they fit on any device. A batch is then one
``index_select`` instead of a Python step an example.
"""

import numpy as np
import torch

from ecgbook.errors import TrainingFailed

__all__ = ["batches", "check_output", "checked", "on_device", "random_order"]


def on_device(arrays, name, device):
    """Check a tuple ``(*inputs, target)`` and return it as tensors on the device.

    Parameters
    ----------
    arrays : tuple of arrays or tensors
        Inputs of float32 and a target of int64 (classes) or float32, with one row an example.
    name : str
        What the errors call it.
    device : torch.device
        Where the tensors are to live.

    Returns
    -------
    list of tensors

    Raises
    ------
    TrainingFailed
        If an array is empty, of another dtype, not finite, or of another length.
    """
    if not isinstance(arrays, tuple | list) or len(arrays) < 2:
        raise TrainingFailed(f"{name} must be a tuple (*inputs, target), got {type(arrays)}")
    tensors = [checked(x, f"input {i} of {name}") for i, x in enumerate(arrays[:-1])]
    tensors.append(checked(arrays[-1], f"target of {name}", may_be_class=True))
    lengths = [len(tensor) for tensor in tensors]
    if len(set(lengths)) > 1:
        raise TrainingFailed(f"{name} needs one row an example in every array, got {lengths}")
    return [tensor.to(device) for tensor in tensors]


def checked(array, label, may_be_class=False):
    """Return an array as a tensor, refused with one sentence if a network cannot use it."""
    tensor = array if torch.is_tensor(array) else torch.tensor(np.asarray(array))
    if tensor.ndim == 0 or tensor.numel() == 0:
        raise TrainingFailed(f"{label} is empty: shape {tuple(tensor.shape)}")
    if may_be_class and tensor.dtype == torch.int64:
        if tensor.min() < 0:
            raise TrainingFailed(f"{label} has class {int(tensor.min())}: classes count from 0")
        return tensor
    if tensor.dtype != torch.float32:
        or_class = " (or int64 for classes)" if may_be_class else ""
        raise TrainingFailed(f"{label} must be float32{or_class}, got {tensor.dtype}; convert it")
    bad = ~torch.isfinite(tensor).reshape(len(tensor), -1).all(dim=1)
    if bad.any():
        raise TrainingFailed(
            f"{label} has NaN or infinite values in {int(bad.sum())} of {len(bad)} examples, "
            f"the first is example {int(bad.nonzero()[0])}; fill or drop them"
        )
    return tensor


def check_output(model, train, valid):
    """Run two examples through the model and see that it has a score for every class.

    Raises
    ------
    TrainingFailed
        If the training target has one class only, or the model lacks an output for a class.
    """
    *inputs, target = train
    if target.dtype != torch.int64 or target.ndim > 1:  # the loss knows what else may be meant
        return
    if target.min() == target.max():
        raise TrainingFailed(
            f"all {len(target)} training examples are of class {int(target[0])}: "
            f"there is nothing to learn; check the split"
        )
    model.eval()
    with torch.inference_mode():
        scores = model(*(x[:2] for x in inputs))
    largest = int(max(target.max(), valid[-1].max()))
    if scores.ndim < 2 or scores.shape[1] <= largest:
        raise TrainingFailed(
            f"the target has class {largest}, but the model's output of shape "
            f"{tuple(scores.shape)} has no score for it; create the model with more classes"
        )


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


def batches(tensors, order, batch_size, share=slice(None)):
    """Yield the batches of one epoch, each a list of tensors with ``batch_size`` rows.

    What is left when no full batch is left waits for the next epoch, which has another order;
    batches of one size need no second compilation and weigh the same in every mean.

    Parameters
    ----------
    tensors : sequence of tensors
        The whole data set, on the device.
    order : tensor of int64, shape (example,)
        Which examples, in which order, on the same device.
    batch_size : int
        Rows of a batch.
    share : slice, optional
        Which rows of each batch this process takes.
    """
    for start in range(0, len(order) - batch_size + 1, batch_size):
        rows = order[start : start + batch_size][share]
        yield [tensor.index_select(0, rows) for tensor in tensors]
