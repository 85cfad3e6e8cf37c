// SPDX-License-Identifier: Apache-2.0
#include "read/live_channel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/time_math.hpp"
#include "core/timestamp.hpp"
#include "testing/fake_moments.hpp"
#include "testing/seeded_random.hpp"
#include "testing/still_clock.hpp"
#include "testing/test_rows.hpp"

namespace hapax {
namespace {

using Json = nlohmann::json;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr milliseconds kNoInterval{0};

Json frame_in(const HttpStream::Piece& piece) {
  return Json::parse(piece->substr(piece->find("data: ") + 6));
}

std::string joined(const std::vector<HttpStream::Piece>& pieces) {
  std::string text;
  for (const auto& piece : pieces) {
    text += *piece;
  }
  return text;
}

/// Follows one view, whose moments a test makes.
class LiveChannelTest : public testing::Test, private MomentListener {
 protected:
  LiveChannelTest() { declare(R"({"tumbling":"1m"})"); }

  void declare(const std::string& window) {
    view_.emplace(R"({"name":"clicks","window":)" + window +
                  R"(,"group_by":["event"],"measures":{"n":"count"}})");
    moments_.begin(*view_->served());
    moments_.follow(*this, {"v"});
  }
  LiveChannel channel(const std::string& query = "", const LiveChannel::Limits& limits = {}) {
    return {parse_live_request(query, view_->served()).value(), "name", limits, clock_};
  }
  void begin(LiveChannel& channel) {
    moments_.moment(
        "v", [&](Result<SharedMoment> moment) { EXPECT_TRUE(channel.begin(moment.value())); });
  }
  EventTime now() const { return as_event_time(clock_.now()); }
  Window minute_of(EventTime time) const {
    const EventTime start = floor_to(time, minutes(1));
    return {.start = start, .end = start + minutes(1)};
  }

  void change(const Window& window, const std::string& event, std::size_t count,
              bool continues = true) {
    CellRows rows;
    rows.add(window_key(window).append(TestRows::group({event})),
             view_->value(std::vector<double>(count)));
    moments_.change("v", std::move(rows), continues);
  }
  void change(const std::string& event, std::size_t count, bool continues = true) {
    change(minute_of(now()), event, count, continues);
  }
  bool take(LiveChannel& channel) const { return channel.take(moment_, changes_).value(); }
  /// The counts of all that is shown, once all is loaded.
  static std::uint64_t shown_count(LiveChannel& channel, int slices_max = 1'000) {
    HttpStream::Piece piece;
    for (int i = 0; i < slices_max && !piece; ++i) {
      EXPECT_TRUE(channel.advance(kNoInterval));
      piece = channel.piece_after(0).value();
    }
    std::uint64_t count = 0;
    if (piece) {
      const Json frame = frame_in(piece);
      for (const auto& row : frame.at("rows")) {
        count += row.at("values").at("n").get<std::uint64_t>();
      }
    }
    return count;
  }

  StillClock clock_;
  std::optional<TestRows> view_;
  FakeMoments moments_;
  SharedMoment moment_;
  RowChanges changes_;

