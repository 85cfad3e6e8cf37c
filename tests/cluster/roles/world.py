# SPDX-License-Identifier: Apache-2.0
"""A cluster of real programs beside a real broker, PostgreSQL and store of objects, and one machine
to compare it with. Brokers and PostgreSQL are there already: run starts them."""

import glob
import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

BINARY = os.environ["HAPAX_BINARY"]
DUMP = os.environ["HAPAX_TOPIC_DUMP"]
PATIENCE = 120
# dedup.scope of clusters that say none.
SCOPE = os.environ.get("HAPAX_ROLES_SCOPE", "exact")
PARTITIONS = 4
CLAIM_PARTITIONS = 2
# What is told to tests is no setting.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("HAPAX_")}


def wait_until(what, said, patience=PATIENCE):
    """The first true answer of `what`."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError("it never came: " + said)


def fetch(port, method, path, body=None, headers=None, timeout=90):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


class Program:
    """One process of `hapax`, on a free port. It outlives kill(), which start() begins again."""

    def __init__(self, name, folder, binary, command):
        self.name = name
        self.folder = folder
        self.binary = binary
        self.command = command
        self.process = None
        self.port = None
        self.words = []

    def start(self):
        self.launch()
        self.await_port()
        return self

    def launch(self):
        self.port = None
        self.process = subprocess.Popen([self.binary, *self.command], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, cwd=self.folder,
                                        env=ENVIRONMENT)
        threading.Thread(target=self._drain, args=(self.process.stderr,), daemon=True).start()

    def await_port(self):
        for line in self.process.stdout:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                break
        if self.port is None:
            self.process.wait()
            raise AssertionError(f"{self.name} does not start:\n" + "".join(self.words[-20:]))
        threading.Thread(target=self._drain, args=(self.process.stdout,), daemon=True).start()

    def _drain(self, pipe):
        with pipe:
            for line in pipe:
                self.words.append(line)

    def ask(self, method, path, body=None, headers=None, timeout=90):
        return fetch(self.port, method, path, body, headers, timeout)

    def get(self, path):
        status, _, body = self.ask("GET", path)
        assert status == 200, (self.name, path, status, body)
        return json.loads(body)

    def is_ready(self):
        try:
            return self.ask("GET", "/health/ready", timeout=5)[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def wait_until_ready(self):
        try:
            wait_until(self.is_ready, f"{self.name} that is ready")
        except AssertionError as error:
            raise AssertionError(f"{error}: {self.ask('GET', '/health/ready', timeout=5)}\n"
                                 + "".join(self.words[-20:])) from error
        return self

    def wait_until_answers(self, path):
        """With something else than 503."""
        wait_until(lambda: self.ask("GET", path)[0] != 503, f"{self.name} that answers {path}")

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        self.process.kill()
        self.process.wait()

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        """SIGTERM, as an operator would; the exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE)


class Service:
    """A process that run has started, and a script can start again; its folder says which."""

    def __init__(self, name, folder, *start):
        self.name = name
        self.folder = folder
        self._start = start

    def _signal(self, number):
        with open(self.folder + "/pid", encoding="ascii") as file:
            os.kill(int(file.read()), number)

    def kill(self):
        self._signal(signal.SIGKILL)

    def stop(self):
        """As an operator would; start() waits until it is gone."""
        self._signal(signal.SIGTERM)

    def start(self):
        subprocess.run(self._start, check=True)

    def pause(self):
        self._signal(signal.SIGSTOP)

    def resume(self):
        self._signal(signal.SIGCONT)


class Broker(Service):
    """Node 1, 2 ..."""

    count = int(os.environ.get("HAPAX_KAFKA_COUNT", "1"))

    def __init__(self, node):
        folder = os.path.join(os.path.dirname(os.environ["HAPAX_KAFKA_FOLDER"]), str(node))
        port = int(os.environ["HAPAX_KAFKA_PORT"]) + 4 * (node - 1)
        super().__init__(f"broker{node}", folder, os.environ["HAPAX_KAFKA_BROKER"], "start", folder, str(port),
                         str(node), str(self.count))
        self.address = f"127.0.0.1:{port}"


