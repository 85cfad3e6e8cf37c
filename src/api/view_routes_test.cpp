// SPDX-License-Identifier: Apache-2.0
#include "api/view_routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "api/api.hpp"
#include "testing/crash_storage.hpp"
#include "testing/fake_alerts.hpp"
#include "testing/fake_documents.hpp"
#include "testing/fake_gap_source.hpp"
#include "testing/fake_moments.hpp"
#include "testing/fake_row_store.hpp"
#include "testing/fake_view_source.hpp"
#include "testing/memory_state_store.hpp"
#include "testing/memory_verdicts.hpp"
#include "testing/read_test_support.hpp"
#include "testing/seeded_random.hpp"
#include "views/keeper/keeper_test_support.hpp"
#include "views/runtime/group_key.hpp"

namespace hapax {
namespace {

using Json = nlohmann::json;
using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

std::string spec_text(const std::string& name, const std::string& measure = "count") {
  return R"({"name":")" + name + R"(","measures":{"m":")" + measure + R"("}})";
}

/// A server to which "admin" may declare views.
class ViewRoutesTest : public testing::Test {
 protected:
  ViewRoutesTest() {
    EXPECT_TRUE(life_.open());
    admin_ = std::move(AdminAccess::open("access", {disk_, life_.clock, random_})).value();
    start({.keys = {.admin = {"admin"}}});
  }

  void start(ApiSettings settings) {
    api_.emplace(std::move(settings),
                 Api::Parts{.collector = &collector_,
                            .rows = rows_,
                            .moments = moments_,
                            .clock = life_.clock,
                            .not_live = [] { return std::string(); },
                            .not_ready = [] { return std::string(); },
                            .clock_status = [] { return ClockStatus(); },
                            .metrics = [](const auto&) { return std::string(); },
                            .catalog = *life_.keeper,
                            .keeper = life_.keeper.get(),
                            .source = source_,
                            .gaps = gaps_,
                            .served = served_,
                            .random = random_,
                            .raw_events = EventRoutes::Log{life_.log, *verdicts_.log},
                            .admin = *admin_,
                            .boards = boards_.store(),
                            .alerts = *alerts_.alerts,
                            .check_alert = [](const AlertRule&) { return Result<void>(); }});
  }

  HttpResponse send(HttpRequest request) {
    FakeResponder responder;
    api_->handle(std::move(request), responder.respond());
    return responder.wait();
  }
  HttpResponse ask(const std::string& method, const std::string& path, const std::string& body = "",
                   const std::string& query = "", const std::string& key = "admin") {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.body = body;
    request.authorization = key.empty() ? "" : "Bearer " + key;
    return send(std::move(request));
  }
  void declare(const std::string& name) {
    ASSERT_EQ(ask("POST", "/api/views", spec_text(name)).status, 201);
  }
  void declare_in_file(const std::string& name) {
    ASSERT_TRUE(life_.keeper->change(
        [&](const ViewCatalog& catalog) {
          return with_declared(catalog, {{KeeperLife::spec_of(name), ViewOrigin::kFile}},
                               life_.clock.now());
        },
        ViewKeeper::History::kKept));
  }

