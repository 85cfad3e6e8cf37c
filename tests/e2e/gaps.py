# SPDX-License-Identifier: Apache-2.0
"""C8: what clients lost on the way is measured: numbers with holes, in any order, repeated, rejected, over
kills and restarts."""

import random
import shutil
import unittest
from datetime import datetime, timezone

from server import Server, batch, data_directory, event

TODAY = datetime.now(timezone.utc).strftime("%Y-%m-%d")


def numbered(numbers, device="tab", epoch="e1", made=0, dropped=None, source="web", rejected=()):
    """A batch of events with these numbers; those that are in `rejected` have no event name."""
    events = []
    for number in numbers:
        one = event(user=device, sequence=number, messageId=f"{source}-{device}-{epoch}-{number}")
        if number in rejected:
            del one["event"]
        events.append(one)
    numbering = {"device": device, "epoch": epoch, "made": made, "dropped": dropped or {}}
    return {**batch(events, source), "numbering": numbering}


class GapsTest(unittest.TestCase):
    def setUp(self):
        self.directory = data_directory()
        self.addCleanup(self.directory.cleanup)

    def serve(self):
        return Server(self.directory.name, "--processor-checkpoint-interval", "100ms")

    def send(self, server, document):
        status, answer = server.post("/v1/batch", document)
        self.assertEqual(status, 200, answer)
        return answer

    def gaps(self, server, query=""):
        server.audit_when_idle()
        status, answer = server.get("/api/gaps?" + query)
        self.assertEqual(status, 200, answer)
        return answer

    def source(self, server, name="web"):
        return next(s for s in self.gaps(server)["sources"] if s["source"] == name)

    def devices(self, server, source="web", limit=100):
        devices, cursor = [], ""
        while True:
            status, answer = server.get(
                f"/api/gaps/devices?source={source}&day={TODAY}&limit={limit}{cursor}")
            self.assertEqual(status, 200, answer)
            devices += answer["devices"]
            if answer["next"] is None:
                return devices
            cursor = "&cursor=" + answer["next"]

    def test_holes_are_counted_however_events_came_and_late_ones_close_them(self):
        with self.serve() as server:
            self.send(server, numbered([3, 1], made=9, dropped={"queue_full": 1}))
            self.send(server, numbered([1, 7], made=9, dropped={"queue_full": 1}, rejected=[7]))
            self.send(server, numbered([1, 2, 3, 4], "phone", made=4))
            self.send(server, numbered([2], "tab", source="ios"))
            web = self.source(server)
            self.assertEqual((web["devices"], web["arrived"]), (2, 7))
            self.assertEqual(web["missing_at_least"], 4)  # 2, 4, 5, 6 of tab: 7 came, rejected.
            self.assertEqual(web["dropped"], {"queue_full": 1})
            self.assertEqual((web["open_tail"], web["open_tail_devices"]), (2, 1))
            self.assertEqual(self.source(server, "ios")["missing_at_least"], 1)
            self.assertEqual([d["gaps"] for d in self.devices(server)],
                             [[{"first": 2, "last": 2}, {"first": 4, "last": 6}]])
        with self.serve() as server:  # It was killed.
            self.assertEqual(self.source(server), web)
            self.send(server, numbered([2, 4, 5, 6, 8, 9], made=9))
            web = self.source(server)
            self.assertEqual((web["missing_at_least"], web["open_tail"]), (0, 0))
            self.assertEqual(self.devices(server), [])
            row = self.gaps(server, f"source=ios&from={TODAY}")["rows"][0]
            self.assertEqual((row["day"], row["missing_at_least"]), (TODAY, 1))
            self.assertTrue(server.audit_when_idle()["balanced"])

    def test_who_claims_too_much_is_set_apart(self):
        with self.serve() as server:
            self.send(server, numbered([1, 2, 4]))
            self.send(server, numbered([8_000], "liar"))
            self.send(server, numbered([1], "wild", made=8_193))
            self.send(server, numbered([1], "eager", made=8_000))
            web = self.source(server)
            self.assertEqual(web["missing_at_least"], 1)
            self.assertEqual(web["open_tail"], 0)
            self.assertEqual(web["not_believed"], {"missing": 7_999, "devices": 1,
                                                   "open_tail": 7_999, "open_tail_devices": 1})
            self.assertEqual(web["unnumbered_devices"], 1)
            believed = {d["device"]: d["believed"] for d in self.devices(server)}
            self.assertEqual(believed, {"tab": True, "liar": False})
            page = server.request("GET", "/metrics")[2].decode()
            self.assertIn('gaps_events{source="web",state="missing"} 1\n', page)
            self.assertIn('gaps_devices_set_apart{source="web",reason="unnumbered"} 1\n', page)
            self.assertIn('gaps_devices{source="web",state="numbered"} 3\n', page)
            self.assertIn('gaps_devices{source="web",state="unnumbered"} 1\n', page)

    def test_what_cannot_be_used_costs_no_event(self):
        with self.serve() as server:
            document = numbered([5])
            document["numbering"]["epoch"] = "x" * 65
            self.assertEqual(self.send(server, document)["accepted"], 1)
            self.assertEqual(self.gaps(server)["sources"], [])
            self.assertRegex(server.request("GET", "/metrics")[2].decode(),
                             r"(?m)^collector_numberings_ignored_total 1$")

    def test_kills_do_not_change_what_is_missing(self):
        shuffle = random.Random(7)
        devices = {f"d{i:02}": shuffle.sample(range(1, 40), 25) for i in range(20)}
        pieces = [(device, numbers[at:at + 3]) for device, numbers in devices.items()
                  for at in range(0, len(numbers), 3)]
        pieces += shuffle.sample(pieces, 40)
        shuffle.shuffle(pieces)
        expected = sum(max(numbers) - len(numbers) for numbers in devices.values())
        for at in range(0, len(pieces), 30):
            with self.serve() as server:  # Killed at the end.
                for device, numbers in pieces[at:at + 30]:
                    self.send(server, numbered(numbers, device))
        with self.serve() as server:
            web = self.source(server)
            self.assertEqual(web["missing_at_least"], expected)
            listed = {d["device"]: d["missing_all_days"] for d in self.devices(server, limit=7)}
            self.assertEqual(listed, {d: max(n) - len(n) for d, n in devices.items()
                                      if max(n) > len(n)})
            server.stop()
        shutil.rmtree(self.directory.name + "/state")
        with self.serve() as server:
            self.assertEqual(self.source(server), web, "of a rebuild")


if __name__ == "__main__":
    unittest.main()