def object_store():
    """The store of objects, or nothing where a folder is used."""
    if "HAPAX_STORE" not in os.environ:
        return None
    store, script, folder, port = (os.environ["HAPAX_STORE" + name] for name in ("", "_SCRIPT", "_FOLDER", "_PORT"))
    return Service(store, folder, script, store, "start", folder, port)


class Postgres:
    """The one that run has started."""

    name = "postgres"

    def __init__(self):
        self.script = os.environ["HAPAX_POSTGRES_SCRIPT"]
        self.folder = os.environ["HAPAX_POSTGRES_FOLDER"]

    @property
    def url(self):
        return f"postgresql://hapax@/postgres?host={self.folder}/data"

    def sql(self, text):
        """What it answers, a line for each row."""
        psql = sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"))[-1]
        return subprocess.run([psql, self.url, "-XAtqc", text], check=True, capture_output=True, text=True,
                              timeout=PATIENCE).stdout

    def _processes(self):
        with open(self.folder + "/pid", encoding="ascii") as file:
            parent = int(file.read())
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], text=True,
                                  capture_output=True, check=False).stdout
        return [parent, *map(int, children.split())]

    def _signal(self, processes, number):
        for process in processes:
            try:
                os.kill(process, number)
            except ProcessLookupError:
                pass  # A child may have ended.

    def kill(self):
        self._signal(self._processes(), signal.SIGKILL)

    def start(self):
        subprocess.run([self.script, "start", self.folder], check=True)

    def pause(self):
        self.paused = self._processes()
        self._signal(self.paused, signal.SIGSTOP)

    def resume(self):
        self._signal(self.paused, signal.SIGCONT)


