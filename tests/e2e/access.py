# SPDX-License-Identifier: Apache-2.0
"""Who may do what with the real server: the login, keys, and what a browser may be led to ask."""

import json
import os
import re
import stat
import subprocess
import unittest

from server import BINARY, Server, StartError, batch, data_directory, event
from faults import wait_until

PASSWORD = "correct horse"
VIEW = "/api/views/events_per_minute"
FORWARDING = {"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Host": "a", "X-Forwarded-Proto": "https",
              "Forwarded": "for=1.2.3.4", "X-Real-IP": "1.2.3.4", "Via": "1.1 proxy"}


class AccessTest(unittest.TestCase):
    def setUp(self):
        self.directory = os.path.join(self.enterContext(data_directory()), "data")

    def start(self, *options, dev=False):
        return self.enterContext(Server(self.directory, *options, dev=dev))

    def ask(self, server, method, path, body=None, **headers):
        """Status, document and cookie; without the token, and from our own page."""
        headers = {"Origin": f"http://127.0.0.1:{server.port}", **headers}
        status, answered, text = server.request(method, path, body and json.dumps(body), headers)
        cookie = answered["Set-Cookie"] and answered["Set-Cookie"].split(";")[0]
        return status, json.loads(text or "{}"), cookie

    def link(self, server):
        """The token in the link that the start has printed."""
        return wait_until(lambda: next(
            (found.group(1) for line in list(server.errors)
             if (found := re.search(r"http://127\.0\.0\.1:\d+/#/setup/([\w-]{43})$", line.strip()))), None))

    def set_up(self, server, token=None):
        status, answer, cookie = self.ask(server, "POST", "/api/setup",
                                          {"token": token or self.link(server), "password": PASSWORD})
        self.assertEqual(status, 200, answer)
        return cookie

    def sign_in(self, server, password=PASSWORD, **headers):
        return self.ask(server, "POST", "/api/session", {"password": password}, **headers)

    def status(self, server, path=VIEW, **headers):
        return server.request("GET", path, headers=headers)[0]

    def test_nobody_reads_without_a_login_also_here(self):
        server = self.start()
        for path in (VIEW, VIEW + "/live", "/api/views", "/api/audit", "/metrics", "/api/keys"):
            self.assertEqual(self.status(server, path), 401, path)
        for path in ("/", "/health/live", "/health/ready"):
            self.assertEqual(self.status(server, path), 200, path)
        _, _, text = server.request("GET", "/", headers={"Accept": "application/json"})
        for path in json.loads(text)["routes"]:
            wanted = {"/health/ready": 200, "/api/live": 405}.get(path, 401)
            self.assertEqual(self.status(server, path), wanted, path)
        self.assertEqual(server.post("/v1/batch", batch([event()]))[0], 200)
        self.assertEqual(server.get(VIEW)[0], 200)  # By the token.

    def test_the_link_of_the_start_sets_the_password_once(self):
        server = self.start()
        status, answer, _ = self.ask(server, "GET", "/api/session")
        self.assertEqual((status, answer["setup_needed"]), (401, True))
        token = self.link(server)
        cookie = self.set_up(server, token)
        status, answer, _ = self.ask(server, "GET", "/api/session", Cookie=cookie)
        self.assertEqual((status, answer["how"], answer["rights"]),
                         (200, "password", ["read", "events", "admin"]))
        status, answer, _ = self.ask(server, "POST", "/api/setup",
                                     {"token": token, "password": "another one"})
        self.assertEqual((status, answer["code"]), (401, "wrong_link"))
        self.assertEqual(self.sign_in(server)[0], 200)
        server.stop()
        again = self.start()
        again.stop()
        self.assertNotIn("/#/setup/", "".join(again.errors))

    def test_a_link_that_was_not_used_is_replaced_by_the_next_start(self):
        server = self.start()
        former = self.link(server)
        server.stop()
        server = self.start()
        self.assertNotEqual(self.link(server), former)
        status, answer, _ = self.ask(server, "POST", "/api/setup",
                                     {"token": former, "password": PASSWORD})
        self.assertEqual((status, answer["code"]), (401, "wrong_link"))
        self.set_up(server)

    def test_sessions_are_there_after_a_kill_until_they_are_signed_out(self):
        server = self.start()
        cookie = self.set_up(server)
        server.kill()
        server = self.start()
        self.assertEqual(self.status(server, Cookie=cookie), 200)
        self.assertEqual(self.ask(server, "DELETE", "/api/session", Cookie=cookie)[0], 204)
        self.assertEqual(self.status(server, Cookie=cookie), 401)
        server.kill()
        self.assertEqual(self.status(self.start(), Cookie=cookie), 401)

    def test_who_forgot_the_password_gets_a_new_link_while_the_server_runs(self):
        server = self.start()
        cookie = self.set_up(server)
        done = self.reset()
        found = re.fullmatch(rf"http://127\.0\.0\.1:{server.port}/#/setup/([\w-]{{43}})\n", done.stdout)
        self.assertTrue(found, done.stdout)
        self.assertEqual(self.status(server, Cookie=cookie), 200)
        status, _, _ = self.ask(server, "POST", "/api/setup",
                                {"token": found.group(1), "password": "another one"})
        self.assertEqual(status, 200)
        self.assertEqual(self.status(server, Cookie=cookie), 401)
        self.assertEqual(self.sign_in(server)[0], 401)
        self.assertEqual(self.sign_in(server, "another one")[0], 200)

    def reset(self, *options):
        return subprocess.run([BINARY, "access", "reset", "--data-dir", self.directory, *options],
                              capture_output=True, text=True, check=True)

    def test_a_reset_prints_the_address_of_the_server_or_the_one_it_is_told(self):
        server = self.start()
        self.assertIn(f"http://127.0.0.1:{server.port}/#/setup/", self.reset().stdout)
        server.stop()
        self.assertIn(f"http://127.0.0.1:{server.port}/#/setup/", self.reset().stdout)
        self.assertIn("http://[::1]:81/#/setup/", self.reset("--listen", "[::1]:81").stdout)
        self.assertIn("https://events.example.com/#/setup/",
                      self.reset("--url", "https://events.example.com/").stdout)

    def test_a_reset_where_no_server_was_says_so(self):
        done = subprocess.run([BINARY, "access", "reset", "--data-dir", self.directory],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--data-dir", done.stderr)

    def test_the_commands_of_the_start_work_as_they_are_printed(self):
        server = self.start()
        lines = wait_until(lambda: [line.strip() for line in list(server.errors)
                                    if line.strip().startswith("curl")][1:2] and list(server.errors))
        for command in (line.strip() for line in lines if line.strip().startswith("curl")):
            done = subprocess.run(["sh", "-c", command.replace("curl ", "curl -sf ", 1)],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, (command, done))
            json.loads(done.stdout)

    def test_what_is_secret_is_for_the_servers_user_alone(self):
        server = self.start()
        self.set_up(server)
        folder = os.path.join(self.directory, "access")
        self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
        self.assertEqual(sorted(os.listdir(folder)), ["admin", "listen", "token"])
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600, name)
            with open(path, encoding="ascii") as file:
                self.assertNotIn(PASSWORD, file.read())

    def test_pages_of_others_change_nothing_by_our_cookie(self):
        server = self.start()
        cookie = self.set_up(server)
        spec = {"name": "a", "measures": {"n": "count"}}
        for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"},
                        {"Origin": f"http://127.0.0.1:{server.port + 1}"},
                        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
            for method, path, body in (("POST", "/api/views", spec), ("DELETE", "/api/views/a", None),
                                       ("DELETE", "/api/session", None)):
                status, answer, _ = self.ask(server, method, path, body, Cookie=cookie, **headers)
                self.assertEqual((status, answer["code"]), (403, "other_origin"), (headers, path))
            status, answer, _ = self.sign_in(server, **headers)
            self.assertEqual((status, answer["code"]), (403, "other_origin"), headers)
        status, _, _ = server.request("POST", "/api/views", json.dumps(spec), {"Cookie": cookie})
        self.assertEqual(status, 403)  # Neither says whose page it is.
        self.assertEqual(self.ask(server, "POST", "/api/views", spec, Cookie=cookie)[0], 201)

    def test_pages_of_others_read_nothing(self):
        server = self.start()
        cookie = self.set_up(server)
        for path in (VIEW, "/api/audit", "/api/session", "/metrics", "/api/keys", "/api/views/none"):
            _, headers, _ = server.request("GET", path, headers={
                "Origin": "http://localhost:3000", "Cookie": cookie})
            self.assertIsNone(headers["Access-Control-Allow-Origin"], path)
            self.assertIsNone(headers["Access-Control-Allow-Credentials"], path)
            self.assertIn("no-", headers["Cache-Control"], path)
        _, headers, _ = server.request("POST", "/v1/track", json.dumps(event()), {
            "Origin": "http://shop.example", "Cookie": cookie})
        self.assertEqual(headers["Access-Control-Allow-Origin"], "http://shop.example")
        self.assertIsNone(headers["Set-Cookie"])

    def test_no_session_is_planted(self):
        server = self.start()
        first = self.set_up(server)
        status, _, second = self.sign_in(server, Cookie=first)
        self.assertEqual(status, 200)
        self.assertNotEqual(first, second)
        self.assertEqual(self.status(server, Cookie=first), 401)
        self.assertEqual(self.status(server, Cookie=second), 200)
        _, _, third = self.sign_in(server, Cookie="hapax_session=planted")
        self.assertNotIn("planted", third)

    def test_guesses_have_a_bound_and_the_token_goes_on(self):
        server = self.start()
        self.set_up(server)
        answers = [self.sign_in(server, f"guess {n}")[:2] for n in range(8)]
        self.assertEqual([status for status, _ in answers], [401] * 5 + [429] * 3)
        self.assertEqual(answers[-1][1]["code"], "too_many_tries")
        status, headers, _ = server.request("POST", "/api/session",
                                            json.dumps({"password": PASSWORD}), {})
        self.assertEqual(status, 429)
        self.assertTrue(1 <= int(headers["Retry-After"]) <= 10)
        self.assertEqual(server.get(VIEW)[0], 200)
        _, _, page = server.request("GET", "/metrics")
        self.assertIn('access_sign_ins_total{outcome="wrong_password"} 5', page.decode())
        self.assertIn('access_sign_ins_total{outcome="throttled"} 4', page.decode())

    def test_another_name_gets_no_session_once_names_are_said(self):
        server = self.start("--http-hosts", "events.example.com")
        cookie = self.set_up(server)
        for host, wanted in (("evil.example", 403), (f"evil.example:{server.port}", 403),
                             ("events.example.com", 200), ("localhost", 200)):
            origin = {"Host": host, "Origin": f"http://{host}"}
            self.assertEqual(self.status(server, Cookie=cookie, **origin), wanted, host)
            self.assertEqual(self.sign_in(server, **origin)[0], wanted, host)

    def test_behind_tls_the_cookie_goes_over_nothing_else(self):
        server = self.start()
        self.set_up(server)
        _, headers, _ = server.request("POST", "/api/session", json.dumps({"password": PASSWORD}), {
            "X-Forwarded-Proto": "https", "Host": "events.example.com",
            "Origin": "https://events.example.com"})
        self.assertIn("; HttpOnly; SameSite=Strict; Secure", headers["Set-Cookie"])

    def test_keys_may_what_their_list_says(self):
        server = self.start("--api-read-keys", "reads,of_web=web", "--api-event-keys", "sees",
                            "--api-admin-keys", "rules")
        rights = {"reads": ["read"], "of_web": ["read"], "sees": ["read", "events"],
                  "rules": ["read", "events", "admin"], server.token: ["read", "events", "admin"]}
        for key, wanted in rights.items():
            _, answer, _ = self.ask(server, "GET", "/api/session", Authorization="Bearer " + key)
            self.assertEqual(answer["rights"], wanted)
            self.assertEqual(self.status(server, "/api/keys", Authorization="Bearer " + key),
                             200 if "admin" in wanted else 403)
            self.assertEqual(self.status(server, "/api/gaps/devices?source=web&day=2026-11-27",
                                         Authorization="Bearer " + key),
                             200 if "events" in wanted else 403)
        self.assertEqual(self.status(server, Authorization="Bearer wrong"), 401)


