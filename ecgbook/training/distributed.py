"""The processes that train one model together, started by ``torchrun``.

``torchrun --nproc-per-node 4 train.py`` runs a script four times. Each copy calls
`ecgbook.training.fit` with the same arguments, takes its share of every batch, and the
gradients are averaged, so that all copies hold the same weights.
"""

import atexit
import os
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch.nn import SyncBatchNorm
from torch.nn.parallel import DistributedDataParallel

from ecgbook.errors import TrainingFailed

__all__ = ["Team", "join"]


@dataclass(frozen=True)
class Team:
    """One process among ``size`` that train together, and the device that it computes on."""

    rank: int
    size: int
    device: torch.device

    @property
    def is_first(self):
        """Whether this process writes the files and shows the progress."""
        return self.rank == 0

    @property
    def share(self):
        """The rows of a batch, or of a data set, that this process takes."""
        return slice(self.rank, None, self.size)

    def whole_batch(self, batch_size, n):
        """Return ``batch_size``, or less for a set of fewer examples, in equal shares."""
        if batch_size % self.size or n < self.size:
            raise TrainingFailed(
                f"{self.size} processes cannot share batches of {batch_size} from {n} examples "
                f"equally; make batch_size a multiple of {self.size}"
            )
        return min(batch_size, n // self.size * self.size)

    def wrap(self, model):
        """Return the model with gradients that are averaged over the team.

        On GPUs batch normalisation sees the whole batch; on CPUs, where torch has no such
        layer, only this process's share.
        """
        if self.size == 1:
            return model
        if self.device.type == "cuda":
            model = SyncBatchNorm.convert_sync_batchnorm(model)
        return DistributedDataParallel(model)

    def share_buffers(self, model):
        """Give every process the running statistics of the first one."""
        if self.size > 1:
            for buffer in model.buffers():
                dist.broadcast(buffer, src=0)

    def mean(self, value):
        """Return the mean of a tensor over the team."""
        if self.size > 1:
            dist.all_reduce(value)
            value /= self.size
        return value

    def gather(self, rows, total):
        """Join the rows that each process made from its `share` of ``total`` rows, in order."""
        if self.size == 1:
            return rows
        longest = -(-total // self.size)
        padded = rows.new_zeros(longest, *rows.shape[1:])
        padded[: len(rows)] = rows
        parts = [torch.empty_like(padded) for _ in range(self.size)]
        dist.all_gather(parts, padded)
        return torch.stack(parts, dim=1).flatten(0, 1)[:total]


def join(device=None):
    """Return the team that ``torchrun`` started, or a team of one.

    Parameters
    ----------
    device : str, optional
        Where to compute; by default on the accelerator if there is one. In a team each
        process takes the accelerator of its own number.

    Raises
    ------
    TrainingFailed
        If the device is not there.
    """
    device = _device(device)
    if "RANK" not in os.environ:
        return Team(0, 1, device)
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    if not dist.is_initialized():
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        atexit.register(dist.destroy_process_group)
    return Team(dist.get_rank(), dist.get_world_size(), device)


def _device(name):
    if name is None:
        name = (
            torch.accelerator.current_accelerator() if torch.accelerator.is_available() else "cpu"
        )
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise TrainingFailed(f"device={name!r} is not to be had: {error}") from None
