// SPDX-License-Identifier: Apache-2.0
#include "events/event_feed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <future>
#include <latch>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "testing/memory_verdicts.hpp"
#include "testing/read_test_support.hpp"
#include "testing/shared_log.hpp"

namespace hapax {
namespace {

using Json = nlohmann::json;
using std::chrono::hours;
using std::chrono::milliseconds;
using testing::HasSubstr;

/// A feed whose thread really waits, in front of a log and verdicts that a test writes.
class EventFeedTest : public testing::Test {
 protected:
  void start(EventFeedSettings settings = {}) {
    settings.listener.interval = milliseconds(0);
    feed_.emplace(settings, log_, *verdicts_.log, clock_, seed_);
  }

  void add(const std::string& id, const std::string& source = "web") {
    log_.add({{.source = source, .message_id = id, .type = EventType::kTrack, .name = "Clicked"}});
  }
  void decide(std::vector<Verdict> verdicts) {
    verdicts_.log->add(PartitionId(0),
                       {.base = verdicts_.log->ends()[0], .verdicts = std::move(verdicts)});
  }

  HttpResponse request(const RawEventFilter& filter = {}) {
    FakeResponder responder;
    feed_->open(filter, responder.respond());
    return responder.wait();
  }
  std::shared_ptr<FakeStream> connect(const RawEventFilter& filter = {}) {
    const auto response = request(filter);
    EXPECT_EQ(response.status, 200);
    auto stream = std::make_shared<FakeStream>();
    response.on_stream(stream);
    return stream;
  }
  static Json frame(const std::string& piece) {
    EXPECT_TRUE(piece.starts_with("data: ")) << piece;
    return Json::parse(piece.substr(6));
  }
  /// The next frame in which there is something.
  static Json news(FakeStream& stream) {
    for (;;) {
      const Json next = frame(stream.take());
      if (!next.at("events").empty() || next.at("skipped") > 0) {
        return next;
      }
    }
  }

