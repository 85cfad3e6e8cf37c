# SPDX-License-Identifier: Apache-2.0
"""T3, T5: the disk of the real binary fails, at each call in turn, and is full.

Oracle: an event that was acknowledged is counted exactly once, now and after a restart; whoever was
refused was told so with 503 and Retry-After; the log verifies and the books balance.

    disk_faults.py [every]      with `every` also the kinds of calls that are not about durability
"""

import concurrent.futures
import os
import resource
import shutil
import subprocess
import sys
import unittest

from faults import Client, Faults, metric, readiness, verify, wait_until
from server import BINARY, Server, StartError, data_directory

ALLOCATING = "write,pwrite,pwritev,fallocate,posix_fallocate"
GOLDEN = os.path.join(os.path.dirname(__file__), "..", "golden")
CHECKPOINTS = ("--processor-checkpoint-interval", "100ms")
EVERY = sys.argv[1:] == ["every"]


def check_after_restart(directory, client, refused_may_count=False):
    """On a healthy disk: what was acknowledged is counted once, and after a retry all that was
    sent; the log verifies."""
    with Server(directory) as server:
        counted = client.check_counts(server)
        assert refused_may_count or counted == client.acknowledged
        client.resend(server)  # Row 8: a failed append leaves nothing that would make it a double.
        assert client.check_counts(server) == client.sent
        assert server.stop() == 0
    code, report = verify(directory)
    assert code == 0, report


def fail_in_turn(run):
    """Calls run(1), run(2) ... as long as they meet a fault; the first fault of each."""
    met = []
    for k in range(1, 500):
        faults = run(k)
        if not faults:
            assert met, "no call matches"
            print(f"{k - 1} in turn, the first: {' '.join(met[0])}")
            return met
        met.append(faults[0])
    raise AssertionError("there is no end")


class FailedSyncTest(unittest.TestCase):
    def test_no_request_that_waits_behind_a_failed_sync_is_acknowledged(self):
        # Rows 17, 45: the group under way and the one behind it. A sync after it would succeed.
        with data_directory() as directory, \
                Faults("fdatasync */log/*.seg 1 hold while @slow",
                       "fdatasync */log/*.seg 1 lose while @broken") as faults, \
                concurrent.futures.ThreadPoolExecutor() as senders:
            client = Client()
            with Server(directory, environment=faults.environment) as server:
                self.assertEqual(client.send(server, 3), 200)
                faults.on("slow")
                faults.on("broken")
                first = senders.submit(client.send, server, 3)
                faults.wait_until_met("hold")
                behind = [senders.submit(client.send, server, 3) for _ in range(3)]
                wait_until(lambda: metric(server, "collector_requests_total") == 5)
                wait_until(lambda: metric(server, "log_queue_bytes") > 0)
                faults.off("slow")
                self.assertEqual([sender.result() for sender in (first, *behind)], [503] * 4)
                self.assertEqual(client.send(server), 503)
                self.assertEqual(set(client.refusals), {"log_unavailable"})
                self.assertEqual([fault[2] for fault in faults.met()], ["hold", "lose"])
                self.assertRegex(readiness(server), "fdatasync .*/log/0.*: Input/output error")
                self.assertEqual(metric(server, "log_writable"), 0)
                # Once it has done with the last request, a moment after its answer.
                wait_until(lambda: server.get("/health/live")[0] == 503)
                self.assertEqual(server.get("/health/live")[1]["code"], "not_live")
                client.check_counts(server)
                self.assertEqual(server.stop(), 0)
            check_after_restart(directory, client)

    def test_the_reason_names_the_file_as_it_is_named_now(self):
        with data_directory() as directory, Faults("fdatasync */log/*.seg 3 EIO") as faults, \
                Server(directory, environment=faults.environment) as server:
            self.assertEqual(Client().send(server), 503)
            self.assertIn(faults.met()[0][1], readiness(server))


