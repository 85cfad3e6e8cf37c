# SPDX-License-Identifier: Apache-2.0
"""Cost per event while millions of events accumulate; memory and disk; restart after kill -9."""

import shutil
import statistics

from servers import Hapax
from stages import cpu_by_stage
from tables import print_table, thousands
from threads import thread_times

MILLION = 1_000_000
MARKS = (10, 20)  # Millions at which the server is killed.
MILLIONS_MAX = 100  # Beyond them log.retention_bytes and dedup.ids_limit would be what is measured.
FEW = 3  # A cost is the median of so many millions.
FLAT_WITHIN = 0.2
READY_SECONDS_MAX = 5

# What a track of the benchmark takes on the disk, as this benchmark prints it. What the state is merged into is
# there beside what it was before.
LOG_BYTES_RAW = 300
LOG_BYTES_COMPRESSED = 65
STATE_BYTES = 2 * 45
RAW_MILLIONS_MAX = 2  # Where full files are compressed: what waits for it, since each million waits for that.
ROOM_BYTES = 2 * 2**30  # For files made before they are needed, and for what else the machine does.


def check_disk(programs, directory, marks):
    """The marks in order, once it is sure that the disk has room for all of it."""
    marks = sorted(set(marks))
    compresses = "--log-compress" in programs.serve_options()
    needed, free = bytes_needed(marks[-1] * MILLION, compresses), shutil.disk_usage(directory).free
    said = (f"{marks[-1]} million events need {gigabytes(needed)} of disk (log, "
            f"{'compressed' if compresses else 'as it is written'}, state, room); "
            f"{directory} has {gigabytes(free)} free")
    if needed > free:
        raise SystemExit(f"{said}: nothing was started; take fewer millions, or another disk with --directory")
    print(said)
    return marks


def bytes_needed(events, compresses):
    if not compresses:
        return events * (LOG_BYTES_RAW + STATE_BYTES) + ROOM_BYTES
    return events * (LOG_BYTES_COMPRESSED + STATE_BYTES) + RAW_MILLIONS_MAX * MILLION * LOG_BYTES_RAW + ROOM_BYTES


def scale(programs, directory, marks):
    data = directory / "data"
    server = Hapax(programs, data)
    costs, killed = [], []
    try:
        for million in range(1, marks[-1] + 1):
            costs.append(cost_of_a_million(programs, server))
            print_million(million, costs[-1])
            if million in marks:
                before = [million, cost(costs[-FEW:]), *map(thousands, server.memory_mib()),
                          *bytes_an_event(data, million)]
                server.kill()
                server = Hapax(programs, data)
                killed.append([*before, server.seconds_until_ready(), server.seconds_until_processed()])
            if shutil.disk_usage(directory).free < ROOM_BYTES // 2:
                raise SystemExit(f"stopped after {million} million events: others have filled the disk")
    finally:
        server.kill()
    print_marks(costs, killed)


def cost_of_a_million(programs, server):
    """The server's whole CPU by stage, until all is processed and full files are compressed."""
    before = thread_times(server.pid)
    result = programs.bench(server, "--closed", "--events", MILLION, "--warmup", 0)
    server.wait_until_compressed()
    result["stages"] = cpu_by_stage(before, thread_times(server.pid), MILLION)
    result["cost"] = sum(result["stages"].values())
    return result


def cost(results):
    return statistics.median(result["cost"] for result in results)


def gigabytes(count):
    return f"{count / 1e9:.1f} GB"


def bytes_an_event(data, millions):
    """Of the log and of what else there is, as the disk counts it."""
    sizes = {folder.name: sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file())
             for folder in data.iterdir() if folder.is_dir()}
    log = sizes.pop("log")
    return log / millions / MILLION, sum(sizes.values()) / millions / MILLION


def print_million(million, result):
    print(f"{million:3} M events: {result['cost']:,.0f} ns/event, {result['events_per_second']:,.0f} events/s "
          f"acknowledged, {MILLION / result['processed_seconds']:,.0f} processed, "
          f"load average {result['load_average']:.1f}, steal {result['steal']:.1%}", flush=True)


def print_stages(costs, marks):
    """Which of them it is that costs more."""
    rows = []
    for name, few in [("1 M", costs[:FEW])] + [(f"{mark} M", costs[max(0, mark - FEW):mark]) for mark in marks]:
        rows.append([name, "", *(thousands(statistics.median(result["stages"][stage] for result in few))
                                 for stage in costs[0]["stages"])])
    print_table("The same by stage", ["events", "", *costs[0]["stages"]], rows)


def print_marks(costs, killed):
    first = cost(costs[:FEW])
    rows = [["1 M", "", thousands(first), "1.00"] + [""] * 6]
    rows += [[f"{million} M", "", thousands(spent), f"{spent / first:.2f}", *memory, f"{log:.0f}", f"{state:.0f}",
              f"{ready:.2f}", f"{processed:.2f}"]
             for million, spent, *memory, log, state, ready, processed in killed]
    print_table(f"Batches of 100, plain, closed loop: CPU per event, the median of {FEW} millions; bytes; kill -9 and "
                "start: seconds until ready, until all is processed",
                ["events", "", "ns/event", "x 1 M", "RSS MiB", "anonymous", "log B/event", "state B/event", "ready s",
                 "processed s"], rows)
    print_stages(costs, [mark[0] for mark in killed])
    all_of_it = [result["cost"] for result in costs]
    flat = all(abs(mark[1] / first - 1) <= FLAT_WITHIN for mark in killed)
    print(f"\n{'flat' if flat else 'NOT FLAT'}: flat means within {FLAT_WITHIN:.0%} of the first; single millions from "
          f"{min(all_of_it) / first - 1:+.0%} to {max(all_of_it) / first - 1:+.0%}")
    slowest = max(mark[-2] for mark in killed)
    print(f"ready in {slowest:.2f} s at most; wanted: {READY_SECONDS_MAX}, "
          f"{'kept' if slowest <= READY_SECONDS_MAX else 'MISSED'}")
