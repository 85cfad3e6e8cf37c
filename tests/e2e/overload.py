# SPDX-License-Identifier: Apache-2.0
"""C11: overload is said before responsibility is taken, and memory stays within the named limits.

The disk is slow for as long as a test wants it to be: the syncs of the log are held by the library
of tests/faults, so nothing here depends on time.
"""

import concurrent.futures
import contextlib
import json
import re
import resource
import signal
import socket
import threading
import unittest

from faults import Client, Faults, metric, verify, wait_until
from server import BINARY, Server, batch, data_directory, event

MIB = 1 << 20
HOLD_SYNCS = "fdatasync */log/*.seg 1+ hold while @slow"
# Buffers of the allocator, stacks, first use of code: what does not grow with the load.
SLACK_BYTES = 24 * MIB


def resident_bytes(server):
    with open(f"/proc/{server.process.pid}/status", encoding="utf-8") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) * 1024


def is_sanitized():
    """Sanitizers keep memory of their own."""
    with open(BINARY, "rb") as binary:
        return re.search(rb"__[at]san_init", binary.read()) is not None


class HeldServer:
    """A server whose log cannot sync until release(), with one request on its way to the disk."""

    def __init__(self, *arguments):
        self.client = Client()
        self._answers = []
        self._resources = contextlib.ExitStack()
        self._arguments = arguments

    def __enter__(self):
        enter = self._resources.enter_context
        self.directory = enter(data_directory())
        self._faults = enter(Faults(HOLD_SYNCS))
        self._senders = enter(concurrent.futures.ThreadPoolExecutor(40))
        self.server = enter(Server(self.directory, *self._arguments,
                                   environment=self._faults.environment))
        assert self.client.send(self.server) == 200
        self._faults.on("slow")
        self.waiting = [self.send()]
        self._faults.wait_until_met("hold")
        return self

    def __exit__(self, *exception):
        return self._resources.__exit__(*exception)

    def send(self, padding=0, event_count=1):
        """Sends without waiting for the answer."""
        answer = self._senders.submit(self.client.send, self.server, event_count, padding)
        self._answers.append(answer)
        return answer

    def unanswered(self):
        return sum(not answer.done() for answer in self._answers)

    def release(self):
        self._faults.off("slow")

    def check_counts(self):
        """All that was acknowledged is counted, and of what was refused nothing was stored."""
        concurrent.futures.wait(self._answers)
        assert self.client.check_counts(self.server) == self.client.acknowledged
        assert self.server.stop() == 0
        assert verify(self.directory)[0] == 0


class QueueTest(unittest.TestCase):
    def test_a_full_queue_refuses_and_loses_nothing_it_took(self):
        with HeldServer("--log-queue-bytes-limit", "1MiB") as held:
            answers = [held.send(100_000) for _ in range(30)]
            wait_until(lambda: sum(answer.done() for answer in answers) == 20)
            self.assertEqual(held.client.refusals, ["overloaded"] * 20)
            self.assertEqual(metric(held.server, "log_appends_refused_total"), 20)
            self.assertGreater(metric(held.server, "log_queue_bytes"), 1_000_000)
            self.assertLessEqual(metric(held.server, "log_queue_bytes"), MIB)
            held.release()
            statuses = [answer.result() for answer in answers + held.waiting]
            self.assertEqual(statuses.count(200), 11)
            self.assertEqual(held.send(100_000).result(), 200)
            held.check_counts()

    @unittest.skipIf(is_sanitized(), "a sanitizer's memory is not the server's")
    def test_memory_stays_within_the_limits_under_load(self):
        limits = {"--log-queue-bytes-limit": 2 * MIB, "--http-body-bytes-in-flight-limit": 16 * MIB}
        with HeldServer(*(word for name, value in limits.items()
                          for word in (name, f"{value // MIB}MiB"))) as held:
            before = resident_bytes(held.server)
            peak = before
            while len(held.client.refusals) < 100:  # 3.6 MB each.
                held.send(900_000, event_count=4)
                wait_until(lambda: held.unanswered() <= 8)
                peak = max(peak, resident_bytes(held.server))
            print(f"resident: {before // MIB} MiB before, {peak // MIB} MiB at most")
            # A body is there twice while its records are made.
            bound = limits["--log-queue-bytes-limit"] + \
                2 * limits["--http-body-bytes-in-flight-limit"] + SLACK_BYTES
            self.assertLess(peak - before, bound)
            held.release()
            held.check_counts()


class StopTest(unittest.TestCase):
    def test_a_stop_while_the_disk_is_slow_keeps_what_it_acknowledges(self):
        # Row 42: one request on its way to the disk and some behind it.
        with HeldServer() as held:
            held.waiting += [held.send(10_000) for _ in range(5)]
            wait_until(lambda: metric(held.server, "log_queue_bytes") > 50_000)
            held.server.process.send_signal(signal.SIGTERM)
            wait_until(lambda: not self.accepts(held.server))
            held.release()
            self.assertEqual([answer.result() for answer in held.waiting], [200] * 6)
            self.assertEqual(held.server.process.wait(30), 0)
            with Server(held.directory) as server:
                self.assertEqual(held.client.check_counts(server), held.client.sent)

    @staticmethod
    def accepts(server):
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=30).close()
            return True
        except OSError:
            return False


