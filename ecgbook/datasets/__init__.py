"""From recordings to arrays: labelled beats, and splits that keep patients apart."""

from ecgbook.datasets.aami import aami_beats
from ecgbook.datasets.audit import Audit, audit
from ecgbook.datasets.beatgan import beatgan_beats
from ecgbook.datasets.by_source import splits_by_source
from ecgbook.datasets.challenge import challenge_records
from ecgbook.datasets.challenge_labels import (
    challenge_totals,
    classes_of_codes,
    known_statements,
    merged_codes,
)
from ecgbook.datasets.context import with_rr_ratios, with_template_difference
from ecgbook.datasets.cutting import scale_beats
from ecgbook.datasets.examples import Example, Examples
from ecgbook.datasets.few_labels import few_labels
from ecgbook.datasets.filtering import filtered
from ecgbook.datasets.kachuee import (
    KACHUEE_LENGTH,
    diagnosed_records,
    kachuee_beats,
    padded_with,
)
from ecgbook.datasets.leadsets import LEAD_SETS, leads_of, with_leads
from ecgbook.datasets.lesions import LESIONS, LesionBeats, lesion_beats
from ecgbook.datasets.noisy import with_noise
from ecgbook.datasets.ptbxl import PTBXL_TASKS, statement_table
from ecgbook.datasets.ragged import Ragged
from ecgbook.datasets.rhythm import rhythm_at, rhythm_records
from ecgbook.datasets.scaling import standardised
from ecgbook.datasets.sequences import class_sorted_sequences, majority_vote
from ecgbook.datasets.slices import random_slices
from ecgbook.datasets.split import Split
from ecgbook.datasets.statements import ludb_statements, ptbxl_statements
from ecgbook.datasets.superclasses import (
    few_of_each_superclass,
    ptbxl_superclasses,
    superclass_likelihoods,
)
from ecgbook.datasets.windows import padded, rhythm_windows, split_windows

__all__ = [
    "KACHUEE_LENGTH",
    "LEAD_SETS",
    "LESIONS",
    "PTBXL_TASKS",
    "Audit",
    "Example",
    "Examples",
    "LesionBeats",
    "Ragged",
    "Split",
    "aami_beats",
    "audit",
    "beatgan_beats",
    "challenge_records",
    "challenge_totals",
    "class_sorted_sequences",
    "classes_of_codes",
    "diagnosed_records",
    "few_labels",
    "few_of_each_superclass",
    "filtered",
    "kachuee_beats",
    "known_statements",
    "leads_of",
    "lesion_beats",
    "ludb_statements",
    "majority_vote",
    "merged_codes",
    "padded",
    "padded_with",
    "ptbxl_statements",
    "ptbxl_superclasses",
    "random_slices",
    "rhythm_at",
    "rhythm_records",
    "rhythm_windows",
    "scale_beats",
    "split_windows",
    "splits_by_source",
    "standardised",
    "statement_table",
    "superclass_likelihoods",
    "with_leads",
    "with_noise",
    "with_rr_ratios",
    "with_template_difference",
]
