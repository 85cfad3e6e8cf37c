# SPDX-License-Identifier: Apache-2.0
"""The threads of a server: their CPU time by name, and how some of them are stopped for a while."""

import collections
import contextlib
import ctypes
import os
import pathlib

# Of linux/ptrace.h; a thread that is seized can be stopped alone, by no signal to its process.
PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207
WAIT_FOR_THREADS = 0x40000000  # __WALL


def thread_times(pid):
    """CPU seconds by the name of the threads; of those that have ended, under `ended`."""
    times = collections.Counter()
    for task in tasks(pid):
        nanoseconds = int((task / "schedstat").read_text().split()[0])
        times[name_of(task)] += nanoseconds / 1e9
    times["ended"] = max(0, process_seconds(pid) - sum(times.values()))
    return times


def process_seconds(pid):
    """CPU time of the whole process, also of threads that have ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def tasks(pid):
    return pathlib.Path(f"/proc/{pid}/task").iterdir()


def name_of(task):
    return (task / "comm").read_text().strip()


@contextlib.contextmanager
def stopped(pid, names):
    """Stops the threads called so and no others; they should be waiting for work, or they may hold a lock."""
    seized = []
    try:
        for task in tasks(pid):
            if name_of(task) in names:
                thread = int(task.name)
                ptrace(PTRACE_SEIZE, thread)
                seized.append(thread)
                ptrace(PTRACE_INTERRUPT, thread)
                os.waitpid(thread, WAIT_FOR_THREADS)
        yield
    finally:
        for thread in seized:
            ptrace(PTRACE_DETACH, thread)


def ptrace(request, thread):
    call = ctypes.CDLL(None, use_errno=True).ptrace
    call.argtypes, call.restype = [ctypes.c_long] * 4, ctypes.c_long
    if call(request, thread, 0, 0) != 0:
        raise SystemExit(f"cannot stop a thread of the server (ptrace: {os.strerror(ctypes.get_errno())}); "
                         "containers need the capability SYS_PTRACE for that")
