# SPDX-License-Identifier: Apache-2.0
"""Views that are declared while a cluster counts: it says of them what one machine says."""

import subprocess
import time
import unittest

from two_worlds import TwoWorlds
from world import BINARY, ENVIRONMENT, PATIENCE, flags, wait_until

BUILT_IN = "events_per_minute,events_per_day,active_users_per_week"
LATER = """
[[view]]
name = "later"
window = {tumbling = "1h"}
group_by = ["event"]
[view.measures]
events = "count"
users = "uniques(user)"

[[view]]
name = "later_sessions"
per = "user"
window = {session = "30m", by = "1d"}
[view.measures]
sessions = "count"
"""


def apply(world):
    done = subprocess.run([BINARY, "cluster", "apply", *flags(world.cluster_settings())], check=False,
                          capture_output=True, text=True, cwd=world.folder, timeout=PATIENCE,
                          env=ENVIRONMENT)
    return done.returncode, done.stdout, done.stderr


def declare_more(world):
    with open(world.config, "a", encoding="utf-8") as file:
        file.write(LATER)


class ViewsTest(unittest.TestCase):
    def test_a_view_that_is_declared_later_counts_what_came_before(self):
        with TwoWorlds("views", seed=4, people=8, **{"views-defaults": BUILT_IN}) as worlds:
            worlds.send(200)
            self.assertEqual(apply(worlds.world)[0], 0)
            declare_more(worlds.world)
            code, said, error = apply(worlds.world)
            self.assertEqual(code, 0, error)
            for name in ("later", "later_sessions"):
                self.assertRegex(said, f"new +{name}:")
            began = time.monotonic()
            worlds.processes[0].kill()
            worlds.send(100)
            worlds.processes[0].start()  # With the views that the cluster has by now.
            self.restart_one_machine(worlds)
            worlds.send(100)
            worlds.settle()
            wait_until(lambda: self.states(worlds.query) == {"live"}, "views that are made")
            print(f"  all views are there {time.monotonic() - began:.1f} s later")
            print(f"  {worlds.events} records, {worlds.compare()} questions")
            code, said, error = apply(worlds.world)
            self.assertEqual(code, 0, error)
            self.assertIn("nothing to change", said)

    def test_a_setting_that_cannot_be_changed_is_refused(self):
        with TwoWorlds("refused", seed=5, people=2, **{"views-defaults": BUILT_IN}) as worlds:
            worlds.world.shared["dedup-window"] = "77d"
            code, _, error = apply(worlds.world)
            self.assertEqual(code, 2, error)
            self.assertIn("dedup.window", error)

    @staticmethod
    def restart_one_machine(worlds):
        worlds.one.stop()
        worlds.one.start().wait_until_ready()

    @staticmethod
    def states(query):
        states = {view["name"]: view["state"] for view in query.get("/api/views")["views"]}
        return {states.get("later", "missing"), *states.values()}


if __name__ == "__main__":
    unittest.main(verbosity=2)
