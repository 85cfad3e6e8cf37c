// SPDX-License-Identifier: Apache-2.0
// What a client has that takes in every frame is compared with what is ranked and added up anew.
#include "read/live_window.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "read/row_rank.hpp"
#include "testing/seeded_random.hpp"
#include "testing/test_rows.hpp"

namespace hapax {
namespace {

/// Measures are by name.
enum : std::size_t { kLow, kMean, kN, kSum };
constexpr const char* kSpec =
    R"~({"name":"v","window":{"tumbling":"1m"},"group_by":["event"],"measures":{"n":"count",)~"
    R"~("sum":"sum(properties.x)","low":"min(properties.x)","mean":"avg(properties.x)"}})~";

using Results = std::vector<MeasureResult>;

/// What a client has.
class Client : public LiveWindow::Listener {
 public:
  void on_row(std::string_view group, const ViewCellValue& value, LiveMarks marks) override {
    rows[std::string(group)] = value.results;
    last_marks = marks;
    ++told;
  }
  void on_left(std::string_view group) override { rows.erase(std::string(group)); }
  void on_other(const LiveOther& now) override { other = now; }

  std::map<std::string, Results> rows;
  LiveOther other;
  LiveMarks last_marks;
  int told = 0;
};

class LiveWindowTest : public testing::Test {
 protected:
  LiveQuery query_of(std::optional<RowOrder> order, std::size_t top) const {
    return {.rows = {.view = rows_.served(),
                     .measures = {kLow, kMean, kN, kSum},
                     .order = order,
                     .rows_max = top}};
  }
  Results results_of(const std::string& value) const {
    return decode_value(value, rows_.served()->shape->measures, std::chrono::minutes(1))->results;
  }
  /// The definition.
  void expect_shown(const Client& client, const std::map<std::string, std::string>& all,
                    const LiveQuery& query) const {
    RowRank rank(query.rows.order.value_or(RowOrder()), query.top());
    for (const auto& [group, value] : all) {
      rank.offer(group,
                 {.group = {group}, .results = query.rows.order ? results_of(value) : Results(4)});
    }
    std::map<std::string, Results> shown;
    for (const Row& row : rank.take()) {
      const auto& group = std::get<std::string>(row.group[0]);
      shown[group] = results_of(all.at(group));
    }
    std::uint64_t count = 0;
    double sum = 0;
    for (const auto& [group, value] : all) {
      if (!shown.contains(group)) {
        const Results results = results_of(value);
        count += std::get<std::uint64_t>(results[kN].answer);
        const double* number = std::get_if<double>(&results[kSum].answer);
        sum += number != nullptr ? *number : 0;
      }
    }
    EXPECT_EQ(client.rows, shown);
    EXPECT_EQ(client.other,
              (LiveOther{.groups = all.size() - shown.size(), .totals = {{}, {}, count, sum}}));
  }

