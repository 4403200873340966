"""Networks whose first part, the trunk, can be taken over from another and be frozen.

What a network has learnt on many beats is of use on few: its trunk is copied into a new network,
which gets a head of its own, and the trunk is trained further or kept as it is.

>>> from ecgbook.models import create_model
>>> source, model = create_model("course_cnn"), create_model("course_cnn", classes=1)
>>> copy_trunk(model, source)
>>> freeze_trunk(model)
"""

from torch import nn

from ecgbook.errors import ModelInvalid

__all__ = ["WithTrunk", "copy_trunk", "freeze_trunk"]


class WithTrunk(nn.Module):
    """A network with a part ``trunk``, which stays in eval mode for as long as it is frozen."""

    def train(self, mode=True):
        """Switch all parts to training but a frozen trunk: no dropout, no new statistics there."""
        super().train(mode)
        self.trunk.train(mode and not self._is_frozen())
        return self

    def extra_repr(self):
        """Say whether the trunk is frozen: a checkpoint knows a model by its printed form."""
        return "trunk frozen" if self._is_frozen() else "trunk free"

    def _is_frozen(self):
        return not any(weight.requires_grad for weight in self.trunk.parameters())


def copy_trunk(model, source):
    """Copy weights and running statistics of the trunk of ``source`` into that of ``model``.

    Parameters
    ----------
    model : WithTrunk
        Is changed: its head stays as it is.
    source : torch.nn.Module
        A network with a part ``trunk``, such as one of the same class or a `BeatAutoencoder`,
        trained. Parts of other sizes raise `ModelInvalid`.
    """
    _check(model, "copy_trunk needs a model")
    if not isinstance(getattr(source, "trunk", None), nn.Module):
        raise ModelInvalid(f"copy_trunk needs a source with a trunk, got {type(source).__name__}")
    ours, theirs = model.trunk.state_dict(), source.trunk.state_dict()
    other = [name for name in ours.keys() | theirs if _shape(ours, name) != _shape(theirs, name)]
    if other:
        name = min(other)
        raise ModelInvalid(
            f"copy_trunk needs two trunks of one shape, but {name} is {_shape(theirs, name)} in "
            f"the source and {_shape(ours, name)} in the model; build both with the same settings"
        )
    model.trunk.load_state_dict(theirs)


def freeze_trunk(model):
    """Keep training away from the trunk of a `WithTrunk`, for good.

    Its weights get no gradient, its running statistics no longer follow the batches and it drops
    nothing: it says of a beat what it said before. Another model raises `ModelInvalid`.
    """
    _check(model, "freeze_trunk needs a model")
    model.trunk.requires_grad_(False)
    model.train(model.training)


def _check(model, words):
    if not isinstance(model, WithTrunk):
        raise ModelInvalid(f"{words} with a trunk that can be frozen, got {type(model).__name__}")


def _shape(state, name):
    return tuple(state[name].shape) if name in state else None
