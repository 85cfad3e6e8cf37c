# SPDX-License-Identifier: Apache-2.0
"""The two programs under build/release and how the benchmarks call them."""

import json
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Programs:
    def __init__(self, build=ROOT / "build/release"):
        self.unknown_options = frozenset()  # Of servers, which are started without them.
        self.hapax = str(build / "apps/hapax/hapax")
        self.floor = str(build / "bench/floor")
        self.readers = str(build / "bench/readers")
        self.dashboards = str(build / "bench/dashboards")
        self.counts = str(build / "src/views/runtime/counts_bench")

    def serve_options(self):
        """The options that `hapax serve` of this build knows."""
        text = subprocess.run([self.hapax, "serve", "--help"], stdout=subprocess.PIPE, text=True, check=False).stdout
        return set(re.findall(r"--[a-z][a-z-]+", text))

    def bench(self, server, *arguments):
        """`hapax bench` against `server`; stops the run when its result does not count."""
        return run_json([self.hapax, "bench", "--json", "--target", server.url,
                         "--pid", str(server.pid), *map(str, arguments)])

    def floor_work(self, file, seconds):
        return run_json([self.floor, "--json", "--file", str(file), "--seconds", str(seconds)])

    def bare_sync(self, file, sync_bytes, seconds):
        """Latency of writing and syncing `sync_bytes`, nothing else running."""
        result = run_json([self.floor, "--json", "--file", str(file), "--seconds", str(seconds),
                           "--sync-bytes", str(max(1, round(sync_bytes)))])
        return result["syncs"][0]


def run_json(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"failed with exit code {done.returncode}: {' '.join(command)}")
    return json.loads(done.stdout)
