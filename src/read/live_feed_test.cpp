// SPDX-License-Identifier: Apache-2.0
#include "read/live_feed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "testing/fake_moments.hpp"
#include "testing/read_test_support.hpp"

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::Contains;
using testing::HasSubstr;
using testing::Pair;
using Counts = std::map<std::string, std::uint64_t>;

constexpr EventTime kNow{hours(24 * 365 * 50)};

/// Time that a test makes go by, also while the feed's thread sleeps.
class TestClock : public Clock {
 public:
  ProcessingTime now() const override { return ProcessingTime(kNow.time_since_epoch()); }
  std::chrono::nanoseconds monotonic() const override {
    return std::chrono::steady_clock::now().time_since_epoch() + gone_.load();
  }
  void advance(std::chrono::nanoseconds by) { gone_ = gone_.load() + by; }

 private:
  std::atomic<std::chrono::nanoseconds> gone_{std::chrono::nanoseconds(0)};
};

TestCell cell(std::string event, std::uint64_t count, std::uint64_t added, EventTime start = kNow,
              std::string source = "web") {
  return {.start = start,
          .source = std::move(source),
          .event = std::move(event),
          .count = count,
          .added = added};
}

/// What a client has that takes in every frame.
struct Shown {
  void take(const std::string& piece) {
    const auto data = piece.find("\ndata: ");
    ASSERT_TRUE(piece.starts_with("id: ") && data != piece.npos && piece.ends_with("\n\n"))
        << piece.substr(0, 100);
    frame = nlohmann::json::parse(piece.substr(data + 7));
    if (frame.at("whole")) {
      counts.clear();
    }
    for (const auto& one : frame.at("cells")) {
      counts[one.at("group").at("event")] = one.at("values").at("count");
    }
    for (const auto& one : frame.at("left")) {
      counts.erase(one.at("group").at("event"));
    }
    for (const auto& one : frame.at("other")) {
      other = one.at("values").at("count");
    }
  }

  nlohmann::json frame;
  Counts counts;
  std::uint64_t other = 0;
};

class LiveFeedTest : public testing::Test {
 protected:
  void start(LiveFeedSettings settings = {.interval = milliseconds(0)}) {
    feed_.emplace(settings, moments_, clock_);
  }

  HttpResponse request(const LiveQuery& query = {}) {
    FakeResponder responder;
    feed_->open(query, responder.respond());
    return responder.wait();
  }

  std::shared_ptr<FakeStream> connect(const LiveQuery& query = {}) {
    const auto response = request(query);
    EXPECT_EQ(response.status, 200);
    auto stream = std::make_shared<FakeStream>();
    response.on_stream(stream);
    return stream;
  }

  TestClock clock_;
  FakeMoments moments_;
  std::optional<LiveFeed> feed_;
};

TEST_F(LiveFeedTest, SendsAllOfItThenChanges) {
  start();
  moments_.change({cell("a", 1, 1)});
  const auto response = request();
  EXPECT_EQ(response.content_type, "text/event-stream");
  EXPECT_THAT(response.headers, Contains(Pair("X-Accel-Buffering", "no")));
  EXPECT_THAT(response.headers, Contains(Pair("Cache-Control", "no-cache, no-transform")));
  const auto stream = std::make_shared<FakeStream>();
  response.on_stream(stream);
  Shown shown;
  shown.take(stream->take());
  EXPECT_EQ(shown.counts, (Counts{{"a", 1}}));
  EXPECT_TRUE(shown.frame.at("whole"));
  moments_.change({cell("a", 3, 2)});
  shown.take(stream->take());
  EXPECT_EQ(shown.counts, (Counts{{"a", 3}}));
  moments_.change({cell("b", 5, 5)});
  shown.take(stream->take());
  EXPECT_EQ(shown.counts, (Counts{{"a", 3}, {"b", 5}}));
  EXPECT_EQ(shown.frame.at("cells").size(), 1U) << "only what changed";
  EXPECT_FALSE(shown.frame.at("whole"));
}

TEST_F(LiveFeedTest, AChangeBetweenTheAnswerAndTheFirstFrameIsInIt) {
  start();
  moments_.change({cell("a", 1, 1)});
  const auto response = request();
  moments_.change({cell("a", 2, 1)});  // While the head is on its way.
  const auto stream = std::make_shared<FakeStream>();
  response.on_stream(stream);
  Shown shown;
  shown.take(stream->take());
  while (shown.counts["a"] != 2) {
    shown.take(stream->take());
  }
}

TEST_F(LiveFeedTest, ShowsTheFirstGroupsAndTheRestAsOneAndSaysWhoLeft) {
  start();
  moments_.change({cell("a", 5, 5), cell("b", 4, 4), cell("c", 3, 3)});
  const auto stream = connect({.top = 2});
  Shown shown;
  shown.take(stream->take());
  EXPECT_EQ(shown.counts, (Counts{{"a", 5}, {"b", 4}}));
  EXPECT_EQ(shown.other, 3U);
  moments_.change({cell("c", 7, 4)});
  shown.take(stream->take());
  EXPECT_EQ(shown.frame.at("left").size(), 1U);
  EXPECT_EQ(shown.counts, (Counts{{"a", 5}, {"c", 7}}));
  EXPECT_EQ(shown.other, 4U);
}

