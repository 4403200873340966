"""Beats as other electrodes, hearts and annotators would have given them."""

import math

import torch

from ecgbook.errors import TrainingFailed

__all__ = ["augment_beats", "time_stretch", "time_warp"]


def augment_beats(x, generator, *, peak=0.4):
    """Vary each beat ``(beat, lead, time)`` a little, in ways that leave its class as it is.

    Height (15 %), baseline (a slow wave of 0.03), pace (10 %, about the R peak) and noise (0.01,
    lead by lead), all as standard deviations; and for all beats of a batch alike the place of the R
    peak: up to three samples, each as likely, and what leaves at one end comes in at the other. The
    numbers suit beats of height about 1, as of `ecgbook.datasets.aami_beats`. The float32 tensor
    and the generator are on one device; ``peak`` is the place of the R peak, as a share of the
    beat's length.
    """

    def chance(*shape):
        return torch.randn(*shape, generator=generator, device=x.device)

    one = (len(x), 1, 1)
    phase = torch.linspace(0, 2 * math.pi, x.shape[-1], device=x.device)
    wander = 0.03 * chance(*one) * torch.cos(chance(*one) * phase + 3 * chance(*one))
    varied = x * (1 + 0.15 * chance(*one)) + wander
    varied = time_stretch(varied, torch.exp(0.1 * chance(len(x))), peak=peak)
    off = int(torch.randint(-3, 4, (), generator=generator, device=x.device))
    return varied.roll(off, -1) + 0.01 * chance(*x.shape)


def time_stretch(x, pace, *, peak=0.4):
    """Play beats ``(beat, lead, time)`` faster or slower about their R peaks at ``peak``.

    ``pace`` (beat,) is above 1 for faster, ``peak`` a share of the length. Values between samples
    lie on a straight line; where a beat runs out, its end is held.

    Examples
    --------
    >>> time_stretch(torch.tensor([[[0.0, 1.0, 4.0, 2.0, 0.0]]]), torch.tensor([0.5]), peak=0.4)
    tensor([[[1.0000, 2.5000, 4.0000, 3.0000, 2.0000]]])
    """
    last = x.shape[-1] - 1
    centre = peak * x.shape[-1]
    time = torch.arange(last + 1, device=x.device)
    return _read(x, (centre + (time - centre) * pace[:, None]).clamp(0, last))


def time_warp(x, generator, *, peak=0.4, ticks=7):
    """Make beats ``(beat, lead, time)`` a little longer in some places and shorter in others.

    On each side of the R peak, which stays where it is, ``ticks`` samples are doubled (the second
    is the mean of the sample and the next) and as many others left out, chosen at random for each
    beat. Tensors and ``peak`` are as for `augment_beats`.

    References
    ----------
    Zhou et al. (2019), BeatGAN, IJCAI; the number of ticks after its public code.
    """
    n, length = len(x), x.shape[-1]
    centre = int(peak * length)
    times = torch.ones(n, length, dtype=torch.int64, device=x.device)  # a sample is shown
    for start, side in ((0, centre), (centre + 1, length - centre - 1)):
        if side < 2 * ticks:
            raise TrainingFailed(
                f"time_warp needs {2 * ticks} samples on each side of the R peak, got {side}; "
                f"take fewer ticks"
            )
        order = torch.rand(n, side, generator=generator, device=x.device).argsort(dim=1) + start
        times.scatter_(1, order[:, :ticks], 2)
        times.scatter_(1, order[:, ticks : 2 * ticks], 0)
    every = torch.arange(length, device=x.device).repeat(n).repeat_interleave(times.flatten())
    at = every.view(n, length)
    again = at == at.roll(1, dims=1)
    again[:, 0] = False
    return _read(x, (at + 0.5 * again).clamp(max=length - 1))


def _read(x, at):
    """Return beats at places (beat, time) between samples, on a straight line."""
    before = at.long().clamp(max=x.shape[-1] - 2)
    weight = (at - before)[:, None]
    before = before[:, None].expand(-1, x.shape[1], -1)  # (beat, lead, time)
    return x.gather(2, before) * (1 - weight) + x.gather(2, before + 1) * weight
