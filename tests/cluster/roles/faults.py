# SPDX-License-Identifier: Apache-2.0
"""A cluster of roles under load, whose parts are killed, stand still, come late and come and go.

Oracle: each id that was sent is acknowledged in the end and counted once, what is read never goes back
and is never more than was sent, the books are balanced and say what the topic holds.
"""

import os
import time
import unittest

from load import Load
from world import PARTITIONS, World, topology, wait_until, wait_until_owned

ROUNDS = int(os.environ.get("HAPAX_ROLES_ROUNDS", "3"))
REBALANCES = int(os.environ.get("HAPAX_ROLES_REBALANCES", "20"))
ONLY = os.environ.get("HAPAX_ROLES_ONLY", "")  # Of which faults: a part of what they are called.


class Table:
    """What docs/reliability.md shows."""

    def __init__(self):
        self.lines = []

    def add(self, what, rounds, acknowledged, lost, double, pauses):
        pauses = sorted(pauses)
        self.lines.append(f"| {what} | {rounds} | {acknowledged} | {lost} | {double} | "
                          f"{pauses[len(pauses) // 2]:.1f} s | {pauses[-1]:.1f} s |")
        print("  " + self.lines[-1], flush=True)

    def show(self):
        print("| fault | rounds | acknowledged | lost | double | pause, median | longest |\n"
              "|---|---|---|---|---|---|---|\n" + "\n".join(self.lines), flush=True)


class FaultTest(unittest.TestCase):
    def begin(self, world):
        self.world = world
        self.collectors = [world.collector().start(), world.collector().start()]
        self.processes = [world.processor().start(), world.processor().start()]
        self.third = world.processor()
        self.query = world.query().start()
        self.ready()
        self.load = Load(world, self.collectors, self.query)
        self.addCleanup(self.load.end)
        self.table = Table()

    def again_and_again(self, what, rounds, fault):
        """`fault` is done so often, and returns the seconds that counting stood still."""
        if ONLY not in what:
            return
        before = self.load.acknowledged
        pauses = []
        for number in range(rounds):
            self.load.progress()
            self.load.counted()
            pauses.append(fault(number))
        acknowledged, lost, double = self.load.check()
        self.table.add(what, rounds, acknowledged - before, lost, double, pauses)
        self.assertEqual((lost, double), (0, 0), what)

    def time_until_counted(self):
        """Until something that is acknowledged from now on is counted."""
        began = time.monotonic()
        self.load.progress(50)
        self.load.counted()
        return time.monotonic() - began

    def killed(self, part, waits=True):
        """And started again at once, or once the others have gone on without it."""
        part.kill()
        if waits:
            pause = self.time_until_counted()
            part.start()
            return pause
        began = time.monotonic()
        part.start()
        self.time_until_counted()
        return time.monotonic() - began

    def stood_still(self, part, seconds):
        began = time.monotonic()
        part.pause()
        time.sleep(seconds)  # The fault itself.
        part.resume()
        self.time_until_counted()
        return time.monotonic() - began

    def ready(self):
        for program in (*self.collectors, *self.processes, self.query):
            program.wait_until_ready()
        wait_until_owned(self.processes)

    def zombie(self, number):
        """It stands still until the other one has all, and goes on as if it were the owner."""
        victim = self.processes[number % 2]
        other = self.processes[1 - number % 2]
        began = time.monotonic()
        victim.pause()
        wait_until(lambda: len((topology(other) or {"events": []})["events"]) == PARTITIONS,
                   "the other one has all partitions")
        self.time_until_counted()
        pause = time.monotonic() - began
        victim.resume()
        self.load.progress(200)
        victim.wait_until_ready()
        return pause

    def rebalanced(self, number):
        """A third process comes, and goes: stopped or killed."""
        began = time.monotonic()
        self.third.start().wait_until_ready()
        self.time_until_counted()
        if number % 4 == 3:
            self.third.kill()
        else:
            self.assertEqual(self.third.stop(), 0)
        self.time_until_counted()
        return time.monotonic() - began

    def test_every_acknowledged_event_is_counted_once(self):
        views = {"views-defaults": "events_per_minute,events_per_day,active_users_per_day"}
        with World("faults", **views).create() as world:
            self.begin(world)
            self.do_all()

    def do_all(self):
        self.load.progress(500)
        self.load.counted()
        c, p = self.collectors, self.processes
        self.again_and_again("collector killed", ROUNDS, lambda n: self.killed(c[n % 2]))
        self.again_and_again("collector stands still 4 s", ROUNDS,
                             lambda n: self.stood_still(c[n % 2], 4))
        self.again_and_again("collector stands still until it was called gone", ROUNDS,
                             lambda n: self.stood_still(c[n % 2], 9))
        self.again_and_again("process killed, others take over", ROUNDS, lambda n: self.killed(p[n % 2]))
        self.ready()
        self.again_and_again("process killed, started at once", ROUNDS,
                             lambda n: self.killed(p[n % 2], waits=False))
        self.again_and_again("process stands still 3 s", ROUNDS,
                             lambda n: self.stood_still(p[n % 2], 3))
        self.again_and_again("process stands still until its partitions moved", ROUNDS, self.zombie)
        self.again_and_again("query server killed", ROUNDS,
                             lambda n: self.killed(self.query, waits=False))
        self.again_and_again("query server stands still 2 s", ROUNDS,
                             lambda n: self.stood_still(self.query, 2))
        self.again_and_again("PostgreSQL killed", ROUNDS,
                             lambda n: self.killed(self.world.postgres, waits=False))
        self.again_and_again("PostgreSQL stands still 5 s", ROUNDS,
                             lambda n: self.stood_still(self.world.postgres, 5))
        self.again_and_again("broker killed", ROUNDS,
                             lambda n: self.killed(self.world.broker, waits=False))
        self.again_and_again("broker stands still 8 s", ROUNDS,
                             lambda n: self.stood_still(self.world.broker, 8))
        self.ready()
        self.again_and_again("a third process comes and goes", REBALANCES, self.rebalanced)
        self.table.show()
        self.assertEqual(self.load.check(ends=True)[1:], (0, 0))
        self.load.end()
        self.load.check_order()
        records, duplicates = self.load.check_books()
        print(f"  {self.load.acknowledged} events, {records} records, {duplicates} of them again, "
              f"{self.load.reader.reads} reads, {self.load.reader.unanswered} without an answer")


if __name__ == "__main__":
    unittest.main(verbosity=2)
