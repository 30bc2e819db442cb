#!/usr/bin/env python3
"""deny_calls.py NAME[,NAME...] COMMAND...: runs it under a seccomp filter that answers these system calls with EPERM.

So do containers without CAP_SYS_NICE with set_mempolicy, get_mempolicy, mbind and move_pages.
"""
import ctypes
import errno
import os
import platform
import struct
import sys

NUMBERS = {
    "x86_64": {"set_mempolicy": 238, "get_mempolicy": 239, "mbind": 237, "move_pages": 279, "sched_setaffinity": 203},
    "aarch64": {"set_mempolicy": 237, "get_mempolicy": 236, "mbind": 235, "move_pages": 239, "sched_setaffinity": 122},
}
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06  # of BPF: ld abs word, jeq constant, ret constant
ALLOW, FAIL = 0x7FFF0000, 0x00050000  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2


def program(numbers: list[int]) -> bytes:
    """The call's number is the first word that a filter sees."""
    steps = [(LOAD, 0, 0, 0)]
    for number in numbers:
        steps += [(JUMP_IF_EQUAL, 0, 1, number), (RETURN, 0, 0, FAIL | errno.EPERM)]
    steps.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def main() -> None:
    numbers = NUMBERS.get(platform.machine())
    if numbers is None:
        sys.exit(f"deny_calls.py: numbers of system calls of {platform.machine()} are not known here")
    code = program([numbers[name] for name in sys.argv[1].split(",")])
    kept = ctypes.create_string_buffer(code, len(code))
    head = ctypes.create_string_buffer(struct.pack("HP", len(code) // 8, ctypes.addressof(kept)))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, head, 0, 0):
        sys.exit(f"deny_calls.py: no filter can be set: {os.strerror(ctypes.get_errno())}")
    os.execvp(sys.argv[2], sys.argv[2:])


main()
