# SPDX-License-Identifier: Apache-2.0
"""`hapax audit`: what it shows of a real server, and its exit code, which scripts rely on."""

import http.server
import json
import subprocess
import tempfile
import threading
import unittest

from server import BINARY, Server, batch, data_directory, event

ALL_HOLDS, DOES_NOT_HOLD, NOT_ASKED = 0, 1, 2


def audit(url, *arguments):
    """Exit code, stdout, stderr; in a folder that knows no server."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([BINARY, "audit", "--url", url, *arguments], capture_output=True, text=True,
                              timeout=60, check=False, cwd=folder)
    return done.returncode, done.stdout, done.stderr


class Double:
    """A server that says `body` to whatever it is asked, with `status`."""

    def __init__(self, body, status=200):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self.url

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class AuditTest(unittest.TestCase):
    def serve(self, **options):
        directory = data_directory()
        self.addCleanup(directory.cleanup)
        server = Server(directory.name, **options)
        self.addCleanup(server.kill)
        return server, f"http://127.0.0.1:{server.port}"

    def test_the_books_of_a_server_balance(self):
        server, url = self.serve()
        events = [event() for _ in range(5)]
        server.post("/v1/batch", batch(events + events[:1]))
        server.audit_when_idle()
        code, output, errors = audit(url)
        self.assertEqual((code, errors), (ALL_HOLDS, ""), output)
        self.assertRegex(output, r"UNIQUE +DUPLICATE +COUNTED\n\S+ +6 +0 +5 +1 +5\n")
        self.assertIn("yes   counted = unique", output)
        code, output, _ = audit(url, "--json")
        self.assertEqual(code, ALL_HOLDS)
        self.assertIs(json.loads(output)["balanced"], True)

    def test_one_that_was_not_asked_is_no_finding(self):
        server, url = self.serve(dev=False)
        code, output, errors = audit(url)
        self.assertEqual((code, output), (NOT_ASKED, ""))
        self.assertIn("--key", errors)
        self.assertEqual(audit(url, "--key", server.token)[0], ALL_HOLDS)
        server.kill()
        self.assertEqual(audit(url)[0], NOT_ASKED)
        self.assertEqual(audit("no-url")[0], NOT_ASKED)
        for body, status in ((b"<html>", 200), (b'{"message":"not now"}', 503)):
            with Double(body, status) as double:
                self.assertEqual(audit(double)[0], NOT_ASKED, body)

    def test_books_that_do_not_balance_are_shown_and_fail(self):
        _, url = self.serve()
        books = json.loads(audit(url, "--json")[1])
        books["balanced"] = False
        books["equations"][0].update(holds=False, where="web: 10 != 9")
        with Double(json.dumps(books).encode()) as double:
            for arguments in ((), ("--json",)):
                code, output, errors = audit(double, *arguments)
                self.assertEqual((code, errors), (DOES_NOT_HOLD, ""))
                self.assertIn("web: 10 != 9", output)


if __name__ == "__main__":
    unittest.main(verbosity=2)
