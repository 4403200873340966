"""New samples from a WaveNet, one by one, with what its layers have seen kept in ring buffers.

To draw a sample naively is to run the network over its whole receptive field and to use its last
answer alone. But each layer needs just two numbers a channel: what it is given now, and what it was
given ``dilation`` samples ago. A buffer of that many places, written round and round, has both, and
a new sample costs one step of each layer (Le Paine et al. 2016, https://arxiv.org/abs/1611.09482).
"""

import torch
from torch.nn import functional

from ecgbook.errors import ModelInvalid
from ecgbook.models.wavenet import BlockWaveNet, WaveNet, level_values

__all__ = ["Stepper", "draw", "generate", "generate_blocks"]

_CHUNK = 4  # signals whose numbers stay in the caches of a processor


@torch.inference_mode()
def generate(model, context, n, *, temperature=1.0, generator=None):
    """Continue signals sample by sample, each drawn by the scores of a network.

    Parameters
    ----------
    model : WaveNet
        Trained; it is used in eval mode, on its own device.
    context : tensor of int64, shape (batch, time)
        Levels of what goes before, one sample or more; signals of one batch are continued together.
    n : int
        New samples.
    temperature : float, default 1
        Scores are divided by it: below 1 likely levels become likelier, at 0 the likeliest is
        taken, above 1 the draw is more even.
    generator : torch.Generator, optional
        Source of chance, on the CPU.

    Returns
    -------
    tensor of int64, shape (batch, n)
        Levels of the new samples, without the context; what the naive loop would give.
    """
    _check(model, WaveNet, context)
    _check_numbers(n, temperature)
    device = next(model.parameters()).device
    stepper = Stepper(model, context.to(device))
    new = torch.empty(len(context), n, dtype=torch.int64, device=device)
    for i in range(n):
        new[:, i] = draw(stepper.scores, temperature, generator)
        if i < n - 1:
            stepper.step(new[:, i])
    return new


@torch.inference_mode()
def generate_blocks(model, context, n):
    """Continue signals block by block with the likeliest levels, as Leeds did.

    Parameters
    ----------
    model : BlockWaveNet
        Trained; it is used in eval mode, on its own device.
    context : tensor of int64, shape (batch, time)
        Levels of what goes before, at least 1,024 samples for the default network. Every new block
        has ``time - 1023`` samples, and is added to a window that is moved on by as many.
    n : int
        New samples.

    Returns
    -------
    tensor of int64, shape (batch, n)
    """
    _check(model, BlockWaveNet, context)
    _check_numbers(n)
    was_training, blocks, got = model.training, [], 0
    window = context.to(next(model.parameters()).device)
    model.eval()
    levels = model.head[-1].out_channels
    while got < n:
        block = model(level_values(window, levels)).argmax(dim=1)
        window = torch.cat([window, block], dim=1)[:, -context.shape[1] :]
        blocks.append(block)
        got += block.shape[1]
    model.train(was_training)
    return torch.cat(blocks, dim=1)[:, :n]


def draw(scores, temperature=1.0, generator=None):
    """Draw a level a row from scores (batch, level), by one even number each.

    >>> draw(torch.tensor([[0.0, 9.0, 0.0]]), temperature=0)
    tensor([1])
    """
    if temperature == 0:
        return scores.argmax(dim=1)
    share = torch.rand(len(scores), 1, generator=generator).to(scores.device)
    below = (scores / temperature).softmax(dim=1).cumsum(dim=1)
    return (below < share * below[:, -1:]).sum(dim=1)


