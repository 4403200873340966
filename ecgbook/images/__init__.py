"""Pictures of a time series: batched, on any device, computed when they are needed.

Each takes signals ``(…, time)`` and gives fields ``(…, size, size)`` whose pixel (i, j) says how
two moments of the signal relate:

>>> import torch
>>> gasf(torch.tensor([0.0, 1.0, 2.0]))
tensor([[ 1., -0., -1.],
        [-0., -1.,  0.],
        [-1.,  0.,  1.]])
"""

from ecgbook.images.distances import recurrence
from ecgbook.images.gramian import from_gasf, gadf, gasf
from ecgbook.images.markov import mtf, rank_twin
from ecgbook.images.pictures import nine_channels
from ecgbook.images.segments import segment_means

__all__ = ["from_gasf", "gadf", "gasf", "mtf", "nine_channels", "rank_twin", "recurrence"]
__all__ += ["segment_means"]
