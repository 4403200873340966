"""The conditions: which heart beats in which rhythm, and where the abnormality is to be seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ecgbook.simulator import atria, hearts, rhythm

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
    beat: hearts.Beat = hearts.NORMAL
    lesion: str = ""
    ectopic: Mapping[str, float] = field(default_factory=dict)
    allows: str = ""
    atria: Callable | None = None

    @property
    def injury(self):
        """Dipole of the injury current in the ST segment in mV, shape (axis,)."""
        return sum((wave.vector for wave in self.beat.st), start=np.zeros(3))


_NORMAL = Condition("(N", rhythm.sinus, 70, allows="AVFQ")
_JUNCTIONAL = replace(hearts.NORMAL, symbol="j")

CONDITIONS = {
    "normal": _NORMAL,
    "premature_atrial": replace(_NORMAL, ectopic={"A": 0.15}),
    "premature_ventricular": replace(_NORMAL, ectopic={"V": 0.15}),
    "atrial_fibrillation": Condition(
        "(AFIB",
        rhythm.fibrillation,
        92,
        lesion="tq",
        allows="VFQ",
        atria=atria.fibrillation_waves,
    ),
    "atrial_flutter": Condition("(AFL", rhythm.flutter, 75, lesion="tq", atria=atria.flutter_waves),
    "first_degree_block": replace(_NORMAL, label="(BI", rhythm=rhythm.first_degree, lesion="pr"),
    "wenckebach": Condition("(BII", rhythm.wenckebach, 78, lesion="dropped"),
    "two_to_one_block": Condition("(BII", rhythm.two_to_one, 84, lesion="blocked"),
    "complete_block": Condition(
        "(BIII", rhythm.complete_block, 84, beat=_JUNCTIONAL, lesion="blocked"
    ),
    "lbbb": replace(_NORMAL, beat=hearts.LBBB, lesion="qrs"),
    "rbbb": replace(_NORMAL, beat=hearts.RBBB, lesion="qrs"),
    "lvh": replace(_NORMAL, beat=hearts.HYPERTROPHY, lesion="qrs"),
    "inferior_st_elevation": replace(_NORMAL, beat=hearts.INFERIOR_INJURY, lesion="st"),
    "anterior_st_elevation": replace(_NORMAL, beat=hearts.ANTERIOR_INJURY, lesion="st"),
    "st_depression": replace(_NORMAL, beat=hearts.SUBENDOCARDIAL_INJURY, lesion="st"),
    "paced": Condition("(P", rhythm.paced, 70, beat=hearts.PACED, lesion="qrs", allows="VQ"),
}
