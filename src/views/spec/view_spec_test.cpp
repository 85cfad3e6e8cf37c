// SPDX-License-Identifier: Apache-2.0
#include "views/spec/view_spec.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// A view of one line: its keys behind a name and, if there are none, a measure.
std::string with_measure(const std::string& keys) {
  const bool has_one = keys.find("measures") != std::string::npos;
  return "[[view]]\nname = \"v\"\n" + keys + (has_one ? "" : "\nmeasures = { n = \"count\" }");
}

ViewSpec view(const std::string& keys) {
  auto views = parse_views_toml(with_measure(keys));
  EXPECT_TRUE(views.has_value()) << keys << '\n' << (views ? "" : views.error().text());
  return views ? views->at(0) : ViewSpec();
}

std::string error_of(const std::string& keys) {
  const auto views = parse_views_toml(with_measure(keys));
  return views ? "no error" : views.error().text();
}

std::string window_of(const std::string& value) {
  const std::string json = view_json(view("per = \"user\"\nwindow = " + value));
  const auto start = json.find("\"window\":") + 9;
  return json.substr(start, json.find(",\"per\"") - start);
}

std::string where_of(const std::string& value) {
  return condition_json(view("where = " + value).where);
}

constexpr std::string_view kExample = R"~(
[[view]]
name = "signups_per_day"
where = { event = "Signed Up", "properties.plan" = { in = ["pro", "team"] } }
window = { tumbling = "1d", zone = "Europe/Berlin" }
group_by = ["source", "properties.plan"]
measures = { signups = "count", users = "uniques(user)", p95 = "quantile(properties.ms, 0.95)" }
keep = "90d"
)~";

TEST(ViewSpecTest, ReadsAView) {
  const ViewSpec spec = parse_views_toml(kExample).value().at(0);
  EXPECT_EQ(spec.name, "signups_per_day");
  EXPECT_EQ(spec.window.kind, WindowKind::kDay);
  EXPECT_EQ(spec.window.zone, "Europe/Berlin");
  EXPECT_EQ(spec.keep, hours(90 * 24));
  ASSERT_EQ(spec.measures.size(), 3U);
  EXPECT_EQ(spec.measures[0].name, "p95");
  EXPECT_EQ(spec.measures[0].p, 0.95);
  EXPECT_EQ(spec.measures[1].kind, MeasureKind::kCount);
  ASSERT_EQ(spec.where.parts.size(), 2U);
  EXPECT_EQ(spec.where.parts[0].field.kind, FieldKind::kEvent);
  EXPECT_EQ(spec.where.parts[1].values, (std::vector<Literal>{"pro", "team"}));
}

TEST(ViewSpecTest, HasOneTextThatReadsBack) {
  const ViewSpec spec = parse_views_toml(kExample).value().at(0);
  EXPECT_EQ(
      view_json(spec),
      R"~({"name":"signups_per_day","where":{"all":[{"event":{"eq":"Signed Up"}},)~"
      R"~({"properties.plan":{"in":["pro","team"]}}]},)~"
      R"~("window":{"tumbling":"1d","zone":"Europe/Berlin"},)~"
      R"~("group_by":["source","properties.plan"],"measures":)~"
      R"~({"p95":"quantile(properties.ms, 0.95)","signups":"count","users":"uniques(user)"},)~"
      R"~("keep":"90d"})~");
  EXPECT_EQ(parse_view_json(view_json(spec)).value(), spec);
}

TEST(ViewSpecTest, JsonAndTomlSayTheSameInAnyOrderOfTheirKeys) {
  const auto json = parse_view_json(R"~({"keep":"12w6d0h", "name":"x"})~");
  EXPECT_FALSE(json);
  const ViewSpec from_json = parse_view_json(R"~({
    "measures": {"users": "uniques( user )", "signups": "count",
                 "p95": "quantile(properties.\"ms\",0.950)"},
    "group_by": ["source", "properties.plan"], "keep": "2160h",
    "window": {"zone": "Europe/Berlin", "tumbling": "24h"},
    "where": {"all": [{"properties.plan": ["team", "pro", "team"]}, {"name": "Signed Up"}]},
    "name": "signups_per_day"})~")
                                 .value();
  EXPECT_EQ(from_json, parse_views_toml(kExample).value().at(0));
  EXPECT_EQ(view_json(from_json), view_json(parse_views_toml(kExample).value().at(0)));
}

