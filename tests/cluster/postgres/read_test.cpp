// SPDX-License-Identifier: Apache-2.0
// What several partitions have counted, read of a real PostgreSQL as the views of one machine.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "published/views/tables_of_parts.hpp"
#include "publisher.hpp"
#include "read/row_json.hpp"
#include "read/row_reader.hpp"
#include "read/whole_rows_query.hpp"
#include "real_postgres.hpp"
#include "testing/counting_partition.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {
namespace {

constexpr const char* kSpec = R"~({"name":"v","window":{"tumbling":"1m"},"group_by":["event"],)~"
                              R"~("measures":{"n":"count","u":"uniques(user)"}})~";
constexpr std::uint32_t kPartitions = 8;
constexpr int kMinutes = 24 * 60;
constexpr int kEventsPerMinute = 20;

class PostgresReadTest : public testing::Test {
 protected:
  PostgresReadTest() {
    for (std::uint32_t i = 0; i < kPartitions; ++i) {
      parts_.push_back(std::make_unique<CountingPartition>(PartitionId(i), kSpec, "v.1"));
    }
  }

  void count(int from, int to) {
    for (int minute = from; minute < to; ++minute) {
      for (int i = 0; i < kEventsPerMinute; ++i) {
        add(EventTime(std::chrono::minutes(minute)));
      }
    }
  }
  void add(EventTime time) {
    const std::string id = std::to_string(++events_);
    const std::string user = std::to_string(random_.below(500));
    const std::string name(1, static_cast<char>('a' + random_.below(3)));
    const KeyedEvent event = key_event({.source = "web",
                                        .message_id = id,
                                        .type = EventType::kTrack,
                                        .name = name,
                                        .user_id = user,
                                        .received_at = ProcessingTime(time.time_since_epoch()),
                                        .event_time = time},
                                       hasher_);
    all_.add(event);
    parts_[random_.below(kPartitions)]->add(event);
  }
  void publish() {
    for (std::uint32_t i = 0; i < kPartitions; ++i) {
      const Result<void> done = hapax::publish(*store_, PartitionId(i), parts_[i]->next_update());
      ASSERT_TRUE(done) << done.error().text();
    }
    all_.checkpoint();
  }
  RowQuery query(std::vector<std::size_t> measures) const {
    return {.view = all_.served(), .measures = std::move(measures), .rows_max = 1'000};
  }
  RowAnswer read_one(const RowQuery& query) {
    const WholeRowsQuery whole = whole_rows_query(query).value();
    const RowSnapshot rows = query.needs_whole_cells() ? all_.whole_rows(whole) : all_.rows();
    return read_rows(rows, query, EventTime::min()).value();
  }
  /// All pages are those of one machine; says what they took.
  void expect_same(RowQuery query, const char* what) {
    const RowSnapshot merged = RowSnapshot::of_parts(all_.shape(), all_.table(),
                                                     tables_.snapshot(tables_.now().value().hot));
    std::chrono::duration<double> took{};
    int pages = 0;
    for (std::optional<RowPlace> next = RowPlace(); next; ++pages) {
      query.behind = pages == 0 ? std::nullopt : next;
      const auto start = std::chrono::steady_clock::now();
      const Result<RowAnswer> answer = read_rows(merged, query, EventTime::min());
      took += std::chrono::steady_clock::now() - start;
      ASSERT_TRUE(answer) << answer.error().text();
      const RowAnswer one = read_one(query);
      ASSERT_EQ(to_json(*answer, query), to_json(one, query));
      next = one.next;
    }
    std::printf("%s: %d pages, %.3f s\n", what, pages, took.count());
  }

  const IdHasher hasher_;
  SeededRandom random_{1};
  RealPostgres server_;
  std::unique_ptr<PostgresViewStore> store_ = server_.open_store();
  std::unique_ptr<PostgresViewReader> reader_ = server_.open_reader();
  TablesOfParts tables_{*reader_};
  CountingPartition all_{PartitionId(0), kSpec, "v.1"};
  std::vector<std::unique_ptr<CountingPartition>> parts_;
  int events_ = 0;
};

TEST_F(PostgresReadTest, ADayOfMinutesOfAllPartitionsIsThatOfOneMachine) {
  count(0, kMinutes / 2);
  publish();
  count(kMinutes / 3, kMinutes);  // So that cells have several runs.
  publish();
  expect_same(query({0}), "counts of a day");
  expect_same(query({0, 1}), "counts and users of a day");
  RowQuery last = query({0, 1});
  last.ranges = {{.from = EventTime(std::chrono::minutes(kMinutes - 1))}};
  expect_same(last, "the last minute");
  RowQuery hours = query({0, 1});
  hours.window = WindowSpec{.kind = WindowKind::kFixed,
                            .length = std::chrono::hours(1),
                            .advance = std::chrono::hours(1)};
  expect_same(hours, "users by the hour");
}

}  // namespace
}  // namespace hapax
