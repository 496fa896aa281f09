"""Where untrusted bytes are dissected: an empty network namespace first, later no files, few system calls, limits.

namespaces(7), seccomp(2), setrlimit(2). Linux only, by ctypes; called in a child process, which cannot undo any of it.
"""

import ctypes
import os
import resource
from struct import pack

from auditor.packets.bpf import ABS, JEQ, JMP, LD, RET, WORD, Assembler, instructions

_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_SET_SECCOMP, _MODE_FILTER = 22, 2
_ALLOW, _DENY, _KILL = 0x7FFF0000, 0x00050000 | 1, 0x80000000  # the second: EPERM
_NUMBER_AT, _MACHINE_AT = 0, 4  # struct seccomp_data
# By machine: AUDIT_ARCH of linux/audit.h, and the numbers of read, write, close, fstat, lseek, mmap, mprotect, munmap,
# brk, rt_sigaction, rt_sigprocmask, rt_sigreturn, sched_yield, mremap, madvise, getpid, gettimeofday, sigaltstack,
# futex, clock_gettime, exit, exit_group, getrandom.
_CALLS = {
    "x86_64": (
        0xC000003E,
        (0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 28, 39, 96, 131, 202, 228, 60, 231, 318),
    ),
    "aarch64": (
        0xC00000B7,
        (63, 64, 57, 80, 62, 222, 226, 215, 214, 134, 135, 139, 124, 216, 233, 172, 169, 132, 98, 113, 93, 94, 278),
    ),
}


def empty_network() -> None:
    """Move this process into a new network namespace, with nothing in it; raises OSError.

    Where that is not allowed, in a user namespace of its own (user_namespaces(7)); some systems allow neither.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_NETWORK) != 0 and libc.unshare(_NEW_USER | _NEW_NETWORK) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def close_off(most_cpu_s: int) -> None:
    """Leave this process what is open, memory and time, and nothing else; raises OSError.

    No file can be opened or written from now on, no process begun. Needs no_new_privs, set before.
    """
    for which in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):
        resource.setrlimit(which, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (most_cpu_s, most_cpu_s))
    machine = _CALLS.get(os.uname().machine)
    if machine is None:
        return  # limits and the lack of privileges still hold
    code = _calls(*machine)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = pack("@HP", instructions(code), ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_SECCOMP, _MODE_FILTER, program, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _calls(architecture: int, numbers: tuple[int, ...]) -> bytes:
    """Return the program that lets the calls `numbers` through and fails others; another architecture's end it."""
    code = Assembler()
    code.add(LD | WORD | ABS, _MACHINE_AT)
    code.add(JMP | JEQ, architecture, 1, 0)
    code.add(RET, _KILL)
    code.add(LD | WORD | ABS, _NUMBER_AT)
    for number in numbers:
        code.add(JMP | JEQ, number, 0, 1)
        code.add(RET, _ALLOW)
    code.add(RET, _DENY)
    return code.assemble()
