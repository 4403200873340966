"""Features from random convolutions, with which a linear model is a baseline for networks.

Nothing is trained: a recording is convolved with small kernels at many dilations, over some of its
leads, and each feature is the share of time at which a convolution is above a threshold.

>>> model = random_kernel_ridge(seed=0).fit(train.x, train.y)  # doctest: +SKIP
>>> probability = model.predict_proba(test.x)  # doctest: +SKIP
"""

from itertools import combinations

import numpy as np
from numpy.lib.stride_tricks import as_strided
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from ecgbook.classical.label_ridge import LabelRidge
from ecgbook.errors import ModelInvalid, RecordInvalid

__all__ = ["KERNELS", "RandomKernels", "random_kernel_ridge"]

LENGTH = 9
_HALF = LENGTH // 2
_MOST_LEADS = 9
_SETS = 6  # of leads, for half of the kernels at a dilation
_WORD = 8  # bytes
# All ways to give three of nine places the weight 2 and the others -1: (84, 9).
KERNELS = np.full((84, LENGTH), -1, np.float32)
KERNELS[np.arange(84)[:, None], list(combinations(range(LENGTH), 3))] = 2


class RandomKernels(TransformerMixin, BaseEstimator):
    """MiniRocket for several leads: 84 fixed kernels, random leads, thresholds from the data.

    Every kernel runs at up to ``max_dilations`` dilations, spread evenly in their logarithm, over
    some leads, drawn at random. Its outputs, summed over the leads, are compared with thresholds:
    quantiles of such outputs in one recording of the training set, drawn as well.
    A feature is the share of outputs above a threshold. For half of the kernels the recording is
    filled up with zeros on both sides; for the others only outputs that see no end count.

    Parameters
    ----------
    features : int, default 10000
        Rounded down to a multiple of 84: 9,996.
    max_dilations : int, default 32
        Most dilations of a kernel; equal ones are taken together.
    seed : int
        Of the leads and of the recordings that the thresholds come from.

    Attributes
    ----------
    kernel_, dilation_
        Row of `KERNELS`, and samples between its places: int64, shape (feature,).
    padded_
        Whether the recording is filled up with zeros: bool, shape (feature,).
    threshold_
        What a feature counts the values above of: float32, shape (feature,).
    leads_
        Over which leads the kernel runs: bool, shape (feature, lead).

    Notes
    -----
    Memory beside the features is that of one recording. As in the authors' code for several leads,
    the number of leads is ``2 ** u`` rounded down, where u is as likely to be anywhere between 0
    and the binary logarithm of 1 plus the number of leads, at most of 10. What differs: there every
    kernel has leads of its own at each dilation; here seven kernels share theirs, so that the leads
    are added up before the convolution and not after.

    References
    ----------
    Dempster, Schmidt, Webb 2021, https://arxiv.org/abs/2012.08791, section 3; the authors' code,
    https://github.com/angus924/minirocket, for several leads.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=(4, 2, 100)).astype(np.float32)
    >>> RandomKernels(168).fit_transform(x).shape
    (4, 168)
    """

    def __init__(self, features=10_000, *, max_dilations=32, seed=0):
        self.features = features
        self.max_dilations = max_dilations
        self.seed = seed

    def fit(self, x, y=None):
        """Draw leads and thresholds from recordings (recording, lead, time); labels are ignored."""
        x = _checked(x)
        each = self.features // len(KERNELS)
        if each < 1 or self.max_dilations < 1:
            raise ModelInvalid(
                f"RandomKernels needs at least {len(KERNELS)} features and one dilation, got "
                f"features={self.features} and max_dilations={self.max_dilations}"
            )
        rng = np.random.default_rng(self.seed)
        self.shape_ = x.shape[1:]
        self._groups, used = [], 0
        plan = _dilations(x.shape[2], each, self.max_dilations)
        for number, (dilation, count) in enumerate(plan):
            for padded in (True, False):  # half of the kernels each, in turns
                half = np.arange((number + (not padded)) % 2, len(KERNELS), 2)
                kernels = half.reshape(-1, _SETS).T  # neighbours, which are alike, in other sets
                group = _Group(dilation, padded, kernels, _draw_leads(rng, _SETS, x.shape[1]))
                share = _quantiles(used, half.size * count).reshape(*kernels.shape, count)
                group.set_thresholds(x[rng.integers(len(x), size=kernels.shape)], share)
                self._groups.append(group)
                used += share.size
        columns = [group.columns() for group in self._groups]
        for name in columns[0]:
            setattr(self, f"{name}_", np.concatenate([column[name] for column in columns]))
        return self

    def transform(self, x):
        """Return features between 0 and 1, float32 (recording, feature), of recordings like those.

        Another number of leads or samples than in training is a `RecordInvalid`.
        """
        check_is_fitted(self, "shape_")
        x = _checked(x)
        if x.shape[1:] != self.shape_:
            raise RecordInvalid(
                f"the kernels were drawn for recordings (lead, time) of {self.shape_}, got "
                f"{x.shape[1:]}; resample, cut or fit anew"
            )
        features = np.empty((len(x), len(self.threshold_)), np.float32)
        margin = _HALF * self._groups[-1].dilation  # of the longest kernels
        for recording, row in zip(x, features, strict=True):
            wide = np.pad(recording, ((0, 0), (margin, margin)))
            row[:] = np.concatenate([group.shares(wide, margin) for group in self._groups])
        return features


