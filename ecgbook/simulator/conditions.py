"""The conditions: which heart beats in which rhythm, and where the abnormality is to be seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ecgbook.simulator import atria, rhythm
from ecgbook.simulator.hearts import BEATS, Beat

__all__ = ["CONDITIONS", "Condition"]


@dataclass(frozen=True)
class Condition:
    """A heart in a rhythm.

    Parameters
    ----------
    label : str
        Rhythm as it stands in WFDB annotations, such as ``(AFIB``.
    rhythm : function
        One of `ecgbook.simulator.rhythm`.
    heart_rate_bpm : float
        Usual rate: of the sinus node; of the ventricles in fibrillation, flutter and pacing.
    beat : Beat
        The rhythm's own beats.
    lesion : str
        Where the abnormality is: ``qrs``, ``st``, ``pr`` (from P to QRS), ``tq`` (between the
        beats), ``blocked`` (P waves that are not conducted), ``dropped`` (PR and blocked P
        waves), or ``""``. Ectopic beats count in every condition.
    ectopic : mapping of str to float
        Share of the beats that are premature or odd, by symbol.
    allows : str
        Symbols that ``ectopic`` may name in this rhythm.
    atria : function, optional
        Waves of atria that do not beat, one of `ecgbook.simulator.atria`.
    """

    label: str
    rhythm: Callable
    heart_rate_bpm: float
    beat: Beat = BEATS["normal"]
    lesion: str = ""
    ectopic: Mapping[str, float] = field(default_factory=dict)
    allows: str = ""
    atria: Callable | None = None

    @property
    def injury(self):
        """Dipole of the injury current in the ST segment in mV, shape (axis,)."""
        return sum((wave.vector for wave in self.beat.st), start=np.zeros(3))


_NORMAL = Condition("(N", rhythm.sinus, 70, allows="AVFQ")
_JUNCTIONAL = replace(BEATS["normal"], symbol="j")

CONDITIONS = {
    "normal": _NORMAL,
    "premature_atrial": replace(_NORMAL, ectopic={"A": 0.15}),
    "premature_ventricular": replace(_NORMAL, ectopic={"V": 0.15}),
    "atrial_fibrillation": Condition(
        "(AFIB", rhythm.fibrillation, 92, lesion="tq", allows="VFQ", atria=atria.fibrillation_waves
    ),
    "atrial_flutter": Condition("(AFL", rhythm.flutter, 75, lesion="tq", atria=atria.flutter_waves),
    "first_degree_block": replace(_NORMAL, label="(BI", rhythm=rhythm.first_degree, lesion="pr"),
    "wenckebach": Condition("(BII", rhythm.wenckebach, 78, lesion="dropped"),
    "two_to_one_block": Condition("(BII", rhythm.two_to_one, 84, lesion="blocked"),
    "complete_block": Condition(
        "(BIII", rhythm.complete_block, 84, beat=_JUNCTIONAL, lesion="blocked"
    ),
    "lbbb": replace(_NORMAL, beat=BEATS["lbbb"], lesion="qrs"),
    "rbbb": replace(_NORMAL, beat=BEATS["rbbb"], lesion="qrs"),
    "lvh": replace(_NORMAL, beat=BEATS["hypertrophy"], lesion="qrs"),
    "inferior_st_elevation": replace(_NORMAL, beat=BEATS["inferior_injury"], lesion="st"),
    "anterior_st_elevation": replace(_NORMAL, beat=BEATS["anterior_injury"], lesion="st"),
    "st_depression": replace(_NORMAL, beat=BEATS["subendocardial_injury"], lesion="st"),
    "paced": Condition("(P", rhythm.paced, 70, beat=BEATS["paced"], lesion="qrs", allows="VQ"),
}