TEST_F(LiveFeedTest, ShowsWhatTheQueryAsksForAndNoOtherWindow) {
  start();
  moments_.change({cell("a", 1, 1), cell("b", 1, 1), cell("a", 9, 9, kNow - minutes(15)),
                   cell("c", 1, 1, kNow, "ios")});
  const auto all = connect({.source = "web", .range = minutes(10)});
  Shown shown;
  shown.take(all->take());
  EXPECT_EQ(shown.counts, (Counts{{"a", 1}, {"b", 1}}));
  const auto one = connect({.event = "b"});
  Shown of_one;
  of_one.take(one->take());
  EXPECT_EQ(of_one.counts, (Counts{{"b", 1}}));
  moments_.change({cell("a", 2, 1)});
  moments_.change({cell("b", 3, 2)});
  of_one.take(one->take());
  EXPECT_EQ(of_one.counts, (Counts{{"b", 3}})) << "what it does not ask for makes no frame";
}

TEST_F(LiveFeedTest, ACellThatBecomesFinalIsTold) {
  start();
  moments_.change({cell("a", 1, 1)});
  const auto stream = connect();
  stream->take();
  moments_.set_watermark(kNow + minutes(1));
  moments_.change({});
  const std::string piece = stream->take();
  EXPECT_THAT(piece, HasSubstr(R"("state":"final")"));
}

TEST_F(LiveFeedTest, FramesOfOneQueryAreRenderedOnceForAllItsStreams) {
  start();
  const auto first = connect();
  const auto second = connect();
  const auto other = connect({.top = 5});
  for (const auto& stream : {first, second, other}) {
    stream->take();
  }
  moments_.change({cell("a", 1, 1)});
  const auto piece = first->next();
  EXPECT_EQ(second->next(), piece);
  EXPECT_NE(other->next(), piece);
}

TEST_F(LiveFeedTest, TheFirstChangeAfterASilenceComesAtOnce) {
  start({.interval = hours(1), .interval_max = hours(1), .keep_alive = hours(9)});
  const auto stream = connect();
  stream->take();  // All of it, which was nothing. That was a frame.
  clock_.advance(hours(1));
  moments_.change({cell("a", 1, 1)});
  Shown shown;
  shown.take(stream->take());
  EXPECT_EQ(shown.counts, (Counts{{"a", 1}}));
  EXPECT_EQ(shown.frame.at("interval_ms"), 3'600'000);
}

TEST_F(LiveFeedTest, FramesThatTakeMoreThanTheirShareComeLessOftenAndSaySo) {
  start({.interval = milliseconds(1), .interval_max = milliseconds(7), .busy_share = 1e-12});
  const auto stream = connect();
  Shown shown;
  shown.take(stream->take());
  moments_.change({cell("a", 1, 1)});
  shown.take(stream->take());
  EXPECT_EQ(shown.frame.at("interval_ms"), 7);
}

TEST_F(LiveFeedTest, ASlowStreamGetsAllOfItAgainAndNothingIsKeptForIt) {
  start();
  const auto slow = connect();
  const auto fast = connect();
  Shown fast_shown;
  fast_shown.take(fast->take());
  slow->next();  // It does not drain.
  for (std::uint64_t i = 1; i <= 5; ++i) {
    moments_.change({cell("event " + std::to_string(i), i, i)});
    fast_shown.take(fast->take());
  }
  slow->drain();
  Shown shown;
  shown.take(slow->take());
  EXPECT_TRUE(shown.frame.at("whole"));
  EXPECT_EQ(shown.counts, fast_shown.counts);
  EXPECT_EQ(slow->waiting_max(), 1U);
}

TEST_F(LiveFeedTest, AGroupThatOneStreamAloneWasToldOfLeavesItToo) {
  start({.interval = hours(1), .interval_max = hours(1), .keep_alive = hours(9)});
  moments_.change({cell("a", 1, 1)});
  const auto first = connect({.top = 1});
  first->take();
  clock_.advance(hours(2));
  moments_.change({cell("b", 5, 5)});
  first->take();
  moments_.change({cell("c", 9, 9)});  // Of which the first stream is not told yet.
  const auto second = connect({.top = 1});
  Shown shown;
  shown.take(second->take());
  moments_.change({cell("d", 20, 20)});
  clock_.advance(hours(2));
  moments_.change({cell("d", 21, 1)});
  while (shown.counts["d"] != 21) {
    clock_.advance(hours(2));  // Since the frame that may have been made just now.
    moments_.change({});
    shown.take(second->take());
  }
  EXPECT_EQ(shown.counts, (Counts{{"d", 21}}));
  EXPECT_EQ(shown.other, 15U);
}

