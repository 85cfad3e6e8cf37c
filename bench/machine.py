# SPDX-License-Identifier: Apache-2.0
"""What the numbers were measured on, and how it is made ready."""

import datetime
import os
import platform
import re
import subprocess
import time

from programs import ROOT

BUSY_MAX = 0.1  # Of all cores, by others, before the run.


def print_machine():
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, text=True,
                            stdout=subprocess.PIPE, check=False).stdout.strip()
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(f"{date}, commit {commit or 'unknown'}, release build")
    print(f"{cpu_model()}, {os.cpu_count()} cores, {memory_gib:.0f} GiB, "
          f"{platform.system()} {platform.release()}, load average {os.getloadavg()[0]:.2f}")
    print("Server and load generator share the cores, not pinned.")
    busy = busy_share(seconds=1)
    if busy > BUSY_MAX:
        print(f"NOT FOR THE RECORD: other programs take {busy:.0%} of this machine.")


def busy_share(seconds):
    """The part of all cores' time that was not idle, 0 to 1."""
    idle_before, total_before = cpu_ticks()
    time.sleep(seconds)
    idle_after, total_after = cpu_ticks()
    return 1 - (idle_after - idle_before) / max(1, total_after - total_before)


def cpu_ticks():
    with open("/proc/stat", encoding="ascii") as stat:
        ticks = [int(field) for field in stat.readline().split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


def cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read(), re.MULTILINE)
    return found.group(1) if found else platform.machine()


def touch_memory(gib):
    """Uses memory once, so that the page cache later grows into memory that is there.

    A virtual machine gets a page from its host at the first touch, which costs more than all that
    is measured here. At most half of what is available.
    """
    with open("/proc/meminfo", encoding="ascii") as meminfo:
        available_kib = int(re.search(r"^MemAvailable:\s+(\d+)", meminfo.read(), re.MULTILINE)[1])
    bytearray(b"x") * min(gib * 2**30, available_kib * 1024 // 2)
