"""The second level of MadeGAN: classifiers of beats on the convolutions of the first level.

The paper says that knowledge of the first level is transferred and that the output has several
branches, here heads. How many layers are transferred, the sizes of the rest and the number of
heads could not be read there: they are choices of this book. All convolutions but the last are
transferred; whether they are trained further or frozen, the caller decides.

>>> generator = create_model("memory_autoencoder")  # doctest: +SKIP
>>> classifier = create_model("beat_classifier", features=4)  # doctest: +SKIP
>>> transfer(classifier, generator)  # doctest: +SKIP
>>> freeze(classifier)  # doctest: +SKIP
"""

from functools import partial

import numpy as np
import torch
from scipy.special import softmax
from torch import nn

from ecgbook.errors import ModelInvalid, ScoreInvalid
from ecgbook.models.beat_cnn import beside
from ecgbook.models.madegan import LENGTH, PAPER, Encoder
from ecgbook.models.registry import register

__all__ = ["BeatClassifier", "MultiBranchClassifier", "freeze", "mean_of_heads", "transfer"]


_register = partial(
    register,
    inputs=("x", "features"),
    min_length=LENGTH,
    task="single_label",
    cam_layer="body.encoder.features",
    paper=PAPER,
)


@_register("beat_classifier")
class BeatClassifier(nn.Module):
    """The encoder of MadeGAN with a new last convolution, and two linear layers over it.

    Parameters
    ----------
    classes, features : int
        Scores of the output, 4 for N, S, V and F of ANSI/AAMI EC57; and numbers of the second
        input, 0 for a network that sees the beat only.
    hidden : int, default 64
        Channels of the new last convolution, and of the layer in which features join.
    dropout : float, default 0.3
        Share of that layer's numbers that training blanks out.

    References
    ----------
    Wang, Stavrakis, Yao (2023), Comput. Biol. Med. 155, 106641,
    https://doi.org/10.1016/j.compbiomed.2023.106641, for the idea; sizes are our own.
    """

    def __init__(self, *, classes=4, features=0, hidden=64, dropout=0.3):
        super().__init__()
        self.body = _Body(features, hidden, dropout)
        self.head = nn.Linear(hidden, classes)

    def forward(self, x, features=None):
        """Score each beat for each class.

        Parameters
        ----------
        x : tensor of float32, shape (batch, 1, 320)
            Beats between −1 and 1, as the generator saw them.
        features : tensor of float32, shape (batch, feature), optional
            Numbers beside each beat; needed if the network was built for them.

        Returns
        -------
        tensor, shape (batch, class)
            Logits: a softmax makes them probabilities.
        """
        return self.head(self.body(x, features))


@_register("multi_branch_classifier")
class MultiBranchClassifier(nn.Module):
    """A `BeatClassifier` with several heads, each taught with its own share of the normal beats.

    Parameters
    ----------
    heads : int, default 10
        Linear layers side by side, as many as in the public code of the paper's group.
    classes, features, hidden, dropout
        As for `BeatClassifier`.

    See Also
    --------
    ecgbook.training.heads : The beats that each head learns from, and the loss.
    """

    def __init__(self, *, classes=4, heads=10, features=0, hidden=64, dropout=0.3):
        super().__init__()
        self.body = _Body(features, hidden, dropout)
        self.heads = nn.Linear(hidden, heads * classes)
        self.classes = classes

    def forward(self, x, features=None):
        """Score each beat with each head for each class, from the input of a `BeatClassifier`.

        Returns logits of shape (batch, head, class), for `mean_of_heads`.
        """
        logits = self.heads(self.body(x, features))  # (batch, head * class)
        return logits.unflatten(1, (-1, self.classes))


def mean_of_heads(logits):
    """Return the mean over heads of the class probabilities, shape (..., class).

    Parameters
    ----------
    logits : array, shape (..., head, class)
        Such as `ecgbook.training.predict` returns for a `MultiBranchClassifier`. Without the
        axis of heads, `ScoreInvalid` is raised.

    Examples
    --------
    One head says 3 : 1, the other does not know: 3/4 and 1/2 have the mean 5/8.

    >>> mean_of_heads([[np.log(3.0), 0.0], [0.0, 0.0]])
    array([0.625, 0.375])
    """
    if np.ndim(logits) < 2:
        raise ScoreInvalid(
            f"mean_of_heads needs logits of shape (..., head, class), got {np.shape(logits)}"
        )
    return softmax(np.asarray(logits), axis=-1).mean(axis=-2)


def transfer(classifier, generator):
    """Copy all convolutions but the last from a generator's encoder, with their normalisations.

    Parameters
    ----------
    classifier : BeatClassifier or MultiBranchClassifier
        Is changed: its last convolution and heads stay as they are.
    generator : Autoencoder or MemoryAutoencoder
        Trained, by custom on normal beats only. For other models `ModelInvalid` is raised.
    """
    if not isinstance(getattr(generator, "encoder", None), Encoder):
        raise ModelInvalid(
            f"transfer needs a generator with an encoder, got {type(generator).__name__}; "
            f"take the autoencoder or memory_autoencoder of the first level"
        )
    _trunk(classifier, "transfer").load_state_dict(generator.encoder.features.state_dict())


def freeze(classifier):
    """Keep training away from all convolutions but the last, and from their normalisations.

    Their weights get no gradient, and their running statistics no longer follow the batches:
    else a frozen network would still change with the beats that it sees. The `BeatClassifier` or
    `MultiBranchClassifier` is changed for good; another model raises `ModelInvalid`.
    """
    _trunk(classifier, "freeze").requires_grad_(False)
    classifier.train(classifier.training)


class _Body(nn.Module):
    """What all heads see: (batch, 1, 320) and (batch, feature) to (batch, hidden)."""

    def __init__(self, features, hidden, dropout):
        super().__init__()
        self.features = features
        self.encoder = Encoder(code=hidden)  # its code is the new last convolution
        joint = nn.Linear(hidden + features, hidden)
        self.joint = nn.Sequential(joint, nn.ReLU(), nn.Dropout(dropout))

    def forward(self, x, features):
        seen = torch.relu(self.encoder(x))  # (batch, hidden)
        return self.joint(beside(seen, features, self.features))

    def train(self, mode=True):
        super().train(mode)
        self.encoder.features.train(mode and not self._is_frozen())
        return self

    def extra_repr(self):
        # A checkpoint knows a model by its printed form and must not mix up the two.
        return "trunk frozen" if self._is_frozen() else "trunk free"

    def _is_frozen(self):
        return not any(weight.requires_grad for weight in self.encoder.features.parameters())


def _trunk(classifier, verb):
    if not isinstance(getattr(classifier, "body", None), _Body):
        raise ModelInvalid(
            f"{verb} needs a beat_classifier or multi_branch_classifier, "
            f"got {type(classifier).__name__}"
        )
    return classifier.body.encoder.features
