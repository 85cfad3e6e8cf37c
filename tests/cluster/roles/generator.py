# SPDX-License-Identifier: Apache-2.0
"""Requests as clients of a site send them, from a seed: people with several devices who log in, pages,
orders, what is late, out of order, repeated, in conflict, bad or damaged. No two events that count have
the same time, and none is near a bound that is drawn by when it is received."""

import gzip
import json
import random
from datetime import datetime, timedelta, timezone

SOURCES = ("web", "web", "web", "ios", "shop")
NAMES = ("Clicked", "Clicked", "Order Completed", "Survey Answered", "Signed Up", "Searched")
PATHS = ("/", "/pricing", "/shop/", "/shop/cart", "/blog/é", "/docs?page=2")
REFERRERS = ("", "https://example.org/", "https://search.example/?q=hapax")
CAMPAIGNS = ({"source": "news", "medium": "mail", "name": "spring"}, {"source": "ads", "name": "x"})

# Of both worlds: as much may events be out of order. Whatever is older is late.
OUT_OF_ORDER = timedelta(days=1)


class Device:
    def __init__(self, number, person, source):
        self.key = f"device-{number}"
        self.person = person
        self.source = source
        self.made = 0
        self.logged_in = False

    def identity(self, random_):
        if random_.random() < 0.02:
            self.logged_in = True
        known = {"anonymousId": self.key}
        if self.logged_in:
            known["userId"] = self.person
        return known


