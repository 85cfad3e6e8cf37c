# SPDX-License-Identifier: Apache-2.0
"""The wire contract of the real server, as SDKs and plain sockets see it."""

import base64
import gzip
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest
import uuid

from faults import metric, wait_until
from server import BINARY, Server, batch, data_directory, event, total


class HttpContractTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = data_directory()
        cls.server = Server(cls.directory.name)

    @classmethod
    def tearDownClass(cls):
        cls.server.kill()
        cls.directory.cleanup()

    def setUp(self):
        self.source = "s-" + uuid.uuid4().hex[:8]

    def post(self, path, document, **options):
        return self.server.post(path, document, **options)

    def rows_of_source(self, receipt):
        return self.server.rows(receipt, source=self.source)

    def raw(self, data, answers):
        """Sends bytes on one connection and reads `answers` responses."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as connection:
            connection.sendall(data)
            reader = connection.makefile("rb")
            return [self.read_answer(reader) for _ in range(answers)]

    @staticmethod
    def read_answer(reader):
        status = int(reader.readline().split()[1])
        length = 0
        while (line := reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode().partition(":")
            if name.lower() == "content-length":
                length = int(value)
        return status, json.loads(reader.read(length))

    def framed(self, body, headers=""):
        return (f"POST /v1/batch?writeKey={self.source} HTTP/1.1\r\nHost: localhost\r\n{headers}"
                f"Content-Length: {len(body)}\r\n\r\n").encode() + body

    def test_every_route_and_short_form_is_counted(self):
        events = {
            "track": {"event": "Bought", "userId": "u"}, "identify": {"userId": "u"},
            "page": {"name": "Home", "anonymousId": "a"}, "screen": {"name": "Main", "userId": "u"},
            "group": {"groupId": "g", "userId": "u"}, "alias": {"userId": "n", "previousId": "p"}}
        paths = {"track": "t", "identify": "i", "page": "p", "screen": "s", "group": "g",
                 "alias": "a"}
        for kind, fields in events.items():
            for path in (f"/v1/{kind}", f"/v1/{kind}/", f"/v1/{paths[kind]}", f"//v1/{kind}"):
                status, answer = self.post(path, {**fields, "writeKey": self.source})
                self.assertEqual((status, answer["success"]), (200, True), (path, answer))
        for path in ("/v1/batch", "/v1/import/", "/v1/b"):
            status, answer = self.post(path, batch([event()], self.source))
            self.assertEqual(status, 200, (path, answer))
        self.assertEqual(total(self.rows_of_source(answer["receipt"])), 6 * 4 + 3)

    def test_the_answer_is_what_every_sdk_accepts(self):
        status, headers, body = self.server.request(
            "POST", "/v1/track", json.dumps(event(writeKey=self.source)))
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertIs(json.loads(body)["success"], True)

    def test_the_key_may_come_from_header_body_or_query(self):
        basic = base64.b64encode(f"{self.source}:".encode()).decode()
        bare = base64.b64encode(self.source.encode()).decode()
        for path, headers, key in (("/v1/track", {"Authorization": f"Basic {basic}"}, {}),
                                   ("/v1/track", {"Authorization": f"Basic {bare}"}, {}),
                                   ("/v1/track", {}, {"writeKey": self.source}),
                                   (f"/v1/track?writeKey={self.source}", {}, {})):
            status, _, body = self.server.request("POST", path, json.dumps(event(**key)), headers)
            self.assertEqual(status, 200, body)
        self.assertEqual(total(self.rows_of_source(json.loads(body)["receipt"])), 4)

    def test_a_receipt_makes_its_events_visible(self):
        for n in range(1, 30):
            _, answer = self.post("/v1/batch", batch([event()], self.source), compress=n % 2 == 0)
            self.assertEqual(total(self.rows_of_source(answer["receipt"])), n)

    def test_a_resent_batch_counts_once_and_three_bad_of_a_hundred_fail_alone(self):
        # Row 43: the retry of the whole batch does not double the 97.
        events = [event(user=f"u{n}") for n in range(100)]
        for bad in (3, 50, 99):
            del events[bad]["event"]
        for _ in range(3):
            status, answer = self.post("/v1/batch", batch(events, self.source))
            self.assertEqual(status, 200)
            self.assertEqual((answer["accepted"], answer["rejected"]), (97, 3))
            self.assertEqual([e["index"] for e in answer["errors"]], [3, 50, 99])
        rows = self.rows_of_source(answer["receipt"])
        self.assertEqual((total(rows), total(rows, "users")), (97, 97))

    def test_pipelined_answers_stay_with_their_requests(self):
        # Row 44: good and bad bodies mixed on one connection.
        good = [event() for _ in range(4)]
        bodies = [json.dumps(batch(events, self.source)).encode() if events else bad
                  for events, bad in ((good[:1], None), (None, b'{"batch": ['), (good[1:2], None),
                                      (None, b"null"), (good[2:], None))]
        answers = self.raw(b"".join(self.framed(body) for body in bodies), len(bodies))
        self.assertEqual([status for status, _ in answers], [200, 400, 200, 400, 200])
        self.assertEqual([a.get("accepted") for _, a in answers], [1, None, 1, None, 2])
        self.assertEqual(total(self.rows_of_source(answers[-1][1]["receipt"])), 4)

    def test_chunked_bodies_are_read(self):
        body = json.dumps(batch([event()], self.source)).encode()
        half = len(body) // 2
        request = b"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        for piece in (body[:half], body[half:]):
            request += f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
        ((status, answer),) = self.raw(request + b"0\r\n\r\n", 1)
        self.assertEqual((status, answer["accepted"]), (200, 1))

    def test_a_length_beside_chunks_is_refused(self):
        # RFC 9112, 6.3: two ways to end a body are a smuggling attempt.
        request = (b"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
                   b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        self.assertEqual(self.raw(request, 1)[0][0], 400)
        twice = (b"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
                 b"Content-Length: 6\r\n\r\nabcdef")
        self.assertEqual(self.raw(twice, 1)[0][0], 400)

    def test_expect_continue_is_answered_before_the_body_comes(self):
        body = json.dumps(batch([event()], self.source)).encode()
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as connection:
            connection.sendall(f"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                               f"Content-Length: {len(body)}\r\n\r\n".encode())
            reader = connection.makefile("rb")
            self.assertIn(b"100", reader.readline())
            reader.readline()
            connection.sendall(body)
            self.assertEqual(self.read_answer(reader)[0], 200)

    def test_damaged_and_oversized_bodies_are_said(self):
        for body, headers, status in (
                (b"", "", 400), (b"{", "", 400), (b"\x1f\x8b\x08broken", "", 400),
                (b"{}", "Content-Encoding: snappy\r\n", 415),
                (gzip.compress(b" " * (64 << 20)), "Content-Encoding: gzip\r\n", 413)):
            got, answer = self.raw(self.framed(body, headers), 1)[0]
            self.assertEqual(got, status, answer)
            for key in ("success", "code", "message", "detail", "error", "error_description",
                        "status"):
                self.assertIn(key, answer)
        status, _, body = self.server.request("POST", "/v1/batch", b" " * (5 << 20))
        self.assertEqual(status, 413, body)

    def test_browsers_may_send_from_any_origin(self):
        status, headers, _ = self.server.request("OPTIONS", "/v1/t", None, {
            "Origin": "https://shop.example", "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,x-retry-count"})
        self.assertEqual(status, 204)
        self.assertEqual(headers["Access-Control-Allow-Origin"], "https://shop.example")
        self.assertEqual(headers["Access-Control-Allow-Headers"], "authorization,x-retry-count")
        for body in (json.dumps(event()), "{"):
            _, headers, _ = self.server.request("POST", "/v1/t", body,
                                                {"Origin": "https://shop.example"})
            self.assertEqual(headers["Access-Control-Allow-Origin"], "https://shop.example")
            self.assertEqual(headers["Access-Control-Expose-Headers"], "Retry-After")

    def test_queries_explain_what_is_wrong_with_them(self):
        path = "/api/views/events_per_minute"
        for query, word in (("from=yesterday", "from"), ("evnt=a", "did you mean event"), ("after=xyz", "receipt"),
                            ("consistency=best", "consistency"), ("limit=0", "limit"),
                            ("cursor=abc", "cursor"),
                            ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "before")):
            status, answer = self.server.get(f"{path}?{query}")
            self.assertEqual(status, 400)
            self.assertIn(word, answer["message"])
        self.assertEqual(self.server.get("/api/nothing")[0], 404)
        self.assertEqual(self.server.request("POST", path)[0], 405)

    def test_a_view_is_read_page_by_page(self):
        names = [f"page {i:02}" for i in range(25)]
        _, answer = self.post("/v1/batch", batch([event(name) for name in names], self.source))
        path = f"/api/views/events_per_minute?source={self.source}"
        _, page = self.server.get(f"{path}&limit=10&after={answer['receipt']}")
        self.assertEqual(len(page["rows"]), 10)
        found = page["rows"]
        while "next" in page:
            _, other = self.server.get(f"/api/views/events_per_minute?cursor={page['next']}")
            self.assertIn("another query", other["message"])
            _, page = self.server.get(f"{path}&limit=10&cursor={page['next']}")
            found += page["rows"]
        self.assertEqual([row["group"]["event"] for row in found], names)

    def test_an_empty_answer_says_when_the_newest_event_was(self):
        path = f"/api/views/events_per_minute?source={self.source}"
        self.assertIsNone(self.server.get(path)[1]["newest"])
        old = event(timestamp="2026-01-02T03:04:05Z")
        _, answer = self.post("/v1/batch", {"batch": [old], "writeKey": self.source})
        _, empty = self.server.get(f"{path}&after={answer['receipt']}")
        self.assertEqual(empty["rows"], [])
        self.assertEqual(empty["newest"]["event_time"], "2026-01-02T03:04:05.000Z")
        self.assertIn("last hours", empty["hint"])
        _, found = self.server.get(f"{path}&from=2026-01-02T05:04:00+02:00")
        self.assertEqual(total(found["rows"]), 1)

    def test_a_change_is_pushed_to_the_live_stream(self):
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as connection:
            connection.sendall(b"GET /api/views/events_per_minute/live?source=%s HTTP/1.1\r\n"
                               b"Host: localhost\r\n\r\n" % self.source.encode())
            reader = connection.makefile("rb")
            while reader.readline() != b"\r\n":
                pass
            updates = (json.loads(line[6:]) for line in reader if line.startswith(b"data: "))
            self.assertEqual((first := next(updates))["whole"], True)
            self.assertEqual((first["rows"], first["other"], first["left"]), ([], [], []))
            name = uuid.uuid4().hex
            self.post("/v1/batch", batch([event(name)], self.source))
            for update in updates:
                mine = [row for row in update["rows"] if row["group"]["event"] == name]
                if mine:
                    self.assertEqual(mine[0]["values"], {"count": 1, "users": 1})
                    self.assertEqual(mine[0]["state"], "open")
                    self.assertEqual(update["whole"], False)
                    return

    def test_a_live_stream_shows_the_first_groups_and_the_rest_as_one(self):
        for name, count in (("rare", 1), ("often", 5), ("seldom", 2)):
            self.post("/v1/batch", batch([event(name) for _ in range(count)], self.source))
        path = f"/api/views/events_per_minute/live?source={self.source}&top=1&order=-count"
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            for line in connection.makefile("rb"):
                if line.startswith(b"data: "):
                    frame = json.loads(line[6:])
                    shown = {row["group"]["event"] for row in frame["rows"]}
                    if shown == {"often"} and sum(o["values"]["count"]
                                                  for o in frame["other"]) == 3:
                        self.assertEqual(sum(o["groups"] for o in frame["other"]), 2)
                        return
                    self.assertLessEqual(len(frame["rows"]), 2, "a minute may have ended")

    def test_the_front_page_is_there_for_browsers_programs_and_heads(self):
        status, headers, page = self.server.request("GET", "/")
        self.assertEqual(status, 200)
        self.assertIn("text/html", headers["Content-Type"])
        self.assertIn("<title>Hapax</title>", page.decode())
        status, head, body = self.server.request("HEAD", "/")
        self.assertEqual((status, head["Content-Length"], body),
                         (200, headers["Content-Length"], b""))
        status, _, body = self.server.request("GET", "/", None, {"Accept": "application/json"})
        self.assertIn(f"127.0.0.1:{self.server.port}/v1/track", json.loads(body)["send"])
        self.assertIn(json.loads(body)["version"], subprocess.run([BINARY, "--version"], check=True,
                                              capture_output=True, text=True).stdout)

    def test_metrics_and_health_are_there(self):
        status, headers, body = self.server.request("GET", "/metrics")
        self.assertEqual(status, 200)
        self.assertIn("text/plain", headers["Content-Type"])
        for name in ("collector_events_accepted_total", "log_appended_bytes_total",
                     "log_syncs_total", "processor_lag_records", "dedup_window_pressure",
                     "process_cpu_seconds_total"):
            self.assertIn(name, body.decode())
        self.assertEqual(self.server.get("/health/live")[0], 200)
        self.assertEqual(self.server.get("/health/ready")[0], 200)


class StopTest(unittest.TestCase):
    def test_sigterm_keeps_everything_acknowledged(self):
        # Row 42: a graceful stop under load.
        with data_directory() as directory:
            acknowledged = []
            with Server(directory) as server:
                def send():
                    while True:
                        item = event()
                        try:
                            status, _ = server.post("/v1/batch", batch([item]))
                        except Exception:
                            return
                        if status == 200:
                            acknowledged.append(item["messageId"])
                clients = [threading.Thread(target=send) for _ in range(8)]
                for client in clients:
                    client.start()
                time.sleep(0.5)
                self.assertEqual(server.stop(), 0)
                for client in clients:
                    client.join()
            self.assertGreater(len(acknowledged), 0)
            with Server(directory) as server:
                audit = server.audit_when_idle()
                self.assertTrue(audit["balanced"])
                self.assertGreaterEqual(audit["sources"][0]["unique"], len(set(acknowledged)))

    def test_a_stop_waits_neither_for_receipts_nor_for_half_a_request(self):
        with data_directory() as directory, data_directory() as copies:
            with Server(directory, "--log-partitions", "1"):
                pass
            # Of the same log, of what is not in this one: a copy has gone on.
            copy = shutil.copytree(directory, f"{copies}/copy")
            with Server(copy, "--log-partitions", "1") as server:
                _, ahead = server.post("/v1/batch", batch([event()]))
            with Server(directory, "--log-partitions", "1",
                        "--api-after-wait-max", "5m") as server:
                with socket.create_connection(("127.0.0.1", server.port), timeout=30) as waiting, \
                        socket.create_connection(("127.0.0.1", server.port), timeout=30) as half:
                    half.sendall(b"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
                    waiting.sendall(b"GET /api/views/events_per_minute?after=%s HTTP/1.1\r\n"
                                    b"Host: localhost\r\n\r\n" % ahead["receipt"].encode())
                    looks = itertools.count(1)  # Each look is a request, too.
                    wait_until(lambda: metric(server, "http_requests_total") > next(looks))
                    server.process.send_signal(signal.SIGTERM)
                    status, answer = HttpContractTest.read_answer(waiting.makefile("rb"))
                    self.assertEqual((status, answer["code"]), (503, "shutting_down"))
                    self.assertEqual(half.recv(1), b"")
                    self.assertEqual(server.process.wait(timeout=60), 0)

    def test_a_second_server_on_the_same_data_is_refused(self):
        with data_directory() as directory, Server(directory) as server:
            with self.assertRaisesRegex(RuntimeError, "(?i)lock|another"):
                Server(directory)
            self.assertEqual(server.get("/health/ready")[0], 200)

    def test_a_receipt_survives_a_restart(self):
        with data_directory() as directory:
            with Server(directory) as server:
                _, answer = server.post("/v1/batch", batch([event()]))
                server.kill()
            with Server(directory) as server:
                self.assertEqual(total(server.rows(answer["receipt"])), 1)

    def assert_another_log(self, server, receipt):
        status, answer = server.get(f"/api/views/events_per_minute?after={receipt}")
        self.assertEqual((status, answer["code"]), (400, "invalid_request"), answer)
        self.assertIn("another log", answer["message"])

    def test_a_receipt_of_another_data_folder_is_refused_and_not_waited_for(self):
        waits = ("--api-after-wait-max", "5m")
        with data_directory() as here, data_directory() as there:
            with Server(there, *waits) as server:
                few = server.post("/v1/batch", batch([event()]))[1]["receipt"]
                many = server.post("/v1/batch", batch([event(user=f"u{n}") for n in range(99)]))[1]["receipt"]
            with Server(here, *waits) as server:
                server.rows(server.post("/v1/batch", batch([event() for _ in range(9)]))[1]["receipt"])
                _, raw = server.get("/api/events?limit=1")
                for receipt in (few, many):  # One that would be reached, and one that would not.
                    self.assert_another_log(server, receipt)
                status, former = server.get("/api/views/events_per_minute?after=AawC7CE_Eg")
                self.assertEqual(status, 400)
                self.assertIn("an earlier version of Hapax", former["message"])
            with Server(there, *waits) as server:
                self.assertEqual(total(server.rows(many)), 100)
                self.assertEqual(total(server.rows(few)), 100)
                self.assert_another_log(server, raw["events"][0]["receipt"])
                self.assertEqual(server.get(f"/api/events?cursor={raw['next']}")[0], 400)

    def test_a_log_of_before_there_were_ids_goes_on_with_one(self):
        with data_directory() as directory:
            with Server(directory) as server:
                _, answer = server.post("/v1/batch", batch([event()]))
            os.remove(f"{directory}/log/id")
            with Server(directory) as server:
                self.assert_another_log(server, answer["receipt"])
                _, answer = server.post("/v1/batch", batch([event()]))
                self.assertEqual(total(server.rows(answer["receipt"])), 2)
            with Server(directory) as server:
                self.assertEqual(total(server.rows(answer["receipt"])), 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
