# SPDX-License-Identifier: Apache-2.0
"""Judges that stand by: a process is killed that judges ids, and the partitions of the other one go on
long before the group notices it."""

import unittest

from two_worlds import TwoWorlds
from world import topology, wait_until

BUILT_IN = "events_per_minute,events_per_day,active_users_per_week,pages_per_hour,sessions_per_day"
# Nothing is dealt out anew while the test looks.
SESSION_SECONDS = 60


class StandbyTest(unittest.TestCase):
    def test_partitions_that_stay_go_on_before_the_group_notices_that_their_judge_is_dead(self):
        with TwoWorlds("standby", 8, people=12, of_processes={"process-session-timeout": f"{SESSION_SECONDS}s"},
                       **{"views-defaults": BUILT_IN}) as worlds:
            worlds.send(150)
            worlds.settle()
            dead, alive = sorted(worlds.processes, key=lambda one: -len(partitions_of(one, "claims")))
            judged = partitions_of(dead, "claims")
            self.assertTrue(judged)
            wait_until(lambda: partitions_of(alive, "standbys") >= judged, "judges that stand by")
            dead.kill()
            worlds.send(150)
            self.wait_until_own_events_are_counted(worlds, alive)
            self.assertTrue(judged.isdisjoint(partitions_of(alive, "claims")), "they were dealt out anew")
            self.assertGreaterEqual(self.metric(alive, "process_standby_speaking"), len(judged))
            dead.start()
            worlds.send(50)
            worlds.settle()
            print(f"  {worlds.events} records, {worlds.compare()} questions")

    @staticmethod
    def wait_until_own_events_are_counted(worlds, process):
        ends = {}
        for record in worlds.world.topic():
            ends[record["partition"]] = max(ends.get(record["partition"], 0), record["offset"] + 1)

        def are_counted():
            own = topology(process)["events"]
            assert own
            return all(part["counted"] >= ends.get(part["partition"], 0) for part in own)
        wait_until(are_counted, "what is in the partitions that stay is counted", SESSION_SECONDS / 2)

    @staticmethod
    def metric(process, name):
        page = process.ask("GET", "/metrics", None, {"Authorization": "Bearer reads"})[2]
        return sum(float(line.split()[-1]) for line in page.splitlines()
                   if line.startswith((name + " ", name + "{")))


def partitions_of(process, kind):
    """Those whose state is there."""
    return {part["partition"] for part in topology(process)[kind] if part["restored"]}


if __name__ == "__main__":
    unittest.main(verbosity=2)