  KeeperLife life_;
  FakeMoments moments_;
  SeededRandom random_{1};
  MemoryVerdicts verdicts_{1};
  CrashStorage disk_;
  std::unique_ptr<AdminAccess> admin_;
  AnyName names_;
  Collector collector_{{}, life_.log, life_.arrivals, random_, names_};
  FakeRowStore rows_;
  FakeViewSource source_;
  FakeGapSource gaps_;
  ServedViews served_;
  FakeDocuments boards_;
  FakeAlerts alerts_;
  std::optional<Api> api_;
};

TEST_F(ViewRoutesTest, ADeclaredViewIsThereOnceItIsAnswered) {
  const auto answer = ask("POST", "/api/views", spec_text("signups"));
  EXPECT_EQ(answer.status, 201);
  const Json json = Json::parse(answer.body);
  EXPECT_EQ(json.at("id"), "signups.1");
  EXPECT_EQ(json.at("origin"), "api");
  EXPECT_EQ(json.at("state"), "waiting");
  EXPECT_EQ(json.at("spec").at("measures").at("m"), "count");
  EXPECT_THAT(std::string(json.at("message")), HasSubstr("The log so far is now counted"));
  ASSERT_TRUE(life_.open());
  EXPECT_EQ(life_.ids(), "signups.1");
}

TEST_F(ViewRoutesTest, TheSameViewAgainIsNoChange) {
  declare("a");
  const auto same = ask("POST", "/api/views", spec_text("a"));
  EXPECT_EQ(same.status, 200);
  EXPECT_FALSE(Json::parse(same.body).contains("message"));
  EXPECT_EQ(ask("PUT", "/api/views/a", spec_text("a")).status, 200);
  EXPECT_EQ(life_.ids(), "a.1");
  EXPECT_EQ(life_.log.batches(PartitionId(0)).size(), 1U);
}

TEST_F(ViewRoutesTest, AnotherSpecIsPutNotPosted) {
  declare("a");
  const auto posted = ask("POST", "/api/views", spec_text("a", "uniques(user)"));
  EXPECT_EQ(posted.status, 409);
  EXPECT_THAT(posted.body, HasSubstr("PUT /api/views/a"));
  EXPECT_EQ(ask("PUT", "/api/views/a", spec_text("a", "uniques(user)")).status, 200);
  EXPECT_EQ(life_.ids(), "a.2");
  EXPECT_EQ(ask("PUT", "/api/views/a", spec_text("b")).status, 400);
}

TEST_F(ViewRoutesTest, ViewsAreRebuiltAndDropped) {
  declare("a");
  declare("b");
  EXPECT_EQ(ask("POST", "/api/views/a/rebuild").status, 200);
  EXPECT_EQ(life_.ids(), "a.3 b.2");
  const auto dropped = ask("DELETE", "/api/views/b");
  EXPECT_EQ(dropped.status, 200);
  EXPECT_EQ(Json::parse(dropped.body), Json({{"name", "b"}, {"dropped", true}}));
  EXPECT_EQ(life_.ids(), "a.3");
}

TEST_F(ViewRoutesTest, ViewsOfTheFileAreChangedThere) {
  declare_in_file("f");
  for (const auto& answer : {ask("POST", "/api/views", spec_text("f", "uniques(user)")),
                             ask("PUT", "/api/views/f", spec_text("f", "uniques(user)")),
                             ask("DELETE", "/api/views/f")}) {
    EXPECT_EQ(answer.status, 409);
    EXPECT_THAT(answer.body, HasSubstr("it is declared in hapax.toml; change it there"));
  }
  EXPECT_EQ(life_.ids(), "f.1");
}

TEST_F(ViewRoutesTest, ChangesAskForAnAdminKey) {
  for (const std::string key : {"", "other"}) {
    const auto answer = ask("POST", "/api/views", spec_text("a"), "", key);
    EXPECT_EQ(answer.status, 401);
    EXPECT_THAT(answer.body, HasSubstr(key.empty() ? "not_signed_in" : "invalid_key"));
  }
  start({.keys = {.read = {{"reader", {}}, {"of_web", {"web"}}}, .admin = {"admin"}}});
  EXPECT_EQ(ask("POST", "/api/views", spec_text("a"), "", "reader").status, 403);
  EXPECT_EQ(ask("GET", "/api/views", "", "", "reader").status, 200);
  EXPECT_EQ(ask("GET", "/api/views", "", "", "admin").status, 200);
  EXPECT_EQ(ask("GET", "/api/views", "", "", "of_web").status, 403);
  EXPECT_EQ(ask("POST", "/api/views", spec_text("a"), "", "of_web").status, 403);
  EXPECT_EQ(ask("GET", "/api/views", "", "", "").status, 401);
  EXPECT_EQ(life_.ids(), "");
}

TEST_F(ViewRoutesTest, AViewThatIsNoneIsRefusedWithTheReason) {
  const auto wrong = ask("POST", "/api/views", spec_text("a", "uniques(usr)"));
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.body, HasSubstr("did you mean"));
  EXPECT_EQ(ask("POST", "/api/views", "no json").status, 400);
  EXPECT_EQ(ask("POST", "/api/views", std::string(kSpecBytesMax + 1, ' ')).status, 413);
  HttpRequest packed;
  packed.method = "POST";
  packed.path = "/api/views";
  packed.authorization = "Bearer admin";
  packed.content_encoding = "gzip";
  EXPECT_EQ(send(packed).status, 415);
}

TEST_F(ViewRoutesTest, AnUnknownViewIsSaidWithTheNearest) {
  declare("signups");
  for (const auto& answer :
       {ask("GET", "/api/views/signup"), ask("DELETE", "/api/views/signup"),
        ask("PUT", "/api/views/signup", spec_text("signup")),
        ask("POST", "/api/views/signup/rebuild"), ask("GET", "/api/views/signup/explain")}) {
    EXPECT_EQ(answer.status, 404);
    EXPECT_THAT(answer.body, HasSubstr(R"(did you mean \"signups\"?)"));
  }
}

TEST_F(ViewRoutesTest, AWrongMethodSaysWhichAreRight) {
  for (const auto& [method, path, allowed] : {std::tuple("DELETE", "/api/views", "GET, POST"),
                                              {"POST", "/api/views/a", "GET, PUT, DELETE"},
                                              {"GET", "/api/views/a/rebuild", "POST"}}) {
    const auto answer = ask(method, path);
    EXPECT_EQ(answer.status, 405) << path;
    EXPECT_THAT(answer.headers, Contains(Pair("Allow", allowed))) << path;
  }
}

TEST_F(ViewRoutesTest, ListsHowTheyStand) {
  declare_in_file("f");
  declare("making");
  declare("waiting");
  source_.reports = std::vector<ViewReport>{
      {.id = "f.1", .state = ViewState::kLive, .complete_from = EventTime()},
      {.id = "making.2",
       .state = ViewState::kBackfilling,
       .progress = {.records_done = 250, .records_total = 1000, .records_per_second = 100}}};
  const Json views = Json::parse(ask("GET", "/api/views").body).at("views");
  ASSERT_EQ(views.size(), 3U);
  EXPECT_EQ(views[0].at("origin"), "file");
  EXPECT_EQ(views[0].at("progress"), nullptr);
  EXPECT_EQ(views[0].at("complete_from"), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(views[1].at("state"), "backfilling");
  EXPECT_EQ(views[1].at("progress"), Json({{"percent", 25.0},
                                           {"records_done", 250},
                                           {"records_total", 1000},
                                           {"events_per_second", 100.0},
                                           {"seconds_left", 8.0}}));
  EXPECT_EQ(views[2].at("state"), "waiting");
  EXPECT_EQ(views[2].at("progress").at("seconds_left"), nullptr);
  source_.reports = Error{ErrorKind::kClosed, "stopping"};
  EXPECT_EQ(ask("GET", "/api/views").status, 503);
}

TEST_F(ViewRoutesTest, ExplainsAView) {
  declare("a");
  ViewReport report{.id = "a.1", .hot_cells = 7, .memory_bytes = 900, .nanoseconds_per_event = 41};
  report.account.matching.count = 10;
  report.account.counted.count = 9;
  report.account.expired.count = 1;
  source_.reports = std::vector<ViewReport>{report};
  const Json json = Json::parse(ask("GET", "/api/views/a/explain").body);
  EXPECT_EQ(json.at("account").at("matching"), 10);
  EXPECT_EQ(json.at("account").at("expired"), 1);
  EXPECT_EQ(json.at("memory"), Json({{"hot_cells", 7}, {"bytes", 900}}));
  EXPECT_EQ(json.at("nanoseconds_per_event"), 41.0);
  EXPECT_EQ(json.at("spec").at("name"), "a");
}

TEST_F(ViewRoutesTest, ExplainsHowMuchAViewHoldsAndWhatIsNearALimit) {
  declare("a");
  const auto spec =
      parse_view_json(R"~({"name":"a","window":{"tumbling":"1m"},"group_by":["event"],)~"
                      R"~("measures":{"u":"uniques(user)"}})~");
  MeasureSpec measure{.kind = MeasureKind::kUniques};
  const auto shape =
      std::make_shared<const ViewShape>(ViewShape{.spec = *spec,
                                                  .group_fields = spec->group_by,
                                                  .measures = MeasurePlan(std::span(&measure, 1))});
  source_.reports = std::vector<ViewReport>{{.id = "a.1", .shape = shape}};
  Json json = Json::parse(ask("GET", "/api/views/a/explain").body);
  EXPECT_EQ(json.at("extent"), nullptr) << "it is not read yet";

  served_.set({{"a", std::make_shared<const ServedView>(ServedView{.id = "a.1", .shape = shape})}});
  const Window window{.start = EventTime(), .end = EventTime(std::chrono::minutes(1))};
  std::string key = window_key(window);
  append_group_value(std::string_view("click"), key);
  rows_.size = RowExtent{.cells = 7,
                         .bytes = 900,
                         .widest = window,
                         .widest_cells = 5,
                         .largest_key = key,
                         .largest_bytes = 300,
                         .measures = {{.values_max = 80'000, .inexact = 2}},
                         .is_whole = false};
  json = Json::parse(ask("GET", "/api/views/a/explain").body);
  const Json& extent = json.at("extent");
  EXPECT_EQ(extent.at("whole"), false);
  EXPECT_EQ(extent.at("cells"), 7);
  EXPECT_EQ(extent.at("bytes"), 900);
  EXPECT_EQ(extent.at("widest_window").at("cells"), 5);
  EXPECT_EQ(extent.at("widest_window").at("start"), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(extent.at("largest_cell").at("group"), Json({{"event", "click"}}));
  ASSERT_EQ(json.at("near_limits").size(), 2U) << json;
  EXPECT_THAT(json.at("near_limits")[0], HasSubstr("u: not exact in 2 of the cells"));
  EXPECT_THAT(json.at("near_limits")[1], HasSubstr("80000 of the 100000"));

  rows_.size = RowExtent{.cells = 7, .measures = {{.values_max = 79'999}}};
  json = Json::parse(ask("GET", "/api/views/a/explain").body);
  EXPECT_EQ(json.at("near_limits"), Json::array());
  EXPECT_EQ(json.at("extent").at("largest_cell"), nullptr);
  served_.set({{"a", std::make_shared<const ServedView>(ServedView{.id = "a.0", .shape = shape})}});
  json = Json::parse(ask("GET", "/api/views/a/explain").body);
  EXPECT_EQ(json.at("extent"), nullptr) << "that is of the former one";
  served_.set({{"a", std::make_shared<const ServedView>(ServedView{.id = "a.1", .shape = shape})}});
  rows_.size = Error{ErrorKind::kExhausted, "too many queries"};
  json = Json::parse(ask("GET", "/api/views/a/explain").body);
  EXPECT_EQ(json.at("extent"), nullptr) << "the rest is known all the same";
}

TEST_F(ViewRoutesTest, AViewThatIsStillBeingMadeIsNotReadYet) {
  declare("a");
  const auto answer = ask("GET", "/api/views/a");
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr("view_not_ready"));
  EXPECT_THAT(ask("GET", "/api/views/a/live").body, HasSubstr("view_not_ready"));
  EXPECT_THAT(ask("GET", "/api/views/b/live").body, HasSubstr("unknown_view"));
}

TEST_F(ViewRoutesTest, HistoryIsDroppedOnlyWhereItIsSaid) {
  declare("a");
  life_.log.drop(PartitionId(0), 1);
  const auto refused = ask("POST", "/api/views/a/rebuild");
  EXPECT_EQ(refused.status, 409);
  EXPECT_THAT(refused.body, HasSubstr("drop_history=true"));
  EXPECT_EQ(ask("POST", "/api/views/a/rebuild", "", "drop_history=yes").status, 400);
  EXPECT_EQ(ask("POST", "/api/views/a/rebuild", "", "drop=true").status, 400);
  EXPECT_EQ(life_.ids(), "a.1");
  EXPECT_EQ(ask("POST", "/api/views/a/rebuild", "", "drop_history=true").status, 200);
  EXPECT_EQ(life_.ids(), "a.2");
}

TEST_F(ViewRoutesTest, WhatTheLogDoesNotTakeIsNoChange) {
  life_.log.settle_at_once(Error{ErrorKind::kExhausted, "disk full"});
  EXPECT_EQ(ask("POST", "/api/views", spec_text("a")).status, 503);
  EXPECT_EQ(life_.ids(), "");
}

TEST_F(ViewRoutesTest, PagesOfOtherOriginsDoNotSeeWhatHasChanged) {
  HttpRequest request;
  request.method = "POST";
  request.path = "/api/views";
  request.authorization = "Bearer admin";
  request.body = spec_text("a");
  request.origin = "https://shop.example";
  const auto answer = send(request);
  EXPECT_EQ(answer.status, 201);
  for (const auto& [name, value] : answer.headers) {
    EXPECT_FALSE(name.starts_with("Access-Control")) << name;
  }
}

/// An event at minute 10 of each of `hours`, of "web", and at the last one of "ios".
ViewBooks books_of(MemoryStateStore& store, int hours) {
  HourlyAccounts accounts(store, "a.1");
  ViewBooks::Accounts whole;
  const auto add = [&](int hour, const std::string& source, EventFate fate) {
    const Hash128 id{.low = static_cast<std::uint64_t>(hour), .high = source.size()};
    const ProcessingTime at(std::chrono::hours(hour) + std::chrono::minutes(10));
    ASSERT_TRUE(accounts.open(at, source));
    accounts.enter(id, fate, fate == EventFate::kCounted ? 1 : 0, 0);
    whole[source].enter(id, fate, fate == EventFate::kCounted ? 1 : 0, 0);
  };
  for (int hour = 0; hour < hours; ++hour) {
    add(hour, "web", hour % 2 == 0 ? EventFate::kCounted : EventFate::kExpired);
  }
  add(hours - 1, "ios", EventFate::kWithoutKey);
  ViewBooks books = accounts.books(store.snapshot().value());
  books.whole = std::move(whole);
  return books;
}

class ViewAccountsTest : public ViewRoutesTest {
 protected:
  ViewAccountsTest() {
    declare("a");
    const auto spec = std::make_shared<const ViewSpec>(parse_view_json(spec_text("a")).value());
    const MeasureSpec measure{.kind = MeasureKind::kCount};
    const auto shape = std::make_shared<const ViewShape>(
        ViewShape{.spec = *spec,
                  .group_fields = spec->group_by,
                  .measures = MeasurePlan(std::span(&measure, 1))});
    served_.set(
        {{"a", std::make_shared<const ServedView>(ServedView{.id = "a.1", .shape = shape})}});
    source_.view_books = [this](const std::string& view) {
      EXPECT_EQ(view, "a.1");
      return books_of(store_, 4);
    };
  }
  Json accounts(const std::string& query = "", const std::string& key = "admin") {
    const auto answer = ask("GET", "/api/views/a/accounts", "", query, key);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return Json::parse(answer.body);
  }
  /// "1970-01-01T00 web", ...
  static std::vector<std::string> rows_of(const Json& answer) {
    std::vector<std::string> rows;
    for (const Json& row : answer.at("rows")) {
      rows.push_back(std::string(row.at("hour")).substr(0, 13) + " " +
                     std::string(row.at("source")));
    }
    return rows;
  }

  MemoryStateStore store_;
};

TEST_F(ViewAccountsTest, AnHourSaysWhatBecameOfItsEventsAndWhichTheyWere) {
  const Json answer = accounts();
  EXPECT_EQ(answer.at("view"), "a");
  EXPECT_EQ(answer.at("id"), "a.1");
  EXPECT_EQ(answer.at("whole_from"), nullptr);
  EXPECT_EQ(answer.at("next"), nullptr);
  EXPECT_FALSE(answer.contains("check"));
  EXPECT_EQ(rows_of(answer),
            (std::vector<std::string>{"1970-01-01T00 web", "1970-01-01T01 web", "1970-01-01T02 web",
                                      "1970-01-01T03 ios", "1970-01-01T03 web"}));
  const Json& row = answer.at("rows")[1];
  EXPECT_EQ(row.at("matching"), row.at("expired"));
  EXPECT_EQ(row.at("expired").at("count"), 1);
  EXPECT_EQ(std::string(row.at("expired").at("digest")).size(), 32U);
  EXPECT_EQ(row.at("counted").at("count"), 0);
  EXPECT_EQ(answer.at("rows")[3].at("without_key").at("count"), 1);
  EXPECT_EQ(row.at("balanced"), true);
}

TEST_F(ViewAccountsTest, RowsAreThoseOfHoursThatStartInTheRange) {
  const std::vector<std::string> second{"1970-01-01T02 web"};
  EXPECT_EQ(rows_of(accounts("from=1970-01-01T02:00:00Z&to=1970-01-01T03:00:00Z")), second);
  EXPECT_EQ(rows_of(accounts("from=1970-01-01T01:00:01Z&to=1970-01-01T02:00:01Z")), second);
  EXPECT_EQ(rows_of(accounts("source=ios")), std::vector<std::string>{"1970-01-01T03 ios"});
}

TEST_F(ViewAccountsTest, PagesGoOnWhereTheOneBeforeEnded) {
  std::vector<std::string> all;
  std::string query = "limit=2";
  for (int pages = 0; pages < 3; ++pages) {
    const Json answer = accounts(query);
    const auto rows = rows_of(answer);
    all.insert(all.end(), rows.begin(), rows.end());
    EXPECT_EQ(answer.at("next").is_null(), pages == 2);
    query = pages < 2 ? "limit=2&cursor=" + std::string(answer.at("next")) : "";
  }
  EXPECT_EQ(all, rows_of(accounts()));
}

TEST_F(ViewAccountsTest, AllHoursAreAddedUpWhenItIsAsked) {
  Json check = accounts("check=true&limit=1").at("check");
  ASSERT_EQ(check.size(), 2U);
  EXPECT_EQ(check[1].at("source"), "web");
  EXPECT_EQ(check[1].at("account"), check[1].at("hours"));
  EXPECT_EQ(check[1].at("balanced"), true);
  source_.view_books = [this](const std::string&) {
    ViewBooks books = books_of(store_, 4);
    books.whole.at("web").counted.add(Hash128{.low = 9, .high = 9});
    return books;
  };
  check = accounts("check=true").at("check");
  EXPECT_EQ(check[0].at("balanced"), true);
  EXPECT_EQ(check[1].at("balanced"), false);
}

TEST_F(ViewAccountsTest, WhatIsMissingIsSaid) {
  bool is_any_missing = false;
  ProcessingTime complete_from = ProcessingTime::min();
  source_.view_books = [&](const std::string&) {
    HourlyAccounts accounts(store_, "a.1");
    EXPECT_TRUE(accounts.drop_before(ProcessingTime(std::chrono::hours(5))));
    if (is_any_missing) {
      EXPECT_TRUE(accounts.open(ProcessingTime(std::chrono::hours(4)), "web"));
      accounts.enter(Hash128{}, EventFate::kCounted, 1, 0);
    }
    accounts.lack_before(complete_from);
    return accounts.books(store_.snapshot().value());
  };
  EXPECT_EQ(accounts().at("whole_from"), nullptr);
  is_any_missing = true;
  EXPECT_EQ(accounts().at("whole_from"), "1970-01-01T05:00:00.000Z");
  complete_from = ProcessingTime(std::chrono::minutes(7 * 60 + 1));
  EXPECT_EQ(accounts().at("whole_from"), "1970-01-01T08:00:00.000Z");
}

TEST_F(ViewAccountsTest, OfTwoThingsThatAreMissingTheLaterCounts) {
  source_.view_books = [&](const std::string&) {
    HourlyAccounts accounts(store_, "a.1");
    accounts.begin_after(ProcessingTime(std::chrono::hours(9)), ViewAccount());
    accounts.lack_before(ProcessingTime(std::chrono::hours(7)));
    return accounts.books(store_.snapshot().value());
  };
  EXPECT_EQ(accounts().at("whole_from"), "1970-01-01T10:00:00.000Z");
}

TEST_F(ViewAccountsTest, AKeyOfSourcesReadsTheirsAlone) {
  start({.keys = {.read = {{"of_web", {"web"}}, {"of_two", {"ios", "tv"}}}, .admin = {"admin"}}});
  const Json answer = accounts("check=true&to=1970-01-01T01:00:00Z", "of_web");
  EXPECT_EQ(rows_of(answer), std::vector<std::string>{"1970-01-01T00 web"});
  EXPECT_EQ(answer.at("check").size(), 1U);
  EXPECT_EQ(rows_of(accounts("", "of_two")), std::vector<std::string>{"1970-01-01T03 ios"});
  EXPECT_EQ(accounts("check=true", "of_two").at("check").size(), 1U);
  const auto refused = ask("GET", "/api/views/a/accounts", "", "source=ios", "of_web");
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("source_not_allowed"));
  EXPECT_EQ(ask("GET", "/api/views/a/accounts", "", "", "").status, 401);
}

TEST_F(ViewAccountsTest, WhatIsAskedForWronglyIsRefused) {
  for (const char* query : {"from=tomorrow", "limit=0", "limit=10001", "cursor=AAAA", "check=maybe",
                            "sorce=web", "from=1970-01-02T00:00:00Z&to=1970-01-01T00:00:00Z"}) {
    EXPECT_EQ(ask("GET", "/api/views/a/accounts", "", query).status, 400) << query;
  }
  EXPECT_EQ(ask("GET", "/api/views/b/accounts").status, 404);
}

}  // namespace
}  // namespace hapax
