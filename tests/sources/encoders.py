"""Storage formats of *signal(5)*, written as the guide describes them: numbers to bytes."""

import numpy as np


def differences(samples, first=0):
    return np.diff(samples, prepend=first).astype("i1").tobytes()


def twos(kind):
    """Two's complement of a NumPy type."""
    return lambda samples: samples.astype(kind).tobytes()


def bytes_24(samples):
    return samples.astype("<i4").view("u1").reshape(-1, 4)[:, :3].tobytes()


def offset_binary(kind, zero):
    return lambda samples: (samples + zero).astype(kind).tobytes()


def packed_212(samples):
    """Pairs of 12 bits: the low bytes first and last, both high halves between them."""
    a, b = np.append(samples, np.zeros(len(samples) % 2, int)).reshape(-1, 2).T & 0xFFF
    found = np.stack([a & 0xFF, a >> 8 | (b >> 8) << 4, b & 0xFF], axis=1).astype("u1")
    return found.tobytes()[: -(-len(samples) * 3 // 2)]


def _threes(samples):
    return np.append(samples, np.zeros(-len(samples) % 3, int)).reshape(-1, 3).T & 0x3FF


def packed_310(samples):
    """Three of 10 bits: two in the bits 1 to 10 of two words, the third in the upper 5 of both."""
    a, b, c = _threes(samples)
    return np.stack([a << 1 | (c & 31) << 11, b << 1 | (c >> 5) << 11], 1).astype("<u2").tobytes()


def packed_311(samples):
    """Three of 10 bits, one after the other from the lowest bit of four bytes on."""
    a, b, c = _threes(samples)
    return (a | b << 10 | c << 20).astype("<u4").tobytes()


ENCODERS = {
    "16": twos("<i2"),
    "24": bytes_24,
    "32": twos("<i4"),
    "61": twos(">i2"),
    "80": offset_binary("u1", 128),
    "160": offset_binary("<u2", 32768),
    "212": packed_212,
    "310": packed_310,
    "311": packed_311,
}
