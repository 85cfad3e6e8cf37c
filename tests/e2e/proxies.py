# SPDX-License-Identifier: Apache-2.0
"""Hapax behind a proxy: nginx with its defaults, and the example configurations of deploy/."""

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import unittest
import uuid

from faults import wait_until
from server import Server, batch, data_directory, event

DEPLOY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deploy")
VIEW = "/api/views/events_per_minute"
NAME = "events.example.com"

# Of the process, not of the site: everything below the test's own directory.
NGINX_MAIN = """
daemon off;
pid nginx.pid;
{user}
events {{}}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include site.conf;
}}
"""

NGINX_DEFAULTS = """
server {
    listen 443;
    location / { proxy_pass http://127.0.0.1:8080; }
}
"""


# A site of one's own, with the script of the SDK and what it sends under addresses of the site.
NGINX_SITE = """
server {
    listen 443;
    location / { return 200 "the site"; }
    %s
}
"""


class Proxy:
    """A proxy that listens at `address`, a port of this machine or the path of a socket."""

    def __init__(self, address, directory, *command):
        self.address = address
        self.process = subprocess.Popen(command, cwd=directory, stderr=subprocess.PIPE, text=True)
        wait_until(self._listens)

    def _listens(self):
        assert self.process.poll() is None, self.process.stderr.read()
        with self._socket() as probe:
            return probe.connect_ex(self.address) == 0

    def _socket(self):
        return socket.socket(socket.AF_UNIX if isinstance(self.address, str) else socket.AF_INET)

    def connect(self):
        connection = self._socket()
        connection.settimeout(30)
        connection.connect(self.address)
        return connection

    def connect_tls(self, trust):
        """Again and again until there is a certificate, which Caddy makes when it runs."""
        def attempt():
            connection = self.connect()
            try:
                return trust.wrap_socket(connection, server_hostname=NAME)
            except ssl.SSLError:
                connection.close()
                return None
        return wait_until(attempt)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()


def start_nginx(directory, site, server):
    """nginx before `server`, with `site` but for the places that are another's on this machine."""
    for machine, ours in (("listen 443", f"listen unix:{directory}/socket"),
                          ("127.0.0.1:8080", f"127.0.0.1:{server.port}"),
                          ("/etc/ssl/certs/", f"{directory}/"),
                          ("/etc/ssl/private/", f"{directory}/")):
        site = site.replace(machine, ours)
    user = "user root;" if os.geteuid() == 0 else ""  # Who else could use the directory?
    for name, text in (("nginx.conf", NGINX_MAIN.format(user=user)), ("site.conf", site)):
        with open(os.path.join(directory, name), "w", encoding="utf-8") as file:
            file.write(text)
    return Proxy(f"{directory}/socket", directory, "nginx", "-p", directory, "-c", "nginx.conf", "-e", "stderr")


def make_certificate(directory):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
         "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
         "-out", f"{directory}/{NAME}.pem", "-keyout", f"{directory}/{NAME}.key"],
        check=True, capture_output=True)


