// SPDX-License-Identifier: Apache-2.0
#include "published/views/laid_over_cursor.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "stream/stored_runs.hpp"
#include "testing/memory_view_store.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {
namespace {

using Rows = std::map<std::string, std::string>;

CellRows run_of(const Rows& rows) {
  CellRows run;
  for (const auto& [key, value] : rows) {
    run.add(key, value);
  }
  run.sort();
  return run;
}

/// What two partitions have stored, and what lies over it.
class LaidOverCursorTest : public testing::Test {
 protected:
  using Lines = std::vector<std::string>;

  void store(std::uint32_t part, const Rows& rows) {
    PartitionUpdate update{.version = ++version_, .since = 0, .change = {}};
    StateWrite::Table& table = update.change.tables.emplace_back();
    table.name = "t";
    for (const auto& [key, value] : rows) {
      table.changes.put(key, value);
    }
    ASSERT_TRUE(tables_.publish(PartitionId(part), update));
  }
  void lay(std::uint32_t part, const Rows& rows) {
    if (over_.empty() || over_.back().part != part) {
      over_.push_back({.part = part, .runs = {}});
    }
    over_.back().runs.insert(over_.back().runs.begin(),
                             std::make_shared<const CellRows>(run_of(rows)));
  }
  /// "0: sa=1".
  Lines scan(const std::string& from = "", const std::string& to = "\xFF") {
    Lines lines;
    EXPECT_TRUE(reader_.snapshot()->read([&](SnapshotReader& stored) -> Result<void> {
      LaidOverCursor cursor(stored.cursor("t", to), over_, to);
      for (cursor.seek(from); cursor.valid(); cursor.next()) {
        lines.push_back(std::to_string(cursor.part()) + ": " + std::string(cursor.key()) + "=" +
                        std::string(cursor.value()));
      }
      return cursor.status();
    }));
    return lines;
  }

  std::uint64_t version_ = 0;
  PublishedTables tables_;
  MemoryViewReader reader_{tables_};
  RowsOver over_;
};

TEST_F(LaidOverCursorTest, RowsReplaceThoseOfTheirPartitionAlone) {
  store(0, {{"sa", "1"}, {"sc", "1"}});
  store(1, {{"sa", "2"}, {"sc", "2"}});
  lay(0, {{"sa", "3"}, {"sb", "3"}});
  EXPECT_EQ(scan(), (Lines{"0: sa=3", "1: sa=2", "0: sb=3", "0: sc=1", "1: sc=2"}));
  EXPECT_EQ(scan("sb"), (Lines{"0: sb=3", "0: sc=1", "1: sc=2"}));
  EXPECT_EQ(scan("", "sb"), (Lines{"0: sa=3", "1: sa=2"}));
}

TEST_F(LaidOverCursorTest, OfSeveralRunsTheNewestCounts) {
  store(0, {{"sa", "1"}});
  lay(0, {{"sa", "2"}, {"sb", "2"}});
  lay(0, {{"sb", "3"}});
  lay(0, {{"sa", "4"}});
  EXPECT_EQ(scan(), (Lines{"0: sa=4", "0: sb=3"}));
}

TEST_F(LaidOverCursorTest, WhatIsGoneIsNotThere) {
  store(0, {{"sa", "1"}, {"sb", "1"}});
  store(1, {{"sa", "2"}});
  lay(0, {{"sa", ""}, {"sc", ""}});
  EXPECT_EQ(scan(), (Lines{"1: sa=2", "0: sb=1"}));
}

TEST_F(LaidOverCursorTest, ACellThatLiesOverHasNoStoredRuns) {
  const auto run = [](const char* cell, std::uint32_t number) { return run_key(cell, number); };
  store(0, {{"sa", "1"}, {run("a", 0), "1"}, {run("a", 3), "1"}, {run("b", 1), "1"}});
  store(1, {{run("a", 1), "2"}});
  lay(0, {{"sa", "3"}, {run("a", 0), "3"}});
  EXPECT_EQ(scan(), (Lines{"0: sa=3", "0: " + run("a", 0) + "=3", "1: " + run("a", 1) + "=2",
                           "0: " + run("b", 1) + "=1"}));
}

TEST_F(LaidOverCursorTest, IsWhatAMapOfAllWouldBe) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    std::map<std::pair<std::string, std::uint32_t>, std::string> expected;
    over_.clear();
    const auto some = [&](bool may_be_gone) {
      Rows rows;
      for (std::uint64_t left = random.below(12); left > 0; --left) {
        const std::string key = "s" + std::string(1, static_cast<char>('a' + random.below(9)));
        rows[key] = may_be_gone && random.one_in(4) ? "" : std::to_string(random.below(100));
      }
      return rows;
    };
    for (std::uint32_t part = 0; part < 3; ++part) {
      const Rows stored = some(false);
      store(part, stored);
      for (const auto& [key, value] : stored) {
        expected[{key, part}] = value;
      }
      for (std::uint64_t runs = random.below(4); runs > 0; --runs) {
        const Rows rows = some(true);
        lay(part, rows);
        for (const auto& [key, value] : rows) {
          expected[{key, part}] = value;
        }
      }
    }
    const std::string from = "s" + std::string(1, static_cast<char>('a' + random.below(9)));
    const std::string to = "s" + std::string(1, static_cast<char>('a' + random.below(10)));
    Lines lines;
    for (const auto& [at, value] : expected) {
      if (!value.empty() && at.first >= from && at.first < to) {
        lines.push_back(std::to_string(at.second) + ": " + at.first + "=" + value);
      }
    }
    EXPECT_EQ(scan(from, to), lines);
  }
}

}  // namespace
}  // namespace hapax
