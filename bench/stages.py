# SPDX-License-Identifier: Apache-2.0
"""What each stage of the server costs alone, while the threads of the others stand still."""

import collections
import dataclasses
import os
import shutil
import statistics
import time

from model import Stage, end, print_model
from programs import run_json
from servers import Hapax
from tables import print_table, thousands
from threads import stopped, thread_times

EVENTS = 2_000_000
WARMUP = 200_000
ROUNDS = 3
SYNC_BYTES = 2**20  # About what 32 connections of 100 events can have under way.
POLL_SECONDS, SELDOM_SECONDS = 0.05, 0.5  # An answer costs as much as some hundred events.
NOTHING_NS = 10  # Of an event. The process's CPU time is counted in ticks, which come to 5.

# The stages and their threads, as a server names them. What compresses files has a thread for each, which ends.
HTTP, WRITER, PREPARER, PROCESSOR, CHECKPOINTS, COMPRESSION = (
    "HTTP, collector", "log writer", "log preparer", "processor", "checkpoints", "log compression")
THREADS = {HTTP: ["http"], WRITER: ["log writer"], PREPARER: ["log preparer"], PROCESSOR: ["processor"],
           CHECKPOINTS: ["checkpoint", "rocksdb:low", "rocksdb:high"],
           COMPRESSION: ["log compressor", "log compression", "ended"]}  # Those of shards help the processor's.
OTHERS = "all others"
OF_INGEST = (HTTP, WRITER, PREPARER)
LATER = THREADS[PROCESSOR] + THREADS[CHECKPOINTS]  # They stand still while events are taken.


@dataclasses.dataclass(frozen=True)
class Part:
    """Of a round: what its events cost by stage, in ns of CPU, and how fast they went."""

    cpu: dict
    rate: float


@dataclasses.dataclass(frozen=True)
class Round:
    ingest: Part
    processing: Part
    together: Part
    client_ns: float  # What the load generator takes for an event.
    log_bytes: float  # An event.

    def alone(self, stage):
        if stage in OF_INGEST:
            return self.ingest.cpu[stage]
        if stage in (PROCESSOR, CHECKPOINTS):
            return self.processing.cpu[stage]
        return self.ingest.cpu[stage] + self.processing.cpu[stage]


def stages(programs, directory):
    rounds = []
    for number in range(ROUNDS):
        rounds.append(measure(programs, directory / "data"))
        print(f"round {number + 1} of {ROUNDS}: ingest alone {rounds[-1].ingest.rate:,.0f} events/s, processing alone "
              f"{rounds[-1].processing.rate:,.0f}, both {rounds[-1].together.rate:,.0f}", flush=True)
    # The least: what else the machine does can only add to it.
    sync_ns = min(programs.bare_sync(directory / "sync.tmp", SYNC_BYTES, 1)["p50_ns"] for _ in range(ROUNDS))
    wait_ns = sync_ns * median(rounds, lambda one: one.log_bytes) / SYNC_BYTES
    print_alone(rounds, wait_ns)
    conclude(programs, rounds, wait_ns)


def measure(programs, data):
    with Hapax(programs, data, *one_shard(programs)) as server:
        programs.bench(server, "--closed", "--events", WARMUP, "--warmup", 0)
        wait_until_stored(server)
        with stopped(server.pid, LATER):
            ingest, taken = part(server, lambda: take_events(programs, server), lambda: None)
        processing, _ = part(server, lambda: server.wait_until_processed(POLL_SECONDS),
                             lambda: wait_until_stored(server))
        together, _ = part(server, lambda: programs.bench(server, "--closed", "--events", EVENTS, "--warmup", 0),
                           lambda: wait_until_stored(server))
        metrics = server.metrics()
    shutil.rmtree(data)
    return Round(ingest, processing, together, taken["client_cpu_ns_per_event"],
                 metrics["log_appended_bytes_total"] / metrics["log_appended_records_total"])