class DevelopmentTest(unittest.TestCase):
    def setUp(self):
        self.directory = self.enterContext(data_directory())

    def test_it_lets_in_who_is_here_and_nobody_who_may_not_be(self):
        server = self.enterContext(Server(self.directory))
        self.assertEqual(server.get("/api/session")[1]["how"], "dev")
        for name, value in FORWARDING.items():
            for path in (VIEW, "/", "/health/live"):
                status, _, body = server.request("GET", path, headers={name: value})
                self.assertEqual((status, json.loads(body)["code"]), (403, "dev_forwarded"), name)
        for host in ("evil.example", f"evil.example:{server.port}", "127.0.0.1.evil.example", "10.1.2.3"):
            for method, path in (("GET", VIEW), ("POST", "/api/views"), ("GET", "/")):
                status, _, body = server.request(method, path, headers={"Host": host})
                self.assertEqual((status, json.loads(body)["code"]), (403, "dev_host"), host)
        for host in ("localhost", f"localhost:{server.port}", "127.1.2.3", "[::1]:80"):
            self.assertEqual(server.request("GET", VIEW, headers={"Host": host})[0], 200, host)
        status, _, _ = server.request("POST", "/api/views", "{}", {"Origin": "http://evil.example"})
        self.assertEqual(status, 403)
        server.stop()
        self.assertNotIn("/#/setup/", "".join(server.errors))

    def test_it_is_for_this_machine_alone(self):
        with self.assertRaises(StartError) as refused:
            Server(self.directory, "--listen", "0.0.0.0:0")
        self.assertEqual(refused.exception.exit_code, 2)
        self.assertIn("--dev", refused.exception.errors)


if __name__ == "__main__":
    unittest.main()