TEST(ViewSpecTest, ALimitOfGroupsIsPartOfTheView) {
  const ViewSpec spec = view("groups_max = 50000");
  EXPECT_EQ(spec.groups_max, 50'000U);
  EXPECT_NE(spec, view(""));
  EXPECT_NE(view_json(spec).find(",\"groups_max\":50000}"), std::string::npos) << view_json(spec);
  EXPECT_EQ(parse_view_json(view_json(spec)).value(), spec);
}

TEST(ViewSpecTest, ABudgetOfKeysIsPartOfTheViewUnlessItAsksWhichKeysAreNew) {
  const std::string begin = R"({"name":"v","per":"user","measures":{"m":")";
  const auto limited = parse_view_json(begin + R"(count"},"keys_bytes_max":65536})");
  ASSERT_TRUE(limited) << limited.error().text();
  EXPECT_EQ(limited->keys_bytes_max, 65'536U);
  EXPECT_NE(*limited, parse_view_json(begin + R"(count"}})").value());
  EXPECT_EQ(parse_view_json(view_json(*limited)).value(), *limited);
  EXPECT_FALSE(parse_view_json(begin + R"~(sum(key.is_new)"},"keys_bytes_max":65536})~"));
}

TEST(ViewSpecTest, UniquesMaySayUpToHowManyTheyAreExact) {
  const auto measured = [](const std::string& text) {
    return parse_view_json(R"({"name":"v","measures":{"m":")" + text + R"("}})").value();
  };
  const ViewSpec spec = measured("uniques(user,1000000)");
  EXPECT_EQ(spec.measures[0].exact_max, 1'000'000U);
  EXPECT_NE(view_json(spec).find("\"uniques(user, 1000000)\""), std::string::npos)
      << view_json(spec);
  EXPECT_EQ(parse_view_json(view_json(spec)).value(), spec);
  EXPECT_EQ(measured("uniques(user, 100000)"), measured("uniques(user)"));
}

TEST(ViewSpecTest, WindowsHaveOneText) {
  const std::pair<const char*, const char*> cases[] = {
      {"\"none\"", "\"none\""},
      {R"~({ tumbling = "300s" })~", R"~({"tumbling":"5m"})~"},
      {R"~({ tumbling = "24h" })~", R"~({"tumbling":"1d","zone":"UTC"})~"},
      {R"~({ tumbling = "7d", week_starts = "sunday" })~",
       R"~({"tumbling":"1w","zone":"UTC","week_starts":"sunday"})~"},
      {R"~({ tumbling = "1mo", zone = "Asia/Kathmandu" })~",
       R"~({"tumbling":"1mo","zone":"Asia/Kathmandu"})~"},
      {R"~({ tumbling = "3d" })~", R"~({"tumbling":"3d"})~"},
      {R"~({ hopping = "1h", advance = "5m" })~", R"~({"hopping":"1h","advance":"5m"})~"},
      {R"~({ hopping = "1d", advance = "24h" })~", R"~({"tumbling":"1d","zone":"UTC"})~"},
      {R"~({ session = "30m" })~", R"~({"session":"30m","by":"1d","zone":"UTC"})~"},
      {R"~({ session = "30m", by = "1h" })~", R"~({"session":"30m","by":"1h"})~"},
      {R"~({ session = "30m", by = "none" })~", R"~({"session":"30m","by":"none"})~"},
      {R"~({ session = "90s", by = "1w", zone = "Europe/Berlin" })~",
       R"~({"session":"90s","by":"1w","zone":"Europe/Berlin","week_starts":"monday"})~"}};
  for (const auto& [value, json] : cases) {
    EXPECT_EQ(window_of(value), json);
    const ViewSpec spec = view("per = \"user\"\nwindow = " + std::string(value));
    EXPECT_EQ(parse_view_json(view_json(spec)).value(), spec) << value;
    EXPECT_TRUE(check_window(spec.window));
  }
  EXPECT_EQ(view("").window, WindowSpec());
}

