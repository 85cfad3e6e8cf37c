// SPDX-License-Identifier: Apache-2.0
#include "read/live_channel.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "testing/fake_moments.hpp"
#include "testing/still_clock.hpp"

namespace hapax {
namespace {

constexpr std::chrono::milliseconds kNoInterval{0};

/// Makes moments of cells of one minute, all of one count.
class LiveChannelTest : public testing::Test, private MomentListener {
 protected:
  LiveChannelTest() { moments_.follow(*this); }

  void change(const std::string& event, std::uint64_t count, bool continues = true) {
    moments_.change({{.start = cell_start(as_event_time(clock_.now())),
                      .source = "web",
                      .event = event,
                      .count = count,
                      .added = 1}},
                    continues);
  }
  /// The counts of all that is shown, once all is loaded.
  std::uint64_t shown_count(LiveChannel& channel, int slices_max = 1'000) {
    HttpStream::Piece piece;
    for (int i = 0; i < slices_max && !piece; ++i) {
      EXPECT_TRUE(channel.advance(kNoInterval));
      piece = channel.piece_after(0);
    }
    std::uint64_t count = 0;
    if (piece) {
      const auto frame = nlohmann::json::parse(piece->substr(piece->find("data: ") + 6));
      for (const auto& cell : frame.at("cells")) {
        count += cell.at("values").at("count").get<std::uint64_t>();
      }
    }
    return count;
  }

  StillClock clock_;
  FakeMoments moments_;
  SharedMoment moment_;
  std::shared_ptr<const CellRun> changed_;

 private:
  void on_moment(const SharedMoment& moment, const std::shared_ptr<const CellRun>& changed,
                 bool /*continues*/) override {
    moment_ = moment;
    changed_ = changed;
  }
};

TEST_F(LiveChannelTest, ShowsWhatWasLoadedAndWhatChangedMeanwhile) {
  for (int i = 0; i < 5; ++i) {
    change("event " + std::to_string(i), 1);
  }
  LiveChannel channel({}, {.slice_cells = 1}, clock_);
  channel.begin(moment_);
  ASSERT_TRUE(channel.advance(kNoInterval));
  EXPECT_EQ(channel.piece_after(0), nullptr) << "half of it is nothing to show";
  change("event 0", 2);
  channel.take(moment_, changed_, true);
  EXPECT_EQ(shown_count(channel), 6U);
}

TEST_F(LiveChannelTest, TheNextFrameIsMadeOnceTheIntervalIsOver) {
  constexpr std::chrono::milliseconds kInterval{100};
  change("a", 1);
  LiveChannel channel({}, {}, clock_);
  channel.begin(moment_);
  ASSERT_TRUE(channel.advance(kInterval));
  const std::uint64_t first = channel.frame();
  EXPECT_FALSE(channel.next());
  change("a", 2);
  channel.take(moment_, changed_, true);
  ASSERT_TRUE(channel.advance(kInterval));
  EXPECT_EQ(channel.frame(), first);
  EXPECT_EQ(channel.next(), clock_.monotonic() + kInterval);
  clock_.advance(kInterval);
  ASSERT_TRUE(channel.advance(kInterval));
  EXPECT_EQ(channel.frame(), first + 1);
  EXPECT_NE(channel.piece_after(first)->find("\"count\":2"), std::string::npos);
}

TEST_F(LiveChannelTest, WhenTooMuchChangesMeanwhileLoadingBeginsAnew) {
  for (int i = 0; i < 5; ++i) {
    change("event " + std::to_string(i), 1);
  }
  LiveChannel channel({}, {.slice_cells = 2, .since_cells = 3}, clock_);
  channel.begin(moment_);
  ASSERT_TRUE(channel.advance(kNoInterval));
  for (std::uint64_t count = 2; count < 8; ++count) {
    change("event 0", count);
    channel.take(moment_, changed_, true);
  }
  EXPECT_EQ(shown_count(channel, 2), 0U) << "two slices are not all of it";
  EXPECT_EQ(shown_count(channel), 11U);
}

TEST_F(LiveChannelTest, ShowsNothingOnceItHasEndedUntilItBeginsAgain) {
  change("a", 3);
  LiveChannel channel({}, {}, clock_);
  channel.begin(moment_);
  EXPECT_EQ(shown_count(channel), 3U);
  channel.end();
  EXPECT_FALSE(channel.has_begun());
  EXPECT_EQ(channel.piece_after(0), nullptr);
  EXPECT_FALSE(channel.next());
  channel.begin(moment_);
  EXPECT_EQ(shown_count(channel), 3U);
}

}  // namespace
}  // namespace hapax
