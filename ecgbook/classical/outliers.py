"""Outlier scores without a network: what an autoencoder of beats has to beat.

Every score learns from normal beats alone and gives each test beat a number, higher for a less
normal beat: ``score(train, test, **settings)``, both float32 of shape (beat, lead, time), to
float32 of shape (beat,). A ``seed`` is that of whatever is drawn. `RecordInvalid` is raised if
shapes disagree, there are too few beats, or a value is NaN or infinite; `ModelInvalid` if a
setting does not fit the beats. `negative_log_p` makes two scores addable.

>>> rng = np.random.default_rng(0)
>>> train, test = rng.normal(size=(500, 1, 8)), rng.normal(size=(3, 1, 8))
>>> test[1] += 3
>>> [int(score(train, test).argmax()) for score in (neighbour_distance, one_class_svm)]
[1, 1]
"""

import numpy as np
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import NearestNeighbors
from sklearn.svm import OneClassSVM

from ecgbook.errors import ModelInvalid, RecordInvalid

__all__ = ["isolation_score", "negative_log_p", "neighbour_distance", "one_class_svm", "pca_error"]

_OUTSIDE = 0.1  # at most this share of the stored beats may lie outside the SVM's boundary
_SVM_COMPONENTS = 50  # that the SVM sees: nearly all of a beat, in a sixth of the numbers
_SMALLER = "smaller of the numbers of training beats and of samples in a beat"


def pca_error(train, test, *, components=10, norm=2, seed=0):
    """Measure what is lost of a beat in the subspace that holds the normal ones best.

    An autoencoder with linear layers and a code of ``components`` numbers can do no better on
    the training beats (Baldi and Hornik 1989).

    Parameters
    ----------
    train, test : arrays of float32, shape (beat, lead, time)
    components : int, default 10
        Principal components that are kept; with 0 it is the distance from the mean beat.
    norm : {2, 1}
        Whether squared or absolute differences are averaged over leads and time.
    seed : int, default 0
        Of the approximate solver that scikit-learn takes if a large set has few beats for
        their length; otherwise the solution is exact.

    Returns
    -------
    array of float32, shape (beat,)
        Mean squared or absolute difference, in the unit of ``test``, squared for norm 2.
    """
    train, test = _flat(train, test)
    if norm not in (1, 2):
        raise ModelInvalid(f"norm must be 1 or 2, got {norm!r}")
    _check_number("components", components, least=0, most=min(train.shape), of=_SMALLER)
    if components == 0:  # which scikit-learn takes, but gives nothing back from
        rebuilt = train.mean(axis=0)
    else:
        pca = PCA(components, random_state=seed).fit(train)
        rebuilt = pca.inverse_transform(pca.transform(test))
    size = np.square if norm == 2 else np.abs
    return size(test - rebuilt).mean(axis=1, dtype=np.float32)


def neighbour_distance(train, test, *, k=1, stored=8000, seed=0):
    """Measure how far the most similar normal beats are: a memory without a network.

    Parameters
    ----------
    train, test : arrays of float32, shape (beat, lead, time)
    k : int, default 1
        Neighbours whose distances are averaged.
    stored : int, default 8000
        Training beats that are kept, drawn at random; all where there are fewer. At least two.

    Returns
    -------
    array of float32, shape (beat,)
        Mean Euclidean distance to the ``k`` nearest stored beats, in the unit of ``test``.
    """
    train, test = _flat(train, test)
    kept = _drawn(train, stored, seed)
    _check_number("k", k, most=len(kept), of="number of stored beats")
    # In so many dimensions a tree of neighbours is slower than all products of matrices.
    nearest = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(kept)
    distance, _ = nearest.kneighbors(test)
    return distance.mean(axis=1, dtype=np.float32)


def isolation_score(train, test, *, trees=100, seed=0):
    """Measure how few random cuts set a beat apart from others (Liu, Ting and Zhou 2008).

    Parameters
    ----------
    train, test : arrays of float32, shape (beat, lead, time)
    trees : int, default 100
        Trees of the forest, each grown on 256 beats.

    Returns
    -------
    array of float32, shape (beat,)
        2 to the power of minus the mean depth over its expectation, between 0 and 1; about
        0.5 where no beat is easier to isolate than the others.
    """
    train, test = _flat(train, test)
    _check_number("trees", trees)
    forest = IsolationForest(n_estimators=trees, random_state=seed).fit(train)
    return -forest.score_samples(test).astype(np.float32)


