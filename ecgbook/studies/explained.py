"""Chapter 9: what every method says of one set of signals, scored against one truth."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ecgbook import explain
from ecgbook.studies.explained_methods import METHODS, trivial
from ecgbook.studies.explained_scores import signal_scores

__all__ = ["Problem", "attributions", "scored"]


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
    steps: int = 20
    seed: int = 0


def attributions(problem):
    """Return what every method says of every network, by ``(method, network)``.

    Trivial explanations explain the network ``none``. Each is float32 (signal, lead, time).
    """
    methods, found = METHODS | dict(problem.methods or {}), {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", explain.NeverPredicted)  # by a network that knows nothing
        for network, model in problem.networks.items():
            for name, method in methods.items():
                own = method(model, problem.x, problem.target, problem.fs)
                found[name, network] = own
    known = trivial(problem.x, problem.mask, problem.qrs, problem.fs, problem.seed)
    return found | {(name, "none"): own for name, own in known.items()}


def scored(problem):
    """Yield ``(fields, scores, agreement)`` of each explanation.

    ``fields`` are its method and network, ``scores`` those of `signal_scores`. ``agreement`` is
    the rank correlation of an explanation of the trained network with others, by name (signal,):
    with what other methods say of it, with the signal, and with what the same method says of the
    other networks.
    """
    found = attributions(problem)
    about = {"evidence": problem.evidence, "seen": problem.seen, "steps": problem.steps}
    model = problem.networks["trained"]
    for (method, network), own in found.items():
        asked = model, problem.x, problem.target, own, problem.mask
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", explain.NeverPredicted)
            scores = signal_scores(*asked, **about)
        alike = _agreement(found, method) if network == "trained" else {}
        yield {"method": method, "network": network}, scores, alike


def _agreement(found, method):
    own, alike = found[method, "trained"], {}
    for (name, network), other in found.items():
        if name == method and network != "trained":
            alike[network] = explain.rank_agreement(own, other)
        elif (name != method and network == "trained") or name == "signal":
            alike[name] = explain.rank_agreement(own, other)
    return alike