class BodiesTest(unittest.TestCase):
    def test_a_body_over_the_limit_of_all_bodies_is_refused(self):
        with HeldServer("--http-body-bytes-in-flight-limit", "1MiB") as held:
            answers = [held.send(300_000) for _ in range(3)]
            wait_until(lambda: metric(held.server, "collector_requests_total") == 5)
            self.assertGreater(metric(held.server, "http_body_bytes"), 900_000)
            self.assertEqual(held.send(300_000).result(), 503)
            self.assertEqual(held.client.refusals, ["overloaded"])
            answers.append(held.send(50_000))
            wait_until(lambda: metric(held.server, "collector_requests_total") == 6)
            self.assertLessEqual(metric(held.server, "http_body_bytes"), MIB)
            held.release()
            statuses = [answer.result() for answer in (*answers, *held.waiting)]
            self.assertEqual(statuses, [200] * 5)
            wait_until(lambda: metric(held.server, "http_body_bytes") == 0)
            held.check_counts()


class ConnectionsTest(unittest.TestCase):
    def connect(self, server, request=b""):
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        self.addCleanup(connection.close)
        connection.sendall(request)
        return connection

    def test_a_connection_over_the_limit_is_closed_and_the_others_go_on(self):
        get = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with data_directory() as directory, \
                Server(directory, "--http-connections-limit", "8") as server:
            connections = [self.connect(server, get) for _ in range(8)]
            for connection in connections:
                self.assertIn(b"200 OK", connection.recv(4096))
            with self.assertRaises(OSError):
                connection = self.connect(server, get)
                if not connection.recv(1):
                    raise ConnectionResetError
            for connection in connections:
                connection.sendall(get)
                self.assertIn(b"200 OK", connection.recv(4096))
            for connection in connections:
                connection.close()
            wait_until(lambda: self.is_alone(server))
            client = Client()
            self.assertEqual(client.send(server), 200)
            self.assertEqual(client.check_counts(server), client.acknowledged)

    @staticmethod
    def is_alone(server):
        try:
            return metric(server, "http_connections") == 1
        except OSError:  # The server has not noticed yet that the others ended.
            return False

    def test_clients_that_never_finish_a_request_do_not_block_others(self):
        body = json.dumps({"batch": []}).encode()
        head = b"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n" % len(body)
        with data_directory() as directory, Server(directory) as server:
            before = resident_bytes(server)
            headers = [self.connect(server, head) for _ in range(150)]
            bodies = [self.connect(server, head + b"\r\n" + body[:5]) for _ in range(150)]
            client = Client()
            for _ in range(50):
                self.assertEqual(client.send(server, 10), 200)
            wait_until(lambda: metric(server, "http_connections") >= 300)
            if not is_sanitized():
                self.assertLess(resident_bytes(server) - before, 300 * 16 * 1024 + SLACK_BYTES)
            headers[0].sendall(b"\r\n" + body)
            bodies[0].sendall(body[5:])
            for connection in (headers[0], bodies[0]):
                self.assertIn(b"200 OK", connection.recv(4096))
            self.assertEqual(client.check_counts(server), client.acknowledged)

    def test_connections_leave_descriptors_for_the_log(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (80, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        with data_directory() as directory, Server(directory, segment_bytes="1MiB") as server:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            busy = self.connect(server)
            crowd = [self.connect(server) for _ in range(120)]
            for _ in range(30):
                self.assertEqual(self.send_on(busy, 100_000), 200)

    @staticmethod
    def send_on(connection, padding):
        body = json.dumps({"type": "track", "event": "Crowded", "userId": "u",
                           "properties": {"text": "x" * padding}}).encode()
        connection.sendall(b"POST /v1/track HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" %
                           len(body) + body)
        return int(connection.recv(65536).split()[1])


@unittest.skipIf(is_sanitized(), "a sanitizer's memory is not the server's")
class StreamTest(unittest.TestCase):
    def test_readers_that_do_not_read_cost_no_memory(self):
        names = [f"e{n}" for n in range(1000)]
        with data_directory() as directory, Server(directory) as server, \
                contextlib.ExitStack() as connections:
            *stuck, reading = (connections.enter_context(socket.socket()) for _ in range(5))
            for connection in stuck:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            for connection in (*stuck, reading):
                connection.connect(("127.0.0.1", server.port))
                connection.sendall(
                    b"GET /api/views/events_per_minute/live?top=1000&windows=10 HTTP/1.1\r\n"
                    b"Host: localhost\r\n\r\n")
            meter = Meter(reading)
            before = self.other_bytes(server)
            while meter.received_bytes < 8 * MIB:  # As much waits for each of the others.
                self.assertTrue(meter.is_alive())
                frame = meter.received_bytes
                body = batch([event(name) for name in names])
                self.assertEqual(server.post("/v1/batch", body)[0], 200)
                wait_until(lambda frame=frame: meter.received_bytes > frame)
            growth = self.other_bytes(server) - before
            print(f"resident: {growth // MIB:.0f} MiB more")
            self.assertLess(growth, SLACK_BYTES)
            self.assertTrue(server.audit_when_idle()["balanced"])

    @staticmethod
    def other_bytes(server):
        """Memory without that of the ids, which every new event adds to."""
        return resident_bytes(server) - metric(server, "dedup_memory_bytes")


class Meter(threading.Thread):
    """Reads a stream and counts."""

    def __init__(self, connection):
        super().__init__(daemon=True)
        self.received_bytes = 0
        self._connection = connection
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            while piece := self._connection.recv(MIB):
                self.received_bytes += len(piece)


if __name__ == "__main__":
    unittest.main(verbosity=2)
