// SPDX-License-Identifier: Apache-2.0
#include "events/event_search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "testing/memory_verdicts.hpp"
#include "testing/scripted_log.hpp"
#include "testing/still_clock.hpp"

namespace hapax {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Ids = std::vector<std::string>;

constexpr std::uint64_t kSeed = 1;

/// A log to which something happens between two looks of a reader.
class ChangingLog : public ScriptedLog {
 public:
  using ScriptedLog::ScriptedLog;

  /// At each read.
  void on_read(std::function<void()> read) { read_ = std::move(read); }
  /// So many of partition 0, when it is read after `reads` reads.
  void drop_after(std::size_t reads, std::size_t batches) {
    reads_left_ = reads;
    batches_ = batches;
  }
  Result<std::unique_ptr<LogReader>> read(std::span<const Receipt::End> start) override {
    if (read_) {
      read_();
    }
    if (batches_ > 0 && reads_left_-- == 0) {
      drop(PartitionId(0), std::exchange(batches_, 0));
    }
    return ScriptedLog::read(start);
  }

 private:
  std::size_t reads_left_ = 0;
  std::size_t batches_ = 0;
  std::function<void()> read_;
};

class EventSearchTest : public testing::Test {
 protected:
  EventSearchTest() { log_.set_file_batches(2); }

  /// One record a batch, received a second after the one before.
  void add(std::uint32_t partition, const std::string& id, Verdict verdict = Verdict::kUnique,
           EventView event = {.source = "web", .type = EventType::kTrack, .name = "Clicked"}) {
    event.message_id = id;
    event.received_at = ProcessingTime(seconds(++time_));
    const Offset at = log_.end_offsets()[partition];
    log_.add(PartitionId(partition), {event});
    verdicts_.log->add(PartitionId(partition), {.base = at, .verdicts = {verdict}});
  }

  EventPage page(const EventQuery& query, const EventSearchSettings& settings = {}) {
    return EventSearch(settings, log_, *verdicts_.log, clock_, kSeed).page(query).value();
  }
  static Ids ids(const EventPage& page) {
    Ids ids;
    for (const std::string& entry : page.entries) {
      ids.push_back(Json::parse(entry).at("message_id"));
    }
    return ids;
  }
  /// Of all pages, in their order.
  Ids all(EventQuery query, const EventSearchSettings& settings = {}) {
    Ids found;
    for (int pages = 0; pages < 100; ++pages) {
      const EventPage one = page(query, settings);
      EXPECT_LE(one.entries.size(), query.limit);
      for (const std::string& id : ids(one)) {
        found.push_back(id);
      }
      if (!one.next) {
        return found;
      }
      query.before = *one.next;
    }
    ADD_FAILURE() << "it does not end";
    return found;
  }

