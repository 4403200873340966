"""A leaderboard as a table for spreadsheets and as a page; names of strangers are only text."""

import csv
import html

from ecgbook.classroom.submissions import plain_cell
from ecgbook.comparison import Number

__all__ = ["is_shown", "warning", "write_csv", "write_markdown"]

_SAME = "not shown to differ"
_HEADER = ("file", "team", "submission", "scored", "counts", "place", "f1", "f1_low", "f1_high")
_HEADER += tuple(
    f"to_{other}{end}" for other in ("best", "baseline") for end in ("", "_low", "_high")
)
_HEADER += ("shown_to_best", "shown_to_baseline", "note")


def is_shown(difference):
    """Return whether the interval of a difference ``(value, low, high)`` leaves out 0."""
    _, low, high = difference
    return low > 0 or high < 0


def _words(difference):
    if not is_shown(difference):
        return _SAME
    return "better" if difference[0] > 0 else "worse"


def write_csv(path, board):
    """Write one line a file, safe for spreadsheets."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(_HEADER)
        for row in board.rows:
            start = [plain_cell(row.file), row.team, row.number or "", board.scored_of(row.team)]
            line = [*start, "yes" if row.counts else "no", row.place or ""]
            for three in (row.f1, row.to_best, row.to_baseline):
                line += [f"{value:.4f}" for value in three] or [""] * 3
            words = [_words(row.to_best), _words(row.to_baseline)] if row.f1 else ["", ""]
            table.writerow([*line, *words, plain_cell(row.note)])


def write_markdown(path, board):
    """Write the board as a page: places, warning, and what was not scored."""
    path.write_text(_markdown(board), encoding="utf-8")


def _markdown(board):
    lines = ["# Leaderboard", "", f"Macro F1 of {board.n_beats} beats of {board.n_patients} people"]
    lines[-1] += " who are held out; in brackets the 95 % interval over people."
    lines += ["", "| Place | Team | Scored | Macro F1 | To the best | To the baseline |"]
    lines += ["|---|---|---|---|---|---|"]
    for row in board.rows:
        if row.counts:
            cells = (row.place, row.team, board.scored_of(row.team), Number(*row.f1))
            compared = (_compared(row.to_best), _compared(row.to_baseline))
            lines.append(f"| {' | '.join(map(str, (*cells, *compared)))} |")
    lines += [f"| – | *baseline* | – | {Number(*board.baseline)} | – | – |", "", *warning(board)]
    faults = [row for row in board.rows if row.y is None]
    if faults:
        lines += ["", "## Not scored", "", "| File | Reason |", "|---|---|"]
        lines += [f"| {_cell(row.file)} | {_cell(row.note)} |" for row in faults]
    repeated = [row for row in board.rows if row.y is not None and row.note]
    if repeated:
        lines += ["", "## To be asked about", ""]
        lines += [f"- {_cell(row.file)}: {_cell(row.note)}" for row in repeated]
    return "\n".join(lines) + "\n"


def _compared(difference):
    return f"{Number(*difference)} {_words(difference)}"


def warning(board):
    """Return what a reader of the board must know of it, one paragraph a line."""
    total = sum(bool(row.f1) for row in board.rows)
    return [
        f"{total} submissions were scored on the same {board.n_patients} people, and the last of "
        "each team counts. "
        "Whoever hands in often and keeps what scores best chooses on the held-out people: the "
        "score is then too good for the next people. "
        "Choose on validation people of your own.",
        "",
        f"Teams that share a place are {_SAME}: the interval of the paired difference contains 0. "
        "That does not show that they are equal.",
    ]


def _cell(text):
    """Return a text that is only a text in a table of a page."""
    text = html.escape(plain_cell(text)[:120])
    return "".join(f"&#{ord(letter)};" if letter in "|`[]()*_!\\" else letter for letter in text)
