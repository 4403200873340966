"""A small convolutional network for single heartbeats, with RR intervals if there are any."""

import torch
from torch import nn

from ecgbook.errors import ModelInvalid
from ecgbook.models.registry import register


@register(
    "beat_cnn", inputs=("x", "features"), min_length=16, task="single_label", cam_layer="beat"
)
class BeatCNN(nn.Module):
    """Four convolutions, an average over time, and one hidden layer.

    The average over time makes the network indifferent to the length of the beat. What a
    single beat cannot show, how early it came, enters as ``features`` before the hidden layer:
    a supraventricular beat often looks like a normal one and differs only in its RR intervals
    (de Chazal et al. 2004, https://doi.org/10.1109/TBME.2004.827359).

    Parameters
    ----------
    leads, classes : int
        Leads of the input, and scores of the output: 5 for N, S, V, F and Q of ANSI/AAMI EC57.
    features : int, default 0
        Numbers of the second input; 0 for a network that sees the beat only.
    width : int, default 32
        Channels of the first convolution; the last has three times as many.
    dropout : float, default 0.3
        Share of the hidden numbers that training blanks out.
    """

    def __init__(self, *, leads=1, classes=5, features=0, width=32, dropout=0.3):
        super().__init__()
        self.features = features
        self.beat = nn.Sequential(
            _block(leads, width, kernel=7),
            _block(width, 2 * width, kernel=5),
            _block(2 * width, 2 * width, kernel=5),
            _block(2 * width, 3 * width, kernel=5),
        )
        self.head = nn.Sequential(
            nn.Linear(3 * width + features, 2 * width),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, classes),
        )

    def forward(self, x, features=None):
        """Score each beat for each class.

        Parameters
        ----------
        x : tensor of float32, shape (batch, lead, time)
            Beats of at least 16 samples.
        features : tensor of float32, shape (batch, feature), optional
            Numbers beside each beat; needed if the network was built for them.

        Returns
        -------
        tensor, shape (batch, class)
            Logits: a softmax makes them probabilities.
        """
        seen = self.beat(x).mean(dim=-1)  # (batch, 3 * width)
        return self.head(beside(seen, features, self.features))


def beside(seen, features, number):
    """Join what was seen of a beat and the ``number`` features that a network was built for."""
    if (features is None) != (number == 0):
        raise ModelInvalid(
            f"this network was built with features={number}: call model(x, features) "
            f"if that is above 0, else model(x)"
        )
    return seen if features is None else torch.cat([seen, features], dim=1)


def _block(inputs, outputs, kernel):
    """Return convolution, normalisation, ReLU and halving of the time axis."""
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm1d(outputs),
        nn.ReLU(),
        nn.MaxPool1d(2),
    )
