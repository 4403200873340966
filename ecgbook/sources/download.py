"""One file over http: resumed by range, retried with back-off."""

import random
import re
import shutil
import time
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from ecgbook.errors import DataMissing, EcgError

__all__ = ["download", "require_space", "unwritable", "without_password"]

_BLOCK_BYTES = 1 << 14
_TIMEOUT_S = (5, 60)  # to connect, between two blocks
_BUSY = frozenset({429, 500, 502, 503, 504})
_LONGEST_PAUSE_S = 60.0


def download(url, part, attempts=5, advance=None):
    """Complete the file ``part`` from ``url``.

    What ``part`` holds already is kept and the rest is asked for by range. An attempt that
    brings the file further starts the count of attempts anew.

    Parameters
    ----------
    url, part : str and Path
        Address of the whole file, and where the bytes go; they are not verified here.
    attempts : int
        Failures in a row after which to give up.
    advance : callable, optional
        Called with the number of bytes of each block that arrives.

    Raises
    ------
    DataMissing
        If the server refuses the file or cannot be reached.
    EcgError
        If the bytes cannot be written.
    """
    failures = 0
    while True:
        before = _size(part)
        try:
            return _transfer(url, part, advance)
        except (OSError, ValueError) as error:  # what requests, urllib3 and sockets raise
            failures = 1 if _size(part) > before else failures + 1
            response, reason = getattr(error, "response", None), type(error).__name__
            if response is not None:
                reason = f"{response.status_code} {response.reason}"
            if failures >= attempts:
                raise DataMissing(
                    f"{without_password(url)} cannot be fetched ({reason}); check the "
                    f"connection and try again, what has arrived is kept"
                ) from error
            time.sleep(_pause_s(failures, response))


def without_password(url):
    """Return an address as it may be shown: without the user and the password in it."""
    return re.sub(r"(?<=://)[^/]*@", "", url)


def require_space(folder, n_bytes):
    """Raise `EcgError` unless ``n_bytes`` more fit on the disk of ``folder``."""
    free = shutil.disk_usage(folder).free
    if n_bytes > free:
        raise EcgError(
            f"the disk of {folder} is full: {n_bytes / 1e6:,.1f} MB are needed and "
            f"{free / 1e6:,.1f} MB are free; make room or set ECGBOOK_CACHE to another disk"
        )


def unwritable(part, error):
    """Return the error that tells why ``part`` cannot be written, and what to do."""
    return EcgError(
        f"{part} cannot be written ({error.strerror or error}); make room or set ECGBOOK_CACHE "
        f"to a folder that can be written"
    )


def _transfer(url, part, advance):
    import requests

    have = _size(part)
    # A compressed answer would have other lengths and ranges than the file.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with _session().get(url, headers=headers, stream=True, timeout=_TIMEOUT_S) as response:
        if response.status_code in _BUSY:
            response.raise_for_status()
        if response.status_code == 416 and have:  # nothing lies beyond what we have
            return
        if not response.ok:
            shown = without_password(url)
            raise DataMissing(f"{shown} answers {response.status_code} {response.reason}")
        if response.status_code != 206:
            have = 0
        length = response.headers.get("Content-Length", "")
        if length.isdecimal():
            require_space(part.parent, int(length))
        _write(response, part, "ab" if have else "wb", advance)
        if length.isdecimal() and _size(part) < have + int(length):
            raise requests.ConnectionError("the answer was cut off")


def _write(response, part, mode, advance):
    import requests

    try:
        with part.open(mode) as file:
            for block in response.iter_content(_BLOCK_BYTES):
                file.write(block)
                file.flush()  # so that a killed run can be resumed
                if advance is not None:
                    advance(len(block))
    except requests.RequestException:  # an OSError too, but of the network
        raise
    except OSError as error:
        raise unwritable(part, error) from error


def _size(part):
    return part.stat().st_size if part.exists() else 0


def _pause_s(failures, response):
    """Seconds to wait: what the server asks for, else doubling, with jitter."""
    from urllib3.exceptions import InvalidHeader
    from urllib3.util import Retry

    asked = response.headers.get("Retry-After", "") if response is not None else ""
    with suppress(InvalidHeader):
        return min(Retry().parse_retry_after(asked), _LONGEST_PAUSE_S)
    return min(0.5 * 2 ** (failures - 1), _LONGEST_PAUSE_S) * random.uniform(0.5, 1.0)


@cache
def _session():
    """One pool of connections for all threads."""
    import requests

    session = requests.Session()
    with suppress(PackageNotFoundError):
        session.headers["User-Agent"] = f"ecgbook/{version('ecgbook')}"
    return session
