# SPDX-License-Identifier: Apache-2.0
"""Segment's Node SDK from npm, unmodified, against the real server."""

import os
import re
import subprocess
import unittest

import npm
from server import Server, data_directory, total

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "segment")
README = os.path.join(HERE, "..", "..", "..", "README.md")
INSTALLED = os.environ["HAPAX_SEGMENT_DIR"]  # Outside the source tree.


class SegmentSdkTest(unittest.TestCase):
    def send(self, server, count):
        subprocess.run(["node", "send.js", f"http://127.0.0.1:{server.port}", "node-app",
                        str(count)], cwd=INSTALLED, check=True, timeout=60)

    def test_the_example_of_the_readme_arrives(self):
        npm.install(HERE, INSTALLED)
        with open(README, encoding="utf-8") as readme:
            example = re.search("```js\n(.*?)```", readme.read(), re.S).group(1)
        with data_directory() as directory, Server(directory) as server:
            host = f"http://127.0.0.1:{server.port}"
            subprocess.run(["node", "-e", example.replace("http://127.0.0.1:8080", host)],
                           cwd=INSTALLED, check=True, timeout=60)
            server.audit_when_idle()
            self.assertEqual(total(server.rows(source="web", event="Clicked")), 1)

    def test_every_call_arrives_once(self):
        npm.install(HERE, INSTALLED)
        with data_directory() as directory, Server(directory) as server:
            self.send(server, 200)
            self.send(server, 200)  # The same message ids from a second process.
            audit = server.audit_when_idle()
            self.assertTrue(audit["balanced"], audit["equations"])
            (source,) = audit["sources"]
            self.assertEqual(source["source"], "node-app")
            self.assertEqual(source["rejected"], 0)
            # The tracks have ids of their own; the other five calls get new ones each time.
            self.assertEqual((source["accepted"], source["unique"]), (410, 210))
            rows = server.rows(event="Clicked")
            self.assertEqual(total(rows), 200)
            self.assertEqual(total(server.rows(event="Home")), 2)
            self.assertEqual(total(server.rows(type="identify")), 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
