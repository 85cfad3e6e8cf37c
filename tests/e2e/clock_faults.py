# SPDX-License-Identifier: Apache-2.0
"""All clocks are wrong while events come in: those of clients by ten years, that of the server's machine in every
way there is, over restarts, too. Nothing is lost or counted twice, no watermark is where a wrong clock says, and
views are what their definition says. clock_faults.py <rounds>"""

import collections
import contextlib
import http.client
import os
import random
import shutil
import sys
import threading
import time
import unittest
import uuid
from datetime import datetime, timedelta, timezone

from clock import Machine, is_doubted, wait_until
from server import data_directory
from view_oracle import DAY, EXPECTED, HOUR, KEEP, cells_of, difference, events_in, tumbling

ROUNDS = int(sys.argv.pop()) if len(sys.argv) > 1 else 1
YEAR = 365 * DAY
AHEAD_LIMIT = timedelta(minutes=10)
SOURCES = ("web", "ios", "tv")
# What a batch is of; one page at most, as all events without a time have that of their arrival.
ACTS = ((None,), (None, "Clicked"), ("Clicked", "Survey Answered", "Clicked"), ("Clicked", None, "Clicked", "Bought"))
OPTIONS = ("--views-defaults", "all", "--views-out-of-order-bound", "100ms",
           "--views-idle-timeout", "200ms")


def now():
    return datetime.now(timezone.utc)


class Client(threading.Thread):
    """Sends until it is stopped, under a clock of its own. What is not acknowledged is sent again, and so is now
    and then what is."""

    def __init__(self, traffic, number, clock_error, sent_at_error):
        super().__init__(daemon=True)
        self.traffic, self.number = traffic, number
        self.clock_error = clock_error
        self.sent_at_error = sent_at_error  # None: it does not say when it sends.
        self.random = random.Random(number)
        self.batches = []

    def event(self, name):
        """An act of the last seconds, or of the last day, on a page, from somewhere."""
        one = {"type": "track" if name else "page", "messageId": str(uuid.uuid4()),
               "userId": f"u{self.number}.{self.random.randrange(5)}",
               "context": {"page": {"path": self.random.choice(("/", "/shop")), "referrer": "https://a.example/"},
                           "campaign": {"source": "s", "medium": "m", "name": "n"}},
               "properties": {"question": "q", "option": self.random.choice("ab")}}
        if name:
            one["event"] = name
        if self.random.randrange(4):
            ago = timedelta(seconds=self.random.choice((1, 1, 30, 70_000)) * self.random.random())
            one["timestamp"] = (now() + self.clock_error - ago).isoformat()
        return one

    def batch(self):
        if self.batches and self.random.randrange(8) == 0:
            return self.random.choice(self.batches)
        document = {"writeKey": SOURCES[self.number % len(SOURCES)],
                    "batch": [self.event(name) for name in self.random.choice(ACTS)]}
        if self.sent_at_error is not None:
            document["sentAt"] = (now() + self.sent_at_error).isoformat()
        return document

    def run(self):
        while not self.traffic.stopping.is_set():
            document = self.batch()
            while not self.traffic.send(document):
                time.sleep(0.02)
            self.batches.append(document)
            time.sleep(0.05)


class Traffic:
    """Clients of all sorts, and whoever looks at the watermark."""

    def __init__(self):
        self.stopping = threading.Event()
        self.server = None
        self.failures = []
        year10 = 10 * YEAR
        errors = [timedelta(), timedelta(), HOUR, 5 * DAY, -HOUR, year10, -year10]
        self.clients = [Client(self, number, error, error) for number, error in enumerate(errors)]
        for error, sent_at_error in ((year10, None), (-year10, None), (year10, timedelta()), (timedelta(), -year10)):
            self.clients.append(Client(self, len(self.clients), error, sent_at_error))
        for client in self.clients:
            client.start()

    def send(self, document):
        """Whether it is acknowledged."""
        server = self.server
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError, AttributeError):
            status, answer = server.post("/v1/batch", document)
            if status not in (200, 503):
                self.failures.append((status, answer))
            return status == 200
        return False

    def stop(self):
        self.stopping.set()
        for client in self.clients:
            client.join()
        return {event["messageId"] for client in self.clients for document in client.batches
                for event in document["batch"]}


