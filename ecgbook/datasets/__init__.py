"""From recordings to arrays: labelled beats, and splits that keep patients apart."""

from ecgbook.datasets.aami import aami_beats
from ecgbook.datasets.beatgan import beatgan_beats
from ecgbook.datasets.beatset import BeatSet
from ecgbook.datasets.context import with_median_beat, with_rr_ratios
from ecgbook.datasets.cutting import scale_beats
from ecgbook.datasets.kachuee import KACHUEE_LENGTH, kachuee_beats
from ecgbook.datasets.sequences import (
    class_sorted_sequences,
    consecutive_sequences,
    majority_vote,
)
from ecgbook.datasets.split import Split

__all__ = [
    "KACHUEE_LENGTH",
    "BeatSet",
    "Split",
    "aami_beats",
    "beatgan_beats",
    "class_sorted_sequences",
    "consecutive_sequences",
    "kachuee_beats",
    "majority_vote",
    "scale_beats",
    "with_median_beat",
    "with_rr_ratios",
]
