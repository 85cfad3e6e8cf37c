// SPDX-License-Identifier: Apache-2.0
#include "read/row_request.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/timestamp.hpp"
#include "read/row_cursor.hpp"
#include "testing/counted_view.hpp"

namespace hapax {
namespace {

EventTime time_of(const std::string& text) {
  return *parse_timestamp(text);
}

const EventTime kNow = time_of("2026-11-25T10:07:30Z");

std::shared_ptr<const ServedView> view_of(const std::string& rest) {
  return CountedView(R"({"name":"v",)" + rest + "}").served();
}

/// Minutes by source, event and two paths.
std::shared_ptr<const ServedView> minutes_view() {
  return view_of(
      R"~("window":{"tumbling":"5m"},"group_by":["event","source","properties.p","properties.\"a.b\""],)~"
      R"~("measures":{"best":"top(properties.p, 2)","n":"count","s":"sum(properties.x)",)~"
      R"~("u":"uniques(user)"})~");
}
std::shared_ptr<const ServedView> days_view() {
  return view_of(R"("window":{"tumbling":"1d","zone":"Europe/Berlin"},"measures":{"n":"count"})");
}
std::shared_ptr<const ServedView> view_without_windows() {
  return view_of(R"("measures":{"n":"count"})");
}

RowQuery parse(const std::string& text, std::shared_ptr<const ServedView> view = minutes_view()) {
  const Result<RowQuery> query = parse_row_request(text, std::move(view), kNow);
  EXPECT_TRUE(query) << text << ": " << query.error().text();
  return query ? *query : RowQuery{.view = minutes_view()};
}

std::string error_of(const std::string& text,
                     std::shared_ptr<const ServedView> view = minutes_view()) {
  const Result<RowQuery> query = parse_row_request(text, std::move(view), kNow);
  EXPECT_FALSE(query) << text;
  EXPECT_TRUE(query || query.error().kind == ErrorKind::kInvalid);
  return query ? "" : query.error().text();
}