def decided(act, sent_at, received):
    """The event time, by docs/http-api.md, "Clocks", of a client that does not name its library."""
    at = received if act is None else act
    error = sent_at - received if act and sent_at else timedelta()
    if timedelta(seconds=1) < error <= 30 * DAY:
        at = act - error
    return received if at > received + AHEAD_LIMIT else at


class ClockFaultsTest(unittest.TestCase):
    def setUp(self):
        directory = data_directory()
        self.addCleanup(directory.cleanup)
        self.machine = Machine(directory.name)
        self.right = timedelta()  # How far ahead the machine's clock is when it is right.
        self.doubts = []          # How far off it was in each doubt that was corrected.
        self.traffic = Traffic()
        self.addCleanup(self.traffic.stopping.set)
        self.start(timedelta(), True)

    def start(self, off, synchronised):
        self.set_clock(off, synchronised)
        self.server = self.machine.start(*OPTIONS)
        self.addCleanup(self.server.__exit__)
        self.traffic.server = self.server

    def set_clock(self, off, synchronised=False):
        self.machine.set((self.right + off).total_seconds(), synchronised)

    def audit(self):
        status, audit = self.server.get("/api/audit")
        self.assertEqual(status, 200, audit)
        return audit

    def watch(self, seconds):
        """Nobody's wrong clock moves a watermark: none is ahead of what is right."""
        end = time.monotonic() + seconds
        newest = None
        while time.monotonic() < end:
            audit = self.audit()
            self.assertTrue(audit["balanced"], audit)
            limit = now() + self.right + timedelta(seconds=1)
            marks = [p["watermark"] for p in audit["partitions"]]
            marks.append(self.server.get("/api/views/events_per_minute?limit=1")[1].get("watermark"))
            for mark in marks:
                if mark is not None:
                    self.assertLess(datetime.fromisoformat(mark), limit)
            newest = marks[-1]
            time.sleep(0.05)
        return newest and datetime.fromisoformat(newest)

    def assert_follows(self):
        """What is right moves it."""
        began = now() + self.right
        wait_until(lambda: (self.watch(0.01) or began) > began)

    def steps_of_a_running_machine(self):
        for off in (-HOUR, YEAR, -10 * YEAR):
            self.set_clock(off)
            wait_until(lambda: abs(self.audit()["clock"]["stepped_seconds"]) > 3000)
            self.watch(0.2)
            self.assertFalse(is_doubted(self.server))
            self.set_clock(timedelta())
            wait_until(lambda: self.audit()["clock"]["stepped_seconds"] == 0)
        self.assert_follows()

    def freeze_and_slew(self):
        for rate in (-1, 0.1, -0.1):
            began = time.monotonic()
            while (elapsed := time.monotonic() - began) < 0.5:
                self.set_clock(timedelta(seconds=rate * elapsed))
                self.watch(0.02)
        self.set_clock(timedelta(), True)
        self.assert_follows()

    def a_step_that_is_followed(self):
        """What is behind what came before it is counted all the same."""
        self.set_clock(-HOUR, True)
        wait_until(lambda: self.audit()["clock"]["stepped_seconds"] == 0)
        self.watch(0.3)
        self.set_clock(timedelta(), True)
        wait_until(lambda: self.audit()["clock"]["stepped_seconds"] == 0)
        self.assert_follows()

    def read_so_far(self):
        """Waits until all that is in the log by now is processed."""
        ends = [p["end"] for p in self.audit()["partitions"]]
        wait_until(lambda: all(p["processed"] >= end for p, end in zip(self.audit()["partitions"], ends)))

    def a_doubt(self, off):
        self.traffic.server = None
        self.server.kill()
        self.start(off, False)
        self.assertTrue(is_doubted(self.server))
        self.read_so_far()
        stands = [self.watch(0.25) for _ in range(2)]
        self.assertEqual(stands[0], stands[1], "what is complete stands")

    def a_doubt_that_is_corrected(self, off):
        self.a_doubt(off)
        code, said = self.machine.say("correct", f"--shift={-off // timedelta(seconds=1)}s")
        self.assertEqual((code, is_doubted(self.server)), (0, False), said)
        self.doubts.append(off)
        self.set_clock(timedelta(), True)
        self.assert_follows()

    def a_doubt_without_a_reason(self):
        """The machine was off for three days."""
        self.a_doubt(3 * DAY)
        self.assertIn("in doubt", self.machine.say("status")[1])
        self.right += 3 * DAY
        code, said = self.machine.say("accept")
        self.assertEqual((code, is_doubted(self.server)), (0, False), said)
        self.set_clock(timedelta(), True)
        self.assert_follows()

    def events(self):
        """Of the log, when and as they were received by the right clock."""
        events = events_in(self.machine.data)
        for event in events:
            stamped = event.received
            for off in self.doubts:
                if abs(stamped - now() - off) < 100 * DAY:
                    event.received = stamped - off
            times = [event.line.get(name) for name in ("originalTimestamp", "sentAt")]
            act, sent_at = [text and datetime.fromisoformat(text) for text in times]
            self.assertEqual(event.at, decided(act, sent_at, stamped), event.line)
            event.at = decided(act, sent_at, event.received)
        return events

    def assert_right(self, sent):
        audit = self.server.audit_when_idle()
        self.assertTrue(audit["balanced"], audit)
        self.assertEqual(sum(source["unique"] for source in audit["sources"]), len(sent))
        self.assertGreater(sum(source["duplicate"] for source in audit["sources"]), 0)
        self.assertEqual(sum(source["rejected"] for source in audit["sources"]), 0)
        events = self.events()
        self.assertEqual({event.id for event in events}, sent)
        for view, expected in EXPECTED.items():
            with self.subTest(view):
                self.assertIsNone(difference(cells_of(self.server, view), expected(events, KEEP.get(view))))
        for view in ("events_per_minute", "events_per_hour", "events_per_day"):
            with self.subTest(view):
                self.assert_accounts(view, events)

    def assert_accounts(self, view, events):
        """By source and hour: matching and expired."""
        keep = KEEP.get(view)
        window = {"events_per_minute": tumbling(timedelta(minutes=1)), "events_per_hour": tumbling(HOUR),
                  "events_per_day": tumbling(DAY)}[view]
        expected = collections.defaultdict(lambda: [0, 0])
        for event in events:
            account = expected[tumbling(HOUR)(event.received)[0], event.source]
            account[0] += 1
            account[1] += keep is not None and window(event.at)[1] + keep <= event.received
        status, answer = self.server.get(f"/api/views/{view}/accounts?check=true&limit=10000")
        self.assertEqual((status, answer["next"], answer["whole_from"]), (200, None, None), answer)
        self.assertEqual({(datetime.fromisoformat(row["hour"]), row["source"]):
                          [row["matching"]["count"], row["expired"]["count"]] for row in answer["rows"]}, expected)
        self.assertTrue(all(row["balanced"] for row in answer["rows"] + answer["check"]), answer)

    def test_no_clock_makes_a_number_wrong(self):
        for _ in range(ROUNDS):
            self.assert_follows()
            self.steps_of_a_running_machine()
            self.freeze_and_slew()
            self.a_step_that_is_followed()
            self.a_doubt_that_is_corrected(YEAR)
            self.a_doubt_that_is_corrected(-YEAR)
            self.a_doubt_without_a_reason()
        sent = self.traffic.stop()
        self.assertEqual(self.traffic.failures, [])
        self.assert_right(sent)
        self.assertEqual(self.server.stop(), 0)
        shutil.rmtree(os.path.join(self.machine.data, "state"))
        self.start(timedelta(), True)
        self.assert_right(sent)


if __name__ == "__main__":
    unittest.main()
