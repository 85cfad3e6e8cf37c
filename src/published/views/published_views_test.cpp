// SPDX-License-Identifier: Apache-2.0
#include "published/views/published_views.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adapters/posix/system_clock.hpp"
#include "audit/equations.hpp"
#include "read/live_feed.hpp"
#include "read/live_query.hpp"
#include "read/view_reads.hpp"
#include "testing/counting_partition.hpp"
#include "testing/memory_catalog.hpp"
#include "testing/memory_view_store.hpp"
#include "testing/read_test_support.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr const char* kSpec = R"~({"name":"v","window":{"tumbling":"1m"},"group_by":["event"],)~"
                              R"~("measures":{"n":"count","u":"uniques(user)"}})~";
constexpr EventTime kMinute{minutes(7)};

/// Waits for the answer of a call.
template <typename T, typename Call>
Result<T> answer_of(Call call) {
  std::promise<Result<T>> promise;
  call([&](Result<T> answer) { promise.set_value(std::move(answer)); });
  return promise.get_future().get();
}

/// Two partitions, and who reads what they publish.
class PublishedViewsTest : public testing::Test {
 protected:
  PublishedViewsTest() {
    for (std::uint32_t i = 0; i < 2; ++i) {
      parts_.push_back(std::make_unique<CountingPartition>(PartitionId(i), kSpec, "v.1"));
    }
  }
  ~PublishedViewsTest() override {
    views_.stop();
    reads_.stop();
  }

  void add(std::size_t part, const std::string& event, const std::string& user) {
    const std::string id = std::to_string(++events_);
    parts_[part]->add(key_event({.source = "web",
                                 .message_id = id,
                                 .type = EventType::kTrack,
                                 .name = event,
                                 .user_id = user,
                                 .received_at = ProcessingTime(kMinute.time_since_epoch()),
                                 .event_time = kMinute},
                                hasher_));
  }
  void publish(std::size_t part) { parts_[part]->publish_to(tables_); }
  void publish_all() {
    publish(0);
    publish(1);
  }

  RowQuery query() const {
    return {.view = parts_[0]->served(), .measures = {0, 1}, .wait_max = std::chrono::hours(1)};
  }
  std::future<Result<RowAnswer>> ask(RowQuery query) {
    const auto promise = std::make_shared<std::promise<Result<RowAnswer>>>();
    reads_.rows(std::move(query),
                [promise](Result<RowAnswer> answer) { promise->set_value(std::move(answer)); });
    return promise->get_future();
  }
  /// "a 3 2": the event, its count and its users.
  static std::vector<std::string> lines_of(const Result<RowAnswer>& answer) {
    std::vector<std::string> lines;
    for (const Row& row : answer.value().rows) {
      std::string line = std::get<std::string>(row.group.at(0));
      for (const MeasureResult& result : row.results) {
        line += " " + std::to_string(std::get<std::uint64_t>(result.answer));
      }
      lines.push_back(std::move(line));
    }
    return lines;
  }
  using Lines = std::vector<std::string>;

  SystemClock clock_;
  SeededRandom random_{1};
  const IdHasher hasher_;
  PublishedTables tables_;
  MemoryViewReader reader_{tables_};
  MemoryCatalog catalog_{{kSpec}};
  ServedViews served_;
  std::vector<std::unique_ptr<CountingPartition>> parts_;
  int events_ = 0;
  PublishedViews views_{{.partition_count = 2, .poll_interval = milliseconds(1)},
                        {reader_, catalog_, served_, clock_}};
  ViewReads reads_{{.threads = 1}, views_, clock_};
};

TEST_F(PublishedViewsTest, ACellIsWhatAllPartitionsHaveCounted) {
  add(0, "a", "x");
  add(0, "a", "x");
  add(1, "a", "y");
  add(1, "b", "y");
  publish_all();
  EXPECT_EQ(lines_of(ask(query()).get()), (Lines{"a 3 2", "b 1 1"}));
  add(1, "b", "z");
  publish(1);
  EXPECT_EQ(lines_of(ask(query()).get()), (Lines{"a 3 2", "b 2 2"}));
}

