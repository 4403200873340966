"""How each network of chapter 5 is built and trained: all numbers that validation may choose."""

from dataclasses import dataclass
from functools import partial

from ecgbook.studies import recipe
from ecgbook.studies.recipe import Recipe
from ecgbook.training.augment_leads import augment_leads

__all__ = ["RECIPES", "PictureRecipe", "epochs_of", "made", "still_rising"]
__by_name__ = ("RECIPES",)  # for `ecgbook.code`: a case depends on its own recipe


@dataclass(frozen=True, kw_only=True)
class PictureRecipe(Recipe):
    """How one network of chapter 5 is built and trained.

    Parameters
    ----------
    scaled : bool
        Whether it is shown leads of mean 0 and deviation 1, or leads in mV. Pictures scale each
        lead themselves, so there it makes no difference.
    every_threshold : bool
        Whether it is also judged at thresholds that are badly chosen.
    """

    scaled: bool = True
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
    "record_resnet": PictureRecipe(
        model="record_resnet", scaled=False, fit=_CONVOLUTIONS, every_threshold=True
    ),
    "record_resnet_scaled": PictureRecipe(model="record_resnet", fit=_CONVOLUTIONS),
    "record_rnn": PictureRecipe(model="record_rnn", fit={**_RECURRENT, "lr": 1e-3}),
    "record_gru": PictureRecipe(model="record_gru", fit=_RECURRENT),
    "record_bigru": PictureRecipe(model="record_bigru", fit=_RECURRENT),
    "record_lstm": PictureRecipe(model="record_lstm", fit=_RECURRENT),
    "record_bilstm": PictureRecipe(model="record_bilstm", fit=_RECURRENT),
    "record_gru_attention": PictureRecipe(model="record_gru_attention", fit=_RECURRENT),
    "record_cnn_gru": PictureRecipe(model="record_cnn_gru", fit=_RECURRENT),
    "record_cnn_gru_reshaped": PictureRecipe(
        model="record_cnn_gru", config={"layout": "reshaped"}, fit=_RECURRENT
    ),
    "record_cnn_lstm": PictureRecipe(model="record_cnn_lstm", fit=_RECURRENT),
    # Pictures.
    "small_picture_net": PictureRecipe(model="small_picture_net", scaled=False, fit=_PICTURES),
    # A step moves 46 million weights, so it should pay off for many recordings at once.
    "alexnet": PictureRecipe(model="alexnet", fit=_ALEXNET),
    # Each of 3,844 places looks at all, which needs 60 MB a recording: few of them at a time.
    "alexnet_attention": PictureRecipe(
        model="alexnet_attention", fit={**_ALEXNET, "batch_size": 16}
    ),
    "picture_resnet": PictureRecipe(model="picture_resnet", fit=_PICTURES),
    # Fusions: of which networks, their pair says. One input serves both, in mV or scaled.
    "late_fusion": PictureRecipe(model="late_fusion", looks=0.2, fit={**_HEAD, "batch_size": 64}),
    "early_fusion": PictureRecipe(model="early_fusion", fit=_HEAD),
    "joint_fusion": PictureRecipe(model="joint_fusion", scaled=False, looks=0.3, fit=_TUNED),
    "joint_fusion_scratch": PictureRecipe(model="joint_fusion", scaled=False, fit=_PICTURES),
    "cross_attention": PictureRecipe(
        model="cross_attention_fusion", scaled=False, looks=0.3, fit=_TUNED
    ),
    "published_joint_fusion": PictureRecipe(
        model="joint_fusion", looks=0.3, fit={**_TUNED, "batch_size": 64}
    ),
}


made = partial(recipe.made, RECIPES)
epochs_of = partial(recipe.epochs_of, RECIPES)
still_rising = partial(recipe.still_rising, RECIPES)
