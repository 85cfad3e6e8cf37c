// SPDX-License-Identifier: Apache-2.0
#include "read/view_reads.hpp"

#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "testing/fake_view_source.hpp"
#include "testing/still_clock.hpp"
#include "testing/test_rows.hpp"

namespace hapax {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr EventTime kStart{minutes(7)};

class ViewReadsTest : public testing::Test {
 protected:
  using Asked = std::future<Result<RowAnswer>>;

  Asked ask(std::optional<Receipt> after = {}, milliseconds wait_max = std::chrono::hours(1)) {
    const auto promise = std::make_shared<std::promise<Result<RowAnswer>>>();
    Asked asked = promise->get_future();
    reads_.rows(
        {.view = rows_.served(), .measures = {0}, .after = std::move(after), .wait_max = wait_max},
        [promise](Result<RowAnswer> answer) { promise->set_value(std::move(answer)); });
    return asked;
  }
  Asked ask_after(std::uint64_t offset, milliseconds wait_max = std::chrono::hours(1)) {
    return ask(Receipt{FakeViewSource::kLog, {{PartitionId(0), Offset(offset)}}}, wait_max);
  }
  static std::uint64_t count_of(Asked asked) {
    std::uint64_t count = 0;
    const Result<RowAnswer> answer = asked.get();
    for (const Row& row : answer.value().rows) {
      count += std::get<std::uint64_t>(row.results.at(0).answer);
    }
    return count;
  }
  static ErrorKind error_of(Asked asked) { return asked.get().error().kind; }
  struct TestCell {
    std::string event;
    std::uint64_t count;
  };
  static TestCell cell(std::string event, std::uint64_t count) {
    return {.event = std::move(event), .count = count};
  }
  std::vector<ViewChange> change_of(const std::vector<TestCell>& cells) const {
    std::vector<ViewChange> changes(1);
    changes[0].id = rows_.served()->id;
    changes[0].shape = rows_.served()->shape;
    changes[0].table = "rows";
    for (const TestCell& cell : cells) {
      changes[0].changed.add(
          window_key({.start = kStart, .end = kStart + minutes(1)}) + TestRows::group({cell.event}),
          rows_.value(std::vector<double>(cell.count)));
    }
    return changes;
  }
  ViewSource::Want publish(const std::vector<TestCell>& cells, std::uint64_t processed = 1,
                           bool anew = false) {
    return source_.publish(change_of(cells), processed, anew);
  }

  void SetUp() override { source_.newest_event = {.event_time = kStart, .received_at = {}}; }

  StillClock clock_;
  TestRows rows_{
      R"({"name":"clicks","window":{"tumbling":"1m"},"group_by":["event"],"measures":{"n":"count"}})"};
  FakeViewSource source_;
  ViewReads reads_{{.threads = 2, .queries_limit = 4}, source_, clock_};
};

TEST_F(ViewReadsTest, AQueryIsAnsweredFromAPublicationMadeAfterIt) {
  Asked first = ask();
  EXPECT_EQ(publish({cell("a", 1)}), ViewSource::Want::kNow);
  EXPECT_EQ(count_of(std::move(first)), 1U);
  Asked second = ask();
  publish({cell("a", 3), cell("b", 1)});
  EXPECT_EQ(count_of(std::move(second)), 4U) << "with what was told before";
}

TEST_F(ViewReadsTest, AQueryIsNotAnsweredFromAPublicationThatWasBegunBeforeIt) {
  Asked before = ask();
  const FakeViewSource::Begun begun = source_.begin();
  Asked meanwhile = ask();
  source_.end(begun, change_of({cell("a", 1)}));
  EXPECT_EQ(count_of(std::move(before)), 1U);
  publish({cell("a", 2)});
  EXPECT_EQ(count_of(std::move(meanwhile)), 2U);
}

TEST_F(ViewReadsTest, QueriesThatWaitAtTheSameTimeShareAPublication) {
  std::vector<Asked> asked;
  for (int i = 0; i < 4; ++i) {
    asked.push_back(ask());
  }
  publish({cell("a", 2)});
  for (Asked& one : asked) {
    EXPECT_EQ(count_of(std::move(one)), 2U);
  }
  EXPECT_FALSE(source_.is_wanted());
}

TEST_F(ViewReadsTest, TooManyQueriesAreRefused) {
  std::vector<Asked> asked;
  for (int i = 0; i < 4; ++i) {
    asked.push_back(ask());
  }
  EXPECT_EQ(error_of(ask()), ErrorKind::kExhausted);
  EXPECT_EQ(reads_.stats().queries_refused, 1U);
  publish({});
  for (Asked& one : asked) {
    EXPECT_TRUE(one.get());
  }
  while (reads_.stats().queries > 0) {
    std::this_thread::yield();
  }
  Asked later = ask();
  publish({});
  EXPECT_TRUE(later.get());
}

TEST_F(ViewReadsTest, WhoWaitsForAReceiptIsAnsweredOnceItIsProcessed) {
  Asked asked = ask_after(5);
  publish({cell("a", 1)}, 1);
  EXPECT_EQ(publish({cell("a", 3)}, 3), ViewSource::Want::kNews);
  publish({cell("a", 5)}, 5);
  EXPECT_EQ(count_of(std::move(asked)), 5U);
}

TEST_F(ViewReadsTest, AReceiptThatDoesNotComeEndsTheWaitAndSaysHowFarTheViewIs) {
  Asked asked = ask_after(5, milliseconds(10));
  publish({}, 3);
  source_.wait_until_wanted();
  clock_.advance(milliseconds(20));
  const auto answer = asked.get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kTimedOut);
  EXPECT_NE(answer.error().message.find("0:3"), std::string::npos) << answer.error().message;
}

