# SPDX-License-Identifier: Apache-2.0
"""`hapax cluster create` and `hapax collect`, the real program, beside a real broker.

Oracle: whatever is killed, every acknowledged event is in the topic exactly as it was sent, and the
events of a key are there in the order in which they were sent, each where it is first.
"""

import http.client
import json
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest
from collections import defaultdict

BINARY = os.environ["HAPAX_BINARY"]
DUMP = os.environ["HAPAX_TOPIC_DUMP"]
SHIM = os.environ["HAPAX_CLOCK_SHIM"]
BROKER = os.environ["HAPAX_KAFKA_BROKER"]
FOLDER = os.environ["HAPAX_KAFKA_FOLDER"]
PORT = os.environ["HAPAX_KAFKA_PORT"]
PARTITIONS = 4
CLIENTS = 6
PATIENCE = 90


def wait_until(what, said):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if what():
            return
        time.sleep(0.05)
    raise AssertionError("it never came: " + said)


def kill_broker():
    with open(FOLDER + "/pid", encoding="ascii") as file:
        os.kill(int(file.read()), signal.SIGKILL)


def start_broker():
    subprocess.run([BROKER, "start", FOLDER, PORT], check=True)


class Cluster:
    """Settings of one, with topics and a folder of its own."""

    def __init__(self, name):
        self.folder = tempfile.mkdtemp(prefix="hapax-collect-")
        self.prefix = f"{name}-{os.getpid()}"
        self.key_file = self.folder + "/cluster.key"

    def flags(self, **changes):
        flags = {"kafka-brokers": "127.0.0.1:" + PORT, "kafka-topics-prefix": self.prefix,
                 "kafka-accept-unreplicated": "yes", "kafka-replicas": "1",
                 "kafka-append-timeout": "3s", "cluster-partitions": str(PARTITIONS),
                 "cluster-claim-partitions": "2", "cluster-key-file": self.key_file,
                 "dedup-scope": "exact", "collect-report-interval": "100ms", **changes}
        return [part for name, value in flags.items() if value is not None
                for part in ("--" + name.replace("_", "-"), value)]

    def create(self, **changes):
        return subprocess.run([BINARY, "cluster", "create", *self.flags(**changes)], text=True,
                              capture_output=True, cwd=self.folder, timeout=PATIENCE, check=False)

    def refused(self, **changes):
        """What a collector that must not start says."""
        ended = subprocess.run([BINARY, "collect", "--listen", "127.0.0.1:0", *self.flags(**changes)],
                               text=True, capture_output=True, cwd=self.folder, timeout=PATIENCE,
                               check=False)
        assert ended.returncode == 2, ended.stdout + ended.stderr
        return ended.stderr

    def events(self):
        dumped = subprocess.run([DUMP, "127.0.0.1:" + PORT, self.prefix + ".events"], text=True,
                                capture_output=True, timeout=PATIENCE, check=True)
        return [json.loads(line) for line in dumped.stdout.splitlines()]

    def remove(self):
        shutil.rmtree(self.folder)


class Collector:
    def __init__(self, cluster, environment=None, **changes):
        self.cluster = cluster
        self.environment = environment or {}
        self.changes = {"api-read-keys": "reads", **changes}
        self.process = None
        self.port = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [BINARY, "collect", "--listen", "127.0.0.1:0", *self.cluster.flags(**self.changes)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.cluster.folder,
            env={**os.environ, **self.environment})
        port = None
        for line in self.process.stdout:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if found:
                port = int(found.group(1))
                break
        if port is None:
            raise AssertionError(self.process.communicate()[1])
        self.errors = []
        for pipe in (self.process.stdout, self.process.stderr):
            threading.Thread(target=self._drain, args=(pipe,), daemon=True).start()
        self.port = port

    def _drain(self, pipe):
        with pipe:
            for line in pipe:
                self.errors.append(line)

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {"X-Write-Key": "web", **(headers or {})})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            connection.close()

    def send(self, events):
        return self.ask("POST", "/v1/batch", json.dumps({"batch": events}))

    def is_ready(self):
        try:
            return self.ask("GET", "/health/ready")[0] == 200
        except OSError:
            return False

    def wait_until_ready(self):
        wait_until(self.is_ready, "a collector that is ready")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(PATIENCE)


