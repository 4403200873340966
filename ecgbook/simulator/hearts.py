"""The hearts: the waves of each kind of beat, read from hearts.toml."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files

from ecgbook.simulator.dipole import Wave

__all__ = ["BEATS", "P_WAVES", "Beat", "fusion"]


@dataclass(frozen=True)
class Beat:
    """The ventricular waves of one kind of beat.

    Parameters
    ----------
    symbol : str
        Its code in WFDB annotations.
    qrs, st, t : tuple of Wave
        Depolarisation; injury current in the ST segment, if any; repolarisation.
    spike : tuple of Wave, optional
        Stimulus of a pacemaker, before the complex.
    """

    symbol: str
    qrs: tuple[Wave, ...]
    t: tuple[Wave, ...]
    st: tuple[Wave, ...] = ()
    spike: tuple[Wave, ...] = ()


def _waves(rows):
    return tuple(Wave(*row) for row in rows)


_TABLES = tomllib.loads(files(__package__).joinpath("hearts.toml").read_text("utf-8"))

P_WAVES = {name: _waves(rows) for name, rows in _TABLES["p_waves"].items()}
BEATS = {
    name: Beat(beat.pop("symbol"), **{part: _waves(rows) for part, rows in beat.items()})
    for name, beat in _TABLES["beats"].items()
}


def fusion(one, other):
    """Return the beat (``F``) in which two wavefronts meet: half of each."""
    waves = {part: getattr(one, part) + getattr(other, part) for part in ("qrs", "st", "t")}
    return Beat("F", **{part: tuple(w.times(0.5) for w in both) for part, both in waves.items()})