TEST(RowRequestTest, WithoutParametersTheLastHourOrTheLastWindowsAreAskedFor) {
  const RowQuery minutes = parse("");
  EXPECT_EQ(minutes.ranges, (std::vector<TimeRange>{{.from = time_of("2026-11-25T09:05:00Z")}}));
  EXPECT_EQ(minutes.measures, (std::vector<std::size_t>{0, 1, 2, 3}));
  EXPECT_EQ(minutes.rows_max, 1'000U);
  EXPECT_FALSE(minutes.order || minutes.window || minutes.behind || minutes.final_only);
  EXPECT_EQ(parse("", days_view()).ranges,
            (std::vector<TimeRange>{{.from = time_of("2026-10-31T23:00:00Z")}}));
  EXPECT_EQ(parse("", view_without_windows()).ranges, (std::vector<TimeRange>{TimeRange()}));
}

TEST(RowRequestTest, RangesBeginWithTheWindowThatHoldsTheirBegin) {
  EXPECT_EQ(parse("from=2026-11-25T09:07:00Z&to=2026-11-25T09:08:00Z").ranges,
            (std::vector<TimeRange>{
                {.from = time_of("2026-11-25T09:05:00Z"), .to = time_of("2026-11-25T09:08:00Z")}}));
  EXPECT_EQ(parse("from=2026-11-25T12:00:00+01:00", days_view()).ranges,
            (std::vector<TimeRange>{{.from = time_of("2026-11-24T23:00:00Z")}}));
  EXPECT_EQ(
      parse("range=2026-11-25T00:00Z/2026-11-25T10:00Z&range=2026-11-24T00:00Z/&range=/2026-01-01")
          .ranges,
      (std::vector<TimeRange>{
          {.from = time_of("2026-11-25T00:00:00Z"), .to = time_of("2026-11-25T10:00:00Z")},
          {.from = time_of("2026-11-24T00:00:00Z")},
          {.to = time_of("2026-01-01")}}));
}

TEST(RowRequestTest, AGroupOfALastEventIsNotThatOfTheFirst) {
  const auto view = view_of(
      R"~("per":"user","group_by":["last(source)","last(properties.p)","event","last(event)"],)~"
      R"~("measures":{"n":"count"})~");
  const auto field_of = [&](const std::string& text) {
    return parse(text, view).where.at(0).field;
  };
  EXPECT_EQ(field_of("event=a"), 0U);
  EXPECT_EQ(field_of("first(event)=a"), 0U);
  EXPECT_EQ(field_of("last(source)=a"), 1U);
  EXPECT_EQ(field_of("group.last(properties.p)=a"), 2U);
  EXPECT_EQ(field_of("last(event)=a"), 3U);
  EXPECT_EQ(parse("group_by=last(event)", view).group_by, (std::vector<std::size_t>{3}));
  EXPECT_NE(error_of("source=a", view).find("the view does not group by that"), std::string::npos);
}

TEST(RowRequestTest, GroupValuesAreTypedAsTheirFieldIs) {
  // Fields of the group: source, event, properties.p, properties."a.b".
  const auto value = [](const std::string& text) {
    const RowQuery query = parse(text);
    EXPECT_EQ(query.where.size(), 1U) << text;
    return query.where.empty() ? OwnedValue() : query.where[0].value;
  };
  EXPECT_EQ(value("source=web"), OwnedValue(std::string("web")));
  EXPECT_EQ(value("group.event=12"), OwnedValue(std::string("12"))) << "the record has texts";
  EXPECT_EQ(value("group.event="), OwnedValue());
  EXPECT_EQ(value("group.properties.p=12"), OwnedValue(12.0));
  EXPECT_EQ(value("group.properties.p=-0"), OwnedValue(0.0));
  EXPECT_EQ(value("group.properties.p=true"), OwnedValue(true));
  EXPECT_EQ(value("group.properties.p="), OwnedValue());
  EXPECT_EQ(value("group.properties.p=null"), OwnedValue());
  EXPECT_EQ(value("group.properties.p=pro"), OwnedValue(std::string("pro")));
  EXPECT_EQ(value("group.properties.p=%2212%22"), OwnedValue(std::string("12")));
  EXPECT_EQ(value("group.properties.p=%22%22"), OwnedValue(std::string()));
  EXPECT_EQ(value("group.properties.%22a.b%22=1"), OwnedValue(1.0));
  const RowQuery two = parse("group.properties.p=1&source=web");
  ASSERT_EQ(two.where.size(), 2U);
  EXPECT_EQ(two.where[0].field, 0U) << "as they are in the group";
  EXPECT_EQ(two.where[1].field, 2U);
}

TEST(RowRequestTest, ListsEachParameterOnce) {
  const std::string said = error_of("source=a&nonsense=1");
  EXPECT_NE(said.find("source"), said.npos) << said;
  EXPECT_EQ(said.find("source"), said.rfind("source")) << said;
}

TEST(RowRequestTest, OrderLimitMeasuresWindowAndFormat) {
  const RowQuery ranked = parse("order=-s&limit=7&measures=n,s&format=csv");
  EXPECT_EQ(ranked.order->measure, 2U);
  EXPECT_TRUE(ranked.order->descending);
  EXPECT_EQ(ranked.rows_max, 7U);
  EXPECT_EQ(ranked.measures, (std::vector<std::size_t>{1, 2}));
  EXPECT_EQ(ranked.format, RowFormat::kCsv);
  EXPECT_FALSE(parse("order=n").order->descending);
  EXPECT_FALSE(parse("order=time").order);
  EXPECT_EQ(parse("window=1h&measures=n,s").window, tumbling(std::chrono::hours(1)));
  EXPECT_EQ(parse("window=24h&measures=n").window->kind, WindowKind::kDay);
  EXPECT_FALSE(parse("window=5m").window) << "the view's own";
  const RowQuery weeks = parse("window=1w", days_view());
  EXPECT_EQ(weeks.window->zone, "Europe/Berlin");
  EXPECT_EQ(weeks.ranges[0].from, time_of("2026-06-07T22:00:00Z")) << "24 weeks, from a Monday";
  EXPECT_TRUE(parse("consistency=final").final_only);
}

TEST(RowRequestTest, WhatIsUnknownOrContradictsItselfIsRefusedWithWhatIsMeant) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"limits=5", "did you mean limit"},
      {"group.evnt=a", "did you mean group.event"},
      {"group.properties.q=a", "group.properties.p"},
      {"group.=a", "does not group by that"},
      {"properties.p=a", "did you mean group.properties.p?"},
      {"p=a", "did you mean group.properties.p?"},
      {"source=a&group.source=b", "twice"},
      {"group.properties.p=%22a", "no JSON text"},
      {"group.properties.p=1e999", "beyond the numbers"},
      {"from=yesterday", "not a time"},
      {"from=2026-11-25&to=2026-11-24", "ends before it begins"},
      {"range=2026-11-25", "slash"},
      {"range=2026-11-25/2026-11-26&from=2026-11-25", "one or the other"},
      {"order=nn", "no measure"},
      {"order=best", "no order"},
      {"measures=n,,s", "no measure"},
      {"measures=n,n", "twice"},
      {"measures=users", "there are best, n, s, u"},
      {"limit=0", "1 to 10000"},
      {"limit=10001", "1 to 10000"},
      {"order=n&range=2026-11-25/&range=2026-11-24/&limit=5001", "1 to 5000"},
      {"order=n&cursor=abc", "order=time only"},
      {"cursor=abc", "not one that an answer gave"},
      {"consistency=strong", "latest or final"},
      {"after=zzz", ""},
      {"format=xml", "json or csv"},
      {"window=1x", "15m, 1h, 1d"},
      {"window=7m", "not every window"},
      {"window=1m", "not every window"},
  };
  for (const auto& [text, said] : cases) {
    EXPECT_NE(error_of(text).find(said), std::string::npos) << text << ": " << error_of(text);
  }
  std::string many;
  for (int i = 0; i < 17; ++i) {
    many += "range=2026-11-24/2026-11-25&";
  }
  EXPECT_NE(error_of(many).find("too many"), std::string::npos);
}

