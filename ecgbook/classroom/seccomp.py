"""A filter of system calls, as a program that the kernel runs: what no homework needs is refused.

Refused are memory that no limit counts (anonymous files, segments of System V), new namespaces and
mounts, a look into other processes, and doors of the kernel that were often left open. `clone3`
hides its flags from a filter; it is refused as unknown, and the C library takes `clone` instead.
"""

import platform
import struct

__all__ = ["program", "supported"]

# (name, number on x86_64, number on aarch64), from the kernel's tables of system calls.
_REFUSED = (
    *(("ptrace", 101, 117), ("process_vm_readv", 310, 270), ("process_vm_writev", 311, 271)),
    *(("mount", 165, 40), ("umount2", 166, 39), ("pivot_root", 155, 41), ("chroot", 161, 51)),
    *(("unshare", 272, 97), ("setns", 308, 268), ("open_tree", 428, 428), ("fsopen", 430, 430)),
    *(("move_mount", 429, 429), ("fsconfig", 431, 431), ("fsmount", 432, 432)),
    *(("fspick", 433, 433), ("mount_setattr", 442, 442)),
    *(("memfd_create", 319, 279), ("memfd_secret", 447, 447), ("shmget", 29, 194)),
    *(("add_key", 248, 217), ("request_key", 249, 218), ("keyctl", 250, 219)),
    *(("bpf", 321, 280), ("perf_event_open", 298, 241), ("userfaultfd", 323, 282)),
    *(("io_uring_setup", 425, 425), ("open_by_handle_at", 304, 265)),
    *(("init_module", 175, 105), ("finit_module", 313, 273), ("kexec_load", 246, 104)),
)
_CLONE3, _CLONE = 435, {"x86_64": 56, "aarch64": 220}
_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_NEW_USER_NAMESPACE, _X32 = 0x10000000, 0x40000000

# Instructions: load a word; jump if equal, if greater or equal, if any bit is set; return.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _NOT_PERMITTED, _UNKNOWN = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16  # where they stand in what the kernel hands over


def supported():
    """Return whether the filter knows this machine's system calls."""
    return platform.machine() in _ARCHITECTURE


def program():
    """Return the filter of this machine as bytes, as ``bwrap --seccomp`` reads them."""
    machine = platform.machine()
    column = 1 if machine == "x86_64" else 2
    steps = [(_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, _ARCHITECTURE[machine]), (_RETURN, 0, 0, _KILL)]
    steps += [(_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _KILL)]
    steps += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _UNKNOWN)]
    for row in _REFUSED:
        steps += [(_EQUAL, 0, 1, row[column]), (_RETURN, 0, 0, _NOT_PERMITTED)]
    steps += [(_EQUAL, 0, 3, _CLONE[machine]), (_LOAD, 0, 0, _FIRST_ARGUMENT)]
    steps += [(_ANY_BIT, 0, 1, _NEW_USER_NAMESPACE), (_RETURN, 0, 0, _NOT_PERMITTED)]
    steps += [(_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
