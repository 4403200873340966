"""Where each lead lies on a sheet of ECG paper, in millimetres."""

import math
from dataclasses import dataclass

import numpy as np

from ecgbook.errors import RecordInvalid

__all__ = ["Row", "Sheet", "Trace", "lay_out"]

MM_PER_S = 25.0
MM_PER_MV = 10.0

# Left of this lies the calibration pulse, right of it the signal.
START_MM = 15.0

# A longer sheet, shrunk to the width of a page, can no longer be read.
LONGEST_S = 15.0

_RIGHT_MM = 5.0
_HEAD_MM = 11.0
_FOOT_MM = 10.0
_GAP_MM = 3.0

# Beats are written so far above the highest wave, clear of the markers of detected peaks, and
# other marks one line higher.
BEATS_MM = 5.0
MARKS_MM = 6.0

# The clinical sheet: four columns of simultaneous leads, one after the other in time.
_CLINICAL = (("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6"))
_RHYTHM_LEAD = "II"
_SHORTEST_CLINICAL_S = 4.0

# What stands out further (a loose electrode) is cut off instead of filling the sheet.
_FURTHEST_MV = 5.0


@dataclass(frozen=True)
class Trace:
    """One lead, or a part of it, as a line on the sheet.

    ``x_mm`` and ``y_mm`` have shape (time,); ``y_mm`` is counted from the row's baseline.
    """

    lead: str
    x_mm: np.ndarray
    y_mm: np.ndarray


@dataclass(frozen=True)
class Row:
    """The traces that share one baseline, and how far they reach above and below it."""

    traces: tuple[Trace, ...]
    baseline_mm: float
    above_mm: float
    below_mm: float


@dataclass(frozen=True)
class Sheet:
    """A sheet of ECG paper with its rows, from the top down; heights count from below."""

    width_mm: float
    height_mm: float
    rows: tuple[Row, ...]

    @property
    def marked_row(self):
        """The row that carries the marks: the first that shows the whole time."""
        return self.rows[_marked([row.traces for row in self.rows])]


def lay_out(recording):
    """Return the `Sheet` of a recording at 25 mm/s and 10 mm/mV.

    The twelve standard leads are laid out as clinics do it: three rows of four columns, each
    a quarter of the time, above a rhythm strip of lead II. Other sets of leads, and twelve
    leads of under 4 s, are stacked, each over the whole time.

    A lead's median lies on its baseline. Baselines stand far enough apart for neighbours not
    to touch, and on the 5 mm lines.

    RecordInvalid if the recording is longer than 15 s.
    """
    if recording.duration_s > LONGEST_S:
        raise RecordInvalid(
            f"{recording.name}: {recording.duration_s:g} s is too long for a sheet of ECG paper; "
            f"choose up to {LONGEST_S:g} s with .window(start_s, stop_s)"
        )
    grid = [_row_of(recording, leads) for leads in _grid_of(recording)]
    above = [_reach(traces, 10.0, +1) for traces in grid]
    below = [_reach(traces, 5.0, -1) for traces in grid]
    room = list(above)
    room[_marked(grid)] += _room_for(recording.annotations)
    baselines = [_up_to_5(_FOOT_MM + below[-1])]
    for row in range(len(grid) - 1, 0, -1):
        baselines.insert(0, baselines[0] + _up_to_5(below[row - 1] + room[row] + _GAP_MM))
    rows = tuple(map(Row, map(tuple, grid), baselines, above, below))
    height = _up_to_5(baselines[0] + room[0] + _HEAD_MM)
    width = _up_to_5(START_MM + MM_PER_S * recording.duration_s + _RIGHT_MM)
    return Sheet(width, height, rows)


def _grid_of(recording):
    """Rows of lead names from the top of the sheet down."""
    clinical = {lead for row in _CLINICAL for lead in row}
    if set(recording.leads) == clinical and recording.duration_s >= _SHORTEST_CLINICAL_S:
        return [*_CLINICAL, (_RHYTHM_LEAD,)]
    return [(lead,) for lead in recording.leads]


def _row_of(recording, leads):
    """Cut the leads so that one follows the other, each with its share of the time."""
    edges = np.linspace(0, recording.signal.shape[1], len(leads) + 1).round().astype(int)
    return [
        _trace(recording, lead, start, stop)
        for lead, start, stop in zip(leads, edges, edges[1:], strict=False)
    ]


def _marked(grid):
    """Index of the row that carries the marks: the first that shows the whole time."""
    return [len(traces) for traces in grid].index(1)


def _room_for(annotations):
    """Height in mm of the annotations above a trace."""
    if annotations is None or len(annotations) == 0:
        return 0.0
    only_beats = len(annotations.beats()) == len(annotations)
    return BEATS_MM + MARKS_MM * (not only_beats) + 2.0


def _trace(recording, lead, start, stop):
    signal = recording.lead(lead)
    known = signal[np.isfinite(signal)]
    level = np.median(known) if len(known) else 0.0
    x_mm = START_MM + MM_PER_S * np.arange(start, stop) / recording.fs
    return Trace(lead, x_mm, MM_PER_MV * (signal[start:stop] - level))


def _reach(traces, least_mm, sign):
    """How far the traces reach to one side of the baseline, within reason."""
    values = np.concatenate([sign * trace.y_mm for trace in traces])
    furthest = max(np.nan_to_num(np.fmax.reduce(values), nan=0.0), least_mm)
    return float(min(furthest, MM_PER_MV * _FURTHEST_MV))


def _up_to_5(mm):
    return 5.0 * math.ceil(mm / 5.0)
