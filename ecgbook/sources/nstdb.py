"""MIT-BIH Noise Stress Test: two ECGs with noise of known size, and the noise alone."""

import re

from ecgbook.sources.database import WfdbDatabase

__all__ = ["Nstdb", "noise_of"]


class Nstdb(WfdbDatabase):
    """MIT-BIH Noise Stress Test Database.

    Labels: ``patient``, that of MIT-BIH, empty for noise alone; ``noise``: ``bw`` baseline wander,
    ``em`` electrode motion, ``ma`` muscle artefact; ``snr_db``, the ratio of signal to noise in
    the noisy stretches in decibels, NaN for noise alone.

    An ECG such as ``118e24`` is record 118 of MIT-BIH with ``em`` added: five minutes clean, then
    two minutes noisy and two clean in turn. Its annotations are those of the original. Records of
    noise have no annotations, and their header no gain: they are read with the 200 units a mV that
    *header(5)* proposes, so that their millivolts hold only against each other.

    References
    ----------
    Moody GB, Muldrow WE, Mark RG. A noise stress test for arrhythmia detectors.
    Computers in Cardiology 11:381-384, 1984.
    """

    stored = True
    gain = 200.0

    def patient(self, record):
        """Return who was recorded, as MIT-BIH names them; nobody in records of noise."""
        return noise_of(record)["patient"]

    def _metadata(self):
        return self._table([noise_of(record) for record in self.records])


def noise_of(record):
    """Return patient, kind of noise and ratio in decibels, as the name of a record tells them.

    >>> noise_of("118e_6")
    {'patient': '118', 'noise': 'em', 'snr_db': -6.0}
    """
    ecg = re.fullmatch(r"(\d{3})e(\d\d|_\d)", record)
    if ecg is None:
        return {"patient": "", "noise": record, "snr_db": float("nan")}
    return {"patient": ecg[1], "noise": "em", "snr_db": float(ecg[2].replace("_", "-"))}
