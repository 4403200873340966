"""`Split`: train, validation and test, with no patient on two sides."""

from dataclasses import InitVar, dataclass, replace
from itertools import combinations

import numpy as np

from ecgbook.conventions import DS1, DS1_VALID, DS2, SAME_PATIENT
from ecgbook.datasets.stratify import (
    join_duplicates,
    shuffled_parts,
    stratified_parts,
)
from ecgbook.errors import PatientLeak, RecordInvalid

__all__ = ["Split"]


@dataclass(frozen=True, eq=False)
class Split:
    """Positions of the training, validation and test part of a data set.

    ::

        patients   A A A B B | C C | D D D
        part         train     valid  test

    Parameters
    ----------
    data : Examples
        The set that is split: its ``patient`` and ``y`` are checked, not kept.
    train, valid, test : arrays of int
        Positions in ``data``.
    name : str
        Name of the protocol, for tables and results.
    leaky : str, optional
        Why a patient may be on two sides, or be unknown. Without a reason nobody may.
    train_classes : sequence of str, optional
        The classes that training must hold; all of the data's if left out.

    Raises
    ------
    PatientLeak
        If a patient is on two sides, or not known, and no reason is given.
    RecordInvalid
        If a part is empty, or a class to learn has no member in training.
    """

    data: InitVar
    train: np.ndarray
    valid: np.ndarray
    test: np.ndarray
    name: str
    leaky: str = ""
    train_classes: tuple[str, ...] = ()

    def __post_init__(self, data):
        for side in ("train", "valid", "test"):
            index = np.asarray(getattr(self, side), dtype=np.int64)
            if not len(index):
                raise RecordInvalid(f"split {self.name!r}: the {side} part is empty")
            object.__setattr__(self, side, index)
        if not self.leaky:
            self._refuse_leak(data.patient)
        self._refuse_missing_class(data)

    def __repr__(self):
        sizes = f"{len(self.train)} train, {len(self.valid)} valid, {len(self.test)} test"
        return f"Split({self.name}: {sizes}{f'; leaky: {self.leaky}' if self.leaky else ''})"

    def _refuse_leak(self, patient):
        seen = {side: set(patient[getattr(self, side)]) for side in ("train", "valid", "test")}
        used = patient[np.concatenate([self.train, self.valid, self.test])]
        if unknown := np.count_nonzero(used == ""):
            raise PatientLeak(
                f"split {self.name!r}: {unknown} of {len(used)} examples have no patient, who may "
                f"be on two sides; leave them out with examples[examples.patient != ''], or say "
                f"why with leaky='…'"
            )
        for one, other in combinations(seen, 2):
            shared = sorted(seen[one] & seen[other])
            if shared:
                raise PatientLeak(
                    f"split {self.name!r}: {len(shared)} patients are in {one} and in {other} "
                    f"({', '.join(shared[:5])}{' …' if len(shared) > 5 else ''}); split by "
                    f"patient, or say why with leaky='…'"
                )

    def _refuse_missing_class(self, data):
        y, n = data.y[self.train], len(data.classes)
        count = y.sum(axis=0) if data.multi_label else np.bincount(y, minlength=n)
        there = dict(zip(data.classes, count, strict=True))
        missing = [name for name in self.train_classes or data.classes if not there.get(name)]
        if missing:
            raise RecordInvalid(
                f"split {self.name!r}: class {', '.join(missing)} has no member in train; "
                f"leave it out with data.only(…) or take more patients"
            )

    @classmethod
    def by_patient(cls, data, *, valid=0.2, test=0.2, stratify=True, seed=0):
        """Put shares ``valid`` and ``test`` of the **patients** aside.

        Each part gets its share of every class as far as whole patients allow
        (`ecgbook.datasets.stratify.stratified_parts`); with ``stratify=False`` chance decides.
        """
        parts = _parts(data.patient, "patients", data.y, valid, test, stratify, seed)
        return cls(data, *parts, name="by patient")

    @classmethod
    def by_record(
        cls, data, *, valid=0.2, test=0.2, duplicates=(), stratify=True, seed=0, leaky=""
    ):
        """Put shares of the **records** aside, where nobody knows who was recorded twice.

        ``duplicates`` are groups of records that stay on one side, such as one ECG under two
        names. ``stratify`` is as in `by_patient`.
        """
        group = join_duplicates(data.record, duplicates)
        parts = _parts(group, "records", data.y, valid, test, stratify, seed)
        return cls(data, *parts, name="by record", leaky=leaky)

    @classmethod
    def by_fold(cls, data, *, valid, test, train_classes=(), leaky=""):
        """Split by official folds, the column ``fold``: all but two of them are for training.

        ``valid`` and ``test`` are folds, one or several each; of PTB-XL 9 and 10.
        """
        if "fold" not in data.rows:
            raise RecordInvalid("these examples have no official folds: take Split.by_patient")
        fold, valid, test = data.rows["fold"], np.atleast_1d(valid), np.atleast_1d(test)
        if set(valid) & set(test) or not {*valid, *test} <= set(fold):
            raise RecordInvalid(
                f"valid and test must be different ones of the folds {sorted(set(fold))}, "
                f"got {valid.tolist()} and {test.tolist()}"
            )
        train = ~fold.isin([*valid, *test])
        parts = map(np.flatnonzero, (train, fold.isin(valid), fold.isin(test)))
        return cls(data, *parts, name="official folds", leaky=leaky, train_classes=train_classes)

    @classmethod
    def folds_by_patient(cls, data, k=5, *, train_classes=(), stratify=True, seed=0):
        """Return ``k`` splits in which each patient is tested once.

        Fold *i* is the test part, the next one the validation part, the others train, of which
        every class, or each of ``train_classes``, must have a member. The folds balance the
        classes (`ecgbook.datasets.stratify.stratified_parts`) unless ``stratify=False``.
        """
        people = len(np.unique(data.patient))
        if not 3 <= k <= people:
            bounds = "k must be from 3 to the number of patients"
            raise RecordInvalid(f"{k} folds of {people} patients cannot be made: {bounds}")
        sizes = np.bincount(np.arange(people) % k)
        deal = stratified_parts if stratify else shuffled_parts
        folds = deal(data.patient, data.y, sizes, seed)
        splits = []
        for i in range(k):
            test, valid, *train = folds[i:] + folds[:i]
            parts = np.concatenate(train), valid, test
            name = f"patient fold {i + 1} of {k}"
            splits.append(cls(data, *parts, name, train_classes=train_classes))
        return splits

    @classmethod
    def de_chazal(cls, data, *, valid=DS1_VALID, leaky=""):
        """Split MIT-BIH as de Chazal did: DS1 to learn, DS2 to test.

        Records 201 (DS1) and 202 (DS2) come from one man. By default 201 is left out of
        training, so that nobody is on both sides and the test part stays the published
        one; with a reason in ``leaky`` it stays in, as published.

        ``valid`` are the DS1 records set aside for validation; the published protocol has none.

        References
        ----------
        De Chazal, O'Dwyer, Reilly (2004), IEEE Trans. Biomed. Eng. 51(7), Table II.
        """
        learnt = set(DS1) - set(valid) - (set() if leaky else set(SAME_PATIENT.values()))
        parts = (np.flatnonzero(np.isin(data.record, list(r))) for r in (learnt, valid, DS2))
        return cls(data, *parts, name="DS1 to DS2", leaky=leaky)

    @classmethod
    def by_beat(cls, data, *, leaky, valid=0.1, test=0.2, seed=0):
        """Shuffle beats, whoever they belong to: the commonest leak in the literature.

        ``leaky`` is why this is done; ``valid`` and ``test`` are shares of the beats.
        """
        if not leaky:
            raise PatientLeak("by_beat puts every patient on both sides: say why with leaky='…'")
        order = np.random.default_rng(seed).permutation(len(data.y))
        cuts = np.rint(np.cumsum([test, valid]) * len(order)).astype(int)
        tested, chosen, rest = np.split(order, cuts)
        return cls(data, train=rest, valid=chosen, test=tested, name="by beat", leaky=leaky)

    @classmethod
    def beatgan(cls, data, *, leaky, normal="N", seed=0):
        """Split as BeatGAN did: learn from normal beats only, of patients who are tested too.

        A fifth of the normal beats and nine tenths of the others are the test part; a tenth
        of what is left of the normal beats and the last tenth of the others, validation.

        ``leaky`` is why this is done; ``normal`` is the class to learn from.

        References
        ----------
        Zhou et al. (2019), BeatGAN, IJCAI; shares after its public code.
        """
        if not leaky:
            raise PatientLeak("beatgan puts every patient on both sides: say why with leaky='…'")
        order = np.random.default_rng(seed).permutation(len(data.y))
        is_normal = data.y[order] == data.classes.index(normal)
        usual, other = order[is_normal], order[~is_normal]
        tested, chosen, learnt = np.split(usual, [len(usual) // 5, int(len(usual) * 0.28)])
        chosen_too, tested_too = np.split(other, [len(other) // 10])
        parts = learnt, np.r_[chosen, chosen_too], np.r_[tested, tested_too]
        return cls(data, *parts, name="BeatGAN", leaky=leaky, train_classes=(normal,))

    def learning_only(self, data, *classes):
        """Return this split with those training examples that are of the named classes alone.

        Anomaly detection learns what is normal and is tested on everything.
        """
        y, named = data.y[self.train], np.isin(data.classes, classes)
        kept = y[:, named].any(1) & ~y[:, ~named].any(1) if data.multi_label else named[y]
        return replace(self, data=data, train=self.train[kept], train_classes=classes)


def _parts(group, what, y, valid, test, stratify, seed):
    """Return the positions of train, valid and test, whole groups in each."""
    n = len(np.unique(group))
    sizes = np.maximum(1, np.rint(np.array([test, valid]) * n).astype(int))
    if sizes.sum() >= n:
        raise RecordInvalid(
            f"{n} {what} are too few for train, valid and test; "
            f"take more {what}, or split by beat and say why it may leak"
        )
    deal = stratified_parts if stratify else shuffled_parts
    return deal(group, y, [*sizes, n - sizes.sum()], seed)[::-1]
