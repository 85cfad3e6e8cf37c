# SPDX-License-Identifier: Apache-2.0
"""Clients that send until they are told that it is there, and somebody who reads all the while."""

import http.client
import json
import random
import threading
import time
from collections import Counter, defaultdict

from world import wait_until

# Events of a client that have one name: as exactly is told which were lost or counted twice.
OF_ONE_NAME = 20


class Client(threading.Thread):
    """One device: sends its events in order, and what was not acknowledged again, to whoever."""

    def __init__(self, key, collectors, pause=0.02):
        super().__init__(daemon=True)
        self.key = key
        self.collectors = collectors
        self.random = random.Random(key)
        self.pause = pause
        self.sent = []  # Ids that were, or may have been, sent.
        self.acknowledged = 0
        self.repeated = 0  # Requests.
        self.receipt = None
        self.failure = None
        self.holding = threading.Event()
        self.ending = threading.Event()

    def event(self, number):
        return {"type": "track", "event": f"{self.key}-{number // OF_ONE_NAME}", "anonymousId": self.key,
                "messageId": f"{self.key}:{number}", "properties": {"n": number}}

    def run(self):
        try:
            while not self.ending.is_set():
                if self.holding.is_set():
                    time.sleep(0.02)
                    continue
                first = len(self.sent)
                self.sent += range(first, first + self.random.randrange(1, 20))
                self.deliver([self.event(number) for number in self.sent[first:]])
                self.acknowledged = len(self.sent)
                time.sleep(self.pause)
        except BaseException as error:  # Of a thread: the test asks for it.
            self.failure = error
            raise

    def deliver(self, events):
        body = json.dumps({"batch": events})
        while True:
            try:
                status, headers, answer = self.random.choice(self.collectors).ask(
                    "POST", "/v1/batch", body, {"X-Write-Key": "web"}, timeout=20)
            except (OSError, http.client.HTTPException, TypeError):  # TypeError: it has no port yet.
                status = 0
            if status == 200:
                said = json.loads(answer)
                assert said["accepted"] == len(events), answer
                self.receipt = said["receipt"]
                return
            assert status in (0, 503), (status, headers, answer)
            self.repeated += 1
            time.sleep(0.1)

    @property
    def is_done(self):
        return self.acknowledged == len(self.sent)


class Reader(threading.Thread):
    """Asks all the while how many events of each name there are, which is never more than were sent.
    Neither that nor what is complete goes back in one life of the server: a next one knows what is
    published, and is told the rest a moment later."""

    def __init__(self, query, clients):
        super().__init__(daemon=True)
        self.query = query
        self.clients = clients
        self.seen = Counter()
        self.complete = []  # Watermark, complete until.
        self.life = None  # Of the server.
        self.reads = 0
        self.unanswered = 0
        self.wrong = []
        self.ending = threading.Event()

    def run(self):
        while not self.ending.is_set():
            try:
                life = self.query.process.pid
                answers = list(answers_of(self.query, timeout=20))
            except (OSError, http.client.HTTPException, Refused, TypeError):
                self.unanswered += 1
                time.sleep(0.05)
                continue
            if life == self.query.process.pid:
                self.look(life, answers)
                self.reads += 1
            time.sleep(0.05)

    def look(self, life, answers):
        counts = added_up(answers)
        if life == self.life:
            self.look_back(counts, answers)
        self.life = life
        self.complete = complete_of(answers[-1])
        sent = numbers_sent(self.clients)
        for name, count in counts.items():
            if count > sent[name]:
                self.wrong.append(f"{name} is {count}, and {sent[name]} were sent")
        self.seen = counts

    def look_back(self, counts, answers):
        for name, before in self.seen.items():
            if counts[name] < before:
                self.wrong.append(f"{name} went from {before} to {counts[name]}")
        for now in map(complete_of, answers):
            if any(new < told for told, new in zip(self.complete, now)):
                self.wrong.append(f"what is complete went from {self.complete} to {now}")


def complete_of(answer):
    """Times as text ascend as they do; before the first event there is none."""
    return [answer[what] or "" for what in ("watermark", "complete_until")]


class Refused(Exception):
    """An answer that is none."""


def counts_of(query, timeout=90):
    """Events by name."""
    return added_up(answers_of(query, timeout))


def added_up(answers):
    counts = Counter()
    for answer in answers:
        for row in answer["rows"]:
            counts[row["group"]["event"]] += row["values"]["count"]
    return counts