 private:
  void on_moment(const SharedMoment& moment, const RowChanges& changes) override {
    moment_ = moment;
    changes_ = changes;
  }
};

TEST_F(LiveChannelTest, ShowsWhatWasLoadedAndWhatChangedMeanwhile) {
  for (int i = 0; i < 5; ++i) {
    change("event " + std::to_string(i), 1);
  }
  LiveChannel live = channel("", {.slice_cells = 1});
  begin(live);
  ASSERT_TRUE(live.advance(kNoInterval));
  EXPECT_EQ(live.piece_after(0).value(), nullptr) << "half of it is nothing to show";
  change("event 0", 2);
  EXPECT_TRUE(take(live));
  EXPECT_EQ(shown_count(live), 6U);
}

TEST_F(LiveChannelTest, TheNextFrameIsMadeOnceTheIntervalIsOver) {
  constexpr milliseconds kInterval{100};
  change("a", 1);
  LiveChannel live = channel();
  begin(live);
  ASSERT_TRUE(live.advance(kInterval));
  const std::uint64_t first = live.frame();
  EXPECT_FALSE(live.next());
  change("a", 2);
  EXPECT_TRUE(take(live));
  ASSERT_TRUE(live.advance(kInterval));
  EXPECT_EQ(live.frame(), first);
  EXPECT_EQ(live.next(), clock_.monotonic() + kInterval);
  clock_.advance(kInterval);
  ASSERT_TRUE(live.advance(kInterval));
  EXPECT_EQ(live.frame(), first + 1);
  EXPECT_NE(live.piece_after(first).value()->find("\"n\":2"), std::string::npos);
}

TEST_F(LiveChannelTest, WhenTooMuchChangesMeanwhileLoadingBeginsAnew) {
  for (int i = 0; i < 5; ++i) {
    change("event " + std::to_string(i), 1);
  }
  LiveChannel live = channel("", {.slice_cells = 2, .since_cells = 3});
  begin(live);
  ASSERT_TRUE(live.advance(kNoInterval));
  for (std::size_t count = 2; count < 8; ++count) {
    change("event 0", count);
    EXPECT_TRUE(take(live));
  }
  EXPECT_EQ(shown_count(live, 2), 0U) << "two slices are not all of it";
  EXPECT_EQ(shown_count(live), 11U);
}

TEST_F(LiveChannelTest, ShowsNothingOnceItHasEndedUntilItBeginsAgain) {
  change("a", 3);
  LiveChannel live = channel();
  begin(live);
  EXPECT_EQ(shown_count(live), 3U);
  live.end();
  EXPECT_FALSE(live.has_begun());
  EXPECT_EQ(live.piece_after(0).value(), nullptr);
  EXPECT_FALSE(live.next());
  begin(live);
  EXPECT_EQ(shown_count(live), 3U);
}

TEST_F(LiveChannelTest, CannotGoOnWithoutItsView) {
  LiveChannel live = channel();
  begin(live);
  moments_.leave_out("v");
  EXPECT_FALSE(take(live));
}

TEST_F(LiveChannelTest, WhoComesBackGetsTheFramesThatItMissedWhileTheyAreKept) {
  change("a", 1);
  LiveChannel live = channel("", {.frames = 3});
  begin(live);
  ASSERT_TRUE(live.advance(kNoInterval));
  const std::uint64_t first = live.frame();
  std::string later;
  for (std::size_t count = 2; count <= 4; ++count) {
    change("a", count);
    EXPECT_TRUE(take(live));
    ASSERT_TRUE(live.advance(kNoInterval));
    later += *live.piece_after(live.frame() - 1).value();
  }
  EXPECT_EQ(joined(live.missed_since(first).value()), later);
  EXPECT_TRUE(live.missed_since(live.frame()).value().empty());
  EXPECT_FALSE(live.missed_since(first - 1)) << "it is not kept any more";
  EXPECT_FALSE(live.missed_since(live.frame() + 1)) << "there is none yet";
  EXPECT_FALSE(live.missed_since(0));
  moments_.change("v", {}, false);
  EXPECT_TRUE(take(live));
  EXPECT_FALSE(live.missed_since(first + 1)) << "it is loaded anew";
  ASSERT_TRUE(live.advance(kNoInterval));
  EXPECT_FALSE(live.missed_since(first + 3)) << "what was loaded is no change of it";
}

TEST_F(LiveChannelTest, FramesAreKeptUpToTheirBytes) {
  change("a", 1);
  LiveChannel live = channel("", {.frames_bytes = 1});
  begin(live);
  for (std::size_t count = 2; count <= 4; ++count) {
    change("a", count);
    EXPECT_TRUE(take(live));
    ASSERT_TRUE(live.advance(kNoInterval));
  }
  EXPECT_TRUE(live.missed_since(live.frame() - 1));
  EXPECT_FALSE(live.missed_since(live.frame() - 2));
}

TEST_F(LiveChannelTest, NoFrameIsLongerThanItMayBe) {
  for (std::size_t i = 0; i < 9; ++i) {
    change(std::string(100, static_cast<char>('a' + i)), 1);
  }
  LiveChannel first = channel("", {.frame_bytes_max = 1'000});
  begin(first);
  EXPECT_EQ(first.advance(kNoInterval).error().kind, ErrorKind::kExhausted);
  moments_.begin(*view_->served());
  LiveChannel live = channel("", {.frame_bytes_max = 1'000});
  begin(live);
  for (std::size_t i = 0; i < 9; ++i) {
    change(std::string(100, static_cast<char>('a' + i)), 1);
    EXPECT_TRUE(take(live));
    ASSERT_TRUE(live.advance(kNoInterval));
  }
  EXPECT_TRUE(live.piece_after(live.frame() - 1));
  EXPECT_EQ(live.piece_after(0).error().kind, ErrorKind::kExhausted);
}

TEST_F(LiveChannelTest, KnowsItsOwnFramesByTheirIds) {
  const LiveChannel live = channel();
  EXPECT_EQ(live.number_of("name-17"), 17U);
  for (const char* other : {"", "name", "name-", "name-x", "name-1x", "name17", "other-17", "17"}) {
    EXPECT_EQ(live.number_of(other), 0U) << other;
  }
}

TEST_F(LiveChannelTest, WindowsOfEveryKindAreShownUpToThePresentOne) {
  clock_.advance(hours(24 * 365 * 50));
  const EventTime day = floor_to(now(), hours(24));
  const EventTime five = floor_to(now(), minutes(5));
  const auto shown_from = [&](const std::string& window, const std::string& query,
                              const std::vector<Window>& windows) {
    declare(window);
    for (const Window& one : windows) {
      change(one, "a", 1);
    }
    LiveChannel live = channel(query);
    begin(live);
    EXPECT_TRUE(live.advance(kNoInterval));
    return frame_in(live.piece_after(0).value());
  };
  const auto days = [&](int from) {
    return Window{.start = day + from * hours(24), .end = day + (from + 1) * hours(24)};
  };
  EXPECT_EQ(shown_from(R"({"tumbling":"1d"})", "", {days(-2), days(-1), days(0)}).at("rows").size(),
            2U);
  const auto hop = [&](int from) {
    return Window{.start = five + from * minutes(5), .end = five + (from + 12) * minutes(5)};
  };
  EXPECT_EQ(shown_from(R"({"hopping":"1h","advance":"5m"})", "windows=3",
                       {hop(-3), hop(-2), hop(-1), hop(0), hop(1)})
                .at("rows")
                .size(),
            4U);
  const Json none =
      shown_from(R"("none")", "", {{.start = EventTime::min(), .end = EventTime::max()}});
  EXPECT_EQ(none.at("rows").size(), 1U);
  EXPECT_FALSE(none.at("rows")[0].contains("start"));
  EXPECT_TRUE(none.at("from").is_null());
  EXPECT_TRUE(none.at("complete_until").is_null());
}

TEST_F(LiveChannelTest, WindowsThatTheViewDropsAreShownNoMore) {
  LiveChannel live = channel();
  change(minute_of(now() - minutes(2)), "old", 1);
  change("new", 1);
  begin(live);
  EXPECT_EQ(shown_count(live), 2U);
  moments_.drop_before("v", window_key(minute_of(now())));
  EXPECT_TRUE(take(live));
  EXPECT_EQ(shown_count(live), 1U);
  EXPECT_EQ(frame_in(live.piece_after(0).value()).at("from"), to_iso8601(minute_of(now()).start));
}

/// What a client has that takes in every frame: counts by window and event, and the rest by window.
struct Client {
  void take(const Json& frame) {
    if (frame.at("whole")) {
      shown.clear();
      other.clear();
    }
    for (const Json& row : frame.at("rows")) {
      shown[{row.at("start"), row.at("group").at("event")}] = row.at("values").at("n");
    }
    for (const Json& left : frame.at("left")) {
      shown.erase({left.at("start"), left.at("group").at("event")});
    }
    for (const Json& rest : frame.at("other")) {
      other[rest.at("start")] = {rest.at("groups"), rest.at("values").at("n")};
    }
    const std::string from = frame.at("from");
    std::erase_if(shown, [&](const auto& one) { return one.first.first < from; });
    std::erase_if(other, [&](const auto& one) {
      return one.first < from || one.second == std::pair<std::uint64_t, std::uint64_t>();
    });
  }

  std::map<std::pair<std::string, std::string>, std::uint64_t> shown;
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> other;
};

/// The definition: of each of the last three minutes the two events with the highest counts.
Client expected(const std::map<std::pair<Window, std::string>, std::uint64_t>& all,
                EventTime from) {
  std::map<Window, std::vector<std::pair<std::uint64_t, std::string>>> ranked;
  for (const auto& [cell, count] : all) {
    if (cell.first.start >= from && count > 0) {
      ranked[cell.first].emplace_back(0 - count, cell.second);
    }
  }
  Client client;
  for (auto& [window, groups] : ranked) {
    std::ranges::sort(groups);
    const std::string start = to_iso8601(window.start);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (i < 2) {
        client.shown[{start, groups[i].second}] = 0 - groups[i].first;
      } else {
        ++client.other[start].first;
        client.other[start].second += 0 - groups[i].first;
      }
    }
  }
  return client;
}

TEST_F(LiveChannelTest, WhoTakesInEveryFrameKnowsWhatTheViewHolds) {
  int compared = 0;
  for (std::uint64_t seed = 1; seed <= 20 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    moments_.begin(*view_->served());
    LiveChannel live = channel("top=2&windows=3", {.slice_cells = 4});
    std::map<std::pair<Window, std::string>, std::uint64_t> all;
    Client client;
    std::uint64_t known = 0;
    begin(live);
    for (int step = 0; step < 100; ++step) {
      const Window window = minute_of(now() - minutes(random.below(4)));
      const std::string event(1, static_cast<char>('a' + random.below(6)));
      all[{window, event}] = random.below(5);
      change(window, event, all[{window, event}], !random.one_in(20));
      EXPECT_TRUE(take(live));
      clock_.advance(std::chrono::seconds(random.below(20)));
      do {
        ASSERT_TRUE(live.advance(kNoInterval));
      } while (live.next());
      if (const auto piece = live.piece_after(known).value(); piece && !random.one_in(3)) {
        known = live.frame();  // Else it was too slow.
        const Json frame = frame_in(piece);
        client.take(frame);
        const EventTime from = minute_of(now()).start - minutes(2);
        if (frame.at("from") == to_iso8601(from)) {  // Else it is of a minute ago.
          const Client all_of_it = expected(all, from);
          EXPECT_EQ(client.shown, all_of_it.shown);
          EXPECT_EQ(client.other, all_of_it.other);
          ++compared;
        }
      }
    }
  }
  EXPECT_GT(compared, 500);
}

TEST_F(LiveChannelTest, FramesOfQueriesComeInStepAndNoneIsLateForIt) {
  constexpr milliseconds kInterval(100);
  LiveChannel first = channel();
  LiveChannel second = channel();
  const std::array<LiveChannel*, 2> both{&first, &second};
  std::array<std::vector<std::chrono::nanoseconds>, 2> frames_at;
  for (std::size_t ms = 1; ms <= 1'000; ++ms) {
    clock_.advance(milliseconds(1));
    change("event", ms);
    for (std::size_t i = 0; i < both.size(); ++i) {
      LiveChannel& live = *both[i];
      if (live.has_begun()) {
        EXPECT_TRUE(take(live));
      } else if (ms == 13 + 37 * i) {
        begin(live);
      }
      const std::uint64_t before = live.frame();
      ASSERT_TRUE(!live.has_begun() || live.advance(kInterval));
      if (live.frame() != before) {
        frames_at[i].push_back(clock_.monotonic());
      }
    }
  }
  for (const auto& times : frames_at) {
    for (std::size_t i = 1; i < times.size(); ++i) {
      EXPECT_LE(times[i] - times[i - 1], kInterval);
      EXPECT_GE(times[i] - times[i - 1], kInterval * 3 / 4);
    }
  }
  EXPECT_EQ(frames_at[0].back(), frames_at[1].back());
}

}  // namespace
}  // namespace hapax
