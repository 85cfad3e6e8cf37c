# SPDX-License-Identifier: Apache-2.0
"""A server whose machine's clock is wrong at its start, and set right later or never."""

import os
import shutil
import subprocess
import time
import unittest
from datetime import datetime, timedelta, timezone

from server import BINARY, READY_SECONDS, Server, batch, data_directory, event, total

SHIM = os.environ["HAPAX_CLOCK_SHIM"]
DAY = 86400


class Machine:
    """What the clock of the servers that are started on it reads."""

    def __init__(self, directory):
        self.file = os.path.join(directory, "clock")
        self.data = os.path.join(directory, "data")
        os.mkdir(self.data)
        self.set(0, True)

    def set(self, ahead_seconds, synchronised):
        with open(self.file + ".new", "w", encoding="ascii") as file:
            file.write(f"{int(ahead_seconds * 1_000_000)} {int(synchronised)}\n")
        os.rename(self.file + ".new", self.file)

    def start(self, *arguments):
        return Server(self.data, "--processor-checkpoint-interval", "100ms", *arguments, trusted=False,
                      environment={"LD_PRELOAD": SHIM, "HAPAX_CLOCK_FILE": self.file})

    def say(self, *words):
        """What `hapax clock` answers."""
        done = subprocess.run([BINARY, "clock", *words, "--data-dir", self.data], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
        return done.returncode, done.stdout


def is_doubted(server):
    return server.get("/health/ready")[1].get("clock") == "doubted"


def wait_until(condition):
    deadline = time.monotonic() + READY_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def counted_now(server):
    """What is counted in the hour before and after now; 0 while counts are made anew."""
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    hour = timedelta(hours=1)
    status, answer = server.get("/api/views/events_per_minute"
                                f"?from={(now - hour).isoformat()}Z&to={(now + hour).isoformat()}Z")
    return total(answer["rows"]) if status == 200 else 0


class ClockTest(unittest.TestCase):
    def run_on(self, ahead_seconds):
        """A start that sends "old", and one under a clock so wrong that sends it again, and "new"."""
        directory = data_directory()
        self.addCleanup(directory.cleanup)
        machine = Machine(directory.name)
        self.old = event(messageId="old")
        with machine.start() as server:
            self.assertFalse(is_doubted(server))
            self.assertEqual(server.post("/v1/batch", batch([self.old]))[0], 200)
            self.assertEqual(server.stop(), 0)
        machine.set(ahead_seconds, False)
        server = machine.start()
        self.addCleanup(server.__exit__)
        self.assertTrue(is_doubted(server))
        new = {key: value for key, value in event(messageId="new").items() if key != "timestamp"}
        _, answer = server.post("/v1/batch", {"writeKey": "web", "batch": [self.old, new]})
        self.assertEqual(total(server.rows(answer["receipt"])), 2)
        return machine, server

    def assert_right(self, machine, server):
        """Both are counted once, this year, also by a state that is made anew."""
        wait_until(lambda: counted_now(server) == 2)
        for _ in range(2):
            audit = server.audit_when_idle()
            self.assertTrue(audit["balanced"], audit)
            self.assertEqual([(s["unique"], s["duplicate"]) for s in audit["sources"]], [(2, 1)])
            self.assertEqual(total(server.rows()), 2)
            server.stop()
            shutil.rmtree(os.path.join(machine.data, "state"))
            server = machine.start()
            self.addCleanup(server.__exit__)
            self.assertFalse(is_doubted(server))

    def test_a_clock_that_is_set_right_while_it_runs_is_followed(self):
        for ahead in (9 * DAY, -56 * 365 * DAY):
            machine, server = self.run_on(ahead)
            machine.set(0, True)
            wait_until(lambda: not is_doubted(server))
            self.assert_right(machine, server)

    def test_an_operator_says_that_it_is_right(self):
        machine, server = self.run_on(9 * DAY)
        code, said = machine.say("status")
        self.assertEqual(code, 0)
        self.assertIn("in doubt", said)
        code, said = machine.say("correct")
        self.assertEqual(code, 2)
        self.assertIn("--shift", said)
        code, said = machine.say("accept")
        self.assertEqual((code, is_doubted(server)), (0, False), said)
        self.assertEqual(total(server.rows()), 2)

    def test_an_operator_says_how_wrong_it_is(self):
        machine, server = self.run_on(9 * DAY)
        code, said = machine.say("correct", "--shift=-9d")
        self.assertEqual((code, is_doubted(server)), (0, False), said)
        machine.set(0, True)
        self.assert_right(machine, server)

    def test_without_a_server_nothing_is_done(self):
        with data_directory() as directory:
            code, said = Machine(directory).say("accept")
        self.assertEqual(code, 1)
        self.assertIn("no server answers", said)


if __name__ == "__main__":
    unittest.main()
