"""Whom an ensemble trusts: the weights of a regression on what several models say."""

import numpy as np

from ecgbook.errors import RecordInvalid
from ecgbook.labels import label
from ecgbook.plotting._checks import checked_table
from ecgbook.plotting.figure import subplots
from ecgbook.plotting.style import DIVERGING, style

__all__ = ["plot_ensemble_weights"]

_COLUMNS = 5


@style()
def plot_ensemble_weights(weights, models, classes, *, title="", alt=""):
    """Draw what speaks for each class: a panel a class, a line a model, a column a class it names.

    Parameters
    ----------
    weights : array, shape (class, model, class)
        Of `ecgbook.classical.ensembles.Stacked`: for the class of the panel, by the model, from
        its probability of the class of the column.
    models, classes : sequences of str
        Names, in order.
    title, alt : str
        The headline; what there is to be seen, beside what the figure says of itself.

    Returns
    -------
    BookFigure
        All panels share one scale of colours, white at 0.

    Raises
    ------
    RecordInvalid
        If weights and names differ in number, or a weight is missing.
    """
    weights = checked_table(weights, ("class", "model", "class"), "weights")
    wanted = len(classes), len(models), len(classes)
    if weights.shape != wanted:
        raise RecordInvalid(
            f"names of {wanted[1]} models and {wanted[0]} classes do not fit "
            f"weights of shape {weights.shape}"
        )
    columns = min(len(classes), _COLUMNS)
    rows = -(-len(classes) // columns)
    height_in = 1.6 + rows * (0.3 + 0.24 * len(models))
    shared = {"sharex": True, "sharey": True, "squeeze": False}
    about = f"{_describe_weights(weights, models, classes)} {alt}".strip()
    figure, axes = subplots(rows, columns, height_in=height_in, alt=about, **shared)
    top = np.abs(weights).max() or 1.0
    colours = {"cmap": DIVERGING, "vmin": -top, "vmax": top, "aspect": "auto"}
    for ax, own, name in zip(axes.flat, weights, classes, strict=False):
        image = ax.imshow(own, **colours)
        ax.set_title(f"for {name}", fontsize="medium")
        ax.grid(visible=False)
        ax.tick_params(axis="x", labelrotation=90 if max(map(len, classes)) > 3 else 0)
    for ax in axes.flat[len(classes) :]:
        ax.set_axis_off()
    axes[0, 0].set_xticks(range(len(classes)), classes)
    axes[0, 0].set_yticks(range(len(models)), [label(name) for name in models])
    figure.supxlabel("log-probability of", fontsize="medium")
    figure.suptitle(title, x=0.01, ha="left", fontsize=11)
    figure.colorbar(image, ax=axes, label="weight", fraction=0.05)
    return figure


def _describe_weights(weights, models, classes):
    size = np.abs(weights).sum(axis=(0, 2))
    one, model, other = np.unravel_index(weights.argmax(), weights.shape)
    return (
        f"Weights of {len(models)} models for {len(classes)} classes. The largest is that of "
        f"{label(models[model])}'s {classes[other]} for {classes[one]}; the sizes "
        f"of its weights added up, {label(models[size.argmax()])} counts most."
    )
