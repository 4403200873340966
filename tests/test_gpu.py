"""What a GPU computes is what the processor computes: every model, training, pictures, reasons."""

import copy
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from ecgbook import images, released
from ecgbook.datasets import Ragged
from ecgbook.models import create_model, generate
from ecgbook.results import machine
from ecgbook.training import fit, fit_adversarial, load_released, predict, pretrain
from ecgbook.training.augment import augment_beats
from ecgbook.training.augment_leads import augment_leads
from ecgbook.training.augment_recordings import augment_recordings
from ecgbook.training.lead_dropout import lead_dropout
from tests.explain import looking
from tests.models.test_registry import build, each_example
from tests.training.adversaries import TRAIN, VALID, Enough, networks, stop_after
from tests.training.stand_ins import SINGLE, Examples
from tests.training.test_contrastive import SMALL, heartbeats

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")

GPU = torch.device("cuda", 0)
AUGMENTS = (augment_beats, augment_leads, augment_recordings, lead_dropout())


@pytest.fixture(autouse=True)
def one_order():
    """Sums in one order and in full precision."""
    precise = torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic
    torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic = False, True
    yield
    torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic = precise


def beats(n=240, leads=1, time=320, seed=0):
    """Return beats that their height tells apart, (n, lead, time), and their classes."""
    random = np.random.default_rng(seed)
    y = random.integers(0, 3, n)
    x = random.normal(size=(n, leads, time)).astype(np.float32)
    x[:, 0] += 2 * y[:, None]
    return x, y


def trained(checkpoint=None, *, device=GPU, epochs=6, data=None, model=None, **options):
    model = model or create_model("beat_cnn", classes=3, width=8)
    x, y = data or beats()
    parts = (x[:160], y[:160]), (x[160:], y[160:])
    how = {"task": SINGLE, "batch_size": 48, "lr": 1e-2, "progress": False, "device": device}
    history = fit(model, *parts, epochs=epochs, checkpoint=checkpoint, **how, **options)
    return model, history


@each_example
def test_models_answer_as_on_the_processor(example):
    model, batch = build(example).eval(), example.batch(n=4)
    expected = model(*batch)
    on_gpu = copy.deepcopy(model).to(GPU)(*(x.to(GPU) for x in batch))
    torch.testing.assert_close(on_gpu.cpu(), expected, rtol=1e-3, atol=1e-4)


@each_example
def test_gradients_are_those_of_the_processor(example):
    model = build(example).eval()
    # Layers over time have gradients on a GPU only while they are in train mode.
    layers = [m for m in model.modules() if isinstance(m, torch.nn.RNNBase)]
    for layer in layers:
        layer.train().dropout = 0
    twin, batch = copy.deepcopy(model).to(GPU), example.batch(n=4)
    model(*batch).square().mean().backward()
    twin(*(x.to(GPU) for x in batch)).square().mean().backward()
    pairs = [
        (name, ours.grad, theirs.grad.cpu())
        for (name, ours), theirs in zip(model.named_parameters(), twin.parameters(), strict=True)
        if ours.grad is not None
    ]
    largest = max(ours.norm() for _, ours, _ in pairs)
    for name, ours, theirs in pairs:
        assert (theirs - ours).norm() < 0.03 * ours.norm() + 1e-4 * largest, name


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_training_learns_and_resumes(tmp_path, precision):
    whole, history = trained(precision=precision)
    assert next(whole.parameters()).device == GPU
    assert history[-1]["valid_score"] > 0.9
    with pytest.raises(Enough):
        trained(tmp_path / "file", precision=precision, on_epoch=stop_after(2))
    resumed, again = trained(tmp_path / "file", precision=precision)
    assert again == history
    for name, value in whole.state_dict().items():
        torch.testing.assert_close(resumed.state_dict()[name], value, rtol=0, atol=0, msg=name)


def test_the_gpu_is_taken_where_there_is_one_and_told_of():
    model, _ = trained(device=None)
    assert next(model.parameters()).device.type == "cuda"
    about = machine()
    assert about["device"] == torch.cuda.get_device_name()
    assert about["device_peak_mb"] > 0


def test_what_a_gpu_has_learnt_the_processor_goes_on_with(tmp_path):
    trained(tmp_path / "file", epochs=2)
    model, history = trained(tmp_path / "file", epochs=2, device="cpu")
    assert len(history) == 2
    assert next(model.parameters()).device.type == "cpu"
    x, _ = beats(seed=1)
    said = predict(model, x, progress=False)
    np.testing.assert_allclose(predict(model.to(GPU), x, progress=False), said, atol=1e-3)


