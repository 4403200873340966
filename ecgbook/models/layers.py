"""A network layer by layer: what each gives out, and how many numbers it has learnt."""

import pandas as pd
import torch
from torch import nn

__all__ = ["layer_table"]

_WORDS = {
    nn.Conv1d: "convolution",
    nn.Conv2d: "convolution",
    nn.ConvTranspose1d: "transposed convolution",
    nn.ConvTranspose2d: "transposed convolution",
    nn.BatchNorm1d: "batch normalisation",
    nn.BatchNorm2d: "batch normalisation",
    nn.LayerNorm: "layer normalisation",
    nn.MaxPool1d: "max pooling",
    nn.MaxPool2d: "max pooling",
    nn.AvgPool1d: "average pooling",
    nn.AdaptiveAvgPool1d: "average over time",
    nn.LeakyReLU: "leaky ReLU",
    nn.Tanh: "tanh",
    nn.Sigmoid: "sigmoid",
    nn.Dropout: "dropout",
    nn.Linear: "linear",
    nn.Flatten: "flatten",
}


@torch.no_grad()
def layer_table(model, *inputs):
    """Run a network once and list its layers in the order in which they are reached.

    A calculation that is no module, such as a mean over time within ``forward``, has no row. The
    model is left as it was: the run changes no running mean, and no hook stays behind.

    Parameters
    ----------
    model : torch.nn.Module
    *inputs : tensors, shape (batch, …)
        What the model is called with; a batch of one example will do.

    Returns
    -------
    pandas.DataFrame
        A row a call of a layer, by its place in the model, such as ``beat.0.0``. ``layer`` says
        in words what it is, ``output`` is the shape of what it gives (of the first tensor, if it
        gives several) without the batch, and ``parameters`` counts its weights, frozen ones too,
        which a layer that is called again has not twice.

    Examples
    --------
    Three kernels of five weights and a bias each; padding 2 keeps the length, pooling halves it:

    >>> network = nn.Sequential(nn.Conv1d(1, 3, 5, padding=2), nn.ReLU(), nn.MaxPool1d(2))
    >>> layer_table(network, torch.zeros(1, 1, 100))
                       layer    output  parameters
    0  convolution, kernel 5  (3, 100)          18
    1                   ReLU  (3, 100)           0
    2          max pooling 2   (3, 50)           0
    """
    rows, counted = {"place": [], "layer": [], "output": [], "parameters": []}, set()

    def note(place):
        def hook(layer, _, output):
            first = output if isinstance(output, torch.Tensor) else output[0]
            own = [p for p in layer.parameters(recurse=False) if id(p) not in counted]
            counted.update(map(id, own))
            values = place, describe(layer), tuple(first.shape[1:]), sum(p.numel() for p in own)
            for column, value in zip(rows.values(), values, strict=True):
                column.append(value)

        return hook

    layers = [(name, layer) for name, layer in model.named_modules() if _is_layer(layer)]
    hooks = [layer.register_forward_hook(note(name)) for name, layer in layers]
    modes = {module: module.training for module in model.modules()}
    try:
        model.eval()(*inputs)
    finally:
        for hook in hooks:
            hook.remove()
        for module, mode in modes.items():
            module.training = mode
    return pd.DataFrame(rows).set_index("place").rename_axis(None)


def describe(layer):
    """Say in words what a layer is, with its kernel and stride where it has them.

    >>> describe(nn.Conv1d(1, 8, 7, stride=2))
    'convolution, kernel 7, stride 2'
    """
    words = _WORDS.get(type(layer), type(layer).__name__)
    if "pooling" in words:
        return f"{words} {_side_by_side(layer.kernel_size)}"
    for name, usual in (("kernel_size", 0), ("stride", 1), ("dilation", 1)):
        value = getattr(layer, name, usual)
        if value not in (usual, (usual,), (usual, usual)):
            words += f", {name.removesuffix('_size')} {_side_by_side(value)}"
    return words


def _is_layer(module):
    """Tell whether a module holds weights itself, or has no smaller modules to show."""
    own = [*module.parameters(recurse=False)]
    return bool(own) or not [*module.children()]


def _side_by_side(size):
    """Return 7 and (7,) as ``7``, (3, 5) as ``3 × 5``."""
    return " × ".join(map(str, size)) if isinstance(size, tuple) else str(size)
