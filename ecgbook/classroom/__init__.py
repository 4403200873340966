"""The classroom: instant feedback on an answer, assignments from one source, and their grading.

Readers need `check` alone. Teachers use the commands ``ecgbook assign`` and ``ecgbook grade``,
and ``ecgbook slides`` and ``ecgbook quiz`` for what they show and ask.
A submission runs in `sandbox`, sends what its functions return as plain data (`transport`), and is
judged outside (`judging`), against values that never were inside. Predictions of the mini-project
are plain data from the start (`predictions`), compared by patient (`leaderboard`).
"""

from ecgbook.classroom.checking import Verdict, check

__all__ = ["Verdict", "check"]
