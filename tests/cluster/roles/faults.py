# SPDX-License-Identifier: Apache-2.0
"""A cluster of roles under load, whose parts are killed, stand still, come late and come and go.

Oracle: each id that was sent is acknowledged in the end and counted once, what is read never goes back
and is never more than was sent, the books are balanced and say what the topic holds.
"""

import os
import time
import unittest

from fault_rounds import ROUNDS, FaultRounds
from world import PARTITIONS, World, topology, wait_until

REBALANCES = int(os.environ.get("HAPAX_ROLES_REBALANCES", "20"))


class FaultTest(FaultRounds, unittest.TestCase):
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

    def killed_without_store(self, part):
        """What it has counted since its last state is gone with it, and nobody can take over."""
        began = time.monotonic()
        self.world.store.pause()
        try:
            self.load.progress(200)
            self.load.counted()  # As its owners tell; nothing of it is kept.
            part.kill()
            self.load.progress(200)
        finally:
            self.world.store.resume()
        part.start()
        self.time_until_counted()
        return time.monotonic() - began

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
        self.again_and_again("object store killed", ROUNDS,
                             lambda n: self.killed(self.world.store, waits=False))
        self.again_and_again("object store stands still 10 s", ROUNDS,
                             lambda n: self.stood_still(self.world.store, 10))
        self.again_and_again("process killed while the object store stands still", ROUNDS,
                             lambda n: self.killed_without_store(p[n % 2]))
        self.ready()
        self.again_and_again("broker killed", ROUNDS,
                             lambda n: self.killed(self.world.brokers[0], waits=False))
        self.again_and_again("broker stands still 8 s", ROUNDS,
                             lambda n: self.stood_still(self.world.brokers[0], 8))
        self.ready()
        self.again_and_again("a third process comes and goes", REBALANCES, self.rebalanced)
        self.end()


if __name__ == "__main__":
    unittest.main(verbosity=2)