def answers_of(query, timeout):
    """The pages of one question, one after the other."""
    cursor = ""
    while cursor is not None:
        status, _, body = query.ask("GET", "/api/views/events_per_day?from=1970-01-01T00:00:00Z"
                                    "&measures=count&limit=10000" + cursor, timeout=timeout)
        if status != 200:
            raise Refused(f"{status} {body}")
        answer = json.loads(body)
        yield answer
        cursor = f"&cursor={answer['next']}" if answer.get("next") else None


def numbers_sent(clients):
    """Ids by name of their events."""
    sent = Counter()
    for client in clients:
        count = len(client.sent)
        for group in range((count + OF_ONE_NAME - 1) // OF_ONE_NAME):
            sent[f"{client.key}-{group}"] = min(OF_ONE_NAME, count - group * OF_ONE_NAME)
    return sent


def end_all(threads):
    """All are told before the first is waited for."""
    for thread in threads:
        thread.ending.set()
    for thread in threads:
        thread.join(30)


class Load:
    """Clients and a reader, from its start until end()."""

    def __init__(self, world, collectors, query, clients=8):
        self.world = world
        self.query = query
        self.collectors = collectors
        self.clients = [Client(f"c{number}", collectors) for number in range(clients)]
        self.reader = Reader(query, self.clients)
        for thread in (*self.clients, self.reader):
            thread.start()

    @property
    def acknowledged(self):
        return sum(client.acknowledged for client in self.clients)

    def require_right(self):
        assert not self.reader.wrong, self.reader.wrong[:10]
        for client in self.clients:
            assert client.failure is None, client.failure

    def progress(self, events=100):
        """Until as many more are acknowledged."""
        until = self.acknowledged + events
        wait_until(lambda: self.require_right() or self.acknowledged >= until, "more acknowledged events")

    def counted(self):
        """Seconds until all is counted that is acknowledged by now, as who reads sees it."""
        began = time.monotonic()
        until = {client: client.acknowledged for client in self.clients}

        def all_there():
            self.require_right()
            seen = defaultdict(int)
            for name, count in self.reader.seen.items():
                seen[name.rsplit("-", 1)[0]] += count
            return all(seen[client.key] >= count for client, count in until.items())
        wait_until(all_there, "what is acknowledged is counted")
        return time.monotonic() - began

    def check(self, ends=False):
        """With nothing under way: how many ids there are, how many were lost, how many counted twice.
        Clients go on then, but if it `ends`."""
        for client in self.clients:
            client.holding.set()
        wait_until(lambda: self.require_right() or all(client.is_done for client in self.clients),
                   "all is acknowledged")
        sent = numbers_sent(self.clients)
        try:
            wait_until(lambda: self.reader.seen == sent, "what was sent is counted", 60)
        except AssertionError:
            pass  # It says below what is wrong.
        counts = counts_of(self.query)
        lost = sum((sent - counts).values())
        double = sum((counts - sent).values())
        for client in self.clients:
            if not ends:
                client.holding.clear()
        self.require_right()
        return sum(sent.values()), lost, double

    def check_books(self):
        """At the end: what the topic holds and what the books say of it. Returns records and
        duplicates."""
        audit = self.query.get("/api/audit")
        assert audit["balanced"], audit["equations"]
        ids = Counter(record["message_id"] for record in self.world.topic())
        ids_sent = {f"{client.key}:{number}" for client in self.clients for number in client.sent}
        assert set(ids) == ids_sent, (len(ids), len(ids_sent), sorted(set(ids) ^ ids_sent)[:10])
        source, = audit["sources"]
        said = {name: source[name] for name in ("received", "accepted", "rejected", "unique", "duplicate",
                                                "conflict", "counted")}
        records = sum(ids.values())
        assert said == {"received": records, "accepted": records, "rejected": 0, "unique": len(ids),
                        "duplicate": records - len(ids), "conflict": 0, "counted": len(ids)}, said
        return records, records - len(ids)

    def check_order(self):
        """Each device's events are in the topic in the order sent, each where it is first."""
        first = defaultdict(dict)
        for record in self.world.topic():
            first[record["anonymous_id"]].setdefault(record["message_id"], None)
        for client in self.clients:
            assert list(first[client.key]) == [f"{client.key}:{n}" for n in client.sent], client.key

    def end(self):
        end_all([*self.clients, self.reader])
