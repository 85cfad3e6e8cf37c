# SPDX-License-Identifier: Apache-2.0
"""`hapax serve` and a cluster of roles, asked the same after the same requests."""

import os
import unittest

from two_worlds import TwoWorlds

EVENTS = int(os.environ.get("HAPAX_ROLES_EVENTS", "6000"))
SEED = int(os.environ.get("HAPAX_ROLES_SEED", "1"))


class ConformanceTest(unittest.TestCase):
    def test_one_machine_and_a_cluster_say_the_same(self):
        print(f"  seed {SEED}")
        with TwoWorlds("conformance", SEED) as worlds:
            worlds.send(EVENTS)
            worlds.settle()
            asked = worlds.compare()
            keys = worlds.compare_order()
            print(f"  {worlds.events} records, {asked} questions, {keys} users in order")
            # Who starts again says the same, from what is kept.
            for process in worlds.processes:
                process.kill()
                process.start().wait_until_ready()
            worlds.send(EVENTS // 4)
            worlds.settle()
            worlds.compare()


if __name__ == "__main__":
    unittest.main(verbosity=2)
