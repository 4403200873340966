"""What a model costs where it is used: the time that an answer takes."""

import time

import torch

__all__ = ["forward_ms"]


def forward_ms(model, x, *, repeats=3):
    """Return the milliseconds that a model takes for an example, the best of some passes.

    Only the pass forward is timed, of all examples in one batch, after one pass that is not
    counted. It is a time of this machine and this load: compare it with others of the same run.

    Parameters
    ----------
    model : torch.nn.Module
        Stays in the mode that it is in; asked in eval mode.
    x : array or tensor, shape (batch, lead, time)
    repeats : int
    """
    mode, times = model.training, []
    like = next(model.parameters())
    x = torch.as_tensor(x).to(like.device)
    model.eval()
    try:
        with torch.inference_mode():
            for _ in range(repeats + 1):
                begun = time.perf_counter()
                model(x)
                if like.is_cuda:
                    torch.cuda.synchronize(like.device)
                times.append(time.perf_counter() - begun)
    finally:
        model.train(mode)
    return 1000 * min(times[1:]) / len(x)
