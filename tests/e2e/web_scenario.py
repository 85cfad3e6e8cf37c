# SPDX-License-Identifier: Apache-2.0
"""Two days of a web shop through the real server, killed half way: every view that is built in says what
an oracle says of the events in the log. web_scenario.py <events>"""

import json
import os
import subprocess
import sys
import unittest
from datetime import datetime, timedelta, timezone

from server import BINARY, Server, data_directory
from view_oracle import DAY, EPOCH, EXPECTED, KEEP, cells_of, difference, events_in

EVENTS = int(sys.argv.pop()) if len(sys.argv) > 1 else 20_000


def has_its_time(event, began):
    """What the server made of a clock that may be wrong, in events that were sent after `began`: the
    true time, but for errors that may be delays, which stay, and those beyond any correction."""
    off = event.at - EPOCH - event.line["properties"]["at"] * timedelta(microseconds=1)
    sent_at = event.line.get("sentAt")
    error = datetime.fromisoformat(sent_at) - event.received if sent_at else timedelta()
    if abs(error) > 30 * DAY:
        return off < -29 * DAY
    return timedelta(seconds=-151) <= off <= event.received - began + timedelta(seconds=1)


class WebScenarioTest(unittest.TestCase):
    def setUp(self):
        temporary = data_directory()
        self.addCleanup(temporary.cleanup)
        self.directory = os.path.join(temporary.name, "data")

    def start(self):
        return Server(self.directory, "--views-defaults", "all")

    def send(self, server, seed):
        sent = subprocess.run(
            [BINARY, "bench", "--target", f"http://127.0.0.1:{server.port}", "--scenario", "web",
             "--closed", "--batch", "20", "--events", str(EVENTS // 2), "--warmup", "0", "--users",
             "2000", "--seed", str(seed), "--json"], capture_output=True, text=True, check=False)
        self.assertEqual(sent.returncode, 0, sent.stderr)
        report = json.loads(sent.stdout)
        self.assertGreater(report["repeats"], 0)
        return report

    def test_views_say_what_the_events_in_the_log_say(self):
        began = datetime.now(timezone.utc)
        with self.start() as server:
            reports = [self.send(server, 1)]
            server.kill()
        with self.start() as server:
            reports.append(self.send(server, 2))
            audit = server.audit_when_idle()
            self.assertTrue(audit["balanced"], audit)
            events = events_in(self.directory)
            self.assertEqual(len(events),
                             sum(report["acknowledged"] - report["repeats"] for report in reports))
            for event in events:
                self.assertTrue(has_its_time(event, began), event.line)
            views = {view["name"] for view in server.get("/api/views")[1]["views"]}
            self.assertEqual(views, EXPECTED.keys())
            for view, expected in EXPECTED.items():
                with self.subTest(view):
                    self.assertIsNone(difference(cells_of(server, view),
                                                 expected(events, KEEP.get(view))))


if __name__ == "__main__":
    unittest.main()
