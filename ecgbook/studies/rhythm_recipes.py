"""How each network of chapter 7 is built and trained: all numbers that validation may choose."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from torch.nn.functional import cross_entropy

from ecgbook import tasks
from ecgbook.models.wavenet import next_sample_loss
from ecgbook.studies import recipe
from ecgbook.studies.recipe import Recipe
from ecgbook.training.augment_recordings import augment_recordings

__all__ = ["RECIPES", "RhythmRecipe", "epochs_of", "levels_task", "made"]
__by_name__ = ("RECIPES",)  # for `ecgbook.code`: a case depends on its own recipe

LEVELS = 256


@dataclass(frozen=True, kw_only=True)
class RhythmRecipe(Recipe):
    """How one network of chapter 7 is built and trained.

    Parameters
    ----------
    fs : float, optional
        Rate in Hz that it is shown recordings at; their own if left out.
    window, stride : int, int, optional
        Samples of the windows that it is shown, and from one to the next in training; whole
        recordings if there is no window.
    padded : int, optional
        Samples that recordings are cut or filled up to.
    loss : callable, optional
        What a WaveNet learns.
    tried_on_noise : bool
        Whether it is tested on recordings with noise as well.
    """

    fs: float | None = None
    window: int | None = None
    stride: int = 1024
    padded: int | None = None
    loss: Callable | None = None
    tried_on_noise: bool = False


_DECAYS = {"weight_decay": 0.05, "precision": "auto"}
_OF_RECORDINGS = {"lr": 2e-3, "batch_size": 32, "augment": augment_recordings, **_DECAYS}
_OF_WINDOWS = {"lr": 2e-3, "batch_size": 128}
_SLOW = {"stem": (45, 6)}  # at 300 Hz as much time in a step as (15, 2) at 100 Hz
_LIKE_LEEDS = {"modules": "in_forward", "activation": None}
_segments = partial(RhythmRecipe, window=2048, looks=6.0, fit=_OF_WINDOWS)
_flaws = partial(RhythmRecipe, window=2048, looks=4.0, fit=_OF_WINDOWS)

RECIPES = {
    # Whole recordings: the chapter's table, five folds, noise and generated recordings.
    "rhythm_crnn": RhythmRecipe(
        model="rhythm_crnn", fs=100, fit=_OF_RECORDINGS, tried_on_noise=True
    ),
    "rhythm_crnn_augmented": RhythmRecipe(model="rhythm_crnn", fs=100, fit=_OF_RECORDINGS),
    "rhythm_crnn_300_hz": RhythmRecipe(model="rhythm_crnn", config=_SLOW, fit=_OF_RECORDINGS),
    "andreotti": RhythmRecipe(model="andreotti", padded=9000, fit={"lr": 1e-3, "batch_size": 64}),
    # Windows of which the mean is taken over a recording.
    "segment_lstm": _segments(model="segment_lstm"),
    "segment_bilstm": _segments(model="segment_bilstm"),
    "segment_crnn": _segments(model="crnn"),
    "segment_crann": _segments(model="crann"),
    "segment_crann_published": _segments(model="crann", config=_LIKE_LEEDS),
    # Windows of Leeds, with its flaws one by one.
    "window_crann": _flaws(model="crann"),
    "window_crann_published": _flaws(model="crann", config=_LIKE_LEEDS),
    "window_crnn": _flaws(
        model="rhythm_crnn",
        config=_SLOW,
        looks=2.5,
        fit={"lr": 2e-3, "batch_size": 64, "precision": "auto"},
    ),
    # Generated recordings.
    "wavenet": RhythmRecipe(
        model="wavenet",
        config={"channels": 16, "skip": 32},
        fs=100,
        window=1500,
        stride=750,
        looks=0.12,
        loss=next_sample_loss,
        fit={"lr": 2e-3, "batch_size": 8},
    ),
    "block_wavenet": RhythmRecipe(
        model="block_wavenet",
        window=2048 + 1025,
        looks=0.06,
        loss=cross_entropy,
        fit={"lr": 1e-3, "batch_size": 16, "optimizer": "adam"},
    ),
    "real_or_generated": RhythmRecipe(
        model="rhythm_crnn", looks=0.2, fit={"lr": 2e-3, "batch_size": 32, **_DECAYS}
    ),
}


epochs_of = partial(recipe.epochs_of, RECIPES)


def made(method, training, *, classes, seed=0, **config):
    """Return the untrained network of a recipe, with ``config`` on top of the recipe's.

    ``options`` of a training may have other ``…_sizes`` of a method.
    """
    larger = training.options.get(f"{method}_sizes", {})
    sizes = {} if classes is None else {"classes": classes}
    return recipe.made(RECIPES, method, seed=seed, **{**sizes, **larger, **config})


def levels_task(loss):
    """Return the task of a WaveNet: one of 256 levels at each sample, chosen by its loss."""
    return tasks.single_label([str(level) for level in range(LEVELS)], loss=loss, select="loss")
