// SPDX-License-Identifier: Apache-2.0
// What people can read of a partition, beside what programs do.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "partition/counted_partition_test_support.hpp"
#include "partition/sql_cells.hpp"
#include "testing/memory_catalog.hpp"

namespace hapax {
namespace {

using std::chrono::seconds;
using Views = std::vector<std::string>;
using Rows = std::map<std::string, std::string>;

Rows rows_in(const CountedPartition& partition, const std::string& table) {
  Rows rows;
  const auto& tables = partition.published.now()->front().tables;
  if (const auto found = tables.find(table); found != tables.end()) {
    rows.insert(found->second->begin(), found->second->end());
  }
  return rows;
}

/// Those that the cells which programs read come to.
Rows rows_of_cells(const CountedPartition& partition, const ServedView& view) {
  StateWrite::Table cells{.name = "view." + view.id};
  for (const auto& [key, value] : rows_in(partition, cells.name)) {
    cells.changes.put(key, value);
  }
  Rows rows;
  sql_change(cells, *view.shape, false)
      .value()
      .changes.for_each([&](std::string_view key, std::optional<std::string_view> value) {
        if (value) {
          rows.emplace(key, *value);
        }
        return true;
      });
  return rows;
}

void expect_rows_of(const Views& views, const OneMachine& one, const CountedPartition& partition) {
  for (const auto& [name, view] : one.processor.views.served.all()) {
    const bool is_readable = std::ranges::find(views, name) != views.end();
    const Rows rows = is_readable ? rows_of_cells(partition, *view) : Rows();
    EXPECT_EQ(rows_in(partition, "sql." + name), rows) << name;
  }
}

TEST(CountedEventsSqlTest, RowsAreThoseOfTheCellsWhateverEachOwnerIsTold) {
  const std::array<Views, 3> settings{
      Views{}, {"sales"}, {"events_per_minute", "sales", "sessions"}};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    OneMachine one;
    receive_some(random, 600, one);
    CountedPartition partition(one.processor.settings, one.processor.views.catalog);
    Views now;
    Views kept;
    for (std::size_t at = 0; at < one.records.size(); ++at) {
      partition.count(one.records[at], one.verdicts[at]);
      if (random.one_in(60)) {
        partition.fail_to_freeze();
      }
      if (random.one_in(20)) {
        partition.keep();
        kept = now;
      }
      if (random.one_in(40)) {  // The next owner, which may publish what the former one has kept.
        now = settings[random.below(settings.size())];
        partition.set_sql_views(now);
        at = partition.move().value() - 1;
      }
      if (random.one_in(100) && partition.has_published()) {
        partition.lose_published();
      }
      if (random.one_in(30) && partition.has_kept()) {
        partition.publish();
        expect_rows_of(kept, one, partition);
      }
    }
    partition.keep();
    partition.publish();
    expect_rows_of(now, one, partition);
    for (const auto& [name, view] : one.processor.views.served.all()) {
      EXPECT_FALSE(rows_of_cells(partition, *view).empty()) << name;
    }
  }
}

TEST(CountedEventsSqlTest, WhoCountsASampleOfItsKeysSaysNoNumberOfAnyCell) {
  constexpr std::size_t kKeyBytes = 64 + 4;
  OneMachine one;
  for (int user = 0; user < 9; ++user) {
    one.receive(shop_event(std::to_string(user), seconds(user * 3600), std::to_string(user)));
  }
  one.end();
  ProcessorSettings settings = one.processor.settings;
  settings.view.keys_bytes_max = 5 * kKeyBytes;
  CountedPartition partition(settings, one.processor.views.catalog);
  partition.set_sql_views({"sessions"});
  partition.move();
  const auto says_no_number = [](const auto& row) {
    return row.second.find(R"("sessions":"NaN")") != std::string::npos;
  };
  for (std::size_t i = 0; i < 3; ++i) {
    partition.count(one.records[i], one.verdicts[i]);
  }
  partition.keep();
  partition.publish();
  EXPECT_EQ(rows_in(partition, "sql.sessions").size(), 3U);
  EXPECT_TRUE(std::ranges::none_of(rows_in(partition, "sql.sessions"), says_no_number));
  for (std::size_t i = 3; i < one.records.size(); ++i) {
    partition.count(one.records[i], one.verdicts[i]);
  }
  partition.keep();
  partition.publish();
  EXPECT_GE(rows_in(partition, "sql.sessions").size(), 3U);
  EXPECT_TRUE(std::ranges::all_of(rows_in(partition, "sql.sessions"), says_no_number));
}

TEST(CountedEventsSqlTest, OfAViewThatIsChangedTheFormerRowsGo) {
  OneMachine one;
  SeededRandom random(1);
  receive_some(random, 50, one);
  MemoryCatalog catalog({kCountedSpecs[1]});
  CountedPartition partition(one.processor.settings, catalog);
  partition.set_sql_views({"sales"});
  partition.move();
  for (std::size_t i = 0; i < one.records.size(); ++i) {
    partition.count(one.records[i], one.verdicts[i]);
  }
  partition.keep();
  partition.publish();
  ASSERT_FALSE(rows_in(partition, "sql.sales").empty());
  catalog.set({R"v({"name":"sales","window":{"tumbling":"1d"},"measures":{"n":"count"}})v"});
  ASSERT_TRUE(partition.catch_up());
  partition.keep();
  partition.publish();
  ASSERT_EQ(partition.manifest().views.front().account.view, "sales.2");
  EXPECT_TRUE(rows_in(partition, "sql.sales").empty()) << "it counts from now on";
}

}  // namespace
}  // namespace hapax