class LogDiskTest(unittest.TestCase):
    def test_each_sync_of_the_log_fails_in_turn(self):
        # Every other one leaves in the page cache what it did not make durable.
        met = fail_in_turn(lambda k: self.run_with_fault(
            f"fdatasync */log/* {k} {'lose' if k % 2 else 'EIO'}", kill=k % 4 < 2))
        kinds = {os.path.basename(path).rsplit(".", 1)[-1] for _, path, _ in met}
        self.assertGreaterEqual(kinds, {"tmp", "spare", "seg"})

    def test_the_disk_is_full_at_each_write_of_the_log_in_turn(self):
        fail_in_turn(lambda k: self.run_with_fault(
            f"pwrite,posix_fallocate */log/* {k} ENOSPC", kill=k % 2 == 1))

    @unittest.skipUnless(EVERY, "takes a minute; run with the argument `every`")
    def test_each_call_of_the_log_fails_in_turn(self):
        for calls in ("open", "pwrite", "posix_fallocate", "fsync", "rename"):
            for error in ("EIO", "ENOSPC", "EMFILE"):
                fail_in_turn(lambda k, what=f"{calls} */log*", error=error: self.run_with_fault(
                    f"{what} {k} {error}", kill=k % 2 == 1))

    def run_with_fault(self, rule, kill):
        with data_directory() as directory, Faults(rule) as faults, self.subTest(rule=rule):
            client = Client()
            try:
                with Server(directory, segment_bytes="1MiB",
                            environment=faults.environment) as server:
                    self.send_from_four(server, client)
                    self.check_refusals(server, client, faults)
                    if not kill:
                        self.assertEqual(server.stop(), 0)
            except StartError as failure:
                self.assertEqual(failure.exit_code, 1)
                call, path, _ = faults.met()[0]
                self.assertRegex(failure.errors, f"{call} .*{path}.*: [A-Z]")
                self.assertEqual(client.sent, set())
            check_after_restart(directory, client, refused_may_count=True)
            return faults.met()

    @staticmethod
    def send_from_four(server, client):
        """More than a segment, so that the log rolls."""
        with concurrent.futures.ThreadPoolExecutor(4) as senders:
            for _ in senders.map(lambda _: client.send(server, 2, 50_000), range(16)):
                pass

    def check_refusals(self, server, client, faults):
        self.assertLessEqual(set(client.refusals),
                             {"log_unavailable", "disk_full", "resources_exhausted"})
        if any(call == "fdatasync" and path.endswith(".seg") for call, path, _ in faults.met()):
            self.assertIn("log_unavailable", client.refusals)
        if "log_unavailable" in client.refusals:  # Then for good.
            self.assertEqual(client.send(server), 503)
            self.assertIn(faults.met()[0][0], readiness(server))


class RollTest(unittest.TestCase):
    """Row 47: one call of a roll fails, smaller appends follow, the log is opened again."""

    ARGUMENTS = ("--log-partitions", "1")

    def test_what_is_acknowledged_after_a_roll_that_failed_half_way_is_kept(self):
        for rule, code in (("open */log/00000000000000000002.seg 1 EMFILE", None),
                           ("open */log/*.spare 2 EMFILE", "resources_exhausted"),
                           ("rename */log/00000000000000000002.seg 1 ENOSPC", "disk_full"),
                           # Behind those of the id and of the first segment.
                           ("fsync */log 3 ENOSPC", "log_unavailable")):
            for kill in (False, True):
                with self.subTest(rule=rule, kill=kill):
                    self.check(rule, code, kill)

    def check(self, rule, code, kill):
        with data_directory() as directory, Faults(rule) as faults:
            client = Client()
            with Server(directory, *self.ARGUMENTS, segment_bytes="1MiB",
                        environment=faults.environment) as server:
                while not faults.met():
                    client.send(server, 1, 100_000)
                for _ in range(3):
                    self.assertEqual(client.send(server), 503 if code == "log_unavailable" else 200)
                self.assertEqual(set(client.refusals), {code} if code else set())
                if kill:
                    server.kill()
                else:
                    self.assertEqual(server.stop(), 0)
            with Server(directory, *self.ARGUMENTS) as server:
                client.check_counts(server)
                self.assertEqual(server.stop(), 0)
            shutil.rmtree(os.path.join(directory, "state"))
            with Server(directory, *self.ARGUMENTS) as server:
                client.check_counts(server)
                self.assertEqual(metric(server, "verdicts_begun_anew_total"), 0)
                client.resend(server)
                self.assertEqual(client.check_counts(server), client.sent)
            code, report = verify(directory)
            self.assertEqual(code, 0, report)