class World:
    """Settings and programs of one cluster, with topics, a schema and a folder of its own. `views`:
    TOML of views beside those that are built in. Of settings those in `changes` differ."""

    def __init__(self, name, views="", **changes):
        self.folder = tempfile.mkdtemp(prefix="hapax-roles-")
        self.brokers = [Broker(node + 1) for node in range(Broker.count)]
        self.postgres = Postgres()
        self.store = object_store()
        self.key_file = self.folder + "/cluster.key"
        self.prefix = f"{name}-{os.getpid()}"
        self.config = self.folder + "/hapax.toml"
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(views)
        self.shared = {"config": self.config, **changes}
        self.objects = objects_settings(self.folder, self.prefix)
        self.binary = BINARY  # Of programs that are made from now on.
        self.programs = []
        self.names = set()

    def __enter__(self):
        return self

    def __exit__(self, failure, *_):
        if failure:
            for program in self.programs:
                if program.name.startswith("process"):
                    print(f"== {program.name}: {topology(program)}")
        for program in self.programs:
            if program.is_running():
                program.resume()
                program.kill()
        if failure:
            for program in self.programs:
                print(f"== last words of {program.name}\n" + "".join(program.words[-15:]))
        if failure and os.environ.get("HAPAX_ROLES_KEEP"):
            print("kept: " + self.folder)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def bootstrap(self):
        return ",".join(broker.address for broker in self.brokers)

    def cluster_settings(self):
        alone = {"kafka-accept-unreplicated": "yes", "kafka-replicas": "1"}
        return {"kafka-brokers": self.bootstrap, "kafka-topics-prefix": self.prefix,
                **(alone if len(self.brokers) < 3 else {}),
                "kafka-append-timeout": "5s", "cluster-name": self.prefix,
                "cluster-partitions": str(PARTITIONS),
                "cluster-claim-partitions": str(CLAIM_PARTITIONS),
                "cluster-key-file": self.key_file, "dedup-scope": SCOPE,
                "postgres-url": self.postgres.url,
                "postgres-schema": re.sub("[^a-z0-9]", "_", self.prefix.lower()), **self.objects,
                **self.shared}

    def create(self, binary=BINARY):
        subprocess.run([binary, "cluster", "create", *flags(self.cluster_settings())], check=True,
                       capture_output=True, text=True, cwd=self.folder, timeout=PATIENCE,
                       env=ENVIRONMENT)
        return self

    def program(self, role, settings, *arguments):
        """Not started yet."""
        number = len([name for name in self.names if name.startswith(role)]) + 1
        name = f"{role}{number}"
        self.names.add(name)
        folder = f"{self.folder}/{name}"
        os.mkdir(folder)
        made = Program(name, folder, self.binary, [role, *arguments, *flags(settings)])
        self.programs.append(made)
        return made

    def collector(self):
        return self.program("collect", {**self.cluster_settings(), "listen": "127.0.0.1:0",
                                        "collect-report-interval": "100ms"})

    def processor(self, **changes):
        return self.program("process", {**self.cluster_settings(), "listen": "127.0.0.1:0",
                                        "process-save-interval": "200ms",
                                        "process-session-timeout": "6s",
                                        "process-collector-timeout": "5s",
                                        "process-state-dir": "state", "api-read-keys": "reads",
                                        **changes})

    def query(self, **changes):
        return self.program("query", {**self.cluster_settings(), "listen": "127.0.0.1:0",
                                      "data-dir": "data", "api-after-wait-max": "60s",
                                      "query-process-key": "reads", **changes}, "--dev")

    def one_machine(self):
        """`hapax serve` with the key of the cluster's ids, so that digests can be compared."""
        made = self.program("serve", {**self.shared, "listen": "127.0.0.1:0", "data-dir": "data",
                                      "log-partitions": str(PARTITIONS), "clock-trusted": "yes",
                                      "names-new-per-day": "0", "api-after-wait-max": "60s"},
                            "--dev")
        os.mkdir(made.folder + "/data")
        shutil.copy(self.key_file, made.folder + "/data/id.key")
        return made

    def topic(self):
        """The events of the topic, each partition's in its order."""
        dumped = subprocess.run([DUMP, self.bootstrap, self.prefix + ".events"],
                                text=True, capture_output=True, timeout=PATIENCE, check=True)
        return [json.loads(line) for line in dumped.stdout.splitlines()]


def flags(settings):
    return [part for name, value in settings.items() for part in ("--" + name, value)]


def objects_settings(folder, prefix):
    """A folder, or the S3 store that HAPAX_STORE_... tell of."""
    if "HAPAX_STORE" not in os.environ:
        return {"cluster-objects": f"file://{folder}/objects"}
    store = {name: os.environ["HAPAX_STORE_" + name]
             for name in ("ENDPOINT", "REGION", "BUCKET", "KEY", "SECRET")}
    return {"cluster-objects": f"s3://{store['BUCKET']}/{prefix}",
            "cluster-objects-endpoint": store["ENDPOINT"],
            "cluster-objects-region": store["REGION"],
            "cluster-objects-access-key": store["KEY"],
            "cluster-objects-secret-key": store["SECRET"]}


def topology(process):
    """What a process owns, or nothing while it does not answer."""
    if process.port is None or not process.is_running():
        return None
    try:
        status, _, body = process.ask("GET", "/topology", None, {"Authorization": "Bearer reads"},
                                      timeout=5)
    except (OSError, http.client.HTTPException):
        return None
    assert status == 200, body
    return json.loads(body)


def wait_until_owned(processes):
    """Each partition has one owner among them that has its state."""
    def owned():
        told = [topology(process) for process in processes]
        if None in told:
            return False
        return all(sorted(one["partition"] for of in told for one in of[kind] if one["restored"]
                          and "error" not in one) == list(range(count))
                   for kind, count in (("events", PARTITIONS), ("claims", CLAIM_PARTITIONS)))
    wait_until(owned, "an owner of each partition")
