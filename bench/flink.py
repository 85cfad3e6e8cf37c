# SPDX-License-Identifier: Apache-2.0
"""Counting by minute and key in Flink and in Hapax: CPU an event, and what each does for it."""

import subprocess

from programs import ROOT, run_json
from reads import processor_seconds
from servers import Hapax
from tables import print_table

BUILT = ROOT / "build/flink"
EVENTS = 20_000_000
DEDUP_EVENTS = 4_000_000
CHECKPOINT_MS = 1_000
OPENED = [f"--add-opens=java.base/{package}=ALL-UNNAMED"
          for package in ("java.util", "java.lang", "java.time")]


def flink(programs, directory):
    subprocess.run(["mvn", "-q", "-B", "-f", ROOT / "bench/flink/pom.xml", "package"], check=True)
    rows = [["Flink, count", "made in the job, state on the heap, a checkpoint a second",
             run_flink(directory / "count", EVENTS, "count", "hashmap")],
            ["Hapax, counting stage", "ready events in memory, no checkpoint", counting(programs)],
            ["Flink, dedup and count", "made in the job, state in RocksDB, a checkpoint a second",
             run_flink(directory / "dedup", DEDUP_EVENTS, "dedup", "rocksdb")]]
    thread, server = run_server(programs, directory / "server")
    rows += [["Hapax, processor", "reads the log, dedup, count; the thread alone", thread],
             ["Hapax, whole server", "HTTP, JSON, durable log, dedup, count, checkpoints", server]]
    print_table("Events by minute and key: CPU an event",
                ["what", "of it", "ns"], [[*row[:2], f"{row[2]:,.0f}"] for row in rows])


def run_flink(directory, events, what, backend):
    directory.mkdir()
    result = run_json(["java", "-Xmx2g", *OPENED, "-cp", f"{BUILT}/classes:{BUILT}/lib/*", "MinuteCounts",
                       str(events), what, backend, str(CHECKPOINT_MS), str(directory)])
    return result["cpu_seconds"] / events * 1e9


def counting(programs):
    result = run_json([programs.counts, "--benchmark_format=json"])
    return result["benchmarks"][0]["cpu_time"]


def run_server(programs, directory):
    with Hapax(programs, directory) as server:
        programs.bench(server, "--closed", "--events", 50_000, "--warmup", 0)
        server.wait_until_processed()
        before = processor_seconds(server.pid)
        result = programs.bench(server, "--closed", "--events", DEDUP_EVENTS, "--warmup", 0)
        server.wait_until_processed()
        return ((processor_seconds(server.pid) - before) / DEDUP_EVENTS * 1e9,
                result["server_cpu_ns_per_event"])
