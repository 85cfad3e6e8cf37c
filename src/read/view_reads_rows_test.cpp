// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "read/cell_walk.hpp"
#include "read/view_reads.hpp"
#include "testing/counted_view.hpp"
#include "testing/fake_view_source.hpp"
#include "testing/still_clock.hpp"

namespace hapax {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr EventTime kStart{minutes(7)};
constexpr const char* kSpec =
    R"({"name":"clicks","window":{"tumbling":"1m"},"group_by":["event"],"measures":{"n":"count"}})";

class ViewReadsRowsTest : public testing::Test {
 protected:
  using Asked = std::future<Result<RowAnswer>>;

  Asked ask(const CountedView& view, std::optional<Receipt> after = {},
            std::optional<WindowSpec> window = {}) {
    const auto promise = std::make_shared<std::promise<Result<RowAnswer>>>();
    Asked asked = promise->get_future();
    reads_.rows({.view = view.served(),
                 .measures = {0},
                 .window = std::move(window),
                 .after = std::move(after),
                 .wait_max = std::chrono::hours(1)},
                [promise](Result<RowAnswer> answer) { promise->set_value(std::move(answer)); });
    return asked;
  }
  Asked ask_hours(const CountedView& view, std::optional<Receipt> after = {}) {
    return ask(view, std::move(after), tumbling(std::chrono::hours(1)));
  }
  static Receipt receipt(std::uint64_t offset) {
    return Receipt{FakeViewSource::kLog, {{PartitionId(0), Offset(offset)}}};
  }
  ViewSource::Want publish(std::vector<ViewChange> views, std::uint64_t processed = 1,
                           bool anew = false) {
    Publication publication = source_.publication_of({}, processed, anew);
    publication.views = std::move(views);
    return source_.publish(std::move(publication));
  }
  static std::vector<ViewChange> list(ViewChange change) {
    std::vector<ViewChange> changes;
    changes.push_back(std::move(change));
    return changes;
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

  StillClock clock_;
  FakeViewSource source_;
  CountedView view_{kSpec, "clicks.1"};
  CountedView other_{kSpec, "other.2"};
  ViewReads reads_{{.threads = 2, .queries_limit = 4}, source_, clock_};
};

TEST_F(ViewReadsRowsTest, AQueryAsksForItsViewAndIsAnsweredFromAPublicationMadeAfterIt) {
  view_.add(kStart, "a");
  Asked first = ask(view_);
  EXPECT_EQ(source_.wanted_views(), (std::set<std::string>{"clicks.1"}));
  EXPECT_EQ(publish(list(view_.change(true))), ViewSource::Want::kNow);
  EXPECT_EQ(count_of(std::move(first)), 1U);
  view_.add(kStart, "a");
  view_.add(kStart, "b");
  Asked second = ask(view_);
  publish(list(view_.change(false)));
  EXPECT_EQ(count_of(std::move(second)), 3U) << "with what was told before";
}

TEST_F(ViewReadsRowsTest, AViewMayBeginInAPublicationThatStoresNothing) {
  Asked minutes = ask(other_);
  publish(list(other_.change(true)));
  EXPECT_EQ(count_of(std::move(minutes)), 0U);
  view_.add(kStart, "a");
  Asked asked = ask(view_);
  std::vector<ViewChange> both = list(other_.change(false));
  both.push_back(view_.change(true));
  publish(std::move(both));
  EXPECT_EQ(count_of(std::move(asked)), 1U);
}

/// Work goes on by 300 ms with each look at it, while no time passes.
class WorkingClock : public StillClock {
 public:
  std::chrono::nanoseconds worked() const override { return milliseconds(300) * looks_++; }

