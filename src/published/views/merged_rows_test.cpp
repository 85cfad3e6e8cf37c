// SPDX-License-Identifier: Apache-2.0
// Random events of several partitions: what is read of all that they publish, against one view that
// counts them all.
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/time_math.hpp"
#include "hash/hash.hpp"
#include "published/views/tables_of_parts.hpp"
#include "read/roll_up.hpp"
#include "read/row_json.hpp"
#include "read/row_reader.hpp"
#include "read/whole_rows_query.hpp"
#include "testing/counting_partition.hpp"
#include "testing/memory_view_store.hpp"
#include "testing/random_cases.hpp"
#include "testing/seeded_random.hpp"
#include "views/runtime/random_keyed_views.hpp"
#include "views/runtime/random_views.hpp"

namespace hapax {
namespace {

constexpr std::uint32_t kPartitions = 3;

/// A case counted twice: as one, and by partitions of their users.
class CountedTwice {
 public:
  explicit CountedTwice(const Case& made)
      : case_(made), all_(PartitionId(0), made.spec.dump(), "v.1") {
    for (std::uint32_t i = 0; i < kPartitions; ++i) {
      parts_.push_back(
          std::make_unique<CountingPartition>(PartitionId(i), made.spec.dump(), "v.1"));
    }
  }

  /// How often cells of keys were revised tells in which order these came, also on one machine.
  void count_all(SeededRandom& random) {
    std::int64_t least = case_.now;
    for (auto event = case_.events.rbegin(); event != case_.events.rend(); ++event) {
      until_.push_back(least);
      least = std::min(least, event->received);
    }
    for (const oracle::Event& event : case_.events) {
      const bool is_late = random.one_in(3) && !case_.spec.contains("per");
      add(event, is_late ? saturating_add(event_time_from_micros(event.time), std::chrono::hours(1))
                         : EventTime::min());
      if (random.one_in(4)) {
        parts_[random.below(kPartitions)]->publish_to(tables_);
      }
      if (random.one_in(6)) {
        drop_expired(until_.back());
      }
      until_.pop_back();
    }
    drop_expired(case_.now);
    for (const auto& part : parts_) {
      part->publish_to(tables_);
    }
    all_.checkpoint();
  }

  RowAnswer read(const RowQuery& query) {
    const WholeRowsQuery whole = whole_rows_query(query).value();
    const RowSnapshot rows = query.needs_whole_cells() ? all_.whole_rows(whole) : all_.rows();
    return read_rows(rows, query, EventTime::min()).value();
  }
  RowAnswer read_merged(const RowQuery& query) {
    const auto answer = read_rows(merged(), query, EventTime::min());
    EXPECT_TRUE(answer) << answer.error().text();
    return answer ? *answer : RowAnswer{};
  }
  RowSnapshot merged() {
    RowSnapshot rows = RowSnapshot::of_parts(all_.shape(), all_.table(),
                                             merged_.snapshot(merged_.now().value().hot));
    std::string living_from;
    for (const auto& part : parts_) {
      living_from = std::max(living_from, part->living_from());
    }
    rows.drop_before(living_from);
    return rows;
  }
  std::shared_ptr<const ServedView> served() const { return all_.served(); }
  const ViewShape& shape() const { return *all_.shape(); }

 private:
  /// What `watermark` has passed is late.
  void add(const oracle::Event& event, EventTime watermark) {
    const auto text = [&](const char* field) -> const std::string& {
      return event.fields[field].get_ref<const std::string&>();
    };
    const std::string properties = event.fields["properties"].dump();
    const std::string context = event.fields["context"].dump();
    const KeyedEvent keyed{.event = {.source = text("source"),
                                     .type = parse_event_type(text("type")),
                                     .name = text("event"),
                                     .user_id = text("user"),
                                     .received_at = processing_time_from_micros(event.received),
                                     .event_time = event_time_from_micros(event.time),
                                     .properties = properties,
                                     .context = context},
                           .seen = {.id = {.low = event.id.first, .high = event.id.second}},
                           .identity = hasher_.identity(text("user"))};
    all_.add(keyed, watermark);
    parts_[hash64(partition_key(keyed.event, PartitionBy::kUser)) % kPartitions]->add(keyed,
                                                                                      watermark);
  }
  void drop_expired(std::int64_t until) {
    all_.drop_expired(processing_time_from_micros(until));
    for (const auto& part : parts_) {
      part->drop_expired(processing_time_from_micros(until));
    }
  }

