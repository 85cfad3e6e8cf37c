// SPDX-License-Identifier: Apache-2.0
#include "read/live_feed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <map>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "testing/fake_moments.hpp"
#include "testing/read_test_support.hpp"
#include "testing/seeded_random.hpp"
#include "testing/test_rows.hpp"

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

struct Count {
  std::string event;
  std::size_t count = 0;
  EventTime start = kNow;
  std::string source = "web";
};

/// What a client has that takes in every frame.
struct Shown {
  void take(const std::string& piece) {
    const auto data = piece.rfind("\ndata: ");
    ASSERT_TRUE(piece.starts_with("id: ") && data != piece.npos && piece.ends_with("\n\n"))
        << piece.substr(0, 100);
    id = piece.substr(4, piece.find('\n') - 4);
    frame = nlohmann::json::parse(piece.substr(data + 7));
    if (frame.at("whole")) {
      counts.clear();
    }
    for (const auto& one : frame.at("rows")) {
      counts[one.at("group").at("event")] = one.at("values").at("n");
    }
    for (const auto& one : frame.at("left")) {
      counts.erase(one.at("group").at("event"));
    }
    for (const auto& one : frame.at("other")) {
      other = one.at("values").at("n");
    }
  }

  std::string id;
  nlohmann::json frame;
  Counts counts;
  std::uint64_t other = 0;
};

class LiveFeedTest : public testing::Test {
 protected:
  LiveFeedTest() { moments_.begin(*view_.served()); }

  void start(LiveFeedSettings settings = {.interval = milliseconds(0)}) {
    feed_.emplace(settings, moments_, clock_, random_);
  }

  void change(const std::vector<Count>& counts, bool continues = true) {
    CellRows rows;
    for (const Count& one : counts) {
      const Window window{.start = one.start, .end = one.start + minutes(1)};
      rows.add(window_key(window).append(TestRows::group({one.source, one.event})),
               view_.value(std::vector<double>(one.count)));
    }
    moments_.change("v", std::move(rows), continues);
  }

  HttpResponse request(const std::string& query = "", const std::string& last_event_id = "") {
    FakeResponder responder;
    feed_->open(parse_live_request(query, view_.served()).value(), last_event_id,
                responder.respond());
    return responder.wait();
  }

  std::shared_ptr<FakeStream> connect(const std::string& query = "",
                                      const std::string& last_event_id = "") {
    const auto response = request(query, last_event_id);
    EXPECT_EQ(response.status, 200);
    auto stream = std::make_shared<FakeStream>();
    response.on_stream(stream);
    return stream;
  }

  TestClock clock_;
  SeededRandom random_{1};
  const TestRows view_{R"({"name":"v","window":{"tumbling":"1m"},"group_by":["source","event"],)"
                       R"("measures":{"n":"count"}})"};
  FakeMoments moments_;
  std::optional<LiveFeed> feed_;
};

TEST_F(LiveFeedTest, SendsAllOfItThenChanges) {
  start();
  change({{"a", 1}});
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
  change({{"a", 3}});
  shown.take(stream->take());
  EXPECT_EQ(shown.counts, (Counts{{"a", 3}}));
  change({{"b", 5}});
  shown.take(stream->take());
  EXPECT_EQ(shown.counts, (Counts{{"a", 3}, {"b", 5}}));
  EXPECT_EQ(shown.frame.at("rows").size(), 1U) << "only what changed";
  EXPECT_FALSE(shown.frame.at("whole"));
}

TEST_F(LiveFeedTest, AChangeBetweenTheAnswerAndTheFirstFrameIsInIt) {
  start();
  change({{"a", 1}});
  const auto response = request();
  change({{"a", 2}});  // While the head is on its way.
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
  change({{"a", 5}, {"b", 4}, {"c", 3}});
  const auto stream = connect("top=2");
  Shown shown;
  shown.take(stream->take());
  EXPECT_EQ(shown.counts, (Counts{{"a", 5}, {"b", 4}}));
  EXPECT_EQ(shown.other, 3U);
  change({{"c", 7}});
  shown.take(stream->take());
  EXPECT_EQ(shown.frame.at("left").size(), 1U);
  EXPECT_EQ(shown.counts, (Counts{{"a", 5}, {"c", 7}}));
  EXPECT_EQ(shown.other, 4U);
}

