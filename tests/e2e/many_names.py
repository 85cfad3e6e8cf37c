# SPDX-License-Identifier: Apache-2.0
"""A client that makes up event names blinds nobody: neither where names are limited nor where not."""

import json
import socket
import unittest

from server import Server, batch, data_directory, event

VIEW = "/api/views/events_per_minute"


def send_names(server, source, names):
    """(accepted, codes of the others)"""
    accepted, codes = 0, []
    for begin in range(0, len(names), 5_000):
        events = [event(name) for name in names[begin:begin + 5_000]]
        status, answer = server.post("/v1/batch", batch(events, source))
        assert status == 200, answer
        accepted += answer["accepted"]
        codes += [error["code"] for error in answer.get("errors", [])]
    return accepted, codes


def live_frame(server, parameters):
    """The first frame of a new live stream."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(f"GET {VIEW}/live?{parameters} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        reader = connection.makefile("rb")
        assert reader.readline().startswith(b"HTTP/1.1 200"), "a stream opens"
        return next(json.loads(line[6:]) for line in reader if line.startswith(b"data: "))


class ManyNamesTest(unittest.TestCase):
    def setUp(self):
        self.directory = data_directory()
        self.addCleanup(self.directory.cleanup)

    def test_names_beyond_the_limit_cost_their_events_alone_also_after_a_restart(self):
        options = ("--names-new-per-day", "200")
        with Server(self.directory.name, *options) as server:
            accepted, codes = send_names(server, "bad", [f"name {i}" for i in range(1_000)])
            self.assertEqual(accepted, 200)
            self.assertEqual(codes, ["too_many_names"] * 800)
            self.assertEqual(send_names(server, "good", ["Clicked"] * 3), (3, []))
            self.assertRegex(server.request("GET", "/metrics")[2].decode(),
                             r'(?m)^names_refused_total{source="bad"} 800$')
            self.assertTrue(server.audit_when_idle()["balanced"])
        with Server(self.directory.name, *options) as server:  # It was killed.
            server.audit_when_idle()
            self.assertEqual(send_names(server, "bad", ["one more"]), (0, ["too_many_names"]))
            self.assertEqual(send_names(server, "bad", ["name 0"]), (1, []))
            self.assertEqual(send_names(server, "good", ["Bought"]), (1, []))
            server.audit_when_idle()
            self.assertEqual({c["group"]["event"] for c in server.rows(source="good")},
                             {"Clicked", "Bought"})

    def test_without_a_limit_streams_and_queries_of_every_source_stay_readable(self):
        with Server(self.directory.name, "--names-new-per-day", "0") as server:
            names = [f"name {i}" for i in range(25_000)]
            self.assertEqual(send_names(server, "bad", names), (25_000, []))
            _, answer = server.post("/v1/batch", batch([event()], "good"))
            _, good = server.get(f"{VIEW}?source=good&after={answer['receipt']}")
            self.assertEqual(len(good["rows"]), 1)
            self.assertNotIn("next", good)
            bad = server.rows(source="bad")
            self.assertEqual(len(bad), 25_000)
            self.assertEqual({row["group"]["event"] for row in bad}, set(names))
            self.assertEqual(len(live_frame(server, "source=good")["rows"]), 1)
            every = live_frame(server, "top=50")
            rest = sum(other["groups"] for other in every["other"])
            self.assertEqual(len(every["rows"]) + rest, 25_001)
            self.assertGreater(rest, 24_000)


if __name__ == "__main__":
    unittest.main()
