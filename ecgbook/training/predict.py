"""What a trained model says about examples."""

import torch
from tqdm import tqdm

from ecgbook.training.batches import checked

__all__ = ["outputs", "predict"]


def predict(model, *inputs, batch_size=1024, progress=True):
    """Return the model's output for every example, in eval mode.

    Each example is scored by itself: its neighbours in the batch change nothing, since batch
    normalisation then uses the statistics of training, and dropout is off.

    Parameters
    ----------
    model : torch.nn.Module
        On any device. Whether it is in train or eval mode is the same afterwards.
    *inputs : array or tensor of float32, shape (example, ...)
        One for each input of ``model.forward``, on any device.
    batch_size : int, default 1024
        Examples that the model sees at a time.
    progress : bool, default True
        Show a progress bar if it takes over two seconds.

    Returns
    -------
    array of float32, shape (example, ...)
        What the model returns: for classifiers logits, which
        ``scipy.special.softmax(logits, axis=1)`` makes probabilities.

    Raises
    ------
    TrainingFailed
        If an input is empty, not float32, or has NaN or infinite values.
    """
    inputs = [checked(x, f"input {i}") for i, x in enumerate(inputs)]
    return outputs(model, inputs, batch_size, progress).cpu().numpy()


def outputs(model, inputs, batch_size, progress=False):
    """Return what `predict` does as a tensor on the model's device, inputs unchecked."""
    device = next(model.parameters()).device
    starts = range(0, len(inputs[0]), batch_size)
    bar = tqdm(starts, desc="predict", unit="batch", delay=2, disable=not progress)
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        rows = [model(*(x[i : i + batch_size].to(device) for x in inputs)).float() for i in bar]
    model.train(was_training)
    return torch.cat(rows)
