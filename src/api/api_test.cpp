// SPDX-License-Identifier: Apache-2.0
#include "api/api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <future>
#include <tuple>

#include "api/log_health.hpp"
#include "record/receipt.hpp"
#include "testing/crash_storage.hpp"
#include "testing/fake_alerts.hpp"
#include "testing/fake_documents.hpp"
#include "testing/fake_gap_source.hpp"
#include "testing/fake_moments.hpp"
#include "testing/fake_row_store.hpp"
#include "testing/fake_view_source.hpp"
#include "testing/memory_catalog.hpp"
#include "testing/memory_verdicts.hpp"
#include "testing/read_test_support.hpp"
#include "testing/recorded_histogram.hpp"
#include "testing/scripted_log.hpp"
#include "testing/seeded_random.hpp"
#include "testing/still_clock.hpp"
#include "testing/test_rows.hpp"
#include "views/keeper/keeper_test_support.hpp"

namespace hapax {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

const std::string kView = "/api/views/events_per_minute";
const std::string kClicks = "/api/views/clicks";

HttpRequest get_request(const std::string& path) {
  HttpRequest request;
  request.method = "GET";
  request.path = path;
  return request;
}

HttpRequest admin_request(const std::string& path) {
  HttpRequest request = get_request(path);
  request.authorization = "Bearer admin";
  return request;
}

const std::string kPage = "https://shop.example";

HttpRequest page_request(const std::string& method, const std::string& path) {
  HttpRequest request = get_request(path);
  request.method = method;
  request.origin = kPage;
  return request;
}

/// Whether a browser lets the page see it.
bool is_readable(const HttpResponse& response) {
  return std::ranges::find(response.headers, std::pair(std::string("Access-Control-Allow-Origin"),
                                                       kPage)) != response.headers.end();
}

class ApiTest : public testing::Test {
 protected:
  /// A server at which "Bearer admin" may everything.
  void start(ApiSettings settings = {}) {
    settings.keys.admin.insert("admin");
    if (!admin_) {
      admin_ = std::move(AdminAccess::open("access", {disk_, clock_, random_})).value();
    }
    ASSERT_TRUE(declared_.open());
    served_.set({{"events_per_minute", minutes_.served()}});
    api_.emplace(std::move(settings), parts());
  }
  /// The same that only reads what others count.
  void start_reading() {
    start();
    Api::Parts reading = parts();
    reading.collector = nullptr;
    reading.keeper = nullptr;
    reading.raw_events = std::nullopt;
    ApiSettings settings;
    settings.keys.admin.insert("admin");
    api_.emplace(std::move(settings), std::move(reading));
  }
  Api::Parts parts() {
    return Api::Parts{
        .collector = &collector_,
        .assets = assets_,
        .rows = rows_,
        .moments = moments_,
        .clock = clock_,
        .not_live = [this] { return log_not_live(log_.status(), arrivals_); },
        .not_ready = [this] { return log_not_ready(log_.status(), processing_error_); },
        .clock_status = [this] { return clock_status_; },
        .metrics =
            [](const Result<AuditReport>& books) {
              return books ? "sources " + std::to_string(books->sources.size())
                           : books.error().message;
            },
        .catalog = *declared_.keeper,
        .keeper = declared_.keeper.get(),
        .source = source_,
        .gaps = gaps_,
        .served = served_,
        .random = random_,
        .raw_events = EventRoutes::Log{log_, *verdicts_.log},
        .admin = *admin_,
        .boards = boards_.store(),
        .alerts = *alerts_.alerts,
        .check_alert = [](const AlertRule&) { return Result<void>(); },
        .measured = {.ack_seconds = acks_, .query_seconds = queries_}};
  }

  /// A declared view that can be read.
  void show_clicks() {
    served_.set({{"clicks", clicks_.served()}});
    moments_.begin(*clicks_.served());
  }

  void send(HttpRequest request, FakeResponder& responder) {
    api_->handle(std::move(request), responder.respond());
  }

  HttpResponse get(const std::string& path, const std::string& query = "",
                   const std::string& authorization = "Bearer admin") {
    FakeResponder responder;
    HttpRequest request = get_request(path);
    request.query = query;
    request.authorization = authorization;
    send(std::move(request), responder);
    return responder.wait();
  }

  HttpResponse follow(const std::string& body, const std::string& authorization = "Bearer admin") {
    FakeResponder responder;
    HttpRequest request = get_request("/api/live");
    request.method = "POST";
    request.body = body;
    request.authorization = authorization;
    send(std::move(request), responder);
    return responder.wait();
  }

  ScriptedLog log_{1};
  StillClock clock_;
  SeededRandom random_{1};
  MemoryVerdicts verdicts_{1};
  ArrivalClock arrivals_{clock_};
  AnyName names_;
  Collector collector_{{}, log_, arrivals_, random_, names_};
  /// With the count alone.
  static Row row(const std::string& event, std::uint64_t count) {
    return {.group = {std::string("web"), event, std::string("track")}, .results = {{count}}};
  }

