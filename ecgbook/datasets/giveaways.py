"""Columns beside the signal that tell the class: record, source, padding, order, a feature."""

import numpy as np
import pandas as pd

from ecgbook.datasets.examples import as_text
from ecgbook.datasets.ragged import Ragged

__all__ = ["giveaways"]

_FEWEST = 10  # examples of a class and of the others, in either part
_MOST = 20_000  # examples of a part that are looked at
_NAMES = ("patient", "record")  # may look like numbers and are none
_LEAVES = 8


def giveaways(examples, split, *, seed=0):
    """Score how well each column of ``rows`` alone tells each class from the others.

    A column is learnt on the training part, numbers by a tree of eight leaves, names by the share
    of the class under each name, and asked on the test part. So a name that is not in training
    tells nothing there. Two columns are made: ``place``, how far down its part an example stands
    in the order of the split, which tells whether parts are sorted by class; and ``tail``, the
    number of samples at the end that do not change, which is padding that ``length`` keeps
    quiet about.

    Parameters
    ----------
    examples : Examples
    split : Split
    seed : int
        Seed of the draw where a part has more than 20,000 examples.

    Returns
    -------
    DataFrame
        ``column``, ``class``, ``auroc`` and ``n``, the test examples of the class; highest first.
        A class of which a part has fewer than ten examples, or fewer than ten others, is left out.
    """
    rng = np.random.default_rng(seed)
    parts = split.train, split.test
    taken = [np.sort(rng.permutation(len(part))[:_MOST]) for part in parts]
    learn, ask = (part[some] for part, some in zip(parts, taken, strict=True))
    place = np.concatenate([some / len(part) for part, some in zip(parts, taken, strict=True)])
    classes = np.arange(len(examples.classes))
    y = examples.y if examples.multi_label else examples.y[:, None] == classes
    rarer = [np.minimum(y[part].sum(axis=0), (~y[part]).sum(axis=0)) for part in (learn, ask)]
    kept = np.flatnonzero(np.min(rarer, axis=0) >= _FEWEST)
    found = []
    for name, column in _columns(examples, learn, ask, place):
        for k in kept:
            auroc = _auroc_of(column, name in _NAMES, y[learn, k], y[ask, k])
            found.append((name, examples.classes[k], auroc, int(y[ask, k].sum())))
    table = pd.DataFrame(found, columns=["column", "class", "auroc", "n"])
    return table.sort_values("auroc", ascending=False, kind="stable", ignore_index=True)


def _columns(examples, learn, ask, place):
    """Yield name and (learnt, asked) values of each column that is not the same everywhere."""
    both = np.r_[learn, ask]
    made = {"place": place, "tail": _tail(examples, both)}
    own = {name: examples.rows[name].to_numpy()[both] for name in examples.rows}
    for name, values in {**own, **made}.items():
        if len(pd.unique(values)) > 1:
            yield name, np.split(values, [len(learn)])


def _tail(examples, index):
    """Return how many samples at the end of each window equal the last one in every lead."""
    if isinstance(examples.x, Ragged):
        return np.zeros(len(index))
    tails = []
    for part in np.array_split(index, max(1, len(index) // 2000)):
        x = examples.x[part]
        moves = (x != x[:, :, -1:]).any(axis=1)[:, ::-1]
        tails.append(np.where(moves.any(axis=1), moves.argmax(axis=1), x.shape[2]))
    return np.concatenate(tails)


def _auroc_of(column, is_name, known, wanted):
    from sklearn.metrics import roc_auc_score

    learnt, asked = column
    is_name = is_name or learnt.dtype.kind not in "biuf"
    said = (_by_name if is_name else _by_tree)(learnt, known, asked)
    return float(roc_auc_score(wanted, said))


def _by_name(learnt, known, asked):
    share = pd.Series(known.astype(float)).groupby(as_text(learnt)).mean()
    return pd.Series(as_text(asked)).map(share).fillna(known.mean()).to_numpy()


def _by_tree(learnt, known, asked):
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_leaf_nodes=_LEAVES, class_weight="balanced", random_state=0)
    tree.fit(learnt[:, None].astype(float), known)
    return tree.predict_proba(asked[:, None].astype(float))[:, 1]
