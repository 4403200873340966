"""The simulator: a moving dipole seen through a lead matrix, with everything known of it.

`simulate` is all that most users need. A `Condition` says which heart beats in which rhythm;
the tables of `hearts` hold what the heart does in a beat, `rhythm` when it beats, `atria` what
atria do that do not beat; `activity` puts the two together, `lead_matrix` says what the leads
see of it, `noise` what else they see, and `truth` keeps what is known.
"""

from ecgbook.simulator.conditions import CONDITIONS, Condition
from ecgbook.simulator.lead_matrix import FRANK_LEADS, TWELVE_LEADS, lead_matrix
from ecgbook.simulator.noise import Noise
from ecgbook.simulator.patient import Patient
from ecgbook.simulator.simulation import Simulation, simulate
from ecgbook.simulator.truth import Truth

__all__ = ["CONDITIONS", "Condition", "Noise", "Patient", "Simulation", "Truth", "simulate"]
__all__ += ["FRANK_LEADS", "TWELVE_LEADS", "lead_matrix"]
