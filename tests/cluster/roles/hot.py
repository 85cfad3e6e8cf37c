# SPDX-License-Identifier: Apache-2.0
"""What owners of partitions tell servers of queries before it is kept: how soon it is seen, and that no
number goes back when an owner is killed. Figures are printed, for docs/query.md."""

import http.client
import json
import os
import random
import threading
import time
import unittest

from load import Client, Load, end_all
from world import World, wait_until, wait_until_owned

EVENTS = int(os.environ.get("HAPAX_ROLES_EVENTS", "200"))
ROUNDS = int(os.environ.get("HAPAX_ROLES_ROUNDS", "2"))
VIEWS = {"views-defaults": "events_per_minute,events_per_day,active_users_per_day"}


class Stream(threading.Thread):
    """A live stream of a query server, and when each event's name was seen in it first."""

    def __init__(self, query):
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", query.port, timeout=60)
        self.seen = {}
        self.frames = 0

    def run(self):
        self.connection.request("GET", "/api/views/events_per_minute/live?top=600")
        answer = self.connection.getresponse()
        assert answer.status == 200, answer.read()
        try:
            for line in answer:
                if line.startswith(b"data: "):
                    self.take(json.loads(line[6:]))
        except (OSError, ValueError, AttributeError):
            return  # It was closed.

    def take(self, frame):
        now = time.monotonic()
        self.frames += 1
        for row in frame["rows"]:
            self.seen.setdefault(row["group"]["event"], now)

    def end(self):
        self.connection.close()


class OfOneName(Client):
    """All of its events are one group: streams show the 600 largest, and what is measured must be among them."""

    def event(self, number):
        return {**super().event(number), "event": self.key}


def quantiles(seconds):
    ordered = sorted(seconds)
    return tuple(1000 * ordered[min(len(ordered) - 1, int(len(ordered) * p))] for p in (0.5, 0.99, 1))


class HotTest(unittest.TestCase):
    def begin(self, world, **changes):
        self.collectors = [world.collector().start(), world.collector().start()]
        self.processes = [world.processor(**changes).start(), world.processor(**changes).start()]
        self.query = world.query().start()
        for program in (*self.collectors, *self.processes, self.query):
            program.wait_until_ready()
        wait_until_owned(self.processes)

    def send(self, name):
        body = json.dumps({"batch": [{"type": "track", "event": name, "anonymousId": name,
                                      "messageId": name}]})
        status, _, answer = random.choice(self.collectors).ask("POST", "/v1/batch", body,
                                                               {"X-Write-Key": "web"})
        self.assertEqual(status, 200, answer)
        return json.loads(answer)["receipt"]

    def count_of(self, query, name):
        status, headers, body = query.ask("GET", "/api/views/events_per_minute?limit=10000"
                                                 f"&event={name}")
        self.assertEqual(status, 200, body)
        rows = json.loads(body)["rows"]
        return sum(row["values"]["count"] for row in rows), "Hapax-Provisional" in headers

    def test_what_is_counted_is_seen_before_it_is_kept(self):
        """States are kept so seldom that nothing else can have brought it."""
        with World("hot", **VIEWS).create() as world:
            self.begin(world, **{"process-save-interval": "15s"})
            self.send("first")
            wait_until(lambda: self.count_of(self.query, "first")[0] == 1, "the first event")
            for number in range(20):
                name = f"hot-{number}"
                receipt = self.send(name)
                self.query.get(f"/api/views/events_per_minute?after={receipt}")
                count, _ = self.count_of(self.query, name)
                self.assertEqual(count, 1)
            wait_until(lambda: self.send("more") and self.count_of(self.query, "more")[1],
                       "an answer that is provisional")

    def test_how_soon_an_event_is_seen(self):
        with World("soon", **VIEWS).create() as world:
            self.begin(world, **{"process-save-interval": "1s"})
            stored = world.query(**{"query-process-key": ""}).start().wait_until_ready()
            for load in (False, True):
                clients = [OfOneName(f"c{number}", self.collectors) for number in range(4 if load else 0)]
                for client in clients:
                    client.start()
                try:
                    self.measure(stored, "under load" if load else "alone")
                finally:
                    end_all(clients)

    def measure(self, stored, what):
        streams = {"live": Stream(self.query), "live, of what is published alone": Stream(stored)}
        for stream in streams.values():
            stream.start()
        sent = {}
        for number in range(EVENTS):
            name = f"{what} {number}"
            sent[name] = time.monotonic()
            self.send(name)
            time.sleep(random.uniform(0.02, 0.2))  # Frames have a rhythm, and this must have none.
        for title, stream in streams.items():
            wait_until(lambda: all(name in stream.seen for name in sent), "all events in the stream")
            stream.end()
            p50, p99, most = quantiles([stream.seen[name] - at for name, at in sent.items()])
            print(f"  {what}: HTTP to {title}: p50 {p50:.0f} ms, p99 {p99:.0f} ms, most {most:.0f} ms "
                  f"({len(sent)} events, {stream.frames} frames)", flush=True)

    def test_no_number_goes_back_when_an_owner_is_killed(self):
        with World("back", **VIEWS).create() as world:
            self.begin(world, **{"process-save-interval": "2s"})
            load = Load(world, self.collectors, self.query)
            try:
                load.progress(300)
                load.counted()
                for number in range(ROUNDS):
                    self.processes[number % 2].kill()
                    load.progress(200)
                    print(f"  counted {load.counted():.1f} s after a kill", flush=True)
                    self.processes[number % 2].start().wait_until_ready()
                    load.progress(200)
                self.assertEqual(load.check(ends=True)[1:], (0, 0))
                print(f"  {load.reader.reads} reads, none went back", flush=True)
                self.assertEqual(load.reader.wrong, [])
            finally:
                load.end()


if __name__ == "__main__":
    unittest.main(verbosity=2)
