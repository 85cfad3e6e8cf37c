# SPDX-License-Identifier: Apache-2.0
"""What more threads that process give: a log that is there is processed anew with one, two and more of them."""

import os
import shutil
import statistics

from servers import Hapax
from tables import print_table, thousands
from threads import thread_times

EVENTS = 1_000_000
ROUNDS = 3
VIEWS = {"events_per_minute": (), "all that are built in": ("--views-defaults", "all")}
DERIVED = ("state", "base", "verdicts")  # What a start makes again from the log.


def shards(programs, directory):
    filled = directory / "filled"
    with Hapax(programs, filled, "--log-compress", "no") as server:
        programs.bench(server, "--closed", "--events", EVENTS, "--warmup", 0)
    counts = sorted({1, 2, os.cpu_count()})
    taken = {(views, count): [] for views in VIEWS for count in counts}
    for _ in range(ROUNDS):
        for views, count in taken:
            taken[views, count].append(replay(programs, filled, directory / "again", count, VIEWS[views]))
    print_table(f"A log of {EVENTS:,} events processed anew, by processing.shards, on {os.cpu_count()} cores: medians of "
                f"{ROUNDS} rounds in turns, CPU in ns an event",
                ["views", "", "shards", "all of it", "the busiest thread", "x one shard"],
                [[views, "", count, *map(thousands, (total, busiest)),
                  f"{busiest / median(taken[views, 1])[1]:.2f}"]
                 for (views, count), rounds in taken.items() for total, busiest in [median(rounds)]])
    print("\nThe busiest thread is what more cores would wait for. No time is said: it depends on the cores that were free.")


def median(rounds):
    return [statistics.median(column) for column in zip(*rounds)]


def replay(programs, filled, again, count, options):
    """CPU of all threads that process, and of the busiest, in ns an event."""
    shutil.copytree(filled, again)
    for name in DERIVED:
        shutil.rmtree(again / name, ignore_errors=True)
    with Hapax(programs, again, "--log-compress", "no", "--processing-shards", str(count), *options) as server:
        server.wait_until_processed(0.1)
        times = thread_times(server.pid)
    shutil.rmtree(again)
    busy = [seconds / EVENTS * 1e9 for name, seconds in times.items() if name == "processor" or name.startswith("shard ")]
    return sum(busy), max(busy)