  const TestRows rows_{kSpec};
};

TEST_F(LiveWindowTest, WhoTakesInAllNewsHasTheFirstGroupsAndTheRestInOne) {
  for (std::uint64_t seed = 1; seed <= 200 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SeededRandom random(seed);
    const LiveQuery query = query_of(
        random.one_in(5)
            ? std::nullopt
            : std::optional(RowOrder{.measure = random.below(4), .descending = random.one_in(2)}),
        1 + random.below(5));
    std::map<std::string, std::string> all;
    LiveWindow window(query, std::chrono::minutes(1));
    Client client;
    client.other = LiveTotals().other(query.rows);
    for (int step = 0; step < 60; ++step) {
      const std::string group(1, static_cast<char>('a' + random.below(9)));
      std::vector<double> numbers(random.below(4));  // Of whatever it was before; none: it is gone.
      for (double& number : numbers) {
        number = static_cast<double>(random.below(9)) - 4;
      }
      const std::string value = rows_.value(numbers);
      ASSERT_TRUE(window.put(group, value));
      all[group] = value;
      std::erase_if(all, [](const auto& one) { return one.second.empty(); });
      if (random.one_in(4)) {
        window.take_news({}, client);
        expect_shown(client, all, query);
        EXPECT_FALSE(window.has_news({}));
        Client late;
        late.other = LiveTotals().other(query.rows);
        ASSERT_TRUE(window.put("z", rows_.value({100, -100})));  // It is not told yet.
        window.tell_again(late);
        ASSERT_TRUE(window.put("z", ""));
        EXPECT_EQ(late.rows, client.rows);
        EXPECT_EQ(late.other, client.other);
      }
    }
  }
}

TEST_F(LiveWindowTest, WhenAShownGroupFallsAnUnseenOneTakesItsPlace) {
  const LiveQuery query = query_of(RowOrder{.measure = kN, .descending = true}, 1);
  LiveWindow window(query, std::chrono::minutes(1));
  Client client;
  ASSERT_TRUE(window.put("a", rows_.value({1, 1, 1})));
  ASSERT_TRUE(window.put("b", rows_.value({1, 1})));
  window.take_news({}, client);
  ASSERT_TRUE(window.put("a", rows_.value({1})));
  window.take_news({}, client);
  EXPECT_EQ(client.rows.begin()->first, "b");
  EXPECT_EQ(client.rows.size(), 1U);
  ASSERT_TRUE(window.put("b", ""));
  window.take_news({}, client);
  EXPECT_EQ(client.rows.begin()->first, "a");
  EXPECT_EQ(client.other.groups, 0U);
}

TEST_F(LiveWindowTest, WhatDidNotChangeIsNoNewsNorIsWhatChangedBack) {
  const LiveQuery query = query_of(std::nullopt, 10);
  LiveWindow window(query, std::chrono::minutes(1));
  ASSERT_TRUE(window.put("a", rows_.value({3})));
  Client client;
  window.take_news({}, client);
  ASSERT_TRUE(window.put("a", rows_.value({3})));
  EXPECT_FALSE(window.has_news({}));
  ASSERT_TRUE(window.put("a", rows_.value({4})));
  ASSERT_TRUE(window.put("a", rows_.value({3})));
  window.take_news({}, client);
  EXPECT_EQ(client.told, 1);
}

TEST_F(LiveWindowTest, WhatAllRowsAreIsToldOfAllOfThemWhenItChanges) {
  const LiveQuery query = query_of(std::nullopt, 10);
  LiveWindow window(query, std::chrono::minutes(1));
  ASSERT_TRUE(window.put("a", rows_.value({3})));
  ASSERT_TRUE(window.put("b", rows_.value({4})));
  Client client;
  window.take_news({.is_current = true}, client);
  EXPECT_FALSE(window.has_news({.is_current = true}));
  EXPECT_TRUE(window.has_news({.is_final = true}));
  window.take_news({.is_final = true}, client);
  EXPECT_EQ(client.told, 4);
  EXPECT_TRUE(client.last_marks.is_final);
}

TEST_F(LiveWindowTest, AWindowIsOverOnceEverybodyKnowsThatNothingIsInIt) {
  const LiveQuery query = query_of(std::nullopt, 10);
  LiveWindow window(query, std::chrono::minutes(1));
  ASSERT_TRUE(window.put("a", rows_.value({3})));
  EXPECT_GT(window.bytes(), 0U);
  Client client;
  window.take_news({}, client);
  ASSERT_TRUE(window.put("a", ""));
  EXPECT_FALSE(window.is_over());
  window.take_news({}, client);
  EXPECT_TRUE(window.is_over());
  EXPECT_TRUE(client.rows.empty());
  EXPECT_EQ(window.bytes(), 0U);
}

TEST_F(LiveWindowTest, ADamagedValueIsNoneAndChangesNothing) {
  const LiveQuery query = query_of(std::nullopt, 10);
  LiveWindow window(query, std::chrono::minutes(1));
  EXPECT_FALSE(window.put("a", "x"));
  EXPECT_FALSE(window.has_news({}));
}

TEST_F(LiveWindowTest, TotalsAreExactAndSayNothingOfWhatIsBeyondTheDoubles) {
  const LiveQuery query = query_of(std::nullopt, 1);
  LiveWindow window(query, std::chrono::minutes(1));
  Client client;
  ASSERT_TRUE(window.put("a", rows_.value({1})));
  ASSERT_TRUE(window.put("b", rows_.value({1e300})));
  ASSERT_TRUE(window.put("c", rows_.value({0.5})));
  ASSERT_TRUE(window.put("b", rows_.value({1e-300})));
  ASSERT_TRUE(window.put("b", ""));
  window.take_news({}, client);
  EXPECT_EQ(client.other.totals[kSum], MeasureResult::Answer(0.5));
  ASSERT_TRUE(window.put("b", rows_.value({1.5e308, 1.5e308})));
  window.take_news({}, client);
  EXPECT_EQ(client.other.totals[kSum], MeasureResult::Answer());
  ASSERT_TRUE(window.put("b", ""));
  window.take_news({}, client);
  EXPECT_EQ(client.other.totals[kSum], MeasureResult::Answer(0.5));
}

TEST_F(LiveWindowTest, TheOtherGroupsThatTheViewKeepsAreNeverAmongTheFirst) {
  const LiveQuery query = query_of(RowOrder{.measure = kN, .descending = true}, 2);
  LiveWindow window(query, std::chrono::minutes(1));
  ASSERT_TRUE(window.put(TestRows::group({"a"}), rows_.value({1})));
  ASSERT_TRUE(window.put(other_groups(""), rows_.value({1, 2, 3})));
  Client client;
  window.take_news({}, client);
  EXPECT_EQ(client.rows.size(), 1U);
  EXPECT_TRUE(client.rows.contains(TestRows::group({"a"})));
  EXPECT_EQ(client.other.groups, 1U);
  EXPECT_EQ(client.other.totals[kN], MeasureResult::Answer(std::uint64_t{3}));
}

}  // namespace
}  // namespace hapax
