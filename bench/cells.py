# SPDX-License-Identifier: Apache-2.0
"""What a cell takes, and what queries cost by how many cells there are."""

import http.client
import json
import statistics
import time
import urllib.parse

from servers import Hapax
from tables import print_table

CELLS = (1_000_000, 10_000_000)
WINDOW_CELLS = 100_000  # Names of a minute.
BATCH = 2_000
QUERIES = 100
KEY = "bench"
VIEW = "/api/views/events_per_minute"
MINUTE = "from=2026-11-01T00:00:00Z&to=2026-11-01T00:01:00Z"
PATHS = {
    "one group's hour": f"{VIEW}?from=2026-11-01T00:00:00Z&to=2026-11-01T01:00:00Z&source=bench&event=name-77777",
    "a page of 1,000 cells": f"{VIEW}?{MINUTE}&source=bench&limit=1000",
    "the first ten of a minute by count": f"{VIEW}?{MINUTE}&source=bench&order=-count&limit=10",
}


def cells(programs, directory):
    columns, rows = [], [["bytes a cell"], *([name] for name in PATHS)]
    for count in CELLS:
        with Hapax(programs, directory / str(count), "--api-admin-keys", KEY, "--names-new-per-day", "0") as server:
            fill(server, count)
            columns.append(f"{count:,} cells")
            rows[0].append(f"{bytes_of_a_cell(server):.0f}")
            for row, path in zip(rows[1:], PATHS.values()):
                row.append(f"{milliseconds(server, path):.2f} ms")
    print_table(f"{WINDOW_CELLS:,} cells a minute; medians of {QUERIES} queries with their HTTP exchange",
                ["what", *columns], rows)


def fill(server, count):
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.url).netloc)
    for begin in range(0, count, BATCH):
        when = time.strftime("%Y-%m-%dT%H:%M:00Z", time.gmtime(1_793_491_200 + begin // WINDOW_CELLS * 60))
        body = json.dumps({"writeKey": "bench", "batch": [
            {"type": "track", "event": f"name-{number % WINDOW_CELLS}", "userId": "u", "messageId": f"m{number}",
             "timestamp": when} for number in range(begin, begin + BATCH)]})
        connection.request("POST", "/v1/batch", body)
        assert json.loads(connection.getresponse().read())["accepted"] == BATCH
    server.wait_until_processed()


def bytes_of_a_cell(server):
    """As far as explain looks: not all, beyond a million."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(server.url).netloc)
    connection.request("GET", f"{VIEW}/explain", headers={"Authorization": f"Bearer {KEY}"})
    extent = json.loads(connection.getresponse().read())["extent"]
    return extent["bytes"] / extent["cells"]


def milliseconds(server, path):
    took = []
    for _ in range(QUERIES):
        began = time.monotonic()
        rows = server.get(path)["rows"]
        took.append((time.monotonic() - began) * 1000)
        assert rows
    return statistics.median(took)
