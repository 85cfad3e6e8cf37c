# SPDX-License-Identifier: Apache-2.0
"""What open dashboards cost the server: connections of eight live queries each, beside a steady load."""

import collections
import json
import subprocess
import time

from servers import Hapax
from tables import print_table
from threads import thread_times

CONNECTIONS = 200
RATE = 1_000
BATCH = 10
SECONDS = 20
WARMUP_SECONDS = 3

# An overview; each of them changes with every event.
PANELS = [("events_per_minute", "top=10&windows=30"),
          ("events_per_minute", "top=1&windows=60&measures=count"),
          ("events_per_hour", "top=10&windows=24"),
          ("active_users_per_minute", "windows=30"),
          ("active_users_per_hour", "windows=24"),
          ("active_users_per_day", "windows=7"),
          ("sessions_per_day", "windows=7"),
          ("new_users_per_day", "windows=7")]


def dashboards(programs, directory):
    with Hapax(programs, directory / "data", "--views-defaults", "all") as server:
        body = json.dumps({"streams": [{"id": f"p{number}", "view": view, "query": query}
                                       for number, (view, query) in enumerate(PANELS)]})
        without = measure(programs, server, body, 0)
        one = measure(programs, server, body, 1)
        many = measure(programs, server, body, CONNECTIONS)
    names = sorted({*without.threads, *one.threads, *many.threads})
    shown = [name for name in names if max(run.threads[name] for run in (without, one, many)) >= 0.2]
    rows = [["all of it", *(f"{sum(run.threads.values()):.1f}" for run in (without, one, many))]]
    rows += [[name, *(f"{run.threads[name]:.1f}" for run in (without, one, many))] for name in shown]
    print_table(f"CPU of the server in % of a core, {RATE:,} events/s, {len(PANELS)} panels a dashboard, "
                f"{SECONDS} s", ["thread", "no dashboard", "one", f"{CONNECTIONS}"], rows)
    print(f"\nof {CONNECTIONS}: {many.bytes / SECONDS / 1e6:.1f} MB/s, "
          f"{many.bytes / SECONDS / CONNECTIONS / 1e3:.1f} kB/s each, "
          f"{many.frames / SECONDS:.0f} frames/s each; the slowest got {many.slowest:.0%} of that")
    print(f"{CONNECTIONS - 1} more of them: "
          f"{sum(many.threads.values()) - sum(one.threads.values()):.1f} % of a core")


Run = collections.namedtuple("Run", "threads bytes frames slowest")


def measure(programs, server, body, connections):
    load = subprocess.Popen([programs.hapax, "bench", "--json", "--target", server.url,
                             "--pid", str(server.pid), "--rate", str(RATE), "--batch", str(BATCH), "--warmup", "0",
                             "--events", str(RATE * (SECONDS + 2 * WARMUP_SECONDS))],
                            stdout=subprocess.PIPE, text=True)
    time.sleep(WARMUP_SECONDS)
    watching = None
    if connections:
        watching = subprocess.Popen([programs.dashboards, "--url", server.url, "--body", body,
                                     "--connections", str(connections), "--seconds", str(SECONDS)],
                                    stdout=subprocess.PIPE, text=True)
    time.sleep(1)  # The first frames are whole.
    before = thread_times(server.pid)
    time.sleep(SECONDS)
    after = thread_times(server.pid)
    came = {"bytes": 0, "bytes_min": 0, "frames_of_the_first": 0}
    if watching:
        output, _ = watching.communicate()
        if watching.returncode != 0:
            raise SystemExit("the dashboards failed")
        came = json.loads(output)
    load.communicate()
    if load.returncode != 0:
        raise SystemExit("the load failed")
    threads = collections.Counter({name: (after[name] - before.get(name, 0)) / SECONDS * 100 for name in after})
    mean = came["bytes"] / max(1, connections)
    return Run(threads, came["bytes"], came["frames_of_the_first"], came["bytes_min"] / mean if mean else 0)
