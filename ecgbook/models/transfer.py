"""The second level of MadeGAN: classifiers of beats on the convolutions of the first level.

The paper says that knowledge of the first level is transferred and that the output has several
branches. How many layers are transferred, the sizes of the rest and the number of branches
could not be read there: they are choices of this book. All convolutions but the last go over;
whether they are trained further or frozen, the caller decides.

>>> generator = create_model("memory_autoencoder")  # doctest: +SKIP
>>> classifier = create_model("beat_classifier", features=4)  # doctest: +SKIP
>>> transfer(classifier, generator)  # doctest: +SKIP
>>> freeze(classifier)  # doctest: +SKIP
"""

import numpy as np
import torch
from scipy.special import softmax
from torch import nn

from ecgbook.errors import ModelInvalid, ScoreInvalid
from ecgbook.models.madegan import Encoder
from ecgbook.models.registry import register

__all__ = ["BeatClassifier", "MultiBranchClassifier", "freeze", "mean_of_branches", "transfer"]


@register("beat_classifier")
class BeatClassifier(nn.Module):
    """The encoder of MadeGAN with a new last convolution, and two linear layers over it.

    Parameters
    ----------
    classes : int, default 4
        Scores of the output; 4 for N, S, V and F of ANSI/AAMI EC57.
    features : int, default 0
        Numbers of the second input; 0 for a network that sees the beat only.
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


@register("multi_branch_classifier")
class MultiBranchClassifier(nn.Module):
    """A `BeatClassifier` with several heads, each taught with its own share of the normal beats.

    Parameters
    ----------
    branches : int, default 10
        Linear heads, as many as in the public code of the paper's group.
    classes, features, hidden, dropout
        As for `BeatClassifier`.

    See Also
    --------
    ecgbook.training.branches : The beats of each branch, and the loss.
    """

    def __init__(self, *, classes=4, branches=10, features=0, hidden=64, dropout=0.3):
        super().__init__()
        self.body = _Body(features, hidden, dropout)
        self.heads = nn.Linear(hidden, branches * classes)
        self.classes = classes

    def forward(self, x, features=None):
        """Score each beat in each branch for each class.

        Parameters
        ----------
        x, features : tensors
            As for `BeatClassifier.forward`.

        Returns
        -------
        tensor, shape (batch, branch, class)
            Logits, for `mean_of_branches`.
        """
        logits = self.heads(self.body(x, features))  # (batch, branch * class)
        return logits.unflatten(1, (-1, self.classes))


def mean_of_branches(logits):
    """Return the mean over branches of the class probabilities.

    Parameters
    ----------
    logits : array, shape (..., branch, class)
        Such as `ecgbook.training.predict` returns for a `MultiBranchClassifier`.

    Returns
    -------
    array, shape (..., class)
        Probabilities, with sum 1 over the classes.

    Raises
    ------
    ScoreInvalid
        If there is no axis of branches.

    Examples
    --------
    One branch says 3 : 1, the other does not know: 3/4 and 1/2 have the mean 5/8.

    >>> mean_of_branches([[np.log(3.0), 0.0], [0.0, 0.0]])
    array([0.625, 0.375])
    """
    if np.ndim(logits) < 2:
        raise ScoreInvalid(
            f"mean_of_branches needs logits of shape (..., branch, class), got {np.shape(logits)}"
        )
    return softmax(np.asarray(logits), axis=-1).mean(axis=-2)


def transfer(classifier, generator):
    """Copy all convolutions but the last from a generator's encoder, with their normalisations.

    Parameters
    ----------
    classifier : BeatClassifier or MultiBranchClassifier
        Is changed: its last convolution and heads stay as they are.
    generator : Autoencoder or MemoryAutoencoder
        Trained, by custom on normal beats only.

    Raises
    ------
    ModelInvalid
        If one of the two is another model.
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
    else a frozen network would still change with the beats that it sees.

    Parameters
    ----------
    classifier : BeatClassifier or MultiBranchClassifier
        Is changed, for good; a new one is not frozen.

    Raises
    ------
    ModelInvalid
        If it is another model.
    """
    _trunk(classifier, "freeze").requires_grad_(False)
    classifier.train(classifier.training)


class _Body(nn.Module):
    """What all heads see: (batch, 1, 320) and (batch, feature) to (batch, hidden)."""

    def __init__(self, features, hidden, dropout):
        super().__init__()
        self.features = features
        self.encoder = Encoder(code=hidden)  # its code is the new last convolution
        self.joint = nn.Sequential(
            nn.Linear(hidden + features, hidden), nn.ReLU(), nn.Dropout(dropout)
        )

    def forward(self, x, features):
        seen = torch.relu(self.encoder(x))  # (batch, hidden)
        if (features is None) != (self.features == 0):
            raise ModelInvalid(
                f"this classifier was built with features={self.features}: call "
                f"model(x, features) if that is above 0, else model(x)"
            )
        if features is not None:
            seen = torch.cat([seen, features], dim=1)
        return self.joint(seen)

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
