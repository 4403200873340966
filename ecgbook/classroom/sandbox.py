"""A sandbox for one submission: what it writes comes out as bytes, and nothing else does.

It is made by bubblewrap: no network, the system read-only, other people's files and processes
absent, the only writable folders in memory and small, no way to more rights, and limits of time,
memory, processes and output. Where one of these cannot be had, `refusal` says why, and nothing
runs.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import ecgbook
from ecgbook.classroom import seccomp
from ecgbook.classroom.watch import watch

__all__ = ["Limits", "refusal", "run"]

_MB = 1_000_000
# A user of each sandbox, of whom nobody else is: a range that systems leave free.
_FIRST_UID = 60514
_DESK = "/desk"  # where a submission works: empty, small, gone afterwards
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts")
_START = (
    "import sys; sys.path.insert(0, {root!r}); from ecgbook.classroom.runner import main; main()"
)


@dataclass(frozen=True)
class Limits:
    """What a submission may take: wall-clock time, memory of all its processes, their number.

    ``file_mb`` is the size of a file and of each writable folder, ``output_mb`` of its answers.
    """

    seconds: float = 120
    call_s: float = 10
    memory_mb: int = 2000
    processes: int = 64
    file_mb: int = 50
    output_mb: int = 20


@cache
def refusal():
    """Return in one sentence why no submission may run here; an empty string if it may.

    The walls are tried, not assumed: a small notebook tries to get through each.
    """
    if sys.platform != "linux" or not seccomp.supported():
        return f"the sandbox needs Linux on x86_64 or aarch64, this is {platform.platform()}"
    if not shutil.which("bwrap"):
        return "bubblewrap is not installed: apt install bubblewrap, or dnf install bubblewrap"
    job = {"notebook": _TRIAL, "calls": [["q1", "walls", ['{"dict": {}}']]]}
    ended = run(job, Limits(seconds=60), errors=subprocess.PIPE)
    lines = [json.loads(line) for line in ended.output.splitlines()]
    holes = [content for question, _, kind, content in lines if question == "q1"]
    if not holes:
        return (
            f"bubblewrap does not start ({ended.errors.strip()[-200:] or ended.stopped}); where "
            "AppArmor forbids user namespaces, an administrator must allow them for bwrap"
        )
    return "" if holes == ['{"list": []}'] else f"the sandbox has a hole here: {holes[0]}"


def run(job, limits, slot=0, errors=subprocess.DEVNULL):
    """Run a job in a sandbox and return how it ended and what it wrote, as `Ended`.

    Parameters
    ----------
    job : dict
        ``notebook``, its text, and ``calls``, see `ecgbook.classroom.runner.answers`.
    limits : Limits
    slot : int
        Which of the sandboxes that run side by side; each has a user of its own.
    errors
        Where messages of bubblewrap go, as `subprocess.Popen` takes it.
    """
    as_root = os.getuid() == 0
    job = {
        **job,
        "call_s": limits.call_s,
        "uid": _FIRST_UID + slot if as_root else 0,
        "limits": _rlimits(limits),
    }
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as rules:
        given.write(json.dumps(job).encode())
        rules.write(seccomp.program())
        for file in (given, rules):
            file.seek(0)
        command = _command(limits, rules.fileno(), as_root)
        return watch(command, given, rules.fileno(), limits, errors)


def _rlimits(limits):
    file_bytes = limits.file_mb * _MB
    bytes_ = {"DATA": limits.memory_mb * _MB, "FSIZE": file_bytes, "CORE": 0, "MEMLOCK": 0}
    return bytes_ | {"NPROC": limits.processes, "NOFILE": 256, "CPU": int(limits.seconds) + 5}


def _command(limits, rules, as_root):
    """Return the command line of bubblewrap, in the order in which it builds the sandbox."""
    inside = ["--ipc", "--pid", "--net", "--uts", "--cgroup-try"]
    command = ["bwrap", "--die-with-parent", "--new-session", "--clearenv"]
    command += [f"--unshare{one.removeprefix('-')}" for one in inside]
    if as_root:  # these are lost with the change of user, which `runner` makes first of all
        command += [part for one in ("SETUID", "SETGID") for part in ("--cap-add", f"CAP_{one}")]
    else:
        command += ["--unshare-user", "--disable-userns"]
    command += ["--proc", "/proc", "--dev", "/dev"]
    for folder in ("/dev/shm", "/tmp", _DESK):  # first: what is readable may lie below them
        size = str(limits.file_mb * _MB)
        command += ["--perms", "1777", "--size", size, "--tmpfs", folder]
    for path in _readable():
        for parent in reversed(Path(path).parents[:-1]):  # bubblewrap would let root alone through
            command += ["--perms", "0755", "--dir", str(parent)]
        command += ["--ro-bind", path, path]
    command += [part for path in _SYSTEM for part in _system(path)]
    command += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", _DESK]
    for name, value in _environment().items():
        command += ["--setenv", name, value]
    command += ["--seccomp", str(rules), "--", sys.executable, "-I", "-B", "-c"]
    return [*command, _START.format(root=str(_package().parent))]


def _environment():
    """Return all variables that there are inside."""
    own = {"PATH": "/usr/bin:/bin", "HOME": _DESK, "USER": "student", "LANG": "C.UTF-8"}
    own |= {"MPLBACKEND": "Agg", "MPLCONFIGDIR": _DESK, "ECGBOOK_OFFLINE": "1"}
    return own | {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")}


def _package():
    return Path(ecgbook.__file__).resolve().parent


def _readable():
    """Return what Python needs beside the system: itself, its packages and this package.

    Of a clone that is the folder ``ecgbook`` alone: its assignments, with solutions, stay outside.
    """
    found = [sys.base_prefix, sys.prefix, str(_package())]
    found = [os.path.realpath(path) for path in found]
    return [path for path in dict.fromkeys(found) if not path.startswith("/usr/")]


def _system(path):
    place = Path(path)
    if place.is_symlink():
        return ["--symlink", str(place.readlink()), path]
    return ["--ro-bind", path, path] if place.exists() else []


_TRIAL_CODE = """
import ctypes, os, pathlib, threading, time

def walls():
    libc, holes = ctypes.CDLL(None, use_errno=True), []
    if 0 in (*os.getresuid(), *os.getresgid(), *os.getgroups()):
        holes.append("root")
    devices = pathlib.Path("/proc/net/dev").read_text().splitlines()[2:]
    if any(not line.strip().startswith("lo:") for line in devices):
        holes.append("network")
    for folder in ("/", "/usr", "/etc", "/dev"):
        if os.access(folder, os.W_OK):
            holes.append("writable " + folder)
    if libc.memfd_create(b"x", 0) != -1:
        holes.append("anonymous files")
    if libc.unshare(0x10000000) != -1:
        holes.append("user namespaces")
    status = pathlib.Path("/proc/self/status").read_text()
    caps = [line.split()[1] for line in status.splitlines() if line.startswith("CapEff")]
    if int(caps[0], 16):
        holes.append("capabilities")
    if len([name for name in os.listdir("/proc") if name.isdigit()]) > 4:
        holes.append("other processes")
    try:
        bytearray(4_000_000_000)
        holes.append("memory without end")
    except MemoryError:
        pass
    try:
        for _ in range(100):
            threading.Thread(target=time.sleep, args=(0.1,), daemon=True).start()
        holes.append("processes without end")
    except RuntimeError:
        pass
    return holes
"""
_TRIAL = json.dumps({"cells": [{"cell_type": "code", "source": _TRIAL_CODE}]})
