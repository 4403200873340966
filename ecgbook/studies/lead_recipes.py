"""How each network of chapter 8 is built and trained: all numbers that validation may choose."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ecgbook.studies import recipe
from ecgbook.studies.lead_crops import cut_at_random
from ecgbook.studies.recipe import Recipe
from ecgbook.training.augment_leads import augment_leads
from ecgbook.training.lead_dropout import lead_dropout

__all__ = ["RECIPES", "LeadRecipe", "epochs_of", "made", "still_rising"]
__by_name__ = ("RECIPES",)  # for `ecgbook.code`: a case depends on its own recipe

_SIZE = 4096  # samples that the seed cuts, 8.2 s of the ten at 500 Hz
_SHORT = 819  # as many seconds at 100 Hz


def _any_leads(x, generator):
    """Vary recordings as `augment_leads` does; show each with all leads or with one lead set."""
    return lead_dropout()(augment_leads(x, generator), generator)


def _short(x, generator):
    return cut_at_random(augment_leads(x, generator), generator, size=_SHORT)


@dataclass(frozen=True, kw_only=True)
class LeadRecipe(Recipe):
    """How one network of chapter 8 is built and trained.

    Parameters
    ----------
    fs : float
        Rate in Hz of the recordings that it is shown.
    scaled : bool
        Whether each lead has mean 0 and deviation 1, or stays in mV.
    size : int, optional
        Samples of the crops that it learns from; whole recordings if left out.
    augment : callable, optional
        What varies the recordings of a batch, and cuts crops.
    select : str
        The score of the validation part that chooses the epoch.
    any_leads : bool
        Whether one network answers for every lead set, the other leads being 0.
    in_full : bool
        Whether it is told by groups of people as well, and at further thresholds.
    """

    fs: float = 100
    scaled: bool = False
    size: int | None = None
    augment: Callable | None = augment_leads
    select: str = "auroc"
    any_leads: bool = False
    in_full: bool = False


_DECAYS = {"weight_decay": 0.05, "precision": "auto"}
_SMALL = {"lr": 2e-3, "batch_size": 32, **_DECAYS}
_LARGE = {"lr": 1e-3, "batch_size": 32, **_DECAYS}
_SEED = {"lr": 1e-3, "batch_size": 24, "optimizer": "adam", "schedule": "step"}
_small = partial(LeadRecipe, model="record_resnet", fit=_SMALL)
_large = partial(LeadRecipe, fit=_LARGE)

RECIPES = {
    "small_resnet": _small(in_full=True),
    "small_resnet_scaled": _small(scaled=True),
    "small_resnet_crops": _small(size=_SHORT, augment=_short),
    "small_resnet_any_leads": _small(any_leads=True, augment=_any_leads),
    # The seed and its neighbours, under the budget of the small network or up to a cap.
    "resu_dense": _large(model="resu_dense"),
    "resu_dense_no_attention": _large(model="resu_dense", config={"attention": None}),
    "resu_dense_corrected": _large(model="resu_dense", config={"attention": "residual"}),
    "ribeiro": _large(model="ribeiro", config={"time": 1000}),
    "xresnet": _large(model="xresnet1d101"),
    "nejedly": _large(model="nejedly"),
    "mvms_net": _large(model="mvms_net"),
    # The seed as published: scaled leads at 500 Hz, crops, Adam in steps.
    "resu_dense_published": LeadRecipe(
        model="resu_dense",
        fs=500,
        scaled=True,
        size=_SIZE,
        augment=partial(cut_at_random, size=_SIZE),
        fit={**_SEED, "precision": "auto"},
        select="auprc",
    ),
    # Prediction of what comes, without labels, in recordings as they are: noise would tell of leads
    # that were not recorded. And the classifier that takes over its trunk.
    "cpc": _large(model="cpc", augment=None, looks=10.0),
    "cpc_classifier": _large(model="cpc_classifier"),
}


made = partial(recipe.made, RECIPES)
epochs_of = partial(recipe.epochs_of, RECIPES)
still_rising = partial(recipe.still_rising, RECIPES)
