// SPDX-License-Identifier: Apache-2.0
// What is asked of a view is compared with the same, counted and sorted by the test itself.
#include "read/row_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "read/roll_up.hpp"
#include "read/whole_rows_query.hpp"
#include "testing/counted_view.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr EventTime at(std::int64_t minute) {
  return EventTime(minutes(minute));
}

std::string text_of(const OwnedValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    return *text;
  }
  if (const auto* number = std::get_if<double>(&value)) {
    return std::to_string(static_cast<std::int64_t>(*number));
  }
  return "-";
}

std::string text_of(const MeasureResult::Answer& answer) {
  if (const auto* count = std::get_if<std::uint64_t>(&answer)) {
    return std::to_string(*count);
  }
  const auto* number = std::get_if<double>(&answer);
  return number != nullptr ? std::to_string(static_cast<std::int64_t>(*number)) : "-";
}

/// "5 a,x 3": the minute, the group, the answers.
std::string text_of(const Row& row) {
  std::string line = std::to_string(to_micros(row.window.start) / 60'000'000) + " ";
  for (const OwnedValue& value : row.group) {
    line.append(line.back() == ' ' ? "" : ",").append(text_of(value));
  }
  for (const MeasureResult& result : row.results) {
    line.append(" ").append(text_of(result.answer));
  }
  return line;
}

WindowSpec calendar(WindowKind kind, const std::string& zone,
                    std::chrono::weekday starts = std::chrono::Monday) {
  WindowSpec window;
  window.kind = kind;
  window.zone = zone;
  window.week_starts = starts;
  return window;
}

using Lines = std::vector<std::string>;

Lines lines_of(const std::vector<Row>& rows) {
  Lines lines;
  for (const Row& row : rows) {
    lines.push_back(text_of(row));
  }
  return lines;
}

constexpr const char* kByEvent =
    R"({"name":"v","window":{"tumbling":"5m"},"group_by":["event","properties.p"],)"
    R"~("measures":{"n":"count","s":"sum(properties.x)"}})~";

class RowReaderTest : public testing::Test {
 protected:
  RowQuery query(const CountedView& view) const {
    RowQuery query{.view = view.served(), .now = at(0)};
    for (std::size_t i = 0; i < query.shape().measures.places().size(); ++i) {
      query.measures.push_back(i);
    }
    return query;
  }
  static Lines read(CountedView& view, const RowQuery& query, const RowBudget& budget = {}) {
    return lines_of(read_rows(view.snapshot(), query, at(0), budget).value().rows);
  }
  /// All pages of a query; how many there were.
  static std::pair<Lines, int> read_pages(CountedView& view, RowQuery query,
                                          const RowBudget& budget = {}) {
    Lines all;
    const RowSnapshot cells = view.snapshot();
    for (int pages = 1; pages < 10'000; ++pages) {
      const RowAnswer page = read_rows(cells, query, at(0), budget).value();
      EXPECT_LE(page.rows.size(), query.rows_max);
      const Lines lines = lines_of(page.rows);
      all.insert(all.end(), lines.begin(), lines.end());
      if (!page.next) {
        return {all, pages};
      }
      EXPECT_NE(page.next, query.behind) << "it goes on";
      query.behind = page.next;
    }
    return {all, 0};
  }
  static std::string property(const std::string& p, int x) {
    return R"({"p":")" + p + R"(","x":)" + std::to_string(x) + "}";
  }
  /// Of the first `hours`, at random.
  static void fill(CountedView& view, SeededRandom& random, int events) {
    for (int i = 0; i < events; ++i) {
      view.add(at(static_cast<std::int64_t>(random.below(240))),
               std::string(1, static_cast<char>('a' + random.below(3))),
               property(std::string(1, static_cast<char>('x' + random.below(3))),
                        static_cast<int>(random.below(100))));
      if (random.one_in(40)) {
        view.checkpoint();
      }
    }
  }
};

TEST_F(RowReaderTest, RowsAreInTheOrderOfWindowAndGroup) {
  CountedView view(kByEvent);
  view.add(at(7), "b", property("x", 2));
  view.add(at(1), "a", property("y", 3));
  view.checkpoint();
  view.add(at(6), "b", property("x", 5));
  view.add(at(5), "a");
  EXPECT_EQ(read(view, query(view)), (Lines{"0 a,y 1 3", "5 a,- 1 -", "5 b,x 2 7"}));
}

TEST_F(RowReaderTest, OnlyMeasuresThatAreAskedForAreSaid) {
  CountedView view(kByEvent);
  view.add(at(7), "b", property("x", 2));
  RowQuery sums = query(view);
  sums.measures = {1};
  EXPECT_EQ(read(view, sums), (Lines{"5 b,x 2"}));
  sums.order = RowOrder{.measure = 0, .descending = true};
  EXPECT_EQ(read(view, sums), (Lines{"5 b,x 2"})) << "ranked by one that is not said";
}