TEST(ViewSpecTest, ConditionsHaveOneText) {
  const std::pair<const char*, const char*> cases[] = {
      {R"~({ event = "A" })~", R"~({"event":{"eq":"A"}})~"},
      {R"~({ "properties.n" = { ">=" = 1, "<" = 5.50 } })~",
       R"~({"all":[{"properties.n":{"ge":1}},{"properties.n":{"lt":5.5}}]})~"},
      {R"~({ any = [{ event = "B" }, { event = "A" }, { event = "B" }] })~",
       R"~({"any":[{"event":{"eq":"A"}},{"event":{"eq":"B"}}]})~"},
      {R"~({ any = [{ event = "A" }, { any = [{ event = "C" }, { event = "B" }] }] })~",
       R"~({"any":[{"event":{"eq":"A"}},{"event":{"eq":"B"}},{"event":{"eq":"C"}}]})~"},
      {R"~({ not = { not = { event = "A" } } })~", R"~({"event":{"eq":"A"}})~"},
      {R"~({ "properties.x" = { exists = false } })~",
       R"~({"not":{"properties.x":{"exists":true}}})~"},
      {R"~({ "properties.x" = ["a"] })~", R"~({"properties.x":{"eq":"a"}})~"},
      {R"~({ "properties.x" = [true, "b", 2, "a", -0.0, 2.0] })~",
       R"~({"properties.x":{"in":[true,0,2,"a","b"]}})~"},
      {R"~({ 'properties."a.b"' = { prefix = "x" }, not = { "user_id" = { regex = "^a+$" } } })~",
       R"~({"all":[{"not":{"user_id":{"regex":"^a+$"}}},{"properties.\"a.b\"":{"prefix":"x"}}]})~"}};
  for (const auto& [value, json] : cases) {
    EXPECT_EQ(where_of(value), json);
    const ViewSpec spec = view("where = " + std::string(value));
    EXPECT_EQ(parse_view_json(view_json(spec)).value(), spec) << value;
  }
}

TEST(ViewSpecTest, MeasuresOverKeysAreThoseThatCanTakeAContributionBack) {
  const ViewSpec spec = view(R"~(per = "user"
window = { session = "30m" }
measures = { sessions = "count", length = "avg(key.seconds)", p50 = "quantile(key.events, 0.5)" })~");
  EXPECT_EQ(spec.per->kind, FieldKind::kUser);
  EXPECT_EQ(spec.window.session_gap, minutes(30));
  EXPECT_EQ(parse_view_json(view_json(spec)).value(), spec);
  for (const char* measure : {"min(key.events)", "max(key.events)", "first(key.events)",
                              "last(key.events)", "uniques(key.events)", "top(key.events, 3)"}) {
    const std::string error =
        error_of("per = \"user\"\nmeasures = { m = \"" + std::string(measure) + "\" }");
    EXPECT_NE(error.find("cannot be taken over keys: a late event may change"), std::string::npos)
        << error;
  }
}

TEST(ViewSpecTest, ASilenceAfterWhichAKeyIsNewIsNotShorterThanAWindow) {
  const std::string keys = "per = \"user\"\nmeasures = { m = \"sum(key.is_new)\" }\n";
  const ViewSpec spec = view(keys + "window = { tumbling = \"1mo\" }\nfirst_seen_keep = \"768h\"");
  EXPECT_NE(view_json(spec).find(R"(,"first_seen_keep":"32d"})"), std::string::npos);
  EXPECT_EQ(parse_view_json(view_json(spec)).value(), spec);
  view(keys + "window = { session = \"1h\" }\nfirst_seen_keep = \"1h\"");
  view(keys + "window = { hopping = \"1h\", advance = \"30m\" }\nfirst_seen_keep = \"1h\"");
  const std::pair<const char*, const char*> windows[] = {
      {R"({ tumbling = "1d" })", "2d"},
      {R"({ tumbling = "1w" })", "8d"},
      {R"({ tumbling = "1mo" })", "32d"},
      {R"({ hopping = "26h", advance = "13h" })", "26h"},
      {R"({ session = "25h", by = "1h" })", "25h"}};
  for (const auto& [window, shortest] : windows) {
    EXPECT_EQ(
        error_of(keys + "window = " + window + "\nfirst_seen_keep = \"24h\""),
        "view \"v\": first_seen_keep: a key would be new twice in one window or session; make "
        "it " +
            std::string(shortest) + " or more, or leave it out");
  }
  EXPECT_EQ(error_of(keys + "first_seen_keep = \"9w\""),
            "view \"v\": first_seen_keep: without a window a key is new once; leave it out");
  EXPECT_EQ(error_of("per = \"user\"\nwindow = { session = \"1h\" }\nfirst_seen_keep = \"9w\""),
            "view \"v\": first_seen_keep: it says when a key is new again, and nothing is measured "
            "of that; leave it out, or measure sum(key.is_new)");
}

