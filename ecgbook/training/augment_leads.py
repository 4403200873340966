"""Ten seconds of some leads as they might have been if the recording had begun at another time."""

import torch

__all__ = ["augment_leads"]

_GAIN, _NOISE = 0.08, 0.02  # standard deviations


def augment_leads(x, generator):
    """Vary each recording ``(recording, lead, time)`` in ways that leave its diagnoses as they are.

    It begins anywhere: what leaves at the one end comes in at the other, so one beat of it may be
    cut. Height varies by 8 %, alike in all leads, as voltage tells of hypertrophy; noise has a
    deviation of 0.02, in mV or of leads of deviation 1. No lead is turned upside down and none is
    blanked out: both would be findings.

    Parameters
    ----------
    x : tensor of float32, shape (recording, lead, time)
    generator : torch.Generator
        On the same device.
    """
    n, leads, time = x.shape
    begin = torch.randint(time, (n, 1, 1), generator=generator, device=x.device)
    at = (torch.arange(time, device=x.device) + begin) % time  # (recording, 1, time)
    rolled = x.gather(2, at.expand(n, leads, time))
    gain = 1 + _GAIN * torch.randn(n, 1, 1, generator=generator, device=x.device)
    return gain * rolled + _NOISE * torch.randn(x.shape, generator=generator, device=x.device)
