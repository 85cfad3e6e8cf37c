# SPDX-License-Identifier: Apache-2.0
"""The books of a cluster, and `hapax audit` and `hapax topology` that show them, with collectors and
processes that are killed under load, and a topic that lost a record."""

import json
import os
import subprocess
import unittest

from load import Load
from world import BINARY, CLAIM_PARTITIONS, ENVIRONMENT, PARTITIONS, World, flags, wait_until, wait_until_owned

LOST_RECORD = os.environ["HAPAX_LOST_RECORD"]
ALL_HOLDS, DOES_NOT_HOLD = 0, 1
KILLS_MAX = 6


class BooksTest(unittest.TestCase):
    def run_hapax(self, *arguments):
        done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=90, check=False,
                              cwd=self.world.folder, env=ENVIRONMENT)
        return done.returncode, done.stdout, done.stderr

    def audit(self):
        code, output, errors = self.run_hapax("audit", "--url", f"http://127.0.0.1:{self.query.port}", "--json")
        self.assertIn(code, (ALL_HOLDS, DOES_NOT_HOLD), errors)
        return code, json.loads(output)

    def topology(self, processes):
        urls = ",".join(f"http://127.0.0.1:{process.port}" for process in processes)
        code, output, errors = self.run_hapax("topology", *flags(self.world.cluster_settings()),
                                              "--process", urls, "--key", "reads", "--json")
        self.assertEqual(code, 0, errors)
        return json.loads(output)

    def begin(self, world):
        self.world = world
        self.collectors = [world.collector().start(), world.collector().start()]
        self.processes = [world.processor().start(), world.processor().start()]
        self.query = world.query().start()
        for program in (*self.collectors, *self.processes, self.query):
            program.wait_until_ready()
        wait_until_owned(self.processes)
        self.load = Load(world, self.collectors, self.query)
        self.addCleanup(self.load.end)

    def test_what_is_acknowledged_is_there_whoever_is_killed_and_a_loss_is_seen(self):
        with World("books").create() as world:
            self.begin(world)
            self.collectors_are_killed()
            self.every_record_is_in_the_books()
            self.owners_are_shown()
            self.a_lost_record_is_seen()

    def collectors_are_killed(self):
        for number in range(KILLS_MAX):
            self.load.progress(200)
            victim = self.collectors[number % 2]
            victim.kill()
            victim.start().wait_until_ready()
            self.load.progress(50)
            gone = wait_until(lambda count=number + 1: self.gone(count), "a collector that was called gone")
            if number > 0 and sum(life["unreported"] for life in gone) > 0:
                break
        print(f"  {number + 1} collectors killed:", *(
            {name: life[name] for name in ("acknowledged", "arrived", "unknown", "unreported")} for life in gone))
        self.assertGreater(sum(life["unreported"] for life in gone), 0)
        self.assertTrue(all(life["equal"] and life["reported_at"] for life in gone))

    def gone(self, count):
        code, books = self.audit()
        self.assertEqual(code, ALL_HOLDS, books["equations"])
        found = [life for life in books["collectors"] if life["state"] == "gone"]
        return found if len(found) >= count else None

    def every_record_is_in_the_books(self):
        """Each is among those that were compared, or is unreported of one that was killed."""
        self.assertEqual(self.load.check(ends=True)[1:], (0, 0))
        self.load.end()
        records = len(self.world.topic())

        def all_compared():
            _, books = self.audit()
            lives = books["collectors"]
            in_books = sum(life["arrived"] + life["unreported"] for life in lives)
            return books if in_books == records and not any(life["behind"] for life in lives) else None
        books = wait_until(all_compared, f"books that have each of {records} records")
        self.assertTrue(all(life["equal"] for life in books["collectors"]), books["collectors"])
        self.assertTrue(all(life["unreported"] == 0 for life in books["collectors"] if life["state"] == "live"))
        live = [life["collector"] for life in books["collectors"] if life["state"] == "live"]
        self.assertEqual(len(live), 2)
        print(f"  {records} records, each in the books")

    def owners_are_shown(self):
        whole = self.topology(self.processes)
        for kind, count in (("events", PARTITIONS), ("claims", CLAIM_PARTITIONS)):
            self.assertEqual([place["partition"] for place in whole[kind]], list(range(count)))
            self.assertTrue(all(place["owner"] for place in whole[kind]), whole[kind])
        self.assertEqual(whole["troubles"], [])
        self.assertEqual(len(whole["collectors"]), 2)
        self.assertTrue(all(abs(one["clock_off_seconds"]) < 60 for one in whole["collectors"]))
        wait_until(lambda: all(place["lag_records"] == 0 for place in self.topology(self.processes)["events"]),
                   "no lag")
        victim, other = self.processes
        victims = {place["partition"] for place in whole["events"] if place["owner"].endswith(f":{victim.port}")}
        self.assertTrue(victims)
        victim.kill()
        left = self.topology(self.processes)
        self.assertEqual({place["partition"] for place in left["events"] if place["owner"] is None}, victims)
        self.assertTrue(all(place["waits_for"] == "an owner" for place in left["events"] if place["owner"] is None))
        self.assertEqual(len(left["troubles"]), 1, "the one that was killed")
        wait_until(lambda: all(place["owner"] for place in self.topology([other])["events"]), "a new owner of each")

    def a_lost_record_is_seen(self):
        subprocess.run([LOST_RECORD, self.world.bootstrap, self.world.prefix + ".control",
                        str(PARTITIONS)], check=True, timeout=60)

        def seen():
            code, books = self.audit()
            return books if code == DOES_NOT_HOLD else None
        books = wait_until(seen, "an audit that fails")
        broken = [equation for equation in books["equations"] if not equation["holds"]]
        self.assertEqual([equation["equation"] for equation in broken],
                         ["arrived = acknowledged + unknown that arrived",
                          "digest(arrived) = digest(acknowledged) + digest(unknown that arrived)"])
        self.assertEqual(broken[0]["where"], "collector 0000000000001057 in partition 0: 0 != 1")
        _, text, _ = self.run_hapax("audit", "--url", f"http://127.0.0.1:{self.query.port}")
        self.assertIn("SOMETHING DOES NOT HOLD", text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
