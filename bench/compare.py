# SPDX-License-Identifier: Apache-2.0
"""Hapax beside the floor: what an event costs, then latency and freshness at half load."""

import dataclasses
import shutil

from servers import Floor, Hapax
from tables import milliseconds, print_table, thousands, times


@dataclasses.dataclass(frozen=True)
class Shape:
    """Of requests, and how many events a closed loop sends."""

    batch: int
    gzip: bool
    events: int

    @property
    def label(self):
        return [self.batch, "gzip" if self.gzip else "plain"]

    @property
    def flags(self):
        return ["--batch", self.batch] + (["--gzip"] if self.gzip else [])


FULL = [Shape(1, False, 100_000), Shape(10, False, 600_000), Shape(100, False, 2_000_000),
        Shape(1, True, 100_000), Shape(10, True, 500_000), Shape(100, True, 1_500_000)]
QUICK = [Shape(1, False, 30_000), Shape(100, False, 500_000), Shape(100, True, 300_000)]


@dataclasses.dataclass(frozen=True)
class Measured:
    shape: Shape
    floor: dict
    closed: dict
    half: dict
    sync: dict


def measure(programs, directory, shape, seconds):
    floor_file = directory / "floor.tmp"
    with Floor(programs, floor_file, shape.gzip) as server:
        floor = programs.bench(server, "--floor", "--closed", "--events", shape.events, *shape.flags)
    data = directory / "data"
    with Hapax(programs, data) as server:
        closed = programs.bench(server, "--closed", "--events", shape.events,
                                "--warmup", shape.events // 5, *shape.flags)
        half = programs.bench(server, "--rate", closed["events_per_second"] / 2, "--freshness",
                              "--duration", f"{seconds}s", *shape.flags)
    group_bytes = half["server"]["synced_bytes"] / half["server"]["syncs"]
    sync = programs.bare_sync(floor_file, group_bytes, min(1, seconds))
    shutil.rmtree(data)
    return Measured(shape, floor, closed, half, sync)


def compare(programs, directory, quick=False):
    seconds = 2 if quick else 8
    work = programs.floor_work(directory / "floor.tmp", 0.2 if quick else 1)
    print_syncs(work["syncs"])
    rows = []
    for shape in QUICK if quick else FULL:
        print(f"\nmeasuring batches of {shape.label[0]}, {shape.label[1]} ...", end="", flush=True)
        rows.append(measure(programs, directory, shape, seconds))
    print_cost(rows, work["work"])
    print_half_load(rows)


def print_syncs(syncs):
    print_table("Disk: one write and fdatasync, file written once before",
                ["bytes", "", "p50 ms", "p99 ms"],
                [[thousands(row["bytes"]), "", milliseconds(row["p50_ns"]),
                  milliseconds(row["p99_ns"])] for row in syncs])


def print_cost(rows, work):
    work_ns = {(row["batch"], row["gzip"]): row["cpu_ns_per_event"] for row in work}
    cells = []
    for row in rows:
        alone = work_ns[row.shape.batch, row.shape.gzip]
        floor = row.floor["server_cpu_ns_per_event"]
        ours = row.closed["server_cpu_ns_per_event"]
        cells.append(row.shape.label + [
            thousands(alone), thousands(floor), thousands(ours), times(ours / alone),
            times(ours / floor), thousands(row.floor["events_per_second"]),
            thousands(row.closed["events_per_second"]),
            f"{row.closed['load_average']:.1f}", f"{row.closed['steal']:.1%}"])
    print_table("CPU per event in ns (user + system, until processed), closed loop, 32 connections",
                ["batch", "bodies", "floor work", "floor server", "hapax", "/ work", "/ server",
                 "floor events/s", "hapax events/s", "load avg", "steal"], cells)


def print_half_load(rows):
    cells = []
    for row in rows:
        half = row.half
        ack, fresh, sync = half["ack_ns"], half["freshness"]["ns"], row.sync
        cells.append(row.shape.label + [
            thousands(half["rate"]), milliseconds(ack["p50"]), milliseconds(ack["p99"]),
            thousands(sync["bytes"] / 1024), milliseconds(sync["p50_ns"]),
            milliseconds(half["server"]["sync_seconds"] * 1e9 / half["server"]["syncs"]),
            times(ack["p50"] / sync["p50_ns"]), milliseconds(fresh["p50"]),
            milliseconds(fresh["p99"]), thousands(half["server_cpu_ns_per_event"]),
            f"{half['load_average']:.1f}", f"{half['steal']:.1%}"])
    print_table("Half of that throughput, open loop: latency from the intended sending, in ms",
                ["batch", "bodies", "events/s", "ack p50", "ack p99", "group KiB", "bare sync p50",
                 "sync mean", "ack / bare", "fresh p50", "fresh p99", "CPU ns", "load avg", "steal"], cells)
