# SPDX-License-Identifier: Apache-2.0
"""Starts and stops what is measured, and asks it how it is."""

import itertools
import json
import re
import subprocess
import threading
import time
import urllib.error
import urllib.request

LOG_LINES = 20
RAW_FILES_MAX = 2  # The file that is written, and one that a reader has not released.
STANDSTILL_SECONDS = 30


class Process:
    """A program that prints its URL to stdout; killed at the end of the block."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True)
        self.log = []
        # The pipes must not fill up, or the program would block on them.
        self.drains = [threading.Thread(target=self._drain, args=(self.process.stderr,), daemon=True)]
        self.drains[0].start()
        self.url = self._read_url()
        self.drains.append(
            threading.Thread(target=self._drain, args=(self.process.stdout,), daemon=True))
        self.drains[1].start()

    def _drain(self, pipe):
        for line in pipe:
            self.log = self.log[-LOG_LINES:] + [line]

    def _read_url(self):
        for line in self.process.stdout:
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            if found:
                return found.group()
        self.process.wait()
        raise RuntimeError(f"{self.process.args[0]} did not start: {''.join(self.log)}")

    @property
    def pid(self):
        return self.process.pid

    def kill(self):
        self.process.kill()
        self.process.wait()
        for drain in self.drains:
            drain.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


def server_options(directory):
    """Of each server that is measured: address and directory, no login, events_per_minute alone of the views that are
    built in, and a clock that is trusted: that of a machine for measurements may be right and not synchronised."""
    return [["--listen", "127.0.0.1:0"], ["--dev"], ["--data-dir", str(directory)], ["--clock-trusted", "yes"],
            ["--views-defaults", "events_per_minute"]]


class Hapax(Process):
    """`hapax serve` as it is started without any settings, but for those of server_options()."""

    def __init__(self, programs, directory, *options):
        self.started = time.monotonic()
        self.log_folder = directory / "log"
        own = [option for option in server_options(directory)
               if option[0] not in programs.unknown_options and option[0] not in options]
        super().__init__([programs.hapax, "serve", *itertools.chain(*own), *options])

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return json.load(answer)

    def seconds_until_ready(self):
        """From the start of the process to the first 200 of /health/ready."""
        return self._seconds_until(self._ready)

    def seconds_until_processed(self):
        """From the start of the process until all of the log has been processed."""
        return self._seconds_until(self._processed)

    def wait_until_processed(self, poll_seconds=0.005):
        while not self._processed():
            time.sleep(poll_seconds)

    def wait_until_compressed(self):
        """Until all full files of the log are, where this hapax compresses them; without a limit of time as long as
        it goes on with that."""
        compressed, since = None, time.monotonic()
        while "log_segments_compressed_total" in (metrics := self.metrics()):
            if len(list(self.log_folder.glob("*.seg"))) <= RAW_FILES_MAX:
                return
            if metrics["log_segments_compressed_total"] != compressed:
                compressed, since = metrics["log_segments_compressed_total"], time.monotonic()
            elif time.monotonic() - since > STANDSTILL_SECONDS:
                raise SystemExit(f"the log's full files are not compressed after {STANDSTILL_SECONDS} s")
            time.sleep(0.1)

    def metrics(self):
        """Those without labels."""
        with urllib.request.urlopen(self.url + "/metrics", timeout=60) as answer:
            return {name: float(value) for name, value in
                    re.findall(r"^(\w+) (\S+)$", answer.read().decode(), re.MULTILINE)}

    def _seconds_until(self, reached):
        while not reached():
            time.sleep(0.005)
        return time.monotonic() - self.started

    def _ready(self):
        try:
            return self.get("/health/ready")["status"] == "ready"
        except urllib.error.URLError:
            return False

    def _processed(self):
        return all(partition["processed"] == partition["end"]
                   for partition in self.get("/api/audit")["partitions"])

    def memory_mib(self):
        """Resident memory: all of it, and the part that is not backed by files."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            kib = dict(re.findall(r"^(VmRSS|RssAnon):\s+(\d+) kB$", status.read(), re.MULTILINE))
        return int(kib["VmRSS"]) / 1024, int(kib["RssAnon"]) / 1024


class Floor(Process):
    """bench/floor as a server."""

    def __init__(self, programs, file, gzip):
        super().__init__([programs.floor, "--listen", "127.0.0.1:0", "--file", str(file)]
                         + (["--events-gzip"] if gzip else []))
