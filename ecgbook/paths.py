"""Paths as people name them."""

from pathlib import Path

from ecgbook.errors import DataMissing

__all__ = ["expanded", "read_bounded"]


def expanded(path):
    """Return a path with ``~`` replaced by the home folder that it stands for.

    DataMissing if there is no such user, or if no path of a disk can have these letters.

    >>> expanded("records/100").name
    '100'
    """
    if "\0" in str(path):
        raise DataMissing(f"{str(path)!r} is no path: it has a zero byte in it; correct it")
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise DataMissing(
            f"{path} begins with the home folder of nobody on this machine; write the path in full"
        ) from error


def read_bounded(path, most):
    """Return the bytes of a file; ValueError if there are more than ``most``, which are not read.

    >>> import os
    >>> read_bounded(os.devnull, 100)
    b''
    """
    blocks, n_bytes = [], 0
    with Path(path).open("rb") as file:
        while block := file.read(1 << 16):
            blocks.append(block)
            if (n_bytes := n_bytes + len(block)) > most:
                raise ValueError(f"{path} has more than {most:,} bytes")
    return b"".join(blocks)
