"""Chapter 5: a network for the leads and one for their pictures, and the ways to join the two.

One unit of work trains both networks once. What it tells of them and of their fusions is about the
same two, so a fusion is compared with its own parts.
"""

from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from scipy.special import expit
from sklearn.model_selection import GroupKFold
from torch import nn

from ecgbook.datasets import Examples, Split
from ecgbook.studies import picture_methods as methods
from ecgbook.studies.picture_recipes import RECIPES, epochs_of, made
from ecgbook.studies.study import Work

__all__ = [
    "FUSIONS",
    "PARTS",
    "Trained",
    "answer",
    "cross_fitted",
    "fit_head",
    "said_of",
    "trained",
]

# The network for the leads and the one for the pictures, by the name of their pair.
PARTS = {
    "small_parts": ("record_resnet", "small_picture_net"),
    "published_parts": ("record_bigru", "alexnet"),
}
_FOLDS = 5


class Trained(NamedTuple):
    """Both networks of a pair after their training, and what they learnt from."""

    records: Examples
    split: Split
    work: Work
    networks: dict  # by method: the one for the leads first

    @property
    def rows(self):
        """What is learnt, chosen on and tested, by name."""
        learnt = methods.learnt_rows(self.split, self.work.training, self.work.seed)
        return {"train": learnt, "valid": self.split.valid, "test": self.split.test}

    def options(self, name):
        """Return settings of `ecgbook.training.fit` for one of the trainings of this unit."""
        return _options(self.work, name)

    def fusion(self, method, *, take_over=True, **config):
        """Return an untrained fusion of a recipe, with the weights of the networks or without."""
        signal, image = (RECIPES[name] for name in self.networks)
        config |= {"signal": signal.model, "signal_config": dict(signal.config)}
        config |= {"image": image.model, "image_config": dict(image.config)}
        model = made(method, seed=self.work.seed, **config)
        if take_over:
            model.take_over(*self.networks.values())
        return model


def trained(records, split, work):
    """Train both networks of a pair, each as it is trained on its own."""
    how = {"weights": work.case["weights"]}
    networks = {
        name: methods.train(records, split, work.training, name, **how, **_options(work, name))
        for name in PARTS[work.case["method"]]
    }
    return Trained(records, split, work, networks)


def said_of(pair, part):
    """Return the probabilities of both networks, float32 (record, network, class).

    ``part`` is train, valid or test.
    """
    records = pair.records[pair.rows[part]]
    said = [methods.logits_of(model, records, name) for name, model in pair.networks.items()]
    return np.stack([expit(one) for one in said], axis=1).astype(np.float32)


def fit_head(y, probability, training, *, chosen_on=None, **options):
    """Train the head of a late fusion on probabilities (record, network, class).

    It sees each of them as often as its recipe says. ``chosen_on`` is ``(probability, y)`` of other
    records, by whose loss the epoch is chosen; without it, it is the loss of the same.
    """
    from ecgbook.training import fit

    _, networks, classes = probability.shape
    seed = options.get("seed", 0)
    head = made("late_fusion", seed=seed, networks=networks, classes=classes)
    how = {"task": replace(methods.TASK, select="loss")}
    how |= {"epochs": epochs_of("late_fusion", training, len(y)), "progress": False}
    learnt = probability, y
    fit(head, learnt, chosen_on or learnt, **how | RECIPES["late_fusion"].fit | options)
    return head


def cross_fitted(y, probability, patient, training, **options):
    """Return the logits of heads that have learnt from other patients, float32 (record, class).

    They show what a head is worth on the records that it is fitted on.
    """
    logits = np.empty(y.shape, np.float32)
    folds = GroupKFold(min(_FOLDS, len(set(patient))), shuffle=True, random_state=0)
    for learnt, held_out in folds.split(y, groups=patient):
        head = fit_head(y[learnt], probability[learnt], training, **options)
        logits[held_out] = _asked(head, probability[held_out])
    return logits


def _late(pair, name):
    """Fit the head on validation, where the networks have learnt nothing."""
    valid, test = (said_of(pair, part) for part in ("valid", "test"))
    rows, training = pair.split.valid, pair.work.training
    y, seed = pair.records.y[rows], {"seed": pair.work.seed}
    head = fit_head(y, valid, training, **seed)
    return cross_fitted(y, valid, pair.records.patient[rows], training, **seed), _asked(head, test)