  TestRows minutes_{kEventsPerMinute};
  FakeMoments moments_;
  FakeRowStore rows_;
  KeeperLife declared_;
  FakeDocuments boards_;
  FakeAlerts alerts_;
  FakeViewSource source_;
  FakeGapSource gaps_;
  ServedViews served_;
  const TestRows clicks_{R"({"name":"clicks","window":{"tumbling":"1m"},"group_by":["event"],)"
                         R"("measures":{"n":"count"}})"};
  std::string processing_error_;
  ClockStatus clock_status_;
  CrashStorage disk_;
  std::unique_ptr<AdminAccess> admin_;
  RecordedHistogram acks_;
  RecordedHistogram queries_;
  Assets assets_;
  std::optional<Api> api_;
};

TEST_F(ApiTest, RendersTheBooksOnAThreadOfTheirOwn) {
  start();
  std::promise<std::thread::id> rendered;
  api_->handle(admin_request("/api/audit"),
               [&](const HttpResponse&) { rendered.set_value(std::this_thread::get_id()); });
  EXPECT_NE(rendered.get_future().get(), std::this_thread::get_id());
}

TEST_F(ApiTest, AnswersAView) {
  start();
  rows_.state = RowAnswer{.watermark = {}, .rows = {row("Clicked", 3)}};
  EXPECT_THAT(get(kView).body,
              HasSubstr(R"("event":"Clicked","type":"track"},"values":{"count":3)"));
}

TEST_F(ApiTest, MeasuresQueriesUntilTheirAnswer) {
  start();
  rows_.before_answer = [this] { clock_.advance(std::chrono::milliseconds(250)); };
  get(kView);
  EXPECT_EQ(queries_.values(), std::vector{0.25});
}

TEST_F(ApiTest, MeasuresAcknowledgementsAndNothingElse) {
  start();
  for (const auto* body : {R"({"batch":[]})", "damaged"}) {
    HttpRequest request = page_request("POST", "/v1/batch");
    request.body = body;
    FakeResponder responder;
    send(std::move(request), responder);
    responder.wait();
  }
  EXPECT_EQ(acks_.values().size(), 1U);
}

TEST_F(ApiTest, AnswersTheErrorOfAQuery) {
  start();
  rows_.state = Error{ErrorKind::kTimedOut, "not there yet"};
  EXPECT_EQ(get(kView).status, 504);
  EXPECT_EQ(get(kView, "from=never").status, 400);
}

TEST_F(ApiTest, RefusesParametersThatNobodyReads) {
  start();
  const auto mistyped = get(kView, "evnt=Clicked");
  EXPECT_EQ(mistyped.status, 400);
  EXPECT_THAT(mistyped.body, HasSubstr("did you mean event?"));
  for (const std::string path : {"/api/audit", "/api/views"}) {
    EXPECT_EQ(get(path, "source=web").status, 400) << path;
  }
  show_clicks();
  const auto live = get(kClicks + "/live", "topp=1");
  EXPECT_EQ(live.status, 400);
  EXPECT_THAT(live.body, HasSubstr("did you mean top?"));
  EXPECT_EQ(get(kClicks + "/live", "group.event=a&top=10&order=-n&windows=5").status, 200);
  EXPECT_EQ(get(kClicks + "/live", "readKey=a").status, 200);
  for (const std::string path : {"/metrics", "/health/live", "/health/ready"}) {
    EXPECT_EQ(get(path, "t=1").status, 200) << path;
  }
}

TEST_F(ApiTest, AnEmptyAnswerSaysWhenTheNewestEventWas) {
  start();
  RowAnswer nothing{.watermark = {}};
  nothing.newest = NewestEvent{.event_time = EventTime(std::chrono::seconds(1)),
                               .received_at = ProcessingTime(std::chrono::seconds(2))};
  rows_.state = nothing;
  EXPECT_THAT(get(kView).body, HasSubstr(R"("newest":{"event_time":"1970-01-01T00:00:01.000Z",)"
                                         R"("received_at":"1970-01-01T00:00:02.000Z"},"hint":")"));
}

TEST_F(ApiTest, AReceiptOfAnotherLogIsTheClientsMistakeAndAViewThatChangedIsNot) {
  start();
  rows_.state = Error{ErrorKind::kInvalid, "the receipt is of another log"};
  const auto refused = get(kView);
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("invalid_request"));
  rows_.state = view_gone();
  const auto gone = get(kView);
  EXPECT_EQ(gone.status, 503);
  EXPECT_THAT(gone.body, HasSubstr("view_changed"));
}

TEST_F(ApiTest, RefusesQueriesWhileAnswersWaitToBeSent) {
  start({.answer_bytes_limit = 2000});
  rows_.state = RowAnswer{.watermark = {}, .rows = {row("a", 1)}};
  auto first = get(kView);
  auto second = get(kView);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(second.status, 200);
  const auto refused = get(kView);
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.body, HasSubstr("overloaded"));
  EXPECT_EQ(api_->stats().answers_refused, 1U);
  first.held.reset();  // Sent.
  EXPECT_EQ(get(kView).status, 200);
}

