"""Chapter 9: what every method says of one set of signals, scored against one truth."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ecgbook import explain
from ecgbook.studies.explained_methods import METHODS, trivial
from ecgbook.studies.explained_scores import signal_scores

__all__ = ["Problem", "attributions", "more_resets", "reset_of", "scored"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Problem:
    """Signals of one class, where in them that class is to be seen, and networks that tell it.

    Parameters
    ----------
    networks : dict of str to torch.nn.Module
        By `ecgbook.studies.explained_methods.NETWORKS`; in eval mode.
    x : array of float32, shape (signal, lead, time)
    target : array of int, shape (signal,)
        The class that is explained.
    mask, qrs : arrays of bool, shape (signal, lead, time)
        The truth, and where QRS complexes are.
    patient : array, shape (signal,)
    fs : float
    evidence, seen : arrays, optional
        As of `ecgbook.studies.explained_scores.signal_scores`.
    methods : dict of str to callable
        Beside those of `ecgbook.studies.explained_methods.METHODS`.
    resets : sequence of torch.nn.Module
        More networks with reset weights: of ``reset`` each score is the mean over it and them, as
        one draw of weights may find a lesion by chance.
    steps, seed : int
        Of the curves of deletion and insertion; of the random explanation.
    """

    networks: Mapping
    x: np.ndarray
    target: np.ndarray
    mask: np.ndarray
    qrs: np.ndarray
    patient: np.ndarray
    fs: float
    evidence: np.ndarray | None = None
    seen: np.ndarray | None = None
    methods: Mapping | None = None
    resets: Sequence = ()
    steps: int = 20
    seed: int = 0


def reset_of(model, seed=0, draw=0):
    """Return a trained network with its weights drawn anew."""
    # Another seed than that of the training, or it would begin where that began.
    return explain.reset_weights(model, seed=1000 + seed + 100 * draw)


def more_resets(networks, n, seed=0):
    """Return ``n`` − 1 networks with reset weights, other draws than ``networks["reset"]``."""
    return [reset_of(networks["trained"], seed, draw) for draw in range(1, n)]


def attributions(problem):
    """Return what every method says of every network, by ``(method, network)``.

    Trivial explanations explain the network ``none``. Each is float32 (signal, lead, time).
    """
    found = {}
    for network, model in problem.networks.items():
        found |= {(name, network): own for name, own in _said_of(problem, model).items()}
    known = trivial(problem.x, problem.mask, problem.qrs, problem.fs, problem.seed)
    return found | {(name, "none"): own for name, own in known.items()}


def scored(problem):
    """Yield ``(fields, scores, agreement)`` of each explanation.

    ``fields`` are its method and network, ``scores`` those of `signal_scores`. ``agreement`` is
    the rank correlation of an explanation of the trained network with others, by name (signal,):
    with what other methods say of it, with the signal, and with what the same method says of the
    other networks. Of reset weights scores and agreement are means over all draws.
    """
    found = attributions(problem)
    drawn = [_said_of(problem, model) for model in problem.resets]
    for (method, network), own in found.items():
        again = [more[method] for more in drawn if method in more]
        draws = [own, *again] if network == "reset" else [own]
        scores = np.mean([_scores_of(problem, one) for one in draws], axis=0)
        alike = _agreement(found, method, again) if network == "trained" else {}
        yield {"method": method, "network": network}, scores, alike


def _said_of(problem, model):
    """Return what every method says of one network, by its name."""
    methods = METHODS | dict(problem.methods or {})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", explain.NeverPredicted)  # by a network that knows nothing
        return {
            name: method(model, problem.x, problem.target, problem.fs)
            for name, method in methods.items()
        }


def _scores_of(problem, attribution):
    about = {"evidence": problem.evidence, "seen": problem.seen, "steps": problem.steps}
    asked = problem.networks["trained"], problem.x, problem.target, attribution, problem.mask
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", explain.NeverPredicted)
        return signal_scores(*asked, **about)


def _agreement(found, method, resets):
    own, alike = found[method, "trained"], {}
    for (name, network), other in found.items():
        if name == method and network != "trained":
            others = [other, *resets] if network == "reset" else [other]
            alike[network] = np.mean([explain.rank_agreement(own, one) for one in others], axis=0)
        elif (name != method and network == "trained") or name == "signal":
            alike[name] = explain.rank_agreement(own, other)
    return alike