class Generator:
    def __init__(self, seed, people=30, now=None):
        self.random = random.Random(seed)
        self.now = now or datetime.now(timezone.utc)
        self.devices = []
        for number in range(people * 2):
            self.devices.append(Device(number, f"user-{number % people}", self.random.choice(SOURCES)))
        self.serial = 0
        self.sent = []  # (source, event) of what can be repeated.

    def requests(self, events):
        """(events, body, headers) of about so many events."""
        made = 0
        while made < events:
            device = self.random.choice(self.devices)
            count = self.random.choice((1, 1, 3, 10, 40))
            made += count
            yield self.request(device, [self.something(device) for _ in range(count)])

    def request(self, device, events):
        body = json.dumps({"batch": events, "context": {"app": {"name": "shop"}}},
                          ensure_ascii=self.random.random() < 0.5)
        if self.random.random() < 0.02:  # One event of it is damaged.
            body = body.replace('"properties": {"n"', '"properties": {x"n"', 1)
        if self.random.random() < 0.01:  # All of it is.
            body = body[:len(body) * 2 // 3]
        headers = {"X-Write-Key": device.source, "Content-Type": "application/json"}
        data = body.encode()
        if self.random.random() < 0.3:
            headers["Content-Encoding"] = "gzip"
            data = gzip.compress(data, mtime=0)
        return events, data, headers

    def something(self, device):
        draw = self.random.random()
        if draw < 0.04:
            return self.bad(device)
        if draw < 0.14 and device.made:
            return self.again(device)
        event = self.good(device)
        self.sent.append((device, event))
        device.made += 1
        return event

    def again(self, device):
        """What the device has sent before: as it was, with other content, or at another time."""
        before = self.random.choice([event for of, event in self.sent[-2000:] if of is device]
                                    or [self.good(device)])
        draw = self.random.random()
        if draw < 0.7:
            return before
        if draw < 0.9:
            return {**before, "properties": {"n": -1, "other": True}}
        return {**before, "timestamp": self.time()}

    def bad(self, device):
        event = self.good(device)
        return self.random.choice((
            {**event, "event": None, "type": "track"},
            {**event, "type": "nonsense"},
            {**event, "anonymousId": "x" * 2000},
            {**event, "type": None},
            {**event, "userId": None, "anonymousId": None},
            {**event, "properties": json.loads("[" * 70 + "]" * 70)},
            7, "text", []))

    def time(self):
        """Of its own millisecond; never within some hours of what is late, expired or now."""
        self.serial += 1
        draw = self.random.random()
        if draw < 0.02:
            back = timedelta(days=self.random.uniform(8, 20))  # Late, and expired where minutes are.
        elif draw < 0.1:
            back = timedelta(hours=self.random.uniform(28, 140))  # Late.
        else:
            back = timedelta(hours=self.random.uniform(2, 20))
        moment = self.now - back
        millisecond = self.serial % 1000
        moment = moment.replace(microsecond=0) + timedelta(milliseconds=millisecond)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def good(self, device):
        random_ = self.random
        self.serial += 1
        event = {"messageId": f"{device.key}:{self.serial}", "timestamp": self.time(),
                 "type": random_.choice(("track", "track", "track", "page", "page", "screen", "identify",
                                         "group", "alias")),
                 **device.identity(random_)}
        if random_.random() < 0.05:  # From a server, which knows the person alone.
            event.pop("anonymousId")
            event["userId"] = device.key + "-person"
        self.fill(event)
        return event

    def fill(self, event):
        random_ = self.random
        kind = event["type"]
        properties = {"n": random_.randrange(1000), "ms": round(random_.lognormvariate(4, 1), 3),
                      "plan": random_.choice(("free", "pro", "team", None, 12, True)),
                      "sku": f"sku-{random_.randrange(40)}"}
        context = {}
        if kind == "track":
            event["event"] = random_.choice(NAMES)
            if event["event"] == "Survey Answered":
                properties["question"] = f"q{random_.randrange(3)}"
                properties["option"] = random_.choice("abc")
        if kind == "group":
            event["groupId"] = f"g{random_.randrange(3)}"
        if kind == "alias":
            event["previousId"] = "before"
        if kind == "page" or random_.random() < 0.2:
            context["page"] = {"path": random_.choice(PATHS), "referrer": random_.choice(REFERRERS)}
        if random_.random() < 0.1:
            context["campaign"] = random_.choice(CAMPAIGNS)
        if random_.random() < 0.05:
            event["sessionId"] = f"s{random_.randrange(100)}"
        event["properties"] = properties
        event["context"] = context


# Beside the views that are built in: every measure and kind of window that a cluster counts.
VIEWS = """
[[view]]
name = "numbers"
window = { tumbling = "15m" }
group_by = ["source", "properties.plan"]
measures = { count = "count", rate = "rate", sum = "sum(properties.ms)", mean = "avg(properties.n)", least = "min(properties.ms)", most = "max(properties.ms)", p50 = "quantile(properties.ms, 0.5)", p95 = "quantile(properties.ms, 0.95)" }

[[view]]
name = "values"
window = { tumbling = "1d", zone = "Asia/Kathmandu" }
group_by = ["type"]
measures = { earliest = "first(properties.sku)", newest = "last(properties.sku)", devices = "uniques(anonymous_id)", skus = "top(properties.sku, 5)" }

[[view]]
name = "slow"
where = { "properties.ms" = { ge = 100 }, not = { "properties.plan" = "pro" } }
window = { hopping = "1h", advance = "10m" }
group_by = ["event"]
measures = { count = "count", users = "uniques(user)" }
keep = "7d"

[[view]]
name = "of_all_time"
group_by = ["source"]
measures = { count = "count", users = "uniques(user)", skus = "top(properties.sku, 3)" }

[[view]]
name = "visits"
per = "user"
window = { session = "30m", by = "1d" }
group_by = ["source", "first(type)", "last(type)"]
measures = { visits = "count", seconds = "avg(key.seconds)", events = "quantile(key.events, 0.5)", bounces = "sum(key.bounced)" }

[[view]]
name = "people"
per = "user"
window = { tumbling = "1d" }
group_by = ["source"]
measures = { people = "count", new = "sum(key.is_new)", events = "avg(key.events)" }

# Clusters do not count it.
[[view]]
name = "devices"
per = "anonymous_id"
window = { tumbling = "1d" }
measures = { devices = "count" }
"""
