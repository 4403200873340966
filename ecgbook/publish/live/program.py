"""A network as a list of steps that ``run.js`` can take, layer by layer."""

from functools import singledispatch
from itertools import pairwise

import torch
from torch import nn

from ecgbook.errors import ModelInvalid
from ecgbook.models.gated import GRU, LSTM
from ecgbook.models.memory import Memory
from ecgbook.models.pooling import AdditiveAttention
from ecgbook.models.recording_parts import AttentionOverTime

__all__ = ["Program", "lower"]


class Program:
    """Steps over tensors of shape (channel, time), which have names; the input is ``"x"``.

    Attributes
    ----------
    steps : list of dict
        Each with ``op``, names of ``inputs`` and ``output``, the settings of the step, and
        ``weights``: by name, the place of a tensor in the attribute of that name.
    weights : list of tensors
    """

    def __init__(self):
        self.steps, self.weights = [], []

    def add(self, op, *inputs, **settings):
        """Add a step and return the name of what it gives.

        Settings that are tensors are stored as weights; those that are None are left out.
        """
        step = {"op": op, "inputs": list(inputs), "output": f"t{len(self.steps)}", "weights": {}}
        for name, value in settings.items():
            if isinstance(value, torch.Tensor):
                step["weights"][name] = self._place(value.detach())
            elif value is not None:
                step[name] = value
        self.steps.append(step)
        return step["output"]

    def _place(self, weight):
        """Store a weight once, however many steps use it, and return its place."""
        for place, known in enumerate(self.weights):
            if known.data_ptr() == weight.data_ptr() and known.numel() == weight.numel():
                return place
        self.weights.append(weight)
        return len(self.weights) - 1


@singledispatch
def lower(layer, program, x):
    """Add a layer that sees the tensor named ``x`` to a program; return the name of its output.

    Raises
    ------
    ModelInvalid
        If ``run.js`` has no such layer, or not with these settings.
    """
    raise ModelInvalid(f"no page can run a layer {type(layer).__name__}: {layer}")


@lower.register
def _(layer: nn.Sequential, program, x):
    layers = [each for each in _leaves(layer) if not isinstance(each, nn.Dropout)]
    for each, following in pairwise([*layers, None]):
        if isinstance(each, nn.BatchNorm1d):
            continue  # it went into the convolution before it
        norm = following if isinstance(following, nn.BatchNorm1d) else None
        x = _convolution(each, program, x, norm) if norm else lower(each, program, x)
    return x


@lower.register(nn.Conv1d)
@lower.register(nn.ConvTranspose1d)
def _(layer, program, x):
    return _convolution(layer, program, x, None)


@lower.register
def _(layer: nn.Linear, program, x):
    return program.add("conv", x, weight=layer.weight[:, :, None], bias=layer.bias, **_AT_ONCE)


@lower.register
def _(layer: nn.MaxPool1d, program, x):
    _only(layer, dilation=1, ceil_mode=False)
    return program.add("pool", x, how="max", **_windows(layer))


@lower.register
def _(layer: nn.AvgPool1d, program, x):
    _only(layer, ceil_mode=False, count_include_pad=True)
    return program.add("pool", x, how="mean", **_windows(layer))


@lower.register(nn.ReLU)
@lower.register(nn.Tanh)
@lower.register(nn.Sigmoid)
def _(layer, program, x):
    return program.add("activate", x, curve=type(layer).__name__.lower())


@lower.register
def _(layer: nn.LeakyReLU, program, x):
    return program.add("activate", x, curve="leaky", slope=layer.negative_slope)


@lower.register(nn.Flatten)
@lower.register(nn.Unflatten)
def _(layer, program, x):
    # A code is one channel a number already, which is all that the networks unflatten.
    return program.add("flatten", x)


@lower.register
def _(layer: nn.LayerNorm, program, x):
    return program.add("norm", x, weight=layer.weight, bias=layer.bias, eps=layer.eps)


@lower.register(GRU)
@lower.register(LSTM)
def _(layer, program, x, *, backwards=False):
    weights = {"input": layer.weight_ih, "hidden": layer.weight_hh}
    biases = {"inputBias": layer.bias_ih, "hiddenBias": layer.bias_hh}
    op = type(layer).__name__.lower()
    return program.add(op, x, **weights, **biases, backwards=backwards)


@lower.register
def _(layer: AdditiveAttention, program, x):
    seen = program.add("activate", lower(layer.first, program, x), curve="tanh")
    return program.add("softmax", lower(layer.second, program, seen), over="time")


@lower.register
def _(layer: AttentionOverTime, program, x):
    rows = layer.queries_keys_values.weight.chunk(3), layer.queries_keys_values.bias.chunk(3)
    parts = [
        program.add("conv", x, weight=weight[:, :, None], bias=bias, **_AT_ONCE)
        for weight, bias in zip(*rows, strict=True)
    ]
    return lower(layer.join, program, program.add("attend", *parts, heads=layer.heads))


@lower.register
def _(layer: Memory, program, x):
    likeness = program.add("conv", x, weight=layer.stored[:, :, None], **_AT_ONCE)
    likeness = program.add("softmax", likeness, over="channels")
    return program.add("recall", likeness, stored=layer.stored, shrink=layer.shrink)


_AT_ONCE = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}


def _leaves(layer):
    """Yield the layers of a sequence, those of sequences within it in their place."""
    for each in layer:
        yield from _leaves(each) if isinstance(each, nn.Sequential) else [each]


def _convolution(layer, program, x, norm):
    """Add a convolution, a batch normalisation after it folded into its weights."""
    transposed = isinstance(layer, nn.ConvTranspose1d)
    _only(layer, padding_mode="zeros")
    extra = {"transposed": True, "extra": layer.output_padding[0]} if transposed else {}
    if transposed:
        _only(layer, groups=1)
    weight, bias = _folded(layer, norm, outputs=int(transposed))
    how = {"stride": layer.stride[0], "padding": layer.padding[0]}
    how |= {"dilation": layer.dilation[0], "groups": layer.groups}
    return program.add("conv", x, weight=weight, bias=bias, **how, **extra)


def _folded(layer, norm, *, outputs):
    """Return weight and bias of a convolution, ``outputs`` being the axis of its outputs."""
    if norm is None:
        return layer.weight, layer.bias
    scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    before = 0 if layer.bias is None else layer.bias.double()
    weight = layer.weight.double() * scale.reshape([-1 if n == outputs else 1 for n in range(3)])
    return weight, norm.bias.double() + scale * (before - norm.running_mean.double())


def _windows(layer):
    sizes = layer.kernel_size, layer.stride, layer.padding
    kernel, stride, padding = (size[0] if isinstance(size, tuple) else size for size in sizes)
    return {"kernel": kernel, "stride": stride, "padding": padding}


def _only(layer, **settings):
    for name, value in settings.items():
        if getattr(layer, name) != value:
            raise ModelInvalid(f"no page can run a layer with another {name} than {value}: {layer}")
