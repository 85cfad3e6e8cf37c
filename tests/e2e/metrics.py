# SPDX-License-Identifier: Apache-2.0
"""The page /metrics of the real server against docs/metrics.md, which lists every metric."""

import os
import re
import unittest

from server import Server, batch, data_directory, event

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "metrics.md")


def families(page):
    """{name: (type, help)}"""
    helps = dict(re.findall(r"^# HELP (\S+) (.*)$", page, re.M))
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", page, re.M))
    return {name: (types[name], text) for name, text in helps.items()}


def documented():
    with open(PAGE, encoding="utf-8") as page:
        rows = re.findall(r"^\| `(\w+)` \| (\w+) \| [^|]*\| (.*) \|$", page.read(), re.M)
    return {name: (kind, text) for name, kind, text in rows}


class MetricsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = data_directory()
        cls.server = Server(cls.directory.name, "--processor-checkpoint-interval", "100ms")
        _, answer = cls.server.post("/v1/batch", batch([event(), event()]))
        cls.server.rows(answer["receipt"])

    @classmethod
    def tearDownClass(cls):
        cls.server.kill()
        cls.directory.cleanup()

    def page(self):
        return self.server.request("GET", "/metrics")[2].decode()

    def test_each_is_documented_as_it_says_itself(self):
        self.maxDiff = None
        self.assertEqual(families(self.page()), documented())

    def test_what_takes_time_has_a_histogram(self):
        page = self.page()
        for name in ("api_ack_seconds", "api_query_seconds", "log_sync_seconds", "log_group_bytes",
                     "view_delay_seconds"):
            self.assertRegex(page, rf"(?m)^{name}_count [1-9]")
            self.assertRegex(page, rf'(?m)^{name}_bucket{{le="\+Inf"}} [1-9]')
        # Settings and catalog, a record of each in each of four partitions, and two events.
        self.assertRegex(page, r"(?m)^log_group_records_sum 10$")
        delays = float(re.search(r"(?m)^view_delay_seconds_sum (\S+)$", page)[1])
        self.assertLess(delays, 3600)  # Of events alone: a settings record waits for nobody.

    def test_the_disk_is_that_of_the_data(self):
        page = self.page()
        size, free = (float(re.search(rf"(?m)^{name} (\S+)$", page)[1]) for name in ("data_disk_bytes", "data_disk_free_bytes"))
        disk = os.statvfs(self.directory.name)
        self.assertEqual(size, disk.f_blocks * disk.f_frsize)
        self.assertAlmostEqual(free, disk.f_bavail * disk.f_frsize, delta=0.05 * size)  # Others write, too.

    def test_sources_are_counted_by_what_became_of_their_events(self):
        self.assertIn('books_source_events_total{source="web",outcome="on_time"} 2', self.page())


if __name__ == "__main__":
    unittest.main()
