# SPDX-License-Identifier: Apache-2.0
"""Browser SDKs from npm, unmodified, in headless Chromium, on a page of another origin."""

import functools
import http.server
import os
import subprocess
import threading
import unittest
from urllib.parse import urlencode

import npm
from faults import wait_until
from server import Server, data_directory, total

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "browser")
INSTALLED = os.environ["HAPAX_BROWSER_DIR"]  # Outside the source tree.
EVENTS = 200
LEAVING = 20  # Of these, when the visitor leaves the page.
# Others at once: Chromium refuses what outlives the page beyond 64 KiB that are on their way, an event is about 1 KiB,
# and not every SDK sends again what was refused.
AT_ONCE = 30


class Pages(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Site(http.server.ThreadingHTTPServer):
    """The web site that uses the SDKs."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), functools.partial(Pages, directory=INSTALLED))

    def handle_error(self, *_):
        """A browser that closes a connection is no error."""

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return super().__enter__()

    def __exit__(self, *arguments):
        self.shutdown()
        super().__exit__(*arguments)


class BrowserSdkTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        npm.install(HERE, INSTALLED)

    def check(self, page, at_once=AT_ONCE, **options):
        with data_directory() as directory, Server(directory) as server, Site() as site:
            collector = f"http://127.0.0.1:{server.port}"
            query = urlencode({"collector": collector, "key": "shop", **options})
            address = f"http://localhost:{site.server_port}/{page}.html?{query}"
            with subprocess.Popen(["node", "drive.js", address, collector, str(EVENTS),
                                   str(LEAVING), str(at_once)], cwd=INSTALLED, stdin=subprocess.PIPE) as visitor:
                def all_arrived():
                    self.assertIn(visitor.poll(), (None, 0))
                    return total(server.rows(event="Clicked")) >= EVENTS
                try:
                    wait_until(all_arrived)
                except BaseException:
                    visitor.kill()  # It waits for what did not arrive.
                    raise
                visitor.stdin.close()
            audit = server.audit_when_idle()
            self.assertTrue(audit["balanced"], audit["equations"])
            self.assertEqual([s["source"] for s in audit["sources"]], ["shop"])
            self.assertEqual(audit["sources"][0]["rejected"], 0)
            self.assertEqual(total(server.rows(event="Clicked")), EVENTS)

    def test_segment(self):
        self.check("segment")

    def test_rudderstack(self):
        self.check("rudder")

    def test_rudderstack_with_beacons(self):
        self.check("rudder", 10, beacon="")

    def test_jitsu(self):
        self.check("jitsu")


if __name__ == "__main__":
    unittest.main(verbosity=2)
