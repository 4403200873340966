"""Guided backpropagation, and its product with Grad-CAM."""

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from ecgbook.explain.grad_cam import grad_cam
from ecgbook.explain.gradient import gradient

__all__ = ["guided_backpropagation", "guided_grad_cam"]

_RELU = {torch.relu, torch.relu_, torch.Tensor.relu, torch.Tensor.relu_}
_RELU |= {functional.relu, functional.relu_}


def guided_backpropagation(model, x, target=None, *, inputs=None, chunk=256):
    """Return the gradient without what a ReLU would pass back below 0, (batch, lead, time).

    Parameters
    ----------
    model, x, target, inputs, chunk
        As for `gradient`. Every ReLU counts, those without a module as well; other activations
        pass the gradient back as it is.

    Returns
    -------
    array of float32, shape (batch, lead, time)

    References
    ----------
    Springenberg et al. 2015, https://arxiv.org/abs/1412.6806.
    """
    with _Guided():
        return gradient(model, x, target, inputs=inputs, chunk=chunk)


def guided_grad_cam(model, x, target=None, *, layer=None, inputs=None, chunk=256):
    """Return guided backpropagation times Grad-CAM, float32 (batch, lead, time).

    Parameters
    ----------
    model, x, target, layer, inputs, chunk
        As for `grad_cam`.

    Returns
    -------
    array of float32, shape (batch, lead, time)

    References
    ----------
    Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391, section 3.2.
    """
    fine = guided_backpropagation(model, x, target, inputs=inputs, chunk=chunk)
    return fine * grad_cam(model, x, target, layer=layer, inputs=inputs, chunk=chunk)


class _GuidedReLU(torch.autograd.Function):
    """A ReLU that passes back what is positive, where its input was positive."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.clamp(min=0)

    @staticmethod
    def backward(ctx, slope):
        (x,) = ctx.saved_tensors
        return slope.clamp(min=0) * (x > 0)


class _Guided(TorchFunctionMode):
    """While it lasts, every ReLU is a guided one."""

    def __torch_function__(self, function, types, args=(), kwargs=None):
        if function in _RELU:
            return _GuidedReLU.apply(args[0] if args else kwargs["input"])
        return function(*args, **(kwargs or {}))
