"""Rhythms told by numbers: a linear model and boosted trees on the features of a recording.

>>> records = rhythm_features("challenge-2017")  # doctest: +SKIP
>>> split = Split.by_record(records)  # doctest: +SKIP
>>> table = feature_table(records, RR_MEASURES)  # doctest: +SKIP
>>> trees = rhythm_trees().fit(table.iloc[split.train], records.y[split.train])  # doctest: +SKIP
>>> probability = trees.predict_proba(table.iloc[split.test])  # doctest: +SKIP
"""

import numpy as np
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler

__all__ = ["rhythm_logistic", "rhythm_trees"]


def rhythm_logistic(*, seed=0):
    """Return a scikit-learn pipeline: logistic regression on features made Gaussian.

    A missing value takes the median of the feature, and one more feature says that it is missing.
    Each feature is then replaced by its rank among the training recordings, on a Gaussian scale, as
    a few recordings have intervals of many seconds.
    """
    return make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        QuantileTransformer(n_quantiles=200, output_distribution="normal", random_state=seed),
        StandardScaler(),
        LogisticRegression(max_iter=1000, random_state=seed),
    )


def rhythm_trees(*, seed=0):
    """Return a scikit-learn pipeline: gradient-boosted trees, which take missing values too.

    200 rounds of small trees; every class counts the same, however many recordings it has. Early
    stopping is off: it would set recordings aside at random, twins as well. A feature that no
    training recording has is left out.
    """
    trees = HistGradientBoostingClassifier(
        max_iter=200,
        learning_rate=0.05,
        max_leaf_nodes=15,
        class_weight="balanced",
        early_stopping=False,
        random_state=seed,
    )
    return make_pipeline(make_column_transformer(("passthrough", _known)), trees)


def _known(features):
    """Return which features some recording has, array of bool."""
    return ~np.isnan(np.asarray(features, dtype=float)).all(axis=0)
