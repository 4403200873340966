"""Networks that see an ECG twice, as a signal and as pictures: three published kinds of fusion.

In all of them one input serves both: leads of mean 0 and deviation 1. Pictures scale each lead
themselves, so they are those of the lead in mV.
"""

from functools import partial

import torch
from torch import nn
from torch.nn import functional

from ecgbook.errors import ModelInvalid
from ecgbook.models.beat_parts import dense, one_of
from ecgbook.models.narotamo import NAROTAMO
from ecgbook.models.registry import info, register

__all__ = ["EarlyFusion", "JointFusion", "LateFusion", "TwoNetworks"]

_register = partial(register, inputs=("x",), min_length=2, task="multi_label", paper=NAROTAMO)


@_register("late_fusion", min_length=4, parameters={"trainable": 6_660})
class LateFusion(nn.Module):
    """Two layers over what other networks say of each class. 6,660 parameters.

    It must learn from outputs on examples that the networks have not learnt from: on their own
    training examples they are surer than they will ever be again. The published one did that.

    Parameters
    ----------
    networks, classes : int
        Networks that are joined, and classes, of which each of them gives a probability.
    hidden : int, default 512
        Size of the layer between.
    dropout : float, default 0.3
        Share of it that training blanks out.
    """

    def __init__(self, *, networks=2, classes=4, hidden=512, dropout=0.3):
        super().__init__()
        self.layers = dense(networks * classes, hidden, classes, dropout=dropout)

    def forward(self, x):
        """Return logits (batch, class) from probabilities (batch, network, class)."""
        return self.layers(x.flatten(1))


class TwoNetworks(nn.Module):
    """A network for the signal, ``signal``, and one for its pictures, ``image``, by their names."""

    def __init__(self, signal, image, leads, classes, signal_config, image_config):
        super().__init__()
        common = {"leads": leads, "classes": classes}
        self.signal = info(signal).model_class(**common, **(signal_config or {}))
        self.image = info(image).model_class(**common, **(image_config or {}))
        self.channels = 3 * leads

    def take_over(self, signal, image):
        """Copy the weights of two trained networks, but for a head that has no place here.

        `ModelInvalid` is raised if they are of other kinds or sizes.
        """
        for own, trained in ((self.signal, signal), (self.image, image)):
            wanted, given = own.state_dict(), trained.state_dict()
            fits = all(k in given and given[k].shape == value.shape for k, value in wanted.items())
            if not fits:
                raise ModelInvalid(
                    f"the weights of a {type(trained).__name__} do not fit the "
                    f"{type(own).__name__} of this fusion; build both with the same settings"
                )
            own.load_state_dict({name: given[name] for name in wanted})

    def keep_states_and_maps(self):
        """Leave out the layers of both networks that come after states and maps."""
        self.signal.head = self.image.head = nn.Identity()
        if hasattr(self.image, "hidden"):
            self.image.hidden = nn.Identity()

    @torch.no_grad()
    def maps_of_nothing(self):
        """Return the maps of an empty picture, to see how many numbers they have."""
        was_training, size = self.image.training, self.image.size
        maps = self.image.eval().maps(torch.zeros(1, self.channels, size, size))
        self.image.train(was_training)
        return maps


@_register("early_fusion")
class EarlyFusion(TwoNetworks):
    """Features of two trained networks that learn no more, and layers that do: 1,443,844 weights.

    The features are the state of the recurrent network and the last maps of the other, pooled by
    three and joined to ``hidden`` numbers. In place of a state, any network for the signal may give
    its features. Both networks stay in eval mode and get no gradient.

    Parameters
    ----------
    leads, classes : int
        Leads of the input, and scores of the output.
    signal, image : str, defaults "record_bigru" and "alexnet"
        Names of a network with recurrent states, or else with features, and of one with maps.
    signal_config, image_config : dict, optional
        Their settings, without leads and classes.
    hidden : int, default 256
        Size of the layer over the maps, and of the last but one.
    backward : {"first", "last"}
        The step whose backward state is taken: the first, when it has read all, or the last, as in
        the published code, when it has read one sample.
    dropout : float, default 0
        Share of the layers' numbers that training blanks out.
    """

    def __init__(
        self,
        *,
        leads=3,
        classes=4,
        signal="record_bigru",
        image="alexnet",
        signal_config=None,
        image_config=None,
        hidden=256,
        backward="first",
        dropout=0.0,
    ):
        super().__init__(signal, image, leads, classes, signal_config, image_config)
        self.backward = one_of("backward", backward, ("first", "last"))
        seen = self.signal.head.in_features
        self.keep_states_and_maps()
        self.picture = nn.Linear(_pooled(self.maps_of_nothing()).shape[1], hidden)
        sizes = seen + hidden, 2 * hidden, hidden, classes
        self.head = dense(*sizes, dropout=dropout)
        self.signal.requires_grad_(False)
        self.image.requires_grad_(False)
        self.train()

    def forward(self, x):
        """Return logits (batch, class) of recordings (batch, lead, time)."""
        return self.joined(*self.parts(x))

    def parts(self, x):
        """Return what the two networks, which do not learn, give of recordings.

        Who keeps it can train `joined` on it, at a small part of the cost.

        Returns
        -------
        state : tensor, shape (batch, unit)
        pooled : tensor, shape (batch, number)
            The last maps, pooled by three.
        """
        recurrence = getattr(self.signal, "recurrence", None)
        if recurrence is None:
            state = self.signal.features(x)
        else:
            state = recurrence.summary(self.signal.states(x), backward=self.backward)
        return state, _pooled(self.image.maps(x))

    def joined(self, state, pooled):
        """Return logits (batch, class) from the `parts` of recordings."""
        return self.head(torch.cat([state, self.picture(pooled).relu()], dim=1))

    def train(self, mode=True):
        """Set the layers over the features to training or not; the networks stay in eval mode."""
        super().train(mode)
        self.signal.eval()
        self.image.eval()
        return self


@_register("joint_fusion")
class JointFusion(TwoNetworks):
    """Two networks and the layers over both, which learn together: 2,230,788 weights beside theirs.

    The published one starts with trained networks; from scratch it learns them on the way.

    Parameters
    ----------
    leads, classes, signal, image, signal_config, image_config
        As for `EarlyFusion`; any networks with ``features``.
    hidden : (int, int, int), default (768, 512, 256)
        Sizes of the layer over the pictures' features, and of the two over both.
    dropout : float, default 0.3
        Share of the layers' numbers that training blanks out.
    """

    def __init__(
        self,
        *,
        leads=3,
        classes=4,
        signal="record_bigru",
        image="alexnet",
        signal_config=None,
        image_config=None,
        hidden=(768, 512, 256),
        dropout=0.3,
    ):
        super().__init__(signal, image, leads, classes, signal_config, image_config)
        own, (first, *others) = self.signal.head.in_features, hidden
        self.signal.head = self.image.head = nn.Identity()
        self.picture = nn.Linear(self.image.n_features, first)
        self.head = dense(own + first, *others, classes, dropout=dropout)

    def forward(self, x):
        """Return logits (batch, class) of recordings (batch, lead, time)."""
        seen = self.picture(self.image.features(x)).relu()
        return self.head(torch.cat([self.signal.features(x), seen], dim=1))


def _pooled(maps):
    return functional.max_pool2d(maps, 3).flatten(1)
