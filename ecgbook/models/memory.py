"""A memory of codes: what is read is a mixture of what was learnt."""

import torch
from torch import nn

from ecgbook.errors import ModelInvalid

__all__ = ["Memory", "entropy", "hard_shrink"]


class Memory(nn.Module):
    """Replace a code by a mixture of the stored codes that are most like it.

    The weights of the mixture are ``softmax(z·m)`` over the slots; those below ``shrink``
    become 0 and the rest is scaled to sum 1. Whatever is unlike all that was stored, such as
    an abnormal beat after training on normal ones, cannot pass.

    Parameters
    ----------
    slots, code : int
        Codes that are stored, and numbers of a code.
    shrink : float
        Weights up to this are cut to 0. Gong et al. advise 1 to 3 times ``1 / slots``; the
        public code of MadeGAN takes 0.0025 for 2,000 slots, which is 5 times.

    References
    ----------
    Gong et al. (2019), Memorizing Normality to Detect Anomaly, ICCV, eqs. 3–7. There the
    likeness is a cosine; here, as in both public codes, it is the scalar product.
    """

    def __init__(self, *, slots=2000, code=50, shrink=0.0025):
        super().__init__()
        if not 0 <= shrink < 1:
            raise ModelInvalid(f"shrink must be at least 0 and below 1, got {shrink}")
        self.shrink = shrink
        bound = code**-0.5
        self.stored = nn.Parameter(torch.empty(slots, code).uniform_(-bound, bound))

    def forward(self, z):
        """Return the mixture for each code, and how much of each slot is in it.

        Parameters
        ----------
        z : tensor, shape (batch, code)

        Returns
        -------
        code : tensor, shape (batch, code)
        mixture : tensor of float32, shape (batch, slot)
            Rows of sum 1, or all 0 where no slot is above ``shrink``; for `entropy`.
        """
        likeness = torch.softmax((z @ self.stored.T).float(), dim=1)
        mixture = hard_shrink(likeness, self.shrink)
        return mixture @ self.stored, mixture


def hard_shrink(weights, threshold):
    """Cut weights up to ``threshold`` to 0 and scale the rest of each row to sum 1.

    ``weights``, none below 0, and the result have shape (batch, slot). A row in which nothing is
    above the threshold becomes all 0.

    Examples
    --------
    >>> hard_shrink(torch.tensor([[0.6, 0.3, 0.1], [0.34, 0.33, 0.33]]), 0.2)
    tensor([[0.6667, 0.3333, 0.0000],
            [0.3400, 0.3300, 0.3300]])
    """
    above = weights - threshold
    kept = torch.relu(above) * weights / (above.abs() + 1e-12)  # passes on a gradient
    return kept / kept.sum(dim=1, keepdim=True).clamp(min=1e-12)


def entropy(mixture):
    """Mean over a batch of ``−Σ w log w``: small where few slots are read.

    Examples
    --------
    >>> entropy(torch.tensor([[1.0, 0.0], [0.5, 0.5]]))  # half of log 2
    tensor(0.3466)
    """
    return -torch.xlogy(mixture, mixture.clamp(min=1e-12)).sum(dim=1).mean()
