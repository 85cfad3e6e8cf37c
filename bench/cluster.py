# SPDX-License-Identifier: Apache-2.0
"""A cluster beside one machine, beside librdkafka alone, and beside Kafka Streams and Flink at the same work:
CPU and bytes an event, and how long partitions stand still when they move."""

import contextlib
import dataclasses
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

from programs import ROOT, run_json
from stages import CHECKPOINTS, OF_INGEST, PROCESSOR
from stages import measure as measure_one_machine
from tables import print_table, thousands
from threads import process_seconds

# The cluster is that of the tests, which are told by the environment what to run.
sys.path.append(str(ROOT / "tests/cluster/roles"))
os.environ.setdefault("HAPAX_BINARY", str(ROOT / "build/release/apps/hapax/hapax"))
os.environ.setdefault("HAPAX_TOPIC_DUMP", "")
from world import CLAIM_PARTITIONS, PARTITIONS, World, topology  # pylint: disable=wrong-import-position

JOBS = ROOT / "build/kafka_jobs"
OPENED = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in ("java.util", "java.lang", "java.time")]
EVENTS = 1_000_000
ROUNDS = 3
SESSION_SECONDS = 6
WANTED = 1.3  # Times what is compared with.


@dataclasses.dataclass(frozen=True)
class Round:
    """CPU in ns an event."""

    ingest: float  # Of one machine: HTTP, collector, log.
    processing: float
    collect: float
    process: float
    producer: float  # librdkafka alone, of the same records.
    consumer: float
    wire: dict  # Bytes an event by name.
    pauses: dict  # Seconds by name.
    state_bytes: float

    @property
    def of_collect(self):
        return self.collect / (self.ingest + self.producer)

    @property
    def of_process(self):
        return self.process / (self.processing + self.consumer)


def cluster(programs, directory):
    """The environment of tests/cluster/roles/run: a broker and PostgreSQL."""
    if "HAPAX_KAFKA_PORT" not in os.environ:
        raise SystemExit("there is no broker: start it with script/bench cluster")
    subprocess.run(["mvn", "-q", "-B", "-f", ROOT / "bench/kafka_jobs/pom.xml", "package"], check=True)
    rounds, jobs = [], {}
    for number in range(ROUNDS):
        last = number == ROUNDS - 1
        rounds.append(one_round(programs, directory / str(number), jobs if last else None))
        print(f"round {number + 1} of {ROUNDS}: collect {rounds[-1].of_collect:.2f} x (ingest + producer), "
              f"process {rounds[-1].of_process:.2f} x (processing + consumer)", flush=True)
    print_cpu(rounds, jobs)
    print_bytes(rounds)
    print_pauses(rounds)


def one_round(programs, directory, jobs):
    directory.mkdir()
    alone = measure_one_machine(programs, directory / "data")
    with new_world() as (one, topics):
        collect = collect_all(programs, one)
        consumer = bare(one, "consume", topics.events)
        producer = bare(one, "produce", topics.events, topics.copy)
        process, first, query = process_all(one)
        state = sum(file.stat().st_size for file in pathlib.Path(one.folder, "objects").rglob("*") if file.is_file())
        pauses = move(one, first)
        query.kill()
        first.kill()
        if jobs is not None:
            bare(one, "plain", topics.events, topics.plain)
            jobs |= {job: run_job(one, topics.plain, job, directory) for job in ("StreamsCounts", "FlinkCounts")}
        wire = {"producer, sent": producer["sent_bytes"] / EVENTS,
                "consumer, received": consumer["received_bytes"] / EVENTS} | topic_bytes(one, topics)
    return Round(ingest=sum(alone.ingest.cpu[stage] for stage in OF_INGEST),
                 processing=alone.processing.cpu[PROCESSOR] + alone.processing.cpu[CHECKPOINTS],
                 collect=collect, process=process, producer=producer["cpu_seconds"] / EVENTS * 1e9,
                 consumer=consumer["cpu_seconds"] / EVENTS * 1e9, wire=wire, pauses=pauses, state_bytes=state)


@dataclasses.dataclass(frozen=True)
class Topics:
    events: str
    copy: str  # What librdkafka alone appends to.
    plain: str


@contextlib.contextmanager
def new_world():
    """A new cluster of the tests, with two topics more that are like that of events."""
    with World(f"bench-{time.monotonic_ns()}", **{"views-defaults": "events_per_minute"}) as one:
        prefix = one.prefix
        for other in ("copy", "plain"):
            one.prefix = f"{prefix}-{other}"
            one.create()
        one.prefix = prefix
        one.create()
        yield one, Topics(f"{prefix}.events", f"{prefix}-copy.events", f"{prefix}-plain.events")


def settings_of(one):
    return {**one.cluster_settings(), "listen": "127.0.0.1:0"}


def collect_all(programs, one):
    collector = one.program("collect", settings_of(one)).start().wait_until_ready()
    before = process_seconds(collector.process.pid)
    run_json([programs.hapax, "bench", "--json", "--floor", "--closed", "--events", str(EVENTS), "--warmup", "0",
              "--target", f"http://127.0.0.1:{collector.port}", "--pid", str(collector.process.pid)])
    spent = process_seconds(collector.process.pid) - before
    collector.stop()
    return spent / EVENTS * 1e9