TEST_F(ApiTest, AuditsAndMetricsCountAsAnswersToo) {
  for (const std::string path : {"/api/audit", "/metrics"}) {
    start({.answer_bytes_limit = 1000});
    auto unsent = get(path);
    EXPECT_EQ(unsent.status, 200) << path;
    EXPECT_EQ(get(path).status, 503) << path;
    unsent.held.reset();
    EXPECT_EQ(get(path).status, 200) << path;
  }
}

TEST_F(ApiTest, AnAuditCountsWithAllOfItsSources) {
  AuditReport books;
  books.sources.assign(50, make_test_source("s"));
  source_.report = books;
  start({.answer_bytes_limit = 130'000});
  const auto unsent = get("/api/audit");
  EXPECT_EQ(unsent.status, 200);
  EXPECT_EQ(get("/api/audit").status, 503);
}

TEST_F(ApiTest, AnAuditShowsWhatTheCollectorRefused) {
  start();
  FakeResponder responder;
  HttpRequest damaged = get_request("/v1/batch");
  damaged.method = "POST";
  damaged.body = "{";
  send(std::move(damaged), responder);
  EXPECT_EQ(responder.wait().status, 400);
  EXPECT_THAT(
      get("/api/audit").body,
      HasSubstr(R"("refused":[{"source":"","code":"invalid_json","requests":1,"bytes":1}])"));
}

TEST_F(ApiTest, AsksForAReadKey) {
  start({.keys = {.read = {{"one", {}}, {"two", {}}}}});
  EXPECT_EQ(get("/api/audit", "", "").status, 401);
  EXPECT_EQ(get("/api/audit", "", "Bearer one").status, 200);
  EXPECT_EQ(get("/api/audit", "", "bearer two").status, 200);
  for (const std::string wrong : {"Bearer on", "Bearer onee", "Bearer ", "one", "Basic one"}) {
    EXPECT_EQ(get("/api/audit", "", wrong).status, 401) << wrong;
  }
  EXPECT_EQ(get("/health/ready", "", "").status, 200);
}

TEST_F(ApiTest, WithoutAKeyNobodyReadsAnything) {
  start();
  for (const std::string path :
       {"/api/audit", "/metrics", "/api/views", "/api/views/x", "/api/keys",
        "/api/views/events_per_minute", "/api/views/events_per_minute/live",
        "/api/views/events_per_minute/explain", "/api/views/events_per_minute/accounts",
        "/api/session"}) {
    EXPECT_EQ(get(path, "", "").status, 401) << path;
    EXPECT_EQ(get(path, "", "Bearer x").status, 401) << path;
  }
  for (const std::string path : {"/", "/health/live", "/health/ready", "/sourceConfig"}) {
    EXPECT_EQ(get(path, "", "").status, 200) << path;
  }
}

TEST_F(ApiTest, ACookieReadsAndPagesOfOthersSeeNothingOfIt) {
  start();
  HttpRequest request = page_request("GET", "/api/audit");
  request.host = "h";
  request.cookie = "hapax_session=" + admin_->begin_session();
  for (const auto& [path, status] : {std::pair("/api/audit", 200), std::pair("/api/session", 200),
                                     std::pair("/api/views/none", 404)}) {
    request.path = path;
    FakeResponder responder;
    send(request, responder);
    const auto response = responder.wait();
    EXPECT_EQ(response.status, status) << path;
    EXPECT_FALSE(is_readable(response)) << path;
  }
}

TEST_F(ApiTest, KeysAreShownToTheAdminWithoutTheirSecrets) {
  start({.keys = {.write = {{"3f9c0d1122334455", "web"}, {"51ab0e1122334455", "both"}},
                  .read = {{"51ab0e1122334455", {"web", "ios"}}},
                  .event = {"77aa0111223344556677889900aabbccddeeff00"}}});
  EXPECT_EQ(get("/api/keys").body,
            R"({"write_keys":[{"source":"web","begins":"3f9c","key":"3f9c0d1122334455"},)"
            R"({"source":"both","begins":"51ab"}],"write_open":false,)"
            R"("read_keys":[{"sources":["ios","web"],"begins":"51ab"}],)"
            R"("event_keys":[{"begins":"77aa"}],"admin_keys":[{"begins":"a"}]})");
  EXPECT_EQ(get("/api/keys", "", "Bearer 51ab0e1122334455").status, 403);
  EXPECT_EQ(get("/api/keys", "", "Bearer 77aa0111223344556677889900aabbccddeeff00").status, 403);
}

TEST_F(ApiTest, WhatIsReadIsKeptByNobodyAndShownInNoFrame) {
  start();
  for (const std::string path : {"/api/audit", "/api/nothing", "/api/session"}) {
    const auto headers = get(path).headers;
    EXPECT_THAT(headers, Contains(Pair("Cache-Control", "no-store"))) << path;
    EXPECT_THAT(headers, Contains(Pair("X-Content-Type-Options", "nosniff"))) << path;
    EXPECT_THAT(headers, Contains(Pair("X-Frame-Options", "DENY"))) << path;
    EXPECT_THAT(headers, Contains(Pair("Referrer-Policy", "no-referrer"))) << path;
  }
  show_clicks();
  const auto stream = get(kClicks + "/live").headers;
  EXPECT_EQ(
      std::ranges::count(stream, "Cache-Control", &std::pair<std::string, std::string>::first), 1);
}

TEST_F(ApiTest, AServerForDevelopmentRefusesWhatIsNotOfThisMachineOnEveryPath) {
  start({.gate = {.is_dev = true}});
  for (const std::string path :
       {"/", "/api/audit", "/v1/t", "/health/live", "/sourceConfig", "/x"}) {
    for (const std::string method : {"GET", "POST", "OPTIONS"}) {
      HttpRequest request = page_request(method, path);
      request.host = "evil.example:8080";
      FakeResponder responder;
      send(request, responder);
      EXPECT_EQ(responder.wait().status, 403) << method << path;
      request.host = "localhost:8080";
      request.is_forwarded = true;
      FakeResponder forwarded;
      send(request, forwarded);
      EXPECT_EQ(forwarded.wait().status, 403) << method << path;
    }
  }
  HttpRequest request = get_request("/api/audit");
  request.host = "localhost:8080";
  FakeResponder responder;
  send(request, responder);
  EXPECT_EQ(responder.wait().status, 200);
}

TEST_F(ApiTest, TakesAReadKeyInTheQueryForTheLiveStreamOnly) {
  start({.keys = {.read = {{"one", {}}}}});
  show_clicks();
  EXPECT_EQ(get(kClicks + "/live", "readKey=one", "").status, 200);
  EXPECT_EQ(get(kClicks + "/live", "readKey=two", "").status, 401);
  EXPECT_EQ(get(kView, "readKey=one", "").status, 401);
}

TEST_F(ApiTest, AKeyOfASourceGetsItsRowsAndNothingElse) {
  start({.keys = {.read = {{"all", {}}, {"web", {"the web"}}}}});
  const std::string key = "Bearer web";
  for (const std::string path :
       {"/api/audit", "/metrics", "/api/views", "/api/views/events_per_minute/explain"}) {
    const auto answer = get(path, "", key);
    EXPECT_EQ(answer.status, 403) << path;
    EXPECT_THAT(answer.body, HasSubstr("source_not_allowed"));
    EXPECT_NE(get(path, "", "Bearer all").status, 403) << path;
  }
  const GroupValue own{.field = 0, .value = std::string("the web")};
  for (const std::string query :
       {"", "event=a", "format=csv", "source=the+web", "group.source=the%20web",
        "range=2026-01-01T00:00:00Z/2026-01-01T01:00:00Z&range=2026-01-02T00:00:00Z/"
        "2026-01-02T01:00:00Z",
        "group_by=event&window=1h"}) {
    rows_.asked.reset();
    EXPECT_EQ(get(kView, query, key).status, 200) << query;
    ASSERT_TRUE(rows_.asked) << query;
    ASSERT_FALSE(rows_.asked->where.empty()) << query;
    EXPECT_EQ(rows_.asked->where[0].field, own.field) << query;
    EXPECT_EQ(rows_.asked->where[0].value, own.value) << query;
  }
  rows_.asked.reset();
  for (const std::string query : {"source=shop", "group.source=shop", "source="}) {
    EXPECT_EQ(get(kView, query, key).status, 403) << query;
  }
  EXPECT_EQ(get(kView, "source=the+web&group.source=shop", key).status, 400);
  EXPECT_FALSE(rows_.asked);
  EXPECT_EQ(get(kView, "", "Bearer all").status, 200);
  EXPECT_TRUE(rows_.asked->where.empty());
}

TEST_F(ApiTest, AKeyOfASourceIsNotToldTheNamesOfViews) {
  start({.keys = {.read = {{"all", {}}, {"web", {"web"}}}}});
  ASSERT_TRUE(declared_.add("events_per_minute"));
  for (const std::string path :
       {"/api/views/events_per_minut", "/api/views/events_per_minut/live"}) {
    EXPECT_THAT(get(path, "", "Bearer all").body, HasSubstr("events_per_minute"));
    const auto answer = get(path, "", "Bearer web");
    EXPECT_EQ(answer.status, 404);
    EXPECT_THAT(answer.body, HasSubstr("unknown_view"));
    EXPECT_THAT(answer.body, testing::Not(HasSubstr("events_per_minute")));
  }
}

TEST_F(ApiTest, AKeyOfSomeSourcesGetsOneAtATime) {
  start({.keys = {.read = {{"two", {"ios", "web"}}}}});
  const auto all = get(kView, "", "Bearer two");
  EXPECT_EQ(all.status, 403);
  EXPECT_THAT(all.body, HasSubstr("ios, web; say which one with source="));
  EXPECT_EQ(get(kView, "source=ios", "Bearer two").status, 200);
  EXPECT_EQ(get(kView, "source=web", "Bearer two").status, 200);
  EXPECT_EQ(get(kView, "source=shop", "Bearer two").status, 403);
}

TEST_F(ApiTest, AViewThatGroupsByTheSourceOfTheLastEventAloneIsOfAllSources) {
  start({.keys = {.read = {{"two", {"ios", "web"}}}}});
  const TestRows exits(
      R"~({"name":"exits","per":"user","window":{"session":"30m"},"group_by":["last(source)"],)~"
      R"~("measures":{"n":"count"}})~");
  served_.set({{"exits", exits.served()}});
  EXPECT_EQ(get("/api/views/exits", "last(source)=ios", "Bearer two").status, 403);
  EXPECT_EQ(get("/api/views/exits", "group.last(source)=ios", "Bearer two").status, 403);
}

TEST_F(ApiTest, ACursorGoesOnForAKeyOfASource) {
  start({.keys = {.read = {{"web", {"web"}}}}});
  RowAnswer page{.watermark = {}, .rows = {row("a", 1)}};
  page.next = RowPlace{.key = "k"};
  rows_.state = page;
  const std::string body = get(kView, "limit=1", "Bearer web").body;
  const std::string before = R"("next":")";
  const auto at = body.find(before);
  ASSERT_NE(at, std::string::npos) << body;
  const std::string cursor =
      body.substr(at + before.size(), body.find('"', at + before.size()) - at - before.size());
  EXPECT_EQ(get(kView, "limit=1&cursor=" + cursor, "Bearer web").status, 200);
  EXPECT_EQ(get(kView, "limit=1&cursor=" + cursor + "&source=shop", "Bearer web").status, 400);
}

TEST_F(ApiTest, StreamsOfSeveralViewsAreOneAnswerInWhichEachIsRefusedAlone) {
  start();
  show_clicks();
  const auto answer =
      follow(R"({"streams":[{"id":"a","view":"clicks","query":"top=3"},{"id":"b","view":"clocks"},)"
             R"({"id":"c","view":"clicks","query":"topp=3"}]})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "text/event-stream");
  EXPECT_TRUE(answer.on_stream);
  EXPECT_THAT(answer.body, testing::Not(HasSubstr("event: a")));
  EXPECT_THAT(answer.body, HasSubstr(R"(event: b/end)"));
  EXPECT_THAT(answer.body, HasSubstr("unknown_view"));
  EXPECT_THAT(answer.body, HasSubstr("event: c/end"));
  EXPECT_THAT(answer.body, HasSubstr("did you mean top?"));
  const auto stream = std::make_shared<FakeStream>();
  answer.on_stream(stream);
  EXPECT_EQ(*stream->next(), "event: a\n");
  EXPECT_EQ(follow(R"({"streams":[{"id":"b","view":"clocks"}]})").status, 200) << "as a stream";
}

TEST_F(ApiTest, RawEventsAreFoundAndFollowed) {
  log_.add(PartitionId(0), {{.source = "web", .message_id = "a", .type = EventType::kTrack},
                            {.source = "web", .message_id = "b", .type = EventType::kTrack}});
  start();
  const auto first = get("/api/events", "limit=1&source=web");
  EXPECT_EQ(first.status, 200);
  EXPECT_THAT(first.body, HasSubstr(R"("message_id":"b")"));
  EXPECT_THAT(first.body, HasSubstr(R"("searched":{"records":2,)"));
  const std::string before = R"("next":")";
  const auto at = first.body.find(before);
  ASSERT_NE(at, std::string::npos) << first.body;
  const std::string cursor = first.body.substr(
      at + before.size(), first.body.find('"', at + before.size()) - at - before.size());
  const auto second = get("/api/events", "limit=1&source=web&cursor=" + cursor);
  EXPECT_THAT(second.body, HasSubstr(R"("message_id":"a")"));
  EXPECT_THAT(second.body, HasSubstr(R"("next":null)"));
  Receipt other = decode_receipt(cursor).value();
  other.log = LogId(other.log.value() + 1);
  EXPECT_EQ(get("/api/events", "limit=1&cursor=" + encode_receipt(other)).status, 400)
      << "of another log";
  const auto live = get("/api/events/live", "source=web");
  EXPECT_EQ(live.content_type, "text/event-stream");
  EXPECT_TRUE(live.on_stream);
}

TEST_F(ApiTest, ParametersOfRawEventsThatCannotBeReadAreRefused) {
  start();
  for (const std::string query :
       {"users=a", "type=click", "verdict=firs", "limit=0", "limit=1001", "cursor=nonsense",
        "from=yesterday", "from=2026-01-02&to=2026-01-01"}) {
    EXPECT_EQ(get("/api/events", query).status, 400) << query;
  }
  for (const std::string query : {"limit=1", "verdict=firs"}) {
    EXPECT_EQ(get("/api/events/live", query).status, 400) << query;
  }
}

TEST_F(ApiTest, RawEventsAreForKeysThatMaySeeEvents) {
  start({.keys = {.read = {{"all", {}}, {"web", {"web"}}}, .event = {"sees"}}});
  for (const std::string path : {"/api/events", "/api/events/live"}) {
    EXPECT_EQ(get(path, "", "").status, 401) << path;
    EXPECT_EQ(get(path, "readKey=sees", "").status, 401) << path;
    EXPECT_EQ(get(path, "", "Bearer all").status, 403) << path;
    EXPECT_EQ(get(path, "source=web", "Bearer web").status, 403) << path;
    EXPECT_EQ(get(path, "", "Bearer sees").status, 200) << path;
    EXPECT_EQ(get(path).status, 200) << path << " by an admin";
  }
}

TEST_F(ApiTest, DevicesThatMissNumbersAreForKeysThatMaySeeEvents) {
  start({.keys = {.read = {{"all", {}}, {"web", {"web"}}}, .event = {"sees"}}});
  const std::string path = "/api/gaps/devices";
  const std::string query = "source=web&day=2026-11-27";
  EXPECT_EQ(get(path, query, "").status, 401);
  EXPECT_EQ(get(path, query, "Bearer all").status, 403);
  EXPECT_EQ(get(path, query, "Bearer web").status, 403);
  EXPECT_FALSE(gaps_.devices_asked);
  get(path, query, "Bearer sees");
  EXPECT_TRUE(gaps_.devices_asked);
  EXPECT_EQ(get("/api/gaps", "", "Bearer all").status, 200) << "totals are of nobody";
  EXPECT_EQ(get("/api/gaps", "", "Bearer web").status, 200);
}

TEST_F(ApiTest, WhatAsksForNoStreamsIsRefusedAsAWhole) {
  start();
  show_clicks();
  for (const std::string body : {"", "{}", R"({"streams":[{"id":"a"}]})"}) {
    EXPECT_EQ(follow(body).status, 400) << body;
  }
  EXPECT_EQ(follow(std::string(kLiveBodyBytesMax + 1, ' ')).status, 413);
  EXPECT_EQ(get("/api/live").status, 405);
}

TEST_F(ApiTest, EachOfSeveralStreamsIsOfTheSourcesOfItsKey) {
  start({.keys = {.read = {{"web", {"web"}}}}});
  served_.set({{"events_per_minute", minutes_.served()}, {"clicks", clicks_.served()}});
  moments_.begin(*minutes_.served());
  const std::string body =
      R"({"streams":[{"id":"a","view":"events_per_minute"},)"
      R"({"id":"b","view":"events_per_minute","query":"source=shop"},{"id":"c","view":"clicks"}]})";
  EXPECT_EQ(follow(body, "").status, 401);
  const auto answer = follow(body, "Bearer web");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, testing::Not(HasSubstr("event: a")));
  EXPECT_THAT(answer.body, HasSubstr("event: b/end"));
  EXPECT_THAT(answer.body, HasSubstr("reads the rows of web alone"));
  EXPECT_THAT(answer.body, HasSubstr("event: c/end"));
  EXPECT_THAT(answer.body, HasSubstr("does not group by source"));
}

