# SPDX-License-Identifier: Apache-2.0
"""A log whose head retention has dropped, and a state folder that is removed: the numbers stay."""

import os
import shutil
import time
import unittest

from server import READY_SECONDS, Server, batch, data_directory, event, total

EVENTS_A_BATCH = 100
FIRST = "the-first-of-all"
TINY = ["--log-partitions", "2", "--log-retention-bytes", "1MiB",
        "--processor-checkpoint-interval", "100ms", "--log-compress", "no"]


def start(directory):
    return Server(directory, *TINY, segment_bytes="1MiB")


def metric(server, name):
    _, _, page = server.request("GET", "/metrics")
    return sum(float(line.rpartition(" ")[2]) for line in page.decode().splitlines()
               if line.startswith(name + " "))


def fill_until_the_head_is_gone(directory, server):
    """Events of 2 KiB each, so that segments of 1 MiB are soon full; how many."""
    deadline = time.monotonic() + READY_SECONDS
    sent = 0
    while "00000000000000000001.seg" in os.listdir(directory + "/log"):
        status, _ = server.post("/v1/batch", batch(
            [event(user=f"u{n}", properties={"x": "x" * 2000}) for n in range(EVENTS_A_BATCH)]))
        assert status == 200, status
        sent += EVENTS_A_BATCH
        assert time.monotonic() < deadline, sent
    return sent


def numbers(server):
    """What must be the same: rows without when they were final, the books, where they begin."""
    audit = server.audit_when_idle()
    rows = [(r["start"], r["group"]["event"], r["values"]) for r in server.rows()]
    books = [{name: source[name] for name in ("received", "unique", "duplicate", "counted", "digest")}
             for source in audit["sources"]]
    return sorted(rows, key=str), books, [p["start"] for p in audit["partitions"]], audit["balanced"]


class RetentionTest(unittest.TestCase):
    def test_the_numbers_outlast_the_logs_head_and_the_state_folder(self):
        with data_directory() as directory:
            with start(directory) as server:
                server.post("/v1/batch", batch([event(messageId=FIRST)]))
                sent = fill_until_the_head_is_gone(directory, server)
                self.assertGreater(metric(server, "processor_base_records"), 0)
                self.assertGreater(metric(server, "base_disk_bytes"), 0)
                before = numbers(server)
                self.assertEqual(server.stop(), 0)
            self.assertEqual(before[1][0]["unique"], sent + 1)

            shutil.rmtree(directory + "/state")
            with start(directory) as server:
                self.assertEqual(numbers(server), before)
                self.assertEqual(before[2:], ([0, 0], True))
                receipt = server.post("/v1/batch", batch([event(messageId=FIRST)]))[1]["receipt"]
                self.assertEqual(total(server.rows(receipt)), before[1][0]["unique"])
                self.assertEqual(server.audit_when_idle()["sources"][0]["duplicate"], 1)
                server.stop()
            said = "".join(server.errors)
            self.assertIn("There was no state: it is made of the base", said)
            self.assertNotIn("counts begin at", said)

    def test_a_window_longer_than_the_log_is_explained(self):
        with data_directory() as directory:
            with Server(directory, "--log-retention-age", "1h") as server:
                server.stop()
            self.assertIn("are known from the state, and from the base", "".join(server.errors))


if __name__ == "__main__":
    unittest.main()