class _Group:
    """Half of the kernels at one dilation, all of them with zeros at the ends or all without."""

    def __init__(self, dilation, padded, kernels, leads):
        self.dilation, self.padded = dilation, padded
        self.kernels, self.leads = kernels, leads  # (set, kernel), (set, lead)

    def set_thresholds(self, examples, share):
        """Take quantiles of the outputs in examples (set, kernel, lead, time).

        ``share`` is (set, kernel, threshold).
        """
        self.thresholds = np.empty(share.shape, np.float32)
        margin = _HALF * self.dilation
        for one in np.ndindex(self.kernels.shape):
            # As in the paper, zeros at the ends count here for every kernel.
            added = np.pad(self.leads[one[0]] @ examples[one], margin)
            output = KERNELS[self.kernels[one]] @ _places(added, margin, self.dilation, padded=True)
            self.thresholds[one] = np.quantile(output, share[one])

    def columns(self):
        """Return what each feature is made of, by name: arrays with a row a feature."""
        shape = self.thresholds.shape
        leads = np.broadcast_to(self.leads[:, None, None], (*shape, self.leads.shape[1]))
        return {
            "kernel": np.broadcast_to(self.kernels[:, :, None], shape).ravel(),
            "dilation": np.full(self.thresholds.size, self.dilation),
            "padded": np.full(self.thresholds.size, self.padded),
            "leads": leads.reshape(-1, self.leads.shape[1]),
            "threshold": self.thresholds.ravel(),
        }

    def shares(self, wide, margin):
        """Return the share of outputs above each threshold, of a recording between two margins."""
        # A sum over leads of one convolution is the convolution of their sum.
        places = _places(self.leads.astype(np.float32) @ wide, margin, self.dilation, self.padded)
        output = KERNELS[self.kernels] @ places  # (set, kernel, time)
        time = output.shape[2]
        # Counted eight at a time: a row of bools read as whole words adds up byte by byte.
        above = np.zeros((*self.thresholds.shape, -(-time // _WORD) * _WORD), bool)
        np.greater(output[:, :, None], self.thresholds[..., None], out=above[..., :time])
        words = above.view(np.uint64)
        count = 0
        for start in range(0, words.shape[-1], 255):  # a byte holds no more
            added = words[..., start : start + 255].sum(axis=-1)
            count = count + added.view(np.uint8).reshape(*added.shape, _WORD).sum(axis=-1)
        return count.ravel() / np.float32(time)


def random_kernel_ridge(features=10_000, *, seed=0):
    """Return a scikit-learn pipeline: `RandomKernels`, standardised, and a ridge for each label.

    It learns ``fit(x, y)`` from recordings (recording, lead, time) and labels (recording, class),
    and has ``predict_proba`` and ``decision_function``, each (recording, class); see `LabelRidge`.
    """
    return make_pipeline(RandomKernels(features, seed=seed), StandardScaler(), LabelRidge())


def _dilations(time, each, most):
    """Return pairs of a dilation and how many features of each kernel have it.

    Of ``each`` features of a kernel, the exponents of the dilations are spread evenly, up to the
    one at which a kernel is as long as the recording.

    >>> [*map(tuple, _dilations(time=65, each=5, most=32))]  # 1, 1.68, 2.83, 4.76 and 8
    [(1, 2), (2, 1), (4, 1), (8, 1)]
    """
    number = min(each, most)
    longest = (time - 1) / (LENGTH - 1)
    # A little more, or rounding could lose the last one.
    spread = np.floor(np.geomspace(1, longest, number) + 1e-9).astype(np.int64)
    dilation, count = np.unique(spread, return_counts=True)
    count = count * each // number
    left = each - count.sum()
    count[:left] += 1
    return [(int(d), int(c)) for d, c in zip(dilation, count, strict=True)]


def _draw_leads(rng, number, leads):
    """Return for each kernel some of the leads, few more often than many: (kernel, lead)."""
    count = (2 ** rng.uniform(0, np.log2(min(leads, _MOST_LEADS) + 1), number)).astype(np.int64)
    order = rng.permuted(np.tile(np.arange(leads), (number, 1)), axis=1)
    return order < count[:, None]


def _quantiles(start, number):
    """Return numbers between 0 and 1, each of which falls into a gap between those before."""
    golden = (1 + 5**0.5) / 2
    return (np.arange(start + 1, start + number + 1) * golden) % 1


def _places(wide, margin, dilation, padded):
    """Return what lies under the places of a kernel: (..., time) to (..., place, time).

    ``wide`` has ``margin`` zeros at each end, of which this dilation may need fewer, or none.
    """
    reach = _HALF * dilation
    first = margin - reach if padded else margin
    time = wide.shape[-1] - 2 * margin - (0 if padded else 2 * reach)
    shape, step = (*wide.shape[:-1], LENGTH, time), wide.strides[-1]
    strides = (*wide.strides[:-1], dilation * step, step)
    # In one piece, or it is not multiplied by the quick routine.
    return np.ascontiguousarray(as_strided(wide[..., first:], shape, strides, writeable=False))


def _checked(x):
    """Return recordings as float32 in one piece, refused if they cannot be convolved."""
    x = np.ascontiguousarray(x, dtype=np.float32)
    if x.ndim != 3 or not len(x) or x.shape[2] < LENGTH:
        raise RecordInvalid(
            f"random kernels need recordings (recording, lead, time) of at least {LENGTH} samples, "
            f"got shape {x.shape}"
        )
    if bad := np.count_nonzero(~np.isfinite(x).all(axis=(1, 2))):
        raise RecordInvalid(
            f"random kernels need finite samples, got NaN or infinite ones in {bad} of {len(x)} "
            f"recordings; fill or drop them"
        )
    return x
