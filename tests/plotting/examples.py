import numpy as np

from ecgbook import Annotations, Recording

TWELVE = ("I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6")


def recording(leads=("II",), seconds=4.0, fs=250, **options):
    """Small sine waves of another frequency in each lead."""
    time_s = np.arange(round(seconds * fs)) / fs
    signal = [0.3 * np.sin(2 * np.pi * (row + 1) * time_s) for row in range(len(leads))]
    return Recording(np.array(signal), fs, leads, **options)


def pulse():
    """One second of 1 mV, from second 1 to second 2 of 4."""
    signal = np.zeros((1, 1000))
    signal[0, 250:500] = 1.0
    return Recording(signal, 250, ["II"])


def beats(samples, symbols):
    return Annotations(samples, list(symbols))
