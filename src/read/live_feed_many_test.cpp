// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "read/live_feed.hpp"
#include "testing/fake_moments.hpp"
#include "testing/read_test_support.hpp"
#include "testing/seeded_random.hpp"
#include "testing/still_clock.hpp"
#include "testing/test_rows.hpp"

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::HasSubstr;

constexpr EventTime kNow{hours(24 * 365 * 50)};

/// The events of one connection, as a client reads them.
class Events {
 public:
  explicit Events(std::shared_ptr<FakeStream> stream, const std::string& head = "")
      : stream_(std::move(stream)), text_(head) {}

  struct Event {
    std::string name;
    std::string id;
    nlohmann::json data;
  };

  /// The next one that is no comment and sets nothing; the client takes what comes until then.
  Event next() {
    for (;;) {
      const auto end = text_.find("\n\n");
      if (end == text_.npos) {
        text_ += stream_->take();
        continue;
      }
      const Event event = parse(text_.substr(0, end));
      text_.erase(0, end + 2);
      if (!event.name.empty()) {
        return event;
      }
    }
  }

 private:
  static Event parse(const std::string& block) {
    Event event;
    std::size_t at = 0;
    while (at < block.size()) {
      const auto end = std::min(block.find('\n', at), block.size());
      const std::string line = block.substr(at, end - at);
      at = end + 1;
      const auto colon = line.find(": ");
      const std::string value = line.substr(colon + 2);
      if (line.starts_with("event: ")) {
        event.name = value;
      } else if (line.starts_with("id: ")) {
        event.id = value;
      } else if (line.starts_with("data: ")) {
        event.data = nlohmann::json::parse(value);
      }
    }
    return event;
  }

  std::shared_ptr<FakeStream> stream_;
  std::string text_;
};

/// How many events of each name a client shows.
struct Shown {
  void take(const Events::Event& event) {
    id = event.id;
    whole = event.data.at("whole").get<bool>();
    if (whole) {
      counts.clear();
    }
    for (const auto& row : event.data.at("rows")) {
      counts[row.at("group").at("event")] = row.at("values").at("n");
    }
  }

  std::string id;
  bool whole = false;
  std::map<std::string, int> counts;
};

class LiveFeedManyTest : public testing::Test {
 protected:
  LiveFeedManyTest() {
    moments_.begin(*v_.served());
    moments_.begin(*w_.served());
  }

  void start(LiveFeedSettings settings = {.interval = milliseconds(0)}) {
    feed_.emplace(settings, moments_, clock_, random_);
  }

  void change(const std::string& view, const std::string& event, std::size_t count) {
    const TestRows& of = view == "v" ? v_ : w_;
    CellRows rows;
    const Window window{.start = kNow, .end = kNow + minutes(1)};
    rows.add(window_key(window).append(TestRows::group({event})),
             of.value(std::vector<double>(count)));
    moments_.change(view, std::move(rows));
  }

  LivePart part(const std::string& name, const std::string& view, const std::string& query = "",
                const std::string& last_event_id = "") {
    return {.name = name,
            .query = parse_live_request(query, (view == "v" ? v_ : w_).served()).value(),
            .last_event_id = last_event_id};
  }

  HttpResponse request(std::vector<LivePart> parts) {
    FakeResponder responder;
    feed_->open(std::move(parts), responder.respond());
    return responder.wait();
  }

  Events connect(std::vector<LivePart> parts) {
    const auto response = request(std::move(parts));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.content_type, "text/event-stream");
    stream_ = std::make_shared<FakeStream>();
    response.on_stream(stream_);
    return Events(stream_, response.body);
  }

  StillClock clock_;
  SeededRandom random_{1};
  const TestRows v_{R"({"name":"v","window":{"tumbling":"1m"},"group_by":["event"],)"
                    R"("measures":{"n":"count"}})"};
  const TestRows w_{R"({"name":"w","window":{"tumbling":"1m"},"group_by":["event"],)"
                    R"("measures":{"n":"count"}})",
                    "w"};
  FakeMoments moments_;
  std::shared_ptr<FakeStream> stream_;
  std::optional<LiveFeed> feed_;
};

TEST_F(LiveFeedManyTest, EachQueryHasItsOwnFramesUnderItsName) {
  start();
  change("v", "a", 1);
  change("w", "b", 2);
  Events events = connect({part("one", "v"), part("two", "w")});
  std::map<std::string, Shown> shown;
  for (int i = 0; i < 2; ++i) {
    const auto event = events.next();
    shown[event.name].take(event);
  }
  EXPECT_EQ(shown["one"].counts, (std::map<std::string, int>{{"a", 1}}));
  EXPECT_EQ(shown["two"].counts, (std::map<std::string, int>{{"b", 2}}));
  change("w", "b", 5);
  const auto event = events.next();
  EXPECT_EQ(event.name, "two") << "nothing changed in the other";
  shown["two"].take(event);
  EXPECT_FALSE(shown["two"].whole);
  EXPECT_EQ(shown["two"].counts, (std::map<std::string, int>{{"b", 5}}));
}

TEST_F(LiveFeedManyTest, AQueryIsRenderedOnceForAllConnectionsAndForOneAlone) {
  start();
  change("v", "a", 1);
  connect({part("x", "v"), part("y", "v")});
  const auto many = stream_;
  FakeResponder responder;
  feed_->open(part("", "v").query.value(), "", responder.respond());
  const auto alone = std::make_shared<FakeStream>();
  responder.wait().on_stream(alone);
  const auto frame = alone->next();
  EXPECT_EQ(*many->next(), "event: x\n");
  EXPECT_EQ(many->next(), frame);
  EXPECT_EQ(*many->next(), "event: y\n");
  EXPECT_EQ(many->next(), frame);
}

