# SPDX-License-Identifier: Apache-2.0
"""A cluster of roles under load on three brokers, of which one or two are killed, stand still or are
started again one by one. Oracle: that of faults.py; and with one of them away it goes on."""

import time
import unittest

from fault_rounds import ROUNDS, FaultRounds
from world import World


class ThreeBrokersTest(FaultRounds, unittest.TestCase):
    def one(self, number):
        return self.world.brokers[number % 3]

    def two_killed(self, number):
        """Nothing is acknowledged until one of them is there again: two have to have it."""
        began = time.monotonic()
        killed = [self.one(number), self.one(number + 1)]
        for broker in killed:
            broker.kill()
        time.sleep(3)  # The fault itself.
        for broker in killed:
            broker.start()
        self.time_until_counted()
        return time.monotonic() - began

    def restarted_one_by_one(self, _):
        """As an operator would: the next one once all goes on."""
        longest = 0
        for broker in self.world.brokers:
            began = time.monotonic()
            broker.stop()
            broker.start()
            self.time_until_counted()
            longest = max(longest, time.monotonic() - began)
        return longest

    def test_every_acknowledged_event_is_counted_once(self):
        views = {"views-defaults": "events_per_minute,events_per_day,active_users_per_day"}
        with World("brokers", **views).create() as world:
            self.assertEqual(len(world.brokers), 3)
            self.begin(world)
            self.again_and_again("one of three brokers killed, the others go on", ROUNDS,
                                 lambda n: self.killed(self.one(n)))
            self.again_and_again("one of three brokers stands still 5 s", ROUNDS,
                                 lambda n: self.stood_still(self.one(n), 5))
            self.again_and_again("one of three brokers stands still until others lead", ROUNDS,
                                 lambda n: self.stood_still(self.one(n), 15))
            self.again_and_again("two of three brokers killed", ROUNDS, self.two_killed)
            self.again_and_again("three brokers started again one by one", 1, self.restarted_one_by_one)
            self.end()


if __name__ == "__main__":
    unittest.main(verbosity=2)
