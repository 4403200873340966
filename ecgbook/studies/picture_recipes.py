"""How each network of chapter 5 is built and trained: all numbers that validation may choose."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ecgbook.training.augment_leads import augment_leads

__all__ = ["RECIPES", "Recipe", "epochs_of", "made", "still_rising"]
__by_name__ = ("RECIPES",)  # for `ecgbook.code`: a case depends on its own recipe


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How one network is built and trained.

    Parameters
    ----------
    model, config : str, dict
        For `ecgbook.models.create_model`.
    scaled : bool
        Whether it is shown leads of mean 0 and deviation 1, or leads in mV. Pictures scale each
        lead themselves, so there it makes no difference.
    looks : float
        How often it sees a recording, in shares of what the study's `Training` says.
    fit : dict
        Settings of `ecgbook.training.fit`.
    every_threshold : bool
        Whether it is also judged at thresholds that are badly chosen.
    """

    model: str
    config: Mapping = field(default_factory=dict)
    scaled: bool = True
    looks: float = 1.0
    fit: Mapping = field(default_factory=dict)
    every_threshold: bool = False


_VARIED = {"augment": augment_leads, "precision": "auto", "weight_decay": 0.05}
_CONVOLUTIONS = {"lr": 2e-3, "batch_size": 32, **_VARIED}
_PICTURES = {"lr": 1e-3, "batch_size": 32, **_VARIED}
_ALEXNET = {**_PICTURES, "lr": 3e-4, "batch_size": 64}
# Layers over time gain nothing from bfloat16: they compute in the precision of their weights.
_RECURRENT = {"lr": 3e-3, "batch_size": 64, **_VARIED, "precision": "float32"}
_TUNED = {"lr": 3e-4, "batch_size": 32, **_VARIED}
_HEAD = {"lr": 1e-3, "batch_size": 128, "weight_decay": 0.05}

RECIPES = {
    # Raw leads.
    "record_resnet": Recipe(
        model="record_resnet", scaled=False, fit=_CONVOLUTIONS, every_threshold=True
    ),
    "record_resnet_scaled": Recipe(model="record_resnet", fit=_CONVOLUTIONS),
    "record_rnn": Recipe(model="record_rnn", fit={**_RECURRENT, "lr": 1e-3}),
    "record_gru": Recipe(model="record_gru", fit=_RECURRENT),
    "record_bigru": Recipe(model="record_bigru", fit=_RECURRENT),
    "record_lstm": Recipe(model="record_lstm", fit=_RECURRENT),
    "record_bilstm": Recipe(model="record_bilstm", fit=_RECURRENT),
    "record_gru_attention": Recipe(model="record_gru_attention", fit=_RECURRENT),
    "record_cnn_gru": Recipe(model="record_cnn_gru", fit=_RECURRENT),
    "record_cnn_gru_reshaped": Recipe(
        model="record_cnn_gru", config={"layout": "reshaped"}, fit=_RECURRENT
    ),
    "record_cnn_lstm": Recipe(model="record_cnn_lstm", fit=_RECURRENT),
    # Pictures.
    "small_picture_net": Recipe(model="small_picture_net", scaled=False, fit=_PICTURES),
    # A step moves 46 million weights, so it should pay off for many recordings at once.
    "alexnet": Recipe(model="alexnet", fit=_ALEXNET),
    # Each of 3,844 places looks at all, which needs 60 MB a recording: few of them at a time.
    "alexnet_attention": Recipe(model="alexnet_attention", fit={**_ALEXNET, "batch_size": 16}),
    "picture_resnet": Recipe(model="picture_resnet", fit=_PICTURES),
    # Fusions: of which networks, their pair says. One input serves both, in mV or scaled.
    "late_fusion": Recipe(model="late_fusion", looks=0.2, fit={**_HEAD, "batch_size": 64}),
    "early_fusion": Recipe(model="early_fusion", fit=_HEAD),
    "joint_fusion": Recipe(model="joint_fusion", scaled=False, looks=0.3, fit=_TUNED),
    "joint_fusion_scratch": Recipe(model="joint_fusion", scaled=False, fit=_PICTURES),
    "cross_attention": Recipe(model="cross_attention_fusion", scaled=False, looks=0.3, fit=_TUNED),
    "published_joint_fusion": Recipe(
        model="joint_fusion", looks=0.3, fit={**_TUNED, "batch_size": 64}
    ),
}


def made(method, *, seed=0, **config):
    """Return the untrained network of a recipe, with ``config`` on top of the recipe's."""
    from ecgbook.models import create_model

    recipe = RECIPES[method]
    return create_model(recipe.model, seed=seed, **{**recipe.config, **config})


def epochs_of(method, training, n):
    """Return how often a network sees ``n`` examples in a training; at least once.

    Where ``options`` of the training have ``…_draws`` of the method, more would cost too much, and
    it stops while it still rises.
    """
    draws = training.options.get(f"{method}_draws", _wanted(method, training))
    return max(1, round(draws / n))


def still_rising(training):
    """Return the names of the networks that a training stops before they have seen enough."""
    draws = {name: training.options.get(f"{name}_draws") for name in RECIPES}
    return [name for name, n in draws.items() if n is not None and n < _wanted(name, training)]


def _wanted(method, training):
    return RECIPES[method].looks * training.draws
