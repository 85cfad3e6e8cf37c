// SPDX-License-Identifier: Apache-2.0
// A live query to which nobody says what has changed.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "published/views/tables_of_parts.hpp"
#include "read/live_channel.hpp"
#include "testing/counting_partition.hpp"
#include "testing/memory_view_store.hpp"
#include "testing/still_clock.hpp"

namespace hapax {
namespace {

using std::chrono::milliseconds;
using Counts = std::map<std::string, std::uint64_t>;

class LiveChannelOfPartsTest : public testing::Test {
 protected:
  static constexpr milliseconds kInterval{100};

  explicit LiveChannelOfPartsTest(
      const std::string& spec = R"~({"name":"v","group_by":["event"],"measures":{"n":"count"}})~")
      : part_(PartitionId(0), spec, "v.1") {}

  void add(const std::string& event) {
    const std::string id = std::to_string(++events_);
    const EventTime time{std::chrono::seconds(events_)};
    part_.add(key_event({.source = "web",
                         .message_id = id,
                         .type = EventType::kTrack,
                         .name = event,
                         .user_id = "u",
                         .received_at = ProcessingTime(time.time_since_epoch()),
                         .event_time = time},
                        hasher_));
  }
  /// Once all of it is published.
  SharedMoment moment() {
    part_.publish_to(tables_);
    auto stored = told_.snapshot(told_.now().value().hot);
    DeclaredRows rows{{"v.1", std::make_shared<const RowSnapshot>(
                                  RowSnapshot::of_parts(part_.shape(), part_.table(), stored))}};
    return std::make_shared<const ViewMoment>(ViewMoment{.stored = stored,
                                                         .processed = {},
                                                         .watermark = EventTime::min(),
                                                         .declared = std::move(rows)});
  }
  LiveChannel channel(std::size_t slice_cells = 1'000) {
    return {parse_live_request("", part_.served()).value(),
            "name",
            {.slice_cells = slice_cells},
            clock_};
  }
  /// What a client has that got all there was when it last looked.
  void look(LiveChannel& channel) {
    const HttpStream::Piece piece = channel.piece_after(known_).value();
    if (!piece) {
      return;
    }
    known_ = channel.frame();
    frame_ = nlohmann::json::parse(piece->substr(piece->find("data: ") + 6));
    if (frame_.at("whole")) {
      counts_.clear();
    }
    for (const auto& row : frame_.at("rows")) {
      counts_[row.at("group").begin().value()] = row.at("values").at("n");
    }
    for (const auto& row : frame_.at("left")) {
      counts_.erase(row.at("group").begin().value());
    }
  }
  bool is_awake(const LiveChannel& channel) const {
    return channel.next() && *channel.next() <= clock_.monotonic();
  }
  /// As often as it wants to be called now.
  int advance(LiveChannel& channel) {
    int calls = 0;
    for (; calls == 0 || (is_awake(channel) && calls < 100); ++calls) {
      EXPECT_TRUE(channel.advance(kInterval));
    }
    look(channel);
    return calls;
  }

  StillClock clock_;
  const IdHasher hasher_;
  PublishedTables tables_;
  MemoryViewReader reader_{tables_};
  TablesOfParts told_{reader_};
  CountingPartition part_;
  int events_ = 0;
  std::uint64_t known_ = 0;
  nlohmann::json frame_;
  Counts counts_;
};

TEST_F(LiveChannelOfPartsTest, SendsWhatDiffersAndReadsNoMoreOftenThanItsInterval) {
  LiveChannel live = channel();
  add("a");
  ASSERT_TRUE(live.begin(moment()));
  advance(live);
  EXPECT_EQ(counts_, (Counts{{"a", 1}}));
  clock_.advance(kInterval);
  add("b");
  EXPECT_TRUE(live.take(moment(), {}).value());
  advance(live);
  EXPECT_EQ(counts_, (Counts{{"a", 1}, {"b", 1}})) << "the first change after a silence, at once";
  EXPECT_FALSE(frame_.at("whole"));
  EXPECT_EQ(frame_.at("rows").size(), 1U);
  add("b");
  EXPECT_TRUE(live.take(moment(), {}).value());
  advance(live);
  EXPECT_EQ(counts_.at("b"), 1U) << "not before the interval is over";
  EXPECT_EQ(live.next(), clock_.monotonic() + kInterval);
  clock_.advance(kInterval);
  advance(live);
  EXPECT_EQ(counts_.at("b"), 2U);
}

TEST_F(LiveChannelOfPartsTest, AMomentWithoutAChangeIsNoFrame) {
  LiveChannel live = channel();
  add("a");
  ASSERT_TRUE(live.begin(moment()));
  advance(live);
  const std::uint64_t frame = live.frame();
  clock_.advance(kInterval);
  EXPECT_TRUE(live.take(moment(), {}).value());
  advance(live);
  EXPECT_EQ(live.frame(), frame);
  EXPECT_FALSE(live.next());
}

TEST_F(LiveChannelOfPartsTest, MomentsThatComeFasterThanItReadsHoldNothingUp) {
  LiveChannel live = channel(1);
  for (const std::string event : {"a", "b", "c"}) {
    add(event);
  }
  ASSERT_TRUE(live.begin(moment()));
  for (int slice = 0; slice < 8; ++slice) {
    add("a");
    EXPECT_TRUE(live.take(moment(), {}).value());
    EXPECT_TRUE(live.advance(kInterval));
  }
  look(live);
  EXPECT_EQ(counts_.size(), 3U);
  clock_.advance(kInterval);
  for (int slice = 0; slice < 8; ++slice) {
    add("a");
    EXPECT_TRUE(live.take(moment(), {}).value());
    EXPECT_TRUE(live.advance(kInterval));
    look(live);
  }
  EXPECT_GE(counts_.at("a"), 9U);
}

TEST_F(LiveChannelOfPartsTest, WhoComesWhileItReadsAgainGetsWhatIsShown) {
  LiveChannel live = channel(1);
  add("a");
  add("b");
  ASSERT_TRUE(live.begin(moment()));
  advance(live);
  clock_.advance(kInterval);
  add("b");
  EXPECT_TRUE(live.take(moment(), {}).value());
  EXPECT_TRUE(live.advance(kInterval));  // One cell of several.
  known_ = 0;
  counts_.clear();
  look(live);
  EXPECT_EQ(counts_, (Counts{{"a", 1}, {"b", 1}}));
}

/// Of sessions by their last event, which leave the group that they were in.
class LiveSessionsOfPartsTest : public LiveChannelOfPartsTest {
 protected:
  LiveSessionsOfPartsTest()
      : LiveChannelOfPartsTest(
            R"~({"name":"v","per":"user","window":{"session":"1h","by":"none"},)~"
            R"~("group_by":["last(event)"],"measures":{"n":"count"}})~") {}
};

TEST_F(LiveSessionsOfPartsTest, AGroupThatIsNotThereAnyMoreLeaves) {
  LiveChannel live = channel();
  add("a");
  ASSERT_TRUE(live.begin(moment()));
  advance(live);
  EXPECT_EQ(counts_, (Counts{{"a", 1}}));
  clock_.advance(kInterval);
  add("b");
  EXPECT_TRUE(live.take(moment(), {}).value());
  advance(live);
  EXPECT_EQ(counts_, (Counts{{"b", 1}}));
}

}  // namespace
}  // namespace hapax