class Stepper:
    """A WaveNet that is shown one sample after another, with the scores of the next one.

    These are ``scores``, shape (batch, level).

    Parameters
    ----------
    model : WaveNet
    context : tensor of int64, shape (batch, time)
        Levels of the first samples, which are taken in at once.
    """

    @torch.inference_mode()
    def __init__(self, model, context):
        self._levels = model.head[-1].out_channels
        enter, first, last = (_matrix(layer) for layer in (model.enter, *model.head[1::2]))
        self._enter, self._head = enter, (first, last)
        self._gated = [_gated_matrix(layer) for layer in model.gated]
        self._residual = [layer.weight[..., 0].T.contiguous() for layer in model.residual]
        self._skip = torch.cat([layer.weight[..., 0].T for layer in model.skip])
        self._dilations = [layer.dilation[0] for layer in model.gated]
        context = context[:, -model.receptive_field :]  # nothing before it counts
        self._time = context.shape[1]
        channels = model.enter.out_channels
        self._seen = enter[0].new_empty(len(context), len(self._gated) * channels)
        self._parts = self._seen.split(channels, dim=1)
        shape = len(context), channels
        self._buffers = [enter[0].new_empty(dilation, *shape) for dilation in self._dilations]
        values = level_values(context, self._levels).transpose(1, 2)
        for begin in range(0, len(context), _CHUNK):
            self._take_in(values, slice(begin, begin + _CHUNK))
        self.scores = self._scores(self._seen @ self._skip)

    def _take_in(self, values, rows):
        """Run all layers over some contexts (batch, time, 1); of what they see the last is kept."""
        weight, bias = self._enter
        x = values[rows] @ weight + bias
        for i, (weight, bias) in enumerate(self._gated):
            dilation = self._dilations[i]
            self._buffers[i][:, rows] = _last_inputs(x, dilation)
            before = functional.pad(x, (0, 0, dilation, 0))[:, : self._time]
            both = torch.addmm(bias, torch.cat([before, x], dim=2).flatten(0, 1), weight)
            filtered, gate = both.chunk(2, dim=1)
            seen = (filtered.tanh_() * gate.sigmoid_()).unflatten(0, x.shape[:2])
            self._parts[i][rows] = seen[:, -1]
            if i < len(self._residual):
                x = x + seen @ self._residual[i]

    @torch.inference_mode()
    def step(self, level):
        """Take in the next sample, levels (batch,), and return the scores of the one after it."""
        weight, bias = self._enter
        x = torch.addmm(bias, level_values(level[:, None], self._levels)[:, 0], weight)
        for i, (weight, bias) in enumerate(self._gated):
            buffer = self._buffers[i]
            place = buffer[self._time % len(buffer)]  # (batch, channel), written `dilation` ago
            filtered, gate = torch.addmm(bias, torch.cat([place, x], dim=1), weight).chunk(2, dim=1)
            place.copy_(x)
            torch.mul(filtered.tanh_(), gate.sigmoid_(), out=self._parts[i])
            if i < len(self._residual):
                x = torch.addmm(x, self._parts[i], self._residual[i])
        self._time += 1
        self.scores = self._scores(self._seen @ self._skip)
        return self.scores

    def _scores(self, total):
        for weight, bias in self._head:
            total = torch.addmm(bias, total.relu(), weight)
        return total


def _matrix(layer):
    """Return weights (in, out) and bias of a convolution over one sample."""
    return layer.weight[..., 0].T.contiguous(), layer.bias


def _gated_matrix(layer):
    """Return weights (2 in, out) of a convolution over two samples, first the earlier, and bias."""
    return layer.weight.permute(2, 1, 0).flatten(0, 1).contiguous(), layer.bias


def _last_inputs(x, dilation):
    """Return the ring buffer (place, batch, channel) after inputs (batch, time, channel).

    The input at time t lies at place t modulo ``dilation``; before the first all are 0.
    """
    time = x.shape[1]
    kept = functional.pad(x[:, -dilation:], (0, 0, max(dilation - time, 0), 0))
    return kept.transpose(0, 1).roll(time % dilation, 0)


def _check(model, kind, context):
    if not isinstance(model, kind):
        raise ModelInvalid(f"this needs a {kind.__name__}, got a {type(model).__name__}")
    least = 1 if kind is WaveNet else model.receptive_field + 1
    levels = model.head[-1].out_channels
    whole = context.dtype == torch.int64 and context.ndim == 2
    if not whole or context.shape[1] < least:
        raise ModelInvalid(
            f"the context must be levels (batch, time) of int64, at least {least} samples, got "
            f"{context.dtype} of shape {tuple(context.shape)}"
        )
    if context.min() < 0 or context.max() >= levels:
        raise ModelInvalid(f"this network knows levels from 0 to {levels - 1}; encode with as many")


def _check_numbers(n, temperature=1.0):
    if n < 1 or not 0 <= temperature < float("inf"):
        raise ModelInvalid(
            f"n must be 1 or more and temperature 0 or more, got {n} and {temperature}"
        )
