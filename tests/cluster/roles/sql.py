# SPDX-License-Identifier: Apache-2.0
"""What people read in PostgreSQL beside hapax: the same numbers, whatever becomes of who publishes them."""

import json
import math
import unittest

from compare import Differs, rows_of
from two_worlds import TwoWorlds
from world import World, wait_until, wait_until_owned

FUNCTIONS = {"count": "sum", "sum": "sum", "min": "min", "max": "max"}
VIEWS = """
[[view]]
name = "orders"
window = { tumbling = "1h" }
group_by = ["event", "properties.plan"]
measures = { orders = "count", revenue = "sum(properties.price)", dearest = "max(properties.price)", users = "uniques(user)" }

[[view]]
name = "other_orders"
measures = { orders = "count" }
"""


def functions_of(view):
    """By measure what SQL makes one number of several with."""
    kinds = {name: text.split("(")[0] for name, text in view["spec"]["measures"].items()}
    return {name: FUNCTIONS[kind] for name, kind in kinds.items() if kind in FUNCTIONS}


def place(start, group, is_other):
    return start, json.dumps(group, sort_keys=True), is_other


def by_sql(world, view):
    numbers = "".join(f""", {function}((value -> '{function}' ->> '{name}')::numeric) AS "{name}\""""
                      for name, function in functions_of(view).items())
    rows = json.loads(world.postgres.sql(f"""
        SELECT coalesce(json_agg(row), '[]') FROM (
          SELECT value ->> 'start' AS "start", value -> 'group' AS "group", value ? 'other' AS "other"{numbers}
          FROM {world.cluster_settings()['postgres-schema']}.cells
          WHERE view = '{view['name']}' GROUP BY 1, 2, 3) AS row"""))
    return {place(row.pop("start"), row.pop("group"), row.pop("other")): row for row in rows}


def by_query(query, view):
    return {place(row.get("start", "-infinity"), row["group"], row.get("other", False)):
            {name: row["values"][name] for name in functions_of(view)}
            for row in rows_of(query, view)}


def is_same(one, other):
    """But for the last digits of a sum: each partition's is rounded."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-12)


def difference(world, query, view):
    """Nothing when there is none."""
    found, expected = by_sql(world, view), by_query(query, view)
    if found.keys() != expected.keys():
        return f"{len(found)} and {len(expected)} rows, {sorted(found.keys() ^ expected.keys())[:3]}"
    for at, row in expected.items():
        if any(not is_same(row[name], found[at][name]) for name in row):
            return f"{at}: {found[at]} and {row}"
    return None


def compare_sql(world, query, views):
    """Once all is published: how many rows were the same."""
    rows = 0
    for view in views:
        try:
            wait_until(lambda of=view: difference(world, query, of) is None, "the same numbers", 30)
        except AssertionError as error:
            raise Differs(f"{view['name']} by SQL and by query: {difference(world, query, view)}") from error
        rows += len(by_sql(world, view))
    return rows


class Cluster:
    """A collector, two owners of partitions and a server of queries."""

    def __init__(self, name):
        self.world = World(name, VIEWS, **{"views-defaults": "none"}).create()
        self.sent = 0

    def __enter__(self):
        self.world.__enter__()
        try:
            self.collector = self.world.collector().start()
            self.query = self.world.query().start()
            self.processes = []
            self.count_with("orders")
            for program in (self.collector, self.query):
                program.wait_until_ready()
        except BaseException as error:
            self.world.__exit__(error)
            raise
        return self

    def __exit__(self, *failure):
        self.world.__exit__(*failure)

    def count_with(self, sql_views):
        """Others take the place of the owners of partitions."""
        for process in self.processes:
            process.stop()
        self.processes = [self.world.processor(**{"postgres-sql-views": sql_views}).start() for _ in range(2)]
        wait_until_owned(self.processes)

    def send(self, day, users=40):
        events = [{"type": "track", "event": "Bought", "messageId": f"id-{self.sent + number}",
                   "userId": f"user-{number}", "timestamp": f"2026-01-{day:02}T00:{number:02}:00Z",
                   "properties": {"plan": ("pro", None, 12, True)[number % 4], "price": number + 0.25}}
                  for number in range(users)]
        self.sent += users
        status, _, body = TwoWorlds.acknowledged(self.collector, json.dumps({"batch": events}),
                                                 {"X-Write-Key": "web"})
        assert status == 200, body

    def view(self, name):
        return next(view for view in self.query.get("/api/views")["views"] if view["name"] == name)

    def require_same(self, name="orders"):
        view = self.view(name)
        wait_until(lambda: sum(row["orders"] for row in by_query(self.query, view).values()) == self.sent,
                   f"{self.sent} events that are counted")
        return compare_sql(self.world, self.query, [view])

    def sql_views(self):
        schema = self.world.cluster_settings()["postgres-schema"]
        return self.world.postgres.sql(f"SELECT DISTINCT view FROM {schema}.cells ORDER BY 1").split()


class SqlTest(unittest.TestCase):
    def test_people_read_what_queries_answer(self):
        with Cluster("sql") as cluster:
            cluster.send(day=2)
            self.assertEqual(cluster.require_same(), 4)
            cluster.send(day=5)
            cluster.send(day=2)  # Late: the rows are replaced.
            self.assertEqual(cluster.require_same(), 8)
            schema = cluster.world.cluster_settings()["postgres-schema"]
            parts = cluster.world.postgres.sql(f"SELECT count(DISTINCT part) FROM {schema}.cells")
            self.assertGreater(int(parts), 1)
            unreadable = cluster.world.postgres.sql(f"SELECT DISTINCT value -> 'unreadable' FROM {schema}.cells")
            self.assertEqual(unreadable.strip(), '["users"]')
            cluster.processes[0].kill()
            cluster.send(day=3)
            self.assertEqual(cluster.require_same(), 12)
            cluster.world.postgres.sql(f"DROP SCHEMA {schema} CASCADE")
            cluster.send(day=4)
            wait_until(lambda: cluster.query.ask("GET", "/api/views/orders")[0] == 200, "tables that are there again")
            self.assertEqual(cluster.require_same(), 16)

    def test_another_choice_of_views_holds_from_the_next_owners_on(self):
        with Cluster("sql-choice") as cluster:
            cluster.send(day=2)
            cluster.require_same()
            self.assertEqual(cluster.sql_views(), ["orders"])
            cluster.count_with("none")
            wait_until(lambda: cluster.sql_views() == [], "tables without rows for people")
            cluster.send(day=2)
            cluster.count_with("all")
            wait_until(lambda: cluster.sql_views() == ["orders", "other_orders"], "rows of all views")
            cluster.send(day=3)
            cluster.require_same()
            cluster.require_same("other_orders")

    def test_a_view_that_is_not_there_is_refused(self):
        with World("sql-refused", VIEWS, **{"views-defaults": "none"}) as world:
            world.create()
            process = world.processor(**{"postgres-sql-views": "order"})
            with self.assertRaisesRegex(AssertionError, 'no view "order" is counted by this cluster'):
                process.start()
            process.process.stdout.close()


if __name__ == "__main__":
    unittest.main(verbosity=2)