TEST_F(ApiTest, ALiveStreamOfAKeyIsOfItsSource) {
  start({.keys = {.read = {{"web", {"web"}}}}});
  show_clicks();
  for (const std::string& path : {kClicks, kClicks + "/live"}) {
    const auto answer = get(path, "", "Bearer web");
    EXPECT_EQ(answer.status, 403) << path;
    EXPECT_THAT(answer.body, HasSubstr("does not group by source"));
  }
  served_.set({{"events_per_minute", minutes_.served()}});
  moments_.begin(*minutes_.served());
  EXPECT_EQ(get(kView + "/live", "readKey=web&source=shop", "").status, 403);
  EXPECT_EQ(get(kView + "/live", "source=shop", "Bearer web").status, 403);
  EXPECT_EQ(get(kView + "/live", "readKey=web", "").status, 200);
}

// Reliability row 49.
TEST_F(ApiTest, ADoubtedClockIsSaidAndServes) {
  start();
  EXPECT_EQ(get("/health/ready").body, R"({"status":"ready"})");
  clock_status_.is_doubted = true;
  clock_status_.epoch = ClockEpoch(3);
  clock_status_.reason = "the clock began at 1970";
  EXPECT_EQ(get("/health/ready").status, 200);
  EXPECT_EQ(get("/health/ready").body, R"({"status":"ready","clock":"doubted"})");
  const std::string audit = get("/api/audit").body;
  EXPECT_NE(audit.find(R"("doubted":true)"), std::string::npos);
  EXPECT_NE(audit.find("the clock began at 1970"), std::string::npos);
}