TEST_F(RowReaderTest, ARangeHasTheWindowsThatStartInItAndSeveralRangesComeOneAfterTheOther) {
  CountedView view(kByEvent);
  for (const std::int64_t minute : {0, 5, 10, 15}) {
    view.add(at(minute), "a");
  }
  RowQuery ranges = query(view);
  ranges.ranges = {{.from = at(5), .to = at(15)}};
  EXPECT_EQ(read(view, ranges), (Lines{"5 a,- 1 -", "10 a,- 1 -"}));
  ranges.ranges = {{.from = at(10), .to = at(11)}, {.from = at(0), .to = at(10)}, {at(5), at(5)}};
  EXPECT_EQ(read(view, ranges), (Lines{"10 a,- 1 -", "0 a,- 1 -", "5 a,- 1 -"}));
  const auto answer = read_rows(view.snapshot(), ranges, at(0)).value();
  EXPECT_EQ(answer.rows[0].range, 0U);
  EXPECT_EQ(answer.rows[1].range, 1U);
}

TEST_F(RowReaderTest, GroupsAreFoundByAnyOfTheirValues) {
  CountedView view(kByEvent);
  SeededRandom random(1);
  fill(view, random, 2000);
  const RowSnapshot cells = view.snapshot();
  const auto all = read_rows(cells, query(view), at(0)).value().rows;
  for (const auto& where :
       std::vector<std::vector<GroupValue>>{{{0, std::string("b")}},
                                            {{1, std::string("y")}},
                                            {{0, std::string("c")}, {1, std::string("x")}},
                                            {{0, std::string("0")}},
                                            {{0, std::string("d")}}}) {
    RowQuery some = query(view);
    some.where = where;
    Lines wanted;
    for (const Row& row : all) {
      if (std::ranges::all_of(where,
                              [&](const auto& one) { return row.group[one.field] == one.value; })) {
        wanted.push_back(text_of(row));
      }
    }
    EXPECT_EQ(lines_of(read_rows(cells, some, at(0)).value().rows), wanted);
  }
}

TEST_F(RowReaderTest, OtherGroupsOfAWindowArePassedOverWithoutLookingAtEach) {
  CountedView view(kByEvent);
  for (int i = 0; i < 400; ++i) {
    view.add(at(5 * (i % 2)), std::string("a").append(std::to_string(i)));
    view.add(at(5 * (i % 2)), std::string("c").append(std::to_string(i)));
  }
  view.add(at(1), "b");
  view.add(at(6), "b");
  RowQuery one = query(view);
  one.where = {{0, std::string("b")}};
  const auto answer = read_rows(view.snapshot(), one, at(0), {.page_cells_max = 150}).value();
  EXPECT_EQ(lines_of(answer.rows), (Lines{"0 b,- 1 -", "5 b,- 1 -"}));
  EXPECT_FALSE(answer.next);
}

TEST_F(RowReaderTest, WhereAPageEndsSaysNothingOfOtherGroups) {
  CountedView view(kByEvent);
  for (int i = 0; i < 100; ++i) {
    view.add(at(5 * (i % 10)), std::string("secret-a").append(std::to_string(i)));
    view.add(at(5 * (i % 10)), std::string("z-secret").append(std::to_string(i)));
    view.add(at(5 * (i % 10)), "want");
  }
  RowQuery one = query(view);
  one.where = {{0, std::string("want")}};
  const Lines all = read(view, one);
  ASSERT_EQ(all.size(), 10U);
  for (std::size_t cells = 2; cells < 30; ++cells) {
    Lines found;
    one.behind = {};
    do {
      const auto page = read_rows(view.snapshot(), one, at(0), {.page_cells_max = cells}).value();
      for (const Row& row : page.rows) {
        found.push_back(text_of(row));
      }
      ASSERT_NE(page.next, one.behind) << "it goes on";
      one.behind = page.next;
      ASSERT_TRUE(!page.next || page.next->key.find("secret") == std::string::npos);
    } while (one.behind);
    EXPECT_EQ(found, all) << cells;
  }
}

TEST_F(RowReaderTest, PagesHaveEachRowOnce) {
  CountedView view(kByEvent);
  SeededRandom random(2);
  fill(view, random, 600);
  RowQuery ranges = query(view);
  ranges.ranges = {{.from = at(20), .to = at(100)}, {.from = at(0), .to = at(50)}};
  const Lines all = read(view, ranges);
  for (const std::size_t rows_max : {1, 7, 100}) {
    ranges.rows_max = rows_max;
    EXPECT_EQ(read_pages(view, ranges).first, all);
  }
  ranges.rows_max = 1000;
  EXPECT_EQ(read_pages(view, ranges, {.page_cells_max = 10}).first, all);
  EXPECT_EQ(read_pages(view, ranges, {.bytes_max = 500}).first, all);
  ranges.where = {{1, std::string("y")}};
  EXPECT_EQ(read_pages(view, ranges, {.page_cells_max = 5}).first, read(view, ranges));
  const auto by_hours = tumbling(minutes(20));
  ranges.window = by_hours;
  ranges.where = {};
  const Lines rolled_up = read(view, ranges);
  ranges.rows_max = 2;
  EXPECT_EQ(read_pages(view, ranges).first, rolled_up);
  ranges.rows_max = 1000;
  EXPECT_EQ(read_pages(view, ranges, {.whole_cells_max = 100}).first, rolled_up);
}

