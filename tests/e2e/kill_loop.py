# SPDX-License-Identifier: Apache-2.0
"""T2: kill -9 of the real binary under load, again and again.

Oracle: every acknowledged id is counted exactly once, an id that was sent but not acknowledged at
most once, and the books balance in counts and digests. Clients resend what was not acknowledged, as
SDKs do, so that retries across restarts are part of the load.
"""

import json
import random
import sys
import threading
import time
import unittest

from server import Server, batch, data_directory, event, total

ROUNDS = 12
CLIENTS = 4
BATCH = 20
KEY = "adm"
FLAGS = ("--processor-checkpoint-interval", "200ms", "--api-admin-keys", KEY,
         "--views-defaults", "all")
# Their number may be another at each start.
SHARDS = (1, 2, 3)
# A view is changed from one to the next in the rounds, so that kills meet views in the making.
MEASURES = ("uniques(message_id)", "count", "last(user)")


class Client(threading.Thread):
    """Sends batches until told to stop; keeps what was sent and what was acknowledged."""

    def __init__(self, seed):
        super().__init__(daemon=True)
        self.random = random.Random(seed)
        self.port = None
        self.unacknowledged = []
        self.sent = {}
        self.acknowledged = set()
        self.stopping = False
        self.wrong_answers = []

    def next_events(self):
        events = self.unacknowledged
        self.unacknowledged = []
        if not events or self.random.random() < 0.5:
            events = events + [event(f"e{self.random.randrange(5)}", f"u{self.random.randrange(99)}")
                               for _ in range(self.random.randrange(1, BATCH))]
        if self.acknowledged and self.random.random() < 0.2:
            # A client that lost the answer sends what the server already has.
            events = events + [self.sent[self.random.choice(tuple(self.acknowledged))]]
        return events

    def run(self):
        while not self.stopping:
            server = self.server
            events = self.next_events()
            for item in events:
                self.sent[item["messageId"]] = item
            try:
                status, answer = server.post("/v1/batch", batch(events), self.random.random() < 0.3)
            except OSError:
                status, answer = None, None
            except Exception as failure:  # A half-written answer when the server dies.
                status, answer = None, failure
            if status == 200:
                self.acknowledged.update(item["messageId"] for item in events)
                if not answer.get("success") or not answer.get("receipt"):
                    self.wrong_answers.append(answer)
            else:
                if status not in (None, 503):
                    self.wrong_answers.append((status, answer))
                self.unacknowledged = [e for e in events if e["messageId"] not in self.acknowledged]
                time.sleep(0.005)


def declare(server, name, measure):
    """Makes the view say its events by source and, as `m`, the measure."""
    view = {"name": name, "group_by": ["source"], "measures": {"n": "count", "m": measure}}
    headers = {"Authorization": "Bearer " + KEY}
    status, _, _ = server.request("PUT", f"/api/views/{name}", json.dumps(view), headers)
    if status == 404:
        status, _, _ = server.request("POST", "/api/views", json.dumps(view), headers)
    assert status in (200, 201), status


def count_in_view(server, name, receipt):
    """Once it is made."""
    deadline = time.monotonic() + 60
    status, answer = server.get(f"/api/views/{name}?after={receipt}")
    while status == 503 and time.monotonic() < deadline:
        time.sleep(0.01)
        status, answer = server.get(f"/api/views/{name}?after={receipt}")
    assert status == 200, answer
    return sum(row["values"]["n"] for row in answer["rows"])


class KillLoopTest(unittest.TestCase):
    def test_every_acknowledged_event_is_counted_once(self):
        seed = random.randrange(2**32)
        print(f"seed {seed}, {ROUNDS} rounds")
        chooser = random.Random(seed)
        restarts = []
        with data_directory() as directory:
            clients = [Client(chooser.random()) for _ in range(CLIENTS)]

            def start():
                return Server(directory, *FLAGS, "--processing-shards", str(chooser.choice(SHARDS)))

            server = start()
            for client in clients:
                client.server = server
                client.start()
            for round_number in range(ROUNDS):
                time.sleep(chooser.uniform(0.05, 0.6))
                declare(server, "kept", "count")
                declare(server, "changed", MEASURES[round_number % len(MEASURES)])
                time.sleep(chooser.uniform(0, 0.05))
                server.kill()
                began = time.monotonic()
                server = start()
                restarts.append(time.monotonic() - began)
                for client in clients:
                    client.server = server
                if round_number % 10 == 9:
                    print(f"round {round_number + 1}: "
                          f"{sum(len(c.acknowledged) for c in clients)} acknowledged", flush=True)
            for client in clients:
                client.stopping = True
            for client in clients:
                client.join()
            with server:
                self.check(server, clients)
                self.assertEqual(server.stop(), 0)
            with Server(directory) as server:
                self.check(server, clients)
        restarts.sort()
        print(f"restart: median {restarts[len(restarts) // 2]:.2f} s, longest {restarts[-1]:.2f} s")

    def check(self, server, clients):
        self.assertEqual([c.wrong_answers for c in clients if c.wrong_answers], [])
        # Whatever is still unacknowledged is sent once more, so that every id must be there.
        receipt = None
        for client in clients:
            for start in range(0, len(client.sent), 500):
                events = list(client.sent.values())[start:start + 500]
                status, answer = server.post("/v1/batch", batch(events))
                self.assertEqual(status, 200, answer)
                receipt = answer["receipt"]
        audit = server.audit_when_idle()
        self.assertTrue(audit["balanced"], audit["equations"])
        expected = sum(len(client.sent) for client in clients)
        web = audit["sources"][0]
        self.assertEqual(web["unique"], expected)
        self.assertEqual(web["conflict"], 0)
        self.assertEqual(total(server.rows(receipt)), expected)
        for name in ("kept", "changed"):
            self.assertEqual(count_in_view(server, name, receipt), expected, name)


class AcknowledgedOnlyTest(unittest.TestCase):
    """Without any resending: what was acknowledged is there, even right after the kill."""

    def test_nothing_acknowledged_is_missing_after_a_kill(self):
        with data_directory() as directory:
            acknowledged = 0
            sent = 0
            for _ in range(max(3, ROUNDS // 4)):
                with Server(directory) as server:
                    for _ in range(random.randrange(5, 60)):
                        events = [event() for _ in range(7)]
                        sent += 7
                        status, _ = server.post("/v1/batch", batch(events))
                        self.assertEqual(status, 200)
                        acknowledged += 7
                    server.kill()
                with Server(directory) as server:
                    audit = server.audit_when_idle()
                    self.assertTrue(audit["balanced"], audit["equations"])
                    self.assertEqual(audit["sources"][0]["unique"], acknowledged)
                    self.assertEqual(total(server.rows()), acknowledged)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1].isdigit():
        ROUNDS = int(sys.argv.pop(1))
    unittest.main(verbosity=2)