TEST_F(ApiTest, IsNotReadyOnceProcessingHasStopped) {
  start();
  EXPECT_EQ(get("/health/ready").status, 200);
  processing_error_ = "the record at partition 0 offset 7 cannot be read";
  const auto response = get("/health/ready");
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, HasSubstr("offset 7"));
  EXPECT_EQ(get("/health/live").status, 200);
}

TEST_F(ApiTest, IsLiveWhileTheLogMayTakeEventsAgain) {
  start();
  log_.set_status({.writable = false, .reason = "the disk is full"});
  EXPECT_EQ(get("/health/ready").status, 503);
  EXPECT_EQ(get("/health/live").status, 200);
}

TEST_F(ApiTest, IsNotLiveOnceTheLogIsClosedAndTheLastAnswersAreOut) {
  start();
  log_.set_status({.writable = false, .reason = "fdatasync: bad disk", .closed = true});
  std::optional unanswered = arrivals_.arrive();
  EXPECT_EQ(get("/health/live").status, 200);
  unanswered.reset();
  for (const std::string path : {"/health/live", "/health", "/health/ready"}) {
    const auto response = get(path);
    EXPECT_EQ(response.status, 503) << path;
    EXPECT_THAT(response.body, HasSubstr("bad disk")) << path;
  }
}

