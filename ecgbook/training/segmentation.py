"""A network that says of each sample to which wave it belongs: its training, and waves from it."""

import numpy as np
import torch

from ecgbook.datasets.wave_windows import WAVE_CLASSES, scaled_lead
from ecgbook.models import create_model
from ecgbook.signals.gaps import runs
from ecgbook.training.fit import fit

__all__ = ["segment_points", "train_segmentation"]

# A run of samples shorter than this is no wave.
SHORTEST_S = 0.030


def train_segmentation(windows, valid_patients, *, task, model=None, epochs=10, seed=0, **options):
    """Train a `WaveUNet` on windows of all patients but some, who choose the epoch.

    Parameters
    ----------
    windows : WaveWindows
        Of the training part: fold by patient before.
    valid_patients : collection of str
    task : Task
        ``tasks.single_label(WAVE_CLASSES, loss=models.sample_cross_entropy, select="loss")``: one
        class a sample, with the loss to choose the epoch.
    model : torch.nn.Module, optional
        By default a new ``wave_unet``.
    epochs, seed : int
    **options
        Of `ecgbook.training.fit`.

    Returns
    -------
    torch.nn.Module
    """
    model = create_model("wave_unet", seed=seed) if model is None else model
    aside = np.isin(windows.patient, list(valid_patients))
    train, valid = ((windows.x[part], windows.y[part]) for part in (~aside, aside))
    how = {"batch_size": 32, "lr": 5e-3, **options}
    fit(model, train, valid, task=task, epochs=epochs, seed=seed, **how)
    return model


@torch.inference_mode()
def segment_points(model, signal, fs):
    """Return the points of waves that a network sees in leads, a dict for each lead.

    Parameters
    ----------
    model : torch.nn.Module
        As `train_segmentation` returns it, at the rate that it was trained at.
    signal : array, shape (lead, time)
        In mV, at ``fs`` Hz.

    Returns
    -------
    list of dict of (wave, point) to array of int64
        As of `ecgbook.evaluation.delineation.found_points`; a wave is a run of samples of its
        class of at least 30 ms, with its peak farthest from the line between its ends.
    """
    device = next(model.parameters()).device
    x = torch.from_numpy(scaled_lead(signal))[:, None].to(device)
    classes = model.eval()(x).argmax(dim=1).cpu().numpy()
    return [_points(row, lead, fs) for row, lead in zip(classes, signal, strict=True)]


def _points(classes, signal, fs):
    points = {}
    for number, wave in enumerate(WAVE_CLASSES[1:], start=1):
        begin, stop = runs(classes == number)
        long = stop - begin >= SHORTEST_S * fs
        begin, end = begin[long], stop[long] - 1
        base = (signal[begin] + signal[end])[:, None] / 2
        at = begin[:, None] + np.arange(1 + np.max(end - begin, initial=0))
        height = np.abs(signal[np.minimum(at, len(signal) - 1)] - base)
        peak = begin + np.where(at <= end[:, None], height, -1).argmax(axis=1)
        points |= {(wave, "begin"): begin, (wave, "peak"): peak, (wave, "end"): end}
    return points