def _late_on_training(pair, name):
    """Fit the head on what the networks say of records that they have learnt by heart."""
    seen, valid, test = (said_of(pair, part) for part in ("train", "valid", "test"))
    y_seen, y_valid = (pair.records.y[pair.rows[part]] for part in ("train", "valid"))
    how = {"chosen_on": (valid, y_valid), "seed": pair.work.seed}
    head = fit_head(y_seen, seen, pair.work.training, **how)
    return _asked(head, valid), _asked(head, test)


def _early(pair, name, backward="first"):
    """Train layers over the features of both networks, which are computed once."""
    from ecgbook.training import fit

    fusion = pair.fusion("early_fusion", backward=backward)
    recipe, parts, y = RECIPES[next(iter(pair.networks))], _Parts(fusion), pair.records.y
    seen = {}
    for part, rows in pair.rows.items():
        shown = methods.shown(pair.records[rows], recipe)
        seen[part] = _asked(parts, shown.x), y[rows]
    head = _Joined(fusion, parts.n_states)
    epochs = epochs_of("early_fusion", pair.work.training, len(seen["train"][1]))
    how = {"task": methods.TASK, "epochs": epochs, **RECIPES["early_fusion"].fit}
    fit(head, seen["train"], seen["valid"], **how, **pair.options(name))
    return [_asked(head, seen[part][0]) for part in ("valid", "test")]


def _whole(pair, name, take_over=True):
    """Train both networks and the layers over them together."""
    fusion = pair.fusion(name, take_over=take_over)
    given = pair.records, pair.split, pair.work.training
    methods.fitted(fusion, *given, name, **pair.options(name))
    rows = pair.split.valid, pair.split.test
    return [methods.logits_of(fusion, pair.records[part], name) for part in rows]


FUSIONS = {
    "small_parts": {
        "late_fusion": _late,
        "late_fusion_on_training": _late_on_training,
        "early_fusion": _early,
        "joint_fusion": _whole,
        "joint_fusion_scratch": partial(_whole, take_over=False),
        "cross_attention": _whole,
    },
    "published_parts": {
        "published_late_fusion": _late,
        "published_late_fusion_on_training": _late_on_training,
        "published_early_fusion": _early,
        "published_early_fusion_backward_last": partial(_early, backward="last"),
        "published_joint_fusion": _whole,
    },
}


def answer(records, split, work):
    """Answer with both networks of a pair, each alone, and with all fusions of the two."""
    pair, answers = trained(records, split, work), []
    said = {name: _alone(pair, name) for name in pair.networks}
    fusions = FUSIONS[work.case["method"]]
    said |= {name: fuse(pair, name) for name, fuse in fusions.items()}
    y = records.y[split.valid]
    for name, (valid, test) in said.items():
        thresholds = methods.thresholds_of(name)
        answers += methods.answers_at(y, valid, test, thresholds, method=name)
    return answers


def _alone(pair, name):
    rows = pair.split.valid, pair.split.test
    model = pair.networks[name]
    return [methods.logits_of(model, pair.records[part], name) for part in rows]


def _asked(model, x):
    from ecgbook.training import predict

    return predict(model, x, batch_size=32, progress=False)


def _options(work, name):
    own = work.checkpoint and work.checkpoint.with_suffix(f".{name}")
    return {"progress": work.progress, "checkpoint": own, "seed": work.seed}


class _Parts(nn.Module):
    """What the frozen networks of an early fusion give of recordings, side by side."""

    def __init__(self, fusion):
        super().__init__()
        self.fusion = fusion
        self.n_states = fusion.head[0].in_features - fusion.picture.out_features

    def forward(self, x):
        return torch.cat(self.fusion.parts(x), dim=1)


class _Joined(nn.Module):
    """The layers of an early fusion that learn, over what `_Parts` gives."""

    def __init__(self, fusion, n_states):
        super().__init__()
        self.fusion, self.n_states = fusion, n_states

    def forward(self, x):
        return self.fusion.joined(x[:, : self.n_states], x[:, self.n_states :])
