// SPDX-License-Identifier: Apache-2.0
#include "partition/sql_cells.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "stream/stored_runs.hpp"
#include "views/runtime/group_key.hpp"
#include "views/runtime/view_cell.hpp"
#include "views/runtime/view_plan.hpp"

namespace hapax {
namespace {

using std::chrono::hours;

constexpr Window kHour{.start = EventTime(hours(24 * 365)), .end = EventTime(hours(24 * 365 + 1))};
constexpr const char* kHourText =
    R"({"start":"1971-01-01T00:00:00.000Z","end":"1971-01-01T01:00:00.000Z")";

/// A view by its spec, and changes of its table.
class SqlCellsTest : public testing::Test {
 protected:
  void use(const std::string& spec) {
    shape_ = ViewPlan::create(parse_view_json(spec).value(), inputs_, 7).value().shape();
    table_ = {.name = "view.v"};
  }
  /// A cell of events that hold these numbers in all that is measured.
  std::string cell_of(const std::vector<double>& numbers) const {
    ViewCell cell(shape_->measures);
    for (const double number : numbers) {
      const std::vector<Sample> samples(inputs_.samples().size(), Sample{.value = number});
      cell.measures.update({.time = {}, .id = {}, .samples = samples});
      ++cell.size;
    }
    return encode_summary(cell, {});
  }
  void put(const Window& window, const std::string& group, const std::string& summary) {
    table_.changes.put(summary_key(window_key(window) + group), summary);
  }
  using Rows = std::map<std::string, std::optional<std::string>>;
  Rows rows(bool is_sampled = false) const {
    Rows found;
    sql_change(table_, *shape_, is_sampled)
        .value()
        .changes.for_each([&](std::string_view key, std::optional<std::string_view> value) {
          found[std::string(key)] = value ? std::optional(std::string(*value)) : std::nullopt;
          return true;
        });
    return found;
  }
  std::string only_row(bool is_sampled = false) const {
    const Rows found = rows(is_sampled);
    EXPECT_EQ(found.size(), 1U);
    return found.empty() ? "" : found.begin()->second.value_or("erased");
  }

