"""Simulated stand-ins: databases of the same shape as the real ones, with nothing to download.

A stand-in has the record names, leads, rates and labels of its original, but fewer or shorter
records, so that everything that runs on it is quick. Each record is computed when it is read
and is the same every time; records of one patient share the build of the heart.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from ecgbook.simulator import Patient, simulate
from ecgbook.sources.catalog import CATALOG
from ecgbook.sources.database import Database
from ecgbook.sources.synthetic_plans import plans_of, seed_of, usual_noise

__all__ = ["SimulatedDatabase", "simulated_database"]


class SimulatedDatabase(Database):
    """A simulated database.

    Parameters
    ----------
    info : DatabaseInfo
        Entry of the catalog: of the database whose shape this one has.
    plans : mapping of str to Plan
        What to simulate, by record.
    """

    simulated = True

    def __init__(self, info, plans):
        super().__init__(info)
        self._plans = plans
        self.records = tuple(plans)

    @property
    def licence(self):
        """Licence of the simulated recordings, which is not that of the original."""
        return CATALOG["synthetic"].licence

    @property
    def citation(self):
        """What to cite with results from simulated recordings."""
        return CATALOG["synthetic"].citation

    @property
    def origin(self):
        """One sentence on where the signals come from, for captions."""
        return self.info.title if self.name == "synthetic" else super().origin

    def simulation(self, record):
        """Return the `Simulation` behind a record: its one recording has the whole truth."""
        plan = self._plans[record]
        patient_rng = np.random.default_rng(seed_of(self.name, plan.patient))
        return simulate(
            plan.condition,
            duration_s=plan.duration_s,
            fs=self.info.fs,
            leads=self.info.leads,
            patient=Patient.draw(patient_rng),
            noise=usual_noise(patient_rng) if plan.noise is None else plan.noise,
            ectopic=plan.ectopic,
            seed=seed_of(self.name, record),
        )

    def _read(self, record):
        # Figures tell by this name that nobody was recorded.
        database = self.name if self.name == "synthetic" else f"synthetic:{self.name}"
        return replace(
            self.simulation(record).recording(),
            database=database,
            record=record,
            patient=self._plans[record].patient,
        )

    def _metadata(self):
        rows = [{"patient": plan.patient, **plan.labels} for plan in self._plans.values()]
        return pd.DataFrame(rows, index=pd.Index(self.records, name="record"))


def simulated_database(name, info):
    """Return the simulated stand-in of a database.

    Parameters
    ----------
    name : str
        One of the catalog.
    info : DatabaseInfo
        Its entry there.

    Returns
    -------
    SimulatedDatabase
        With 48 records of 10 minutes for ``mitdb``, 8 of 10 minutes for ``ltstdb``, 60 of 20 s for
        ``ptbdb``, 400 of 10 s for ``ptb-xl``, 400 of 9 to 60 s for ``challenge-2017``, 200 of
        10 s for ``challenge-2021``, and ten of each condition for ``synthetic``.
    """
    return SimulatedDatabase(info, plans_of(name))