  ChangingLog log_{2};
  MemoryVerdicts verdicts_{2};
  StillClock clock_;
  int time_ = 0;
};

TEST_F(EventSearchTest, FindsTheNewestFirst) {
  for (int i = 0; i < 5; ++i) {
    add(0, std::to_string(i));
  }
  const EventPage found = page({.limit = 3});
  EXPECT_EQ(ids(found), (Ids{"4", "3", "2"}));
  ASSERT_TRUE(found.next);
  EXPECT_EQ(found.searched_back_to, EventTime(seconds(3)));
  const EventPage rest = page({.limit = 3, .before = *found.next});
  EXPECT_EQ(ids(rest), (Ids{"1", "0"}));
  EXPECT_FALSE(rest.next);
  EXPECT_FALSE(rest.is_beginning_dropped);
}

TEST_F(EventSearchTest, EachIsOnOnePageWhereverPagesAndFilesEnd) {
  std::multiset<std::string> written;
  for (int i = 0; i < 40; ++i) {
    add(i % 3 == 0 ? 0 : 1, std::to_string(i));
    written.insert(std::to_string(i));
  }
  for (const std::size_t limit : {1U, 2U, 3U, 7U, 100U}) {
    for (const std::size_t files : {1U, 2U, 5U, 100U}) {
      log_.set_file_batches(files);
      const Ids found = all({.limit = limit});
      EXPECT_EQ(std::multiset<std::string>(found.begin(), found.end()), written);
    }
  }
}

TEST_F(EventSearchTest, NewOnesDoNotMoveThePagesBehindACursor) {
  for (int i = 0; i < 6; ++i) {
    add(0, std::to_string(i));
  }
  const EventPage first = page({.limit = 2});
  add(0, "new");
  EXPECT_EQ(all({.limit = 2, .before = *first.next}), (Ids{"3", "2", "1", "0"}));
}

TEST_F(EventSearchTest, FiltersByEachField) {
  add(0, "a", Verdict::kUnique,
      {.source = "web", .type = EventType::kTrack, .name = "Bought", .user_id = "ada"});
  add(0, "b", Verdict::kUnique,
      {.source = "ios", .type = EventType::kPage, .name = "Home", .anonymous_id = "device"});
  add(1, "c", Verdict::kRejected,
      {.source = "web", .rejection = RejectionView{.code = "missing_event"}});
  const std::vector<std::pair<RawEventFilter, Ids>> cases = {
      {{.source = "web"}, {"c", "a"}},
      {{.type = "track"}, {"a"}},
      {{.name = "Home"}, {"b"}},
      {{.user = "ada"}, {"a"}},
      {{.user = "device"}, {"b"}},
      {{.message_id = "b"}, {"b"}},
      {{.verdict = EventVerdict::kRejected}, {"c"}},
      {{.source = "ios", .user = "ada"}, {}},
  };
  for (const auto& [filter, wanted] : cases) {
    Ids found = all({.filter = filter});
    std::ranges::sort(found, std::ranges::greater());
    EXPECT_EQ(found, wanted);
  }
}

TEST_F(EventSearchTest, LooksNoFurtherThanTheTimeThatIsAskedFor) {
  for (int i = 1; i <= 9; ++i) {
    add(0, std::to_string(i));
  }
  const EventPage found = page({.from = EventTime(seconds(7)), .to = EventTime(seconds(9))});
  EXPECT_EQ(ids(found), (Ids{"8", "7"}));
  EXPECT_FALSE(found.next);
  EXPECT_LT(found.records_searched, 9U);
}

TEST_F(EventSearchTest, APageEndsWithItsTimeOrItsBytesAndGoesOn) {
  for (int i = 0; i < 9; ++i) {
    add(0, std::to_string(i));
  }
  const EventPage nothing = page({.filter = {.message_id = "0"}}, {.page_time = milliseconds(0)});
  EXPECT_TRUE(nothing.entries.empty());
  EXPECT_EQ(nothing.records_searched, 2U) << "a file";
  ASSERT_TRUE(nothing.next);
  EXPECT_EQ(all({.filter = {.message_id = "0"}}, {.page_time = milliseconds(0)}), (Ids{"0"}));
  EXPECT_EQ(page({}, {.page_bytes = 1}).entries.size(), 1U);
  EXPECT_EQ(all({}, {.page_bytes = 1}).size(), 9U);
}

TEST_F(EventSearchTest, APageEndsWithTheBytesOfRecordsThatAreShownInPart) {
  const std::string large(200'000, 'a');
  for (int i = 0; i < 3; ++i) {
    add(0, std::to_string(i), Verdict::kRejected,
        {.source = "web", .rejection = RejectionView{.code = "c", .original = large}});
  }
  EXPECT_EQ(page({}, {.page_bytes = 300'000}).entries.size(), 1U);
  EXPECT_EQ(all({}, {.page_bytes = 300'000}), (Ids{"2", "1", "0"}));
}

TEST_F(EventSearchTest, APageEndsWithTheBytesOfItsEntriesToo) {
  const std::string controls(1000, '\1');  // Six bytes each as JSON.
  Ids written;
  for (int i = 0; i < 9; ++i) {
    add(i % 2, std::to_string(i), Verdict::kRejected,
        {.source = "web", .rejection = RejectionView{.code = "c", .original = controls}});
    written.insert(written.begin(), std::to_string(i));
  }
  const EventSearchSettings settings{.page_bytes = 14'000};
  const EventPage first = page({}, settings);
  EXPECT_EQ(first.entries.size(), 2U);
  Ids found = all({}, settings);
  std::ranges::sort(found, std::ranges::greater());
  EXPECT_EQ(found, written);
}

TEST_F(EventSearchTest, ACopySaysWhichIsTheFirstOne) {
  add(0, "a");
  add(1, "x");
  for (int i = 0; i < 6; ++i) {
    add(0, "other " + std::to_string(i));
  }
  add(0, "a", Verdict::kDuplicate);
  add(1, "x", Verdict::kDuplicate);
  add(0, "a", Verdict::kDuplicate);
  add(1, "y", Verdict::kConflict);
  const EventPage found = page({.filter = {.message_id = "a"}, .limit = 1});
  EXPECT_EQ(Json::parse(found.entries.at(0)).at("of"), Json({{"partition", 0}, {"offset", 0}}));
  const EventPage lost = page({.filter = {.message_id = "y"}});
  EXPECT_TRUE(Json::parse(lost.entries.at(0)).at("of").is_null()) << "its first one is gone";
}

TEST_F(EventSearchTest, WhatIsNotDecidedIsPending) {
  log_.add(PartitionId(0), {{.source = "web", .message_id = "a"}});
  EXPECT_EQ(Json::parse(page({}).entries.at(0)).at("verdict"), "pending");
  EXPECT_TRUE(all({.filter = {.verdict = EventVerdict::kFirst}}).empty());
}

TEST_F(EventSearchTest, SaysWhenTheLogHasDroppedItsBeginning) {
  for (int i = 0; i < 6; ++i) {
    add(0, std::to_string(i));
  }
  const EventPage first = page({.limit = 1});
  log_.drop(PartitionId(0), 5);
  const EventPage found = page({.limit = 10, .before = *first.next});
  EXPECT_TRUE(found.entries.empty());
  EXPECT_FALSE(found.next);
  EXPECT_TRUE(found.is_beginning_dropped);
}

TEST_F(EventSearchTest, WhatTheLogDropsDuringASearchIsItsEnd) {
  for (int i = 0; i < 6; ++i) {
    add(0, std::to_string(i));
  }
  log_.drop_after(1, 3);  // The file behind the newest one, but for its newest record.
  const EventPage found = page({});
  EXPECT_EQ(ids(found), (Ids{"5", "4", "3"}));
  EXPECT_FALSE(found.next);
  EXPECT_TRUE(found.is_beginning_dropped);
}

TEST_F(EventSearchTest, AFirstOneThatTheLogDropsMeanwhileIsNotFound) {
  add(0, "a");
  for (int i = 0; i < 5; ++i) {
    add(0, "a", Verdict::kDuplicate);
  }
  log_.drop_after(2, 5);
  const EventPage found = page({.limit = 1});
  ASSERT_EQ(found.entries.size(), 1U);
  EXPECT_TRUE(Json::parse(found.entries[0]).at("of").is_null());
}

TEST_F(EventSearchTest, EndsWhereItIsStopped) {
  for (int i = 0; i < 6; ++i) {
    add(0, std::to_string(i));
  }
  std::stop_source stop;
  int reads = 0;
  log_.on_read([&] {
    ++reads;
    stop.request_stop();
  });
  const EventSearch search({}, log_, *verdicts_.log, clock_, kSeed);
  for (int i = 0; i < 2; ++i) {
    const auto found = search.page({}, stop.get_token());
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind, ErrorKind::kClosed);
  }
  EXPECT_EQ(reads, 1);
}

TEST_F(EventSearchTest, ACursorOfAnotherLogIsRefused) {
  add(0, "a");
  for (const std::vector<Offset>& before :
       {std::vector<Offset>{Offset(1)}, std::vector<Offset>{Offset(2), Offset(0)}}) {
    const auto found =
        EventSearch({}, log_, *verdicts_.log, clock_, kSeed).page({.before = before});
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().kind, ErrorKind::kInvalid);
  }
}

}  // namespace
}  // namespace hapax
