"""The checksums of headers: what the samples of each signal add up to, in 16 bits.

Records of a database are held to their digests. One's own have nothing but these sums, and not
every program writes right ones: where they differ, there is a warning and no refusal.
"""

import warnings

import numpy as np

__all__ = ["warn_of_sums"]

_BLOCK = 1 << 20
# Storage formats whose samples float32 holds exactly, with the number that says "no sample";
# of others the stored numbers are read once more.
_INVALID = {"16": -(2**15), "61": -(2**15), "80": -128, "160": -(2**15), "212": -(2**11)}
_INVALID |= {"310": -(2**9), "311": -(2**9), "508": -128, "516": -(2**15)}


def warn_of_sums(stem, header, recording, signals, gain):
    """Warn of signals whose samples do not add up to what the header of the record says.

    ``recording`` holds these signals of the record at ``stem``, read with this ``gain`` or, if it
    is None, with those of the ``header``, which is as wfdb reads it.
    """
    differ = [
        recording.leads[row]
        for row, place in enumerate(signals)
        if _is_told(header, place)
        and (_sum(stem, recording, row, header, place, gain) - header.checksum[place]) % 65536
    ]
    if differ:
        text = (
            f"{stem}: the samples of {', '.join(differ)} do not add up to the checksum of the "
            f"header; the signal or the header was changed or damaged: compare with the original"
        )
        warnings.warn(text, stacklevel=4)


def _is_told(header, place):
    if not header.checksum or not header.checksum[place]:  # 0 stands for one that nobody computed
        return False
    return not header.skew[place] and header.adc_gain[place]


def _sum(stem, recording, row, header, place, gain):
    """Return the sum of the stored numbers of a signal."""
    if header.fmt[place] not in _INVALID:
        import wfdb

        how = {"channels": [place], "physical": False, "smooth_frames": False}
        return int(wfdb.rdrecord(str(stem), **how).e_d_signal[0].sum())
    unit, total = _unit(header, place) if gain is None else gain, 0
    for start in range(0, recording.signal.shape[1], _BLOCK):
        block = recording.signal[row, start : start + _BLOCK].astype(float)
        stored = np.rint(block * unit + header.baseline[place])
        gone = np.isnan(stored)
        total += int(stored[~gone].sum()) + int(gone.sum()) * _INVALID[header.fmt[place]]
    return total


def _unit(header, place):
    """Return how many stored units a mV is."""
    from ecgbook.sources.signalnames import millivolts_of

    return header.adc_gain[place] / millivolts_of(header.units[place])