TEST_F(LiveFeedTest, ShowsWhatTheQueryAsksForAndNoOtherWindow) {
  start();
  change({{"a", 1}, {"b", 1}, {"a", 9, kNow - minutes(15)}, {"c", 1, kNow, "ios"}});
  const auto all = connect("source=web&windows=10");
  Shown shown;
  shown.take(all->take());
  EXPECT_EQ(shown.counts, (Counts{{"a", 1}, {"b", 1}}));
  const auto one = connect("group.event=b");
  Shown of_one;
  of_one.take(one->take());
  EXPECT_EQ(of_one.counts, (Counts{{"b", 1}}));
  change({{"a", 2}});
  change({{"b", 3}});
  of_one.take(one->take());
  EXPECT_EQ(of_one.counts, (Counts{{"b", 3}})) << "what it does not ask for makes no frame";
}

TEST_F(LiveFeedTest, ACellThatBecomesFinalIsTold) {
  start();
  change({{"a", 1}});
  const auto stream = connect();
  stream->take();
  moments_.set_watermark(kNow + minutes(1));
  change({});
  const std::string piece = stream->take();
  EXPECT_THAT(piece, HasSubstr(R"("state":"final")"));
}

TEST_F(LiveFeedTest, FramesOfOneQueryAreRenderedOnceForAllItsStreams) {
  start();
  const auto first = connect();
  const auto second = connect();
  const auto other = connect("top=5");
  for (const auto& stream : {first, second, other}) {
    stream->take();
  }
  change({{"a", 1}});
  const auto piece = first->next();
  EXPECT_EQ(second->next(), piece);
  EXPECT_NE(other->next(), piece);
}

TEST_F(LiveFeedTest, TheFirstChangeAfterASilenceComesAtOnce) {
  start({.interval = hours(1), .interval_max = hours(1), .keep_alive = hours(9)});
  const auto stream = connect();
  stream->take();  // All of it, which was nothing. That was a frame.
  clock_.advance(hours(1));
  change({{"a", 1}});
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
  change({{"a", 1}});
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
    change({{"event " + std::to_string(i), i}});
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
  change({{"a", 1}});
  const auto first = connect("top=1");
  first->take();
  clock_.advance(hours(2));
  change({{"b", 5}});
  first->take();
  change({{"c", 9}});  // Of which the first stream is not told yet.
  const auto second = connect("top=1");
  Shown shown;
  shown.take(second->take());
  change({{"d", 20}});
  clock_.advance(hours(2));
  change({{"d", 21}});
  while (shown.counts["d"] != 21) {
    clock_.advance(hours(2));  // Since the frame that may have been made just now.
    change({});
    shown.take(second->take());
  }
  EXPECT_EQ(shown.counts, (Counts{{"d", 21}}));
  EXPECT_EQ(shown.other, 15U);
}

