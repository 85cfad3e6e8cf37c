# SPDX-License-Identifier: Apache-2.0
"""The same requests to one machine and to a cluster, and what both say of them afterwards."""

import json
from collections import defaultdict
from datetime import timedelta

import compare
from generator import OUT_OF_ORDER, VIEWS, Generator
from world import SCOPE, World, wait_until, wait_until_owned

SETTINGS = {"views-out-of-order-bound": f"{OUT_OF_ORDER.days}d"}


class TwoWorlds:
    """A cluster of two collectors, two owners of partitions and a server of queries, beside one
    machine."""

    def __init__(self, name, seed, people=30, of_processes=None, **changes):
        self.world = World(name, VIEWS, **SETTINGS, **changes).create()
        self.generator = Generator(seed, people)
        self.one = self.world.one_machine()
        self.collectors = [self.world.collector(), self.world.collector()]
        self.processes = [self.world.processor(**(of_processes or {})) for _ in range(2)]
        self.query = self.world.query()
        self.receipts = {}
        self.sent = defaultdict(list)  # Ids that were accepted, by whose they are.
        self.events = 0

    def __enter__(self):
        self.world.__enter__()
        try:
            programs = [self.one, *self.collectors, *self.processes, self.query]
            for program in programs:
                program.launch()
            for program in programs:
                program.await_port()
            for program in programs:
                program.wait_until_ready()
            wait_until_owned(self.processes)
        except BaseException as error:
            self.world.__exit__(error)
            raise
        return self

    def __exit__(self, *failure):
        self.world.__exit__(*failure)

    def send(self, events):
        """Each request to both; what they say to it but for the receipt is the same."""
        for number, (sent, body, headers) in enumerate(self.generator.requests(events)):
            one = self.one.ask("POST", "/v1/batch", body, headers)
            collector = self.collectors[number % 2]
            other = self.acknowledged(collector, body, headers)
            answers = [json.loads(answer[2]) for answer in (one, other)]
            for name, answer in zip(("one", "cluster"), answers):
                self.receipts[name] = answer.pop("receipt", self.receipts.get(name))
                for error in answer.get("errors", []):  # Ids that the server makes differ.
                    if ":" not in error.get("messageId", ""):
                        error.pop("messageId", None)
            compare.require_equal("the answer to a request", (one[0], answers[0]),
                                  (other[0], answers[1]))
            if one[0] == 200:
                self.events += answers[0]["accepted"] + answers[0]["rejected"]
                self.note(sent, {error["index"] for error in answers[0].get("errors", [])})

    def note(self, sent, refused):
        """What each user has sent, by its order. A user is the user id, else the device."""
        for index, event in enumerate(sent):
            if index not in refused:
                key = event.get("userId") or event["anonymousId"]
                self.sent[key].append(event["messageId"])

    @staticmethod
    def acknowledged(collector, body, headers):
        """The answer that is none of waiting."""
        return wait_until(lambda: (lambda answer: answer if answer[0] != 503 else None)(
            collector.ask("POST", "/v1/batch", body, headers)), "an answer that is no 503")

    def settle(self):
        """Until both have counted all that was sent."""
        for server, receipt in ((self.one, self.receipts["one"]), (self.query, self.receipts["cluster"])):
            server.get(f"/api/views/events_per_day?limit=1&after={receipt}")
        wait_until(lambda: self.cluster_is_whole(), "a cluster that has counted all of it")

    def cluster_is_whole(self):
        """A receipt has its own partitions alone, and requests went to all."""
        books = [server.get("/api/audit")["sources"] for server in (self.one, self.query)]
        return [sum(source["received"] for source in of) for of in books][1] >= \
            sum(source["received"] for source in books[0])

    def compare(self):
        """How many questions were asked."""
        views = {view["name"]: view for view in self.query.get("/api/views")["views"]}
        alone = {view["name"]: view for view in self.one.get("/api/views")["views"]}
        left_out = {name for name, view in alone.items() if view["spec"].get("per") == "anonymous_id"}
        assert left_out, "a view that clusters do not count"
        compare.require_equal("names of views", sorted(set(alone) - left_out), sorted(views))
        for process in self.processes:
            words = "".join(process.words)
            for name in left_out:
                assert f"A view is not counted by a cluster.\" view={name} " in words, words
        asked = 0
        for name, view in sorted(views.items()):
            compare.require_equal(name, alone[name]["spec"], view["spec"])
            asked += compare.compare_view(self.one, self.query, view)
            if compare.has_windows(view) and "per" not in view["spec"]:
                compare.compare_finality(self.one, self.query, view, compare.now() - OUT_OF_ORDER,
                                         timedelta(hours=3))
        books = compare.compare_books(self.one, self.query)[1]
        # Nobody here sends an id with two users, so either scope counts what one machine counts.
        compare.require_equal("missed duplicates", 0 if SCOPE == "partition" else None,
                              books.get("missed_duplicates", {}).get("missed"))
        return asked

    def compare_order(self):
        """Each user's events are in one partition of the topic, in the order in which they were sent: how
        many users."""
        of_topic = defaultdict(list)
        partitions = defaultdict(set)
        for record in self.world.topic():
            if not record["original_bytes"]:
                key = record["user_id"] or record["anonymous_id"]
                of_topic[key].append(record["message_id"])
                partitions[key].add(record["partition"])
        compare.require_equal("users", sorted(self.sent), sorted(of_topic))
        for key, ids in self.sent.items():
            compare.require_equal("events of " + key, ids, of_topic[key])
            assert len(partitions[key]) == 1, (key, partitions[key])
        return len(self.sent)