TEST(RowRequestTest, WithoutWindowsThereIsNoTimeToAskFor) {
  for (const char* text :
       {"from=2026-11-25", "to=2026-11-25", "range=/", "window=1h", "consistency=final"}) {
    EXPECT_NE(error_of(text, view_without_windows()).find("no windows"), std::string::npos) << text;
  }
}

TEST(RowRequestTest, SessionsMayBeAskedForOnceTheyAreFinal) {
  const auto spec = parse_view_json(
      R"({"name":"v","per":"user","window":{"session":"30m"},"measures":{"n":"count"}})");
  auto shape = std::make_shared<ViewShape>(
      ViewShape{.spec = *spec, .group_fields = {}, .measures = MeasurePlan({})});
  const auto view = std::make_shared<const ServedView>(ServedView{.id = "v", .shape = shape});
  EXPECT_TRUE(parse("consistency=final", view).final_only);
}

TEST(RowRequestTest, AllMeasuresRollUpGrowingOnesFromWholeCells) {
  EXPECT_TRUE(parse("window=1h").needs_whole_cells());
  EXPECT_FALSE(parse("window=1h&measures=n").needs_whole_cells());
  EXPECT_TRUE(parse("window=1h&measures=n&order=u").needs_whole_cells());
  EXPECT_FALSE(parse("").needs_whole_cells()) << "the results are stored";
}

TEST(RowRequestTest, HeavyGroupsOfCoarserWindowsAreAskedFor) {
  EXPECT_TRUE(parse("window=1h&measures=n&heavy=true").needs_whole_cells());
  EXPECT_FALSE(parse("window=1h&measures=n&heavy=false").needs_whole_cells());
  EXPECT_FALSE(parse("heavy=true").needs_whole_cells()) << "they are stored";
  EXPECT_NE(error_of("heavy=1").find("heavy"), std::string::npos);
  EXPECT_NE(error_of("heavy=true&group_by=event").find("all fields"), std::string::npos);
}