TEST_F(ApiTest, AServerThatOnlyReadsSaysWhereEventsGo) {
  start_reading();
  for (const std::string path : {"/v1/batch", "/v1/track", "/v1/projects/key/settings"}) {
    HttpRequest request = page_request("POST", path);
    request.body = R"({"batch":[]})";
    FakeResponder responder;
    send(std::move(request), responder);
    const HttpResponse response = responder.wait();
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_TRUE(is_readable(response)) << path;
    EXPECT_EQ(response.body.find("hapax collect") != std::string::npos,
              path != "/v1/projects/key/settings");
  }
  EXPECT_EQ(get(kView).status, 200);
  EXPECT_EQ(get("/api/audit").status, 200);
  EXPECT_EQ(get("/health/ready").status, 200);
}

TEST_F(ApiTest, AServerThatOnlyReadsChangesNoViewAndHasNoRawEvents) {
  start_reading();
  for (const std::string path : {"/api/events", "/api/events/live"}) {
    const auto response = get(path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_THAT(response.body, HasSubstr("raw events of a cluster")) << path;
  }
  const std::vector<std::pair<std::string, std::string>> changes{
      {"POST", "/api/views"},
      {"PUT", "/api/views/clicks"},
      {"DELETE", "/api/views/clicks"},
      {"POST", "/api/views/clicks/rebuild"}};
  for (const auto& [method, path] : changes) {
    HttpRequest request = admin_request(path);
    request.method = method;
    FakeResponder responder;
    send(std::move(request), responder);
    const HttpResponse response = responder.wait();
    EXPECT_EQ(response.status, 409) << method << ' ' << path;
    EXPECT_THAT(response.body, HasSubstr("its cluster")) << method << ' ' << path;
  }
}

TEST_F(ApiTest, ShowsMetricsWithOrWithoutTheBooks) {
  start();
  source_.report = AuditReport{.sources = {make_test_source("web")}, .partitions = {}};
  EXPECT_EQ(get("/metrics").body, "sources 1");
  source_.report = Error{ErrorKind::kClosed, "shutting down"};
  const auto response = get("/metrics");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "shutting down");
}

