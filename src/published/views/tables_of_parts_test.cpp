// SPDX-License-Identifier: Apache-2.0
#include "published/views/tables_of_parts.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "stream/event_hash.hpp"
#include "testing/counting_partition.hpp"
#include "testing/memory_view_store.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

using std::chrono::minutes;

constexpr const char* kSpec = R"~({"name":"v","window":{"tumbling":"1m"},"group_by":["event"],)~"
                              R"~("keep":"1h","measures":{"n":"count","u":"uniques(user)"}})~";

/// Two partitions, and who reads what they publish.
class TablesOfPartsTest : public testing::Test {
 protected:
  using Lines = std::vector<std::string>;

  TablesOfPartsTest() {
    for (std::uint32_t i = 0; i < 2; ++i) {
      parts_.push_back(std::make_unique<CountingPartition>(PartitionId(i), kSpec, "v.1"));
    }
  }
  void add(std::size_t part, minutes minute, const std::string& user) {
    const std::string id = std::to_string(++events_);
    const EventTime time(minute);
    parts_[part]->add(key_event({.source = "web",
                                 .message_id = id,
                                 .type = EventType::kTrack,
                                 .name = "a",
                                 .user_id = user,
                                 .received_at = ProcessingTime(time.time_since_epoch()),
                                 .event_time = time},
                                hasher_));
  }
  void publish(std::size_t part) { parts_[part]->publish_to(store_); }
  /// "7: 3 2": of a minute the events and the users.
  Lines read(const RowSnapshot& rows) const {
    Lines lines;
    EXPECT_TRUE(rows.read({}, [&](RowCursor& cells) -> Result<void> {
      for (cells.seek(""); cells.valid(); cells.next()) {
        const auto value = decode_value(cells.value(), rows.shape().measures, minutes(1));
        const auto at = split_view_cell_key(cells.key());
        lines.push_back(std::to_string(to_micros(at->window.start) / 60'000'000) + ":");
        for (const MeasureResult& result : value->results) {
          lines.back() += " " + std::to_string(std::get<std::uint64_t>(result.answer));
        }
      }
      return {};
    }));
    return lines;
  }
  void look() {
    Result<PartsNow> now = tables_.now();
    ASSERT_TRUE(now) << now.error().text();
    hot_ = now->hot;
    is_provisional_ = now->is_provisional;
  }
  RowSnapshot rows() const {
    return RowSnapshot::of_parts(parts_[0]->shape(), parts_[0]->table(), tables_.snapshot(hot_));
  }

  const IdHasher hasher_;
  PublishedTables store_;
  MemoryViewReader reader_{store_};
  TablesOfParts tables_{reader_};
  std::vector<std::unique_ptr<CountingPartition>> parts_;
  int events_ = 0;
  HotMoment hot_;
  bool is_provisional_ = false;
};

TEST_F(TablesOfPartsTest, AWindowThatOnePartitionHasDroppedIsNotShownWithTheCellsOfOthers) {
  for (const std::size_t part : {0U, 1U}) {
    add(part, minutes(7), "x" + std::to_string(part));
    add(part, minutes(90), "y");
    publish(part);
  }
  const RowSnapshot before = rows();
  EXPECT_EQ(read(before), (Lines{"7: 2 2", "90: 2 1"}));
  parts_[0]->drop_expired(ProcessingTime(minutes(80)));
  publish(0);
  EXPECT_EQ(read(before), (Lines{"90: 2 1"})) << "a read is later than its snapshot";
  parts_[1]->drop_expired(ProcessingTime(minutes(80)));
  publish(1);
  EXPECT_EQ(read(before), (Lines{"90: 2 1"}));
  EXPECT_EQ(read(rows()), (Lines{"90: 2 1"}));
}

TEST_F(TablesOfPartsTest, WhatAnOwnerTellsLiesOverWhatIsStored) {
  add(0, minutes(7), "x");
  add(1, minutes(7), "y");
  publish(0);
  publish(1);
  add(0, minutes(7), "z");
  add(0, minutes(90), "x");
  EXPECT_TRUE(tables_.take(parts_[0]->tell(1, 1)).value());
  look();
  EXPECT_TRUE(is_provisional_);
  EXPECT_EQ(read(rows()), (Lines{"7: 3 3", "90: 1 1"}));
  publish(0);
  EXPECT_EQ(read(rows()), (Lines{"7: 3 3", "90: 1 1"})) << "a read is later than its snapshot";
  look();
  EXPECT_FALSE(is_provisional_);
  EXPECT_EQ(read(rows()), (Lines{"7: 3 3", "90: 1 1"}));
}

TEST_F(TablesOfPartsTest, AWindowThatAnOwnerHasDroppedIsNotShownWithTheCellsOfOthers) {
  for (const std::size_t part : {0U, 1U}) {
    add(part, minutes(7), "x" + std::to_string(part));
    publish(part);
  }
  add(0, minutes(90), "y");
  parts_[0]->drop_expired(ProcessingTime(minutes(80)));
  EXPECT_TRUE(tables_.take(parts_[0]->tell(1, 1)).value());
  look();
  EXPECT_EQ(read(rows()), (Lines{"90: 1 1"}));
}

TEST_F(TablesOfPartsTest, VersionsTellWhatIsSaidApart) {
  const auto versions = [this] {
    std::vector<std::uint64_t> all;
    const PartsNow now = tables_.now().value();
    for (const SaidOfPartition& one : now.partitions) {
      all.push_back(one.version);
    }
    return all;
  };
  add(1, minutes(7), "y");
  publish(1);
  const auto first = versions();
  EXPECT_EQ(first.at(0), 0U) << "it has published nothing";
  EXPECT_EQ(versions(), first);
  add(1, minutes(7), "z");
  EXPECT_TRUE(tables_.take(parts_[1]->tell(1, 1)).value());
  const auto told = versions();
  EXPECT_NE(told.at(1), first.at(1));
  EXPECT_EQ(versions(), told);
  publish(1);
  EXPECT_NE(versions().at(1), told.at(1));
}

TEST_F(TablesOfPartsTest, APartitionThatCannotBeUnderstoodIsNotRead) {
  add(0, minutes(7), "x");
  publish(0);
  PartitionUpdate damaged = parts_[1]->next_update();
  damaged.change.manifest.pop_back();
  ASSERT_TRUE(store_.publish(PartitionId(1), damaged));
  const Result<void> done =
      tables_.snapshot(nullptr)->read([](SnapshotReader&) { return Result<void>(); });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace hapax
