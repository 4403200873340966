"""What a trained model says about examples."""

from concurrent.futures import ThreadPoolExecutor

import torch
from tqdm import tqdm

from ecgbook.training.batches import on_device
from ecgbook.training.layout import channels_last

__all__ = ["outputs", "predict"]

_CHUNK = 256  # examples whose signals and channels stay in the caches of a processor


def predict(model, *inputs, batch_size=1024, progress=True):
    """Return the model's output for every example, in eval mode: float32, shape (example, ...).

    Each example is scored by itself: its neighbours in the batch change nothing, since batch
    normalisation then uses the statistics of training, and dropout is off. A classifier's
    logits become probabilities by ``scipy.special.softmax(logits, axis=1)``.

    Parameters
    ----------
    model : torch.nn.Module
        On any device. Whether it is in train or eval mode is the same afterwards.
    *inputs : Examples, or arrays or tensors of float32, shape (example, ...)
        One for each input of ``model.forward``, on any device; empty ones and those with NaN or
        infinite values are refused. The first may be `Ragged`, those after it int64 where they are
        an index.
    batch_size, progress : int, bool
        Most examples that the model sees at a time; show a progress bar if it takes over 2 s.
    """
    is_examples = hasattr(inputs[0] if inputs else None, "feature_names")
    data = inputs[0] if is_examples else (*inputs, None)
    data = on_device(data, "the examples", model, "cpu")
    return outputs(model, data, batch_size, progress=progress).cpu().numpy()


def outputs(model, data, batch_size, *, rows=None, forward=None, progress=False):
    """Return what `predict` does for `Data` as a tensor on the model's device.

    ``rows`` says for which examples, by default all; ``forward`` what is asked in place of the
    model, which may compute more around it.
    """
    forward, device = forward or model, next(model.parameters()).device
    at = getattr(data.inputs[0], "start", data.inputs[0]).device
    rows = torch.arange(len(data), device=at) if rows is None else rows.to(at)
    if data.lengths is not None:  # examples of one length together, to pad little
        order = data.lengths[rows].argsort(stable=True)
        rows = rows[order]
    chunks = rows.split(min(batch_size, _CHUNK) if device.type == "cpu" else batch_size)

    def answer(chunk):
        inputs, named, _ = data.batch(chunk)
        named = {name: value.to(device) for name, value in named.items()}
        with torch.inference_mode():
            return forward(*(x.to(device) for x in inputs), **named).float()

    was_training = model.training
    model.eval()
    with channels_last(model):
        answers = _in_threads(answer, chunks, model)
        parts = list(tqdm(answers, "predict", len(chunks), delay=2, disable=not progress))
    model.train(was_training)
    parts = torch.cat(parts)
    return parts if data.lengths is None else parts[order.argsort().to(device)]


def _in_threads(answer, chunks, model):
    """Yield an answer for each chunk, in order."""
    threads = torch.get_num_threads()
    hooks = any(layer._forward_hooks for layer in model.modules())
    on_cpu = next(model.parameters()).device.type == "cpu"
    if not on_cpu or hooks or 1 in (threads, len(chunks)):  # hooks see the examples in order
        yield from map(answer, chunks)
        return
    # Each thread has chunks of its own: those that share layers wait for the slowest after each.
    pool = ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,))
    try:
        yield from pool.map(answer, chunks)
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)
