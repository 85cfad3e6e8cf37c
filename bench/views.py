# SPDX-License-Identifier: Apache-2.0
"""What declared views cost: the thread that counts, per event, by kind and number; how fast a view is
made over a log that is there, and what those who watch the live stream notice of it."""

import json
import shutil
import statistics
import time
import urllib.request

from reads import processor_seconds, thread_seconds
from servers import Hapax
from tables import print_table

EVENTS = 500_000
COUNTS = (1, 3, 10, 30)
LOG_EVENTS = 4_000_000
UNIQUES_COUNTS = (1, 10)
UNIQUES_TIMES = 5
USERS_EVENTS = 8_000_000
USERS = (10_000, 10_000_000)
OPEN_KEYS = (100_000, 1_000_000, 10_000_000)
USERS_KINDS = {"a sketch beyond 100,000": "uniques(user)", "exact": f"uniques(user, {USERS[1]})"}
RATE = 40_000
KEY = "bench"
HOUR = {"tumbling": "1h"}
KINDS = {
    "count by record fields": {"window": HOUR, "group_by": ["source", "event"],
                               "measures": {"n": "count"}},
    "the same, and users": {"window": HOUR, "group_by": ["source", "event"],
                            "measures": {"n": "count", "users": "uniques(user)"}},
    "count by a path": {"window": HOUR, "group_by": ["source", "properties.path"],
                        "measures": {"n": "count"}},
    "sessions": {"window": {"session": "30m"}, "per": "user", "group_by": ["source"],
                 "measures": {"n": "count", "seconds": "avg(key.seconds)"}},
}


def views(programs, directory, part=None):
    for measure in [PARTS[part]] if part else PARTS.values():
        measure(programs, directory)


def kinds(programs, directory):
    base = statistics.median(cost(programs, directory / f"none{i}", {}) for i in range(3))
    rows = [["events_per_minute", 1, f"{base:.0f}", "", ""]]
    for kind, spec in KINDS.items():
        for count in COUNTS:
            name = f"{kind}-{count}".replace(" ", "").replace(",", "")
            spent = cost(programs, directory / name, {f"v{i}": spec for i in range(count)})
            rows.append([kind, count, f"{spent:.0f}", f"{spent - base:.0f}",
                         f"{(spent - base) / count:.0f}"])
    spent = cost(programs, directory / "defaults", {}, "--views-defaults", "all")
    rows.append(["the others that are built in", 13, f"{spent:.0f}", f"{spent - base:.0f}",
                 f"{(spent - base) / 13:.0f}"])
    print_table(f"CPU of the thread that counts, ns an event; {EVENTS:,} events in batches of 100",
                ["views", "how many", "ns/event", "more", "per view"], rows)


def uniques(programs, directory):
    alone, with_users = list(KINDS.values())[:2]
    rows = []
    for count in UNIQUES_COUNTS:
        spent = []
        for i in range(UNIQUES_TIMES):  # In turns: the machine is not the same all the time.
            pair = [cost(programs, directory / f"uniques{count}-{i}-{number}",
                         {f"v{view}": spec for view in range(count)})
                    for number, spec in enumerate((alone, with_users))]
            spent.append((pair[1] - pair[0]) / count)
        rows.append(["more for uniques(user)", count, f"{statistics.median(spent):.0f}",
                     f"{min(spent):.0f} to {max(spent):.0f}"])
    print_table(f"CPU of the thread that counts, ns an event and view; cells of {USERS[0]:,} users, "
                f"{UNIQUES_TIMES} runs", ["", "views", "median", "all"], rows)
    users(programs, directory)


def cost(programs, directory, specs, *options):
    with Hapax(programs, directory, "--api-admin-keys", KEY, *options) as server:
        for name, spec in specs.items():
            declare(server, name, spec)
        wait_until_live(server)
        programs.bench(server, "--closed", "--events", 50_000, "--warmup", 0)
        server.wait_until_processed()
        before = processor_seconds(server.pid)
        programs.bench(server, "--closed", "--events", EVENTS, "--warmup", 0)
        server.wait_until_processed()
        return (processor_seconds(server.pid) - before) / EVENTS * 1e9


