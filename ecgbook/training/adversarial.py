"""Training of a generator against a discriminator: BeatGAN and MadeGAN, AE and MemAE alone."""

import numpy as np

from ecgbook.errors import TrainingFailed
from ecgbook.evaluation import auroc
from ecgbook.training.adversarial_step import AdversarialStep
from ecgbook.training.batches import Data, split_target
from ecgbook.training.checkpoint import Checkpoint
from ecgbook.training.distributed import process_group
from ecgbook.training.epochs import run_epochs
from ecgbook.training.fit import check_names
from ecgbook.training.optim import native_precision
from ecgbook.training.scoring import anomaly_scores, checked_beats

__all__ = ["fit_adversarial"]


def fit_adversarial(
    generator,
    discriminator,
    train,
    valid,
    *,
    task=None,
    epochs=20,
    batch_size=64,
    lr=1e-3,
    feature_weight=1.0,
    entropy_weight=0.0,
    restart_below=5e-6,
    patience=None,
    augment=None,
    precision="float32",
    seed=0,
    device=None,
    checkpoint=None,
    on_epoch=None,
    progress=True,
    **unknown,
):
    """Train a generator to give back normal beats, and leave it with its best epoch's weights.

    The discriminator learns to tell beats from what the generator makes of them; the generator, to
    give beats back so that the discriminator's features agree, too. Both take one step a batch, see
    `AdversarialStep`, under one cosine schedule. All chance of an epoch is drawn from (seed,
    epoch), so a resumed run on a CPU goes on bit for bit. Errors are those of `fit`.

    Parameters
    ----------
    generator : torch.nn.Module
        ``recall(x)`` returns beats like ``x`` and the mixture of its memory, or None.
    discriminator : torch.nn.Module or None
        Made by `ecgbook.models.create_model`; returns logits, and from ``features(x)`` what it sees
        before. None trains by reconstruction alone.
    train : Examples, or array or tensor of float32, shape (beat, 1, time)
        Normal beats between −1 and 1.
    valid : Examples, or tuple ``(x, y)``
        Beats of both kinds. Without a task, ``y`` of a tuple says which are abnormal.
    task : Task, optional
        Judges the `anomaly_scores` of the validation beats by their labels; by default the AUROC of
        all beats that are not of class N.
    feature_weight, entropy_weight, restart_below : float
        Weights of two parts of the generator's loss, where the reconstruction has 1; the loss of a
        step below which the discriminator starts afresh.
    precision : {"float32", "bfloat16", "auto"}
        Arithmetic of the forward passes in training; losses are float32.
    epochs, batch_size, lr, patience, augment, seed, device, checkpoint, on_epoch, progress
        As for `ecgbook.training.fit`; ``seed`` is also that of restarts.

    Returns
    -------
    list of dict
        One record an epoch: ``epoch`` (from 1), ``lr`` (at its end), the mean of each part of the
        losses (``reconstruction``, with a discriminator ``discriminator`` and ``feature``, with an
        entropy_weight ``entropy``), ``restarts`` so far and ``valid_score``.
    """
    check_names("fit_adversarial", unknown)
    plan = {"epochs": epochs, "batch_size": batch_size, "lr": lr, "schedule": "cosine"}
    plan |= {"patience": patience, "sample_weights": None, "seed": seed}
    weights = {"reconstruction": 1.0, "feature": feature_weight, "entropy": entropy_weight}
    group = process_group(device)
    networks = {"generator": generator, "discriminator": discriminator}
    _check_networks(**networks, group=group, entropy_weight=entropy_weight)
    _check_settings(weights | {"restart_below": restart_below}, precision)
    train = checked_beats(train, "train")
    x_valid, y, select = _checked_valid(valid, task)

    precision = native_precision(precision, group.device)
    settings = plan | networks | {"precision": precision, "task": task, "augment": augment}
    settings |= {"weights": list(weights.values()), "restart_below": restart_below}
    settings |= {"train": train, "valid": [x_valid, y]}
    x_valid = x_valid.to(group.device)
    networks = {name: n.to(group.device) for name, n in networks.items() if n is not None}
    learner = AdversarialStep(networks, weights, restart_below, seed, precision)
    state = Checkpoint(checkpoint, settings, restarts=learner, **networks, **learner.optimizers)
    data = Data([train.to(group.device)])

    def step(batch, rate, chance):
        x = batch[0][0] if augment is None else augment(batch[0][0], chance)
        return learner.step(x, rate)

    def evaluate():
        score = float(select(y, anomaly_scores(generator, x_valid, progress=False)))
        return {"restarts": learner.restarts, "valid_score": score}

    run = {"group": group, "state": state, "on_epoch": on_epoch, "progress": progress}
    return run_epochs(networks, data, step, evaluate, plan=plan, **run)


def _check_settings(not_negative, precision):
    for name, value in not_negative.items():
        if not value >= 0:
            raise TrainingFailed(f"{name} must be at least 0, got {value}")
    if precision == "float16":  # its small gradients would vanish without a scaled loss
        raise TrainingFailed("precision must be float32 or bfloat16 here, got 'float16'")


def _check_networks(generator, discriminator, group, entropy_weight):
    if group.world_size > 1:
        raise TrainingFailed(
            f"two networks train in one process, not {group.world_size}; use no torchrun"
        )
    if entropy_weight > 0 and not hasattr(generator, "memory"):
        raise TrainingFailed(
            f"entropy_weight must be 0 for this {type(generator).__name__} without a memory, "
            f"got {entropy_weight}; or train a memory_autoencoder"
        )
    if discriminator is not None and not hasattr(discriminator, "config"):
        raise TrainingFailed(
            f"discriminator must be made by models.create_model, to be made again at a restart, "
            f"got {type(discriminator).__name__}"
        )


def _checked_valid(valid, task):
    """Return validation beats, their labels, and what scores both."""
    (x, *_), y = split_target(valid, "valid")
    x, y = checked_beats(x, "x of valid"), np.asarray(y)
    if y.shape != (len(x),):
        raise TrainingFailed(f"valid has {len(x)} beats and labels of shape {y.shape}")
    if task is not None:
        task.check(valid if hasattr(valid, "feature_names") else y)
        return x, y, task.selection
    classes = getattr(valid, "classes", None)
    if classes and "N" not in classes:
        raise TrainingFailed("no class of valid is N; write task=tasks.reconstruction(...)")
    return x, y != classes.index("N") if classes else y, auroc
