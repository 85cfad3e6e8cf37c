# SPDX-License-Identifier: Apache-2.0
"""Starts the real binary and talks to it; what the end-to-end tests share."""

import gzip
import http.client
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from datetime import datetime, timezone

BINARY = os.environ["HAPAX_BINARY"]
READY_SECONDS = 120


class StartError(RuntimeError):
    """The server ended before it listened."""

    def __init__(self, exit_code, errors):
        super().__init__("the server did not start: " + errors)
        self.exit_code = exit_code
        self.errors = errors


class Server:
    """`hapax serve` on a free port with its data in `directory`, which it makes if it has to. Its
    clock is trusted: that of a test machine may be right and not synchronised. Views that are built in
    are there when the arguments say so: they are records of the log, too. It lets in everybody (--dev);
    without `dev` requests to read have the machine's token, unless they say who asks."""

    def __init__(self, directory, *arguments, segment_bytes="4MiB", trusted=True, environment=None,
                 dev=True):
        self.directory = directory
        self.process = subprocess.Popen(
            [BINARY, "serve", "--listen", "127.0.0.1:0", "--data-dir", directory,
             "--log-segment-bytes", segment_bytes, "--clock-trusted", "yes" if trusted else "no",
             *(["--dev"] if dev else []), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=directory if os.path.isdir(directory) else os.path.dirname(directory),
            env={**os.environ, "HAPAX_VIEWS_DEFAULTS": "events_per_minute", **(environment or {})})
        self.errors = []
        self.port = self._read_port()
        self.token = None if dev else self._read_token()
        # The pipes must not fill up, or the server would block on them.
        self._drains = [threading.Thread(target=self._drain, args=(pipe,), daemon=True)
                        for pipe in (self.process.stdout, self.process.stderr)]
        for drain in self._drains:
            drain.start()

    def _read_port(self):
        for line in self.process.stdout:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if found:
                return int(found.group(1))
        _, errors = self.process.communicate()
        raise StartError(self.process.returncode, errors)

    def _read_token(self):
        with open(os.path.join(self.directory, "access", "token"), encoding="ascii") as file:
            return file.read().strip()

    def headers(self, path):
        """What a request to read has."""
        return {"Authorization": "Bearer " + self.token} if self.token and path.startswith(("/api", "/metrics")) else {}

    def _drain(self, pipe):
        with pipe:
            for line in pipe:
                self.errors.append(line)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """SIGTERM, as an operator would; the exit code. All it said is in `errors` then."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        for drain in self._drains:
            drain.join()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()

    def request(self, method, path, body=None, headers=None, timeout=60):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, self.headers(path) if headers is None else headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def get(self, path):
        status, _, body = self.request("GET", path)
        return status, json.loads(body)

    def post(self, path, document, compress=False):
        body = json.dumps(document).encode()
        headers = {"Content-Type": "application/json"}
        if compress:
            body = gzip.compress(body)
            headers["Content-Encoding"] = "gzip"
        status, _, answer = self.request("POST", path, body, headers)
        return status, json.loads(answer)

    def rows(self, receipt=None, **parameters):
        """All rows of events_per_minute, after `receipt`, page by page."""
        query = {"from": "1969-01-01T00:00:00Z", "limit": 10_000, **parameters}
        if receipt:
            query["after"] = receipt
        rows = []
        while True:
            text = "&".join(f"{name}={value}" for name, value in query.items())
            status, answer = self.get("/api/views/events_per_minute?" + text)
            assert status == 200, (status, answer)
            rows += answer["rows"]
            if "next" not in answer:
                return rows
            query["cursor"] = answer["next"]

    def audit_when_idle(self):
        """The books once everything in the log is processed."""
        deadline = time.monotonic() + READY_SECONDS
        while True:
            status, audit = self.get("/api/audit")
            assert status == 200, audit
            if all(p["processed"] == p["end"] for p in audit["partitions"]):
                return audit
            assert time.monotonic() < deadline, audit
            time.sleep(0.01)


def event(name="Clicked", user="u1", **fields):
    return {"type": "track", "event": name, "userId": user, "messageId": str(uuid.uuid4()),
            "timestamp": datetime.now(timezone.utc).isoformat(), "properties": {"n": 1}, **fields}


def batch(events, source="web"):
    return {"batch": events, "writeKey": source,
            "sentAt": datetime.now(timezone.utc).isoformat()}


def total(rows, value="count"):
    return sum(row["values"][value] for row in rows)


def data_directory():
    return tempfile.TemporaryDirectory(prefix="hapax-test-")