TEST_F(LiveFeedManyTest, AClientThatIsSlowGetsAllOfEachQueryWhenItReadsOn) {
  start();
  Events events = connect({part("one", "v"), part("two", "w")});
  events.next();
  events.next();
  change("v", "a", 1);
  stream_->next();  // The head. It takes it, but not to the end.
  const auto slow = stream_;
  Events fast = connect({part("one", "v"), part("two", "w")});
  std::map<std::string, Shown> now;
  for (std::size_t i = 2; i <= 6; ++i) {
    change("v", "e" + std::to_string(i), i);
    change("w", "e" + std::to_string(i), i);
    while (!now["one"].counts.contains("e" + std::to_string(i)) ||
           !now["two"].counts.contains("e" + std::to_string(i))) {
      const auto event = fast.next();
      now[event.name].take(event);
    }
  }
  slow->next();  // The rest of the frame that was on its way.
  slow->drain();
  std::map<std::string, Shown> shown;
  Events again(slow);
  for (int i = 0; i < 2; ++i) {
    const auto event = again.next();
    shown[event.name].take(event);
    EXPECT_TRUE(shown[event.name].whole);
  }
  EXPECT_EQ(shown["one"].counts, now["one"].counts);
  EXPECT_EQ(shown["two"].counts, now["two"].counts);
  EXPECT_EQ(slow->waiting_max(), 1U);
}

TEST_F(LiveFeedManyTest, AQueryThatIsRefusedLeavesTheOthersAlone) {
  start();
  change("v", "a", 1);
  LivePart refused{.name = "bad", .refusal = R"({"code":"unknown_view"})"};
  Events events = connect({refused, part("good", "v")});
  const auto end = events.next();
  EXPECT_EQ(end.name, "bad/end");
  EXPECT_EQ(end.data.at("code"), "unknown_view");
  EXPECT_EQ(events.next().name, "good");
  change("v", "a", 2);
  EXPECT_EQ(events.next().name, "good");
}

TEST_F(LiveFeedManyTest, AViewThatGoesEndsItsQueryAndTheOthersGoOn) {
  start();
  Events events = connect({part("one", "v"), part("two", "w")});
  events.next();
  events.next();
  moments_.take_away("w");
  const auto end = events.next();
  EXPECT_EQ(end.name, "two/end");
  EXPECT_EQ(end.data.at("code"), "view_changed");
  change("v", "a", 3);
  const auto event = events.next();
  EXPECT_EQ(event.name, "one");
  EXPECT_FALSE(stream_->ended());
}

TEST_F(LiveFeedManyTest, WhatCannotBeReadAtAllIsSaidInTheStream) {
  start();
  moments_.fail(Error{ErrorKind::kUnavailable, "processing has stopped"});
  Events events = connect({part("one", "v"), part("two", "w")});
  for (int i = 0; i < 2; ++i) {
    const auto end = events.next();
    EXPECT_THAT(end.name, HasSubstr("/end"));
    EXPECT_THAT(end.data.at("message").get<std::string>(), HasSubstr("processing has stopped"));
  }
  EXPECT_FALSE(stream_->ended());
}

TEST_F(LiveFeedManyTest, AQueryThatHasEndedIsKeptForNobody) {
  start({.interval = milliseconds(0), .linger = milliseconds(0)});
  Events events = connect({part("one", "v"), part("two", "w")});
  events.next();
  events.next();
  moments_.take_away("w");
  EXPECT_EQ(events.next().name, "two/end");
  change("v", "a", 1);
  moments_.wait_until_followed({"v"});
}

TEST_F(LiveFeedManyTest, EachQueryGoesOnBehindItsLastFrame) {
  start({.interval = milliseconds(0), .linger = hours(1)});
  change("v", "a", 1);
  std::map<std::string, Shown> shown;
  Events events = connect({part("one", "v"), part("two", "w")});
  for (int i = 0; i < 2; ++i) {
    const auto event = events.next();
    shown[event.name].take(event);
  }
  stream_.reset();
  events = Events(nullptr);
  Events other = connect({part("x", "v")});
  other.next();
  for (std::size_t count = 2; count <= 3; ++count) {
    change("v", "a", count);
    other.next();
  }
  const auto keeps_x = stream_;
  Events again =
      connect({part("three", "v", "", shown["one"].id), part("two", "w", "", "unknown-1")});
  std::map<std::string, std::vector<bool>> wholes;
  for (int i = 0; i < 3; ++i) {
    const auto event = again.next();
    wholes[event.name].push_back(event.data.at("whole"));
  }
  EXPECT_EQ(wholes["three"], (std::vector<bool>{false, false})) << "both frames that it missed";
  EXPECT_EQ(wholes["two"], (std::vector<bool>{true}));
}

TEST_F(LiveFeedManyTest, ConnectionsAndDifferentQueriesAreLimited) {
  start({.streams_limit = 2, .queries_limit = 2, .interval = milliseconds(0)});
  Events events =
      connect({part("a", "v"), part("b", "v"), part("c", "w"), part("d", "v", "top=1")});
  const auto first = stream_;
  EXPECT_EQ(feed_->stream_count(), 1U);
  const auto end = events.next();
  EXPECT_EQ(end.name, "d/end") << "a third query";
  EXPECT_EQ(end.data.at("code"), "streams_limit");
  connect({part("a", "v")});
  EXPECT_EQ(request({part("a", "v")}).status, 503) << "a third connection";
}

}  // namespace
}  // namespace hapax