TEST_F(ViewReadsTest, AReceiptOfAnUnknownPartitionIsRefused) {
  Asked asked = ask(Receipt{FakeViewSource::kLog, {{PartitionId(9), Offset(0)}}});
  publish({});
  EXPECT_EQ(error_of(std::move(asked)), ErrorKind::kInvalid);
}

TEST_F(ViewReadsTest, AReceiptOfAnotherLogIsRefusedByTheFirstMomentAndNotWaitedFor) {
  Asked passed = ask(Receipt{LogId(9), {{PartitionId(0), Offset(1)}}});
  Asked ahead = ask(Receipt{LogId(9), {{PartitionId(0), Offset(1'000)}}});
  publish({}, 1);
  EXPECT_EQ(error_of(std::move(passed)), ErrorKind::kInvalid);
  EXPECT_EQ(error_of(std::move(ahead)), ErrorKind::kInvalid);
}

TEST_F(ViewReadsTest, NobodyWaitsForAReceiptOnceWaitingHasEnded) {
  Asked before = ask_after(100);
  publish({}, 1);
  reads_.end_waiting();
  EXPECT_EQ(error_of(std::move(before)), ErrorKind::kClosed);
  Asked later = ask_after(100);
  publish({}, 2);
  EXPECT_EQ(error_of(std::move(later)), ErrorKind::kClosed);
  Asked without = ask();
  publish({}, 3);
  EXPECT_TRUE(without.get());
}

TEST_F(ViewReadsTest, WhatStoppedCountingIsTheAnswerUntilItGoesOn) {
  Asked asked = ask();
  publish({cell("a", 1)});
  ASSERT_TRUE(asked.get());
  Asked failed = ask();
  source_.publish(Error{ErrorKind::kCorrupt, "a record cannot be read"});
  EXPECT_EQ(error_of(std::move(failed)), ErrorKind::kCorrupt);
  Asked later = ask();
  publish({cell("a", 2)}, 1, true);
  EXPECT_EQ(count_of(std::move(later)), 2U);
}

TEST_F(ViewReadsTest, WhatWasLetGoIsAskedForAnew) {
  Asked asked = ask();
  publish({cell("a", 1)});
  ASSERT_TRUE(asked.get());
  source_.let_go();
  Asked later = ask();
  publish({cell("b", 4)});
  EXPECT_EQ(count_of(std::move(later)), 4U);
}

TEST_F(ViewReadsTest, WhatIsLetGoWhileAReceiptIsWaitedForIsNoReasonToFail) {
  Asked asked = ask_after(5);
  publish({}, 1);
  source_.wait_until_wanted();
  for (int turn = 0; turn < 3; ++turn) {  // It is seen before the next publication is.
    const std::uint64_t looks = clock_.looks();
    source_.let_go();  // Was decided before another one was wanted.
    while (clock_.looks() == looks) {
      std::this_thread::yield();
    }
  }
  publish({cell("a", 7)}, 5);
  EXPECT_EQ(count_of(std::move(asked)), 7U);
}

TEST_F(ViewReadsTest, WhenTheStoreWasOpenedAnewAllIsAskedForAnew) {
  Asked asked = ask();
  publish({cell("a", 1)});
  ASSERT_TRUE(asked.get());
  source_.store().close_snapshots();
  Asked later = ask();
  publish({cell("a", 2)});
  EXPECT_EQ(publish({cell("a", 2), cell("b", 1)}, 1, true), ViewSource::Want::kAnew);
  EXPECT_EQ(count_of(std::move(later)), 3U);
}

TEST_F(ViewReadsTest, WhatIsLostForWantOfMemoryIsNoAnswerToWhoAskedForMore) {
  Asked first = ask();
  publish({cell("a", 1)});
  EXPECT_EQ(count_of(std::move(first)), 1U);
  Asked waiting = ask_after(9);
  source_.find_no_memory();
  Asked second = ask();
  publish({cell("a", 2)}, 2);  // Asking for more fails behind it.
  EXPECT_EQ(count_of(std::move(second)), 2U);
  Asked third = ask();
  publish({cell("a", 3)}, 3);
  const auto is_answered = [](const Asked& asked) {
    return asked.wait_for(milliseconds(0)) == std::future_status::ready;
  };
  while (!is_answered(third) || !is_answered(waiting)) {
    if (source_.is_wanted()) {
      publish({cell("a", 3)}, 9, true);
    }
    std::this_thread::yield();
  }
  EXPECT_EQ(count_of(std::move(third)), 3U);
  EXPECT_EQ(count_of(std::move(waiting)), 3U);
}

TEST_F(ViewReadsTest, WithoutCellsTheNewestEventIsSaid) {
  Asked asked = ask();
  publish({});
  const Result<RowAnswer> answer = asked.get();
  ASSERT_TRUE(answer.value().newest);
  EXPECT_EQ(answer.value().newest->event_time, kStart);
}

TEST_F(ViewReadsTest, WhoWaitsAtTheEndAndWhoComesAfterItIsAnsweredClosed) {
  Asked waiting = ask_after(100);
  publish({}, 1);
  source_.close();
  EXPECT_EQ(error_of(std::move(waiting)), ErrorKind::kClosed);
  EXPECT_EQ(error_of(ask()), ErrorKind::kClosed);
}

TEST_F(ViewReadsTest, AReceiptIsNotWaitedForLongerWhenNothingIsPublished) {
  Asked asked = ask_after(5, milliseconds(10));
  source_.wait_until_wanted();
  clock_.advance(std::chrono::minutes(1));
  const Asked other = ask();  // Wakes it.
  EXPECT_EQ(error_of(std::move(asked)), ErrorKind::kTimedOut);
}

}  // namespace
}  // namespace hapax
