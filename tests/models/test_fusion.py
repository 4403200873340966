"""Fusion: sizes of the published heads, what is frozen, and patients who do not see each other."""

import pytest
import torch

from ecgbook.errors import ModelInvalid
from ecgbook.models import (
    CrossAttentionFusion,
    EarlyFusion,
    JointFusion,
    PatientAttention,
    count_parameters,
    create_model,
)
from tests.models.examples import Example, linear
from tests.models.test_pictures import ALEX, alexnet, small
from tests.models.test_records import stack

PARTS = {
    "leads": 1,
    "classes": 3,
    "signal_config": {"units": 4},
    "image_config": ALEX,
}
CROSS = {
    "leads": 1,
    "classes": 3,
    "signal_config": {"units": 4},
    "image_config": {"size": 32, "widths": (4, 6)},
    "tokens": 5,
    "width": 8,
    "heads": 2,
}
# Maps of AlexNet on 67 pixels have a side of 3, pooled by three 1.
EARLY_HEAD = linear(256, 7) + linear(8 + 7, 14) + linear(14, 7) + linear(7, 3)
JOINT_HEAD = linear(5, 7) + linear(8 + 7, 6) + linear(6, 5) + linear(5, 3)
SIGNAL = stack(3, 1, 4, 2, 3, ways=2)
IMAGE = alexnet(2, (6, 5), 1)
LOOK = 2 * 16 + 2 * 64 + 2 * linear(8, 8)  # norms, query and key, value and join


def frozen_names():
    model = EarlyFusion(**PARTS)
    return tuple(name for name, p in model.named_parameters() if not p.requires_grad)


EXAMPLES = [
    Example("late_fusion", {}, ((2, 4),), (4,), 6_660),
    Example(
        "early_fusion",
        PARTS | {"hidden": 7},
        ((1, 256),),
        (3,),
        EARLY_HEAD,
        idle=frozen_names(),
    ),
    Example(
        "joint_fusion",
        PARTS | {"hidden": (7, 6, 5)},
        ((1, 256),),
        (3,),
        SIGNAL - linear(8, 3) + IMAGE - linear(5, 3) + JOINT_HEAD,
    ),
    Example(
        "cross_attention_fusion",
        CROSS,
        ((1, 100),),
        (3,),
        SIGNAL - linear(8, 3) + small((4, 6), 3, 3) - linear(12, 3)
        + linear(8, 8) + linear(6, 8) + 2 * LOOK + linear(16, 3),
    ),
]  # fmt: skip


def own(model):
    """Parameters beside those of the two networks."""
    parts = ("signal.", "image.")
    return sum(p.numel() for name, p in model.named_parameters() if not name.startswith(parts))


def signals(n=4, seed=0):
    return torch.randn(n, 1, 256, generator=torch.Generator().manual_seed(seed))


def test_heads_have_as_many_parameters_as_published():
    with torch.device("meta"):
        early, joint = EarlyFusion(), JointFusion()
    assert own(early) == count_parameters(early) == 1_443_844
    assert own(joint) == 2_230_788
    assert count_parameters(joint) > 48_000_000  # the networks learn as well
    assert count_parameters(create_model("late_fusion")) == 6_660


def test_early_fusion_leaves_its_networks_alone():
    model = create_model("early_fusion", **PARTS)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    step = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], 0.1)
    model.train()
    assert model.head.training
    assert not model.signal.training  # so that dropout is off there
    assert not model.image.training
    model(signals()).square().mean().backward()
    step.step()
    for name, value in model.state_dict().items():
        same = torch.equal(value, before[name])
        assert same == name.startswith(("signal.", "image.")), name


def test_early_fusion_reads_the_backward_state_where_it_has_read_all():
    # All samples change but the last. Pictures change too, so their layer is shut.
    outputs = {}
    x, other = signals(), signals(seed=1)
    other[:, :, -1] = x[:, :, -1]
    for backward in ("first", "last"):
        config = PARTS["signal_config"] | {"layers": 1}
        model = create_model(
            "early_fusion", **PARTS | {"signal_config": config, "backward": backward}
        ).eval()
        torch.nn.init.zeros_(model.picture.weight)
        with torch.no_grad():
            model.head[0].weight[:, :4] = 0  # and the forward state is not read
            outputs[backward] = torch.allclose(model(x), model(other), atol=1e-6)
    assert outputs == {"first": False, "last": True}


@pytest.mark.parametrize("fusion", ["early_fusion", "joint_fusion"])
def test_trained_networks_are_taken_over(fusion):
    sizes = {"leads": 1, "classes": 3}
    signal = create_model("record_bigru", seed=1, **sizes, units=4).eval()
    image = create_model("alexnet", seed=1, **sizes, **ALEX).eval()
    model, x = create_model(fusion, **PARTS).eval(), signals()
    model.take_over(signal, image)
    torch.testing.assert_close(model.signal.features(x), signal.features(x))
    torch.testing.assert_close(model.image.maps(x), image.maps(x))
    with pytest.raises(ModelInvalid, match="weights of a RecordBiGRU do not fit the RecordBiGRU"):
        model.take_over(create_model("record_bigru", **sizes, units=5), image)
    with pytest.raises(ModelInvalid, match="weights of a RecordGRU do not fit"):
        model.take_over(create_model("record_gru", **sizes, units=4), image)


def test_cross_attention_looks_within_a_recording():
    model, x = create_model("cross_attention_fusion", **CROSS).eval(), signals()
    weights = model.attention(x)
    assert weights.shape == (4, 2, 5, 16 * 16)  # (batch, head, moment, place)
    torch.testing.assert_close(weights.sum(dim=3), torch.ones(4, 2, 5))
    torch.testing.assert_close(model(x)[:1], model(x[:1]))
    with pytest.raises(ModelInvalid, match="multiple of heads=3"):
        CrossAttentionFusion(**CROSS | {"heads": 3})


def test_attention_across_patients_depends_on_who_is_there():
    torch.manual_seed(0)
    layer, x = PatientAttention(8), torch.randn(5, 8)
    together, alone = layer(x)[:1], layer(x[:1])
    assert not torch.allclose(together, alone, atol=1e-3)
    torch.testing.assert_close(alone, layer.value(x[:1]))  # the weight of one alone is 1
    torch.testing.assert_close(layer.weights(x).sum(dim=1), torch.ones(5))


def test_an_unknown_network_is_refused():
    with pytest.raises(ModelInvalid, match="did you mean"):
        create_model("joint_fusion", image="alexnett")
    with pytest.raises(ModelInvalid, match="backward must be one of"):
        create_model("early_fusion", **PARTS | {"backward": "middle"})