class ProxyTest(unittest.TestCase):
    def setUp(self):
        self.directory = self.enterContext(data_directory())
        self.server = self.enterContext(Server(self.enterContext(data_directory()), dev=False))

    def request(self, connection, method, path, body=None, headers=None):
        client = http.client.HTTPConnection(NAME)
        client.sock = connection
        client.request(method, path, body, headers or {})
        response = client.getresponse()
        return response.status, response.headers, response.read()

    def check_stream(self, connection):
        """A change arrives while the stream is open and nothing follows that could push it."""
        connection.sendall((
            f"GET {VIEW}/live HTTP/1.1\r\nHost: {NAME}\r\n"
            f"Authorization: Bearer {self.server.token}\r\n\r\n").encode())
        reader = connection.makefile("rb")
        updates = (json.loads(line[6:]) for line in reader if line.startswith(b"data: "))
        next(updates)  # The present state.
        for _ in range(3):
            name = uuid.uuid4().hex
            status, _ = self.server.post("/v1/batch", batch([event(name)]))
            self.assertEqual(status, 200)
            while not any(row["group"]["event"] == name for row in next(updates)["rows"]):
                pass

    def post_bytes(self, connection, count):
        """Status and answer of a batch of about so many bytes."""
        events = [event(properties={"filler": "x" * (count // 10)}) for _ in range(10)]
        status, _, answer = self.request(connection, "POST", "/v1/batch",
                                         json.dumps(batch(events)).encode())
        return status, json.loads(answer)

    def check_settings(self, connection):
        """A browser is told to send to the proxy."""
        status, _, answer = self.request(connection, "GET", "/v1/projects/web/settings")
        self.assertEqual(status, 200, answer)
        integration = json.loads(answer)["integrations"]["Segment.io"]
        self.assertEqual((integration["protocol"], integration["apiHost"]),
                         ("https", f"{NAME}/v1"))

    def test_a_change_comes_through_nginx_as_it_is(self):
        with start_nginx(self.directory, NGINX_DEFAULTS, self.server) as proxy, \
                proxy.connect() as connection:
            self.check_stream(connection)

    def test_nginx_as_in_the_example(self):
        make_certificate(self.directory)
        with open(os.path.join(DEPLOY, "nginx", "hapax.conf"), encoding="utf-8") as file:
            site = file.read()
        trust = ssl.create_default_context(cafile=f"{self.directory}/{NAME}.pem")
        with start_nginx(self.directory, site, self.server) as proxy:
            def connect():
                return self.enterContext(proxy.connect_tls(trust))
            # As large as Hapax takes; beyond it Hapax refuses, in the words that SDKs understand.
            self.assertEqual(self.post_bytes(connect(), 4_180_000)[0], 200)
            status, answer = self.post_bytes(connect(), 4_200_000)
            self.assertEqual((status, answer["code"]), (413, "body_too_large"))
            self.check_stream(connect())
            self.check_settings(connect())
            status, _, _ = self.request(connect(), "POST", "/v1/track?long=" + "x" * 25_000,
                                        json.dumps(event()))
            self.assertEqual(status, 200)

    def test_the_sdk_under_the_address_of_a_site_as_in_the_example(self):
        with open(os.path.join(DEPLOY, "nginx", "first-party.conf"), encoding="utf-8") as file:
            site = NGINX_SITE % file.read()
        with start_nginx(self.directory, site, self.server) as proxy:
            def ask(method, path, body=None, headers=None):
                with proxy.connect() as connection:
                    return self.request(connection, method, path, body, headers)
            self.assertEqual(ask("GET", "/")[2], b"the site")
            if os.environ["HAPAX_DASHBOARD"] == "ON":  # Else nothing of TypeScript is in the program.
                status, headers, script = ask("GET", "/h.js")
                self.assertEqual((status, headers["Content-Type"]), (200, "text/javascript; charset=utf-8"))
                self.assertIn(b"data", script)
            login = {"Authorization": "Basic YWRhOnNlY3JldA==", "Cookie": "hapax_session=x"}
            name = uuid.uuid4().hex
            status, _, answer = ask("POST", "/t", json.dumps({**batch([event(name)]), "writeKey": "own"}), login)
            self.assertEqual((status, json.loads(answer)["accepted"]), (200, 1))
            receipt = json.loads(answer)["receipt"]
            _, rows = self.server.get(f"{VIEW}?event={name}&after={receipt}")
            self.assertEqual([row["group"]["source"] for row in rows["rows"]], ["own"])

    @unittest.skipUnless(shutil.which("caddy"), "caddy is not installed")
    def test_caddy_as_in_the_example(self):
        with open(os.path.join(DEPLOY, "caddy", "Caddyfile"), encoding="utf-8") as file:
            site = file.read()
        with socket.create_server(("127.0.0.1", 0)) as free:
            address = free.getsockname()
        site = site.replace("{\n", "{\n\tadmin off\n\tskip_install_trust\n", 1) \
            .replace(f"{NAME} {{", f"{NAME}:{address[1]} {{\n\ttls internal\n\tbind 127.0.0.1") \
            .replace("127.0.0.1:8080", f"127.0.0.1:{self.server.port}")
        with open(os.path.join(self.directory, "Caddyfile"), "w", encoding="utf-8") as file:
            file.write(site)
        trust = ssl.create_default_context()
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        with Proxy(address, self.directory, "env", f"HOME={self.directory}", "XDG_DATA_HOME=",
                   "caddy", "run", "--config", "Caddyfile") as proxy:
            with proxy.connect_tls(trust) as connection:
                self.assertEqual(self.post_bytes(connection, 4_180_000)[0], 200)
            with proxy.connect_tls(trust) as connection:
                self.check_stream(connection)
            with proxy.connect_tls(trust) as connection:
                self.check_settings(connection)


if __name__ == "__main__":
    unittest.main(verbosity=2)
