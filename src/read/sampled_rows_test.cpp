// SPDX-License-Identifier: Apache-2.0
// What readers of a view see that counts a sample of its keys.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

#include "read/live_state.hpp"
#include "read/row_json.hpp"
#include "read/row_reader.hpp"
#include "testing/counted_view.hpp"

namespace hapax {
namespace {

using Json = nlohmann::json;
using std::chrono::minutes;

constexpr std::uint64_t kKept = 100;

std::string spec(const std::string& window) {
  return R"~({"name":"v","per":"user","window":)~" + window +
         R"~(,"group_by":["event"],"measures":{"events":"sum(key.events)","mean":"avg(key.events)",)~"
         R"~("n":"count","once":"sum(key.bounced)"}})~";
}

class SampledRowsTest : public testing::Test {
 protected:
  explicit SampledRowsTest(const std::string& window = R"({"tumbling":"1h"})")
      : view_(spec(window), "v", {.bytes_max = kKept * (64 + 7)}) {}

  void add(int users, int from = 0, std::int64_t minute = 5) {
    for (int i = from; i < from + users; ++i) {
      const std::string user = "u" + std::to_string(1'000 + i).substr(1);
      view_.add(EventTime(minutes(minute)), "a", "{}", EventTime::min(), "shop", user);
    }
  }
  RowQuery query() const { return {.view = view_.served(), .measures = {0, 1, 2, 3}}; }
  Result<RowAnswer> read(const RowQuery& query) {
    return read_rows(view_.snapshot(), query, EventTime());
  }
  Json row(const RowQuery& query) {
    return Json::parse(to_json(read(query).value(), query)).at("rows").at(0);
  }

  CountedView view_;
};

TEST_F(SampledRowsTest, AnEstimateSaysItsShareAndHowFarOffItMayBe) {
  add(800);
  const Json row = this->row(query());
  const double share = row.at("sampled");
  const Json& values = row.at("values");
  EXPECT_LT(share, 0.2);
  EXPECT_EQ(values.at("n"), std::llround(kKept / share));
  EXPECT_EQ(values.at("events"), kKept / share);
  EXPECT_EQ(values.at("once"), kKept / share);
  EXPECT_EQ(values.at("mean"), 1);
  const double error = std::sqrt((1 - share) / kKept);
  EXPECT_NEAR(values.at("n").get<double>(), 800, 800 * 3 * error);
  const Json& notes = row.at("notes");
  EXPECT_EQ(notes.at("n"), (Json{{"exact", false}, {"sampling_error", error}}));
  EXPECT_EQ(notes.at("once"), notes.at("n"));
  EXPECT_EQ(notes.at("events"), (Json{{"exact", false}}));
  EXPECT_EQ(notes.at("mean"), (Json{{"exact", false}}));
}

TEST_F(SampledRowsTest, WhereAllKeysAreCountedNothingIsSaid) {
  add(kKept);
  const Json row = this->row(query());
  EXPECT_FALSE(row.contains("sampled"));
  EXPECT_FALSE(row.contains("notes"));
  EXPECT_EQ(row.at("values").at("n"), kKept);
}

TEST_F(SampledRowsTest, RankedRowsAndCsvSayTheSame) {
  add(800);
  const Json row = this->row(query());
  RowQuery ranked = query();
  ranked.order = RowOrder{.measure = 2, .descending = true};
  EXPECT_EQ(this->row(ranked), row);
  const std::string csv = to_csv(read(query()).value(), query());
  EXPECT_NE(csv.find(",other,sampled,notes\r\n"), std::string::npos) << csv;
  const std::string values = row.at("values").at("events").dump() + ",1," +
                             row.at("values").at("n").dump() + ',' +
                             row.at("values").at("once").dump() + ',';
  EXPECT_NE(csv.find(values), std::string::npos) << csv;
  EXPECT_NE(csv.find(",false," + row.at("sampled").dump() + ",\"{"), std::string::npos) << csv;
}

TEST_F(SampledRowsTest, RolledUpWindowsHaveOneShareOrAreRefused) {
  add(800);
  RowQuery by_source = query();
  by_source.group_by = std::vector<std::size_t>{};
  Json rolled = row(by_source);
  EXPECT_EQ(rolled.at("values"), row(query()).at("values"));
  EXPECT_EQ(rolled.at("sampled"), row(query()).at("sampled"));
  RowQuery by_day = query();
  by_day.window = WindowSpec{.kind = WindowKind::kDay};
  EXPECT_EQ(row(by_day).at("values").at("n"), row(query()).at("values").at("n"));
  add(5, 0, 65);
  const auto refused = read(by_day);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kExhausted);
}

/// What a frame says of a row.
Json row_of(const HttpStream::Piece& frame) {
  return Json::parse(frame->substr(frame->find("data: ") + 6)).at("rows").at(0);
}

TEST_F(SampledRowsTest, ALiveStreamSaysTheSameAlsoWhenTheShareFalls) {
  add(300);
  const LiveQuery live{.rows = query()};
  const auto state = LiveState::create(live).value();
  state->begin_at(EventTime());
  const RowSnapshot before = view_.snapshot();
  ASSERT_TRUE(state->load(before, 1'000).value());
  state->pass(EventTime(), before);
  EXPECT_EQ(row_of(state->take_news({})), row(query()));
  add(500, 300);
  ViewChange change = view_.change(false);
  change.changed.sort();
  const RowSnapshot after = view_.snapshot();
  ASSERT_LT(after.share_of({.start = EventTime(), .end = EventTime(minutes(60))}), 0.2);
  ASSERT_TRUE(state->take(change.changed));
  state->pass(EventTime(), after);
  ASSERT_TRUE(state->has_news());
  EXPECT_EQ(row_of(state->take_news({})), row(query()));
  EXPECT_EQ(row_of(state->whole({})), row(query()));
}

class SampledSessionsTest : public SampledRowsTest {
 protected:
  SampledSessionsTest() : SampledRowsTest(R"({"session":"30m","by":"1h"})") {}
};

TEST_F(SampledSessionsTest, EveryWindowHasTheShareOfTheViewSoThatTheyRollUp) {
  add(400);
  add(400, 400, 125);
  const RowAnswer rows = read(query()).value();
  ASSERT_EQ(rows.rows.size(), 2U);
  EXPECT_LT(rows.rows[0].share, 0.25);
  EXPECT_EQ(rows.rows[0].share, rows.rows[1].share);
  RowQuery by_day = query();
  by_day.window = WindowSpec{.kind = WindowKind::kDay};
  const Json row = this->row(by_day);
  EXPECT_EQ(row.at("values").at("n"), std::llround(kKept / rows.rows[0].share));
}

}  // namespace
}  // namespace hapax