TEST(ViewSpecTest, AGroupOverKeysIsOfTheFirstOrTheLastEvent) {
  const ViewSpec spec = view(R"~(per = "user"
group_by = ["first(source)", "event", "last( event )", 'last(properties."a.b")'])~");
  EXPECT_NE(view_json(spec).find(
                R"~("group_by":["source","event","last(event)","last(properties.\"a.b\")"])~"),
            std::string::npos)
      << view_json(spec);
  EXPECT_EQ(parse_view_json(view_json(spec)).value(), spec);
  EXPECT_FALSE(spec.group_by[1].is_of_last);
  EXPECT_TRUE(spec.group_by[2].is_of_last);
}

TEST(ViewSpecTest, RefusesWithThePlaceTheReasonAndWhatIsMeant) {
  const std::pair<const char*, const char*> cases[] = {
      {"windows = \"none\"", R"~(view "v": there is no key "windows"; did you mean "window"?)~"},
      {"window = { tumbling = \"1h\", zone = \"UTC\" }",
       "view \"v\": window.zone: windows shorter than a day are aligned to UTC; leave it out, or "
       "make the window \"1d\", \"1w\" or \"1mo\" to follow a zone"},
      {"window = { tumbling = \"3d\", zone = \"UTC\" }",
       "view \"v\": window.zone: only windows of a day, a week or a month follow a zone's "
       "calendar; "
       "leave it out, or make the window \"1d\", \"1w\" or \"1mo\""},
      {"window = { tumbling = \"1d\", zone = \"Europe/Berlin2\" }",
       "view \"v\": window.zone: there is no time zone \"Europe/Berlin2\"; did you mean "
       "\"Europe/Berlin\"?"},
      {"window = { tumbling = \"1d\", week_starts = \"monday\" }",
       "view \"v\": window.week_starts: only windows of a week begin on a day of the week; leave "
       "it "
       "out, or make the window \"1w\""},
      {"window = { tumbling = \"1w\", week_starts = \"mondy\" }",
       "view \"v\": window.week_starts: there is no day \"mondy\"; did you mean \"monday\"?"},
      {"window = { tumbling = \"0s\" }",
       "view \"v\": window.tumbling: this must be more than nothing"},
      {"window = { tumbling = \"500ms\" }",
       "view \"v\": window.tumbling: windows are of a second at least"},
      {"window = { tumbling = \"2mo\" }",
       "view \"v\": window.tumbling: windows of several months are not supported; write \"1mo\""},
      {"window = { tumbling = \"1 fortnight\" }",
       "view \"v\": window.tumbling: \"1 fortnight\" is not a length of time; write a whole number "
       "and one of w, d, h, m, s, ms"},
      {"window = { tumbling = \"2000000000w\" }",
       "view \"v\": window.tumbling: \"2000000000w\" is not a length of time; write a whole number "
       "and "
       "one of w, d, h, m, s, ms"},
      {"window = { tumbling = 60 }",
       "view \"v\": window.tumbling: this must be a text; write it as \"1d\""},
      {"window = { hopping = \"1h\" }",
       "view \"v\": window: \"hopping\" needs \"advance\"; write it as { hopping = \"1h\", advance "
       "= "
       "\"5m\" }"},
      {"window = { hopping = \"1h\", advance = \"7m\" }",
       "view \"v\": window: the advance does not divide the window's length; make the length a "
       "multiple of the advance"},
      {"window = { hopping = \"1h\", advance = \"2h\" }",
       "view \"v\": window: the advance exceeds the window's length, so events between two windows "
       "would be in none; make it at most the length"},
      {"window = { hopping = \"1d\", advance = \"1m\" }",
       "view \"v\": window: each event would belong to 1440 windows; make the advance at least a "
       "100th of the length"},
      {"window = { tumbling = \"1h\", session = \"1m\" }",
       "view \"v\": window: a window is one of \"tumbling\", \"hopping\" and \"session\"; sessions "
       "are "
       "put into days or hours with \"by\""},
      {"window = { session = \"30m\" }",
       "view \"v\": window: a session is of somebody, and there is no \"per\"; add per = \"user\" "
       "or "
       "per = \"device\""},
      {"window = \"hour\"",
       "view \"v\": window: this must be a table, or \"none\"; write it as { tumbling = \"1h\" }"},
      {"group_by = [\"source\", \"plan\"]",
       "view \"v\": group_by[1]: there is no field \"plan\"; write source, type, event, user, "
       "user_id, "
       "anonymous_id, session_id, group_id, category or message_id, or a path as properties.plan, "
       "context.page.path, traits.email; measures with \"per\" are of key.events, key.seconds, "
       "key.bounced or key.is_new"},
      {"group_by = [\"event\", \"name\"]", "view \"v\": group_by[1]: event is there twice"},
      {"group_by = [\"key.events\"]",
       "view \"v\": group_by[0]: the state of a key changes, so nothing is grouped by it; measure "
       "it, "
       "as avg(key.events)"},
      {"group_by = [\"source\", \"last(context.page.path)\"]",
       "view \"v\": group_by[1]: last(context.page.path) is of the events of a key, and there is "
       "no "
       "\"per\"; add per = \"user\", or write it without first() or last()"},
      {"group_by = [\"first(event)\"]",
       "view \"v\": group_by[0]: first(event) is of the events of a key, and there is no \"per\"; "
       "add per = \"user\", or write it without first() or last()"},
      {"per = \"user\"\ngroup_by = [\"last(evnt)\"]",
       "view \"v\": group_by[0]: there is no field \"evnt\"; did you mean \"event\"?"},
      {"per = \"user\"\ngroup_by = [\"last(key.events)\"]",
       "view \"v\": group_by[0]: the state of a key changes, so nothing is grouped by it; measure "
       "it, as avg(key.events)"},
      {"per = \"user\"\ngroup_by = [\"event\", \"first(event)\"]",
       "view \"v\": group_by[1]: event is there twice"},
      {"per = \"key.events\"",
       "view \"v\": per: key.events is the state of a key, not a key; write user, device, session, "
       "or "
       "a field as properties.account"},
      {"measures = {}",
       "view \"v\": measures: a view has a table of 1 to 32 measures; write it as { signups = "
       "\"count\", users = \"uniques(user)\" }"},
      {"measures = { m = \"cuont\" }",
       "view \"v\": measures.m: there is no measure \"cuont\"; did you mean \"count\"?"},
      {"measures = { m = \"sum\" }",
       "view \"v\": measures.m: \"sum\" does not fit; write it as sum(properties.price)"},
      {"measures = { m = \"count(user)\" }",
       "view \"v\": measures.m: \"count(user)\" does not fit; write it as count"},
      {"measures = { m = \"sum(source)\" }",
       "view \"v\": measures.m: sum is of numbers, and source is always a text; write it as "
       "sum(properties.price)"},
      {"measures = { m = \"uniques(usr)\" }",
       "view \"v\": measures.m: there is no field \"usr\"; did you mean \"user\"?"},
      {"measures = { m = \"quantile(properties.ms, 1)\" }",
       "view \"v\": measures.m: \"1\" is no quantile: it must be above 0 and below 1; the 95th "
       "percentile is 0.95; for the ends there are min and max"},
      {"measures = { m = \"top(event, 1001)\" }",
       "view \"v\": measures.m: \"1001\" values are not a number from 1 to 1000; write it as "
       "top(context.page.path, 10)"},
      {"measures = { m = \"uniques(user, 0)\" }",
       "view \"v\": measures.m: \"0\" values are not a number from 1 to 10000000; write it as "
       "uniques(user, 1000000)"},
      {"measures = { m = \"uniques(user, 5, 5)\" }",
       "view \"v\": measures.m: \"uniques(user, 5, 5)\" does not fit; write it as uniques(user), "
       "or "
       "uniques(user, 1000000)"},
      {"measures = { m = \"top(event)\" }",
       "view \"v\": measures.m: \"top(event)\" does not fit; write it as top(context.page.path, "
       "10)"},
      {"measures = { m = \"rate\" }",
       "view \"v\": measures.m: without a window there are no seconds to divide by; take count, or "
       "give the view a window"},
      {"measures = { m = \"avg(key.events)\" }",
       "view \"v\": measures.m: key.events is of a key, and there is no \"per\"; add per = "
       "\"user\""},
      {"per = \"user\"\nmeasures = { m = \"avg(properties.ms)\" }",
       "view \"v\": measures.m: properties.ms is of an event, and with \"per\" the measures are "
       "over "
       "keys; measure key.events, key.seconds, key.bounced or key.is_new, or leave \"per\" out"},
      {"measures = { \"A b\" = \"count\" }",
       "view \"v\": measures.\"A b\": \"A b\" is no name; a name is a-z, 0-9 and _, begins with a "
       "letter and has at most 64 bytes"},
      {"window = { tumbling = \"1h\" }\nkeep = \"0d\"",
       "view \"v\": keep: this must be more than nothing"},
      {"keep = \"1d\"",
       "view \"v\": keep: without a window nothing ends, so nothing is kept for a while after it; "
       "leave it out, or give the view a window"},
      {"groups_max = 0",
       "view \"v\": groups_max: this must be a whole number from 1 to 10000000; write it as 50000"},
      {"groups_max = 1.5",
       "view \"v\": groups_max: this must be a whole number from 1 to 10000000; write it as 50000"},
      {"groups_max = 10000001",
       "view \"v\": groups_max: this must be a whole number from 1 to 10000000; write it as 50000"},
      {"groups_max = \"all\"",
       "view \"v\": groups_max: this must be a whole number from 1 to 10000000; write it as 50000"},
      {"groups_max = 5\nper = \"user\"",
       "view \"v\": groups_max: of a view with \"per\" not the groups are limited, but the keys; "
       "leave it out, or say keys_bytes_max"},
      {"keys_bytes_max = 65535\nper = \"user\"",
       "view \"v\": keys_bytes_max: this must be a whole number from 65536 to 1099511627776; write "
       "it as 1000000000"},
      {"keys_bytes_max = 1099511627777\nper = \"user\"",
       "view \"v\": keys_bytes_max: this must be a whole number from 65536 to 1099511627776; write "
       "it as 1000000000"},
      {"keys_bytes_max = 1000000",
       "view \"v\": keys_bytes_max: it limits keys, and there is no \"per\"; leave it out"},
      {"where = {}",
       "view \"v\": where: this must be a table of fields and what they must be, with at least "
       "one; "
       "write it as { event = \"Signed Up\" }"},
      {"where = { evnt = \"A\" }",
       "view \"v\": where.evnt: there is no field \"evnt\"; did you mean \"event\"?"},
      {"where = { type = \"trak\" }",
       "view \"v\": where.type: there is no event type \"trak\"; did you mean \"track\"?"},
      {"where = { source = 3 }",
       "view \"v\": where.source: source is always a text; quote the value"},
      {"where = { \"properties.a\" = { greater = 3 } }",
       "view \"v\": where.\"properties.a\": there is no test \"greater\"; there are eq, =, ==, ne, "
       "!=, "
       "lt, <, le, <=, gt, >, ge, >=, in, prefix, regex, exists"},
      {"where = { \"properties.a\" = { lt = true } }",
       "view \"v\": where.\"properties.a\".lt: true and false have no order; compare with eq or "
       "ne"},
      {"where = { \"properties.a\" = { in = [] } }",
       "view \"v\": where.\"properties.a\".in: this must be a list of 1 to 1000 values; write it "
       "as "
       "[\"pro\", \"team\"]"},
      {"where = { \"properties.a\" = { in = [\"a\", []] } }",
       "view \"v\": where.\"properties.a\".in[1]: this must be a text, a number, true or false; "
       "whether a field is there is written { exists = true }"},
      {"where = { \"properties.a\" = { regex = \"(\" } }",
       "view \"v\": where.\"properties.a\".regex: \"(\" is no regular expression: missing ): (; "
       "the "
       "syntax is RE2's"},
      {"where = { any = [] }",
       "view \"v\": where.any: this must be a list of conditions, with at least one; write it as "
       "[{ type = \"page\" }, { type = \"screen\" }]"},
      {"where = { any = [{ evnt = \"A\" }] }",
       "view \"v\": where.any[0].evnt: there is no field \"evnt\"; did you mean \"event\"?"},
      {"where = { and = [{ event = \"A\" }] }",
       "view \"v\": where.and: there is no field \"and\"; that all hold is written all = [...]"},
      {"where = { any = [{ or = [{ event = \"A\" }] }] }",
       "view \"v\": where.any[0].or: there is no field \"or\"; that one holds is written any = "
       "[...]"},
      {"group_by = [\"key.foo\"]",
       "view \"v\": group_by[0]: there is no field \"key.foo\"; of a key there are key.events, "
       "key.seconds, key.bounced and key.is_new"},
      {"where = { \"key.events\" = 1 }",
       "view \"v\": where.\"key.events\": the state of a key is no part of an event; filter by "
       "fields "
       "of the events; the state can be measured"}};
  for (const auto& [keys, error] : cases) {
    EXPECT_EQ(error_of(keys), error) << keys;
  }
}

