"""Recordings as another hold of the electrodes would have given them."""

import math

import torch

__all__ = ["augment_recordings"]

_GAIN, _WANDER, _NOISE = 0.2, 0.1, 0.05  # standard deviations
_UPSIDE_DOWN = 0.2
_BLANK = 0.1  # longest stretch, as a share of the batch


def augment_recordings(x, generator):
    """Vary each recording ``(recording, lead, time)`` in ways that leave its rhythm as it is.

    Height (20 %), baseline (a slow wave of 0.1) and noise (0.05) vary, as standard deviations; of
    five recordings one is turned upside down, as hand-held ones are often held the other way round;
    and a stretch of each, up to a tenth of the longest in the batch, is set to 0. The numbers suit
    recordings of standard deviation 1 (`ecgbook.datasets.standardised`) and networks that leave out
    what comes after the end of a recording.

    Parameters
    ----------
    x : tensor of float32, shape (recording, lead, time)
    generator : torch.Generator
        On the same device.
    """

    def chance(*shape, draw=torch.rand):
        return draw(*shape, generator=generator, device=x.device)

    one, time = (len(x), 1, 1), x.shape[-1]
    at = torch.linspace(0, 1, time, device=x.device)
    gain = 1 + _GAIN * chance(*one, draw=torch.randn)
    gain = torch.where(chance(*one) < _UPSIDE_DOWN, -gain, gain)
    waves = 10 * chance(*one)  # over the batch's length
    wander = _WANDER * chance(*one, draw=torch.randn)
    wander = wander * torch.cos(2 * math.pi * (waves * at + chance(*one)))
    varied = gain * x + wander + _NOISE * chance(*x.shape, draw=torch.randn)
    begin, length = chance(*one), _BLANK * chance(*one)
    return varied.masked_fill((at >= begin) & (at < begin + length), 0)
