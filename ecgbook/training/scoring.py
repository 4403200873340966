"""How badly an autoencoder gives a beat back: the score of an abnormal one."""

from ecgbook.errors import TrainingFailed
from ecgbook.training.batches import Data, checked
from ecgbook.training.optim import autocast, native_precision
from ecgbook.training.predict import outputs

__all__ = ["anomaly_scores", "checked_beats"]

_SLACK = 1e-3  # rounding that a scaled beat may show beyond −1 and 1


def anomaly_scores(generator, x, *, norm=2, batch_size=1024, precision="float32", progress=True):
    """Return how far each beat is from what the generator makes of it: float32, shape (beat,).

    ``A(x) = mean_t |x_t − x̂_t|^norm``, at most ``2 ** norm``, in eval mode: batch normalisation
    uses the statistics of training, so the score of a beat does not depend on the beats scored with
    it. In train mode, as the public code of MadeGAN has it, each score would change with its
    neighbours. After Zhou et al. (2019), BeatGAN, IJCAI, sect. 3.3; Wang, Stavrakis, Yao (2023), as
    in `ecgbook.models.madegan`.

    Parameters
    ----------
    generator : torch.nn.Module
        On any device. Whether it is in train or eval mode is the same afterwards.
    x : Examples, or array or tensor of float32, shape (beat, 1, time)
        Between −1 and 1, as `ecgbook.datasets.scale_beats` returns them; others are refused.
    norm : {2, 1}
        Order of the norm: 2 as published; 1 listens less to the QRS complex, where a small shift
        makes a large difference, and more to the long waves beside it.
    batch_size, progress
        As for `predict`.
    precision : {"float32", "bfloat16", "float16", "auto"}
        Arithmetic of the forward pass; bfloat16 is about twice as fast where the processor has
        instructions for it, and ``"auto"`` takes it there.

    Examples
    --------
    >>> import torch
    >>> class Zero(torch.nn.Linear):
    ...     def forward(self, x):
    ...         return 0 * x
    >>> anomaly_scores(Zero(1, 1), torch.tensor([[[1.0, 0.5, 0.0, 0.0]]]))  # off by the beat itself
    array([0.3125], dtype=float32)
    """
    if norm not in (1, 2):
        raise TrainingFailed(f"norm must be 1 or 2, got {norm!r}")
    x = checked_beats(x, "x")
    device = next(generator.parameters()).device
    precision = native_precision(precision, device)

    def score(x):
        with autocast(precision, device):
            again = generator(x)
        apart = (again.float() - x).flatten(1)  # (beat, time)
        return apart.abs().mean(dim=1) if norm == 1 else apart.square().mean(dim=1)

    data = Data([x])
    return outputs(generator, data, batch_size, forward=score, progress=progress).cpu().numpy()


def checked_beats(x, label):
    """Return beats of `Examples` or an array as a tensor, refused if they are not scaled."""
    x = checked(x.x if hasattr(x, "feature_names") else x, label)
    low, high = float(x.min()), float(x.max())
    if low < -1 - _SLACK or high > 1 + _SLACK:
        raise TrainingFailed(
            f"{label} reaches from {low:.3g} to {high:.3g}, but the networks answer between -1 "
            f"and 1; scale the beats with datasets.scale_beats"
        )
    return x
