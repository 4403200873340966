"""Convolutions over time, computed in the layout that processors are fast in.

Processors have their quickest convolutions for images that are stored with the channels of a sample
side by side. Within `channels_last` every layer over time takes its signal for an image of height 1
in that layout. Layers hand it on by the strides of their tensors, so nothing is copied but at the
entrance, and a layer of another kind finds the shapes it knows. The weights are those of the model
itself: seen with a height of 1, never moved.
"""

from contextlib import contextmanager

import torch
from torch import nn
from torch.nn import functional

__all__ = ["channels_last"]


@contextmanager
def channels_last(*models):
    """Compute the convolutional parts of ``models`` on a CPU with channels last.

    Outputs, gradients and running statistics are those of the plain model but for rounding;
    weights, state and printed form stay as they are. Models on other devices, subclasses of torch's
    layers and layers with rare settings are left alone. At the end all is as before.

    Examples
    --------
    >>> model, x = nn.Conv1d(2, 4, kernel_size=3), torch.ones(1, 2, 8)
    >>> with channels_last(model):
    ...     y = model(x)
    >>> torch.allclose(y, model(x))
    True
    """
    changed = [layer for model in models for layer in _changeable(model)]
    for module in changed:
        module.__class__ = _LAYERS[type(module)]
    try:
        yield
    finally:
        for module in changed:
            module.__class__ = type(module).__base__


def _changeable(model):
    on_cpu = all(weight.device.type == "cpu" for weight in model.parameters())
    if not on_cpu or not torch.backends.mkldnn.is_available():  # oneDNN has the quick kernels
        return
    for layer in model.modules():
        usual = getattr(layer, "padding_mode", "zeros") == "zeros"
        if type(layer) in _LAYERS and usual and not getattr(layer, "return_indices", False):
            yield layer


def _image(x):
    """Return a signal (batch, channel, time) as (batch, channel, 1, time), channels last."""
    return x.unsqueeze(2).contiguous(memory_format=torch.channels_last)


class _Convolution(nn.Conv1d):
    def forward(self, x):
        if x.ndim != 3:
            return super().forward(x)
        if x.shape[2:] == self.kernel_size and self.padding == (0,) and self.groups == 1:
            weight = self.weight.transpose(1, 2).flatten(1)  # one place only: a product of matrices
            return functional.linear(x.transpose(1, 2).flatten(1), weight, self.bias).unsqueeze(2)
        padding = self.padding if isinstance(self.padding, str) else (0, *self.padding)
        steps = (1, *self.stride), padding, (1, *self.dilation), self.groups
        return functional.conv2d(_image(x), self.weight.unsqueeze(2), self.bias, *steps).squeeze(2)


class _Transposed(nn.ConvTranspose1d):
    def forward(self, x, output_size=None):
        if x.ndim != 3 or output_size is not None:
            return super().forward(x, output_size)
        if x.shape[2] == self.groups == 1 and self.bias is None and self._spreads_one_sample():
            weight = self.weight.transpose(1, 2).flatten(1)  # (in, kernel * out)
            return (x.squeeze(2) @ weight).unflatten(1, (-1, self.out_channels)).transpose(1, 2)
        steps = (1, *self.stride), (0, *self.padding), (0, *self.output_padding)
        image = functional.conv_transpose2d(
            _image(x), self.weight.unsqueeze(2), self.bias, *steps, self.groups, (1, *self.dilation)
        )
        return image.squeeze(2)

    def _spreads_one_sample(self):
        return self.padding == self.output_padding == (0,) and self.dilation == (1,)


class _BatchNorm(nn.BatchNorm1d):
    def forward(self, x):
        return super().forward(_image(x)).squeeze(2) if x.ndim == 3 else super().forward(x)

    def _check_input_dim(self, x):
        if x.ndim != 4:
            super()._check_input_dim(x)


class _GroupNorm(nn.GroupNorm):
    def forward(self, x):
        return super().forward(_image(x)).squeeze(2) if x.ndim == 3 else super().forward(x)


class _MaxPool(nn.MaxPool1d):
    def forward(self, x):
        sizes = self.kernel_size, self.stride, self.padding, self.dilation
        if x.ndim != 3 or not all(isinstance(size, int) for size in sizes):
            return super().forward(x)
        sizes = [(least, size) for least, size in zip((1, 1, 0, 1), sizes, strict=True)]
        return functional.max_pool2d(_image(x), *sizes, self.ceil_mode).squeeze(2)


_LAYERS = {
    layer.__base__: layer for layer in (_Convolution, _Transposed, _BatchNorm, _GroupNorm, _MaxPool)
}
