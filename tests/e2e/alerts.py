# SPDX-License-Identifier: Apache-2.0
"""Alerts of the real server, told to a real web server and a real mail server of this test."""

import base64
import email
import email.policy
import hashlib
import hmac
import http.server
import json
import os
import socketserver
import threading
import unittest

from server import Server, StartError, batch, data_directory, event

KEY = "adm"
ADMIN = {"Authorization": "Bearer " + KEY}
WAIT_SECONDS = 60


class Inbox:
    """What came, and waiting for it."""

    def __init__(self):
        self.changed = threading.Condition()
        self.items = []

    def put(self, item):
        with self.changed:
            self.items.append(item)
            self.changed.notify_all()

    def wait(self, count):
        with self.changed:
            arrived = self.changed.wait_for(lambda: len(self.items) >= count, WAIT_SECONDS)
            assert arrived, self.items
            return list(self.items)


class Hook:
    """A receiver of webhooks, which answers `status`."""

    def __init__(self, port=0):
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = hook.status
                hook.inbox.put((status, self.path, dict(self.headers), body))
                self.send_response(status)
                self.end_headers()
                self.wfile.write(b"what came of it")

            def log_message(self, *_):
                pass

        self.inbox = Inbox()
        self.status = 200
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def told(self, count):
        """The states of messages that were taken, and (path, headers, body) of all."""
        return [json.loads(body)["state"] for _, _, _, body in self.inbox.wait(count)]


