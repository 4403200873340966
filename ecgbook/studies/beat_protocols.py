"""The protocols of chapter 2: how the beats of MIT-BIH are split, with leaks and without.

Each is a function ``(beats, seed) -> Split``; all but the honest one, ``ds1_ds2``, say why they
may leak.
"""

from ecgbook.datasets import Split

__all__ = ["PROTOCOLS"]


def _by_beat(beats, seed):
    return Split.by_beat(beats, seed=seed, leaky="as published: beats shuffled over patients")


def _by_beat_on_test(beats, seed):
    return _by_beat(beats, seed).choose_on_test(beats, leaky="as published: best test epoch")


def _on_test(beats, seed):
    return Split.de_chazal(beats).choose_on_test(beats, leaky="as published: best test epoch")


def _one_man_twice(beats, seed):
    return Split.de_chazal(beats, leaky="as published: records 201 and 202 are one man")


def _honest(beats, seed):
    return Split.de_chazal(beats)


PROTOCOLS = {
    "by_beat_chosen_on_test": _by_beat_on_test,
    "by_beat": _by_beat,
    "ds1_ds2_chosen_on_test": _on_test,
    "ds1_ds2_as_published": _one_man_twice,
    "ds1_ds2": _honest,
}