@pytest.mark.parametrize("augment", AUGMENTS, ids=lambda a: getattr(a, "__name__", "lead_dropout"))
def test_recordings_are_varied_on_the_gpu(augment):
    x = torch.randn(4, 12, 400, device=GPU)
    chance = [torch.Generator(GPU).manual_seed(0) for _ in range(2)]
    first, again = (augment(x, generator) for generator in chance)
    assert first.device == GPU
    assert torch.equal(first, again)


def test_recordings_of_any_length_are_learnt():
    x, y = beats(time=600)
    lengths = np.random.default_rng(0).integers(400, 600, len(x))
    ragged = Ragged.of([one[:, :n] for one, n in zip(x, lengths, strict=True)])
    parts = [Examples(_part(ragged, rows), y[rows]) for rows in (slice(160), slice(160, None))]
    model = create_model("rhythm_crnn", classes=3)
    how = {"augment": augment_recordings, "batch_size": 16, "precision": "auto"}
    fit(model, *parts, task=SINGLE, epochs=2, device=GPU, progress=False, **how)
    said = predict(model, parts[1].x, progress=False)
    on_cpu = predict(model.to("cpu"), parts[1].x, progress=False)
    np.testing.assert_allclose(said, on_cpu, atol=1e-2)


def _part(ragged, rows):
    return Ragged(ragged.samples, ragged.start[rows], ragged.length[rows])


def test_an_adversarial_pair_and_a_pretraining_run():
    generator, discriminator = networks()
    how = {"batch_size": 8, "device": GPU, "progress": False}
    history = fit_adversarial(generator, discriminator, TRAIN, VALID, epochs=2, **how)
    assert len(history) == 2
    assert next(generator.parameters()).device == GPU
    encoder, x = create_model("cpc", **SMALL), heartbeats()
    history = pretrain(encoder, x[:64], x[64:], epochs=2, batch_size=32, device=GPU, progress=False)
    assert all(np.isfinite(record["valid_loss"]) for record in history)


@pytest.mark.parametrize("temperature", [0, 1])
def test_generated_samples_are_those_of_the_processor(temperature):
    model = create_model("wavenet", channels=8, skip=8)
    context = torch.randint(0, 256, (3, 50), generator=torch.Generator().manual_seed(1))
    how = {"temperature": temperature}
    ours, theirs = (
        generate(model.to(device), context, 40, generator=torch.Generator().manual_seed(2), **how)
        for device in ("cpu", GPU)
    )
    assert theirs.device == GPU
    assert torch.equal(theirs.cpu(), ours)


@pytest.mark.parametrize("size", [None, 64])
def test_pictures_are_those_of_the_processor(size):
    x = torch.randn(3, 3, 256, generator=torch.Generator().manual_seed(0))
    pictures = [lambda x, f=f: f(x, size) for f in (images.gasf, images.gadf, images.mtf)]
    pictures += [images.recurrence, lambda x: images.nine_channels(x, 64)]
    for picture in pictures:
        made = picture(x.to(GPU))
        assert made.device == GPU
        torch.testing.assert_close(made.cpu(), picture(x), rtol=0, atol=1e-5)


@pytest.mark.filterwarnings("ignore::ecgbook.explain.NeverPredicted")
@pytest.mark.parametrize("name", [*looking.METHODS, *looking.BY_LAYER])
def test_explanations_are_those_of_the_processor(name):
    x = looking.signals()
    method = (looking.METHODS | looking.BY_LAYER)[name]
    model, how = (
        (looking.LooksAtOnePlace().eval(), {"layer": "window"})
        if name in looking.BY_LAYER
        else (looking.beat_cnn(), {})
    )
    expected = method(model, x, 1, **how)
    found = method(copy.deepcopy(model).to(GPU), x, 1, **how)
    assert isinstance(found, np.ndarray)
    np.testing.assert_allclose(found, expected, atol=2e-3 * np.abs(expected).max())


@pytest.mark.parametrize("name", released.names())
def test_released_weights_answer_as_on_the_processor(name):
    model, _ = load_released(name)
    shape = (4, model.config.get("leads", 1), 320)
    x = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    expected = predict(model, x, progress=False)
    np.testing.assert_allclose(predict(model.to(GPU), x, progress=False), expected, atol=1e-3)


def test_several_processes_may_share_their_gradients(tmp_path):
    """One process under torchrun: the way that many take, with the GPU's own transport."""
    script = tmp_path / "script.py"
    script.write_text(
        "from tests.test_gpu import trained\n"
        "import torch.distributed as dist\n"
        "model, history = trained(device=None)\n"
        "assert dist.get_backend() == 'nccl', dist.get_backend()\n"
        "assert history[-1]['valid_score'] > 0.9\n"
    )
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=1"]
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [sys.executable, *launcher, str(script)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stderr