class FileSizeLimitTest(unittest.TestCase):
    MIB = 1 << 20

    def test_a_start_under_too_small_a_limit_is_refused_with_a_word(self):
        with data_directory() as directory:
            limit = (self.MIB, self.MIB)
            started = subprocess.run(
                [BINARY, "serve", "--listen", "127.0.0.1:0", "--data-dir", directory,
                 "--log-segment-bytes", "2MiB"], capture_output=True, text=True, check=False,
                preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limit))
            self.assertEqual(started.returncode, 1, started)
            self.assertIn("File too large", started.stderr)
            self.assertIn("ulimit -f", started.stderr)

    def test_a_file_that_may_not_grow_refuses_one_append(self):
        with data_directory() as directory:
            client = Client()
            with Server(directory, segment_bytes="1MiB") as server:
                self.assertEqual(client.send(server, 3), 200)
                limit = (3 * self.MIB // 2, 3 * self.MIB // 2)
                resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, limit)
                # An append larger than a segment makes its file longer.
                self.assertEqual(client.send(server, 80, 25_000), 503)
                self.assertEqual(client.refusals, ["resources_exhausted"])
                self.assertEqual(client.send(server, 3), 200)
                self.assertEqual(client.check_counts(server), client.acknowledged)
                self.assertEqual(server.stop(), 0)
            check_after_restart(directory, client)


