// SPDX-License-Identifier: Apache-2.0
// The tables in a real PostgreSQL: how they are made, whose they are, what can be seen in them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "adapters/postgres/postgres_setup.hpp"
#include "publisher.hpp"
#include "real_postgres.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;

constexpr PartitionId kOne{0};

TEST(PostgresSchemaTest, ManyMakeTheTablesAtOnce) {
  RealPostgres server;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&server] {
      const Result<void> made = set_up_postgres(server.settings());
      EXPECT_TRUE(made) << made.error().text();
    });
  }
  threads.clear();
  EXPECT_EQ(server.sql("SELECT version || ' ' || cluster FROM @.format"), "1 tests");
}

TEST(PostgresSchemaTest, TablesOfAnotherClusterAreLeftAlone) {
  RealPostgres server;
  const auto store = server.open_store();
  ASSERT_TRUE(publish(*store, kOne, whole_version(1, 0)));
  server.settings().cluster = "another's";
  const Result<void> set_up = set_up_postgres(server.settings());
  ASSERT_FALSE(set_up);
  EXPECT_EQ(set_up.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(set_up.error().text(),
              HasSubstr("are of the cluster \"tests\", this is \"another's\""));
  EXPECT_EQ(publish(*server.open_store(), kOne, whole_version(2, 0)).error().kind,
            ErrorKind::kInvalid);
  EXPECT_EQ(server.open_reader()->published().error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(server.sql("SELECT version FROM @.partitions"), "1");
}

TEST(PostgresSchemaTest, TablesOfAnotherFormatAreLeftAlone) {
  RealPostgres server;
  ASSERT_TRUE(set_up_postgres(server.settings()));
  server.sql("UPDATE @.format SET version = 2");
  const Result<void> refused = publish(*server.open_store(), kOne, whole_version(1, 0));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(refused.error().text(),
              HasSubstr("are of format 2, this program reads and writes 1"));
  EXPECT_EQ(server.open_reader()->published().error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(server.sql("SELECT count(*) FROM @.rows"), "0");
}

TEST(PostgresSchemaTest, AReaderMakesNothing) {
  RealPostgres server;
  const auto published = server.open_reader()->published();
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(published.error().text(), HasSubstr("whoever publishes first makes them"));
  EXPECT_EQ(server.sql("SELECT count(*) FROM pg_namespace WHERE nspname = '@'"), "0");
}

TEST(PostgresSchemaTest, TheRightsThatAreDocumentedAreEnough) {
  RealPostgres server;
  const std::string user = server.settings().schema + "_user";
  const auto connection = [&](const std::string& name) {
    return fmt::format("host={} dbname=postgres user={}", server.socket_folder(), name);
  };
  server.sql(
      fmt::format("CREATE ROLE {0}_w LOGIN; CREATE ROLE {0}_r LOGIN; CREATE ROLE {0}_s LOGIN; "
                  "CREATE SCHEMA @ AUTHORIZATION {0}_w;",
                  user));
  server.settings().connection = connection(user + "_w");
  const auto store = server.open_store();
  PartitionUpdate update = whole_version(1, 0);
  StateWrite::Table& cells = update.change.tables.emplace_back();
  cells.name = "sql.clicks";
  cells.changes.put("k", R"({"count": 7})");
  const Result<void> published = publish(*store, kOne, std::move(update));
  ASSERT_TRUE(published) << published.error().text();
  server.settings().connection = connection(user + "_r");
  const auto reader = server.open_reader();
  const auto refused = reader->published();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(refused.error().text(), HasSubstr("permission denied"));
  server.sql(
      fmt::format("GRANT USAGE ON SCHEMA @ TO {0}_r, {0}_s; "
                  "GRANT SELECT ON ALL TABLES IN SCHEMA @ TO {0}_r; "
                  "GRANT SELECT ON @.cells TO {0}_s",
                  user));
  EXPECT_EQ(reader->published().value().size(), 1U);
  EXPECT_EQ(server.sql(fmt::format("SET ROLE {}_s; SELECT value ->> 'count' FROM @.cells", user)),
            "7");
  server.sql(fmt::format("DROP SCHEMA @ CASCADE; DROP ROLE {0}_w, {0}_r, {0}_s", user));
}

TEST(PostgresSchemaTest, CellsOfSqlTablesAreShownAsJson) {
  RealPostgres server;
  const auto store = server.open_store();
  for (std::uint32_t part = 0; part < 2; ++part) {
    PartitionUpdate update{.version = 1, .since = 0, .change = {}};
    const auto put = [&update](const std::string& table, const std::string& value) {
      update.change.tables.emplace_back().name = table;
      update.change.tables.back().changes.put(std::string("\0\xFF", 2), value);
    };
    put("sql.clicks", fmt::format(R"({{"page": "/\u00e4", "count": {}}})", part + 1));
    put("sqlx", "no JSON");
    put("view.1", std::string("\0no JSON", 8));
    ASSERT_TRUE(publish(*store, PartitionId(part), std::move(update)));
  }
  EXPECT_EQ(server.sql("SELECT string_agg(view || part || (value ->> 'page'), ' ' ORDER BY part) "
                       "FROM @.cells"),
            "clicks0/\xC3\xA4 clicks1/\xC3\xA4");
  EXPECT_EQ(server.sql("SELECT sum((value ->> 'count')::int) FROM @.cells WHERE view = 'clicks'"),
            "3");
}

TEST(PostgresSchemaTest, ErrorsSayWhatTheServerSaid) {
  RealPostgres server;
  server.settings().connection =
      fmt::format("host={} dbname=none_such user=hapax", server.socket_folder());
  const Result<void> no_database = publish(*server.open_store(), kOne, whole_version(1, 0));
  ASSERT_FALSE(no_database);
  EXPECT_EQ(no_database.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(no_database.error().message, HasSubstr("database \"none_such\" does not exist"));
  EXPECT_THAT(server.open_reader()->published().error().message,
              HasSubstr("database \"none_such\" does not exist"));
}

}  // namespace
}  // namespace hapax