def one_shard(programs):
    """One thread that counts, however many cores there are, where a server may have more."""
    return ("--processing-shards", "1") if "--processing-shards" in programs.serve_options() else ()


def take_events(programs, server):
    """As for a floor, for which nothing is waited: the run that follows finds whether all were counted."""
    return run_json([programs.hapax, "bench", "--json", "--target", server.url, "--pid", str(server.pid), "--floor",
                     "--closed", "--events", str(EVENTS), "--warmup", "0"])


def part(server, work, afterwards):
    """`afterwards` belongs to what an event costs, not to how fast they go."""
    before, began = thread_times(server.pid), time.monotonic()
    result = work()
    took = time.monotonic() - began
    afterwards()
    return Part(cpu_by_stage(before, thread_times(server.pid), EVENTS), EVENTS / took), result


def cpu_by_stage(before, after, events):
    """Of two times of threads what an event took between them, in ns."""
    spent = collections.Counter()
    for name in after:
        spent["processor" if name.startswith("shard ") else name] += (after[name] - before[name]) / events * 1e9
    cpu = {stage: sum(spent.pop(name, 0) for name in names) for stage, names in THREADS.items()}
    return cpu | {OTHERS: sum(spent.values())}


def wait_until_stored(server):
    """Until a checkpoint has all, and full files are compressed: then no thread has anything left to do."""
    while server.metrics()["verdicts_unsaved"] > 0:
        time.sleep(SELDOM_SECONDS)
    server.wait_until_compressed()


def print_alone(rounds, wait_ns):
    rows = []
    for stage in [*THREADS, OTHERS]:
        alone = [one.alone(stage) for one in rounds]
        if max(alone) >= NOTHING_NS:
            rows.append([stage, beside(stage), thousands(statistics.median(alone)),
                         f"{min(alone):,.0f} to {max(alone):,.0f}",
                         thousands(median(rounds, lambda one: one.together.cpu[stage])),
                         thousands(wait_ns) if stage == WRITER else ""])
    print_table(f"CPU of each stage in ns an event; batches of 100, plain; medians of {ROUNDS} rounds of {EVENTS:,}",
                ["stage", "measured beside", "alone", "rounds", "all at work", "waits for the disk"], rows)


def beside(stage):
    """What was at work meanwhile, since it gives the stage its work."""
    if stage in OF_INGEST:
        return "the rest of ingest; processing stood still"
    if stage in (PROCESSOR, CHECKPOINTS):
        return "the rest of processing; ingest had nothing to do"
    return ""


def conclude(programs, rounds, wait_ns):
    stages = [Stage(name, cpu) for name in THREADS
              if (cpu := median(rounds, lambda one: one.alone(name))) >= NOTHING_NS]
    stages = [dataclasses.replace(stage, **({"wait_ns": wait_ns} if stage.name == WRITER else
                                            {"threads": http_threads} if stage.name == HTTP else {}))
              for stage in stages]
    others_ns = median(rounds, lambda one: one.alone(OTHERS))
    print_model(stages, others_ns)
    if one_shard(programs):
        print("The processor is one with processing.shards = 1: what more of them share is not in the model.")
    check(rounds, stages, others_ns)


def http_threads(cores):
    """As `http.threads` has it by default."""
    return max(1, cores // 2)


def check(rounds, stages, others_ns):
    """The model against what was measured here, where the load generator takes its part of the cores."""
    cores = os.cpu_count()
    modelled, what = end(stages, cores, others_ns + median(rounds, lambda one: one.client_ns))
    measured = median(rounds, lambda one: one.together.rate)
    print(f"\nHere, {cores} cores with the load generator on them: {measured:,.0f} events/s were measured with all at "
          f"work; the model's bound is {modelled:,.0f} ({what}), {modelled / measured:.2f} times that.")


def median(rounds, value):
    return statistics.median(map(value, rounds))
