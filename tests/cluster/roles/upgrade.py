# SPDX-License-Identifier: Apache-2.0
"""A cluster of roles under load whose programs are replaced one by one, as docs/cluster.md says: readers
of what others write first. HAPAX_FORMER_BINARY is what they are before (script/test upgrade COMMIT);
without it they are what they will be, which is a restart of all of them. Oracle: that of faults.py."""

import os
import subprocess
import time
import unittest

from fault_rounds import ROUNDS, FaultRounds
from world import BINARY, World, wait_until_owned

FORMER = os.environ.get("HAPAX_FORMER_BINARY") or BINARY


def version_of(binary):
    return subprocess.run([binary, "--version"], check=True, capture_output=True, text=True).stdout.strip()


class UpgradeTest(FaultRounds, unittest.TestCase):
    def replaced(self, part):
        """Seconds until what is acknowledged after it stopped is counted."""
        began = time.monotonic()
        self.assertEqual(part.stop(), 0)
        part.binary = BINARY
        part.start().wait_until_ready()
        self.time_until_counted()
        return time.monotonic() - began

    def killed_and_replaced(self, part):
        """What it kept is taken over by one that is replaced already."""
        part.binary = BINARY
        return self.killed(part)

    def test_every_acknowledged_event_is_counted_once(self):
        views = {"views-defaults": "events_per_minute,events_per_day,active_users_per_day"}
        print(f"  from {version_of(FORMER)} to {version_of(BINARY)}")
        with World("upgrade", **views).create(FORMER) as world:
            world.binary = FORMER
            self.begin(world)
            self.again_and_again("query server replaced", 1, lambda _: self.replaced(self.query))
            self.again_and_again("first process replaced", 1, lambda _: self.replaced(self.processes[0]))
            self.again_and_again("first process killed, started at once beside a former one", ROUNDS,
                                 lambda _: self.killed(self.processes[0], waits=False))
            wait_until_owned(self.processes)
            self.again_and_again("last process killed, the first takes over, and replaced", 1,
                                 lambda _: self.killed_and_replaced(self.processes[1]))
            wait_until_owned(self.processes)
            self.again_and_again("collectors replaced", 2, lambda n: self.replaced(self.collectors[n]))
            self.assert_receipts_hold()
            self.end()

    def assert_receipts_hold(self):
        """Of what all of them are now."""
        self.load.progress()
        receipt = self.load.clients[0].receipt
        status, _, body = self.query.ask("GET", f"/api/views/events_per_day?measures=count&limit=1&after={receipt}")
        self.assertEqual(status, 200, body)


if __name__ == "__main__":
    unittest.main(verbosity=2)
