# SPDX-License-Identifier: Apache-2.0
"""T1, T2 of compressed segments on the real binary: killed at each step of a swap and at any time, read
by every tool meanwhile.

Oracle: an event that was acknowledged is counted exactly once, from the state and from the log alone;
the log verifies; and nobody who sends waits for a compression that stands still.
"""

import json
import os
import random
import shutil
import subprocess
import time
import unittest

from faults import Client, Faults, metric, verify, wait_until
from server import BINARY, Server, data_directory

ARGUMENTS = ("--log-partitions", "2", "--processor-checkpoint-interval", "100ms",
             "--names-new-per-day", "0")
PADDING = 20_000
ROUNDS = 8


def start(directory, *arguments, **options):
    return Server(directory, *ARGUMENTS, *arguments, segment_bytes="1MiB", **options)


def files(directory, ending):
    return [name for name in os.listdir(os.path.join(directory, "log")) if name.endswith(ending)]


def raw_but_the_last(directory):
    return len(files(directory, ".seg")) - 1


def wait_until_compressed(directory):
    """As long as there is progress: it gives way to all that the machine does besides."""
    while left := raw_but_the_last(directory):
        wait_until(lambda: raw_but_the_last(directory) < left)


def dumped(directory):
    """The names of all events, as a tool reads them."""
    done = subprocess.run([BINARY, "log", "dump", "--data-dir", directory], capture_output=True,
                          text=True, errors="replace", check=True)
    return [json.loads(line)["messageId"] for line in done.stdout.splitlines()
            if '"messageId":' in line]


class CompressionTest(unittest.TestCase):
    def check_all(self, directory, client):
        """Now, and once all is compressed and the state is made of the log alone."""
        with start(directory) as server:
            client.resend(server)
            self.assertEqual(client.check_counts(server), client.sent)
            wait_until_compressed(directory)
            self.assertEqual(files(directory, ".tmp"), [])
            self.assertEqual(server.stop(), 0)
        code, report = verify(directory)
        self.assertEqual(code, 0, report)
        for folder in ("state", "base"):
            shutil.rmtree(os.path.join(directory, folder), ignore_errors=True)
        with start(directory, "--log-compress", "no") as server:
            self.assertEqual(client.check_counts(server), client.sent)
            self.assertEqual(server.stop(), 0)
        code, report = verify(directory)
        self.assertEqual(code, 0, report)

    def test_killed_while_it_stands_at_each_step(self):
        for step in ("open */log/compressing.tmp 1", "pwrite */log/compressing.tmp 1",
                     "pwrite */log/compressing.tmp 2+", "fdatasync */log/compressing.tmp 1",
                     "open */log/compressing.tmp 2", "rename */log/*.seg.zst 1",
                     "rename */log/*.seg.zst 2+", "unlink */log/*.seg 1"):
            with self.subTest(step=step), data_directory() as directory, \
                    Faults(step + " hold while @hold") as faults:
                client = Client()
                faults.on("hold")
                with start(directory, environment=faults.environment) as server:
                    for _ in range(20):
                        self.assertEqual(client.send(server, 10, PADDING), 200)
                    faults.wait_until_met("hold")
                    for _ in range(12):  # Through rolls.
                        self.assertEqual(client.send(server, 10, PADDING), 200)
                    server.kill()
                self.check_all(directory, client)

    def test_killed_at_any_time_under_load(self):
        seed = random.randrange(2**32)
        print(f"seed {seed}, {ROUNDS} rounds")
        chooser = random.Random(seed)
        compressed = 0
        with data_directory() as directory:
            client = Client()
            for _ in range(ROUNDS):
                with start(directory) as server:
                    until = time.monotonic() + chooser.uniform(0.5, 2.5)
                    while time.monotonic() < until:
                        self.assertEqual(client.send(server, 10, PADDING), 200)
                    compressed += metric(server, "log_segments_compressed_total")
                    server.kill()
            self.assertGreater(compressed, 0)
            self.check_all(directory, client)

    def test_tools_read_a_log_while_it_is_compressed(self):
        with data_directory() as directory, start(directory) as server:
            client = Client()
            while metric(server, "log_segments_compressed_total") < 5:
                self.assertEqual(client.send(server, 20, PADDING), 200)
                acknowledged = set(client.acknowledged)
                read = dumped(directory)
                self.assertLessEqual(acknowledged, set(read))
                self.assertEqual(len(read), len(set(read)))
            code, report = verify(directory)
            self.assertEqual(code, 0, report)
            raw = metric(server, "log_compression_raw_bytes_total")
            self.assertLess(metric(server, "log_compression_bytes_total"), raw / 2)
            wait_until_compressed(directory)
            kept = sum(os.path.getsize(os.path.join(directory, "log", name))
                       for ending in (".seg", ".zst") for name in files(directory, ending))
            wait_until(lambda: metric(server, "log_retained_bytes") == kept)
            self.assertEqual(server.stop(), 0)

    def test_a_disk_without_space_for_it_takes_events_all_the_same(self):
        with data_directory() as directory, \
                Faults("pwrite */log/compressing.tmp 1+ ENOSPC while @full") as faults:
            client = Client()
            faults.on("full")
            with start(directory, environment=faults.environment) as server:
                for _ in range(20):
                    self.assertEqual(client.send(server, 10, PADDING), 200)
                wait_until(lambda: metric(server, "log_compression_failures_total") > 0)
                self.assertEqual(metric(server, "log_segments_compressed_total"), 0)
                self.assertEqual(metric(server, "log_compression_failing"), 1)
                self.assertEqual(metric(server, "log_writable"), 1)
                self.assertEqual(server.stop(), 0)
            self.check_all(directory, client)

    def test_a_damaged_block_is_named_and_a_repair_keeps_the_others(self):
        with data_directory() as directory:
            client = Client()
            with start(directory) as server:
                for _ in range(12):
                    self.assertEqual(client.send(server, 10, PADDING), 200)
                wait_until_compressed(directory)
                self.assertEqual(server.stop(), 0)
            path = os.path.join(directory, "log", sorted(files(directory, ".zst"))[0])
            with open(path, "r+b") as file:
                file.seek(os.path.getsize(path) // 2)
                file.write(bytes(64))
            code, said = verify(directory)
            self.assertEqual(code, 1, said)
            self.assertRegex(said, os.path.basename(path) + " is damaged at byte [0-9]+: [0-9]+ bytes")
            done = subprocess.run([BINARY, "log", "verify", "--repair", "--yes", "--data-dir",
                                   directory], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            code, said = verify(directory)
            self.assertEqual(code, 0, said)
            kept = set(dumped(directory))
            self.assertGreater(len(kept), len(client.sent) / 2)
            self.assertLess(kept, client.sent)


if __name__ == "__main__":
    unittest.main()
