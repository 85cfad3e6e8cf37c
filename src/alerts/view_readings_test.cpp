// SPDX-License-Identifier: Apache-2.0
#include "alerts/view_readings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "core/timestamp.hpp"
#include "testing/fake_row_store.hpp"
#include "testing/still_clock.hpp"
#include "testing/test_rows.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;

EventTime at(std::string_view time) {
  return parse_timestamp(time).value();
}

/// Remembers all queries; each is answered with `state`.
struct WatchedRows : FakeRowStore {
  std::vector<RowQuery> queries;
  void rows(RowQuery query, Answer answer) override {
    queries.push_back(query);
    FakeRowStore::rows(std::move(query), std::move(answer));
  }
};

/// A view by the minute, one by the day, one without windows; it is 10:07:30.
class ViewReadingsTest : public testing::Test {
 protected:
  ViewReadingsTest() {
    served_.set({{"minutes", minutes_.served()}, {"days", days_.served()}, {"all", all_.served()}});
    clock_.set_now(ProcessingTime(at("2026-11-27T10:07:30Z").time_since_epoch()));
  }
  static AlertRule rule(const std::string& view, const std::string& measure = "n") {
    return {.name = "N", .view = view, .measure = measure};
  }
  void answer(MeasureResult::Answer value) {
    rows_.state = RowAnswer{.watermark = {}, .rows = {Row{.results = {{std::move(value)}}}}};
  }
  Result<Reading> read(const AlertRule& rule) { return readings_.read(rule); }
  TimeRange asked() const { return rows_.queries.back().ranges.at(0); }

  TestRows minutes_{
      R"v({"name":"minutes","window":{"tumbling":"1m"},"group_by":["source","event"],"measures":)v"
      R"v({"n":"count","a":"avg(properties.x)","t":"top(user, 3)","l":"last(properties.x)"}})v"};
  TestRows days_{R"v({"name":"days","window":{"tumbling":"1d"},"measures":{"n":"count"}})v"};
  TestRows all_{R"v({"name":"all","group_by":["source"],"measures":{"n":"count"}})v"};
  WatchedRows rows_;
  ServedViews served_;
  StillClock clock_;
  ViewReadings readings_{rows_, served_, clock_};
};

TEST_F(ViewReadingsTest, AsksForOneWindowOverAllGroups) {
  answer(std::uint64_t{3});
  AlertRule watched = rule("minutes");
  watched.query = "source=web";
  EXPECT_EQ(read(watched).value(), Reading(3));
  const RowQuery& query = rows_.queries.at(0);
  EXPECT_EQ(asked().from, at("2026-11-27T10:07:00Z"));
  EXPECT_LT(asked().to, at("2026-11-27T10:08:00Z"));
  EXPECT_EQ(query.where.size(), 1U);
  EXPECT_EQ(query.group_by, std::vector<std::size_t>());
  ASSERT_EQ(query.measures.size(), 1U);
  EXPECT_EQ(query.shape().spec.measures[query.measures[0]].name, "n");
}

TEST_F(ViewReadingsTest, TheLastCompleteWindowIsThatOfTheWatermark) {
  AlertRule watched = rule("minutes");
  watched.window = AlertWindow::kComplete;
  for (const auto& [until, from] : {std::pair("2026-11-27T10:05:00Z", "2026-11-27T10:04:00Z"),
                                    std::pair("2026-11-27T10:05:59Z", "2026-11-27T10:04:00Z"),
                                    std::pair("2026-11-27T10:06:00Z", "2026-11-27T10:05:00Z")}) {
    answer(std::uint64_t{3});
    rows_.state->complete_until = at(until);
    ASSERT_TRUE(read(watched));
    EXPECT_EQ(asked().from, at(from)) << until;
  }
}

TEST_F(ViewReadingsTest, WithoutEventsNoWindowIsComplete) {
  AlertRule watched = rule("minutes");
  watched.window = AlertWindow::kComplete;
  rows_.state = RowAnswer{.watermark = EventTime::min(), .complete_until = EventTime::min()};
  const auto reading = read(watched);
  ASSERT_FALSE(reading);
  EXPECT_THAT(reading.error().message, HasSubstr("no window is complete yet"));
}

TEST_F(ViewReadingsTest, WindowsMayBeCoarser) {
  AlertRule watched = rule("minutes");
  watched.query = "window=1h";
  answer(std::uint64_t{3});
  ASSERT_TRUE(read(watched));
  EXPECT_EQ(asked().from, at("2026-11-27T10:00:00Z"));
  answer(std::uint64_t{3});
  ASSERT_TRUE(read(rule("days")));
  EXPECT_EQ(asked().from, at("2026-11-27T00:00:00Z"));
}

TEST_F(ViewReadingsTest, NoEventsAreNoneOfWhatIsCountedAndElseNothing) {
  rows_.state = RowAnswer{.watermark = {}};
  EXPECT_EQ(read(rule("minutes")).value(), Reading(0));
  EXPECT_EQ(read(rule("minutes", "a")).value(), Reading());
  AlertRule absent = rule("minutes");
  absent.when = AlertWhen::kAbsent;
  EXPECT_EQ(read(absent).value(), Reading());
  answer(std::monostate());
  EXPECT_EQ(read(rule("minutes", "a")).value(), Reading());
}

TEST_F(ViewReadingsTest, SaysWhyNobodyKnows) {
  EXPECT_THAT(read(rule("hours")).error().message, HasSubstr("there is no view \"hours\""));
  answer(std::string("a text"));
  EXPECT_THAT(read(rule("minutes", "l")).error().message, HasSubstr("is no number"));
  rows_.state = Error{ErrorKind::kUnavailable, "processing has stopped"};
  EXPECT_EQ(read(rule("minutes")).error().message, "processing has stopped");
}

TEST_F(ViewReadingsTest, AViewThatIsThereIsAskedBeforeARuleIsStored) {
  EXPECT_TRUE(readings_.check(rule("minutes")));
  EXPECT_TRUE(readings_.check(rule("hours"))) << "it may be declared later";
  EXPECT_THAT(readings_.check(rule("minutes", "m")).error().text(), HasSubstr("no measure \"m\""));
  EXPECT_THAT(readings_.check(rule("minutes", "t")).error().text(), HasSubstr("is a list"));
  AlertRule watched = rule("all");
  watched.window = AlertWindow::kComplete;
  EXPECT_THAT(readings_.check(watched).error().text(), HasSubstr("has no windows"));
  watched = rule("minutes");
  watched.query = "type=page";
  EXPECT_FALSE(readings_.check(watched));
  EXPECT_TRUE(rows_.queries.empty());
}

}  // namespace
}  // namespace hapax