def users(programs, directory):
    rows = []
    for kind, measure in USERS_KINDS.items():
        spec = {"window": {"tumbling": "1d"}, "measures": {"users": measure}}
        rows += by_users(programs, directory, kind, spec, USERS)
    print_table(f"users in one open cell, CPU ns an event; {USERS_EVENTS:,} events",
                ["uniques", "users", "processor", "checkpoints", "both, x that of few"], rows)


def sessions(programs, directory):
    rows = by_users(programs, directory, "sessions", KINDS["sessions"], OPEN_KEYS)
    print_table(f"open sessions, CPU ns an event; {USERS_EVENTS:,} events in batches of 100",
                ["", "users", "processor", "checkpoints", "both, x that of few"], rows)


def by_users(programs, directory, kind, spec, counts):
    rows, few = [], None
    for count in counts:
        processor, checkpoint = cost_of_users(programs, directory / f"users{count}", spec, count)
        few = few or processor + checkpoint
        rows.append([kind, f"{count:,}", f"{processor:.0f}", f"{checkpoint:.0f}",
                     f"{(processor + checkpoint) / few:.2f}"])
    return rows


def cost_of_users(programs, directory, spec, count):
    """Of the thread that counts and of the one that writes checkpoints."""
    def seconds(server):
        return [thread_seconds(server.pid, name) for name in ("processor", "checkpoint")]

    with Hapax(programs, directory, "--api-admin-keys", KEY) as server:
        declare(server, "v", spec)
        programs.bench(server, "--closed", "--events", 50_000, "--warmup", 0, "--users", count)
        server.wait_until_processed()
        before = seconds(server)
        programs.bench(server, "--closed", "--events", USERS_EVENTS, "--warmup", 0, "--users", count)
        server.wait_until_processed()
        spent = [(after - first) / USERS_EVENTS * 1e9
                 for after, first in zip(seconds(server), before)]
    shutil.rmtree(directory)  # Some gigabytes.
    return spent


def making(programs, directory):
    with Hapax(programs, directory / "making", "--api-admin-keys", KEY) as server:
        programs.bench(server, "--closed", "--events", LOG_EVENTS, "--warmup", 0)
        server.wait_until_processed()
        rows = []
        for kind in list(KINDS)[:2]:
            name = f"view{len(rows)}"
            before, began = processor_seconds(server.pid), time.monotonic()
            declare(server, name, KINDS[kind])
            wait_until_live(server)
            took = time.monotonic() - began
            spent = processor_seconds(server.pid) - before
            rows.append([kind, f"{LOG_EVENTS / took / 1e6:.2f}", f"{LOG_EVENTS / spent / 1e6:.2f}"])
        print_table(f"a view made over {LOG_EVENTS:,} events", ["view", "M events/s", "M events/s a core"],
                    rows)
        alone = freshness(programs, server)
        for i in range(12):  # So that some is being made all the time.
            declare(server, f"again{i}", KINDS["the same, and users"], wait=False)
        beside = freshness(programs, server)
        print(f"\nfreshness at {RATE:,} events/s: p99 {alone:.0f} ms; while views are made {beside:.0f} ms")


def freshness(programs, server):
    result = programs.bench(server, "--rate", RATE, "--duration", "8s", "--freshness")
    return result["freshness"]["ns"]["p99"] / 1e6


def declare(server, name, spec, wait=True):
    request = urllib.request.Request(
        server.url + "/api/views", json.dumps({"name": name, **spec}).encode(),
        {"Authorization": "Bearer " + KEY}, method="POST")
    urllib.request.urlopen(request, timeout=60).close()
    if wait:
        wait_until_live(server)


def wait_until_live(server):
    while any(view["state"] != "live" for view in server.get("/api/views")["views"]):
        time.sleep(0.005)


PARTS = {"kinds": kinds, "uniques": uniques, "sessions": sessions, "making": making}
