# SPDX-License-Identifier: Apache-2.0
"""Rounds of a fault under load, what they cost, and what is right after each."""

import os
import time

from load import Load
from world import wait_until_owned

ROUNDS = int(os.environ.get("HAPAX_ROLES_ROUNDS", "3"))
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


class FaultRounds:
    """Of a unittest.TestCase."""

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
        self.load.progress(500)
        self.load.counted()

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

    def end(self):
        """Nothing is under way any more: the table, and what the topic and the books say."""
        self.table.show()
        self.assertEqual(self.load.check(ends=True)[1:], (0, 0))
        self.load.end()
        self.load.check_order()
        records, duplicates = self.load.check_books()
        print(f"  {self.load.acknowledged} events, {records} records, {duplicates} of them again, "
              f"{self.load.reader.reads} reads, {self.load.reader.unanswered} without an answer")