TEST_F(RowReaderTest, APageEndsWhenItsTimeIsOver) {
  CountedView view(kByEvent);
  for (int i = 0; i < 600; ++i) {
    view.add(at(i * 5), "a");
  }
  const auto [all, pages] = read_pages(view, query(view), {.is_over = [] { return true; }});
  EXPECT_EQ(all.size(), 600U);
  EXPECT_EQ(pages, 3);
}

TEST_F(RowReaderTest, RanksPutSumsBeyondTheDoublesBehindThoseWithAValue) {
  CountedView view(kByEvent);
  for (const char* x : {"-1.7e308", "-1.7e308"}) {
    view.add(at(1), "a", std::string(R"({"x":)") + x + "}");  // Together below, and null.
    view.add(at(1), "b", std::string(R"({"x":)") + (x + 1) + "}");
  }
  view.add(at(1), "c", R"({"x":7})");
  view.add(at(1), "d");  // Without an x: null, too.
  for (const bool descending : {false, true}) {
    RowQuery ranked = query(view);
    ranked.measures = {};
    ranked.order = RowOrder{.measure = 1, .descending = descending};
    EXPECT_EQ(read(view, ranked), (Lines{"0 c,-", "0 a,-", "0 b,-", "0 d,-"}));
  }
}

TEST_F(RowReaderTest, RanksAreThoseOfAllRowsSorted) {
  CountedView view(kByEvent);
  SeededRandom random(3);
  fill(view, random, 1500);
  view.add(at(3), "a");  // Without an x: no sum.
  const RowSnapshot cells = view.snapshot();
  const auto all = read_rows(cells, query(view), at(0)).value().rows;
  for (const bool descending : {false, true}) {
    for (const std::size_t rows_max : {1, 10, 10'000}) {
      auto sorted = all;
      std::ranges::stable_sort(sorted, [&](const Row& left, const Row& right) {
        const auto* a = std::get_if<double>(&left.results[1].answer);
        const auto* b = std::get_if<double>(&right.results[1].answer);
        return a == nullptr || b == nullptr ? a != nullptr && b == nullptr
               : descending                 ? *a > *b
                                            : *a < *b;
      });
      sorted.resize(std::min(sorted.size(), rows_max));
      RowQuery ranked = query(view);
      ranked.order = RowOrder{.measure = 1, .descending = descending};
      ranked.rows_max = rows_max;
      const auto answer = read_rows(cells, ranked, at(0)).value();
      EXPECT_EQ(lines_of(answer.rows), lines_of(sorted));
      EXPECT_EQ(answer.matched, all.size());
      EXPECT_FALSE(answer.next);
    }
  }
}

TEST_F(RowReaderTest, RanksAreOfEachRange) {
  CountedView view(kByEvent);
  view.add(at(0), "a");
  view.add(at(5), "a");
  view.add(at(5), "a");
  RowQuery ranked = query(view);
  ranked.order = RowOrder{.measure = 0, .descending = true};
  ranked.rows_max = 1;
  ranked.ranges = {{.from = at(0), .to = at(5)}, {.from = at(0), .to = at(10)}};
  EXPECT_EQ(read(view, ranked), (Lines{"0 a,- 1 -", "5 a,- 2 -"}));
}

TEST_F(RowReaderTest, RanksOfSomeOfTheCellsAreNoAnswer) {
  CountedView view(kByEvent);
  SeededRandom random(4);
  fill(view, random, 300);
  RowQuery ranked = query(view);
  ranked.order = RowOrder{.measure = 0};
  EXPECT_EQ(read_rows(view.snapshot(), ranked, at(0), {.whole_cells_max = 20}).error().kind,
            ErrorKind::kExhausted);
}

TEST_F(RowReaderTest, ARollUpIsWhatTheEventsOfTheCoarserWindowCountTo) {
  constexpr const char* kMeasures =
      R"~("group_by":["event"],"measures":{"a":"avg(properties.x)","b":"count",)~"
      R"~("c":"first(properties.x)","d":"last(properties.x)","e":"max(properties.x)",)~"
      R"~("f":"min(properties.x)","g":"rate","h":"sum(properties.x)"}})~";
  CountedView fine(std::string(R"({"name":"v","window":{"tumbling":"5m"},)") + kMeasures);
  CountedView coarse(std::string(R"({"name":"v","window":{"tumbling":"1h"},)") + kMeasures);
  SeededRandom random(5);
  for (int i = 0; i < 500; ++i) {
    const auto time = at(static_cast<std::int64_t>(random.below(400)));
    const std::string name(1, static_cast<char>('a' + random.below(3)));
    const std::string properties = property("p", static_cast<int>(random.below(1000)) - 500);
    fine.add(time, name, properties);
    coarse.add(time, name, properties);
  }
  RowQuery rolled_up = query(fine);
  rolled_up.window = tumbling(hours(1));
  rolled_up.ranges = {{.from = at(60), .to = at(200)}};
  RowQuery counted = query(coarse);
  counted.ranges = rolled_up.ranges;
  const auto rows = read_rows(fine.snapshot(), rolled_up, at(0)).value().rows;
  const auto wanted = read_rows(coarse.snapshot(), counted, at(0)).value().rows;
  ASSERT_EQ(rows.size(), wanted.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].window, wanted[i].window) << "whole windows, also the last one";
    EXPECT_EQ(rows[i].results, wanted[i].results);
    EXPECT_EQ(text_of(rows[i]), text_of(wanted[i]));
  }
}