TEST_F(LiveFeedTest, NoStreamBeginsWithWhatIsLoadedInPart) {
  start({.interval = milliseconds(0), .limits = {.slice_cells = 1}});
  std::vector<Count> cells;
  for (std::uint64_t i = 0; i < 2'000; ++i) {
    cells.push_back({"event " + std::to_string(i), 1});
  }
  change(cells);
  const auto first = connect("top=3000&windows=1");
  Shown shown;
  shown.take(first->take());
  ASSERT_EQ(shown.counts.size(), 2'000U);
  change({{"event 7", 2}});
  shown.take(first->take());
  change({}, false);
  const auto second = connect("top=3000&windows=1");
  shown.take(second->take());
  EXPECT_EQ(shown.counts.size(), 2'000U);
}

TEST_F(LiveFeedTest, WhatCannotBeContinuedIsLoadedAgain) {
  start();
  change({{"a", 1}, {"b", 1}});
  const auto stream = connect();
  Shown shown;
  shown.take(stream->take());
  change({{"a", 7}}, false);
  shown.take(stream->take());
  EXPECT_TRUE(shown.frame.at("whole"));
  EXPECT_EQ(shown.counts, (Counts{{"a", 7}, {"b", 1}}));
}

TEST_F(LiveFeedTest, AViewOfManyCellsIsLoadedSliceBySliceAndMissesNoChange) {
  start({.interval = milliseconds(0), .limits = {.slice_cells = 7}});
  std::vector<Count> cells;
  for (std::uint64_t i = 0; i < 500; ++i) {
    cells.push_back({"event " + std::to_string(i), 1});
  }
  change(cells);
  const auto stream = connect("top=600");
  for (std::uint64_t i = 0; i < 500; ++i) {
    change({{"event " + std::to_string(i), 2}});
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
  int top = 1;
  for (const Fail& fail : {Fail([]() -> Result<void> {
                             return Error{ErrorKind::kUnavailable, "closed"};
                           }),
                           Fail([]() -> Result<void> { throw std::bad_alloc(); })}) {
    moments_.begin(*view_.served(), std::make_shared<FailingSnapshot>(fail));
    const std::string query = "top=" + std::to_string(++top);
    const auto first = connect(query);
    EXPECT_THAT(first->take(), HasSubstr("event: end\ndata: {"));
    first->wait_until_ended();
    moments_.begin(*view_.served(), empty.snapshot().value());
    change({{"a", 1}});
    const auto second = connect(query);  // While the first is there still.
    Shown shown;
    shown.take(second->take());
    EXPECT_EQ(shown.counts, (Counts{{"a", 1}}));
    EXPECT_FALSE(second->disconnected());
  }
}

TEST_F(LiveFeedTest, WhatWaitsForABusyThreadIsBounded) {
  start({.interval = milliseconds(0), .updates_max = 3});
  std::promise<void> busy;
  std::promise<void> go_on;
  moments_.begin(*view_.served(), std::make_shared<FailingSnapshot>([&]() -> Result<void> {
    busy.set_value();
    go_on.get_future().wait();
    return Error{ErrorKind::kUnavailable, "closed"};
  }));
  const auto first = connect("top=7");
  busy.get_future().wait();
  MemoryStateStore empty;
  moments_.begin(*view_.served(), empty.snapshot().value());
  const auto second = connect();
  for (std::size_t i = 1; i <= 50; ++i) {
    change({{"a", i}, {"e" + std::to_string(i), 1}});
  }
  EXPECT_LE(moments_.living(), 4U);
  go_on.set_value();
  EXPECT_THAT(first->take(), HasSubstr("event: end\ndata: {"));
  Shown shown;
  while (shown.counts.size() < 51) {
    shown.take(second->take());
  }
  EXPECT_EQ(shown.counts["a"], 50U) << "with all that was not told one by one";
}

TEST_F(LiveFeedTest, WantOfMemoryBetweenStreamsEndsNothing) {
  start({.interval = milliseconds(0), .linger = milliseconds(0)});
  const TestRows other(R"({"name":"w","measures":{"n":"count"}})", "w");
  moments_.begin(*other.served());
  const auto stream = connect();
  FakeResponder responder;
  feed_->open(parse_live_request("", other.served()).value(), "", responder.respond());
  std::optional<HttpResponse> opened = responder.wait();
  moments_.fail_follows(2);
  opened.reset();
  change({{"a", 1}});  // It finds that one view is read no more.
  moments_.wait_until_followed({"v"});
  Shown shown;
  while (shown.counts["a"] != 1) {
    shown.take(stream->take());
  }
  EXPECT_FALSE(stream->disconnected());
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
  EXPECT_EQ(request("top=3").status, 503) << "another query";
  const auto second = connect();
  EXPECT_EQ(request().status, 503);
  EXPECT_EQ(feed_->stream_count(), 2U);
}

TEST_F(LiveFeedTest, WithoutStreamsNobodyFollowsAfterAWhile) {
  start({.interval = milliseconds(0), .linger = hours(1)});
  EXPECT_TRUE(moments_.followed().empty());
  auto stream = connect();
  stream->take();
  EXPECT_EQ(moments_.followed(), (std::set<std::string>{"v"}));
  stream.reset();
  change({{"a", 1}});  // Wakes it.
  const auto other = connect("top=1");
  other->take();  // So it has had a round since.
  EXPECT_EQ(moments_.followed(), (std::set<std::string>{"v"}));
}

TEST_F(LiveFeedTest, FollowsTheViewsOfItsStreamsUntilNoneIsLeft) {
  start({.interval = milliseconds(0), .linger = milliseconds(0)});
  const TestRows other(R"({"name":"w","measures":{"n":"count"}})", "w");
  moments_.begin(*other.served());
  auto stream = connect();
  FakeResponder responder;
  feed_->open(parse_live_request("", other.served()).value(), "", responder.respond());
  std::optional<HttpResponse> opened = responder.wait();
  EXPECT_EQ(moments_.followed(), (std::set<std::string>{"v", "w"}));
  opened.reset();
  stream.reset();
  change({{"a", 1}});
  moments_.wait_until_unfollowed();
}

TEST_F(LiveFeedTest, WhoComesBackWithItsLastFrameGetsOnlyWhatItMissed) {
  start({.interval = milliseconds(0), .linger = hours(1)});
  change({{"a", 1}});
  auto stream = connect();
  Shown shown;
  shown.take(stream->take());
  const auto other = connect("top=50");
  other->take();
  stream.reset();
  change({{"b", 2}});
  other->take();  // The frame is made: queries take turns in one thread.
  const auto again = connect("", shown.id);
  shown.take(again->take());
  EXPECT_FALSE(shown.frame.at("whole"));
  EXPECT_EQ(shown.counts, (Counts{{"a", 1}, {"b", 2}}));
  const auto third = connect("", shown.id);  // It has all.
  change({{"c", 3}});
  shown.take(third->take());
  EXPECT_FALSE(shown.frame.at("whole"));
  EXPECT_EQ(shown.counts, (Counts{{"a", 1}, {"b", 2}, {"c", 3}}));
}

TEST_F(LiveFeedTest, WhoComesBackWithAFrameThatIsNotKnownGetsAllOfIt) {
  start();
  change({{"a", 1}});
  const auto stream = connect();
  Shown shown;
  shown.take(stream->take());
  for (const std::string& id :
       std::vector<std::string>{shown.id + "0", "0123456789abcdef-2", "2"}) {
    const auto again = connect("", id);
    shown.take(again->take());
    EXPECT_TRUE(shown.frame.at("whole"));
  }
}

TEST_F(LiveFeedTest, StreamsOfAViewThatIsGoneAreToldSo) {
  start();
  const auto stream = connect();
  stream->take();
  moments_.take_away("v");
  const std::string last = stream->take();
  EXPECT_TRUE(last.starts_with("event: end\ndata: {")) << last;
  EXPECT_THAT(last, HasSubstr(R"("code":"view_changed")"));
  stream->wait_until_ended();
  EXPECT_FALSE(stream->disconnected());
  EXPECT_EQ(request().status, 503);
}

TEST_F(LiveFeedTest, AViewThatWasLeftOutOfAMomentIsLoadedAgain) {
  start();
  change({{"a", 1}});
  const auto stream = connect();
  Shown shown;
  shown.take(stream->take());
  moments_.leave_out("v");
  shown.take(stream->take());
  EXPECT_TRUE(shown.frame.at("whole"));
  change({{"a", 2}});
  shown.take(stream->take());
  EXPECT_EQ(shown.counts, (Counts{{"a", 2}}));
}

TEST_F(LiveFeedTest, TheQueryThatKeepsTheMostIsEndedWhenAllKeepTooMuch) {
  start({.interval = milliseconds(0), .bytes_max = 1'500});
  change({{"a", 1}});
  const auto small = connect("group.event=a");
  Shown shown;
  shown.take(small->take());
  const auto large = connect();
  large->take();
  change({{"b", 1}, {"c", 1}, {"d", 1}, {"e", 1}, {"f", 1}});
  std::string last;
  while (!last.starts_with("retry: 60000\nevent: end\n")) {
    last = large->take();
  }
  EXPECT_THAT(last, HasSubstr("more groups than live streams may keep"));
  change({{"a", 2}});
  shown.take(small->take());
  EXPECT_EQ(shown.counts, (Counts{{"a", 2}}));
}

TEST_F(LiveFeedTest, AQueryThatNobodyReadsGivesWayToANewOne) {
  start({.queries_limit = 1, .linger = hours(1)});
  connect().reset();
  EXPECT_EQ(request("top=3").status, 200);
}

TEST_F(LiveFeedTest, FramesSayRowsAsAnswersDo) {
  start();
  moments_.set_watermark(kNow + std::chrono::seconds(30));
  change({{"a", 3, kNow - minutes(1)}, {"b", 2}, {"c", 1}});
  const auto stream = connect("top=1");
  const std::string piece = stream->take();
  EXPECT_THAT(
      piece,
      HasSubstr(
          R"(data: {"view":"v","watermark":"2019-12-20T00:00:30.000Z",)"
          R"("complete_until":"2019-12-20T00:00:00.000Z","complete_from":null,"rows":[)"
          R"({"start":"2019-12-19T23:59:00.000Z","end":"2019-12-20T00:00:00.000Z",)"
          R"("group":{"source":"web","event":"a"},"values":{"n":3},"state":"final","revision":0},)"
          R"({"start":"2019-12-20T00:00:00.000Z","end":"2019-12-20T00:01:00.000Z",)"
          R"("group":{"source":"web","event":"b"},"values":{"n":2},"state":"open","revision":0,)"
          R"("current":true}],"other":[)"
          R"({"start":"2019-12-20T00:00:00.000Z","end":"2019-12-20T00:01:00.000Z",)"
          R"("groups":1,"values":{"n":1}}],"left":[],"from":"2019-12-19T23:46:00.000Z",)"
          R"("whole":true,"interval_ms":0})"));
}

TEST_F(LiveFeedTest, AQuietStreamIsKeptAlive) {
  start({.interval = milliseconds(0), .keep_alive = milliseconds(1)});
  const auto stream = connect();
  while (stream->take() != ": still here\n\n") {
  }
}

}  // namespace
}  // namespace hapax
