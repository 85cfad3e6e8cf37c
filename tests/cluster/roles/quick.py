# SPDX-License-Identifier: Apache-2.0
"""What CI has time for: a cluster that says what one machine says, also after a process was killed."""

import time
import unittest

from sql import compare_sql
from two_worlds import TwoWorlds

# One of each kind, and one that clusters do not count.
BUILT_IN = "events_per_minute,events_per_day,active_users_per_week,pages_per_hour,sessions_per_day"


class QuickTest(unittest.TestCase):
    def test_one_machine_and_a_cluster_say_the_same_also_after_a_kill(self):
        with TwoWorlds("quick", seed=1, people=8,
                       **{"views-defaults": BUILT_IN, "postgres-sql-views": "all"}) as worlds:
            worlds.send(200)
            worlds.processes[0].kill()
            began = time.monotonic()
            worlds.send(100)
            worlds.settle()
            print(f"  all counted {time.monotonic() - began:.1f} s after the kill")
            print(f"  {worlds.events} records, {worlds.compare()} questions, "
                  f"{worlds.compare_order()} users in order")
            views = worlds.query.get("/api/views")["views"]
            print(f"  {compare_sql(worlds.world, worlds.query, views)} rows by SQL")


if __name__ == "__main__":
    unittest.main(verbosity=2)