TEST_F(ApiTest, KnowsItsPathsInAnySpelling) {
  start();
  EXPECT_EQ(get("//api///views/").status, 200);
  EXPECT_EQ(get("/api/nothing").status, 404);
}

TEST_F(ApiTest, ShowsAPageToWhoComesWithoutAPath) {
  ApiSettings settings;
  settings.version = "1.2";
  start(std::move(settings));
  for (const std::string path : {"/", "", "//"}) {
    const auto page = get(path, "utm_source=x");
    EXPECT_EQ(page.status, 200) << path;
    EXPECT_THAT(page.body, HasSubstr("1.2")) << path;
    EXPECT_THAT(page.body, HasSubstr("Bearer READ_KEY")) << path;
  }
}

TEST_F(ApiTest, ShowsTheDashboardWithoutAKeyAndItsFilesByTheirPath) {
  static constexpr std::array<Asset, 3> kCarried{
      {{.path = "/", .content_type = "text/html; charset=utf-8", .plain = "dashboard"},
       {.path = "/assets/a-1.js", .content_type = "text/javascript", .plain = "script"},
       {.path = "/sdk.js", .is_shared = true, .plain = "sdk"}}};
  assets_ = kCarried;
  ApiSettings settings;
  settings.version = "1.2";
  start(std::move(settings));
  EXPECT_EQ(get("/").body, "dashboard");
  EXPECT_EQ(get("//assets/a-1.js").body, "script");
  EXPECT_EQ(get("/sdk.js").body, "sdk");
  EXPECT_EQ(get("/assets/a-2.js").status, 404);
  HttpRequest request = get_request("/");
  request.accept = "application/json";
  FakeResponder responder;
  send(std::move(request), responder);
  EXPECT_THAT(responder.wait().body, HasSubstr("1.2"));
}

TEST_F(ApiTest, AWrongMethodIsSaidOnlyWhereThereIsSomething) {
  start();
  for (const auto& [path, status] :
       {std::pair("/v1/nothing", 404), std::pair("/api/audit", 405), std::pair("/metrics", 405)}) {
    HttpRequest request = get_request(path);
    request.method = "POST";
    FakeResponder responder;
    send(std::move(request), responder);
    EXPECT_EQ(responder.wait().status, status) << path;
  }
}

TEST_F(ApiTest, AnswersPreflightsOfEveryPath) {
  start();
  for (const std::string path : {"/v1/t", "/api/s/track", "/sourceConfig",
                                 "/v1/projects/k/settings", "/api/audit", "/nothing"}) {
    HttpRequest request = page_request("OPTIONS", path);
    request.preflight_headers = "authorization,x-write-key";
    FakeResponder responder;
    send(std::move(request), responder);
    const auto response = responder.wait();
    EXPECT_EQ(response.status, 204) << path;
    EXPECT_TRUE(is_readable(response)) << path;
    EXPECT_THAT(response.headers,
                Contains(Pair("Access-Control-Allow-Headers", "authorization,x-write-key")));
  }
}