TEST_F(PublishedViewsTest, WholeCellsAreRolledUp) {
  add(0, "a", "x");
  add(1, "a", "y");
  add(0, "b", "x");
  publish_all();
  RowQuery all = query();
  all.group_by.emplace();
  const Result<RowAnswer> answer = ask(all).get();
  ASSERT_EQ(answer.value().rows.size(), 1U);
  EXPECT_EQ(std::get<std::uint64_t>(answer->rows[0].results.at(0).answer), 3U);
  EXPECT_EQ(std::get<std::uint64_t>(answer->rows[0].results.at(1).answer), 2U)
      << "x is one user in both groups";
}

TEST_F(PublishedViewsTest, AQueryWaitsForItsReceipt) {
  add(0, "a", "x");
  publish_all();
  RowQuery after = query();
  after.after = Receipt{CountingPartition::kLog, {{PartitionId(1), Offset(2)}}};
  auto asked = ask(after);
  add(1, "a", "y");
  publish(1);
  EXPECT_EQ(lines_of(ask(query()).get()), (Lines{"a 2 2"}));
  EXPECT_EQ(asked.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  add(1, "b", "y");
  publish(1);
  EXPECT_EQ(lines_of(asked.get()), (Lines{"a 2 2", "b 1 1"}));
}

TEST_F(PublishedViewsTest, WhatOwnersTellIsSaidBeforeItIsPublishedAndAsProvisional) {
  add(0, "a", "x");
  add(1, "a", "y");
  publish_all();
  EXPECT_TRUE(ask(query()).get());
  EXPECT_FALSE(views_.is_provisional());
  add(1, "a", "z");
  EXPECT_TRUE(views_.take_hot(parts_[1]->tell(1, 1)).value());
  const auto hot = ask(query()).get();
  EXPECT_EQ(lines_of(hot), (Lines{"a 3 3"}));
  EXPECT_TRUE(views_.is_provisional());
  RowQuery all = query();
  all.group_by.emplace();
  const auto rolled = ask(all).get();
  EXPECT_EQ(std::get<std::uint64_t>(rolled.value().rows.at(0).results.at(1).answer), 3U);
  publish(1);
  const auto stored = ask(query()).get();
  EXPECT_EQ(lines_of(stored), (Lines{"a 3 3"}));
  EXPECT_FALSE(views_.is_provisional());
}

TEST_F(PublishedViewsTest, SaysOfHowManyPartitionsNothingIsTold) {
  publish_all();
  EXPECT_TRUE(
      views_.take_hot({.partition = PartitionId(1), .epoch = 1, .is_untold = true}).value());
  EXPECT_TRUE(views_.look_now());
  EXPECT_EQ(views_.stats().partitions_untold, 1U);
  add(1, "a", "y");
  EXPECT_TRUE(views_.take_hot(parts_[1]->tell(1, 1)).value());
  EXPECT_TRUE(views_.look_now());
  EXPECT_EQ(views_.stats().partitions_untold, 0U);
}

TEST_F(PublishedViewsTest, AReceiptIsReachedByWhatOwnersTell) {
  publish_all();
  RowQuery after = query();
  after.after = Receipt{CountingPartition::kLog, {{PartitionId(1), Offset(1)}}};
  auto asked = ask(after);
  add(1, "a", "y");
  EXPECT_TRUE(views_.take_hot(parts_[1]->tell(1, 1)).value());
  EXPECT_EQ(lines_of(asked.get()), (Lines{"a 1 1"}));
}

TEST_F(PublishedViewsTest, TimeDoesNotGoBackWithAnOwnerThatKnowsLessOfIt) {
  const auto watermark = [this] { return ask(query()).get().value().watermark; };
  for (const auto& part : parts_) {
    part->pass(kMinute + minutes(1));
  }
  publish_all();
  parts_[0]->pass(kMinute + minutes(3));
  parts_[1]->pass(kMinute + minutes(3));
  add(0, "a", "x");
  add(1, "a", "x");
  EXPECT_TRUE(views_.take_hot(parts_[0]->tell(1, 1)).value());
  EXPECT_TRUE(views_.take_hot(parts_[1]->tell(1, 1)).value());
  EXPECT_EQ(watermark(), kMinute + minutes(3));
  parts_[0]->pass(kMinute + minutes(2));
  add(0, "a", "y");
  EXPECT_TRUE(views_.take_hot(parts_[0]->tell(2, 1)).value());
  EXPECT_EQ(watermark(), kMinute + minutes(3));
  EXPECT_EQ(lines_of(ask(query()).get()), (Lines{"a 3 2"}));
}

TEST_F(PublishedViewsTest, BooksOfCollectorsAndMissedDuplicatesAreThoseThatArePublished) {
  parts_[0]->manifest().collectors = {
      {.partition = PartitionId(0), .collector = 7, .figures = {.settled = 9}}};
  parts_[0]->manifest().missed = {.sample = 1, .awaited = 5};
  publish_all();
  parts_[0]->manifest().collectors = {
      {.partition = PartitionId(0), .collector = 7, .figures = {.settled = 8}}};
  parts_[0]->manifest().missed.reset();
  add(0, "a", "x");
  EXPECT_TRUE(views_.take_hot(parts_[0]->tell(2, 1)).value()) << "who took over, and knows less";
  const auto report = answer_of<AuditReport>([&](auto answer) { views_.audit(std::move(answer)); });
  EXPECT_EQ(report.value().partitions.at(0).processed, Offset(1));
  ASSERT_EQ(report->collectors.size(), 1U);
  EXPECT_EQ(report->collectors[0].figures.settled, 9U);
  ASSERT_TRUE(report->missed);
  EXPECT_EQ(report->missed->awaited, 5U);
}

TEST_F(PublishedViewsTest, OwnersAreWhereTheySay) {
  EXPECT_TRUE(views_.owners().empty());
  parts_[0]->manifest().owner = "http://one:1";
  parts_[1]->manifest().owner = "http://two:2";
  publish_all();
  EXPECT_TRUE(views_.look_now());
  EXPECT_EQ(views_.owners(), (std::set<std::string>{"http://one:1", "http://two:2"}));
}

TEST_F(PublishedViewsTest, AReceiptThatIsNotReachedSaysHowFarTheViewIs) {
  publish_all();
  RowQuery after = query();
  after.after = Receipt{CountingPartition::kLog, {{PartitionId(1), Offset(2)}}};
  after.wait_max = milliseconds(1);
  const auto answer = ask(after).get();
  EXPECT_EQ(answer.error().kind, ErrorKind::kTimedOut);
}

TEST_F(PublishedViewsTest, AReceiptOfAnotherTopicIsRefusedWhateverItsOffsets) {
  add(1, "a", "x");
  publish_all();
  for (const std::uint64_t offset : {1, 100}) {
    RowQuery after = query();
    after.after = Receipt{LogId(9), {{PartitionId(1), Offset(offset)}}};
    EXPECT_EQ(ask(after).get().error().kind, ErrorKind::kInvalid);
  }
}

TEST_F(PublishedViewsTest, NothingIsSaidToAReceiptBeforeItIsKnownOfWhichTopicPartitionsAre) {
  RowQuery after = query();
  after.after = Receipt{CountingPartition::kLog, {}};
  EXPECT_EQ(ask(after).get().error().kind, ErrorKind::kUnavailable);
  publish(0);
  EXPECT_EQ(ask(after).get().error().kind, ErrorKind::kUnavailable);
  publish(1);
  EXPECT_TRUE(ask(after).get());
}

TEST_F(PublishedViewsTest, PartitionsOfTwoTopicsHaveNoSum) {
  publish_all();
  parts_[1]->manifest().log = LogId(9);
  publish(1);
  const auto answer = ask(query()).get();
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
  EXPECT_NE(answer.error().message.find("partition 1"), std::string::npos);
}

TEST_F(PublishedViewsTest, WhatWasSaidOfAnotherTopicDoesNotHoldOn) {
  const auto pass_all = [this](EventTime watermark, LogId log) {
    for (const auto& part : parts_) {
      part->pass(watermark);
      part->manifest().log = log;
    }
    publish_all();
    return ask(query()).get().value().watermark;
  };
  EXPECT_EQ(pass_all(kMinute + minutes(3), CountingPartition::kLog), kMinute + minutes(3));
  EXPECT_EQ(pass_all(kMinute + minutes(2), kNoLog), kMinute + minutes(3)) << "of an owner before";
  EXPECT_EQ(pass_all(kMinute + minutes(2), CountingPartition::kLog), kMinute + minutes(3));
  EXPECT_EQ(pass_all(kMinute + minutes(1), LogId(9)), kMinute + minutes(1));
}

TEST_F(PublishedViewsTest, NothingIsSaidBeforeAllPartitionsHavePublished) {
  publish(0);
  const auto answer = ask(query()).get();
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(answer.error().message, "partition 1 has published nothing yet");
  EXPECT_TRUE(served_.all().empty());
  publish(1);
  EXPECT_TRUE(ask(query()).get());
  EXPECT_EQ(served_.find("v")->id, "v.1");
}

TEST_F(PublishedViewsTest, AStoreThatIsAwayComesBack) {
  add(0, "a", "x");
  publish_all();
  EXPECT_TRUE(ask(query()).get());
  tables_.fail(Error{ErrorKind::kUnavailable, "no store", "start it"});
  EXPECT_EQ(ask(query()).get().error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(views_.stats().error, "no store; start it");
  tables_.fail(std::nullopt);
  EXPECT_EQ(lines_of(ask(query()).get()), (Lines{"a 1 1"}));
  EXPECT_EQ(views_.stats().error, "");
}

TEST_F(PublishedViewsTest, AViewThatAPartitionSamplesIsNotServed) {
  parts_[1]->manifest().views[0].is_sampled = true;
  publish_all();
  EXPECT_TRUE(views_.look_now());
  EXPECT_TRUE(served_.all().empty());
  const auto reports =
      answer_of<std::vector<ViewReport>>([&](auto answer) { views_.views(std::move(answer)); });
  EXPECT_NE(reports.value().at(0).error.find("sample"), std::string::npos);
}

TEST_F(PublishedViewsTest, TheBooksOfAllPartitionsBalance) {
  add(0, "a", "x");
  add(1, "a", "y");
  add(1, "b", "z");
  publish_all();
  const auto report = answer_of<AuditReport>([&](auto answer) { views_.audit(std::move(answer)); });
  ASSERT_TRUE(report);
  EXPECT_TRUE(balanced(check_books(*report)));
  ASSERT_EQ(report->sources.size(), 1U);
  EXPECT_EQ(report->sources[0].counted, 3U);
  EXPECT_EQ(report->views.at(0).counted.count, 3U);
  EXPECT_EQ(report->views.at(0).counted.digest, report->sources[0].unique_digest);
  EXPECT_EQ(report->partitions.at(1).processed, Offset(2));
}

TEST_F(PublishedViewsTest, WhatOnePartitionLosesIsSeenInTheSum) {
  add(0, "a", "x");
  add(1, "a", "y");
  parts_[1]->manifest().sources[0].counted -= 1;
  publish_all();
  const auto report = answer_of<AuditReport>([&](auto answer) { views_.audit(std::move(answer)); });
  EXPECT_FALSE(balanced(check_books(report.value())));
}

TEST_F(PublishedViewsTest, ViewsAreReportedWithTheirAccounts) {
  add(0, "a", "x");
  add(1, "a", "y");
  publish_all();
  const auto reports =
      answer_of<std::vector<ViewReport>>([&](auto answer) { views_.views(std::move(answer)); });
  EXPECT_EQ(reports.value().at(0).id, "v.1");
  EXPECT_EQ(reports->at(0).state, ViewState::kLive);
  EXPECT_EQ(reports->at(0).account.counted.count, 2U);
  const auto newest = answer_of<std::optional<NewestEvent>>(
      [&](auto answer) { views_.newest("web", std::move(answer)); });
  EXPECT_EQ(newest.value().value().event_time, kMinute);
}

TEST_F(PublishedViewsTest, WithoutReadersNobodyLooks) {
  publish_all();
  EXPECT_TRUE(ask(query()).get());
  const std::uint64_t looks = views_.stats().looks;
  EXPECT_TRUE(views_.look_now());
  EXPECT_EQ(views_.stats().looks, looks + 1) << "none in between";
}

TEST_F(PublishedViewsTest, AfterTheStopNothingIsAnswered) {
  publish_all();
  views_.stop();
  EXPECT_EQ(ask(query()).get().error().kind, ErrorKind::kClosed);
  const auto report = answer_of<AuditReport>([&](auto answer) { views_.audit(std::move(answer)); });
  EXPECT_EQ(report.error().kind, ErrorKind::kClosed);
}

/// What a client of a live stream has.
struct Shown {
  void take(const std::string& piece) {
    frame = nlohmann::json::parse(piece.substr(piece.rfind("\ndata: ") + 7));
    if (frame.at("whole")) {
      counts.clear();
    }
    for (const auto& one : frame.at("rows")) {
      counts[one.at("group").begin().value()] = one.at("values").at("n");
    }
    for (const auto& one : frame.at("left")) {
      counts.erase(one.at("group").begin().value());
    }
  }

  nlohmann::json frame;
  std::map<std::string, std::uint64_t> counts;
};

/// Of a view without windows, so that no clock moves what is shown.
class PublishedLiveTest : public testing::Test {
 protected:
  using Counts = std::map<std::string, std::uint64_t>;
  static constexpr const char* kLiveSpec =
      R"~({"name":"v","per":"user","window":{"session":"1h","by":"none"},)~"
      R"~("group_by":["last(event)"],"measures":{"n":"count"}})~";
};

TEST_F(PublishedLiveTest, AStreamShowsWhatPartitionsPublish) {
  SystemClock clock;
  SeededRandom random(1);
  const IdHasher hasher;
  PublishedTables tables;
  MemoryViewReader reader(tables);
  MemoryCatalog catalog({kLiveSpec});
  ServedViews served;
  std::vector<std::unique_ptr<CountingPartition>> parts;
  for (std::uint32_t i = 0; i < 2; ++i) {
    parts.push_back(std::make_unique<CountingPartition>(PartitionId(i), kLiveSpec, "v.1"));
  }
  int events = 0;
  const auto add = [&](std::size_t part, const std::string& event, const std::string& user) {
    const std::string id = std::to_string(++events);
    const EventTime time = kMinute + std::chrono::seconds(events);
    parts[part]->add(key_event({.source = "web",
                                .message_id = id,
                                .type = EventType::kTrack,
                                .name = event,
                                .user_id = user,
                                .received_at = ProcessingTime(time.time_since_epoch()),
                                .event_time = time},
                               hasher));
    parts[part]->publish_to(tables);
  };
  add(0, "a", "x");
  add(1, "a", "y");
  PublishedViews views({.partition_count = 2, .poll_interval = milliseconds(1)},
                       {reader, catalog, served, clock});
  ViewReads reads({.threads = 1}, views, clock);
  LiveFeed feed({.interval = milliseconds(1)}, reads, clock, random);
  FakeResponder responder;
  feed.open(parse_live_request("", parts[0]->served()).value(), "", responder.respond());
  const HttpResponse response = responder.wait();
  ASSERT_EQ(response.status, 200) << response.body;
  const auto stream = std::make_shared<FakeStream>();
  response.on_stream(stream);
  Shown shown;
  shown.take(stream->take());
  EXPECT_TRUE(shown.frame.at("whole"));
  EXPECT_EQ(shown.counts, (Counts{{"a", 2}}));
  add(1, "b", "z");
  shown.take(stream->take());
  EXPECT_FALSE(shown.frame.at("whole")) << "only what has changed";
  EXPECT_EQ(shown.frame.at("rows").size(), 1U);
  EXPECT_EQ(shown.counts, (Counts{{"a", 2}, {"b", 1}}));
  add(0, "b", "x");  // Whose session is that of another group now, and leaves the former.
  while (shown.counts != Counts{{"a", 1}, {"b", 2}}) {
    shown.take(stream->take());
  }
  add(1, "b", "y");
  while (shown.counts != Counts{{"b", 3}}) {
    shown.take(stream->take());
  }
  feed.stop();
  views.stop();
  reads.stop();
}

}  // namespace
}  // namespace hapax
