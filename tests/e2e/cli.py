# SPDX-License-Identifier: Apache-2.0
"""The command line: what a person who starts Hapax sees and is told."""

import os
import re
import shutil
import socket
import stat
import subprocess
import time
import unittest

from server import BINARY, READY_SECONDS, Server, batch, data_directory, event


def run(*arguments, **options):
    """What `hapax` answers: exit code, stdout, stderr."""
    done = subprocess.run([BINARY, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=60, check=False, **options)
    return done.returncode, done.stdout, done.stderr


class CommandLineTest(unittest.TestCase):
    def assert_wrong_usage(self, arguments, *said):
        code, output, errors = run(*arguments)
        self.assertEqual((code, output), (2, ""), errors)
        for words in said:
            self.assertIn(words, errors)

    def test_an_unknown_command_is_named_with_those_there_are(self):
        self.assert_wrong_usage(["foo"], '"foo"', "serve", "query", "config", "log, view, bench")
        self.assert_wrong_usage(["log", "foo"], '"foo"', "verify, dump, tail")
        self.assert_wrong_usage(["foo", "--help"], '"foo"')
        self.assert_wrong_usage(["confgi"], "did you mean hapax config?")
        self.assert_wrong_usage(["keys", "list"], "export, import", "GET /api/keys")

    def test_a_missing_command_shows_those_there_are(self):
        self.assert_wrong_usage([], "a command is missing", "serve", "query", "config", "log, view, bench")
        self.assert_wrong_usage(["log"], "verify, dump, tail")

    def test_what_other_servers_call_it_is_explained(self):
        for option in ("-p", "-p9000", "--port", "--port=9000", "--host"):
            self.assert_wrong_usage(["serve", option, "9000"], "did you mean --listen 127.0.0.1:9000?")
        self.assert_wrong_usage(["-p", "9000"], "hapax serve --listen 127.0.0.1:9000")
        self.assert_wrong_usage(["serve", "--log-level", "debug"], "--server-log-level")
        self.assert_wrong_usage(["serve", "--lisen", "x"], "there is no option --lisen", "--listen?")

    def test_a_stray_word_is_named(self):
        self.assert_wrong_usage(["serve", "8080"], '"8080"')

    def test_every_command_shows_an_example_and_its_own_options_only(self):
        checked = []
        self.check_help([], checked)
        self.assertGreater(len(checked), 10, checked)

    def check_help(self, command, checked):
        code, output, _ = run(*command, "--help")
        self.assertEqual(code, 0)
        self.assertRegex(output, "Examples?:\n  " + " ".join(["hapax", *command]))
        if command[:1] in (["log"], ["keys"]):
            self.assertNotIn("--dedup-window", output)
        checked.append(command)
        _, _, listed = output.partition("Subcommands:\n")
        for name in re.findall(r"^  ([a-z]+) ", listed.partition("\n\n")[0], re.M):
            self.check_help([*command, name], checked)

    def test_variables_that_set_nothing_are_named(self):
        code, output, errors = run("config", "check", env={"HAPAX_LISTEN": "x"})
        self.assertEqual((code, output), (0, "the settings are valid\n"))
        self.assertIn("HAPAX_LISTEN sets nothing; did you mean HAPAX_HTTP_LISTEN?", errors)
        with data_directory() as path, \
                Server(path, environment={"HAPAX_LOG_PARTITION": "3"}) as server:
            server.stop()
        self.assertIn("HAPAX_LOG_PARTITION sets nothing; did you mean HAPAX_LOG_PARTITIONS?",
                      "".join(server.errors))


class StartTest(unittest.TestCase):
    def test_it_says_where_it_listens_and_stores_and_what_it_is(self):
        with data_directory() as path, Server(path) as server:
            server.stop()
        version = run("--version")[1].strip()
        started = next(line for line in server.errors if "Started." in line)
        self.assertIn(f"url=http://127.0.0.1:{server.port} data_dir={path} version=\"{version}\"",
                      started)

    def test_a_service_manager_hears_when_it_serves_and_when_it_stops(self):
        with data_directory() as path, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(os.path.join(path, "notify"))
            manager.settimeout(READY_SECONDS)
            with Server(path, environment={"NOTIFY_SOCKET": manager.getsockname()}) as server:
                self.assertEqual(manager.recv(100), b"READY=1")
                self.assertEqual(server.get("/health/ready")[0], 200)
                server.stop()
            self.assertEqual(manager.recv(100), b"STOPPING=1")

    def test_it_listens_on_a_name(self):
        with data_directory() as path, Server(path, "--listen", "localhost:0") as server:
            self.assertEqual(server.get("/health/live")[0], 200)

    def test_it_says_what_to_do_about_a_directory_of_another_user(self):
        with data_directory() as path:
            os.chmod(path, 0o555)
            options = {"user": 65534} if os.getuid() == 0 else {}
            code, _, errors = run("serve", "--listen", "127.0.0.1:0", "--data-dir", path, **options)
        self.assertEqual(code, 1)
        self.assertIn(f"cannot write to {path}: Permission denied", errors)
        self.assertIn("--data-dir", errors)

    def test_it_says_what_to_do_about_a_low_port(self):
        with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii") as limit:
            if int(limit.read()) < 1024:
                self.skipTest("every user may listen on low ports here")
        with data_directory() as path:
            os.chmod(path, 0o777)
            options = {"user": 65534} if os.getuid() == 0 else {}
            code, _, errors = run("serve", "--listen", "127.0.0.1:81", "--data-dir", path, **options)
        self.assertEqual(code, 1)
        self.assertIn("ports below 1024 are for root", errors)

    def test_without_state_base_and_the_head_of_the_log_it_says_where_counts_begin(self):
        settings = ("--log-retention-bytes", "1MiB", "--log-retention-age", "1m",
                    "--log-partitions", "1", "--processor-checkpoint-interval", "100ms",
                    "--log-compress", "no")
        with data_directory() as path:
            log = os.path.join(path, "log")
            with Server(path, *settings, segment_bytes="1MiB") as server:
                deadline = time.monotonic() + READY_SECONDS
                while os.path.exists(os.path.join(log, "0" * 19 + "1.seg")):
                    self.assertLess(time.monotonic(), deadline, "no segment was retired")
                    server.post("/v1/batch", batch([event(properties={"text": "x" * 10_000})
                                                    for _ in range(100)]))
                server.stop()
            for folder in ("state", "base"):
                shutil.rmtree(os.path.join(path, folder))
            with Server(path, *settings, segment_bytes="1MiB") as server:
                begins = server.get("/api/audit")[1]["partitions"][0]["start"]
                server.stop()
        self.assertGreater(begins, 0)
        self.assertIn(f"counts begin at offset {begins} of partition 0", "".join(server.errors))


class DataDirectoryTest(unittest.TestCase):
    def test_all_that_the_server_makes_is_for_its_user_alone(self):
        with data_directory() as parent:
            path = os.path.join(parent, "data")
            with Server(path) as server:
                server.post("/v1/batch", batch([event()]))
                server.stop()  # With a checkpoint, so that RocksDB has written every kind of file.
            modes = {path: self.mode(path)}
            for folder, folders, files in os.walk(path):
                modes |= {os.path.join(folder, name): self.mode(os.path.join(folder, name))
                          for name in folders + files}
            self.assertTrue(any("/state/" in name for name in modes), modes)
            for name, mode in modes.items():
                self.assertEqual(mode, 0o700 if os.path.isdir(name) else 0o600, name)

    @staticmethod
    def mode(path):
        return stat.S_IMODE(os.stat(path).st_mode)

    def test_a_directory_that_everyone_may_read_is_said(self):
        with data_directory() as path:
            os.chmod(path, 0o755)
            with Server(path) as server:
                server.stop()
            self.assertIn("Every user of this machine may look into the data directory",
                          "".join(server.errors))


if __name__ == "__main__":
    unittest.main()
