"""One file over http: resumed by range, retried with back-off."""

import random
import re
import shutil
import time
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from ecgbook.errors import DataCorrupt, DataMissing, EcgError

__all__ = ["download", "require_space", "unwritable", "without_password"]

_BLOCK_BYTES = 1 << 14
_TIMEOUT_S = (5, 60)  # to connect, between two blocks
_BUSY = frozenset({429, 500, 502, 503, 504})
_LONGEST_PAUSE_S = 60.0
_LARGEST_BYTES = 2 << 30  # no file of a database comes near
_USER = re.compile(r"(?<=://)[^/]*@")
# Also where the address is wrong, or has no scheme.
_SECRET = re.compile(r"(?<=://)[^/]*@|(?<=://)[^/@]*:[^@]*@|[^/\\:]*:[^/\\]*@")


def download(url, part, attempts=5, advance=None, *, most=_LARGEST_BYTES, announced=False):
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
    most : int
        Bytes that the file may have.
    announced : bool
        Whether the answer must say where it ends, so that a cut one can be told from a whole one.

    Raises
    ------
    DataMissing
        If the server refuses the file or cannot be reached.
    DataCorrupt
        If there are more than ``most`` bytes, or an end that was to be announced is not.
    EcgError
        If the bytes cannot be written.
    """
    failures = 0
    while True:
        before = _size(part)
        try:
            return _transfer(url, part, advance, most, announced)
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
    return _SECRET.sub("", str(url))


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


def _transfer(url, part, advance, most, announced):
    import requests

    have, user, url = _size(part), _user_in(url), _USER.sub("", url)
    # A compressed answer would have other lengths and ranges than the file.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    how = {"headers": headers, "auth": user, "stream": True, "timeout": _TIMEOUT_S}
    with _session().get(url, **how) as response:
        if response.status_code in _BUSY:
            response.raise_for_status()
        if response.status_code == 416 and have:  # nothing lies beyond what we have
            return
        if not response.ok:
            raise DataMissing(f"{url} answers {response.status_code} {response.reason}")
        if response.status_code != 206:
            have = 0
        length = response.headers.get("Content-Length", "")
        if length.isdecimal():
            require_space(part.parent, int(length))
        elif announced and response.headers.get("Transfer-Encoding", "").lower() != "chunked":
            raise DataCorrupt(f"{url} does not say how long it is, so it may be cut off")
        blocks = _bounded(response.iter_content(_BLOCK_BYTES), most - have, url)
        _write(blocks, part, "ab" if have else "wb", advance)
        if length.isdecimal() and _size(part) < have + int(length):
            raise requests.ConnectionError("the answer was cut off")


def _write(blocks, part, mode, advance):
    import requests

    try:
        with part.open(mode) as file:
            for block in blocks:
                file.write(block)
                file.flush()  # so that a killed run can be resumed
                if advance is not None:
                    advance(len(block))
    except requests.RequestException:  # an OSError too, but of the network
        raise
    except OSError as error:
        raise unwritable(part, error) from error


def _bounded(blocks, most, url):
    for block in blocks:
        most -= len(block)
        if most < 0:
            raise DataCorrupt(f"{url} sends more bytes than any file of a database has")
        yield block


def _user_in(url):
    """Return user and password of an address, apart from it so that no error repeats them."""
    from urllib.parse import unquote

    named = _USER.search(url)
    return tuple(map(unquote, named[0][:-1].partition(":")[::2])) if named else None


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