  SharedLog log_{1};
  MemoryVerdicts verdicts_{1};
  SteadyClock clock_;
  std::uint64_t seed_ = 1;
  std::optional<EventFeed> feed_;
};

TEST_F(EventFeedTest, BeginsWithAnEmptyFrameAndShowsWhatComesFromThenOn) {
  add("before");
  start();
  const auto stream = connect();
  EXPECT_EQ(frame(stream->take()),
            Json({{"events", Json::array()}, {"skipped", 0}, {"sampled", 1.0}}));
  decide({Verdict::kUnique, Verdict::kUnique});
  add("after");
  const Json shown = news(*stream);
  EXPECT_EQ(shown.at("events").size(), 1U);
  EXPECT_EQ(shown.at("events")[0].at("message_id"), "after");
  EXPECT_EQ(shown.at("events")[0].at("verdict"), "first");
}

TEST_F(EventFeedTest, WaitsForTheVerdict) {
  start({.verdict_wait = hours(1)});
  const auto stream = connect();
  stream->take();
  add("a");
  add("a");
  decide({Verdict::kUnique});
  EXPECT_EQ(news(*stream).at("events")[0].at("verdict"), "first");
  decide({Verdict::kConflict});
  const Json copy = news(*stream).at("events")[0];
  EXPECT_EQ(copy.at("verdict"), "conflict");
  EXPECT_EQ(copy.at("of"), Json({{"partition", 0}, {"offset", 0}}));
}

TEST_F(EventFeedTest, WhatIsNotDecidedForLongIsPending) {
  start({.verdict_wait = milliseconds(1)});
  const auto stream = connect();
  stream->take();
  add("a");
  EXPECT_EQ(news(*stream).at("events")[0].at("verdict"), "pending");
}

TEST_F(EventFeedTest, WhatIsNotDecidedForLongIsSkippedWhereAVerdictIsAskedFor) {
  start({.verdict_wait = milliseconds(1)});
  const auto copies = connect({.source = "web", .verdict = EventVerdict::kDuplicate});
  const auto rejected = connect({.verdict = EventVerdict::kRejected});
  copies->take();
  rejected->take();
  add("other source", "ios");
  add("a");
  log_.add({{.source = "web", .rejection = RejectionView{.code = "c"}}});
  const Json shown = news(*copies);
  EXPECT_TRUE(shown.at("events").empty());
  EXPECT_EQ(shown.at("skipped"), 1);
  const Json dead = news(*rejected);
  EXPECT_EQ(dead.at("events").size(), 1U);
  EXPECT_EQ(dead.at("skipped"), 0);
}

TEST_F(EventFeedTest, AListenerGetsWhatItAsksForAndEntriesAreMadeOnce) {
  start();
  const auto web = connect({.source = "web"});
  const auto copies = connect({.verdict = EventVerdict::kDuplicate});
  web->take();
  copies->take();
  decide({Verdict::kUnique, Verdict::kUnique, Verdict::kDuplicate});
  add("a");
  add("b", "ios");
  add("b", "ios");
  EXPECT_EQ(news(*web).at("events")[0].at("message_id"), "a");
  const Json shown = news(*copies);
  EXPECT_EQ(shown.at("events").size(), 1U);
  EXPECT_EQ(shown.at("events")[0].at("source"), "ios");
}

TEST_F(EventFeedTest, WhichOnesAreInAShareIsAMatterOfASecret) {
  std::set<std::vector<std::string>> shares;
  for (seed_ = 1; seed_ <= 3; ++seed_) {
    start({.listener = {.events_per_second_max = 2}});
    const auto stream = connect();
    stream->take();
    decide(std::vector(64, Verdict::kUnique));
    std::vector<EventView> events;
    std::vector<std::string> ids(64);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      ids[i] = std::to_string(i);
      events.push_back({.source = "web", .message_id = ids[i]});
    }
    log_.add(events);
    std::vector<std::string> shown;
    for (std::uint64_t seen = 0; seen < ids.size();) {
      const Json frame = news(*stream);
      seen += frame.at("skipped").get<std::uint64_t>() + frame.at("events").size();
      for (const Json& event : frame.at("events")) {
        shown.push_back(event.at("message_id"));
      }
    }
    shares.insert(shown);
    feed_.reset();
  }
  EXPECT_GT(shares.size(), 1U);
}

TEST_F(EventFeedTest, ASlowClientIsToldHowManyItMissed) {
  start({.listener = {.waiting_max = 3}});
  const auto slow = connect();
  const auto fast = connect();
  fast->take();
  slow->next();  // It does not drain.
  for (int i = 0; i < 10; ++i) {
    decide({Verdict::kUnique});
    add(std::to_string(i));
    news(*fast);
  }
  slow->drain();
  const Json shown = news(*slow);
  EXPECT_EQ(shown.at("skipped"), 7);
  ASSERT_EQ(shown.at("events").size(), 3U);
  EXPECT_EQ(shown.at("events")[2].at("message_id"), "9") << "the newest";
  EXPECT_EQ(slow->waiting_max(), 1U);
}

TEST_F(EventFeedTest, NoRecordIsTooLargeForAStream) {
  constexpr std::size_t kStreamBytesLimit = 4U << 20U;
  start();
  const auto stream = connect();
  stream->take();
  const std::string original(16U << 20U, '\1');
  log_.add({{.source = "web",
             .rejection = RejectionView{.code = "event_too_large", .original = original}}});
  const std::string piece = stream->take();
  EXPECT_LT(piece.size(), kStreamBytesLimit);
  EXPECT_THAT(piece, HasSubstr("\"original_bytes\":16777216"));
}

TEST_F(EventFeedTest, WhoIsTooFarBehindGoesOnAtTheEndAndSaysSo) {
  start({.verdict_wait = hours(1), .undecided_max = 1, .behind_max = 5});
  const auto stream = connect();
  stream->take();
  // Alone: what the same poll brought with it would be read, too.
  std::latch read(1);
  log_.on_poll([&read](bool any) {
    if (any) {
      read.count_down();
    }
  });
  add("undecided");
  read.wait();
  log_.on_poll(nullptr);
  for (int i = 0; i < 20; ++i) {
    add(std::to_string(i));
  }
  std::uint64_t skipped = 0;
  while (skipped < 15) {
    skipped += news(*stream).at("skipped").get<std::uint64_t>();
  }
  EXPECT_GE(feed_->stats().passed_over, 15U);
}

TEST_F(EventFeedTest, WithoutMemoryStreamsEndAndSayWhy) {
  start();
  const auto stream = connect();
  stream->take();
  log_.on_poll([](bool any) {
    if (any) {
      throw std::bad_alloc();
    }
  });
  add("lost");
  const std::string last = stream->take();
  EXPECT_TRUE(last.starts_with("event: end\n")) << last;
  EXPECT_THAT(last, HasSubstr("out_of_memory"));
  stream->wait_until_ended();
  log_.on_poll(nullptr);
  const auto again = connect();
  again->take();
  decide({Verdict::kUnique, Verdict::kUnique});
  add("later");
  EXPECT_EQ(news(*again).at("events")[0].at("message_id"), "later");
}

TEST_F(EventFeedTest, StreamsAreLimited) {
  start({.streams_limit = 1});
  auto stream = connect();
  EXPECT_EQ(request().status, 503);
  EXPECT_EQ(feed_->stats().streams, 1U);
  stream.reset();
  while (feed_->stats().streams > 0) {  // Its thread may be about to write to it.
    std::this_thread::yield();
  }
  EXPECT_EQ(request().status, 200);
}

TEST_F(EventFeedTest, WhoIsRefusedMayCallBack) {
  start({.streams_limit = 0});
  std::future<EventFeedStats> asked;
  bool was_answered = false;
  feed_->open({}, [&](const HttpResponse&) {
    asked = std::async(std::launch::async, [this] { return feed_->stats(); });
    was_answered = asked.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
  });
  EXPECT_TRUE(was_answered) << "it waits for a lock";
}

TEST_F(EventFeedTest, AQuietStreamIsKeptAlive) {
  start({.keep_alive = milliseconds(1)});
  const auto stream = connect();
  while (stream->take() != ": still here\n\n") {
  }
}

}  // namespace
}  // namespace hapax
