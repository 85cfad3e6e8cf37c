# SPDX-License-Identifier: Apache-2.0
"""Topics that are changed, made anew and cut under a cluster of real programs.

Oracle: nothing is acknowledged or counted while a topic is wrong, and all of it afterwards; what a topic
of the same name says, which is another one, is never counted, and no state is written over by it.
"""

import json
import os
import subprocess
import unittest

from load import Load, counts_of
from world import PARTITIONS, World, topology, wait_until, wait_until_owned

ADMIN = os.environ["HAPAX_TOPIC_ADMIN"]
VIEWS = {"views-defaults": "events_per_day"}
SOON = {"kafka-check-interval": "200ms"}
NEVER = {"kafka-check-interval": "1h"}


class TopicsTest(unittest.TestCase):
    def begin(self, world):
        self.world = world
        self.collector = world.program("collect", {**world.cluster_settings(), "listen": "127.0.0.1:0",
                                                   "collect-report-interval": "100ms",
                                                   "api-read-keys": "reads"}).start()
        self.process = world.processor().start()
        self.query = world.query().start()
        for program in (self.collector, self.process, self.query):
            program.wait_until_ready()
        wait_until_owned([self.process])

    def loaded(self):
        load = Load(self.world, [self.collector], self.query, clients=4)
        self.addCleanup(load.end)
        load.progress(200)
        load.counted()
        return load

    def admin(self, *words):
        return subprocess.run([ADMIN, self.world.bootstrap, *words], check=True,
                              text=True, capture_output=True).stdout

    def topic(self, name):
        return f"{self.world.prefix}.{name}"

    def starts(self, name):
        return [int(line) for line in self.admin("starts", self.topic(name)).split()]

    def make_anew(self, name):
        self.admin("make_anew", self.topic(name), str(PARTITIONS))

    def says(self, program, word):
        wait_until(lambda: word in program.ask("GET", "/health/ready")[2], f"{program.name}: {word}")
        self.assertEqual(program.ask("GET", "/health/ready")[0], 503)
        wait_until(lambda: any(word in line for line in program.words), f"{word} in the log")

    def metric(self, program, name):
        page = program.ask("GET", "/metrics", None, {"Authorization": "Bearer reads"})[2]
        return next(float(line.split()[1]) for line in page.splitlines() if line.startswith(name + " "))

    def send(self, key, number=1):
        events = [{"type": "track", "event": "sent alone", "anonymousId": key,
                   "messageId": f"{key}:{n}"} for n in range(number)]
        return self.collector.ask("POST", "/v1/batch", json.dumps({"batch": events}),
                                  {"X-Write-Key": "web"})

    def after(self, sent):
        """What a query says that includes what was sent."""
        receipt = json.loads(sent[2])["receipt"]
        status, _, answer = self.query.ask("GET", f"/api/views/events_per_day?limit=1&after={receipt}")
        return status, answer

    def says_of_partitions(self, word):
        wait_until(lambda: any(word in one.get("error", "")
                               for one in (topology(self.process) or {"events": []})["events"]), word)

    def test_nothing_is_taken_while_a_topic_may_lose_records(self):
        with World("wrong", **VIEWS, **SOON).create() as world:
            self.begin(world)
            load = self.loaded()
            for topic, name, wrong, right in (("events", "retention.ms", "604800000", "-1"),
                                              ("claims", "cleanup.policy", "compact", "delete")):
                self.admin("set", self.topic(topic), name, wrong)
                # A collector looks at the topics that it uses.
                for program in [self.process] + [self.collector] * (topic == "events"):
                    self.says(program, f"{name} is {wrong}")
                    self.assertEqual(self.metric(program, "kafka_topics_right"), 0)
                if topic == "events":
                    status, headers, _ = self.send("refused")
                    self.assertEqual(status, 503)
                    self.assertIn("Retry-After", headers)
                wait_until(lambda: not topology(self.process)["ready"], "it has stopped")
                before = topology(self.process)
                looks = self.metric(self.process, "kafka_topics_looks_total")
                wait_until(lambda n=looks: self.metric(self.process, "kafka_topics_looks_total") > n + 5,
                           "more looks")
                self.assertEqual(topology(self.process), before, "it has counted meanwhile")
                self.admin("set", self.topic(topic), name, right)
                for program in (self.collector, self.process):
                    program.wait_until_ready()
                self.assertEqual(self.metric(self.process, "kafka_topics_right"), 1)
                load.progress(100)
                load.counted()
            self.assertEqual(load.check(ends=True)[1:], (0, 0))

    def test_a_topic_of_events_that_was_made_anew_is_never_taken_for_the_former_one(self):
        with World("anew", **VIEWS, **NEVER).create() as world:
            self.begin(world)
            load = self.loaded()
            self.assertEqual(load.check(ends=True)[1:], (0, 0))
            load.end()
            status, answer = self.after(self.send("former"))
            self.assertEqual(status, 200, answer)
            counted = counts_of(self.query)
            self.make_anew("events")
            self.collector.kill()
            self.collector.launch()
            with self.assertRaises(AssertionError):
                self.collector.await_port()
            self.assertIn("the id of the topic of events", "".join(self.collector.words))
            # The topic of control is made anew, too, so a collector takes the one of events for good,
            # and soon there is more in it than ever was in the former one. Owners, whom nobody has
            # told, go on reading where they stand.
            self.admin("make_anew", self.topic("control"), "1")
            self.collector.start().wait_until_ready()
            # What only the name has in common: offsets that were passed long ago, and those that never come.
            early = self.send("early")
            for key in range(40):
                status, _, body = late = self.send(f"other{key}", 400)
                self.assertEqual(status, 200, body)
            for sent in (early, late):
                status, answer = self.after(sent)
                self.assertEqual((status, json.loads(answer)["code"]), (400, "invalid_request"), answer)
                self.assertIn("a topic of events that was made anew", answer)
            self.says_of_partitions("is another one: its id is")
            self.assertEqual(counts_of(self.query), counted)
            self.process.kill()
            self.process.start()
            self.says_of_partitions("the topic of events is another one")
            self.assertEqual(counts_of(self.query), counted)

    def test_a_state_of_other_topics_is_not_taken_and_stays(self):
        with World("states", **VIEWS, **SOON).create() as world:
            self.begin(world)
            load = self.loaded()
            self.assertEqual(load.check(ends=True)[1:], (0, 0))
            load.end()
            counted = counts_of(self.query)
            self.make_anew("verdicts")
            self.says(self.process, f"topic {self.topic('verdicts')} is another one")
            self.process.kill()
            self.process.start()
            self.says_of_partitions("the topic of verdicts is another one")
            self.assertEqual(self.process.ask("GET", "/health/ready")[0], 503)
            self.assertEqual(counts_of(self.query), counted)

    def test_what_is_old_and_counted_is_deleted_and_nothing_is_lost(self):
        with World("old", **VIEWS, **{"cluster-retention": "2s"}).create() as world:
            self.begin(world)
            load = self.loaded()
            for number in range(3):
                before = self.starts("events"), self.starts("claims")
                load.progress(400)
                wait_until(lambda b=before: max(self.starts("events")) > max(b[0])
                           and max(self.starts("claims")) > max(b[1]), "old records go")
                starts = self.starts("events")
                durable = {one["partition"]: one["durable"]
                           for one in topology(self.process)["events"]}
                for partition, start in enumerate(starts):
                    self.assertLessEqual(start, durable[partition])
                if number == 1:  # Whoever takes over finds all that it needs.
                    self.process.kill()
                    self.process.start().wait_until_ready()
                load.counted()
            self.assertEqual(load.check(ends=True)[1:], (0, 0))
            load.end()
            print(f"  {load.acknowledged} events, topic begins at {self.starts('events')}")
            self.assertEqual(max(self.starts("verdicts")), 0, "they outlive their events by an hour")


if __name__ == "__main__":
    unittest.main(verbosity=2)
