# SPDX-License-Identifier: Apache-2.0
"""Whether two servers answer alike: views in every way that they can be asked, and books."""

import csv
import io
import json
from datetime import datetime, timezone
from urllib.parse import quote, urlencode

# Digests of the books that are of ids which clients made.
SENT = ("accepted", "unique", "duplicate", "counted")
# What tells of when something came and was read, which differs from run to run.
OF_THE_RUN = ("state", "revision", "current")
COARSER = {"1m": ("1h", "1d", "1w"), "15m": ("1h", "1d"), "1h": ("1d", "1mo"), "1d": ("1w", "1mo")}
BEGIN = "1970-01-01T00:00:00Z"


class Differs(AssertionError):
    """Of which question, and where."""


def has_windows(view):
    return view["spec"].get("window", "none") != "none"


def rows_of(server, view, **parameters):
    """All rows that there are, page by page; or why it is refused."""
    query = {"limit": "10000", **({"from": BEGIN} if has_windows(view) else {}), **parameters}
    rows = []
    while True:
        status, _, body = server.ask("GET", f"/api/views/{view['name']}?{urlencode(query)}")
        answer = json.loads(body)
        if status == 400:
            return [{"refused": answer["message"]}]
        assert status == 200, (server.name, view["name"], query, answer)
        rows += answer["rows"]
        if answer.get("next") is None:
            return rows
        query["cursor"] = answer["next"]


def csv_of(server, view, **parameters):
    query = {"limit": "10000", "format": "csv", **({"from": BEGIN} if has_windows(view) else {}),
             **parameters}
    lines = []
    while True:
        path = f"/api/views/{view['name']}?{urlencode(query)}"
        status, headers, body = server.ask("GET", path)
        assert status == 200, (server.name, path, status, body)
        lines += list(csv.DictReader(io.StringIO(body, newline="")))
        if "Hapax-Next" not in headers:
            return lines
        query["cursor"] = headers["Hapax-Next"]


def told(rows):
    """Rows without what is of the run."""
    return [{name: value for name, value in row.items() if name not in OF_THE_RUN} for row in rows]


def require_equal(question, one, other):
    if one == other:
        return
    if isinstance(one, list) and isinstance(other, list):
        for number, (left, right) in enumerate(zip(one, other)):
            if left != right:
                raise Differs(f"{question}: row {number} of {len(one)} and {len(other)}:\n"
                              f"  {json.dumps(left, ensure_ascii=False)}\n"
                              f"  {json.dumps(right, ensure_ascii=False)}")
        raise Differs(f"{question}: {len(one)} and {len(other)} rows; the first that one lacks: "
                      f"{(one + other)[min(len(one), len(other))]}")
    raise Differs(f"{question}:\n  {one}\n  {other}")


def questions(view, rows):
    """Parameters of all that is asked of a view."""
    spec = view["spec"]
    fields = [field for field in rows[0]["group"]] if rows else []
    yield {}
    ranked = [name for name, text in spec["measures"].items()
              if not text.startswith(("first(", "last(", "top("))]
    for name in ranked:
        yield {"order": name, "limit": "50"}
        yield {"order": "-" + name, "limit": "50"}
    for name in spec["measures"]:
        yield {"measures": name}
    yield {"group_by": ""}
    for field in fields:
        yield {"group_by": field}
        values = sorted({text_of(row["group"][field]) for row in rows})
        for value in values[:3]:
            yield {"group." + field: value}
            yield {"group." + field: value, "group_by": ""}
    window = spec.get("window", {})
    tumbling = window.get("tumbling") if isinstance(window, dict) else None
    for coarser in COARSER.get(tumbling, ()):
        yield {"window": coarser}
        yield {"window": coarser, "group_by": ""}
        for name in ranked:
            yield {"window": coarser, "order": "-" + name, "limit": "20"}


def text_of(value):
    """As parameters say it: a text in quotes where it would read as something else."""
    if value is None:
        return ""
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError:
            return value
        return json.dumps(value)
    return json.dumps(value)


def compare_view(one, other, view):
    """How many questions were asked."""
    rows = rows_of(one, view)
    assert rows and "refused" not in rows[0], (view["name"], rows[:1])
    asked = 0
    for parameters in questions(view, rows):
        question = f"{view['name']}?{urlencode(parameters, quote_via=quote)}"
        require_equal(question, told(rows_of(one, view, **parameters)),
                      told(rows_of(other, view, **parameters)))
        asked += 1
    require_equal(view["name"] + ", CSV", told(csv_of(one, view)), told(csv_of(other, view)))
    return asked + 1


def compare_finality(one, other, view, late_before, margin):
    """Rows are final alike, but for windows whose end is within `margin` of where the line is."""
    def states(server):
        found = {}
        for row in rows_of(server, view):
            end = datetime.fromisoformat(row["end"])
            if abs(end - late_before) > margin:
                found[row["start"], json.dumps(row["group"], sort_keys=True)] = row["state"]
        return found
    require_equal(view["name"] + ", states", sorted(states(one).items()), sorted(states(other).items()))


def figures(source):
    """What the books say of it, without what is of the run."""
    return {**{name: value for name, value in source.items() if name != "newest_received"},
            "digest": {name: source["digest"][name] for name in SENT}}


def compare_books(one, other):
    """Every figure and digest of every source, and the account of every view that both have."""
    books = [server.get("/api/audit") for server in (one, other)]
    for server, audit in zip((one, other), books):
        if not audit["balanced"]:
            broken = [e for e in audit["equations"] if not e["holds"]]
            raise Differs(f"books of {server.name} are not balanced: {broken}")
    sources = [{source["source"]: figures(source) for source in audit["sources"]} for audit in books]
    require_equal("sources of the books", sorted(sources[0]), sorted(sources[1]))
    for source in sources[0]:
        for name, value in sources[0][source].items():
            require_equal(f"books of {source}, {name}", value, sources[1][source].get(name))
    views = [{view["view"]: view for view in audit["views"]} for audit in books]
    names = [{name.rsplit(".", 1)[0]: view for name, view in of.items()} for of in views]
    for name, account in names[1].items():
        expected = {key: value for key, value in names[0][name].items() if key != "view"}
        found = {key: value for key, value in account.items() if key != "view"}
        require_equal(f"the account of {name}", expected, found)
    return books


def now():
    return datetime.now(timezone.utc)