  const Case& case_;
  const IdHasher hasher_;
  PublishedTables tables_;
  MemoryViewReader reader_{tables_};
  TablesOfParts merged_{reader_};
  CountingPartition all_;
  std::vector<std::unique_ptr<CountingPartition>> parts_;
  std::vector<std::int64_t> until_;  // For what is still to come.
};

bool is_number(const Measure& measure) {
  return measure.kind != MeasureKind::kTop && measure.kind != MeasureKind::kFirst &&
         measure.kind != MeasureKind::kLast;
}

/// Of all that a query may ask for.
RowQuery random_query(CountedTwice& counted, SeededRandom& random) {
  RowQuery query{.view = counted.served(), .now = EventTime()};
  const ViewShape& shape = counted.shape();
  for (std::size_t i = 0; i < shape.spec.measures.size(); ++i) {
    if (random.below(3) > 0 || query.measures.empty()) {
      query.measures.push_back(i);
    }
  }
  const RowAnswer all = counted.read(RowQuery{.view = counted.served()});
  if (!all.rows.empty() && random.one_in(2)) {
    const Row& row = all.rows[random.below(all.rows.size())];
    for (std::size_t i = 0; i < row.group.size(); ++i) {
      if (random.one_in(2)) {
        query.where.push_back({.field = i, .value = row.group[i]});
      }
    }
    if (query.has_windows() && random.one_in(2)) {
      query.ranges = {{.from = row.window.start}};
    }
  }
  if (random.one_in(3)) {
    auto& fields = query.group_by.emplace();
    for (std::size_t i = 0; i < shape.group_fields.size(); ++i) {
      if (random.one_in(2)) {
        fields.push_back(i);
      }
    }
  }
  const WindowSpec hour{.kind = WindowKind::kFixed,
                        .length = std::chrono::hours(1),
                        .advance = std::chrono::hours(1)};
  if (random.one_in(3) && check_roll_up(shape.spec.window, hour)) {
    query.window = hour;
  }
  const std::size_t measure = random.below(shape.spec.measures.size());
  if (random.one_in(3) && is_number(shape.spec.measures[measure])) {
    query.order = RowOrder{.measure = measure, .descending = random.one_in(2)};
  }
  query.rows_max = random.one_in(2) ? RowQuery::kRowsDefault : 1 + random.below(4);
  query.wants_heavy = !query.group_by && random.one_in(4);
  return query;
}

/// All pages, as one machine says them and as is read of what partitions publish.
void expect_same(CountedTwice& counted, RowQuery query) {
  for (int page = 0; page < 100; ++page) {
    const RowAnswer one = counted.read(query);
    const RowAnswer merged = counted.read_merged(query);
    ASSERT_EQ(to_json(merged, query), to_json(one, query));
    if (!one.next) {
      return;
    }
    query.behind = one.next;
  }
}

void expect_same(std::uint64_t seed, const Case& made) {
  SCOPED_TRACE(seed);
  SCOPED_TRACE(made.spec.dump());
  SeededRandom random(seed);
  CountedTwice counted(made);
  counted.count_all(random);
  for (int i = 0; i < 8 && !testing::Test::HasFailure(); ++i) {
    expect_same(counted, random_query(counted, random));
  }
}

TEST(MergedRowsTest, ViewsOverEventsSayWhatOneMachineSays) {
  for (int seed = 0; seed < random_cases(1'000) && !testing::Test::HasFailure(); ++seed) {
    expect_same(seed, random_case(seed));
  }
}

/// Each key is in one partition.
TEST(MergedRowsTest, ViewsOverUsersSayWhatOneMachineSays) {
  for (int seed = 0; seed < random_cases(1'000) && !testing::Test::HasFailure(); ++seed) {
    Case made = random_keyed_case(seed);
    made.spec["per"] = "user";
    expect_same(seed, made);
  }
}

}  // namespace
}  // namespace hapax
