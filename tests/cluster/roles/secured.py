# SPDX-License-Identifier: Apache-2.0
"""Brokers that ask who comes: TLS, SCRAM-SHA-512, and an authorizer that allows what docs/kafka.md lists and no more.

Oracle: with these rights all that a cluster does works; who is refused is told by whom and why, and nobody is told
a password.
"""

import json
import os
import re
import subprocess
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from load import Load
from world import ENVIRONMENT, PATIENCE, World, flags, wait_until, wait_until_owned

ADMIN = os.environ["HAPAX_TOPIC_ADMIN"]
DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../docs/kafka.md")
USER = "somebody"
PASSWORD = "Rather-Long, with = and ; in it"
# A question to brokers that is not answered has failed after ten seconds; of some commands one follows another.
WITHIN = 45
COMMANDS = (("cluster", "create"), ("cluster", "apply"), ("topology",), ("collect",), ("process",))


def rights():
    """Of the table in docs/kafka.md: who, kind, name and operation of each."""
    with open(DOCS, encoding="utf-8") as file:
        rows = re.findall(r"^\| `hapax ([a-z ]+)` \| ([a-z-]+) \| `([^`]+)` \| ([A-Za-z, ]+) \|$", file.read(), re.M)
    assert rows, "docs/kafka.md lists no rights"
    return [(who, kind, name, operation) for who, kind, name, operations in rows
            for operation in operations.split(", ")]


def toml(properties):
    return "[kafka.properties]\n" + "".join(f"{json.dumps(name)} = {json.dumps(value)}\n"
                                            for name, value in properties.items())


class Secured(World):
    """Its programs come in at the brokers' second door. Each role is a user of its own."""

    def __init__(self, name, **changes):
        super().__init__(name, "", **changes)
        self.door = ",".join(f"127.0.0.1:{int(broker.address.split(':')[1]) + 2}" for broker in self.brokers)
        self.tls = self.brokers[0].folder + "/tls"
        self.shared["kafka-brokers"] = self.door

    def admin(self, *words):
        return subprocess.run([ADMIN, self.bootstrap, *words], check=True, text=True, capture_output=True).stdout

    def properties(self, user, **changes):
        """Of a user whom brokers believe, but for what is changed."""
        return {"security.protocol": "SASL_SSL", "ssl.ca.location": self.tls + "/ca.pem",
                "sasl.mechanism": "SCRAM-SHA-512", "sasl.username": user, "sasl.password": PASSWORD,
                **{name.replace("_", "."): value for name, value in changes.items()}}

    def config_of(self, name, properties):
        path = f"{self.folder}/{name}.toml"
        with open(path, "w", encoding="utf-8") as file:
            file.write(toml(properties))
        return {"config": path}

    def user(self, who):
        return f"{self.prefix}-{who.replace(' ', '-')}"

    def allow(self, who):
        """A user with the rights that are listed for it, in whose name a role is run: its settings."""
        user = self.user(who)
        self.admin("user", user, PASSWORD)
        for of, kind, name, operation in rights():
            if of == who:
                self.admin("allow", user, kind, self.named(name), operation)
        return self.config_of(user, self.properties(user))

    def named(self, name):
        """CLUSTER and PREFIX are the same here."""
        return re.sub("^(PREFIX|CLUSTER)", self.prefix, name)

    def run(self, *command, environment=ENVIRONMENT, **changes):
        settings = {**self.cluster_settings(), "postgres-url": self.postgres.url, **changes}
        return subprocess.run([self.binary, *command, *flags(settings)], check=False, capture_output=True, text=True,
                              cwd=self.folder, timeout=PATIENCE, env=environment)