class DamagedLogTest(unittest.TestCase):
    FIRST = "log/00000000000000000001.seg"

    def write_log(self, directory):
        client = Client()
        with Server(directory, "--log-partitions", "1") as server:
            for _ in range(20):
                self.assertEqual(client.send(server, 2), 200)
            client.check_counts(server)
            self.assertEqual(server.stop(), 0)
        return client

    @staticmethod
    def frames(path):
        with open(path, "rb") as file:
            content = file.read()
        return [at for at in range(4096, len(content), 512) if content[at:at + 4] == b"HAPX"]

    @staticmethod
    def overwrite(path, at, count):
        with open(path, "r+b") as file:
            file.seek(at)
            file.write(bytes(count))

    def repair(self, directory, *arguments):
        done = subprocess.run([BINARY, "log", "verify", "--repair", "--data-dir", directory,
                               *arguments], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_a_log_without_its_end_does_not_start_though_its_state_is_gone(self):
        with data_directory() as directory:
            self.write_log(directory)
            path = os.path.join(directory, self.FIRST)
            frames = self.frames(path)
            self.overwrite(path, frames[-3], 65536)  # Two frames and the seal.
            shutil.rmtree(os.path.join(directory, "state"))
            with self.assertRaisesRegex(StartError, "4 records that were durable are missing"):
                Server(directory, "--log-partitions", "1")

    def test_a_damaged_log_is_repaired_and_goes_on(self):
        with data_directory() as directory:
            client = self.write_log(directory)
            path = os.path.join(directory, self.FIRST)
            self.overwrite(path, self.frames(path)[5], 100)
            with self.assertRaisesRegex(StartError, "is damaged at byte"):
                Server(directory, "--log-partitions", "1")
            code, said = self.repair(directory)
            self.assertEqual(code, 1)
            self.assertIn("partition 0: offsets 8 to 9 lost, 2 records", said)
            self.assertIn("40 records can be read", said)
            files = {"access", "alerts", "boards", "catalog", "id.key", "log", "state", "verdicts"}
            self.assertEqual(set(os.listdir(directory)), files)
            code, said = self.repair(directory, "--yes")
            self.assertEqual(code, 0, said)
            self.assertEqual(set(os.listdir(directory)), files | {"log.damaged"})
            code, said = verify(directory)
            self.assertEqual(code, 0, said)
            self.assertIn("2 lost", said)
            with Server(directory, "--log-partitions", "1") as server:
                # The checkpoint had counted them.
                self.assertEqual(client.check_counts(server), client.acknowledged)
                self.assertEqual(client.send(server, 3), 200)
                self.assertEqual(client.check_counts(server), client.sent)
            self.assertEqual(self.repair(directory)[0], 0)

    def test_a_log_of_version_one_is_refused_with_a_word_and_copied_into_one_that_starts(self):
        with data_directory() as directory:
            shutil.copytree(os.path.join(GOLDEN, "log_v1_overlap"), os.path.join(directory, "log"))
            with self.assertRaisesRegex(StartError, "(?s)format version 1.*log verify --repair"):
                Server(directory, "--log-partitions", "1")
            code, said = self.repair(directory)
            self.assertEqual(code, 1, said)
            self.assertEqual(os.listdir(directory), ["log"])
            code, said = self.repair(directory, "--yes")
            self.assertEqual(code, 0, said)
            with Server(directory, "--log-partitions", "1") as server:
                audit = server.audit_when_idle()
                self.assertTrue(audit["balanced"], audit)
                self.assertEqual(audit["sources"][0]["unique"], 15)


class FullDiskTest(unittest.TestCase):
    def test_a_full_disk_refuses_and_the_same_process_takes_again(self):
        # As on a file system that needs space to overwrite (Btrfs, ZFS, a thin volume).
        with data_directory() as directory, \
                Faults(f"{ALLOCATING} * 1+ ENOSPC while @full") as faults:
            client = Client()
            with Server(directory, environment=faults.environment) as server:
                self.assertEqual(client.send(server, 3), 200)
                for _ in range(3):
                    faults.on("full")
                    self.assertEqual([client.send(server, 3) for _ in range(3)], [503] * 3)
                    faults.off("full")
                    self.assertEqual([client.send(server, 3) for _ in range(3)], [200] * 3)
                self.assertEqual(set(client.refusals), {"disk_full"})
                self.assertEqual(client.check_counts(server), client.acknowledged)
                client.resend(server)
                self.assertEqual(client.check_counts(server), client.sent)
                self.assertIsNone(readiness(server))
                self.assertEqual(server.stop(), 0)
            check_after_restart(directory, client)

    def test_a_disk_that_is_full_for_the_present_segment_is_not_ready(self):
        with data_directory() as directory, \
                Faults(f"{ALLOCATING} */log/* 1+ ENOSPC while @full") as faults:
            client = Client()
            with Server(directory, environment=faults.environment) as server:
                wait_until(lambda: metric(server, "log_spare_segments") == 1)
                faults.on("full")
                for _ in range(5):
                    self.assertEqual(client.send(server), 503)
                    self.assertIn("No space left", readiness(server) or "ready")
                    self.assertEqual(server.get("/health/live")[0], 200)
                faults.off("full")
                wait_until(lambda: readiness(server) is None)

    def test_without_space_for_a_new_segment_it_is_not_ready_until_there_is(self):
        with data_directory() as directory, \
                Faults(f"{ALLOCATING} */log/preparing.tmp 1+ ENOSPC while @full") as faults:
            client = Client()
            with Server(directory, segment_bytes="1MiB", environment=faults.environment) as server:
                wait_until(lambda: metric(server, "log_spare_segments") == 1)
                faults.on("full")
                answers = [client.send(server, 1, 100_000) for _ in range(30)]
                self.assertEqual(answers, sorted(answers))  # Refused from some point on.
                self.assertEqual(answers[-1], 503)
                reason = readiness(server)
                for word in ("allocate", "preparing.tmp", "No space left", "free disk space"):
                    self.assertIn(word, reason)
                self.assertGreater(len(client.acknowledged), 10)  # The spare was filled too.
                faults.off("full")
                wait_until(lambda: readiness(server) is None)
                sent = [client.send(server, 1, 100_000) for _ in range(20)]
                self.assertEqual(sent, [200] * 20)
                self.assertEqual(set(client.refusals), {"disk_full"})
                self.assertEqual(client.check_counts(server), client.acknowledged)
                self.assertEqual(server.stop(), 0)
            check_after_restart(directory, client)

    def test_a_kill_while_the_disk_is_full_loses_nothing(self):
        with data_directory() as directory, \
                Faults(f"{ALLOCATING} * 1+ ENOSPC while @full") as faults:
            client = Client()
            with Server(directory, *CHECKPOINTS, environment=faults.environment) as server:
                self.assertEqual(client.send(server, 3), 200)
                faults.on("full")
                self.assertEqual(client.send(server, 3), 503)
                server.kill()
                # The next start needs space too, and says so.
                with self.assertRaisesRegex(StartError, "No space left on device") as refused:
                    Server(directory, environment=faults.environment)
                self.assertEqual(refused.exception.exit_code, 1)
            check_after_restart(directory, client)


class ShortWriteTest(unittest.TestCase):
    def test_writes_that_end_early_are_carried_on(self):
        # Row 18.
        with data_directory() as directory, Faults("write,pwrite */log/* 1+ short",
                                                   "write,pwrite */state/* 1+ short") as faults:
            client = Client()
            with Server(directory, *CHECKPOINTS, segment_bytes="1MiB",
                        environment=faults.environment) as server:
                for _ in range(15):
                    self.assertEqual(client.send(server, 2, 50_000), 200)
                wait_until(lambda: metric(server, "processor_checkpoints_total") > 0)
                client.check_counts(server)
                server.kill()
            self.assertTrue({"seg", "spare", "sst"} <= {f[1].rsplit(".")[-1] for f in faults.met()})
            check_after_restart(directory, client)

    def test_half_a_frame_is_overwritten_by_the_next(self):
        # Row 18: the disk is full in the middle of a frame; smaller and larger ones follow it.
        with data_directory() as directory, \
                Faults("pwrite */log/*.seg 1 short while @full",
                       "pwrite */log/*.seg 1+ ENOSPC while @full") as faults:
            client = Client()
            for size in (100, 200_000, 20_000):
                with Server(directory, environment=faults.environment) as server:
                    self.assertEqual(client.send(server, 2, 10_000), 200)
                    faults.on("full")
                    self.assertEqual(client.send(server, 2, 50_000), 503)
                    faults.off("full")
                    self.assertEqual(client.send(server, 2, size), 200)
                    self.assertEqual(client.check_counts(server), client.acknowledged)
                    server.kill()
            self.assertEqual([fault[2] for fault in faults.met()], ["short", "ENOSPC"] * 3)
            check_after_restart(directory, client)


class ReadTest(unittest.TestCase):
    def test_a_segment_that_cannot_be_opened_once_is_read_all_the_same(self):
        with data_directory() as directory, \
                Faults("open */log/00000000000000000002.seg 1 EMFILE") as faults:
            client = Client()  # Only who reads it opens it by that name.
            with Server(directory, segment_bytes="1MiB", environment=faults.environment) as server:
                for _ in range(15):
                    self.assertEqual(client.send(server, 1, 100_000), 200)
                faults.wait_until_met("EMFILE")
                self.assertEqual(server.request("GET", "/api/views/events_per_minute")[0], 200)
                client.check_counts(server)
            check_after_restart(directory, client)


class CheckpointDiskTest(unittest.TestCase):
    def test_a_full_disk_fails_checkpoints_and_loses_nothing(self):
        with data_directory() as directory, \
                Faults(f"{ALLOCATING} */state/* 1+ ENOSPC while @full") as faults:
            client = Client()
            with Server(directory, *CHECKPOINTS, environment=faults.environment) as server:
                self.assertEqual(client.send(server, 3), 200)
                wait_until(lambda: metric(server, "processor_checkpoints_total") == 1)
                faults.on("full")
                self.assertEqual(client.send(server, 3), 200)
                wait_until(lambda: metric(server, "processor_checkpoints_failed_total") >= 2)
                self.assertEqual(client.send(server, 3), 200)
                client.check_counts(server)
                faults.off("full")
                wait_until(lambda: metric(server, "processor_checkpoints_total") >= 2)
                client.check_counts(server)
                self.assertEqual(server.stop(), 0)
            check_after_restart(directory, client)

    def test_a_kill_after_failed_checkpoints_loses_nothing(self):
        with data_directory() as directory, \
                Faults(f"{ALLOCATING} */state/* 1+ ENOSPC while @full") as faults:
            client = Client()
            with Server(directory, *CHECKPOINTS, environment=faults.environment) as server:
                self.assertEqual(client.send(server, 3), 200)
                wait_until(lambda: metric(server, "processor_checkpoints_total") == 1)
                faults.on("full")
                self.assertEqual(client.send(server, 3), 200)
                wait_until(lambda: metric(server, "processor_checkpoints_failed_total") >= 1)
                server.kill()
            check_after_restart(directory, client)

    def test_each_sync_but_the_manifests_fails_in_turn(self):
        self.fail_in_turn("fsync,fdatasync", "*/state/[!M]*", "EIO")

    def test_each_sync_of_the_verdicts_fails_in_turn(self):
        self.fail_in_turn("fsync,fdatasync", "*/verdicts*", "EIO")

    def test_each_sync_of_the_manifest_fails_in_turn(self):
        self.fail_in_turn("fdatasync", "*/state/MANIFEST*", "EIO")

    def test_the_disk_is_full_at_each_sync_of_the_manifest_in_turn(self):
        self.fail_in_turn("fdatasync", "*/state/MANIFEST*", "ENOSPC")

    @unittest.skipUnless(EVERY, "takes a minute; run with the argument `every`")
    def test_each_call_fails_in_turn(self):
        for calls in ("open", "write", "rename", "unlink"):
            for error in ("EIO", "ENOSPC"):
                self.fail_in_turn(calls, "*/state/[!M]*", error)
        self.fail_in_turn("fsync,fdatasync", "*/state/[!M]*", "ENOSPC")
        self.fail_in_turn("write", "*/state/MANIFEST*", "EIO")
        self.fail_in_turn("write", "*/state/MANIFEST*", "ENOSPC")
        self.fail_in_turn("fdatasync", "*/state/MANIFEST*", "lose")

    def fail_in_turn(self, calls, pattern, action):
        fail_in_turn(lambda k: self.run_with_fault(
            f"{calls} {pattern} {k} {action}", kill=k % 2 == 1))

    def run_with_fault(self, rule, kill):
        with data_directory() as directory, Faults(rule) as faults, self.subTest(rule=rule):
            client = Client()
            try:
                with Server(directory, *CHECKPOINTS, environment=faults.environment) as server:
                    self.checkpoint_twice(server, client)
                    if not kill:
                        self.assertEqual(server.stop(), 0)
            except StartError as failure:
                self.assertEqual(failure.exit_code, 1)
                self.assertRegex(failure.errors, "cannot [a-z]+ the state store: [A-Z].*")
            check_after_restart(directory, client)
            return faults.met()

    def checkpoint_twice(self, server, client):
        """Once if the first attempt fails: a stop tries again, a kill does not."""
        for attempts in (1, 2):
            self.assertEqual(client.send(server, 3), 200)
            if metric(server, "processor_checkpoints_failed_total") == 0:
                wait_until(lambda: self.attempts(server) >= attempts)
            client.check_counts(server)

    @staticmethod
    def attempts(server):
        return (metric(server, "processor_checkpoints_total") +
                metric(server, "processor_checkpoints_failed_total"))


class StartTest(unittest.TestCase):
    def test_a_start_on_a_failing_disk_names_file_call_and_reason(self):
        for rule, words in (
                ("open */log/lock 1 EIO", ("open", "/log/lock", "Input/output error")),
                ("open */log/preparing.tmp 1 EROFS", ("open", "preparing.tmp", "Read-only")),
                ("posix_fallocate */log/* 1 ENOSPC",
                 ("posix_fallocate", "preparing.tmp", "No space left", "free disk space")),
                ("pwrite */log/*.spare 1 EIO", ("pwrite", ".spare", "Input/output error")),
                ("fdatasync */log/*.spare 1 lose", ("fdatasync", ".spare", "Input/output error")),
                ("rename */log/*.seg 1 EIO", ("rename", ".seg", "Input/output error")),
                ("fsync */log 1 EIO", ("fsync", "/log", "Input/output error")),
                ("open */state/* 1 EIO", ("open", "/state/", "Input/output error")),
                ("write */state/* 1 ENOSPC", ("append", "/state/", "No space left")),
                ("fdatasync */state/* 1 lose", ("fdatasync", "/state/", "Input/output error")),
                ("rename */state/CURRENT 1 EIO", ("renam", "/CURRENT", "Input/output error"))):
            with self.subTest(rule=rule):
                self.check_start(rule, words, Client())

    def test_a_restart_on_a_failing_disk_harms_nothing(self):
        for rule, words in (
                ("open */log/*.seg 1 EIO", ("open", ".seg", "Input/output error")),
                ("pwrite */log/*.seg 1 EIO", ("pwrite", ".seg", "Input/output error")),
                ("fdatasync */log/*.seg 1 EIO", ("fdatasync", ".seg", "Input/output error")),
                ("fsync */log 1 EIO", ("fsync", "/log", "Input/output error")),
                ("open */state/MANIFEST* 1 EIO", ("open", "/MANIFEST", "Input/output error"))):
            with self.subTest(rule=rule):
                client = Client()
                self.check_start(rule, words, client, events=5)

    def check_start(self, rule, words, client, events=0):
        with data_directory() as directory, Faults(rule) as faults:
            if events:
                with Server(directory) as server:
                    self.assertEqual(client.send(server, events), 200)
                    server.kill()
            with self.assertRaises(StartError) as refused:
                Server(directory, environment=faults.environment)
            self.assertEqual(refused.exception.exit_code, 1)
            for word in words:
                self.assertIn(word, refused.exception.errors)
            self.assertEqual(len(faults.met()), 1)
            check_after_restart(directory, client)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] if EVERY else None, verbosity=2)
