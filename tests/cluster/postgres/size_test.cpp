// SPDX-License-Identifier: Apache-2.0
// Large updates of tables in a real PostgreSQL.
#include <sys/resource.h>

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "publisher.hpp"
#include "real_postgres.hpp"
#include "testing/random_cases.hpp"

namespace hapax {
namespace {

constexpr bool kMemoryIsOurs = !kIsSanitized;  // A sanitizer keeps what was freed.

constexpr PartitionId kOne{0};
constexpr PartitionId kOther{1};
constexpr std::size_t kRows = 200'000;

class PostgresSizeTest : public testing::Test {
 protected:
  void publish(PartitionId partition, PartitionUpdate update, const char* what) {
    const auto start = std::chrono::steady_clock::now();
    const Result<void> done = hapax::publish(*store_, partition, std::move(update));
    ASSERT_TRUE(done) << what << ": " << done.error().text();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::printf("%s: %.2f s\n", what, took.count());
  }
  std::string count(const std::string& where) {
    return server_.sql("SELECT count(*) FROM @.rows WHERE " + where);
  }
  static std::string key(std::size_t i) { return std::to_string(1'000'000 + i); }
  static long memory_kib() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  }

  RealPostgres server_;
  std::unique_ptr<PostgresViewStore> store_ = server_.open_store();
};

TEST_F(PostgresSizeTest, ManyRowsArePutErasedAndDropped) {
  publish(kOther, whole_version(1, 0, kRows), "put into an empty store");
  publish(kOne, whole_version(1, 0, kRows), "put beside those of another partition");
  publish(kOne, whole_version(2, 1, kRows), "put again");
  EXPECT_EQ(count("part = 0 AND value = '2'"), std::to_string(kRows));

  PartitionUpdate keys{.version = 3, .since = 2, .change = {}};
  StateWrite::Table& erased = keys.change.tables.emplace_back();
  erased.name = "t";
  for (std::size_t i = 0; i < kRows; i += 2) {
    erased.changes.erase(key(i));
  }
  publish(kOne, std::move(keys), "every second one erased");
  EXPECT_EQ(count("part = 0"), std::to_string(kRows / 2));

  PartitionUpdate range{.version = 4, .since = 3, .change = {}};
  range.change.tables.push_back(
      {.name = "t", .erased = {{.from = key(0), .to = key(kRows / 2)}}, .changes = {}});
  publish(kOne, std::move(range), "half of the others erased as a range");
  EXPECT_EQ(count("part = 0"), std::to_string(kRows / 4));

  PartitionUpdate table{.version = 5, .since = 4, .change = {}};
  table.change.tables.push_back({.name = "t", .dropped = true, .changes = {}});
  publish(kOne, std::move(table), "the table dropped");
  EXPECT_EQ(count("part = 0"), "0");

  publish(kOne, whole_version(6, 0, kRows), "all anew");
  publish(kOne, whole_version(7, 0, kRows), "all in place of all");
  EXPECT_EQ(count("part = 0 AND value = '7'"), std::to_string(kRows));
  EXPECT_EQ(count("part = 1 AND value = '1'"), std::to_string(kRows));
}

TEST_F(PostgresSizeTest, RowsAreReadInTheirOrderAndFoundAtOnce) {
  constexpr std::uint32_t kParts = 16;
  constexpr std::size_t kRowsOfEach = 20'000;
  for (std::uint32_t part = 0; part < kParts; ++part) {
    ASSERT_TRUE(hapax::publish(*store_, PartitionId(part), whole_version(1, 0, kRowsOfEach)));
  }
  const auto reader = server_.open_reader();
  const Result<void> done = reader->snapshot()->read([&](SnapshotReader& at) -> Result<void> {
    const auto start = std::chrono::steady_clock::now();
    std::size_t rows = 0;
    const auto cursor = at.cursor("t", "\xFF");
    for (cursor->seek(""); cursor->valid(); cursor->next(), ++rows) {
      EXPECT_EQ(cursor->key(), key(rows / kParts));
      EXPECT_EQ(cursor->part(), rows % kParts);
    }
    HAPAX_TRY(cursor->status());
    EXPECT_EQ(rows, kParts * kRowsOfEach);
    const auto scanned = std::chrono::steady_clock::now();
    constexpr std::size_t kFinds = 2'000;
    for (std::size_t i = 0; i < kFinds; ++i) {
      HAPAX_ASSIGN(const auto found, at.find_in(i % kParts, "t", key(i * 7)));
      EXPECT_EQ(found, "1");
    }
    const std::chrono::duration<double> scan = scanned - start;
    const std::chrono::duration<double> finds = std::chrono::steady_clock::now() - scanned;
    std::printf("%zu rows in order: %.2f s; a find: %.3f ms\n", rows, scan.count(),
                finds.count() * 1'000 / kFinds);
    return {};
  });
  EXPECT_TRUE(done) << done.error().text();
}

TEST_F(PostgresSizeTest, AnUpdateOfAMillionRowsIsThereOnceAndAPieceOfIt) {
  constexpr std::size_t kMillion = 1'000'000;
  PartitionUpdate update{.version = 1, .since = 0, .change = {}};
  StateWrite::Table& table = update.change.tables.emplace_back();
  table.name = "t";
  table.changes.reserve(kMillion, kMillion * 108);
  for (std::size_t i = 0; i < kMillion; ++i) {
    table.changes.put(std::to_string(10'000'000 + i), std::string(100, 'v'));
  }
  const long before = memory_kib();
  publish(kOne, std::move(update), "a million rows of 108 bytes");
  EXPECT_TRUE(!kMemoryIsOurs || memory_kib() - before < 32 * 1024) << memory_kib() - before;
  EXPECT_EQ(count("true"), std::to_string(kMillion));
  std::printf("they take %s MiB\n",
              server_.sql("SELECT pg_total_relation_size('@.rows') / 1048576").c_str());
}

}  // namespace
}  // namespace hapax
