# SPDX-License-Identifier: Apache-2.0
"""What a cluster says once that was lost which it keeps beside the topics: what one machine says, as
docs/scale-out.md has it."""

import os
import shutil
import unittest

from two_worlds import TwoWorlds

BUILT_IN = "events_per_minute,events_per_day,active_users_per_week,pages_per_hour,sessions_per_day"


class LossesTest(unittest.TestCase):
    def test_tables_that_are_dropped_are_published_again(self):
        with self.worlds("tables", 6) as worlds:
            worlds.send(200)
            worlds.settle()
            self.drop_tables(worlds)
            worlds.send(100)
            self.assert_same(worlds)

    def test_states_that_are_lost_are_counted_anew_from_the_topics(self):
        with self.worlds("bucket", 7) as worlds:
            worlds.send(200)
            worlds.settle()
            readers = [*worlds.processes, worlds.query]
            for program in readers:
                self.assertEqual(program.stop(), 0)
            shutil.rmtree(worlds.world.folder + "/objects")
            os.mkdir(worlds.world.folder + "/objects")
            self.drop_tables(worlds)
            for program in readers:
                program.start()
            worlds.send(100)
            self.assert_same(worlds)

    @staticmethod
    def worlds(name, seed):
        return TwoWorlds(name, seed, people=8, **{"views-defaults": BUILT_IN})

    @staticmethod
    def drop_tables(worlds):
        schema = worlds.world.cluster_settings()["postgres-schema"]
        worlds.world.postgres.sql(f"DROP SCHEMA {schema} CASCADE")

    @staticmethod
    def assert_same(worlds):
        worlds.query.wait_until_answers("/api/audit")
        worlds.settle()
        print(f"  {worlds.events} records, {worlds.compare()} questions")


if __name__ == "__main__":
    unittest.main(verbosity=2)