TEST(RowRequestTest, SomeFieldsOfTheGroupMayBeAskedFor) {
  EXPECT_EQ(parse("group_by=event").group_by, std::vector<std::size_t>{1});
  EXPECT_EQ(parse("group_by=properties.p,source").group_by, (std::vector<std::size_t>{0, 2}));
  EXPECT_EQ(parse("group_by=").group_by, std::vector<std::size_t>());
  EXPECT_EQ(parse("group_by=properties.p,source,event,properties.%22a.b%22").group_by, std::nullopt)
      << "all";
  EXPECT_EQ(parse("group_by=properties.%22p%22").group_by, std::vector<std::size_t>{2});
  EXPECT_NE(error_of("group_by=event,event").find("twice"), std::string::npos);
  EXPECT_NE(error_of("group_by=,event").find("does not group by"), std::string::npos);
  EXPECT_NE(error_of("group_by=properties.%22a,b%22").find("group_by=properties.\"a,b\""),
            std::string::npos);
  EXPECT_NE(query_hash(parse("group_by=event")), query_hash(parse("group_by=source")));
  EXPECT_NE(query_hash(parse("group_by=")), query_hash(parse("")));
}

TEST(RowRequestTest, ADaysUsersDoNotAddUpToAWeeksButItsSessionsDo) {
  const std::string rest = R"("per":"user","measures":{"n":"count"})";
  const auto users = view_of(R"("window":{"tumbling":"1d"},)" + rest);
  EXPECT_NE(error_of("window=1w", users).find("counted as often"), std::string::npos);
  const auto sessions = view_of(R"("window":{"session":"30m","by":"1d"},)" + rest);
  EXPECT_TRUE(parse("window=1w", sessions).window);
}

TEST(RowRequestTest, ACursorThatWasMistypedIsRefused) {
  const std::string good = encode_cursor({.view = minutes_view()}, {.range = 0, .key = "key"});
  ASSERT_TRUE(decode_row_cursor(good));
  for (std::size_t i = 0; i + 1 < good.size(); ++i) {  // The last character has bits to spare.
    std::string mistyped = good;
    mistyped[i] = mistyped[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(decode_row_cursor(mistyped)) << i;
  }
  EXPECT_FALSE(decode_row_cursor(good.substr(0, good.size() / 2)));
}

TEST(RowRequestTest, ACursorGoesOnInTheSameQueryAloneWithItsRanges) {
  const auto view = minutes_view();
  const RowQuery first = parse("source=web", view);
  const RowPlace place{.range = 0, .key = "0123456789abcdefg"};
  const std::string cursor = "&cursor=" + encode_cursor(first, place);
  const auto later = parse_row_request("source=web" + cursor + "&limit=5&measures=n", view,
                                       kNow + std::chrono::hours(1));
  ASSERT_TRUE(later) << later.error().text();
  EXPECT_EQ(later->ranges, first.ranges) << "not those of a later hour";
  EXPECT_EQ(later->behind, place);
  EXPECT_NE(error_of("source=shop" + cursor, view).find("another query"), std::string::npos);
  EXPECT_NE(error_of("source=web&consistency=final" + cursor, view).find("another query"),
            std::string::npos);
  EXPECT_NE(error_of("source=web&window=1h&measures=n" + cursor, view).find("another query"),
            std::string::npos);
  EXPECT_NE(error_of("source=web&from=2026-11-24" + cursor, view).find("another query"),
            std::string::npos);
  auto changed = std::make_shared<ServedView>(*view);
  changed->id = "v.2";
  EXPECT_NE(error_of("source=web" + cursor, changed).find("before it was changed"),
            std::string::npos);
}

TEST(RowRequestTest, NoParameterIsIgnoredBecauseItIsThereTwice) {
  for (const char* name : {"limit=5", "measures=n", "order=time", "format=csv"}) {
    const std::string twice = std::string(name) + "&" + name + "0";
    EXPECT_FALSE(parse_row_request(twice, minutes_view(), kNow)) << twice;
  }
}

}  // namespace
}  // namespace hapax