 private:
  mutable std::atomic<int> looks_ = 0;
};

TEST(ViewReadsWorkTest, APageEndsAfterItsWorkAndARankHasMore) {
  WorkingClock clock;
  FakeViewSource source;
  CountedView view{kSpec, "clicks.1"};
  constexpr std::size_t kCells = 2 * CellWalk::kStepsUntimed + 1;  // Two looks.
  for (std::size_t i = 0; i < kCells; ++i) {
    view.add(kStart, std::to_string(i));
  }
  ViewReads reads({.threads = 1}, source, clock);
  const auto ask = [&](std::optional<RowOrder> order) {
    std::promise<Result<RowAnswer>> promise;
    reads.rows({.view = view.served(), .measures = {0}, .order = order},
               [&](Result<RowAnswer> answer) { promise.set_value(std::move(answer)); });
    Publication publication = source.publication_of({}, 1, false);
    publication.views.push_back(view.change(true));
    source.publish(std::move(publication));
    return promise.get_future().get();
  };
  const RowAnswer page = ask({}).value();
  EXPECT_TRUE(page.next);
  EXPECT_LT(page.rows.size(), CellWalk::kStepsUntimed);
  EXPECT_EQ(ask(RowOrder{}).value().matched, kCells);
}

TEST_F(ViewReadsRowsTest, SeveralViewsAreReadAtTheSameTime) {
  view_.add(kStart, "a");
  other_.add(kStart, "a");
  other_.add(kStart, "b");
  Asked one = ask(view_);
  Asked two = ask(other_);
  while (source_.wanted_views().size() < 2) {
    std::this_thread::yield();
  }
  std::vector<ViewChange> both = list(view_.change(true));
  both.push_back(other_.change(true));
  publish(std::move(both));
  EXPECT_EQ(count_of(std::move(one)), 1U);
  EXPECT_EQ(count_of(std::move(two)), 2U);
}

TEST_F(ViewReadsRowsTest, AViewThatIsGoneIsNoEmptyAnswer) {
  Asked asked = ask(view_);
  publish(list(view_.change(true)));
  EXPECT_TRUE(asked.get());
  Asked later = ask(view_);
  publish({});
  EXPECT_EQ(error_of(std::move(later)), ErrorKind::kInvalid);
  Asked with_receipt = ask(view_, receipt(9));
  publish({});
  EXPECT_EQ(error_of(std::move(with_receipt)), ErrorKind::kInvalid);
}

TEST_F(ViewReadsRowsTest, AViewThatComesBackBeginsAnew) {
  view_.add(kStart, "a");
  Asked asked = ask(view_);
  publish(list(view_.change(true)));
  EXPECT_EQ(count_of(std::move(asked)), 1U);
  Asked gone = ask(view_);
  publish({});
  EXPECT_FALSE(gone.get());
  view_.add(kStart, "b");
  Asked later = ask(view_);
  publish(list(view_.change(true)));
  EXPECT_EQ(count_of(std::move(later)), 2U);
}

TEST_F(ViewReadsRowsTest, AChangeOfWhatWasNeverToldIsNotShown) {
  view_.add(kStart, "a");
  Asked asked = ask(view_);
  publish(list(view_.change(false)));
  EXPECT_EQ(error_of(std::move(asked)), ErrorKind::kInvalid);
}

TEST_F(ViewReadsRowsTest, WhatWasToldStaysUnderAPublicationThatStores) {
  view_.add(kStart, "a");
  Asked asked = ask(view_);
  publish(list(view_.change(true)));
  EXPECT_EQ(count_of(std::move(asked)), 1U);
  Asked later = ask(view_);
  publish(list(view_.change(true)), 1, true);
  EXPECT_EQ(count_of(std::move(later)), 1U);
}

TEST_F(ViewReadsRowsTest, WhoWaitsForAReceiptKeepsItsViewAskedFor) {
  Asked asked = ask(view_, receipt(5));
  publish(list(view_.change(true)), 1);
  source_.wait_until_wanted();
  EXPECT_EQ(source_.wanted_views(), (std::set<std::string>{"clicks.1"}));
  view_.add(kStart, "a");
  EXPECT_EQ(publish(list(view_.change(false)), 5), ViewSource::Want::kNews);
  EXPECT_EQ(count_of(std::move(asked)), 1U);
}

TEST_F(ViewReadsRowsTest, WhenTheStoreWasOpenedAnewAllIsAskedForAnew) {
  view_.add(kStart, "a");
  Asked asked = ask(view_);
  publish(list(view_.change(true)));
  EXPECT_TRUE(asked.get());
  source_.store().close_snapshots();
  Asked later = ask(view_);
  publish(list(view_.change(false)));
  EXPECT_EQ(publish(list(view_.change(true)), 1, true), ViewSource::Want::kAnew);
  EXPECT_EQ(count_of(std::move(later)), 1U);
}

TEST_F(ViewReadsRowsTest, WhatWasLetGoIsAskedForAgain) {
  view_.add(kStart, "a");
  Asked asked = ask(view_);
  publish(list(view_.change(true)));
  EXPECT_TRUE(asked.get());
  source_.let_go();
  Asked later = ask(view_);
  publish(list(view_.change(true)));
  EXPECT_EQ(count_of(std::move(later)), 1U);
}

TEST_F(ViewReadsRowsTest, WhatSessionsMayStillChangeIsNotSaidToBeFinal) {
  CountedView visits(R"~({"name":"v","per":"user","window":{"session":"30m","by":"1h"},)~"
                     R"~("measures":{"n":"sum(key.events)"}})~",
                     "v.4");
  visits.add(kStart, "a");
  visits.pass(kStart + minutes(30));
  Asked asked = ask(visits);
  Publication publication = source_.publication_of({}, 1, false);
  publication.watermark = EventTime::max();
  publication.views = list(visits.change(true));
  source_.publish(std::move(publication));
  EXPECT_FALSE(asked.get().value().rows.at(0).is_final);
}

TEST_F(ViewReadsRowsTest, ARollUpOfGrowingMeasuresIsOfCellsThatAreTakenWhenItIsItsTurn) {
  CountedView views(
      R"~({"name":"v","window":{"tumbling":"1m"},"measures":{"u":"uniques(event)"}})~", "v.3");
  source_.whole = [&](const WholeRowsQuery& query) -> Result<WholeRows> {
    EXPECT_EQ(query.view, "v.3");
    return WholeRows{.rows = views.whole_rows(query).value(), .watermark = kStart};
  };
  views.add(kStart, "a");
  views.add(kStart + minutes(1), "a");
  Asked asked = ask_hours(views, receipt(5));
  publish({}, 1);
  views.add(kStart + minutes(2), "b");
  publish({}, 5);
  const Result<RowAnswer> answer = asked.get();
  ASSERT_EQ(answer.value().rows.size(), 1U);
  EXPECT_EQ(std::get<std::uint64_t>(answer->rows[0].results.at(0).answer), 2U);
  EXPECT_EQ(answer->watermark, kStart) << "that of the cells";
}

TEST_F(ViewReadsRowsTest, WholeCellsOfAStoreThatWasOpenedAnewAreAskedForAgain) {
  CountedView views(
      R"~({"name":"v","window":{"tumbling":"1m"},"measures":{"u":"uniques(event)"}})~", "v.3");
  views.add(kStart, "a");
  std::atomic<int> times = 0;
  source_.whole = [&](const WholeRowsQuery& query) -> Result<WholeRows> {
    RowSnapshot rows = views.whole_rows(query).value();
    if (times++ == 0) {
      views.close_snapshots();
    }
    return WholeRows{.rows = std::move(rows), .watermark = kStart};
  };
  Asked asked = ask_hours(views);
  publish({});
  publish({});
  EXPECT_EQ(asked.get().value().rows.size(), 1U);
  source_.whole = [](const WholeRowsQuery&) { return Error{ErrorKind::kExhausted, "too much"}; };
  Asked refused = ask_hours(views);
  publish({});
  EXPECT_EQ(error_of(std::move(refused)), ErrorKind::kExhausted);
}

TEST_F(ViewReadsRowsTest, SaysHowMuchAViewHolds) {
  view_.add(kStart, "a");
  view_.add(kStart, "b");
  std::promise<Result<RowExtent>> extent;
  reads_.extent(view_.served(),
                [&](Result<RowExtent> answer) { extent.set_value(std::move(answer)); });
  publish(list(view_.change(true)));
  EXPECT_EQ(extent.get_future().get().value().cells, 2U);
}

/// Notes what it is told of clicks.1.
class Notes : public MomentListener {
 public:
  struct Told {
    bool is_there = false;                 ///< In the moment.
    std::optional<std::uint64_t> changes;  ///< How many cells changed; nothing: not known.
  };