TEST_F(LiveFeedTest, NoStreamBeginsWithWhatIsLoadedInPart) {
  start({.interval = milliseconds(0), .limits = {.slice_cells = 1}});
  std::vector<TestCell> cells;
  for (std::uint64_t i = 0; i < 2'000; ++i) {
    cells.push_back(cell("event " + std::to_string(i), 1, 1));
  }
  moments_.change(cells);
  const auto first = connect({.top = 3'000, .range = minutes(1)});
  Shown shown;
  shown.take(first->take());
  ASSERT_EQ(shown.counts.size(), 2'000U);
  moments_.change({cell("event 7", 2, 1)});
  shown.take(first->take());
  moments_.change({}, false);
  const auto second = connect({.top = 3'000, .range = minutes(1)});
  shown.take(second->take());
  EXPECT_EQ(shown.counts.size(), 2'000U);
}

TEST_F(LiveFeedTest, WhatCannotBeContinuedIsLoadedAgain) {
  start();
  moments_.change({cell("a", 1, 1), cell("b", 1, 1)});
  const auto stream = connect();
  Shown shown;
  shown.take(stream->take());
  moments_.change({cell("a", 7, 0)}, false);
  shown.take(stream->take());
  EXPECT_TRUE(shown.frame.at("whole"));
  EXPECT_EQ(shown.counts, (Counts{{"a", 7}, {"b", 1}}));
}

TEST_F(LiveFeedTest, AViewOfManyCellsIsLoadedSliceBySliceAndMissesNoChange) {
  start({.interval = milliseconds(0), .limits = {.slice_cells = 7}});
  std::vector<TestCell> cells;
  for (std::uint64_t i = 0; i < 500; ++i) {
    cells.push_back(cell("event " + std::to_string(i), 1, 1));
  }
  moments_.change(cells);
  const auto stream = connect({.top = 600});
  for (std::uint64_t i = 0; i < 500; ++i) {
    moments_.change({cell("event " + std::to_string(i), 2, 1)});
  }
  Shown shown;
  std::uint64_t sum = 0;
  while (sum < 1'000) {
    shown.take(stream->take());
    sum = 0;
    for (const auto& [event, count] : shown.counts) {
      sum += count;
    }
  }
  EXPECT_EQ(sum, 1'000U);
  EXPECT_EQ(shown.counts.size(), 500U);
}

/// Fails as it is told to.
class FailingSnapshot : public StateSnapshot {
 public:
  explicit FailingSnapshot(std::function<Result<void>()> fail) : fail_(std::move(fail)) {}
  Result<void> read(const Read&) const override { return fail_(); }
  bool is_open() const override { return true; }

 private:
  const std::function<Result<void>()> fail_;
};

TEST_F(LiveFeedTest, AStreamThatCannotBeLoadedIsClosedAndTheNextOneBeginsAnew) {
  using Fail = std::function<Result<void>()>;
  start();
  MemoryStateStore empty;
  LiveQuery query{.top = 1};
  for (const Fail& fail : {Fail([]() -> Result<void> {
                             return Error{ErrorKind::kUnavailable, "closed"};
                           }),
                           Fail([]() -> Result<void> { throw std::bad_alloc(); })}) {
    moments_.begin_with(std::make_shared<FailingSnapshot>(fail));
    ++query.top;
    const auto first = connect(query);
    first->wait_until_disconnected();
    moments_.begin_with(empty.snapshot().value());
    moments_.change({cell("a", 1, 1)});
    const auto second = connect(query);  // While the first is there still.
    Shown shown;
    shown.take(second->take());
    EXPECT_EQ(shown.counts, (Counts{{"a", 1}}));
    EXPECT_FALSE(second->disconnected());
  }
}

TEST_F(LiveFeedTest, AnswersTheErrorOfTheViewInsteadOfAStream) {
  start();
  moments_.fail(Error{ErrorKind::kUnavailable, "processing has stopped"});
  const auto response = request();
  EXPECT_EQ(response.status, 503);
  EXPECT_FALSE(response.on_stream);
  EXPECT_THAT(response.body, HasSubstr("processing has stopped"));
  EXPECT_EQ(feed_->stream_count(), 0U);
}

TEST_F(LiveFeedTest, StreamsAndQueriesAreLimited) {
  start({.streams_limit = 2, .queries_limit = 1});
  const auto first = connect();
  EXPECT_EQ(request({.top = 3}).status, 503) << "another query";
  const auto second = connect();
  EXPECT_EQ(request().status, 503);
  EXPECT_EQ(feed_->stream_count(), 2U);
}

TEST_F(LiveFeedTest, WithoutStreamsNobodyFollows) {
  start();
  EXPECT_FALSE(moments_.is_followed());
  auto stream = connect();
  stream->take();
  EXPECT_TRUE(moments_.is_followed());
  stream->disconnect();
  stream.reset();
  moments_.change({cell("a", 1, 1)});  // Wakes it.
  moments_.wait_until_unfollowed();
}

TEST_F(LiveFeedTest, AQuietStreamIsKeptAlive) {
  start({.interval = milliseconds(0), .keep_alive = milliseconds(1)});
  const auto stream = connect();
  while (stream->take() != ": still here\n\n") {
  }
}

}  // namespace
}  // namespace hapax