TEST_F(RowReaderTest, ARollUpOfGrowingMeasuresIsThatOfTheUnion) {
  constexpr const char* kMeasures =
      R"~("group_by":["event"],"measures":{"n":"count","p":"quantile(properties.x, 0.9)",)~"
      R"~("t":"top(properties.x, 4)","u":"uniques(properties.x)"}})~";
  CountedView fine(std::string(R"({"name":"v","window":{"tumbling":"1m"},)") + kMeasures);
  CountedView hourly(std::string(R"({"name":"v","window":{"tumbling":"1h"},)") + kMeasures);
  CountedView daily(std::string(R"({"name":"v","window":{"tumbling":"1d"},)") + kMeasures);
  SeededRandom random(5);
  for (int i = 0; i < 1'000; ++i) {
    const auto time = at(static_cast<std::int64_t>(random.below(2'000)));
    const std::string name(1, static_cast<char>('a' + random.below(3)));
    const std::string properties = property("p", static_cast<int>(random.below(60)));
    for (CountedView* const view : {&fine, &hourly, &daily}) {
      view->add(time, name, properties);
    }
    if (random.one_in(100)) {
      fine.checkpoint();
    }
  }
  for (const auto& [coarse, window] : {std::pair(&hourly, tumbling(hours(1))),
                                       std::pair(&daily, calendar(WindowKind::kDay, "UTC"))}) {
    RowQuery rolled_up = query(fine);
    rolled_up.window = window;
    rolled_up.ranges = {{.from = at(0), .to = at(1'500)}};
    rolled_up.where = {{.field = 0, .value = std::string("b")}};
    RowQuery counted = query(*coarse);
    counted.ranges = rolled_up.ranges;
    counted.where = rolled_up.where;
    const RowSnapshot whole = fine.whole_rows(whole_rows_query(rolled_up).value()).value();
    const auto rows = read_rows(whole, rolled_up, at(0)).value().rows;
    const auto wanted = read_rows(coarse->snapshot(), counted, at(0)).value().rows;
    ASSERT_EQ(rows.size(), wanted.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      EXPECT_EQ(rows[i].window, wanted[i].window) << "whole windows, also the last one";
      EXPECT_EQ(rows[i].results, wanted[i].results) << text_of(rows[i]);
    }
  }
}

TEST_F(RowReaderTest, RowsOfSomeFieldsOfTheGroupAreThoseOfAViewByThese) {
  constexpr const char* kMeasures =
      R"~("measures":{"a":"avg(properties.x)","n":"count","u":"uniques(properties.x)"}})~";
  const std::string window = R"({"name":"v","window":{"hopping":"1h","advance":"30m"},)";
  CountedView fine(window + R"("group_by":["event","properties.p"],)" + kMeasures);
  CountedView by_p(window + R"("group_by":["properties.p"],)" + kMeasures);
  CountedView all(window + kMeasures);
  SeededRandom random(8);
  for (int i = 0; i < 400; ++i) {
    const auto time = at(static_cast<std::int64_t>(random.below(400)));
    const std::string name(1, static_cast<char>('a' + random.below(3)));
    const std::string properties =
        property(std::string(1, static_cast<char>('x' + random.below(3))),
                 static_cast<int>(random.below(20)));
    for (CountedView* const view : {&fine, &by_p, &all}) {
      view->add(time, name, properties);
    }
    if (random.one_in(100)) {
      fine.checkpoint();
    }
  }
  for (const auto& [coarse, fields] : {std::pair(&by_p, std::vector<std::size_t>{1}),
                                       std::pair(&all, std::vector<std::size_t>())}) {
    RowQuery some = query(fine);
    some.group_by = fields;
    some.ranges = {{.from = at(60), .to = at(300)}};
    some.rows_max = 7;
    RowQuery counted = query(*coarse);
    counted.ranges = some.ranges;
    const RowSnapshot whole = fine.whole_rows(whole_rows_query(some).value()).value();
    Lines lines;
    for (std::optional<RowPlace> next = RowPlace(); next;) {
      some.behind = next;
      const RowAnswer page = read_rows(whole, some, at(0)).value();
      const Lines more = lines_of(page.rows);
      lines.insert(lines.end(), more.begin(), more.end());
      next = page.next;
    }
    EXPECT_EQ(lines, read(*coarse, counted));
  }
}

TEST_F(RowReaderTest, ARollUpOfGrowingMeasuresThatHoldsTooMuchIsNoAnswer) {
  CountedView view(
      R"~({"name":"v","window":{"tumbling":"1m"},"measures":{"u":"uniques(properties.x)"}})~");
  for (int i = 0; i < 400; ++i) {
    view.add(at(i % 4), "a", property("p", i));
  }
  RowQuery rolled_up = query(view);
  rolled_up.window = tumbling(hours(1));
  rolled_up.ranges = {{.from = at(0), .to = at(60)}};
  const RowSnapshot whole = view.whole_rows(whole_rows_query(rolled_up).value()).value();
  EXPECT_EQ(read_rows(whole, rolled_up, at(0)).value().rows.size(), 1U);
  EXPECT_EQ(read_rows(whole, rolled_up, at(0), {.roll_up_bytes_max = 2'000}).error().kind,
            ErrorKind::kExhausted);
  EXPECT_EQ(read_rows(whole, rolled_up, at(0), {.is_over = [] { return true; }}).error().kind,
            ErrorKind::kExhausted);
}

TEST_F(RowReaderTest, ARollUpThatIsNotOfAllItsCellsIsNoAnswer) {
  CountedView view(kByEvent);
  SeededRandom random(6);
  fill(view, random, 300);
  RowQuery rolled_up = query(view);
  rolled_up.window = tumbling(hours(4));
  rolled_up.ranges = {{.from = at(0), .to = at(240)}};
  const RowSnapshot cells = view.snapshot();
  EXPECT_EQ(read_rows(cells, rolled_up, at(0), {.whole_cells_max = 20}).error().kind,
            ErrorKind::kExhausted);
  EXPECT_EQ(read_rows(cells, rolled_up, at(0), {.groups_max = 3}).error().kind,
            ErrorKind::kExhausted);
}

/// A window in which two groups of a source have a row of their own.
class CutWindowsTest : public RowReaderTest {
 protected:
  CutWindowsTest() {
    for (int i = 0; i < 5; ++i) {
      view_.add(at(0), std::string("e") += std::to_string(i), property("x", i));
    }
    view_.add(at(0), "e0", property("x", 0), EventTime::min(), "blog");
    view_.checkpoint();
  }
  RowAnswer answer(const RowQuery& query) {
    return read_rows(view_.snapshot(), query, at(0), {}).value();
  }
  std::string kept_event(std::size_t at) {
    return std::get<std::string>(answer(query(view_)).rows[at].group[1]);
  }

  CountedView view_{
      R"({"name":"v","window":{"tumbling":"5m"},"group_by":["source","event"],"groups_max":2,)"
      R"("measures":{"n":"count"}})"};
};

TEST_F(CutWindowsTest, OtherGroupsComeBehindThoseOfTheirSource) {
  RowQuery all = query(view_);
  const RowAnswer rows = answer(all);
  ASSERT_EQ(rows.rows.size(), 4U);
  EXPECT_EQ(text_of(rows.rows[0]), "0 blog,e0 1");
  EXPECT_EQ(rows.rows[1].group.size(), 2U);
  EXPECT_EQ(rows.rows[2].group.size(), 2U);
  EXPECT_EQ(text_of(rows.rows[3]), "0 shop 3");
  EXPECT_FALSE(rows.rows[2].is_other);
  EXPECT_TRUE(rows.rows[3].is_other);
  EXPECT_EQ(rows.windows_cut, 1U);
  all.rows_max = 1;
  EXPECT_EQ(read_pages(view_, all).first, lines_of(rows.rows));
}

Lines heavy_of(const Row& row) {
  Lines lines;
  for (const HeavyGroup& one : row.heavy) {
    std::string line;
    for (const OwnedValue& value : one.group) {
      line += std::get<std::string>(value) + ' ';
    }
    lines.push_back(line.append(std::to_string(one.count)));
  }
  return lines;
}

TEST_F(CutWindowsTest, OtherGroupsSayWhichOfThemAreHeavy) {
  const RowAnswer before = answer(query(view_));
  std::set<std::string> kept;
  for (const Row& row : before.rows) {
    kept.insert(std::get<std::string>(row.group.back()));
  }
  std::string heavy;
  for (int i = 0; i < 5; ++i) {
    const std::string name = std::string("e") += std::to_string(i);
    heavy = kept.contains(name) ? heavy : name;
  }
  for (int i = 0; i < 7; ++i) {
    view_.add(at(1), heavy);
  }
  for (int times = 0; times < 2; ++times) {  // As it is in memory, then from the store.
    const RowAnswer rows = answer(query(view_));
    EXPECT_TRUE(rows.rows[1].heavy.empty());
    const Lines found = heavy_of(rows.rows[3]);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0], "shop " + heavy + " 8");
    view_.checkpoint();
  }
}

TEST_F(CutWindowsTest, HeavyGroupsOfCoarserWindowsAreThoseOfAllOfTheirEvents) {
  for (int i = 0; i < 40; ++i) {
    view_.add(at(5 * (i % 2)), std::string("once ").append(std::to_string(i)));
    view_.add(at(5 * (i % 2)), "often");
  }
  RowQuery hour = query(view_);
  hour.window = WindowSpec{.kind = WindowKind::kFixed, .length = hours(1), .advance = hours(1)};
  EXPECT_TRUE(answer(hour).rows.back().heavy.empty()) << "it takes whole cells";
  hour.wants_heavy = true;
  ASSERT_TRUE(hour.needs_whole_cells());
  for (int times = 0; times < 2; ++times) {
    const RowSnapshot whole = view_.whole_rows(whole_rows_query(hour).value()).value();
    const RowAnswer rows = read_rows(whole, hour, at(0), {}).value();
    ASSERT_TRUE(rows.rows.back().is_other);
    EXPECT_EQ(heavy_of(rows.rows.back())[0], "shop often 40");
    view_.checkpoint();
  }
}

TEST_F(CutWindowsTest, OtherGroupsAreRankedLast) {
  RowQuery most = query(view_);
  most.order = RowOrder{.measure = 0, .descending = true};
  const RowAnswer rows = answer(most);
  ASSERT_EQ(rows.rows.size(), 4U);
  EXPECT_TRUE(rows.rows[3].is_other);
  most.rows_max = 3;
  for (const Row& row : answer(most).rows) {
    EXPECT_FALSE(row.is_other);
  }
}

TEST_F(CutWindowsTest, AGroupThatMayBeAmongOthersIsNotTakenForThemAndThatIsSaid) {
  RowQuery some = query(view_);
  some.where = {{.field = 1, .value = std::string("of no event")}};
  EXPECT_TRUE(answer(some).rows.empty());
  EXPECT_EQ(answer(some).windows_cut, 1U);
  const std::vector<GroupValue> of_shop = {{.field = 0, .value = std::string("shop")},
                                           {.field = 1, .value = std::string("of no event")}};
  some.where = of_shop;
  EXPECT_TRUE(answer(some).rows.empty());
  EXPECT_EQ(answer(some).windows_cut, 1U);
  some.where[0].value = std::string("blog");
  EXPECT_EQ(answer(some).windows_cut, 0U);
  some.where = {{.field = 0, .value = std::string("shop")}};
  EXPECT_EQ(answer(some).rows.size(), 3U);
  EXPECT_TRUE(answer(some).rows[2].is_other);
}

TEST_F(CutWindowsTest, OtherGroupsOfASourceAreOfItWhereOnlySourcesAreAskedFor) {
  RowQuery some = query(view_);
  some.group_by = std::vector<std::size_t>{0};
  EXPECT_EQ(lines_of(answer(some).rows), (Lines{"0 blog 1", "0 shop 5"}));
  some.group_by = std::vector<std::size_t>{1};
  const RowAnswer events = answer(some);
  EXPECT_EQ(lines_of(events.rows).back(), "0  3");
  EXPECT_TRUE(events.rows.back().is_other);
  some.group_by = std::vector<std::size_t>{};
  EXPECT_EQ(lines_of(answer(some).rows), Lines{"0  6"});
}

TEST_F(CutWindowsTest, CellsThatAreTakenWholeHaveThoseAmongWhichAGroupMayBe) {
  CountedView view(
      R"~({"name":"v","window":{"tumbling":"5m"},"group_by":["event"],"groups_max":1,)~"
      R"~("measures":{"u":"uniques(user)"}})~");
  for (const char* name : {"a", "b", "c"}) {
    view.add(at(0), name);
  }
  RowQuery one = query(view);
  one.window = WindowSpec{.kind = WindowKind::kFixed, .length = hours(1), .advance = hours(1)};
  one.where = {{.field = 0, .value = std::string("none")}};
  const RowSnapshot whole = view.whole_rows(whole_rows_query(one).value()).value();
  EXPECT_EQ(read_rows(whole, one, at(0), {}).value().windows_cut, 1U);
}

TEST_F(CutWindowsTest, OtherGroupsAreFoundBehindManyThatAreNotWanted) {
  CountedView view(
      R"({"name":"v","window":{"tumbling":"5m"},"group_by":["event"],"groups_max":100,)"
      R"("measures":{"n":"count"}})");
  for (int i = 0; i < 200; ++i) {
    view.add(at(0), std::string("e") += std::to_string(i));
  }
  RowQuery one = query(view);
  one.where = {{.field = 0, .value = std::string("e")}};
  EXPECT_EQ(read_rows(view.snapshot(), one, at(0), {}).value().windows_cut, 1U);
}

TEST_F(CutWindowsTest, ARollUpSaysThatItsGroupsMayLackWhatIsAmongOthers) {
  const std::string kept = kept_event(1);
  view_.add(at(5), kept, "{}");
  view_.add(at(5), "rare", "{}");
  RowQuery hour = query(view_);
  hour.window = WindowSpec{.kind = WindowKind::kFixed, .length = hours(1), .advance = hours(1)};
  const RowAnswer rows = answer(hour);
  Lines lines = lines_of(rows.rows);
  EXPECT_NE(std::ranges::find(lines, "0 shop," + kept + " 2"), lines.end());
  EXPECT_NE(std::ranges::find(lines, "0 shop,rare 1"), lines.end());
  EXPECT_EQ(lines.back(), "0 shop 3");
  EXPECT_TRUE(rows.rows.back().is_other);
  EXPECT_EQ(rows.windows_cut, 1U);
  hour.where = {{.field = 1, .value = std::string("rare")}};
  EXPECT_EQ(answer(hour).windows_cut, 1U);
  EXPECT_EQ(lines_of(answer(hour).rows), Lines{"0 shop,rare 1"});
}

TEST_F(RowReaderTest, ARowIsFinalOnceTheWatermarkHasPassedItsWindow) {
  CountedView view(kByEvent);
  view.add(at(0), "a");
  view.add(at(5), "a");
  view.add(at(6), "a", "{}", at(10));  // Late.
  view.add(at(10), "a");
  RowQuery asked = query(view);
  asked.now = at(12);
  const auto answer = read_rows(view.snapshot(), asked, at(11)).value();
  ASSERT_EQ(answer.rows.size(), 3U);
  EXPECT_EQ(answer.complete_until, at(10));
  EXPECT_TRUE(answer.rows[0].is_final);
  EXPECT_TRUE(answer.rows[1].is_final);
  EXPECT_EQ(answer.rows[1].revision, 1U);
  EXPECT_FALSE(answer.rows[1].is_current);
  EXPECT_FALSE(answer.rows[2].is_final);
  EXPECT_TRUE(answer.rows[2].is_current);
  asked.final_only = true;
  EXPECT_EQ(read_rows(view.snapshot(), asked, at(11)).value().rows.size(), 2U);
  asked.window = tumbling(minutes(10));
  const auto rolled_up = read_rows(view.snapshot(), asked, at(11)).value();
  ASSERT_EQ(rolled_up.rows.size(), 1U);
  EXPECT_EQ(text_of(rolled_up.rows[0]), "0 a,- 3 -");
  EXPECT_EQ(rolled_up.rows[0].revision, 1U);
}

/// A session leaves one group for another one: what they come to together has changed.
TEST_F(RowReaderTest, RevisionsOfAGroupThatIsGoneAreInARollUp) {
  CountedView view(R"~({"name":"v","per":"user","window":{"session":"30m","by":"1h"},)~"
                   R"~("group_by":["source","last(event)"],"measures":{"n":"count"}})~");
  view.add(at(0), "a");
  view.add(at(5), "b", "{}", at(300));
  RowQuery asked = query(view);
  EXPECT_EQ(lines_of(read_rows(view.snapshot(), asked, at(300)).value().rows), Lines{"0 shop,b 1"});
  asked.group_by = {0};
  const auto rolled_up = read_rows(view.snapshot(), asked, at(300)).value();
  ASSERT_EQ(rolled_up.rows.size(), 1U);
  EXPECT_EQ(text_of(rolled_up.rows[0]), "0 shop 1");
  EXPECT_EQ(rolled_up.rows[0].revision, 2U);
  view.add(at(20), "c", "{}", at(300));
  EXPECT_EQ(read_rows(view.snapshot(), asked, at(300)).value().rows[0].revision, 4U);
}

TEST_F(RowReaderTest, ARowOfSessionsIsFinalOnceNoneOfThemGoesOn) {
  CountedView view(R"~({"name":"v","per":"user","window":{"session":"30m","by":"1h"},)~"
                   R"~("measures":{"n":"sum(key.events)"}})~");
  view.add(at(10), "a");
  view.add(at(55), "a");
  view.add(at(80), "a");
  view.add(at(200), "a");
  RowQuery asked = query(view);
  const auto final_rows = [&](std::int64_t watermark) {
    view.pass(at(watermark));
    asked.final_only = true;
    return read_rows(view.snapshot(), asked, at(watermark)).value();
  };
  const RowAnswer before = final_rows(110);
  EXPECT_EQ(lines_of(before.rows), Lines());
  EXPECT_EQ(before.complete_until, at(0));
  const RowAnswer after = final_rows(111);
  EXPECT_EQ(lines_of(after.rows), Lines{"0  3"});
  EXPECT_TRUE(after.rows.front().is_final);
  EXPECT_EQ(after.complete_until, at(60));
  asked.final_only = false;
  EXPECT_FALSE(read_rows(view.snapshot(), asked, at(111)).value().rows.back().is_final);
}

TEST_F(RowReaderTest, RowsThatMayLackEventsSaySo) {
  CountedView view(
      R"({"name":"v","window":{"tumbling":"5m"},"keep":"1h","measures":{"n":"count"}})");
  for (const std::int64_t minute : {0, 25, 30, 60, 95}) {
    view.add(at(minute), "a");
  }
  view.checkpoint();
  view.drop_expired(ProcessingTime(minutes(95)));  // The windows that end at 35 and before.
  RowQuery asked = query(view);
  asked.window = tumbling(hours(1));
  auto rows = read_rows(view.snapshot(), asked, at(0)).value().rows;
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_FALSE(rows[0].is_partial);
  view.add(at(50), "a");
  rows = read_rows(view.snapshot(), asked, at(0)).value().rows;
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(text_of(rows[0]), "0  1");
  EXPECT_TRUE(rows[0].is_partial) << "its first half was dropped";
  EXPECT_FALSE(rows[1].is_partial);
  asked.window = std::nullopt;
  asked.view = view.served(at(62));
  rows = read_rows(view.snapshot(), asked, at(0)).value().rows;
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_TRUE(rows[1].is_partial) << "the log began within it";
  EXPECT_FALSE(rows[2].is_partial);
}

TEST_F(RowReaderTest, WithoutWindowsNothingIsFinalOrPresent) {
  CountedView view(R"({"name":"v","measures":{"n":"count"}})");
  view.add(at(3), "a");
  const auto answer = read_rows(view.snapshot(), query(view), EventTime::max()).value();
  ASSERT_EQ(answer.rows.size(), 1U);
  EXPECT_FALSE(answer.complete_until);
  EXPECT_FALSE(answer.rows[0].is_final);
  EXPECT_FALSE(answer.rows[0].is_current);
}

TEST(RollUpTest, WindowsMustLieInCoarserOnes) {
  const WindowSpec day = calendar(WindowKind::kDay, "UTC");
  const WindowSpec berlin_day = calendar(WindowKind::kDay, "Europe/Berlin");
  const WindowSpec week = calendar(WindowKind::kWeek, "UTC");
  const WindowSpec berlin_month = calendar(WindowKind::kMonth, "Europe/Berlin");
  EXPECT_TRUE(check_roll_up(tumbling(minutes(5)), tumbling(minutes(15))));
  EXPECT_TRUE(check_roll_up(tumbling(minutes(5)), day));
  EXPECT_TRUE(check_roll_up(tumbling(hours(2)), week));
  EXPECT_TRUE(check_roll_up(day, tumbling(hours(48))));
  EXPECT_TRUE(check_roll_up(day, week));
  EXPECT_TRUE(check_roll_up(berlin_day, berlin_month));

  EXPECT_FALSE(check_roll_up(tumbling(minutes(5)), tumbling(minutes(12))));
  EXPECT_FALSE(check_roll_up(tumbling(minutes(15)), tumbling(minutes(5))));
  EXPECT_FALSE(check_roll_up(tumbling(hours(5)), day));
  EXPECT_FALSE(check_roll_up(hopping(minutes(10), minutes(5)), tumbling(hours(1))));
  EXPECT_FALSE(check_roll_up(WindowSpec(), day));
  EXPECT_FALSE(check_roll_up(tumbling(minutes(5)), berlin_day));
  EXPECT_FALSE(check_roll_up(day, berlin_month));
  EXPECT_FALSE(check_roll_up(berlin_day, tumbling(hours(48))));
  EXPECT_FALSE(check_roll_up(week, calendar(WindowKind::kMonth, "UTC")));
  EXPECT_FALSE(check_roll_up(week, calendar(WindowKind::kWeek, "UTC", std::chrono::Sunday)));
  EXPECT_FALSE(check_roll_up(week, tumbling(14 * hours(24))));
}

}  // namespace
}  // namespace hapax
