"""Examples of the models: how one is built, what it takes and gives, and how large it is.

Every module of tests here may have a list ``EXAMPLES``; the tests of the registry collect them.
"""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Example:
    name: str
    config: dict
    inputs: tuple  # shapes after the batch
    output: tuple  # shape after the batch
    parameters: int  # counted by hand
    idle: tuple = ()  # parameters without a gradient, where that was published
    asleep: tuple = ()  # those with a gradient of 0 until another one has moved away from 0

    def batch(self, n=4, seed=0):
        generator = torch.Generator().manual_seed(seed)
        return tuple(torch.randn(n, *shape, generator=generator) for shape in self.inputs)


def conv(inputs, outputs, kernel):
    """Parameters of a convolution without bias and the normalisation after it."""
    return inputs * outputs * kernel + 2 * outputs


def linear(inputs, outputs):
    return inputs * outputs + outputs


def gates(n, inputs, units):
    """Parameters of a recurrent layer with ``n`` gates and one bias each, as Keras counts."""
    return n * units * (inputs + units + 1)


def encoder(code):
    """Parameters of MadeGAN's encoder; its first and last convolutions have no normalisation."""
    pairs = [(16, 32), (32, 64), (64, 128), (128, 512)]
    return 16 * 4 + sum(conv(*pair, 4) for pair in pairs) + 512 * code * 10