TEST_F(ApiTest, PagesOfOtherOriginsReadErrorsAndWhatSdksAskForAndNothingElse) {
  start();
  for (const auto& [method, path, status, readable] :
       {std::tuple("POST", "/v1/t", 400, true), std::tuple("GET", "/v1/t", 405, true),
        std::tuple("GET", "/sourceConfig", 200, true),
        std::tuple("POST", "/sourceConfig", 405, true),
        std::tuple("GET", "/v1/projects/k/settings", 200, true),
        std::tuple("POST", "/v1/nothing", 404, true), std::tuple("POST", "/api/audit", 405, true),
        std::tuple("GET", "/api/audit", 200, false), std::tuple("GET", "/metrics", 200, false),
        std::tuple("GET", "/api/views/events_per_minute", 200, false),
        std::tuple("GET", "/api/views/of_somebody", 404, false),
        std::tuple("DELETE", "/api/views/of_somebody", 404, false)}) {
    HttpRequest request = page_request(method, path);
    request.authorization = "Bearer admin";
    request.host = "localhost";
    FakeResponder responder;
    send(std::move(request), responder);
    const auto response = responder.wait();
    EXPECT_EQ(response.status, status) << path;
    EXPECT_EQ(is_readable(response), readable) << method << path;
  }
}

TEST_F(ApiTest, JitsusPathsAskForAWriteKeyNotForAReadKey) {
  start({.keys = {.read = {{"one", {}}}}});
  HttpRequest request = get_request("/api/s/track");
  request.method = "POST";
  request.write_key = "k:secret";
  request.body = R"({"event":"E","userId":"u","writeKey":"k:***"})";
  FakeResponder responder;
  send(std::move(request), responder);
  log_.sync();
  EXPECT_EQ(responder.wait().status, 200);
}

TEST_F(ApiTest, TakesTheWriteKeyOfTheQueryInAnyCase) {
  start();
  HttpRequest request = get_request("/v1/track");
  request.method = "POST";
  request.query = "WriteKEY=shop";
  request.body = R"({"event":"E","userId":"u"})";
  FakeResponder responder;
  send(std::move(request), responder);
  log_.sync();
  EXPECT_EQ(responder.wait().status, 200);
  EXPECT_THAT(log_.batches(PartitionId(0)).back().records, HasSubstr("shop"));
}

TEST_F(ApiTest, TellsTheCollectorThatARequestIsARetry) {
  start();
  clock_.set_now(processing_time_from_micros(1'577'840'401'000'000));  // 2020-01-01T01:00:01Z
  for (const bool is_retry : {true, false}) {
    HttpRequest request = get_request("/v1/batch");
    request.method = "POST";
    request.is_retry = is_retry;
    request.body = R"({"batch":[{"type":"page","userId":"u","timestamp":"2020-01-01T00:00:00Z"}],
        "sentAt":"2020-01-01T00:00:01Z","context":{"library":{"name":"@segment/analytics-node",
        "version":"3.1.0"}}})";
    FakeResponder responder;
    send(std::move(request), responder);
    log_.sync();
    EXPECT_EQ(responder.wait().status, 200);
  }
  const auto counts = collector_.stats().event_times;
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[0].reason, "behind_corrected");
  EXPECT_EQ(counts[1].reason, "behind_left");
}

TEST_F(ApiTest, AnswersWhatIsLeftBeforeItStops) {
  start();
  FakeResponder responder;
  send(admin_request("/api/audit"), responder);
  api_->stop();
  EXPECT_EQ(responder.wait().status, 200);
}

TEST_F(ApiTest, ASearchForEventsEndsWithTheServer) {
  log_.add(PartitionId(0), {{.source = "web", .message_id = "a", .type = EventType::kTrack}});
  start();
  api_->stop();
  const auto response = get("/api/events");
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, HasSubstr("shutting_down"));
}

TEST_F(ApiTest, BoardsAreReadByReadersAndChangedByAdmins) {
  start({.keys = {.read = {{"reader", {}}, {"of_web", {"web"}}}}});
  const auto ask = [this](const std::string& method, const std::string& key) {
    HttpRequest request = get_request("/api/boards/mine");
    request.method = method;
    request.authorization = "Bearer " + key;
    request.body = R"({"name":"Mine","panels":[]})";
    FakeResponder responder;
    send(std::move(request), responder);
    return responder.wait().status;
  };
  for (const std::string method : {"PUT", "DELETE"}) {
    EXPECT_EQ(ask(method, "reader"), 403) << method;
    EXPECT_EQ(ask(method, ""), 401) << method;
  }
  EXPECT_EQ(ask("PUT", "admin"), 201);
  EXPECT_EQ(ask("GET", "reader"), 200);
  EXPECT_EQ(ask("GET", "of_web"), 403);
  EXPECT_EQ(ask("GET", ""), 401);
  EXPECT_EQ(get("/api/boards", "", "Bearer reader").status, 200);
  EXPECT_EQ(ask("DELETE", "admin"), 200);
}

}  // namespace
}  // namespace hapax