def processor(one):
    return one.program("process", {**settings_of(one), "process-session-timeout": f"{SESSION_SECONDS}s",
                                   "process-collector-timeout": "5s", "process-state-dir": "state",
                                   "api-read-keys": "reads"})


def process_all(one):
    """From when it has started until what it counted of all events is published."""
    query = one.query().start()
    first = processor(one).start()
    before = process_seconds(first.process.pid)
    while counted(query) < EVENTS:
        time.sleep(0.2)
    return (process_seconds(first.process.pid) - before) / EVENTS * 1e9, first, query


def counted(query):
    """Events that readers are told of; no answer comes before each partition has published."""
    status, _, body = query.ask("GET", "/api/audit")
    return sum(source["unique"] for source in json.loads(body)["sources"]) if status == 200 else 0


def bare(one, what, *topics):
    return run_json([str(ROOT / "build/release/bench/bare_kafka"), what, one.bootstrap, *topics])


def move(one, first):
    """How long the partition stood still that did so longest: when another process comes, and when that is killed."""
    second = processor(one).start()
    planned = longest_gap([first, second])
    began = time.monotonic()
    second.kill()
    while parts(first) != all_parts():
        time.sleep(0.01)
    return {"a process comes": planned, "a process is killed, beyond the session timeout":
            time.monotonic() - began - SESSION_SECONDS}


def parts(process):
    """The partitions, of either kind, whose state it has."""
    told = topology(process)
    return {(kind, part["partition"]) for kind in ("events", "claims") for part in told[kind]
            if part["restored"]} if told else set()


def all_parts():
    return {("events", number) for number in range(PARTITIONS)} | {
        ("claims", number) for number in range(CLAIM_PARTITIONS)}


def longest_gap(processes):
    """Until each of them has partitions, and each partition an owner, for a second."""
    last = dict.fromkeys(all_parts(), time.monotonic())
    longest = 0
    settled_since = None
    while settled_since is None or time.monotonic() - settled_since < 1:
        of_each = [parts(process) for process in processes]
        owned = set().union(*of_each)
        now = time.monotonic()
        for part in owned:
            longest = max(longest, now - last[part])
            last[part] = now
        stands = owned == all_parts() and all(of_each)
        settled_since = (settled_since or now) if stands else None
    return longest


def run_job(one, topic, job, directory):
    folder = directory / job
    folder.mkdir()
    result = run_json(["java", "-Xmx2g", *OPENED, "-cp", f"{JOBS}/classes:{JOBS}/lib/*", job,
                       one.bootstrap, topic, str(EVENTS), str(folder)])
    return result["cpu_seconds"] / EVENTS * 1e9


def topic_bytes(one, topics):
    """What the broker has stored of each, compressed as it came."""
    data = pathlib.Path(one.brokers[0].folder, "data")
    prefix = topics.events.removesuffix(".events")
    return {f"topic of {name}": sum(file.stat().st_size for file in data.glob(f"{prefix}.{name}-*/*.log")) / EVENTS
            for name in ("events", "claims", "verdicts", "control")}


def median(rounds, value):
    return statistics.median(map(value, rounds))


def print_cpu(rounds, jobs):
    rows = [["one machine, ingest", "HTTP, JSON, durable log", lambda one: one.ingest, None],
            ["librdkafka alone, appends", "the same records", lambda one: one.producer, None],
            ["hapax collect", "HTTP, JSON, acknowledged by the broker", lambda one: one.collect,
             lambda one: one.of_collect],
            ["one machine, processing", "dedup, count, checkpoints", lambda one: one.processing, None],
            ["librdkafka alone, reads", "the same records", lambda one: one.consumer, None],
            ["hapax process", "claims, verdicts, dedup, count, states kept and published",
             lambda one: one.process, lambda one: one.of_process]]
    table = [[name, what, thousands(median(rounds, value)), f"{median(rounds, ratio):.2f}" if ratio else ""]
             for name, what, value, ratio in rows]
    table += [["Kafka Streams", "dedup by id and count, exactly once", thousands(jobs["StreamsCounts"]), ""],
              ["Flink", "dedup by id and count, a checkpoint a second", thousands(jobs["FlinkCounts"]), ""]]
    print_table(f"CPU in ns an event; batches of 100; medians of {ROUNDS} rounds of {EVENTS:,}; wanted: {WANTED}",
                ["what", "of it", "ns", "x the two above"], table)


def print_bytes(rounds):
    print_table("Bytes an event", ["what", "", "bytes"],
                [[name, "", f"{median(rounds, lambda one, name=name: one.wire[name]):.1f}"] for name in rounds[0].wire])


def print_pauses(rounds):
    print_table(f"The partition that stood still longest, in s; states of {EVENTS:,} ids, "
                f"{median(rounds, lambda one: one.state_bytes) / 2**20:.0f} MiB of objects",
                ["when", "", "median", "worst"],
                [[name, "", f"{median(rounds, lambda one, name=name: one.pauses[name]):.2f}",
                  f"{max(one.pauses[name] for one in rounds):.2f}"] for name in rounds[0].pauses])
