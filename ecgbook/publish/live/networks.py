"""How each kind of released network is made of the steps of a page."""

from functools import singledispatch

from ecgbook.errors import ModelInvalid
from ecgbook.models.heartbeat_cnn import CourseCNN
from ecgbook.models.madegan import MemoryAutoencoder
from ecgbook.models.record_resnet import RecordResNet
from ecgbook.models.resnet import BeatResNet
from ecgbook.models.rhythm_crnn import RhythmCRNN
from ecgbook.publish.live.program import Program, lower

__all__ = ["program_of"]


def program_of(model):
    """Return the `Program` of a network, and its outputs: the name of each and of its tensor.

    Networks that classify give ``logits`` (class, 1); one that reconstructs gives ``again``
    (1, time); one with attention gives ``attention`` (1, step) as well.

    Raises
    ------
    ModelInvalid
        If nobody has said how such a network is made of steps.

    Examples
    --------
    >>> from ecgbook.models import create_model
    >>> program, outputs = program_of(create_model("course_cnn"))
    >>> len(program.steps), outputs
    (25, {'logits': 't24'})
    """
    program = Program()
    return program, _outputs(model, program)


@singledispatch
def _outputs(model, program):
    raise ModelInvalid(f"no page can run a {type(model).__name__}: say how in publish/live")


@_outputs.register
def _(model: MemoryAutoencoder, program):
    code = lower(model.encoder.head, program, lower(model.encoder.features, program, "x"))
    return {"again": lower(model.decoder, program, lower(model.memory, program, code))}


@_outputs.register
def _(model: CourseCNN, program):
    seen = program.add("pool", lower(model.trunk, program, "x"), how="max")
    return {"logits": lower(model.head, program, seen)}


@_outputs.register
def _(model: BeatResNet, program):
    seen = _trunk(model.trunk, program)
    ways = {"mean": ["mean"], "max": ["max"], "both": ["mean", "max"]}[model.pool]
    taken = [program.add("pool", seen, how=way) for way in ways]
    return {"logits": lower(model.head, program, program.add("concat", *taken))}


@_outputs.register
def _(model: RecordResNet, program):
    seen = _trunk(model.trunk, program)
    taken = [program.add("pool", seen, how=way) for way in ("mean", "max")]
    return {"logits": lower(model.head, program, program.add("concat", *taken))}


@_outputs.register
def _(model: RhythmCRNN, program):
    if model.weights is None:
        raise ModelInvalid(f"no page can run a RhythmCRNN with pool={model.pool!r}, only attention")
    x = _relu(program, lower(model.stem, program, "x"))
    for block in model.blocks:
        first = _relu(program, lower(block.first, program, x))
        x = _residual(program, lower(block.second, program, first), x, block.shortcut)
    both = lower(model.forwards, program, x), lower(model.backwards, program, x, backwards=True)
    states = program.add("concat", *both)
    weights = lower(model.weights, program, states)
    logits = lower(model.head, program, program.add("weigh", weights, states))
    return {"logits": logits, "attention": weights}


def _trunk(layers, program):
    """Add layers of which some are blocks with a way and a shortcut beside it."""
    x = "x"
    for layer in layers:
        if hasattr(layer, "shortcut"):
            x = _residual(program, lower(layer.way, program, x), x, layer.shortcut)
        else:
            x = lower(layer, program, x)
    return x


def _residual(program, way, x, shortcut):
    beside = x if shortcut is None else lower(shortcut, program, x)
    return _relu(program, program.add("add", way, beside))


def _relu(program, x):
    return program.add("activate", x, curve="relu")
