# SPDX-License-Identifier: Apache-2.0
"""What reading costs: many clients that read a view of a million cells without pause, beside a load."""

import http.client
import json
import pathlib
import statistics
import subprocess
import threading
import time
import urllib.parse

from servers import Hapax
from tables import print_table

VIEW = "/api/views/events_per_minute"
CELLS = 1_000_000
BATCH = 2_000
RATE = 100_000
SECONDS = 20
CLIENTS = 50
PROBE_SECONDS = 0.05


def reads(programs, directory):
    with Hapax(programs, directory / "data", "--names-new-per-day", "0") as server:
        fill(server)
        # Some pages of everything, and one group's hour.
        paths = [f"{VIEW}?source=filler&limit=1000", f"{VIEW}?source=filler&event=name-77777"]
        rows = [measure(programs, server, "nobody", None),
                measure(programs, server, f"{CLIENTS} clients", paths),
                measure(programs, server, "nobody again", None)]
        print_table(f"{RATE:,} events/s offered for {SECONDS} s beside readers of {CELLS:,} cells",
                    ["readers", "", "processor ns/event", "queries/s", "query p50 ms",
                     "query p99 ms", "audit p99 ms", "lag p99 s", "refused"],
                    [[row[0], "", *row[1:]] for row in rows])
        before = statistics.mean((float(rows[0][1]), float(rows[2][1])))
        print(f"\nprocessor CPU per event with readers: {float(rows[1][1]) / before:.2f} x without")
        print(f"one group's hour, alone: {one_query(server, paths[1]):.2f} ms a query")


def fill(server):
    """A million cells: events of as many names."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.url).netloc)
    for begin in range(0, CELLS, BATCH):
        body = json.dumps({"writeKey": "filler", "batch": [
            {"type": "track", "event": f"name-{number}", "userId": "u", "messageId": f"f{number}"}
            for number in range(begin, begin + BATCH)]})
        connection.request("POST", "/v1/batch", body)
        assert json.loads(connection.getresponse().read())["accepted"] == BATCH
    server.wait_until_processed()


class Probe(threading.Thread):
    """Asks for the books now and then: how long that takes, and how far processing is behind."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.took, self.lags, self.over = server, [], [], threading.Event()
        self.start()

    def run(self):
        while not self.over.wait(PROBE_SECONDS):
            began = time.monotonic()
            partitions = self.server.get("/api/audit")["partitions"]
            self.took.append((time.monotonic() - began) * 1000)
            self.lags.append(sum(p["end"] - p["processed"] for p in partitions) / RATE)


def measure(programs, server, who, paths):
    readers = start_readers(programs, server, paths) if paths else None
    probe = Probe(server)
    before = processor_seconds(server.pid)
    # More than the run of it: until all is processed.
    events = RATE * SECONDS
    programs.bench(server, "--rate", RATE, "--events", events, "--warmup", 0)
    server.wait_until_processed()
    spent = processor_seconds(server.pid) - before
    probe.over.set()
    probe.join()
    answers = finish_readers(readers)
    return [who, f"{spent / events * 1e9:,.0f}".replace(",", ""),
            f"{answers['requests'] / answers['seconds']:,.0f}", f"{answers['p50_ms']:.1f}",
            f"{answers['p99_ms']:.1f}", f"{percentile(probe.took):.1f}",
            f"{percentile(probe.lags):.2f}", sum(answers["errors"].values())]


def start_readers(programs, server, paths):
    command = [programs.readers, "--url", server.url, "--connections", str(CLIENTS),
               "--seconds", str(SECONDS)]
    for path in paths:
        command += ["--path", path]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def finish_readers(readers):
    nothing = {"requests": 0, "errors": {}, "p50_ms": 0, "p99_ms": 0, "seconds": SECONDS}
    if readers is None:
        return nothing
    output, _ = readers.communicate()
    if readers.returncode != 0:
        raise SystemExit("the readers failed")
    return nothing | json.loads(output)


def processor_seconds(pid):
    """CPU time of the thread that counts."""
    return thread_seconds(pid, "processor")


def thread_seconds(pid, name):
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().strip() == name:
            nanoseconds = int((task / "schedstat").read_text().split()[0])
            return nanoseconds / 1e9
    raise SystemExit(f"no thread named {name}")


def percentile(values, fraction=0.99):
    return sorted(values)[int(len(values) * fraction)] if values else 0


def one_query(server, path):
    took = []
    for _ in range(200):
        began = time.monotonic()
        server.get(path)
        took.append((time.monotonic() - began) * 1000)
    return statistics.median(took)
