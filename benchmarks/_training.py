"""What benchmarks of training share: a step of a network, and batches served in two ways."""

import torch
from torch.utils.data import DataLoader, TensorDataset

from ecgbook.models import create_model
from ecgbook.training import cross_entropy
from ecgbook.training.batches import Data, batch_rows, random_order
from ecgbook.training.optim import autocast, make_optimizer


def training_step(name, layout, precision):
    """Return a training step ``(x, y)`` of a network of the book in a layout and a precision."""
    model = create_model(name).train()
    optimizer = make_optimizer("adamw", model)

    def step(x, y):
        with layout(model):
            with autocast(precision, x.device):
                output = model(x)
            optimizer.zero_grad()
            cross_entropy(output.float(), y).backward()
            optimizer.step()

    return step


def epochs(n, samples, batch, our_step, their_step):
    """Return an epoch of ``n`` made-up beats as `fit` serves it, and as a DataLoader does."""
    tensors = torch.randn(n, 1, samples), torch.randint(5, (n,))
    data = Data([tensors[0]], target=tensors[1])

    def ours():
        order = random_order(n, torch.default_generator)
        for rows in batch_rows(order, batch, torch.default_generator):
            (x,), _, y = data.batch(rows)
            our_step(x, y)

    def theirs():
        for x, y in DataLoader(TensorDataset(*tensors), batch_size=batch, shuffle=True):
            their_step(x, y)

    return ours, theirs
