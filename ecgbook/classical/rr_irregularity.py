"""How regular a rhythm is, in numbers: what the RR intervals of one recording show."""

import numpy as np

from ecgbook.signals import rr_intervals_s

__all__ = ["RR_MEASURES", "rr_measures"]

# An interval is early below this share of the median one, and late above that.
_EARLY, _LATE = 0.88, 1.15
# Intervals in shares of the median one, in steps of a tenth, which ends open.
_EDGES = np.r_[0, np.arange(0.45, 1.6, 0.1), np.inf]
# Successive differences within 40 ms count as none; further ones in steps of as much.
_CELL_MS = 40.0
# Lake and Moorman: intervals within 30 ms are alike, or as far apart as five pairs need.
_ALIKE_MS, _PAIRS = 30.0, 5


def rr_measures(peaks, fs):
    """Measure the RR intervals of one recording.

    Parameters
    ----------
    peaks, fs : array of int, shape (peak,), and float
        Sample of each beat, rising, and sampling rate in Hz.

    Returns
    -------
    dict of str to float
        By the names `RR_MEASURES`; NaN where there are too few beats to tell. Shares are of 1:

        - ``n_beats``; mean, median, spread (standard deviation, n), median absolute deviation from
          the median, shortest and longest interval;
        - ``rr_spread_to_mean``; ``rmssd_ms``, the root mean square of the differences of successive
          intervals, and the same in shares of the mean interval; ``step_median_ms``, the median of
          their size; ``pnn50_percent``, how many exceed 50 ms;
        - ``rr_entropy_bits``, of the histogram of intervals in tenths of the median one;
        - ``turning_point_share``, of intervals longer or shorter than both of their neighbours: 2/3
          in a series without order;
        - ``early_share``, ``late_share``: intervals under 0.88 and over 1.15 of the median one;
        - ``sd1_ms``, ``sd2_ms``: half axes of the Poincaré plot of each interval against the next,
          across and along the line of equal ones, and their ratio;
        - ``rr_autocorrelation``, ``step_autocorrelation``: of each interval, and of each
          difference, with the next;
        - ``steps_at_0_share``, ``steps_cells_share``: of the plot of each difference against the
          next, the share of points in the middle cell of 40 ms, and how many cells are occupied, in
          shares of the points (after Sarkar et al. 2008);
        - ``sample_entropy_coefficient``: quadratic sample entropy of one interval, minus the
          logarithm of the mean interval, high in atrial fibrillation (Lake and Moorman 2011).

    Raises
    ------
    RecordInvalid
        As for `ecgbook.signals.rr_intervals_s`.

    References
    ----------
    Lake, Moorman (2011), Accurate estimation of entropy in very short physiological time series,
    Am. J. Physiol. Heart Circ. Physiol. 300:H319. Sarkar, Ritscher, Mehra (2008), A detector for a
    chronic implantable atrial tachyarrhythmia monitor, IEEE Trans. Biomed. Eng. 55:1219.

    Examples
    --------
    Intervals of 800, 1000, 800 and 1000 ms:

    >>> measures = rr_measures([0, 400, 900, 1300, 1800], fs=500)
    >>> measures["rr_mean_ms"], measures["rmssd_ms"], measures["turning_point_share"]
    (900.0, 200.0, 1.0)
    """
    rr_ms = 1000 * rr_intervals_s(peaks, fs)
    measured = {"n_beats": float(len(peaks))}
    for name, (least, measure) in _OF_INTERVALS.items():
        measured[name] = float(measure(rr_ms)) if len(rr_ms) >= least else float("nan")
    return measured


def _steps(rr_ms):
    return np.abs(np.diff(rr_ms))


def _rmssd(rr_ms):
    return np.sqrt(np.square(np.diff(rr_ms)).mean())


def _deviation(rr_ms):
    return np.median(np.abs(rr_ms - np.median(rr_ms)))


def _entropy(rr_ms):
    count, _ = np.histogram(rr_ms / np.median(rr_ms), _EDGES)
    share = count[count > 0] / len(rr_ms)
    return -(share * np.log2(share)).sum() + 0.0  # no minus before 0


def _turning_points(rr_ms):
    step = np.sign(np.diff(rr_ms))
    return (step[1:] * step[:-1] < 0).mean()


def _across(rr_ms):
    return (rr_ms[1:] - rr_ms[:-1]).std() / np.sqrt(2)


def _along(rr_ms):
    return (rr_ms[1:] + rr_ms[:-1]).std() / np.sqrt(2)


def _axes_ratio(rr_ms):
    along = _along(rr_ms)
    return _across(rr_ms) / along if along > 0 else float("nan")


def _autocorrelation(values):
    away = values - values.mean()
    power = away @ away
    return away[1:] @ away[:-1] / power if power > 0 else float("nan")


def _step_cells(rr_ms):
    """Return the cell of each pair of successive differences, int (pair, 2)."""
    cell = np.rint(np.diff(rr_ms) / _CELL_MS).astype(int)
    return np.stack([cell[:-1], cell[1:]], axis=1)


def _cells_share(rr_ms):
    cells = _step_cells(rr_ms)
    return len(np.unique(cells, axis=0)) / len(cells)


def _entropy_coefficient(rr_ms):
    """Return the coefficient of sample entropy, for pairs of intervals that follow each other."""
    one, two = np.triu_indices(len(rr_ms) - 1, 1)
    apart = np.abs(rr_ms[one] - rr_ms[two])
    both = np.maximum(apart, np.abs(rr_ms[one + 1] - rr_ms[two + 1]))
    alike_ms = max(_ALIKE_MS, np.partition(both, _PAIRS - 1)[_PAIRS - 1])
    entropy = np.log((apart <= alike_ms).sum() / (both <= alike_ms).sum())
    return entropy + np.log(2 * alike_ms) - np.log(rr_ms.mean())


# Each measure, and how many intervals it needs.
_OF_INTERVALS = {
    "rr_mean_ms": (1, np.mean),
    "rr_median_ms": (1, np.median),
    "rr_spread_ms": (2, np.std),
    "rr_deviation_ms": (2, _deviation),
    "rr_shortest_ms": (1, np.min),
    "rr_longest_ms": (1, np.max),
    "rr_spread_to_mean": (2, lambda rr: rr.std() / rr.mean()),
    "rmssd_ms": (2, _rmssd),
    "rmssd_to_mean": (2, lambda rr: _rmssd(rr) / rr.mean()),
    "step_median_ms": (2, lambda rr: np.median(_steps(rr))),
    "pnn50_percent": (2, lambda rr: 100 * (_steps(rr) > 50).mean()),
    "rr_entropy_bits": (2, _entropy),
    "turning_point_share": (3, _turning_points),
    "early_share": (2, lambda rr: (rr < _EARLY * np.median(rr)).mean()),
    "late_share": (2, lambda rr: (rr > _LATE * np.median(rr)).mean()),
    "sd1_ms": (3, _across),
    "sd2_ms": (3, _along),
    "sd1_to_sd2": (3, _axes_ratio),
    "rr_autocorrelation": (4, _autocorrelation),
    "step_autocorrelation": (5, lambda rr: _autocorrelation(np.diff(rr))),
    "steps_at_0_share": (3, lambda rr: (_step_cells(rr) == 0).all(axis=1).mean()),
    "steps_cells_share": (3, _cells_share),
    "sample_entropy_coefficient": (5, _entropy_coefficient),
}

RR_MEASURES = ("n_beats", *_OF_INTERVALS)