class SecuredTest(unittest.TestCase):
    def test_what_a_cluster_does_needs_the_rights_that_are_listed_and_no_more(self):
        with Secured("rights", **{"views-defaults": "events_per_day"}) as world:
            self.done(world.run("cluster", "create", **world.allow("cluster create")))
            collector = world.program("collect", {**world.cluster_settings(), **world.allow("collect"),
                                                  "listen": "127.0.0.1:0", "collect-report-interval": "100ms"}).start()
            process = world.processor(**world.allow("process"), **{"cluster-retention": "1s"}).start()
            query = world.query().start()
            for program in (collector, process, query):
                program.wait_until_ready()
            wait_until_owned([process])
            load = Load(world, [collector], query, clients=4)
            self.addCleanup(load.end)
            load.progress(200)
            load.counted()
            self.await_deletion(world)
            self.assertEqual(load.check(ends=True)[1:], (0, 0))
            load.end()
            said = self.done(self.apply_with_a_right_less(world))
            self.assertIn("new      events_per_minute", said)
            url = f"http://127.0.0.1:{process.port}"
            said = self.done(world.run("topology", "--key", "reads", "--json", **world.allow("topology")))
            self.assertEqual({one["owner"] for kind in ("events", "claims") for one in json.loads(said)[kind]}, {url})
            for program in (collector, process):
                program.stop()
            self.assert_nobody_tells(world, "".join(word for one in world.programs for word in one.words))

    def test_a_machine_is_brought_in_with_the_rights_that_are_listed(self):
        with Secured("brought", **{"views-defaults": "events_per_day"}) as world:
            self.done(world.run("cluster", "create", **world.allow("cluster create")))
            one = world.one_machine().start()
            batch = [{"type": "track", "event": "e", "anonymousId": f"a{n}", "messageId": f"m{n}"} for n in range(50)]
            sent = one.ask("POST", "/v1/batch", json.dumps({"batch": batch}), {"X-Write-Key": "web"})
            self.assertEqual(sent[0], 200, sent)
            one.stop()
            brought = world.run("migrate", "--data-dir", one.folder + "/data", **world.allow("migrate"))
            self.assertIn("all 50 events are in topic", self.done(brought))
            self.assertEqual(len(world.topic()), 50)
            self.assert_nobody_tells(world, brought.stdout + brought.stderr)

    def test_who_is_refused_is_told_why(self):
        with Secured("refused", **{"views-defaults": "events_per_day"}) as world:
            self.done(world.run("cluster", "create", **world.allow("cluster create")))
            world.admin("user", USER, PASSWORD)
            believed = world.properties(USER)
            cases = {
                "a password": ({**believed, "sasl.password": PASSWORD + "!"}, "Authentication failed"),
                "a user": ({**believed, "sasl.username": "nobody"}, "Authentication failed"),
                "a mechanism": ({**believed, "sasl.mechanism": "PLAIN"},
                                "broker's supported mechanisms: SCRAM-SHA-512"),
                "a certificate": ({**believed, "ssl.ca.location": world.tls + "/other.pem"},
                                  "certificate verify failed"),
                "no TLS": ({"security.protocol": "PLAINTEXT"}, "is it security.protocol?"),
                "no TLS but a password": ({**believed, "security.protocol": "SASL_PLAINTEXT"},
                                          "is it security.protocol?"),
                "no rights": (believed, "uthorization failed"),
            }
            for name, (properties, why) in cases.items():
                self.assert_refused(world, name, why, **world.config_of("refused", properties))
            self.assert_refused(world, "TLS at a door without", "is it security.protocol?",
                                **world.config_of("refused", believed), **{"kafka-brokers": world.bootstrap})

    def test_a_password_may_come_from_the_environment_and_is_not_shown(self):
        with Secured("environment") as world:
            pairs = ",".join(f"{name}={value}" for name, value in world.properties("nobody").items())
            environment = {**ENVIRONMENT, "HAPAX_KAFKA_PROPERTIES": pairs.replace(PASSWORD, "Of-nobody")}
            refused = world.run("cluster", "create", environment=environment)
            self.assertIn("Authentication failed", refused.stderr)
            self.assertNotIn("Of-nobody", refused.stdout + refused.stderr)
            shown = world.run("config", "print", **world.config_of("shown", world.properties(USER)))
            self.assertIn("sasl.password=***", self.done(shown))
            self.assert_nobody_tells(world, shown.stdout + shown.stderr)

    def apply_with_a_right_less(self, world):
        """And then with it."""
        views = {**world.allow("cluster apply"), "views-defaults": "events_per_day,events_per_minute"}
        right = (world.user("cluster apply"), "transactional-id", world.named("CLUSTER.apply.*"), "Write")
        world.admin("take_away", *right)
        refused = world.run("cluster", "apply", **views)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("Transactional Id authorization failed", refused.stderr)
        world.admin("allow", *right)
        return world.run("cluster", "apply", **views)

    def assert_refused(self, world, name, why, **settings):
        def run(command):
            began = time.monotonic()
            return command, world.run(*command, **{"listen": "127.0.0.1:0"}, **settings), time.monotonic() - began

        with ThreadPoolExecutor() as threads:
            for command, ended, seconds in threads.map(run, COMMANDS):
                with self.subTest(name, command=command):
                    error = "".join(re.findall("(?m)^hapax: .*$", ended.stderr))
                    print(f"  {name}: {' '.join(command)}: {seconds:.1f} s: {error}")
                    self.assertNotEqual(ended.returncode, 0)
                    self.assertIn(why, error)
                    self.assertLess(seconds, WITHIN)
                    self.assert_nobody_tells(world, ended.stdout + ended.stderr)

    def assert_nobody_tells(self, world, said):
        self.assertNotIn(PASSWORD, said)
        self.assertEqual([path for path in Path(world.folder).glob("*/**/*")
                          if path.is_file() and PASSWORD.encode() in path.read_bytes()], [])

    @staticmethod
    def await_deletion(world):
        """`cluster.retention` needs a right on the topics; verdicts outlive their events by an hour."""
        for topic in ("events", "claims"):
            wait_until(lambda name=topic: any(int(line) for line in world.admin(
                "starts", f"{world.prefix}.{name}").split()), f"deletion of {topic}")

    def done(self, ended):
        self.assertEqual(ended.returncode, 0, ended.stdout + ended.stderr)
        return ended.stdout


if __name__ == "__main__":
    unittest.main(verbosity=2)
