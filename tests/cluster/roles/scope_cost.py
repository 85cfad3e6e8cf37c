# SPDX-License-Identifier: Apache-2.0
"""What an event costs under each scope of dedup: CPU of its owners and of the broker, bytes of the topics of claims and verdicts.
usage: run python3 scope_cost.py [EVENTS]"""

import glob
import json
import os
import sys

from scopes import Cluster

BATCH = 200
WARM = 4000
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Figures:
    """So far: of all owners, of the broker, and of the topics that claims take."""

    def __init__(self, cluster):
        broker = cluster.world.brokers[0]
        with open(broker.folder + "/pid", encoding="ascii") as file:
            self.broker = cpu_seconds(int(file.read()))
        self.owners = sum(cpu_seconds(process.process.pid) for process in cluster.processes)
        self.bytes = sum(
            os.path.getsize(log) for topic in ("claims", "verdicts")
            for log in glob.glob(f"{broker.folder}/**/{cluster.world.prefix}.{topic}-*/*.log", recursive=True))


def send(cluster, first, count):
    for begin in range(first, first + count, BATCH):
        events = [{"type": "track", "event": "Bought", "messageId": f"id-{number}", "userId": f"u-{number % 1000}",
                   "timestamp": "2026-01-01T00:00:00Z", "properties": {"n": number}}
                  for number in range(begin, begin + BATCH)]
        status, _, body = cluster.collector.ask("POST", "/v1/batch", json.dumps({"batch": events}),
                                                {"X-Write-Key": "web"})
        assert status == 200, body


def measure(scope, sample, events):
    with Cluster(scope, sample) as cluster:
        send(cluster, 0, WARM)
        cluster.books(WARM)
        before = Figures(cluster)
        send(cluster, WARM, events)
        cluster.books(WARM + events)
        after = Figures(cluster)
    micros = 1e6 / events
    print(f"{scope:9} {sample:>6}: {(after.owners - before.owners) * micros:6.1f} us of owners, "
          f"{(after.broker - before.broker) * micros:6.1f} us of the broker, "
          f"{(after.bytes - before.bytes) / events:6.1f} bytes of claims and verdicts", flush=True)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    for one in (("exact", "0.0625"), ("partition", "0"), ("partition", "0.0625"), ("partition", "1")):
        measure(*one, count)