  void on_moment(const SharedMoment& moment, const RowChanges& changes) override {
    const auto changed = changes.find("clicks.1");
    const MutexLock lock(mutex_);
    told_.push_back({.is_there = moment->declared.contains("clicks.1"),
                     .changes = changed == changes.end()
                                    ? std::nullopt
                                    : std::optional<std::uint64_t>(changed->second->size())});
    told_changed_.notify_all();
  }
  Told wait_for(std::size_t count) {
    const MutexLock lock(mutex_);
    told_changed_.wait(mutex_, [&]() HAPAX_REQUIRES(mutex_) { return told_.size() >= count; });
    return told_[count - 1];
  }

 private:
  Mutex mutex_;
  CondVar told_changed_;
  std::vector<Told> told_ HAPAX_GUARDED_BY(mutex_);
};

TEST_F(ViewReadsRowsTest, AListenerIsToldOfEveryMomentAndItsViewsAreAskedFor) {
  Notes notes;
  reads_.follow(notes, {"clicks.1"});
  view_.add(kStart, "a");
  source_.wait_until_wanted();
  EXPECT_EQ(source_.wanted_views(), (std::set<std::string>{"clicks.1"}));
  EXPECT_EQ(publish(list(view_.change(true))), ViewSource::Want::kNews);
  EXPECT_TRUE(notes.wait_for(1).is_there);
  EXPECT_FALSE(notes.wait_for(1).changes) << "it begins";
  view_.add(kStart, "a");
  view_.add(kStart, "b");
  Asked asked = ask(view_);
  EXPECT_EQ(publish(list(view_.change(false))), ViewSource::Want::kNow);
  EXPECT_EQ(notes.wait_for(2).changes, 2U);
  clock_.advance(milliseconds(100));
  view_.add(kStart, "a");
  EXPECT_EQ(publish(list(view_.change(false))), ViewSource::Want::kNews);
  EXPECT_EQ(notes.wait_for(3).changes, 1U);
  clock_.advance(milliseconds(100));
  publish({});
  EXPECT_FALSE(notes.wait_for(4).is_there);
  reads_.unfollow(notes);
}

TEST_F(ViewReadsRowsTest, AListenerIsToldWhatChangedAlsoOverACheckpoint) {
  Notes notes;
  reads_.follow(notes, {"clicks.1"});
  publish(list(view_.change(true)));
  notes.wait_for(1);
  view_.add(kStart, "a");
  Publication publication = source_.publication_of({}, 1, false);
  publication.stored = source_.store().snapshot().value();
  publication.views = list(view_.change(true));
  clock_.advance(milliseconds(100));
  source_.publish(std::move(publication));
  EXPECT_EQ(notes.wait_for(2).changes, 1U);
  reads_.unfollow(notes);
}

TEST_F(ViewReadsRowsTest, AListenerIsToldThatAChangeIsMissingWhateverComesNext) {
  Notes notes;
  reads_.follow(notes, {"clicks.1"});
  publish(list(view_.change(true)));
  notes.wait_for(1);
  source_.store().close_snapshots();
  Asked asked = ask(view_);
  view_.add(kStart, "a");
  publish(list(view_.change(false)));  // Of what cannot be read any more: lost from here on.
  EXPECT_EQ(notes.wait_for(2).changes, 1U);
  publish(list(view_.change(false)));  // Was on its way; nobody can be told of it.
  // So was this: it begins with what is stored for a checkpoint, not for what was lost.
  Publication publication = source_.publication_of({}, 1, false);
  publication.stored = source_.store().snapshot().value();
  publication.views = list(view_.change(true));
  source_.publish(std::move(publication));
  EXPECT_EQ(count_of(std::move(asked)), 1U);
  EXPECT_FALSE(notes.wait_for(3).changes);
  reads_.unfollow(notes);
}

TEST_F(ViewReadsRowsTest, AMomentOfAViewHasItOrSaysThatItIsGone) {
  const auto ask_moment = [&] {
    const auto promise = std::make_shared<std::promise<Result<SharedMoment>>>();
    reads_.moment("clicks.1", [promise](Result<SharedMoment> answer) {
      promise->set_value(std::move(answer));
    });
    return promise->get_future();
  };
  auto there = ask_moment();
  publish(list(view_.change(true)));
  EXPECT_TRUE(there.get().value()->declared.contains("clicks.1"));
  auto gone = ask_moment();
  publish({});
  EXPECT_EQ(gone.get().error().kind, ErrorKind::kInvalid);
}

TEST_F(ViewReadsRowsTest, TooManyQueriesAreRefusedAndWhoComesAfterTheEndIsAnswered) {
  std::vector<Asked> asked;
  for (int i = 0; i < 4; ++i) {
    asked.push_back(ask(view_));
  }
  EXPECT_EQ(error_of(ask(view_)), ErrorKind::kExhausted);
  source_.close();
  for (Asked& one : asked) {
    EXPECT_EQ(error_of(std::move(one)), ErrorKind::kClosed);
  }
}

}  // namespace
}  // namespace hapax
