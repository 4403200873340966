"""The hearts: tables of the waves of each kind of beat.

Times of ventricular waves count from the onset of the QRS complex, of atrial waves from that of
the P wave; the repolarisation (ST, T) is that of a heart rate of 70 beats/min. Amplitudes and
widths are typical of adults at rest. The normal beat, the bundle branch blocks and hypertrophy
were set by hand beside the mean vectorcardiograms of such records in PTB-XL (CC BY 4.0), and
their sizes lie within those of the records; the other beats follow textbook descriptions.
"""

from dataclasses import dataclass

from ecgbook.simulator.dipole import Wave

__all__ = [
    "ANTERIOR_INJURY",
    "ECTOPIC_P",
    "HYPERTROPHY",
    "INFERIOR_INJURY",
    "LBBB",
    "LEFT_VENTRICULAR",
    "NORMAL",
    "PACED",
    "RBBB",
    "RIGHT_VENTRICULAR",
    "SINUS_P",
    "SUBENDOCARDIAL_INJURY",
    "UNCLASSIFIABLE",
    "Beat",
    "fusion",
]


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


# fmt: off
#                              at rise fall  left   down   back
SINUS_P = (
    Wave("right atrium",       40,  16,  16,  0.03,  0.08, -0.06),
    Wave("left atrium",        66,  17,  17,  0.06,  0.06,  0.04),
)
ECTOPIC_P = (
    Wave("low atrium",         30,  12,  14,  0.02, -0.09, -0.04),
    Wave("high atrium",        54,  14,  14,  0.05, -0.02,  0.05),
)

NORMAL = Beat(
    "N",
    qrs=(
        Wave("septum",         20,   8,   8, -0.12,  0.00, -0.23),
        Wave("apex",           37,   9,   8,  0.58,  0.42, -0.10),
        Wave("left wall",      44,   8,   9,  0.68,  0.38,  0.80),
        Wave("base",           64,  10,  10, -0.14, -0.08,  0.44),
    ),
    t=(Wave("T",              290,  60,  40,  0.29,  0.15, -0.20),),
)

LBBB = Beat(
    "L",
    qrs=(
        Wave("septum",         36,  14,  14,  0.30,  0.22,  0.10),
        Wave("left wall",      65,  17,  18,  0.60,  0.25,  1.75),
        Wave("late left wall", 104, 18,  16,  0.70, -0.26,  1.45),
    ),
    t=(Wave("T",              300,  85,  50, -0.26,  0.04, -0.52),),
)

RBBB = Beat(
    "R",
    qrs=(
        Wave("septum",         20,   8,   8, -0.12,  0.00, -0.23),
        Wave("apex",           37,   9,   8,  0.55,  0.18, -0.20),
        Wave("left wall",      45,   9,   9,  0.60,  0.14,  0.50),
        Wave("right ventricle", 88, 18,  18, -0.66, -0.14, -0.42),
    ),
    t=(Wave("T",              300,  65,  42,  0.28,  0.12,  0.10),),
)

HYPERTROPHY = Beat(
    "N",
    qrs=(
        Wave("septum",         21,   9,   9, -0.10, -0.05, -0.30),
        Wave("apex",           40,  11,  10,  0.85,  0.45,  0.20),
        Wave("left wall",      49,  10,  11,  1.50,  0.35,  1.10),
        Wave("base",           70,  10,  10, -0.28, -0.15,  0.75),
    ),
    st=(Wave("strain",        150,  45,  60, -0.10, -0.06, -0.06),),
    t=(Wave("T",              290,  60,  35, -0.20, -0.08, -0.18),),
)

INFERIOR_INJURY = Beat(
    "N",
    qrs=(
        Wave("septum",         22,   9,  10, -0.06, -0.22, -0.24),
        Wave("apex",           40,   9,   8,  0.55,  0.35, -0.16),
        Wave("left wall",      47,   8,   9,  0.70,  0.40,  0.60),
        Wave("base",           66,  10,  10, -0.14, -0.05,  0.36),
    ),
    st=(Wave("injury",        130,  30,  90, -0.12,  0.22,  0.06),),
    t=(Wave("T",              280,  65,  42,  0.02,  0.30, -0.05),),
)

ANTERIOR_INJURY = Beat(
    "N",
    qrs=(
        Wave("septum",         22,   9,   9, -0.08,  0.00,  0.16),
        Wave("apex",           37,   9,   8,  0.30,  0.45,  0.10),
        Wave("left wall",      44,   8,   9,  0.75,  0.30,  0.55),
        Wave("base",           64,  10,  10, -0.10, -0.05,  0.30),
    ),
    st=(Wave("injury",        130,  30,  90,  0.10, -0.12, -0.24),),
    t=(Wave("T",              280,  65,  42,  0.32,  0.06, -0.36),),
)

SUBENDOCARDIAL_INJURY = Beat(
    "N",
    qrs=NORMAL.qrs,
    st=(Wave("injury",        140,  34,  70, -0.16, -0.12,  0.05),),
    t=(Wave("T",              300,  50,  38,  0.12,  0.06, -0.10),),
)

RIGHT_VENTRICULAR = Beat(
    "V",
    qrs=(
        Wave("right ventricle", 38, 15,  16,  0.25,  0.25,  0.00),
        Wave("septum",         75,  18,  22,  0.55,  1.30,  0.90),
        Wave("left wall",      118, 18,  16,  0.25,  0.45,  0.60),
    ),
    t=(Wave("T",              310,  75,  48, -0.20, -0.42, -0.40),),
)

LEFT_VENTRICULAR = Beat(
    "V",
    qrs=(
        Wave("left ventricle", 40,  15,  17, -0.20, -0.30, -0.45),
        Wave("septum",         80,  19,  22, -0.55, -1.05, -0.75),
        Wave("right wall",    122,  18,  16, -0.40, -0.40, -0.30),
    ),
    t=(Wave("T",              320,  75,  48,  0.28,  0.38,  0.28),),
)

UNCLASSIFIABLE = Beat(
    "Q",
    qrs=(
        Wave("first",          30,  12,  12, -0.20,  0.15, -0.20),
        Wave("second",         58,  12,  12,  0.50, -0.35,  0.10),
        Wave("third",          88,  13,  14, -0.25,  0.40,  0.25),
    ),
    t=(Wave("T",              300,  65,  45,  0.12, -0.08, -0.05),),
)

PACED = Beat(
    "/",
    spike=(Wave("stimulus",    -8,   2,   2,  0.25, -0.80,  0.40),),
    qrs=(
        Wave("right apex",     38,  15,  16,  0.25, -0.30,  0.20),
        Wave("septum",         75,  20,  22,  0.50, -0.75,  0.95),
        Wave("left wall",     115,  18,  18,  0.40, -0.45,  0.85),
    ),
    t=(Wave("T",              320,  80,  50, -0.20,  0.35, -0.40),),
)
# fmt: on


def fusion(one, other):
    """Return the beat (``F``) in which two wavefronts meet: half of each."""

    def half(waves):
        return tuple(wave.times(0.5) for wave in waves)

    return Beat(
        "F",
        qrs=half(one.qrs + other.qrs),
        st=half(one.st + other.st),
        t=half(one.t + other.t),
    )
