# SPDX-License-Identifier: Apache-2.0
"""Views that are declared: in the settings file, over HTTP, on the command line."""

import json
import os
import shutil
import socket
import subprocess
import unittest

from server import BINARY, Server, StartError, batch, data_directory, event

KEY = "adm"
ADMIN = {"Authorization": "Bearer " + KEY}
VIEW = '[[view]]\nname = "{0}"\nmeasures = {{ n = "{1}" }}\n'


def spec(name, measure="count"):
    return {"name": name, "measures": {"n": measure}}


class ViewsTest(unittest.TestCase):
    def setUp(self):
        temporary = data_directory()
        self.addCleanup(temporary.cleanup)
        self.directory = temporary.name
        self.file = os.path.join(self.directory, "hapax.toml")
        self.settings("")

    def settings(self, views):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write(f'[api]\nadmin_keys = ["{KEY}"]\n{views}')

    def start(self, *options):
        defaults = () if "--views-defaults" in options else ("--views-defaults", "none")
        return Server(os.path.join(self.directory, "data"), "--config", self.file, *defaults, *options, dev=False)

    def listed(self, server):
        """Of each view its entry, by name."""
        status, answer = server.get("/api/views")
        self.assertEqual(status, 200)
        return {view["name"]: view for view in answer["views"]}

    def ask(self, server, method, path, body=None):
        status, _, answer = server.request(method, path, body and json.dumps(body), ADMIN)
        return status, json.loads(answer)

    def test_what_was_answered_is_there_after_a_kill(self):
        with self.start() as server:
            self.assertEqual(self.ask(server, "POST", "/api/views", spec("a"))[0], 201)
            self.assertEqual(self.ask(server, "POST", "/api/views", spec("b"))[0], 201)
            self.assertEqual(self.ask(server, "PUT", "/api/views/a", spec("a", "uniques(user)"))[0], 200)
            before = self.listed(server)
            server.kill()
        with self.start() as server:
            after = self.listed(server)
        self.assertEqual({name: view["id"] for name, view in after.items()}, {"a": "a.3", "b": "b.2"})
        self.assertEqual(after["a"]["spec"], before["a"]["spec"])

    def follow(self, server, name, headers=""):
        """The lines of a live stream."""
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        self.addCleanup(connection.close)
        connection.sendall(f"GET /api/views/{name}/live HTTP/1.1\r\nHost: localhost\r\n"
                           f"Authorization: Bearer {KEY}\r\n{headers}\r\n".encode())
        lines = connection.makefile("rb")
        self.assertTrue(lines.readline().startswith(b"HTTP/1.1 200"))
        return lines

    def frames(self, lines):
        """(id, frame) of each, then ("end", the error)"""
        frame_id = None
        for line in lines:
            if line.startswith((b"id: ", b"event: ")):
                frame_id = line.split(b": ")[1].strip().decode()
            elif line.startswith(b"data: "):
                yield frame_id, json.loads(line[6:])

    def test_a_live_stream_tells_what_changes_until_the_view_goes(self):
        with self.start() as server:
            self.assertEqual(self.ask(server, "POST", "/api/views", spec("f"))[0], 201)
            while self.listed(server)["f"]["state"] != "live":
                pass
            frames = self.frames(self.follow(server, "f"))
            first_id, first = next(frames)
            self.assertEqual((first["whole"], first["rows"]), (True, []))
            server.post("/v1/batch", batch([event()]))
            _, changed = next(frames)
            self.assertEqual([row["values"] for row in changed["rows"]], [{"n": 1}])
            missed = self.frames(self.follow(server, "f", f"Last-Event-ID: {first_id}\r\n"))
            _, again = next(missed)
            self.assertEqual((again["whole"], again["rows"]), (False, changed["rows"]))
            self.assertEqual(self.ask(server, "DELETE", "/api/views/f")[0], 200)
            last_id, last = list(frames)[-1]
            self.assertEqual((last_id, last["code"]), ("end", "view_changed"))
            self.assertEqual(server.get("/api/views/f/live")[0], 404)

    def test_views_of_the_file_come_go_and_come_again(self):
        self.settings(VIEW.format("f", "count"))
        with self.start() as server:
            self.assertEqual(self.listed(server)["f"]["origin"], "file")
            status, answer = self.ask(server, "DELETE", "/api/views/f")
            self.assertEqual(status, 409)
            self.assertIn("hapax.toml", answer["message"])
            server.stop()
            self.assertTrue(any("view=f id=f.1 origin=file" in line for line in server.errors))
        self.settings("")
        with self.start() as server:
            retired = self.listed(server)["f"]
            self.assertEqual(retired["id"], "f.1")
            self.assertIsNotNone(retired["retired_at"])
        self.settings(VIEW.format("f", "count"))
        with self.start() as server:
            again = self.listed(server)["f"]
            self.assertEqual((again["id"], again["retired_at"]), ("f.1", None))
        self.settings(VIEW.format("f", "uniques(user)"))
        with self.start() as server:
            self.assertEqual(self.listed(server)["f"]["id"], "f.4")

    def test_the_usual_questions_are_answered_from_the_first_start(self):
        page = {"type": "page", "userId": "u1", "context": {"page": {"path": "/a"}}}
        answered = {"type": "track", "event": "Survey Answered", "userId": "u2",
                    "properties": {"question": "q", "option": "yes"}}
        with self.start("--views-defaults", "all") as server:
            self.assertEqual({view["origin"] for view in self.listed(server).values()}, {"built_in"})
            _, answer = server.post("/v1/batch", {"writeKey": "web", "batch": [page, answered, page]})

            def values(name):
                status, rows = server.get(f"/api/views/{name}?after={answer['receipt']}")
                self.assertEqual(status, 200, rows)
                return [(row["group"], row["values"]) for row in rows["rows"]]

            self.assertEqual(values("active_users_per_day"), [({"source": "web"}, {"users": 2})])
            self.assertEqual(values("pages_per_hour"),
                             [({"source": "web", "context.page.path": "/a"}, {"count": 2, "users": 1})])
            self.assertEqual(values("survey_answers"),
                             [({"source": "web", "properties.question": "q",
                                "properties.option": "yes"}, {"count": 1, "users": 1})])
            self.assertEqual([values["sessions"] for _, values in values("sessions_per_day")], [2])
            pages = {"sessions": 1, "seconds": 0, "pages": 2, "bounces": 0}
            self.assertEqual(values("entry_pages_per_day"),
                             [({"source": "web", "context.page.path": "/a"}, pages)])
            self.assertEqual(values("exit_pages_per_day"),
                             [({"source": "web", "last(context.page.path)": "/a"}, pages)])
            self.assertEqual(self.ask(server, "DELETE", "/api/views/pages_per_hour")[0], 409)
        with self.start("--views-defaults", "survey_answers") as server:
            kept = {name for name, view in self.listed(server).items() if view["retired_at"] is None}
            self.assertEqual(kept, {"survey_answers"})

    def test_a_wrong_view_stops_the_start_and_says_where(self):
        self.settings(VIEW.format("f", "uniques(usr)"))
        with self.assertRaises(StartError) as refused:
            self.start()
        self.assertEqual(refused.exception.exit_code, 2)
        self.assertIn('hapax.toml: view "f": measures.n', refused.exception.errors)
        checked = subprocess.run([BINARY, "config", "check", "--config", self.file], text=True,
                                 capture_output=True, check=False)
        self.assertEqual(checked.returncode, 2)
        self.assertIn('did you mean "user"?', checked.stderr)

    def test_without_its_catalog_the_server_does_not_start(self):
        with self.start() as server:
            self.assertEqual(self.ask(server, "POST", "/api/views", spec("a"))[0], 201)
            server.stop()
        shutil.rmtree(os.path.join(self.directory, "data", "catalog"))
        with self.assertRaises(StartError) as refused:
            self.start()
        self.assertIn("views-1.json is missing", refused.exception.errors)
        self.assertIn("restore", refused.exception.errors)

    def test_the_command_line_declares_and_drops(self):
        with self.start() as server:
            def view(*arguments, said=None):
                done = subprocess.run(
                    [BINARY, "view", *arguments, "--config", self.file, "--url",
                     f"http://127.0.0.1:{server.port}"],
                    input=said, text=True, capture_output=True, timeout=60, check=False)
                return done.returncode, done.stdout, done.stderr

            code, output, errors = view("add", "-", "--json", said=json.dumps(spec("a")))
            self.assertEqual((code, json.loads(output)["id"]), (0, "a.1"), errors)
            other = json.dumps(spec("a", "uniques(user)"))
            code, _, errors = view("add", "-", said=other)
            self.assertEqual(code, 1)
            self.assertIn("--replace", errors)
            self.assertEqual(view("add", "-", "--replace", said=other)[0], 0)
            self.assertEqual(view("add", "-", said="{}")[0], 2)
            code, _, errors = view("add", "-", said='[[view]]\nname = "a"\n')
            self.assertEqual(code, 2)
            self.assertIn("belongs into hapax.toml", errors)
            code, output, _ = view("list")
            self.assertEqual(code, 0)
            self.assertIn("a.2", output)
            self.assertEqual(json.loads(view("show", "a")[1])["spec"]["measures"], {"n": "uniques(user)"})
            explained = json.loads(view("explain", "a", "--json")[1])
            self.assertEqual((explained["name"], explained["near_limits"]), ("a", []))
            self.assertIn("n = uniques(user)", view("explain", "a")[1])
            receipt = server.post("/v1/batch", batch([event(), event()]))[1]["receipt"]
            self.assertEqual(server.get(f"/api/views/a?after={receipt}")[0], 200)
            code, output, errors = view("accounts", "a", "--check", "--from", "2020-01-01T00:00:00Z")
            self.assertEqual(code, 0, errors)
            rows = [line.split() for line in output.splitlines()[2:]]
            self.assertEqual([row[1:] for row in rows if row[0] == "account"],
                             [["web", "2", "2", "0", "0"]], output)
            self.assertIn("whole    from the first event on", output)
            hours = json.loads(view("accounts", "a", "--json", "--source", "web")[1])["rows"]
            self.assertEqual(sum(row["counted"]["count"] for row in hours), 2)
            self.assertEqual(json.loads(view("accounts", "a", "--json", "--source", "tv")[1])["rows"], [])
            self.assertEqual(view("show", "b")[0], 1)
            code, _, errors = view("drop", "a", said="")
            self.assertEqual(code, 2)
            self.assertIn("--yes", errors)
            self.assertEqual(view("rebuild", "a", "--yes")[0], 0)
            self.assertEqual(self.listed(server)["a"]["id"], "a.3")
            self.assertEqual(view("drop", "a", "--yes", "--key", "wrong")[0], 1)
            self.assertEqual(view("drop", "a", "--yes")[0], 0)
            self.assertEqual(self.listed(server), {})


if __name__ == "__main__":
    unittest.main()
