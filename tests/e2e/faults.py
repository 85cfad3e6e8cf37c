# SPDX-License-Identifier: Apache-2.0
"""Makes the disk of a server fail, by the library of tests/faults; what its tests share."""

import json
import os
import subprocess
import tempfile
import time
import uuid
from datetime import datetime, timezone

from server import BINARY, READY_SECONDS, batch, event

SHIM = os.environ["HAPAX_FAULT_SHIM"]


class Faults:
    """A plan of faults for one or more servers, with its switches.

    A rule's `while @name` means: while the switch `name` is on. The rules' other words are
    explained in tests/faults/fault_plan.hpp.
    """

    def __init__(self, *rules):
        self._directory = tempfile.TemporaryDirectory(prefix="hapax-faults-")
        self._rules = [rule.replace("@", self._directory.name + "/") for rule in rules]
        self._report = os.path.join(self._directory.name, "report")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._directory.cleanup()

    @property
    def environment(self):
        return {"LD_PRELOAD": SHIM, "HAPAX_FAULT_PLAN": "\n".join(self._rules),
                "HAPAX_FAULT_REPORT": self._report}

    def on(self, switch):
        with open(os.path.join(self._directory.name, switch), "w", encoding="utf-8"):
            pass

    def off(self, switch):
        os.remove(os.path.join(self._directory.name, switch))

    def met(self):
        """The faults so far, each as call, path, action."""
        try:
            with open(self._report, encoding="utf-8") as report:
                return [tuple(line.split()) for line in report.read().splitlines()]
        except FileNotFoundError:
            return []

    def wait_until_met(self, action, count=1):
        return wait_until(lambda: sum(fault[2] == action for fault in self.met()) >= count)


def wait_until(condition):
    """Polls until the condition gives something true, and returns that."""
    deadline = time.monotonic() + READY_SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)
    return value


class Client:
    """Sends events that each have a name of their own, and remembers what it was told."""

    def __init__(self):
        self.sent = set()
        self.acknowledged = set()
        self.refusals = []  # Code of each 503.
        self._padding = {}  # By name.
        self._timestamp = datetime.now(timezone.utc).isoformat()

    def send(self, server, event_count=1, padding=0):
        """One batch of new events; the status of its answer, 200 or a proper 503."""
        return self._post(server, {uuid.uuid4().hex: padding for _ in range(event_count)})

    def resend(self, server):
        """What was not acknowledged is sent again, just as it was, and must be taken now."""
        missing = {name: self._padding[name] for name in self.sent - self.acknowledged}
        assert not missing or self._post(server, missing) == 200

    def _post(self, server, padding):
        names = list(padding)
        self.sent.update(names)
        self._padding.update(padding)
        body = batch([event(name, messageId=name, timestamp=self._timestamp,
                            properties={"text": "x" * padding[name]}) for name in names])
        status, headers, answer = server.request("POST", "/v1/batch", json.dumps(body))
        answer = json.loads(answer)
        if status == 200:
            assert answer["success"] and answer["receipt"], answer
            self.acknowledged.update(names)
        else:
            assert status == 503 and answer["success"] is False, (status, answer)
            assert int(headers["Retry-After"]) > 0, headers["Retry-After"]
            self.refusals.append(answer["code"])
        return status

    def check_counts(self, server):
        """Every acknowledged event once, nothing that was not sent; the books balance."""
        audit = server.audit_when_idle()
        assert audit["balanced"], audit["equations"]
        counts = {}
        for row in server.rows():
            name = row["group"]["event"]
            counts[name] = counts.get(name, 0) + row["values"]["count"]
        assert not self.acknowledged - counts.keys(), "lost after it was acknowledged"
        assert not counts.keys() - self.sent, "counted, but never sent"
        assert all(count == 1 for count in counts.values()), "counted twice"
        return counts.keys()


def metric(server, name):
    _, _, page = server.request("GET", "/metrics")
    for line in page.decode().splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    raise AssertionError("there is no metric " + name)


def readiness(server):
    """None when the server is ready, else why it is not."""
    status, answer = server.get("/health/ready")
    assert status in (200, 503), (status, answer)
    return None if status == 200 else answer["message"]


def verify(directory):
    """`hapax log verify`: its exit code and what it prints."""
    done = subprocess.run([BINARY, "log", "verify", "--data-dir", directory], capture_output=True,
                          text=True, check=False)
    return done.returncode, done.stdout + done.stderr
