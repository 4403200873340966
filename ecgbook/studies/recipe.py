"""What the recipes of all chapters share: a network, its settings, and how much it sees."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Recipe", "epochs_of", "made", "still_rising"]


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How one network is built and trained.

    Parameters
    ----------
    model, config : str, dict
        For `ecgbook.models.create_model`.
    looks : float
        How often it sees an example, in shares of what the study's `Training` says.
    fit : dict
        Settings of `ecgbook.training.fit`.
    """

    model: str
    config: Mapping = field(default_factory=dict)
    looks: float = 1.0
    fit: Mapping = field(default_factory=dict)


def made(recipes, method, *, seed=0, **config):
    """Return the untrained network of a recipe, with ``config`` on top of the recipe's."""
    from ecgbook.models import create_model

    recipe = recipes[method]
    return create_model(recipe.model, seed=seed, **{**recipe.config, **config})


def epochs_of(recipes, method, training, n):
    """Return how often a network sees ``n`` examples in a training; at least once.

    Where ``options`` of the training have ``…_draws`` of the method, more would cost too much, and
    it stops while it still rises.
    """
    draws = training.options.get(f"{method}_draws", _wanted(recipes, method, training))
    return max(1, round(draws / n))


def still_rising(recipes, training):
    """Return the names of the networks that a training stops before they have seen enough."""
    draws = {name: training.options.get(f"{name}_draws") for name in recipes}
    return [
        name for name, n in draws.items() if n is not None and n < _wanted(recipes, name, training)
    ]


def _wanted(recipes, method, training):
    return recipes[method].looks * training.draws
