"""How badly an autoencoder gives a beat back: the score of an abnormal one."""

from torch import nn

from ecgbook.errors import TrainingFailed
from ecgbook.training.batches import checked
from ecgbook.training.optim import autocast
from ecgbook.training.predict import outputs

__all__ = ["anomaly_scores", "checked_beats", "residuals"]

_SLACK = 1e-3  # rounding that a scaled beat may show beyond −1 and 1


def anomaly_scores(generator, x, *, power=2, batch_size=1024, precision="float32", progress=True):
    """Return how far each beat is from what the generator makes of it.

    ``A(x) = mean_t |x_t − x̂_t|^power``, in eval mode: batch normalisation uses the statistics of
    training, so the score of a beat does not depend on the beats scored with it. In train mode,
    as the public code of MadeGAN has it, each score would change with its neighbours.

    Parameters
    ----------
    generator : torch.nn.Module
        On any device. Whether it is in train or eval mode is the same afterwards.
    x : array or tensor of float32, shape (beat, 1, time)
        Between −1 and 1, as `ecgbook.datasets.scale_beats` returns them.
    power : {2, 1}
        2 as published; 1 listens less to the QRS complex, where a small shift makes a large
        difference, and more to the long waves beside it.
    batch_size : int, default 1024
        Beats that the generator sees at a time.
    precision : {"float32", "bfloat16", "float16"}
        Arithmetic of the forward pass; bfloat16 is up to twice as fast on recent processors.
    progress : bool, default True
        Show a progress bar if it takes over two seconds.

    Returns
    -------
    array of float32, shape (beat,)
        0 for a beat given back without error, at most ``2 ** power``.

    Raises
    ------
    TrainingFailed
        If ``x`` is empty, not float32, not finite or not scaled, or ``power`` not 1 or 2.
    ModelInvalid
        If the beats have a shape that the generator cannot take.

    References
    ----------
    Zhou et al. (2019), BeatGAN, IJCAI, sect. 3.3; Wang, Stavrakis, Yao (2023), as in
    `ecgbook.models.madegan`.

    Examples
    --------
    A generator that answers 0 to everything is off by the beat itself:

    >>> import torch
    >>> class Zero(torch.nn.Linear):
    ...     def forward(self, x):
    ...         return 0 * x
    >>> anomaly_scores(Zero(1, 1), torch.tensor([[[1.0, 0.5, 0.0, 0.0]]]))
    array([0.3125], dtype=float32)
    """
    if power not in (1, 2):
        raise TrainingFailed(f"power must be 1 or 2, got {power!r}")
    network = _Score(_Residual(generator, precision), power)
    return outputs(network, [checked_beats(x, "x")], batch_size, progress).cpu().numpy()


def residuals(generator, x, *, batch_size=1024, precision="float32", progress=True):
    """Return the squared difference at each sample, for heat maps of where a beat is odd.

    Parameters and errors are those of `anomaly_scores` but for ``power``; at 2 the score is the
    mean of these over time.

    Returns
    -------
    array of float32, shape (beat, time)
    """
    network = _Residual(generator, precision)
    return outputs(network, [checked_beats(x, "x")], batch_size, progress).cpu().numpy()


def checked_beats(x, label):
    """Return beats as a tensor, refused with one sentence if they are not scaled.

    Parameters
    ----------
    x : array or tensor of float32, shape (beat, 1, time)
    label : str
        What the errors call it.

    Raises
    ------
    TrainingFailed
        If ``x`` is empty, not float32, not finite, or beyond −1 or 1.
    """
    x = checked(x, label)
    low, high = float(x.min()), float(x.max())
    if low < -1 - _SLACK or high > 1 + _SLACK:
        raise TrainingFailed(
            f"{label} reaches from {low:.3g} to {high:.3g}, but the networks answer between -1 "
            f"and 1; scale the beats with datasets.scale_beats"
        )
    return x


class _Residual(nn.Module):
    """The squared error of a generator at each sample, (batch, 1, time) to (batch, time)."""

    def __init__(self, generator, precision):
        super().__init__()
        self.generator = generator
        self.mixed = autocast(precision, next(generator.parameters()).device)
        self.training = generator.training  # the mode that `outputs` finds and gives back

    def forward(self, x):
        with self.mixed:
            again = self.generator(x)
        return (again.float() - x).square().squeeze(1)


class _Score(nn.Module):
    """The mean of a `_Residual`, or of its root, over time: (batch, 1, time) to (batch,)."""

    def __init__(self, residual, power):
        super().__init__()
        self.residual = residual
        self.power = power
        self.training = residual.training

    def forward(self, x):
        squares = self.residual(x)
        return (squares if self.power == 2 else squares.sqrt()).mean(dim=1)