TEST(ViewSpecTest, RefusesTextsThatAreNoViews) {
  const std::pair<const char*, const char*> cases[] = {
      {"{", "the text cannot be read as a view: it is no JSON at byte 2"},
      {R"~({"name":"v","where":{"properties.a":1e400}})~",
       "the text cannot be read as a view: the number 1e400 is beyond the doubles (1.8e308)"},
      {"[]", "view: a view is a table; begin it with [[view]], or {"},
      {"{}", "view: it has no name; add name = \"signups_per_day\""},
      {R"~({"name":"v","name":"w"})~",
       "the text cannot be read as a view: the key \"name\" is there twice"},
      {R"~({"name":7})~", "view: name: this must be a text; write it as \"signups_per_day\""},
      {R"~({"name":"Signups"})~",
       "view: name: \"Signups\" is no name; a name is a-z, 0-9 and _, begins "
       "with a letter and has at most 64 bytes"}};
  for (const auto& [text, error] : cases) {
    const auto spec = parse_view_json(text);
    ASSERT_FALSE(spec.has_value()) << text;
    EXPECT_EQ(spec.error().text(), error);
  }
  EXPECT_FALSE(parse_view_json(std::string(100'000, '[')));
  EXPECT_FALSE(parse_views_toml("[[view"));
  EXPECT_FALSE(parse_views_toml("view = 1"));
  EXPECT_FALSE(
      parse_views_toml(std::string("[[view]]\nname = \"v\"\nwhere = { \"traits.a\" = nan }")));
  EXPECT_FALSE(parse_views_toml(with_measure("") + "\n" + with_measure("")));
  EXPECT_TRUE(parse_views_toml("[http]\nlisten = \":1\"").value().empty());
}

/// The blocks of docs/views.md that are in `language`.
std::vector<std::string> examples(const std::string& language) {
  std::ifstream file(HAPAX_SOURCE_DIR "/docs/views.md");
  std::vector<std::string> blocks;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("```")) {
      inside = !inside && line == "```" + language;
      if (inside) {
        blocks.emplace_back();
      }
    } else if (inside) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

TEST(ViewSpecTest, TheExamplesOfTheReferenceAreViews) {
  std::size_t views = 0;
  for (const std::string& block : examples("toml")) {
    const auto specs = parse_views_toml(block);
    ASSERT_TRUE(specs.has_value()) << block << specs.error().text();
    views += specs->size();
  }
  for (const std::string& block : examples("json")) {
    const auto spec = parse_view_json(block);
    ASSERT_TRUE(spec.has_value()) << block << spec.error().text();
    ++views;
  }
  EXPECT_GE(views, 6U);
}

}  // namespace
}  // namespace hapax
