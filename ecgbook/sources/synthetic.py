"""Simulated stand-ins: databases of the same shape as the real ones, with nothing to download.

A stand-in has the record names, leads, rates and labels of its original, but fewer or shorter
records, so that everything that runs on it is quick. Each record is computed when it is read
and is the same every time; records of one patient share the build of the heart.
"""

from dataclasses import replace

import numpy as np

from ecgbook.recording import Annotations, Recording
from ecgbook.simulator import Noise, Patient, simulate
from ecgbook.sources.catalog import CATALOG
from ecgbook.sources.database import Database
from ecgbook.sources.ludb import with_diagnoses
from ecgbook.sources.nstdb import noise_of
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
        return self._named(self.simulation(record).recording(), record)

    def _named(self, recording, record):
        # Figures tell by this name that nobody was recorded.
        database = self.name if self.name == "synthetic" else f"synthetic:{self.name}"
        patient = self._plans[record].patient
        return replace(recording, database=database, record=record, patient=patient)

    def _metadata(self):
        return self._table([{"patient": p.patient, **p.labels} for p in self._plans.values()])


class SimulatedLudb(SimulatedDatabase):
    """Stand-in for LUDB, with the boundaries that the simulator knows: the same in each lead.

    The peak of a wave is where it is largest in the lead itself.
    """

    def waves(self, record):
        """Return the marks of each lead of a record: a dict of lead name to `Annotations`."""
        simulation = self.simulation(record)
        (truth,), (clean,) = simulation.truth, simulation.clean
        return {lead: _marks(truth, mv) for lead, mv in zip(simulation.leads, clean, strict=True)}

    def _read(self, record):
        return replace(super()._read(record), annotations=self.waves(record)["II"])

    def _metadata(self):
        return with_diagnoses(super()._metadata())


def _marks(truth, lead_mv):
    """Return begin, peak and end of each wave that is not cut by an edge of the recording."""
    sample, symbol = [], []
    for spans, kind in ((truth.p, "p"), (truth.qrs, "N"), (truth.t, "t")):
        for begin, stop in spans:
            if 0 < begin < stop < len(lead_mv):
                peak = begin + np.abs(lead_mv[begin:stop]).argmax()
                sample += [begin, peak, stop - 1]
                symbol += ["(", kind, ")"]
    return Annotations(np.array(sample, np.int64), symbol)


class SimulatedNstdb(SimulatedDatabase):
    """Stand-in for NSTDB: the simulated patients 118 and 119 of MIT-BIH, and noise by itself."""

    def simulation(self, record):
        """Return the `Simulation` behind an ECG, with the added noise in its signal.

        As in the original the size of the signal is that of a sine as tall as the QRS complexes
        of the lead.
        """
        ecg = simulated_database("mitdb", CATALOG["mitdb"]).simulation(noise_of(record)["patient"])
        time_s = np.arange(ecg.signal.shape[2]) / ecg.fs
        noisy = (time_s >= _CLEAN_S) & ((time_s - _CLEAN_S) % (2 * _STRETCH_S) < _STRETCH_S)
        noise = self._noise("em", len(time_s))
        wanted = _size_mv2(ecg) / 10 ** (noise_of(record)["snr_db"] / 10)
        gain = np.sqrt(wanted / noise[:, noisy].var(axis=1))
        added = gain[:, None] * noise * noisy
        return replace(ecg, signal=(ecg.signal + added).astype(np.float32))

    def _read(self, record):
        if record not in _NOISES:
            return super()._read(record)
        noise = self._noise(record, round(self._plans[record].duration_s * self.info.fs))
        leads = [f"noise{row + 1}" for row in range(len(noise))]
        return self._named(Recording(noise, self.info.fs, leads), record)

    def _noise(self, kind, n_time):
        rng = np.random.default_rng(seed_of(self.name, kind))
        return _NOISES[kind].at_electrodes(rng, len(self.info.leads), n_time, self.info.fs)


_CLEAN_S, _STRETCH_S = 300.0, 120.0
_NOISES = {
    "bw": Noise(0.3, 0.0, 0.0),
    "em": Noise(0.05, 0.01, 0.0, motion_mv=1.0),
    "ma": Noise(0.0, 0.1, 0.0),
}


def _size_mv2(ecg):
    """Return the power of a sine as tall as the QRS complexes, for each lead."""
    (truth,) = ecg.truth
    tall = [np.ptp(ecg.clean[0][:, begin:stop], axis=1) for begin, stop in truth.qrs if begin >= 0]
    return np.mean(tall, axis=0) ** 2 / 8


def simulated_database(name, info):
    """Return the simulated stand-in of the database ``name``, whose catalog entry is ``info``.

    There are 48 records of 10 minutes for ``mitdb``, 8 of 10 minutes for ``ltstdb``, 60 of 20 s for
    ``ptbdb``, 400 of 10 s for ``ptb-xl``, 400 of 9 to 60 s for ``challenge-2017``, 200 of 10 s for
    ``challenge-2021``, 40 of 10 s for ``ludb``, 15 of 10 minutes for ``nstdb``, and ten of each
    condition for ``synthetic``.
    """
    own = {"ludb": SimulatedLudb, "nstdb": SimulatedNstdb}
    return own.get(name, SimulatedDatabase)(info, plans_of(name))
