// SPDX-License-Identifier: Apache-2.0
#include "adapters/postgres/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/postgres/greeting.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;
using testing::Not;

Result<void> checked(PostgresSettings settings) {
  return check_postgres_settings(settings);
}

std::string value_of(const postgres::ConnectOptions& options, const std::string& keyword) {
  std::string value;  // The last one counts.
  for (std::size_t i = 0; options.keywords()[i] != nullptr; ++i) {
    value = options.keywords()[i] == keyword ? options.values()[i] : value;
  }
  return value;
}

TEST(PostgresSettingsTest, TakesBothFormsOfAConnection) {
  EXPECT_TRUE(checked({.connection = "postgresql://u:p@a:1,b:2/d?sslmode=require"}));
  EXPECT_TRUE(checked({.connection = "host=a user=u dbname=d"}));
  EXPECT_TRUE(checked({.connection = ""}));  // What libpq takes then: the environment, or a socket.
}

TEST(PostgresSettingsTest, RefusesWhatCannotBeRight) {
  for (const char* connection : {"hosts=a", "postgresql://a:b", "postgresql://u:secret@[a/d"}) {
    const Result<void> refused = checked({.connection = connection});
    if (!refused) {
      EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
      EXPECT_THAT(refused.error().text(), Not(HasSubstr("secret")));
    }
  }
  EXPECT_FALSE(checked({.connection = "hosts=a"}));
  EXPECT_FALSE(checked({.connection = "postgresql://u:secret@[a/d"}));
  for (const std::string& schema :
       {std::string(), std::string("1a"), std::string("A"), std::string("a-b"), std::string("a\"b"),
        std::string("pg_a"), std::string(64, 'a')}) {
    EXPECT_FALSE(checked({.connection = "", .schema = schema})) << schema;
  }
  EXPECT_TRUE(checked({.connection = "", .schema = std::string(63, 'a')}));
  EXPECT_FALSE(checked({.connection = "", .schema = "a", .cluster = ""}));
  EXPECT_FALSE(checked({.connection = "", .schema = "a", .cluster = "a\n"}));
}

TEST(PostgresSettingsTest, NamesThePlaceWithoutThePassword) {
  EXPECT_EQ(place_of({.connection = "postgresql://u:secret@a:1/d", .schema = "s"}),
            "schema s of database d at a:1");
  EXPECT_EQ(place_of({.connection = "dbname=d password=secret", .schema = "s"}),
            "schema s of database d at the local socket");
}

TEST(PostgresSettingsTest, HostsTakeTurnsWithTheirPorts) {
  const PostgresSettings two{.connection = "postgresql://a:1,b:2,c:3/d"};
  const postgres::ConnectOptions first(two, 0);
  EXPECT_EQ(value_of(first, "host"), "a,b,c");
  const postgres::ConnectOptions fifth(two, 4);
  EXPECT_EQ(value_of(fifth, "host"), "b,c,a");
  EXPECT_EQ(value_of(fifth, "port"), "2,3,1");
  const PostgresSettings one_port{.connection = "host=a,b port=7"};
  const postgres::ConnectOptions second(one_port, 1);
  EXPECT_EQ(value_of(second, "host"), "b,a");
  EXPECT_EQ(value_of(second, "port"), "");
}

}  // namespace
}  // namespace hapax
