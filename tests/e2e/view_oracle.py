# SPDX-License-Identifier: Apache-2.0
"""What the views that are built in say of events, by their definition: EXPECTED. Events are those that
`hapax log dump` tells of."""

import collections
import json
import math
import subprocess
from datetime import datetime, timedelta, timezone

from server import BINARY

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
GAP = timedelta(minutes=30)
KEEP = {"active_users_per_minute": 7 * DAY, "events_per_hour": 90 * DAY, "active_users_per_hour": 90 * DAY,
        "pages_per_hour": 90 * DAY, "events_per_day": 800 * DAY, "active_users_per_day": 800 * DAY,
        "active_users_per_week": 800 * DAY, "sessions_per_day": 800 * DAY, "referrers_per_day": 800 * DAY,
        "campaigns_per_day": 800 * DAY, "entry_pages_per_day": 90 * DAY, "exit_pages_per_day": 90 * DAY,
        "survey_answers": 800 * DAY, "active_users_per_month": 1600 * DAY}


def path(event, *names):
    """What lies there, or None."""
    value = event
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


class Event:
    """One of the log, with what the views ask of it."""

    def __init__(self, line):
        self.id = line["messageId"]
        self.at = datetime.fromisoformat(line["eventTime"])
        self.received = datetime.fromisoformat(line["receivedAt"])
        self.user = line.get("userId") or line["anonymousId"]
        self.source, self.type, self.name = line["source"], line["type"], line.get("name")
        self.line = line


def tumbling(length):
    def window(time):
        start = time - (time - EPOCH) % length
        return start, start + length
    return window


def week(time):
    day = tumbling(DAY)(time)[0]
    monday = day - day.weekday() * DAY
    return monday, monday + 7 * DAY


def month(time):
    first = tumbling(DAY)(time)[0].replace(day=1)
    return first, (first + 31 * DAY).replace(day=1)


def counted(events, keep, window_of, group):
    """{(window, group): {count, users}} of the events that have a group and came in time."""
    cells = collections.defaultdict(list)
    for event in events:
        key = group(event)
        start, end = window_of(event.at)
        if key is not None and (keep is None or end + keep > event.received):
            cells[start, key].append(event)
    return {cell: {"count": len(inside), "users": len({event.user for event in inside})}
            for cell, inside in cells.items()}


def users_only(cells):
    return {cell: {"users": values["users"]} for cell, values in cells.items()}


def sessions(events):
    """Each a list of one user's events by time, none further apart than GAP."""
    by_user = collections.defaultdict(list)
    for event in events:
        by_user[event.user].append(event)
    for of_user in by_user.values():
        of_user.sort(key=lambda event: event.at)
        session = [of_user[0]]
        for event in of_user[1:]:
            if event.at - session[-1].at > GAP:
                yield session
                session = []
            session.append(event)
        yield session


def sessions_by(events, keep, group, events_name="events"):
    cells = collections.defaultdict(list)
    for session in sessions(event for event in events if event.at + GAP + keep > event.received):
        cells[tumbling(DAY)(session[0].at)[0], group(session)].append(session)
    return {cell: {"sessions": len(inside),
                   "seconds": math.fsum((s[-1].at - s[0].at).total_seconds() for s in inside)
                              / len(inside),
                   events_name: sum(map(len, inside)) / len(inside),
                   "bounces": sum(len(s) == 1 for s in inside)}
            for cell, inside in cells.items()}


def sessions_per_day(events, keep):
    return sessions_by(events, keep, lambda session: by_source(session[0]))


def sessions_by_page(which):
    def expected(events, keep):
        pages = [event for event in events if event.type == "page"]
        return sessions_by(pages, keep, lambda session: by_page(session[which]), "pages")
    return expected


def new_users(events, keep):
    first = {}
    for event in events:
        if event.user not in first or event.at < first[event.user].at:
            first[event.user] = event
    return users_only(counted(first.values(), keep, tumbling(DAY), lambda event: (event.source,)))


def by_name(event):
    return event.source, event.name, event.type


def by_source(event):
    return (event.source,)


def by_referrer(event):
    referrer = path(event.line, "context", "page", "referrer")
    return referrer and (event.source, referrer)


def by_campaign(event):
    campaign = path(event.line, "context", "campaign")
    return campaign and (event.source, campaign["source"], campaign["medium"], campaign["name"])


def by_answer(event):
    asked = path(event.line, "properties")
    return (event.source, asked["question"], asked["option"]) if event.name == "Survey Answered" else None


def by_page(event):
    return event.source, path(event.line, "context", "page", "path")


def of(window, group):
    return lambda events, keep: counted(events, keep, window, group)


def users_of(window):
    return lambda events, keep: users_only(counted(events, keep, window, by_source))


EXPECTED = {
    "events_per_minute": of(tumbling(MINUTE), by_name),
    "events_per_hour": of(tumbling(HOUR), by_name),
    "events_per_day": of(tumbling(DAY), by_name),
    "active_users_per_minute": users_of(tumbling(MINUTE)),
    "active_users_per_hour": users_of(tumbling(HOUR)),
    "active_users_per_day": users_of(tumbling(DAY)),
    "active_users_per_week": users_of(week),
    "active_users_per_month": users_of(month),
    "new_users_per_day": new_users,
    "sessions_per_day": sessions_per_day,
    "entry_pages_per_day": sessions_by_page(0),
    "exit_pages_per_day": sessions_by_page(-1),
    "pages_per_hour": of(tumbling(HOUR), by_page),
    "referrers_per_day": of(tumbling(DAY), by_referrer),
    "campaigns_per_day": of(tumbling(DAY), by_campaign),
    "survey_answers": of(tumbling(DAY), by_answer),
}


def events_in(directory):
    """The first of each id, in the log's order."""
    dumped = subprocess.run([BINARY, "log", "dump", "--data-dir", directory],
                            capture_output=True, text=True, check=True)
    events = {}
    for line in dumped.stdout.splitlines():
        record = json.loads(line)
        if "messageId" in record and "control" not in record:
            events.setdefault(record["messageId"], Event(record))
    return list(events.values())


def cells_of(server, view):
    """{(start of the window, group): values} of all rows."""
    query = f"/api/views/{view}?from=1960-01-01T00:00:00Z&limit=10000"
    cells, cursor = {}, ""
    while cursor is not None:
        status, answer = server.get(query + cursor)
        assert status == 200, answer
        for row in answer["rows"]:
            group = tuple(value for value in row["group"].values())
            cells[datetime.fromisoformat(row["start"]), group] = row["values"]
        cursor = "&cursor=" + answer["next"] if "next" in answer else None
    return cells


def difference(cells, expected):
    """What a view says and should not, or the other way round; None when all is as expected."""
    if cells.keys() != expected.keys():
        return {"lacks": expected.keys() - cells.keys(), "has": cells.keys() - expected.keys()}
    for cell, values in cells.items():
        for name, value in values.items():
            if not math.isclose(value, expected[cell][name], rel_tol=1e-12):
                return cell, name, value, expected[cell][name]
    return None