  ViewInputs inputs_;
  std::shared_ptr<const ViewShape> shape_;
  StateWrite::Table table_;
};

std::string group_of(const std::vector<Value>& values) {
  std::string group;
  for (const Value& value : values) {
    append_group_value(value, group);
  }
  return group;
}

TEST_F(SqlCellsTest, NumbersAreUnderWhatMakesOneOfThemAndTheOthersAreNamed) {
  use(R"~({"name":"v","window":{"tumbling":"1h"},"measures":{"n":"count","total":"sum(properties.n)",)~"
      R"~("least":"min(properties.n)","most":"max(properties.n)","mean":"avg(properties.n)",)~"
      R"~("pace":"rate","one":"first(properties.n)","newest":"last(properties.n)",)~"
      R"~("users":"uniques(properties.n)","half":"quantile(properties.n, 0.5)",)~"
      R"~("often":"top(properties.n, 2)"}})~");
  put(kHour, "", cell_of({2, 0.5}));
  EXPECT_EQ(only_row(),
            std::string(kHourText) +
                R"(,"group":{},"sum":{"n":2,"total":2.5},"min":{"least":0.5},)"
                R"("max":{"most":2},)"
                R"("unreadable":["half","mean","newest","often","one","pace","users"]})");
}

TEST_F(SqlCellsTest, AGroupHasItsValuesByFieldAsTheyAre) {
  use(R"~({"name":"v","window":{"tumbling":"1h"},"group_by":["properties.a","source","properties.b",)~"
      R"~("properties.c"],"measures":{"n":"count"}})~");
  put(kHour, group_of({std::string_view("a\"b\n"), 1.5, true, {}}), cell_of({1}));
  EXPECT_EQ(only_row(), std::string(kHourText) +
                            R"(,"group":{"source":"a\"b\u000a","properties.a":1.5,)"
                            R"("properties.b":true,"properties.c":null},"sum":{"n":1}})");
}

TEST_F(SqlCellsTest, WhatStandsForAllOtherGroupsSaysSo) {
  use(R"~({"name":"v","window":{"tumbling":"1h"},"group_by":["source","event"],)~"
      R"~("measures":{"n":"count"}})~");
  put(kHour, other_groups(group_of({std::string_view("web")})), cell_of({1, 2, 3}));
  EXPECT_EQ(only_row(),
            std::string(kHourText) +
                R"(,"group":{"source":"web","event":null},"other":true,"sum":{"n":3}})");
}

TEST_F(SqlCellsTest, TimesThatSqlCannotReadAreInfinite) {
  use(R"~({"name":"v","measures":{"n":"count"}})~");
  put({.start = EventTime::min(), .end = EventTime::max()}, "", cell_of({1}));
  EXPECT_EQ(only_row(), R"({"start":"-infinity","end":"infinity","group":{},"sum":{"n":1}})");
}

TEST_F(SqlCellsTest, ASumBeyondAllNumbersIsNone) {
  use(R"~({"name":"v","window":{"tumbling":"1h"},"measures":{"total":"sum(properties.n)"}})~");
  put(kHour, "", cell_of({std::numeric_limits<double>::max(), std::numeric_limits<double>::max()}));
  EXPECT_EQ(only_row(), std::string(kHourText) + R"(,"group":{},"sum":{"total":"NaN"}})");
}

TEST_F(SqlCellsTest, ASampleOfKeysSaysNoNumber) {
  use(R"~({"name":"v","per":"user","window":{"tumbling":"1h"},)~"
      R"~("measures":{"users":"count","events":"sum(key.events)"}})~");
  ViewCell cell(shape_->measures);
  cell.size = 3;
  put(kHour, "", encode_summary(cell, {}));
  EXPECT_EQ(only_row(false),
            std::string(kHourText) + R"(,"group":{},"sum":{"events":null,"users":0}})");
  EXPECT_EQ(only_row(true),
            std::string(kHourText) + R"(,"group":{},"sum":{"events":"NaN","users":"NaN"}})");
}

TEST_F(SqlCellsTest, WhatHoldsNothingAnyMoreIsErased) {
  use(R"~({"name":"v","window":{"tumbling":"1h"},"group_by":["source"],"measures":{"n":"count"}})~");
  ViewCell emptied(shape_->measures);
  emptied.revision = 2;
  put(kHour, group_of({std::string_view("a")}), encode_summary(emptied, {}));
  table_.changes.erase(summary_key(window_key(kHour) + group_of({std::string_view("b")})));
  const Rows found = rows();
  ASSERT_EQ(found.size(), 2U);
  for (const auto& [key, value] : found) {
    EXPECT_EQ(value, std::nullopt);
  }
}

TEST_F(SqlCellsTest, WhatIsDroppedAndErasedGoesWithTheCells) {
  use(R"~({"name":"v","window":{"tumbling":"1h"},"measures":{"n":"count"}})~");
  table_.dropped = true;
  table_.erased = ranges_below(window_key(kHour));
  const StateWrite::Table changed = sql_change(table_, *shape_, false).value();
  EXPECT_EQ(changed.name, "sql.v");
  EXPECT_TRUE(changed.dropped);
  ASSERT_EQ(changed.erased.size(), 1U) << "there are no runs";
  EXPECT_EQ(changed.erased[0].from, table_.erased[0].from);
  EXPECT_EQ(changed.erased[0].to, table_.erased[0].to);
}

TEST_F(SqlCellsTest, RunsAreNoRows) {
  use(R"~({"name":"v","window":{"tumbling":"1h"},"measures":{"users":"uniques(user)"}})~");
  put(kHour, "", cell_of({1}));
  table_.changes.put(run_key(window_key(kHour), 0), "a run");
  EXPECT_EQ(only_row(), std::string(kHourText) + R"(,"group":{},"unreadable":["users"]})");
}

TEST_F(SqlCellsTest, ADamagedCellIsCorruption) {
  use(R"~({"name":"v","window":{"tumbling":"1h"},"measures":{"n":"count"}})~");
  const std::string whole = cell_of({1});
  put(kHour, "", whole.substr(0, 20));
  const auto changed = sql_change(table_, *shape_, false);
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace hapax
