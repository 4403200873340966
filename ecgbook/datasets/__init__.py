"""From recordings to arrays: labelled beats, and splits that keep patients apart."""

from ecgbook.datasets.aami import aami_beats
from ecgbook.datasets.audit import Audit, audit
from ecgbook.datasets.beatgan import beatgan_beats
from ecgbook.datasets.context import with_rr_ratios, with_template_difference
from ecgbook.datasets.cutting import scale_beats
from ecgbook.datasets.examples import Example, Examples
from ecgbook.datasets.few_labels import few_labels
from ecgbook.datasets.kachuee import (
    KACHUEE_LENGTH,
    diagnosed_records,
    kachuee_beats,
    padded_with,
)
from ecgbook.datasets.noisy import with_noise
from ecgbook.datasets.ragged import Ragged
from ecgbook.datasets.rhythm import rhythm_at, rhythm_records
from ecgbook.datasets.scaling import standardised
from ecgbook.datasets.sequences import class_sorted_sequences, majority_vote
from ecgbook.datasets.split import Split
from ecgbook.datasets.windows import padded, rhythm_windows, split_windows

__all__ = [
    "KACHUEE_LENGTH",
    "Audit",
    "Example",
    "Examples",
    "Ragged",
    "Split",
    "aami_beats",
    "audit",
    "beatgan_beats",
    "class_sorted_sequences",
    "diagnosed_records",
    "few_labels",
    "kachuee_beats",
    "majority_vote",
    "padded",
    "padded_with",
    "rhythm_at",
    "rhythm_records",
    "rhythm_windows",
    "scale_beats",
    "split_windows",
    "standardised",
    "with_noise",
    "with_rr_ratios",
    "with_template_difference",
]
