# SPDX-License-Identifier: Apache-2.0
"""Raw events of a running server: searched in the log, and as they come."""

import json
import os
import socket
import tempfile
import time
import unittest
import urllib.parse

from server import Server

MANY = 100_000
BATCH = 5_000


def entries(server, **parameters):
    """All pages, each entry once; and the last `searched`."""
    found, query = [], dict(parameters)
    while True:
        status, answer = server.get("/api/events?" + urllib.parse.urlencode(query))
        assert status == 200, answer
        found += answer["events"]
        if answer["next"] is None:
            return found, answer["searched"]
        query["cursor"] = answer["next"]


class Stream:
    """Server-sent events, as they are read."""

    def __init__(self, server, method, path, body=b""):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        self.socket.sendall(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
                            f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        self.text = b""
        head = self._until(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head

    def _until(self, mark):
        while mark not in self.text:
            piece = self.socket.recv(1 << 20)
            assert piece, "the stream ended"
            self.text += piece
        before, _, self.text = self.text.partition(mark)
        return before

    def next(self):
        """The next one that has data: its name and data."""
        while True:
            fields = dict(line.split(": ", 1) for line in self._until(b"\n\n").decode().split("\n") if ": " in line)
            if "data" in fields:
                return fields.get("event"), json.loads(fields["data"])

    def close(self):
        self.socket.close()


class Events(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = os.path.join(folder.name, "data")
        self.start()

    def start(self):
        self.server = Server(self.data, segment_bytes="1MiB")
        self.addCleanup(lambda server: server.__exit__(), self.server)

    def send(self, *events, key="web"):
        status, answer = self.server.post("/v1/batch", {"writeKey": key, "batch": list(events)})
        self.assertEqual(status, 200, answer)
        self.server.rows(answer["receipt"])  # So dedup has decided.
        return answer

    def stream(self, *request):
        stream = Stream(self.server, *request)
        self.addCleanup(stream.close)
        return stream

    @staticmethod
    def track(message_id, **more):
        return {"type": "track", "event": "Clicked", "userId": "ada", "messageId": message_id,
                "timestamp": "2026-01-02T03:04:05Z", **more}

    def test_each_verdict_is_said_and_of_what(self):
        self.send(self.track("a", properties={"n": 1}))
        self.send(self.track("a", properties={"n": 1}), self.track("a", properties={"n": 2}),
                  self.track("a", properties={"n": 1}, timestamp="2026-01-02T03:05:05Z"),
                  {"type": "track", "userId": "ada", "messageId": "bad"})
        found, searched = entries(self.server)
        self.assertEqual([one["verdict"] for one in found],
                         ["rejected", "restamped", "conflict", "duplicate", "first"])
        first = {"partition": found[4]["partition"], "offset": found[4]["offset"]}
        self.assertEqual([one["of"] for one in found], [None, first, first, first, None])
        self.assertEqual(found[0]["rejection"]["code"], "missing_event")
        self.assertIn("bad", found[0]["rejection"]["original"])
        self.assertEqual(found[4]["properties"], {"n": 1})
        self.assertEqual(found[4]["event_time"], "2026-01-02T03:04:05.000Z")
        self.assertEqual(found[4]["time_reason"], "as_sent")
        self.assertEqual(searched, {"records": searched["records"], "back_to": found[4]["received_at"],
                                    "complete": True, "beginning_dropped": False})

    def test_bytes_of_a_rejected_event_are_text_and_replaced_ones_are_said(self):
        body = b'{"writeKey":"web","batch":[{"type":"track","userId":"u","event":"E","messageId":"x","properties":{"a":007,"b":"\xff"}}]}'
        self.assertEqual(self.server.request("POST", "/v1/batch", body)[0], 200)
        found, _ = entries(self.server, verdict="rejected")
        self.assertEqual(len(found), 1)
        self.assertIn('"b":"\ufffd"', found[0]["rejection"]["original"])
        self.assertFalse(found[0]["rejection"]["original_exact"])

    def test_filters_find_what_they_say(self):
        self.send(self.track("1"), self.track("2", userId="bob"), self.track("3", event="Bought"),
                  {"type": "page", "anonymousId": "device", "messageId": "4", "name": "Home"})
        self.send(self.track("5"), key="ios")

        def ids(**parameters):
            return {one["message_id"] for one in entries(self.server, **parameters)[0]}
        self.assertEqual(ids(source="ios"), {"5"})
        self.assertEqual(ids(name="Bought"), {"3"})
        self.assertEqual(ids(type="page"), {"4"})
        self.assertEqual(ids(user="bob"), {"2"})
        self.assertEqual(ids(user="device"), {"4"})
        self.assertEqual(ids(message_id="2"), {"2"})
        self.assertEqual(ids(verdict="first", source="web"), {"1", "2", "3", "4"})
        self.assertEqual(ids(verdict="duplicate"), set())
        self.assertEqual(ids(to="2026-01-01T00:00:00Z"), set())
        for wrong in ("verdict=firs", "type=trak", "limit=0", "limit=1001", "cursor=x", "users=1",
                      "from=2026-01-02&to=2026-01-01"):
            self.assertEqual(self.server.get("/api/events?" + wrong)[0], 400, wrong)

    def test_pages_of_many_have_each_event_once_over_a_restart(self):
        for begin in range(0, MANY, BATCH):
            status, answer = self.server.post("/v1/batch", {"writeKey": "many", "batch": [
                self.track(f"m{number}", userId=f"u{number % 97}") for number in range(begin, begin + BATCH)]})
            self.assertEqual((status, answer["accepted"]), (200, BATCH))
        status, page = self.server.get("/api/events?limit=1000&source=many")
        self.assertEqual(len(page["events"]), 1000)
        self.assertFalse(page["searched"]["complete"])
        self.server.rows(answer["receipt"])
        self.assertEqual(self.server.stop(), 0)
        self.start()
        rest, searched = entries(self.server, limit=1000, source="many", cursor=page["next"])
        ids = [int(one["message_id"][1:]) for one in page["events"] + rest]
        self.assertEqual(sorted(ids), list(range(MANY)))
        self.assertTrue(all(one["verdict"] == "first" for one in rest))
        self.assertTrue(searched["complete"])
        # The newest first, in the order of the log: batches come one after the other.
        self.assertEqual([number // BATCH for number in ids], sorted((number // BATCH for number in ids), reverse=True))

    def test_an_event_is_shown_a_moment_after_its_acknowledgement_with_its_verdict(self):
        stream = self.stream("GET", "/api/events/live?source=web")
        self.assertEqual(stream.next()[1], {"events": [], "skipped": 0, "sampled": 1.0})
        took = []
        for number in range(20):
            self.server.post("/v1/track", {**self.track(f"m{number}"), "writeKey": "other"})
            self.server.post("/v1/track", {**self.track(f"m{number}"), "writeKey": "web"})
            began = time.monotonic()
            _, frame = stream.next()
            took.append(time.monotonic() - began)
            self.assertEqual([(one["message_id"], one["verdict"]) for one in frame["events"]],
                             [(f"m{number}", "first")])
        self.assertLess(sorted(took)[len(took) // 2], 0.15, took)  # With the 50 ms between frames.
        self.server.post("/v1/track", {**self.track("m3"), "writeKey": "web"})
        copy = stream.next()[1]["events"][0]
        self.assertEqual(copy["verdict"], "duplicate")
        first, _ = entries(self.server, message_id="m3", source="web", verdict="first")
        self.assertEqual(copy["of"], {"partition": first[0]["partition"], "offset": first[0]["offset"]})

    def test_too_many_are_sampled_and_what_is_missing_is_said(self):
        stream = self.stream("GET", "/api/events/live?source=many")
        stream.next()
        for begin in range(0, 20_000, BATCH):
            self.server.post("/v1/batch", {"writeKey": "many", "batch": [
                self.track(f"m{number}") for number in range(begin, begin + BATCH)]})
        shown = skipped = 0
        shares = set()
        while shown + skipped < 20_000:
            _, frame = stream.next()
            shown += len(frame["events"])
            skipped += frame["skipped"]
            shares.add(frame["sampled"])
        self.assertEqual(shown + skipped, 20_000)
        self.assertGreater(shown, 50)
        self.assertLess(shown, 2_000)
        self.assertLess(min(shares), 0.1)

    def test_a_client_that_reads_nothing_is_told_what_it_missed(self):
        stream = self.stream("GET", "/api/events/live?source=web")
        stream.next()
        text = "x" * 200_000
        for number in range(300):
            self.server.post("/v1/track", {**self.track(f"m{number}", properties={"text": text}), "writeKey": "web"})
        count = skipped = 0
        while count + skipped < 300:
            _, frame = stream.next()
            count += len(frame["events"])
            skipped += frame["skipped"]
        self.assertEqual(count + skipped, 300)
        self.assertGreater(skipped, 0)

    def test_many_live_queries_share_a_connection(self):
        self.send(self.track("1"))
        stream = self.stream("POST", "/api/live", json.dumps({"streams": [
            {"id": "a", "view": "events_per_minute", "query": "source=web"},
            {"id": "b", "view": "no_such_view"},
            {"id": "c", "view": "events_per_minute", "query": "source=ios"}]}).encode())
        frames = dict(stream.next() for _ in range(3))
        self.assertEqual(frames["b/end"]["code"], "unknown_view")
        self.assertEqual(frames["c"]["rows"], [])
        self.send(self.track("2", timestamp=None), key="ios")
        while True:
            name, frame = stream.next()
            if name == "c" and frame["rows"]:
                break
        self.assertEqual(frame["rows"][0]["values"]["count"], 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