class MailSink(socketserver.ThreadingTCPServer):
    """A mail server that takes everything; with `password` from one user alone."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, password=None):
        self.inbox = Inbox()
        self.password = password
        super().__init__(("127.0.0.1", 0), MailSession)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()


class MailSession(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.sender, self.readers, self.trusted = None, [], self.server.password is None
        self.say("220 sink")
        for line in self.rfile:
            words = line.decode().strip()
            if not self.answer(words.split(" ")[0].upper(), words):
                return

    def answer(self, verb, line):
        if verb == "EHLO":
            self.say("250-sink")
            self.say("250 AUTH PLAIN")
        elif verb == "AUTH":
            given = base64.b64decode(line.split(" ")[2]) if line.count(" ") > 1 else self.ask()
            self.trusted = given == b"\0postman\0" + (self.server.password or "").encode()
            self.say("235 ok" if self.trusted else "535 wrong password")
        elif not self.trusted:
            self.say("530 log in first")
        elif verb == "MAIL":
            self.sender = line
            self.say("250 ok")
        elif verb == "RCPT":
            self.readers.append(line)
            self.say("250 ok")
        elif verb == "DATA":
            self.say("354 go on")
            self.server.inbox.put((self.sender, self.readers, self.message()))
            self.say("250 taken")
        elif verb == "QUIT":
            self.say("221 bye")
            return False
        else:
            self.say("250 ok")
        return True

    def ask(self):
        self.say("334 ")
        return base64.b64decode(self.rfile.readline().strip())

    def message(self):
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line[1:] if line.startswith(b".") else line)
        return b""


class AlertsTest(unittest.TestCase):
    def setUp(self):
        temporary = data_directory()
        self.addCleanup(temporary.cleanup)
        self.directory = os.path.join(temporary.name, "data")
        self.hook = Hook()
        self.addCleanup(lambda: self.hook.close())

    def start(self, *options, environment=None):
        return Server(self.directory, "--api-admin-keys", KEY, "--alerts-interval", "100ms",
                      *options, environment=environment)

    def ask(self, server, method, path, body=None, headers=None):
        status, answered, answer = server.request(method, path, body and json.dumps(body),
                                                  {**ADMIN, **(headers or {})})
        return status, answered, json.loads(answer)

    def watch_clicks(self, server, **more):
        """Fires once more than two clicks were counted at all."""
        rule = {"name": "Clicks", "view": "clicks", "measure": "n", "when": "above", "threshold": 2,
                "webhook": {"url": f"http://127.0.0.1:{self.hook.port}/in"}, **more}
        view = {"name": "clicks", "where": {"event": "Clicked"}, "group_by": ["source"],
                "measures": {"n": "count"}}
        self.assertIn(self.ask(server, "POST", "/api/views", view)[0], (200, 201))
        status, _, answer = self.ask(server, "PUT", "/api/alerts/clicks", rule)
        self.assertIn(status, (200, 201), answer)
        return answer

    def alert(self, server, index=0):
        return self.ask(server, "GET", "/api/alerts")[2]["alerts"][index]

    def until(self, server, check):
        """Until an alert is as `check` wants it: each look is a new answer of the server."""
        for _ in range(100_000):
            alert = self.alert(server)
            if check(alert):
                return alert
        self.fail(f"never came: {alert}")

    def test_an_alert_on_a_view_is_told_once_and_signed(self):
        with self.start() as server:
            secret = self.watch_clicks(server)["webhook"]["secret"]
            self.until(server, lambda alert: alert["status"]["state"] == "ok")
            server.post("/v1/batch", batch([event(), event(), event(user="<b>\n")]))
            self.assertEqual(self.hook.told(1), ["firing"])
            _, path, headers, body = self.hook.inbox.items[0]
            self.assertEqual(path, "/in")
            message = json.loads(body)
            self.assertEqual((message["alert"], message["value"]), ("clicks", 3))
            self.assertIn("n of clicks is 3, above 2", message["text"])
            time, mark = headers["Hapax-Signature"].split(",")
            signed = time.removeprefix("t=").encode() + b"." + body
            self.assertEqual(mark, "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest())
            self.assertEqual(headers["Hapax-Delivery"], message["delivery"])
            fired = self.until(server, lambda alert: alert["deliveries"][0]["state"] == "delivered")
            self.assertEqual(fired["status"]["state"], "firing")
            metrics = server.request("GET", "/metrics")[2].decode()
            self.assertRegex(metrics, r"(?m)^alerts_firing 1$")
            self.assertRegex(metrics, r'(?m)^alert_deliveries_total{outcome="delivered"} 1$')

    def test_a_start_while_it_fires_tells_nothing_twice(self):
        with self.start() as server:
            self.watch_clicks(server)
            server.post("/v1/batch", batch([event(), event(), event()]))
            self.assertEqual(self.hook.told(1), ["firing"])
            self.until(server, lambda alert: alert["deliveries"][0:1] and
                       alert["deliveries"][0]["state"] == "delivered")
            since = self.alert(server)["status"]["firing_since"]
            server.kill()
        with self.start() as server:
            again = self.until(server, lambda alert: alert["status"]["state"] == "firing")
            self.assertEqual(again["status"]["firing_since"], since)
            self.watch_clicks(server, threshold=100)
            self.assertEqual(self.hook.told(2), ["firing", "resolved"])
            firings = self.ask(server, "GET", "/api/alerts")[2]["firings"]
            self.assertEqual([firing["since"] for firing in firings], [since])
            self.assertIsNotNone(firings[0]["until"])

    def test_a_webhook_that_is_down_is_tried_again_also_after_a_start(self):
        port = self.hook.port
        self.hook.close()
        with self.start() as server:
            self.watch_clicks(server)
            server.post("/v1/batch", batch([event(), event(), event()]))
            tried = self.until(server, lambda alert: alert["deliveries"] and
                               alert["deliveries"][0]["tries"] > 0)["deliveries"][0]
            self.assertEqual(tried["state"], "waiting")
            self.assertIn("Failed to connect", tried["error"])
            self.assertEqual(server.stop(), 0)
        self.hook = Hook(port)
        self.hook.status = 503
        with self.start() as server:
            self.hook.inbox.wait(1)
            failed = self.until(server, lambda alert: "503" in alert["deliveries"][0]["error"])
            self.assertIn("what came of it", failed["deliveries"][0]["error"])
            self.hook.status = 200
            self.until(server, lambda alert: alert["deliveries"][0]["state"] == "delivered")
            ids = {headers["Hapax-Delivery"] for _, _, headers, _ in self.hook.inbox.items}
            self.assertEqual(len(ids), 1, "all tries are the same delivery")
            self.assertEqual(self.hook.inbox.items[-1][0], 200)

    def test_figures_of_health_are_watched(self):
        hook = {"url": f"http://127.0.0.1:{self.hook.port}/"}
        with self.start() as server:
            listed = self.ask(server, "GET", "/api/alerts")[2]["figures"]
            names = [figure["name"] for figure in listed]
            self.assertEqual(names, ["books_broken", "gaps", "lag_seconds", "no_events", "processing_stopped",
                                     "checkpoint_age", "disk_free_bytes"])
            rules = {"books": {"figure": "books_broken"}, "stopped": {"figure": "processing_stopped"},
                     "lost": {"figure": "gaps", "source": "app", "threshold": 1},
                     "found": {"figure": "gaps", "source": "web", "threshold": 1},
                     "silent": {"figure": "no_events", "source": "tv", "threshold": 0.2, "webhook": hook},
                     "full": {"figure": "disk_free_bytes", "threshold": 1},
                     "old": {"figure": "checkpoint_age", "threshold": 3600},
                     "lag": {"figure": "lag_seconds", "threshold": 3600}}
            for name, rule in rules.items():
                status, _, answer = self.ask(server, "PUT", f"/api/alerts/{name}", {"name": name, **rule})
                self.assertEqual(status, 201, answer)
            self.assertEqual(self.hook.told(1), ["firing"])
            self.assertEqual(json.loads(self.hook.inbox.items[0][3])["alert"], "silent")
            server.post("/v1/batch", batch([event()], source="web"))
            numbered = {"writeKey": "app", "batch": [{**event(), "sequence": number} for number in (1, 4)],
                        "numbering": {"device": "d", "epoch": "e", "made": 4}}
            server.post("/v1/batch", numbered)

            def looked_at():
                alerts = self.ask(server, "GET", "/api/alerts")[2]["alerts"]
                return {alert["id"]: alert["status"] for alert in alerts}

            while not all(status["looked_at"] for status in looked_at().values()):
                pass
            while looked_at()["lost"]["state"] == "ok":  # Until 2 and 3 are missing.
                pass
            while looked_at()["lag"]["state"] == "unknown":  # Until there is a watermark.
                pass
            states = {name: status["state"] for name, status in looked_at().items()}
            self.assertEqual(states, {"books": "ok", "stopped": "ok", "lost": "firing", "found": "ok", "silent": "firing", "full": "ok",
                                      "old": "ok", "lag": "ok"})
            self.assertGreater(looked_at()["full"]["value"], 1)

    def mail_options(self, sink, *more):
        return ("--alerts-smtp-url", f"smtp://127.0.0.1:{sink.port}", "--alerts-smtp-from",
                "hapax@example.com", *more)

    def test_a_mail_reaches_its_readers_and_holds_no_header_of_users(self):
        with MailSink() as sink:
            with self.start(*self.mail_options(sink)) as server:
                name = "Ünusual: Bcc: evil@example.com"
                self.watch_clicks(server, name=name, email=["ops@example.com", "dev@example.com"])
                server.post("/v1/batch", batch([event(), event(), event()]))
                sender, readers, raw = sink.inbox.wait(1)[0]
                self.assertIn("<hapax@example.com>", sender)
                self.assertEqual(len(readers), 2)
                message = email.message_from_bytes(raw, policy=email.policy.default)
                self.assertIn(name, message["Subject"])
                self.assertEqual(message["To"], "ops@example.com, dev@example.com")
                self.assertIsNone(message["Bcc"])
                self.assertIn("n of clicks is 3, above 2", message.get_content())
                self.hook.inbox.wait(1)
            sink.shutdown()

    def test_the_mail_server_knows_the_user_by_a_password_from_a_file(self):
        password = os.path.join(os.path.dirname(self.directory), "password")
        with open(password, "w", encoding="utf-8") as file:
            file.write("s3cret\n")
        rule = {"name": "Full", "figure": "disk_free_bytes", "threshold": 1, "email": ["a@example.com"]}
        with MailSink("s3cret") as sink:
            options = self.mail_options(sink, "--alerts-smtp-user", "postman")
            with self.start(*options, "--alerts-smtp-password-file", password) as server:
                self.assertEqual(self.ask(server, "PUT", "/api/alerts/full", rule)[0], 201)
                _, _, tested = self.ask(server, "POST", "/api/alerts/full/test")
                self.assertEqual(tested["deliveries"],
                                 [{"channel": "email", "delivered": True, "error": ""}])
                self.assertIn(b"base64", sink.inbox.wait(1)[0][2])
            with self.start(*options, environment={"HAPAX_ALERTS_SMTP_PASSWORD": "wrong"}) as server:
                _, _, tested = self.ask(server, "POST", "/api/alerts/full/test")
                self.assertFalse(tested["deliveries"][0]["delivered"])
                self.assertNotEqual(tested["deliveries"][0]["error"], "")
                self.assertEqual(len(sink.inbox.items), 1)
            sink.shutdown()

    def test_a_test_says_what_the_webhook_answered(self):
        with self.start() as server:
            self.watch_clicks(server)
            tested = self.ask(server, "POST", "/api/alerts/clicks/test")[2]["deliveries"]
            self.assertEqual(tested, [{"channel": "webhook", "delivered": True, "error": ""}])
            self.assertEqual(self.hook.told(1), ["test"])
            self.hook.status = 404
            tested = self.ask(server, "POST", "/api/alerts/clicks/test")[2]["deliveries"]
            self.assertEqual(tested[0]["error"], "it answered 404: what came of it")
            status, _, answer = self.ask(server, "PUT", "/api/alerts/mail", {
                "name": "Mail", "figure": "books_broken", "email": ["a@example.com"]})
            self.assertEqual(status, 400)
            self.assertIn("alerts.smtp_url", answer["message"])

    def test_wrong_mail_settings_stop_the_start(self):
        for options, said in ((("--alerts-smtp-url", "http://a"), "no address of a mail server"),
                              (("--alerts-smtp-url", "smtp://a"), "alerts.smtp_from"),
                              (("--alerts-smtp-url", "smtp://a", "--alerts-smtp-from", "a@b",
                                "--alerts-smtp-password-file", "/nowhere"), "/nowhere")):
            with self.assertRaises(StartError) as refused:
                self.start(*options)
            self.assertIn(said, refused.exception.errors)

    def test_boards_are_there_after_a_kill_and_secret(self):
        board = {"name": "Mine", "panels": [{"id": "p", "view": "v", "chart": "bar"}]}
        with self.start() as server:
            status, headers, added = self.ask(server, "PUT", "/api/boards/mine", board)
            self.assertEqual(status, 201)
            match = {"If-Match": headers["ETag"]}
            self.assertEqual(self.ask(server, "PUT", "/api/boards/mine", {**board, "name": "2"}, match)[0], 200)
            self.assertEqual(self.ask(server, "PUT", "/api/boards/mine", {**board, "name": "3"}, match)[0], 412)
            self.watch_clicks(server)
            server.kill()
        for folder in ("boards", "alerts"):
            for name in os.listdir(os.path.join(self.directory, folder)):
                mode = os.stat(os.path.join(self.directory, folder, name)).st_mode
                self.assertEqual(mode & 0o077, 0, name)
        with self.start() as server:
            kept = self.ask(server, "GET", "/api/boards/mine")[2]
            self.assertEqual((kept["name"], kept["origin"]), ("2", "own"))
            boards = self.ask(server, "GET", "/api/boards")[2]["boards"]
            self.assertEqual([entry["id"] for entry in boards], ["mine", "product", "survey", "web"])


if __name__ == "__main__":
    unittest.main()
