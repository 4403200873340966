"""Windows of recordings: cut after the split, or so that each one stays on its record's side."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ecgbook.datasets.ragged import Ragged
from ecgbook.datasets.split import Split
from ecgbook.errors import RecordInvalid

__all__ = ["padded", "rhythm_windows", "split_windows"]


def rhythm_windows(records, *, size=2048, stride=512, pad=False):
    """Cut recordings into windows that know their recording.

    A window starts every ``stride`` samples, as long as it ends inside the recording::

        record   |------------------------------|
        windows  |=========|
                      |=========|
                           |=========|
                                |=========|       and the rest is left out

    Parameters
    ----------
    records : Examples
        Whole recordings, such as those of `rhythm_records`.
    size : int
        Samples of a window, at the rate of the recordings.
    stride : int or mapping of str to int
        Samples from one window to the next; or of each class its own, which makes examples of a
        rare class more common: ``{"N": 512, "A": 73}`` is a published choice. For the recordings
        that a model is judged by it must be one number: precision depends on how common a class is.
    pad : bool, default False
        Whether a recording shorter than a window is kept, as one window of its own length that is
        filled up with 0 where a batch or `padded` needs it. Else it is refused.

    Returns
    -------
    windows : Examples
        `Ragged`, and no sample is copied: they share those of ``records``. Their rows are those of
        their recordings, ``sample`` the start of the window in it.

    Raises
    ------
    RecordInvalid
        If a recording is shorter than a window, a class has no stride, or a size or a stride is
        not positive.

    Examples
    --------
    >>> records = rhythm_records("challenge-2017")  # doctest: +SKIP
    >>> split = Split.by_record(records)  # doctest: +SKIP
    >>> learnt = rhythm_windows(records[split.train], stride={"N": 512, "A": 73})  # doctest: +SKIP
    >>> tested = rhythm_windows(records[split.test], stride=512)  # doctest: +SKIP
    """
    steps = _strides(records, stride)
    if size < 1 or steps.min() < 1:
        raise RecordInvalid(
            f"a window and its stride need one sample or more, got size {size} and stride {stride}"
        )
    length = records.length
    short = np.flatnonzero(length < size)
    if len(short) and not pad:
        raise RecordInvalid(
            f"{len(short)} recordings are shorter than a window of {size:,} samples, the first is "
            f"{records.record[short[0]]} with {length[short[0]]:,}; take smaller windows, or keep "
            f"them as windows of their own length with pad=True"
        )
    count = np.maximum(length - size, 0) // steps + 1
    whose = np.repeat(np.arange(len(records)), count)
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    first, x = place * steps[whose], _as_ragged(records.x)
    own = Ragged(x.samples, x.start[whose] + first, np.minimum(length, size)[whose])
    rows = records.rows.iloc[whose].assign(sample=records.sample[whose] + first, length=own.length)
    recipe = records.recipe | {"window": size, "stride": stride}
    return replace(records, x=own, y=records.y[whose], rows=rows, recipe=recipe)


def padded(examples, length):
    """Return the first ``length`` samples of each recording or window, as one array.

    Shorter ones are filled up with 0 at their end; ``length`` of the rows and ``mask`` tell where
    that begins. 9,000 samples are 30 s at 300 Hz, as in Andreotti et al. (2017).

    Parameters
    ----------
    examples : Examples
    length : int

    Returns
    -------
    examples : Examples
        ``x`` of shape (n, lead, length).
    """
    if length < 1:
        raise RecordInvalid(f"padded signals need one sample or more, got {length}")
    x = _as_ragged(examples.x, examples.length)
    kept = np.minimum(x.length, length)
    x = Ragged(x.samples, x.start, kept).padded(length)
    recipe = examples.recipe | {"padded": length}
    return replace(examples, x=x, rows=examples.rows.assign(length=kept), recipe=recipe)


def split_windows(split, records, windows):
    """Return the `Split` of windows in which each one stays on the side of its recording.

    Parameters
    ----------
    split : Split
        Of ``records``, the recordings that ``windows`` are cut from.
    records, windows : Examples

    Raises
    ------
    RecordInvalid
        If a recording is on two sides, or a side has no window.
    PatientLeak
        As for `Split`, if a patient is on two sides and ``split`` does not say why.
    """
    sides = [records.record[part] for part in (split.train, split.valid, split.test)]
    names, seen = np.unique(np.concatenate([np.unique(side) for side in sides]), return_counts=True)
    if (seen > 1).any():
        raise RecordInvalid(
            f"split {split.name!r} has {names[seen > 1][0]} on two sides: its windows would be on "
            f"both; split whole recordings"
        )
    parts = [np.flatnonzero(np.isin(windows.record, side)) for side in sides]
    kept = {"leaky": split.leaky, "train_classes": split.train_classes}
    return Split(windows, *parts, name=split.name, **kept)


def _strides(records, stride):
    """Return the stride of each recording, int (n,)."""
    if not isinstance(stride, Mapping):
        return np.full(len(records), stride)
    if records.multi_label:
        raise RecordInvalid("a stride of each class needs one class a recording, not several")
    lacking = [name for name, n in records.counts.items() if n and name not in stride]
    unknown = sorted(set(stride) - set(records.classes))
    if lacking or unknown:
        raise RecordInvalid(
            f"strides of {', '.join(stride)} for recordings of {', '.join(records.classes)}: "
            f"{'no stride' if lacking else 'there is no class'} {', '.join(lacking or unknown)}; "
            f"name each class that has recordings, or leave others out with records.only(…)"
        )
    return np.array([stride.get(name, 1) for name in records.classes])[records.y]


def _as_ragged(x, length=None):
    """Return signals of equal length as `Ragged`, without their padding."""
    if isinstance(x, Ragged):
        return x
    n, leads, time = x.shape
    samples = np.ascontiguousarray(np.moveaxis(x, 1, 0)).reshape(leads, n * time)
    return Ragged(samples, np.arange(n) * time, np.full(n, time) if length is None else length)
