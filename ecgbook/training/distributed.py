"""The processes that train one model together, started by ``torchrun``.

``torchrun --nproc-per-node 4 train.py`` runs a script four times. Each copy calls
`ecgbook.training.fit` with the same arguments, takes its rows of every batch, and the
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

__all__ = ["ProcessGroup", "process_group"]


@dataclass(frozen=True)
class ProcessGroup:
    """One of ``world_size`` processes that train together, and the device it computes on."""

    rank: int
    world_size: int
    device: torch.device

    @property
    def is_first(self):
        """Whether this process writes the files and shows the progress."""
        return self.rank == 0

    @property
    def rows(self):
        """Which rows of a batch, or of a data set, this process takes."""
        return slice(self.rank, None, self.world_size)

    def whole_batch(self, batch_size, n):
        """Return ``batch_size``, or less for a set of fewer examples, in equal parts."""
        if batch_size % self.world_size or n < self.world_size:
            raise TrainingFailed(
                f"{self.world_size} processes cannot share batches of {batch_size} from {n} "
                f"examples equally; make batch_size a multiple of {self.world_size}"
            )
        return min(batch_size, n // self.world_size * self.world_size)

    def wrap(self, model):
        """Return the model with gradients that are averaged over the group.

        On GPUs batch normalisation sees the whole batch; on CPUs, where torch has no such layer,
        only this process's rows.
        """
        if self.world_size == 1:
            return model
        if self.device.type == "cuda":
            model = SyncBatchNorm.convert_sync_batchnorm(model)
        return DistributedDataParallel(model)

    def share_buffers(self, model):
        """Give every process the running statistics of the first one."""
        if self.world_size > 1:
            for buffer in model.buffers():
                dist.broadcast(buffer, src=0)

    def mean(self, value):
        """Return the mean of a tensor over the group."""
        if self.world_size > 1:
            dist.all_reduce(value)
            value /= self.world_size
        return value

    def gather(self, rows, total):
        """Join the rows that each process made from its `rows` of ``total`` rows, in order."""
        if self.world_size == 1:
            return rows
        longest = -(-total // self.world_size)
        padded = rows.new_zeros(longest, *rows.shape[1:])
        padded[: len(rows)] = rows
        parts = [torch.empty_like(padded) for _ in range(self.world_size)]
        dist.all_gather(parts, padded)
        return torch.stack(parts, dim=1).flatten(0, 1)[:total]


def process_group(device=None):
    """Return the process group that ``torchrun`` started, or a group of this process alone.

    By default it computes on the accelerator, if there is one, and in a group each process on that
    of its own number. A ``device`` that is not there is a `TrainingFailed`.
    """
    device = _device(device)
    if "RANK" not in os.environ:
        return ProcessGroup(0, 1, device)
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    if not dist.is_initialized():
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        atexit.register(dist.destroy_process_group)
    return ProcessGroup(dist.get_rank(), dist.get_world_size(), device)


def _device(name):
    if name is None:
        name = (
            torch.accelerator.current_accelerator() if torch.accelerator.is_available() else "cpu"
        )
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise TrainingFailed(f"device={name!r} is not to be had: {error}") from None
