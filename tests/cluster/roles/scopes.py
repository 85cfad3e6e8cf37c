# SPDX-License-Identifier: Apache-2.0
"""Ids that come with two users, in a cluster of either dedup.scope: what counts, and what is said of it."""

import json
import unittest
from collections import defaultdict

from world import World, wait_until, wait_until_owned

IDS = 60


class Cluster:
    """A collector, two owners of partitions and a server of queries."""

    def __init__(self, scope, sample="1"):
        self.world = World(f"scope-{scope}-{sample.replace('.', '')}", **{"dedup-scope": scope, "dedup-missed-sample": sample}).create()

    def __enter__(self):
        self.world.__enter__()
        try:
            self.collector = self.world.collector()
            self.processes = [self.world.processor(), self.world.processor()]
            self.query = self.world.query()
            programs = [self.collector, *self.processes, self.query]
            for program in programs:
                program.launch()
            for program in programs:
                program.await_port()
            for program in programs:
                program.wait_until_ready()
            wait_until_owned(self.processes)
        except BaseException as error:
            self.world.__exit__(error)
            raise
        return self

    def __exit__(self, *failure):
        self.world.__exit__(*failure)

    def send(self, ids, user):
        events = [{"type": "track", "event": "Bought", "messageId": f"id-{number}",
                   "userId": f"{user}-{number}", "timestamp": "2026-01-01T00:00:00Z"} for number in ids]
        status, _, body = self.collector.ask("POST", "/v1/batch", json.dumps({"batch": events}),
                                             {"X-Write-Key": "web"})
        assert status == 200, body

    def books(self, received):
        """Once so many events are counted, and nothing is asked any more."""
        def whole():
            books = self.query.get("/api/audit")
            missed = books.get("missed_duplicates", {"awaited": 0})
            is_whole = sum(source["received"] for source in books["sources"]) == received
            return books if is_whole and missed["awaited"] == 0 else None
        return wait_until(whole, f"books of {received} events of which nothing is asked")

    def in_two_partitions(self):
        """Of so many ids events are in two partitions."""
        of_id = defaultdict(set)
        for record in self.world.topic():
            of_id[record["message_id"]].add(record["partition"])
        return sum(len(partitions) == 2 for partitions in of_id.values())


def unique(books):
    return sum(source["unique"] for source in books["sources"])


class ScopesTest(unittest.TestCase):
    def test_exact_counts_an_id_once_whoever_it_comes_with(self):
        with Cluster("exact") as cluster:
            cluster.send(range(IDS), "one")
            cluster.send(range(IDS), "other")
            books = cluster.books(2 * IDS)
            self.assertGreater(cluster.in_two_partitions(), IDS // 4)
            self.assertEqual(unique(books), IDS)
            self.assertNotIn("missed_duplicates", books)

    def test_partition_counts_it_once_in_each_and_says_how_often_also_after_kills(self):
        with Cluster("partition") as cluster:
            cluster.send(range(IDS), "one")
            cluster.books(IDS)
            for process in cluster.processes:
                process.kill()
            cluster.send(range(IDS // 2), "other")
            for process in cluster.processes:
                process.start()
            cluster.send(range(IDS // 2, IDS), "other")
            cluster.send(range(IDS), "other")  # Again: found by each partition itself.
            books = cluster.books(3 * IDS)
            twice = cluster.in_two_partitions()
            self.assertGreater(twice, IDS // 4)
            self.assertTrue(books["balanced"])
            self.assertEqual(unique(books), IDS + twice)
            missed = books["missed_duplicates"]
            self.assertEqual((missed["sample"], missed["unasked"]), (1, 0))
            self.assertEqual(missed["asked"], IDS + twice)
            self.assertEqual((missed["missed"], missed["estimate"]), (twice, twice))
            self.assertEqual(sum(hour["missed"] for hour in missed["hours"]), twice)
            page = cluster.query.ask("GET", "/metrics")[2]
            self.assertIn(f"\nbooks_missed_events_total {twice}\n", page)
            print(f"  {IDS} ids, {twice} of them in two partitions, all told as missed")


if __name__ == "__main__":
    unittest.main(verbosity=2)
