"""Exported networks say in onnxruntime what they say in torch. Skipped without the extra "onnx"."""

import pytest
import torch

from ecgbook import models

pytest.importorskip("onnxscript")
onnxruntime = pytest.importorskip("onnxruntime")

NETWORKS = [
    ("course_cnn", {}),
    ("mlp", {}),
    ("vanilla_cnn", {}),
    ("vanilla_cnn", {"pool": "channels"}),
    ("fourier_cnn", {}),
    ("vanilla_rnn", {"units": 8}),
    ("bilstm", {"units": 8}),
    ("bottleneck_resnet", {"depth": 11}),
    ("dilated_bilstm", {}),
    ("beat_autoencoder", {}),
    ("encoder_classifier", {}),
    ("beat_transformer", {}),
    ("beat_transformer", {"pool": "token", "positions": "sinusoidal"}),
    ("beat_resnet", {}),
    ("segment_lstm", {"units": 8}),
    ("segment_bilstm", {"units": 8}),
    ("crnn", {}),
    ("crann", {}),
    ("rhythm_crnn", {}),
    ("wavenet", {"layers": 3}),
    ("block_wavenet", {"layers": 3}),
    ("resu_dense", {"width": 8, "middle": 4, "dense": (2, 2), "growth": 2, "heads": 2}),
    ("resu_dense", {"width": 8, "middle": 4, "dense": (1,), "heads": 2, "attention": "residual"}),
    ("ribeiro", {"time": 187, "widths": (4, 5, 6, 7, 8)}),
    ("xresnet1d101", {"stem": (4, 4, 8), "blocks": (1, 2), "width": 4}),
    ("nejedly", {"width": 8, "blocks": 2, "heads": 2}),
    ("mvms_net", {"names": ("II",), "width": 16, "stem": 8}),
    ("cpc", {"widths": (4, 6, 8), "units": 8, "width": 5}),
    ("cpc_classifier", {"widths": (4, 6, 8), "units": 8}),
    ("record_gru", {"leads": 1, "units": 8}),
    ("record_bigru_attention", {"leads": 1, "units": 8}),
    ("record_cnn_gru", {"leads": 1, "units": 8}),
]
OF_TWELVE = {"resu_dense", "ribeiro", "xresnet1d101", "nejedly", "mvms_net", "cpc"}
OF_TWELVE |= {"cpc_classifier"}
# Fewer for steps that are written out one by one, whole segments, and a long field.
TIME = {"vanilla_rnn": 40, "block_wavenet": 1024, "cpc": 300}
TIME |= dict.fromkeys(("segment_lstm", "segment_bilstm", "crnn", "crann"), 96)


# torch's exporter, not this package, uses what is deprecated.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "config"), NETWORKS)
def test_outputs_are_the_same(name, config, tmp_path):
    time = TIME.get(name, 187)
    config = {"leads": 1} | config if name in OF_TWELVE else config
    model = models.create_model(name, **config).eval()
    x = torch.randn(3, 1, time, generator=torch.Generator().manual_seed(0))
    agree(model, (x, torch.tensor([time, 17, 1])) if takes_length(name) else (x,), tmp_path)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("name", "config"),
    [
        ("alexnet_attention", {"size": 67, "width": 2, "hidden": (6, 5)}),
        ("picture_resnet", {"size": 32, "width": 4, "blocks": (1, 1)}),
        ("small_picture_net", {}),
        ("picture_mobilenet", {"size": 32, "width": 4}),
    ],
)
def test_outputs_of_pictures_are_the_same(name, config, tmp_path):
    model = models.create_model(name, **config).eval()
    agree(model, (torch.rand(3, 9, model.size, model.size),), tmp_path)


def takes_length(name):
    return "length" in models.info(name).inputs


def agree(model, batch, tmp_path):
    with torch.no_grad():
        torch.onnx.export(model, batch, dynamo=True, verbose=False).save(tmp_path / "m.onnx")
        expected = model(*batch)
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    names = [given.name for given in session.get_inputs()]
    given = {name: part.numpy() for name, part in zip(names, batch, strict=True)}
    output = torch.as_tensor(session.run(None, given)[0])
    torch.testing.assert_close(output, expected, atol=1e-4, rtol=1e-4)