def event(key, number):
    return {"type": "track", "event": "e", "anonymousId": key, "messageId": f"{key}:{number}",
            "properties": {"number": number, "text": "é" * (number % 7)}}


class Client(threading.Thread):
    """One device: sends its events in order, and what was not acknowledged again, to whoever."""

    def __init__(self, key, collectors):
        super().__init__(daemon=True)
        self.key = key
        self.collectors = collectors
        self.random = random.Random(key)
        self.sent = []
        self.acknowledged = 0
        self.refused = 0
        self.stopping = False

    def run(self):
        while True:
            if len(self.sent) == self.acknowledged:
                if self.stopping:
                    return
                for _ in range(self.random.randrange(1, 20)):
                    self.sent.append(event(self.key, len(self.sent)))
            batch = self.sent[self.acknowledged:]
            try:
                status, headers, body = self.random.choice(self.collectors).send(batch)
            except OSError:
                time.sleep(0.05)
                continue
            if status == 200:
                assert json.loads(body)["accepted"] == len(batch), body
                self.acknowledged = len(self.sent)
            else:
                assert status == 503 and "Retry-After" in headers, (status, headers, body)
                self.refused += 1
                time.sleep(0.05)


class CollectTest(unittest.TestCase):
    def setUp(self):
        self.cluster = Cluster(self.id().rsplit(".", maxsplit=1)[-1])
        self.collectors = []

    def tearDown(self):
        for collector in self.collectors:
            if collector.process.poll() is None:
                collector.kill()
        self.cluster.remove()

    def create(self):
        made = self.cluster.create()
        self.assertEqual(made.returncode, 0, made.stderr)
        return made.stdout

    def collector(self, environment=None, **changes):
        made = Collector(self.cluster, environment, **changes)
        self.collectors.append(made)
        return made

    def test_a_cluster_is_made_once_and_its_roles_agree(self):
        said = self.create()
        for topic in ("events", "claims", "verdicts", "control"):
            self.assertIn(f"made topic {self.cluster.prefix}.{topic}", said)
        self.assertIn("made key", said)
        with open(self.cluster.key_file, encoding="ascii") as file:
            key = file.read()
        again = self.create()
        self.assertNotIn("made topic", again)
        self.assertIn("found key", again)
        with open(self.cluster.key_file, encoding="ascii") as file:
            self.assertEqual(file.read(), key)
        other = self.cluster.create(**{"cluster-partitions": "5"})
        self.assertEqual(other.returncode, 2)
        self.assertIn("has 4 partitions", other.stderr)

        unsaid = self.cluster.refused(**{"dedup-scope": None})
        self.assertIn("dedup.scope is not set", unsaid)
        self.assertIn("exact: ", unsaid)
        self.assertIn("partition: ", unsaid)
        os.rename(self.cluster.key_file, self.cluster.key_file + "-away")
        self.assertIn("copy it", self.cluster.refused())
        os.rename(self.cluster.key_file + "-away", self.cluster.key_file)

        first = self.collector()
        first.wait_until_ready()
        self.assertIn("dedup.scope is partition here, and exact in the cluster",
                      self.cluster.refused(**{"dedup-scope": "partition"}))
        different = self.cluster.refused(**{"dedup-window": "1d"})
        self.assertIn("dedup.window is 86400000000 us here, and 604800000000 us in the cluster",
                      different)
        self.assertIn("catalog of views", self.cluster.refused(**{"views-defaults": "none"}))
        os.remove(self.cluster.key_file)
        lost = self.cluster.create()
        self.assertEqual(lost.returncode, 2)
        self.assertIn("copy it", lost.stderr)
        self.assertFalse(os.path.exists(self.cluster.key_file))
        self.assertEqual(first.stop(), 0)

    def test_what_is_acknowledged_is_there_whatever_is_killed(self):
        self.create()
        self.collectors = [self.collector(), self.collector()]
        for collector in self.collectors:
            collector.wait_until_ready()
        clients = [Client(f"c{i}", self.collectors) for i in range(CLIENTS)]
        for client in clients:
            client.start()

        def progress():
            now = sum(client.acknowledged for client in clients)
            wait_until(lambda: sum(c.acknowledged for c in clients) > now + 200, "progress")

        progress()
        for round_number in range(4):
            victim = self.collectors[round_number % 2]
            victim.kill()
            progress()
            victim.start()
            progress()
        kill_broker()
        for collector in self.collectors:
            wait_until(lambda c=collector: not c.is_ready(), "a collector that is not ready")
            status, _, body = collector.ask("GET", "/health/ready")
            self.assertEqual(status, 503)
            self.assertRegex(body, "partitions of the topic of events take nothing|has not answered")
            status, headers, body = collector.send([event("probe", 0)])
            self.assertEqual(status, 503, body)
            self.assertIn("Retry-After", headers)
        start_broker()
        for collector in self.collectors:
            collector.wait_until_ready()
        progress()
        for client in clients:
            client.stopping = True
        for client in clients:
            client.join(PATIENCE)
            self.assertFalse(client.is_alive())
        self.assertGreater(sum(client.refused for client in clients), 0)
        self.check(clients)
        for collector in self.collectors:
            self.assertEqual(collector.stop(), 0)
            self.assertNotIn("was not told", "".join(collector.errors))

    def check(self, clients):
        """Each event is there as it was sent, and where it is first the key's order is kept."""
        first = defaultdict(list)
        seen = set()
        numbers = set()
        for record in self.cluster.events():
            number = (record["partition"], record["collector"], record["sequence"])
            self.assertNotIn(number, numbers, "a record is there twice under one number")
            numbers.add(number)
            if record["message_id"] not in seen:
                seen.add(record["message_id"])
                first[record["anonymous_id"]].append(record)
        total = 0
        for client in clients:
            records = first[client.key]
            self.assertEqual([record["message_id"] for record in records],
                             [sent["messageId"] for sent in client.sent])
            for record, sent in zip(records, client.sent):
                self.assertEqual(json.loads(record["properties"]), sent["properties"])
            self.assertEqual(len({record["partition"] for record in records}), 1)
            total += len(records)
        print(f"  {total} events, {len(numbers)} records, "
              f"{sum(client.refused for client in clients)} requests refused")

    def test_an_event_that_is_too_large_is_rejected_alone(self):
        self.create()
        collector = self.collector()
        collector.wait_until_ready()
        large = event("k", 1)
        large["properties"]["text"] = "x" * 1_500_000
        status, _, body = collector.send([event("k", 0), large, event("k", 2)])
        self.assertEqual(status, 200, body)
        self.assertEqual(json.loads(body)["rejected"], 1)
        records = self.cluster.events()
        self.assertEqual(len(records), 3)
        self.assertGreater(max(record["original_bytes"] for record in records), 500_000)

    def test_a_collector_whose_clock_is_wrong_takes_nothing_and_says_so(self):
        self.create()
        clock = self.cluster.folder + "/clock"
        with open(clock, "w", encoding="ascii") as file:
            file.write("-100000000 1")
        behind = self.collector({"LD_PRELOAD": SHIM, "HAPAX_CLOCK_FILE": clock})
        wait_until(lambda: "collect.clock_limit" in behind.ask("GET", "/health/ready")[2],
                   "a word about the clock")
        self.assertIn("behind the brokers'", behind.ask("GET", "/health/ready")[2])
        status, headers, _ = behind.send([event("k", 0)])
        self.assertEqual(status, 503)
        self.assertIn("Retry-After", headers)
        right = self.collector()
        right.wait_until_ready()
        self.assertEqual(right.send([event("k", 0)])[0], 200)
        status, _, page = right.ask("GET", "/metrics", headers={"Authorization": "Bearer reads"})
        self.assertEqual(status, 200)
        self.assertIn("collect_ready 1", page)
        self.assertIn("collector_events_accepted_total 1", page)


if __name__ == "__main__":
    unittest.main(verbosity=2)
