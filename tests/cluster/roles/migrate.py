# SPDX-License-Identifier: Apache-2.0
"""One machine that becomes a cluster: with its events, what it knows of their ids, and its receipts."""

import json
import subprocess
import time
import unittest

from two_worlds import TwoWorlds
from world import BINARY, ENVIRONMENT, PATIENCE, flags, wait_until, wait_until_owned

BUILT_IN = "events_per_minute,events_per_day,active_users_per_week,pages_per_hour,sessions_per_day"
# More than is on its way at once, so that there are moments at which some of it is there.
EVENTS = 14_000
KILLS_MAX = 40
VIEW = "/api/views/events_per_day?limit=1"
WAITING = "collectors of the cluster wait"


class Grown(TwoWorlds):
    """The machine first, which is killed; then a cluster of its events beside it."""

    def __enter__(self):
        self.world.__enter__()
        try:
            self.one.start().wait_until_ready()
        except BaseException as error:
            self.world.__exit__(error)
            raise
        return self

    def send_to_one(self, events):
        for sent, body, headers in self.generator.requests(events):
            status, _, text = self.one.ask("POST", "/v1/batch", body, headers)
            answer = json.loads(text)
            if status == 200:
                self.receipts["one"] = answer.get("receipt", self.receipts.get("one"))
                self.events += answer["accepted"] + answer["rejected"]
                self.note(sent, {error["index"] for error in answer.get("errors", [])})

    def migration(self):
        data = self.one.folder + "/data"
        return subprocess.Popen([BINARY, "migrate", *flags({**self.world.cluster_settings(), "data-dir": data})],
                                cwd=self.world.folder, env=ENVIRONMENT, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def migrate(self):
        """The exit code and what it says."""
        with self.migration() as process:
            said = process.communicate(timeout=PATIENCE)[0]
        return process.returncode, said

    def migrate_and_kill(self, seconds):
        """So long after it has begun to append. How many records are there then."""
        with self.migration() as process:
            for line in process.stdout:
                if line.startswith(WAITING):
                    break
            time.sleep(seconds)
            process.kill()
            process.stdout.read()
        return len(self.world.topic())

    def start_counting(self):
        for program in (*self.processes, self.query):
            program.start()
        wait_until_owned(self.processes)


class MigrateTest(unittest.TestCase):
    def test_a_cluster_of_a_machines_events_says_what_the_machine_says(self):
        with Grown("migrate", seed=11, people=8, **{"views-defaults": BUILT_IN}) as worlds:
            worlds.send_to_one(EVENTS)
            self.assert_refused(worlds, "lock")
            worlds.one.kill()
            receipt = worlds.receipts["one"]
            there = [worlds.migrate_and_kill(0)]
            self.a_collector_waits(worlds)
            worlds.start_counting()
            while len(there) < KILLS_MAX and there[-1] == 0:
                there.append(worlds.migrate_and_kill(0.02 * len(there)))
            there.append(worlds.migrate_and_kill(0))
            print(f"  killed at {there} of {worlds.events} records")
            self.assertTrue([count for count in there if 0 < count < worlds.events], "one half way")
            code, said = worlds.migrate()
            self.assertEqual(code, 0, said)
            self.assertIn(f"all {worlds.events} events", said)
            self.assertEqual(len(worlds.world.topic()), worlds.events)
            self.assertEqual(worlds.migrate()[0], 0, "again")

            worlds.collectors[1].start()
            for program in worlds.collectors:
                program.wait_until_ready()
            worlds.one.start().wait_until_ready()
            worlds.query.wait_until_answers("/api/audit")
            for server in (worlds.one, worlds.query):
                server.get(f"{VIEW}&after={receipt}")
            self.assert_same(worlds)
            worlds.send(300)
            self.assert_same(worlds)
            self.what_the_machine_took_later_is_not_there(worlds)
            worlds.one.kill()
            self.assert_refused(worlds, "went on after its events had been brought")

    def assert_refused(self, worlds, why):
        code, said = worlds.migrate()
        self.assertNotEqual(code, 0, said)
        self.assertIn(why, said)

    def a_collector_waits(self, worlds):
        collector = worlds.collectors[0].start()
        def waits():
            status, _, body = collector.ask("GET", "/health/ready")
            return status == 503 and "hapax migrate" in body
        wait_until(waits, "a collector that waits")
        event = {"type": "track", "event": "x", "anonymousId": "a"}
        status = collector.ask("POST", "/v1/batch", json.dumps({"batch": [event]}), {"X-Write-Key": "web"})[0]
        self.assertEqual(status, 503)

    def assert_same(self, worlds):
        if "cluster" in worlds.receipts:
            worlds.settle()
        wait_until(worlds.cluster_is_whole, "a cluster that has counted all of it")
        print(f"  {worlds.events} records, {worlds.compare()} questions, {worlds.compare_order()} users in order")
        done = subprocess.run([BINARY, "audit", "--url", f"http://127.0.0.1:{worlds.query.port}"], text=True,
                              capture_output=True, check=False, timeout=PATIENCE, env=ENVIRONMENT)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def what_the_machine_took_later_is_not_there(self, worlds):
        status, _, body = worlds.query.ask(
            "GET", f"{VIEW}&after={worlds.receipts['one']}")
        self.assertEqual(status, 400, body)
        self.assertIn("before it took these", body)


if __name__ == "__main__":
    unittest.main(verbosity=2)