def one_class_svm(train, test, *, stored=3000, seed=0):
    """Measure how far beats lie outside a smooth boundary around normal ones.

    A support vector machine with a radial kernel (Schölkopf et al. 2001) on the first 50
    principal components. About a tenth of the stored beats lie outside the boundary.

    Parameters
    ----------
    train, test : arrays of float32, shape (beat, lead, time)
    stored : int, default 3000
        Training beats that it learns from, drawn at random; the cost grows with their square.

    Returns
    -------
    array of float32, shape (beat,)
        Minus the decision function: above 0 outside the boundary, below 0 within.
    """
    train, test = _flat(train, test)
    kept = _drawn(train, stored, seed)
    pca = PCA(min(_SVM_COMPONENTS, *kept.shape), random_state=seed).fit(kept)
    machine = OneClassSVM(nu=_OUTSIDE).fit(pca.transform(kept))
    return -machine.decision_function(pca.transform(test)).astype(np.float32)


def negative_log_p(normal, score):
    """Turn a score into the negative logarithm of its p-value among normal beats.

    Those of two scores in different units add up: twice the sum is Fisher's statistic, which is
    chi-squared with four degrees of freedom for normal beats if their two scores are independent
    and come from the same patients as ``normal``. Beats beyond all of them tie at ``log(1 + all)``.

    Parameters
    ----------
    normal, score : arrays of float, shapes (normal beat,) and (beat,)
        Scores of normal beats that nothing was learnt from, and those of the beats in question.

    Returns
    -------
    array of float32, shape (beat,)
        ``−log((1 + n) / (1 + all))`` with the number *n* of normal beats that score at least as
        much; 0 where all do.

    Raises
    ------
    RecordInvalid
        If there is no normal beat or a score is NaN.

    References
    ----------
    Fisher (1932), Statistical Methods for Research Workers, 4th ed., section 21.1. The 1 on
    either side keeps a share above 0 (Phipson and Smyth 2010,
    https://doi.org/10.2202/1544-6115.1585).

    Examples
    --------
    Of three normal beats one scores 2 or more, so 2 in 4:

    >>> negative_log_p([1.0, 1.0, 3.0], [0.0, 2.0, 9.0]).round(2)
    array([0.  , 0.69, 1.39], dtype=float32)
    """
    normal, score = np.sort(np.asarray(normal, dtype=float)), np.asarray(score, dtype=float)
    if not len(normal) or np.isnan(normal).any() or np.isnan(score).any():
        raise RecordInvalid(
            f"negative_log_p needs scores without NaN and at least one normal beat, got "
            f"{len(normal)} normal ones and {np.isnan(normal).sum() + np.isnan(score).sum()} NaN"
        )
    as_much = len(normal) - np.searchsorted(normal, score)
    return np.log((1 + len(normal)) / (1 + as_much)).astype(np.float32)


def _flat(train, test):
    """Return both as finite float32 of shape (beat, lead * time)."""
    train, test = (np.asarray(x, dtype=np.float32) for x in (train, test))
    alike = train.ndim == 3 and train.shape[1:] == test.shape[1:]
    if not alike or len(train) < 2 or not test.size:
        raise RecordInvalid(
            f"train and test need shape (beat, lead, time), alike but for the beats, of which "
            f"train has two or more; got {train.shape} and {test.shape}"
        )
    for name, x in {"train": train, "test": test}.items():
        if not np.isfinite([x.min(), x.max()]).all():
            bad = np.flatnonzero(~np.isfinite(x).all(axis=(1, 2)))
            raise RecordInvalid(
                f"{len(bad)} beats of {name} have missing or infinite values, the first is beat "
                f"{bad[0]}; fill short gaps with signals.fill_gaps or leave these beats out"
            )
    return train.reshape(len(train), -1), test.reshape(len(test), -1)


def _drawn(train, stored, seed):
    """Return the training beats that are stored, drawn without replacement."""
    _check_number("stored", stored, least=2)
    rng = np.random.default_rng(seed)
    return train if len(train) <= stored else train[rng.choice(len(train), stored, replace=False)]


def _check_number(name, value, *, least=1, most=np.inf, of=""):
    if not least <= value <= most:
        bounds = f"at least {least}" if np.isinf(most) else f"{least} to {most}, the {of}"
        raise ModelInvalid(f"{name} must be {bounds}; got {value}")
