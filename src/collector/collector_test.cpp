// SPDX-License-Identifier: Apache-2.0
#include "collector/collector.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/collector_test_support.hpp"
#include "core/timestamp.hpp"
#include "hash/hash.hpp"

namespace hapax {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CollectorTest : public CollectorHarness {};

std::string track(std::string_view id, std::string_view rest = "") {
  return R"({"type":"track","event":"E","userId":"u","messageId":")" + std::string(id) + '"' +
         std::string(rest) + '}';
}

std::string batch_of(std::initializer_list<std::string> events) {
  std::string body = R"({"batch":[)";
  for (const std::string& event : events) {
    body += (body.ends_with('[') ? "" : ",") + event;
  }
  return body + "]}";
}

TEST_F(CollectorTest, AnswersABatchWithItsReceipt) {
  const IngestResponse response = post("/v1/batch", batch_of({track("1"), track("2")}));
  EXPECT_EQ(response.status, 200);
  const json body = json_of(response);
  EXPECT_EQ(body["success"], true);
  EXPECT_EQ(body["accepted"], 2);
  EXPECT_EQ(body["rejected"], 0);
  EXPECT_FALSE(body.contains("errors"));
  const auto receipt = decode_receipt(body["receipt"].get<std::string>());
  ASSERT_TRUE(receipt.has_value());
  ASSERT_EQ(receipt->ends.size(), 1);
  EXPECT_EQ(receipt->ends[0].end, Offset(2));
  EXPECT_EQ(stored().size(), 2);
}

TEST_F(CollectorTest, SaysNothingBeforeTheRecordsAreDurable) {
  log.hold = true;
  bool answered = false;
  collector().ingest({.path = "/v1/track",
                      .authorization = {},
                      .content_encoding = {},
                      .query_write_key = {},
                      .body = track("1")},
                     [&](const IngestResponse&) { answered = true; });
  EXPECT_FALSE(answered);
  EXPECT_EQ(collector().stats().events_received, 1);
  EXPECT_EQ(collector().stats().events_accepted, 0);
  log.finish();
  EXPECT_TRUE(answered);
  expect_balanced_books();
}

TEST_F(CollectorTest, MayGoWhileAppendsAreUnderWay) {
  log.hold = true;
  int status = 0;
  {
    Collector short_lived(settings, log, arrivals, random, any_name);
    short_lived.ingest({.path = "/v1/track",
                        .authorization = {},
                        .content_encoding = {},
                        .query_write_key = {},
                        .body = track("1")},
                       [&](const IngestResponse& response) { status = response.status; });
  }
  log.finish();
  EXPECT_EQ(status, 200);
}

struct LogFailure {
  const char* code;
  Error error;
  bool at_once;
};

// Rows 8 and 42: whatever goes wrong with the log, nobody hears success, and the retry is stored.
TEST_F(CollectorTest, AnswersNoSuccessWithoutTheLog) {
  const LogFailure failures[] = {
      {"overloaded", {ErrorKind::kExhausted, "queue full"}, true},
      {"log_unavailable", {ErrorKind::kUnavailable, "closed after a failed sync"}, true},
      {"log_unavailable", {ErrorKind::kClosed, "stopping"}, true},
      {"disk_full", {ErrorKind::kExhausted, "disk full"}, false},
      {"resources_exhausted",
       {.kind = ErrorKind::kExhausted, .message = "no file", .resource = Resource::kSystem},
       false},
      {"log_unavailable", {ErrorKind::kUnavailable, "sync failed"}, false},
  };
  for (const LogFailure& failure : failures) {
    (failure.at_once ? log.refuse_at_once : log.fail_later) = failure.error;
    const IngestResponse response = post("/v1/batch", batch_of({track("1"), R"({"type":"x"})"}));
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(json_of(response)["code"], failure.code);
    EXPECT_EQ(json_of(response)["success"], false);
    ASSERT_TRUE(response.retry_after.has_value());
    EXPECT_GE(response.retry_after->count(), 1);
    EXPECT_THAT(stored(), IsEmpty());
    log.refuse_at_once.reset();
    log.fail_later.reset();
  }
  EXPECT_EQ(collector().stats().events_unavailable, 12);
  expect_balanced_books();
  EXPECT_EQ(post("/v1/batch", batch_of({track("1")})).status, 200);
  EXPECT_EQ(stored().size(), 1);
  expect_balanced_books();
}

// Row 43: the bad ones harm only themselves, and a retry of all has the same ids.
TEST_F(CollectorTest, StoresTheGoodAndTheBadOfABatch) {
  std::string body = R"({"batch":[)";
  for (int i = 0; i < 100; ++i) {
    body += i == 0 ? "" : ",";
    body += i == 7    ? R"({"type":"track","userId":"u","messageId":"7"})"
            : i == 50 ? R"("no object")"
            : i == 99 ? R"({"type":"dance","userId":"u","messageId":"99"})"
                      : track(std::to_string(i));
  }
  body += "]}";
  for (int attempt = 0; attempt < 2; ++attempt) {
    const IngestResponse response = post("/v1/batch", body);
    EXPECT_EQ(response.status, 200);
    const json answer = json_of(response);
    EXPECT_EQ(answer["accepted"], 97);
    EXPECT_EQ(answer["rejected"], 3);
    ASSERT_EQ(answer["errors"].size(), 3);
    EXPECT_EQ(answer["errors"][0]["index"], 7);
    EXPECT_EQ(answer["errors"][0]["messageId"], "7");
    EXPECT_EQ(answer["errors"][0]["code"], "missing_event");
    EXPECT_EQ(answer["errors"][1]["index"], 50);
    EXPECT_EQ(answer["errors"][1]["code"], "not_an_object");
    EXPECT_EQ(answer["errors"][2]["index"], 99);
    EXPECT_EQ(answer["errors"][2]["code"], "unknown_type");
  }
  std::map<std::string, int> times_by_id;
  for (const EventView& event : stored()) {
    ++times_by_id[std::string(event.message_id)];
  }
  EXPECT_EQ(times_by_id.size(), 99 + 2);  // The string has no id of its own: one for each attempt.
  EXPECT_EQ(times_by_id["7"], 2);
  EXPECT_EQ(collector().stats().rejections,
            (std::map<std::string, std::uint64_t>{
                {"missing_event", 2}, {"not_an_object", 2}, {"unknown_type", 2}}));
  expect_balanced_books();
}

TEST_F(CollectorTest, KeepsADeadLetterWithItsBytes) {
  const std::string bad =
      R"({ "type":"track", "messageId":"m", "userId":{"a":1e400} , "event":"E" })";
  post({.path = "/v1/batch",
        .authorization = {},
        .content_encoding = {},
        .query_write_key = "shop",
        .body = "{\"batch\":[ " + bad + " ]}"});
  EXPECT_EQ(
      only(),
      (EventView{.source = "shop",
                 .message_id = "m",
                 .received_at = clock.time,
                 .rejection = RejectionView{.code = "invalid_field",
                                            .reason = "Ids and names must be strings or numbers.",
                                            .original = bad}}));
}

TEST_F(CollectorTest, KeepsTheBytesOfElementsThatAreNoObjects) {
  const std::string elements[] = {"1", "-1.5e400", "null", "true", R"("a\n b")", "[]", "[ {}, 1 ]"};
  std::string body = R"({"batch":[)";
  for (const std::string& element : elements) {
    body += element + (element == "[ {}, 1 ]" ? "" : " , ");
  }
  EXPECT_EQ(json_of(post("/v1/batch", body + " ]}"))["rejected"], std::size(elements));
  const auto events = stored();
  ASSERT_EQ(events.size(), std::size(elements));
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].rejection->code, "not_an_object");
    EXPECT_EQ(events[i].rejection->original, elements[i]);
  }
}

TEST_F(CollectorTest, AnswersASingleBadEventWith400OnceItIsDurable) {
  log.hold = true;
  std::optional<IngestResponse> answer;
  collector().ingest({.path = "/v1/track",
                      .authorization = {},
                      .content_encoding = {},
                      .query_write_key = {},
                      .body = R"( {"userId":"u"} )"},
                     [&](IngestResponse response) { answer = std::move(response); });
  EXPECT_FALSE(answer.has_value());
  log.finish();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status, 400);
  const json body = json_of(*answer);
  EXPECT_EQ(body["success"], false);
  for (const char* key : {"code", "error"}) {
    EXPECT_EQ(body[key], "missing_event");
  }
  for (const char* key : {"message", "detail", "error_description"}) {
    EXPECT_EQ(body[key], "A track call needs event, its name.");
  }
  EXPECT_EQ(body["status"], 400);
  EXPECT_EQ(only().rejection->original, R"({"userId":"u"})");
}

TEST_F(CollectorTest, RefusesWhatItCannotTakeApart) {
  settings.batch_events_limit = 2;
  settings.body_bytes_limit = 1000;
  const std::tuple<const char*, std::string, int, const char*> cases[] = {
      {"/v1/batch", "", 400, "empty_body"},
      {"/v1/batch", " \n", 400, "empty_body"},
      {"/v1/batch", "null", 400, "not_an_object"},
      {"/v1/batch", "[]", 400, "not_an_object"},
      {"/v1/batch", "7", 400, "not_an_object"},
      {"/v1/batch", "{}", 400, "missing_batch"},
      {"/v1/batch", R"({"batch":{}})", 400, "missing_batch"},
      {"/v1/batch", R"({"batch":null})", 400, "missing_batch"},
      {"/v1/batch", "{", 400, "invalid_json"},
      {"/v1/batch", R"({"batch":[)" + track("1"), 400, "invalid_json"},
      {"/v1/batch", batch_of({track("1")}) + "x", 400, "invalid_json"},
      {"/v1/batch", batch_of({track("1")}) + "{}", 400, "invalid_json"},
      {"/v1/batch", batch_of({track("1"), track("2"), track("3")}), 413, "too_many_events"},
      {"/v1/batch", std::string(1001, ' '), 413, "body_too_large"},
      {"/v1/nothing", "{}", 404, "not_found"},
  };
  for (const auto& [path, body, status, code] : cases) {
    const IngestResponse response = post(path, body);
    EXPECT_EQ(response.status, status) << body;
    EXPECT_EQ(json_of(response)["code"], code) << body;
    EXPECT_FALSE(response.retry_after.has_value());
  }
  EXPECT_THAT(log.kept(), IsEmpty());
  EXPECT_EQ(collector().stats().requests, std::size(cases));
  EXPECT_EQ(refused("invalid_json"), 4);
}

TEST_F(CollectorTest, AcceptsAnEmptyBatchWithoutAnAppend) {
  log.refuse_at_once = Error{ErrorKind::kInternal, "nothing to append"};
  const IngestResponse response = post("/v1/batch", R"({"batch":[]})");
  EXPECT_EQ(response.status, 200);
  EXPECT_TRUE(decode_receipt(json_of(response)["receipt"].get<std::string>()).has_value());
}

TEST_F(CollectorTest, HoldsTheLimitsOfOneEvent) {
  settings.event_bytes_limit = 200;
  settings.json_depth_limit = 5;
  const std::string just = track("1", R"(,"properties":{"a":[[[]]]})");
  const std::string too_deep = track("2", R"(,"properties":{"a":[[[[]]]]})");
  const std::string padding(200 - track("3").size() - 7, 'x');
  const std::string full = track("3", R"(,"x":")" + padding + '"');
  const std::string too_large = track("4", R"(,"x":")" + padding + "x\"");
  const std::string long_id = track(std::string(60, '5'));
  const json answer =
      json_of(post("/v1/batch", batch_of({just, too_deep, full, too_large, long_id})));
  EXPECT_EQ(answer["accepted"], 3);
  ASSERT_EQ(answer["errors"].size(), 2);
  EXPECT_EQ(answer["errors"][0]["code"], "event_too_deep");
  EXPECT_EQ(answer["errors"][1]["code"], "event_too_large");
}

TEST_F(CollectorTest, RefusesIdsThatAreTooLong) {
  post("/v1/batch", batch_of({track(std::string(1024, 'i')), track(std::string(1025, 'i'))}));
  ASSERT_EQ(stored().size(), 2);
  int rejected = 0;
  for (const EventView& event : stored()) {
    rejected += event.rejection && event.rejection->code == "field_too_long" ? 1 : 0;
  }
  EXPECT_EQ(rejected, 1);
}

TEST_F(CollectorTest, SurvivesDeepNesting) {
  const std::string deep(100'000, '[');
  EXPECT_EQ(post("/v1/batch", R"({"batch":[)" + deep).status, 400);
  EXPECT_EQ(post("/v1/batch", R"({"batch":[)" + deep + std::string(100'000, ']') + "]}").status,
            200);
  EXPECT_EQ(post("/v1/track", R"({"a":)" + deep + std::string(100'000, ']') + "}").status, 400);
}

TEST_F(CollectorTest, PartitionsByKeyAndKeepsTheInnerOrder) {
  std::string body = R"({"batch":[)";
  for (int i = 0; i < 200; ++i) {
    std::string rest = R"(,"anonymousId":"device-)";
    rest += std::to_string(i % 20) + '"';
    body += i == 0 ? "" : ",";
    body += track(std::to_string(i), rest);
  }
  post("/v1/batch", body + "]}");
  EXPECT_EQ(log.kept().size(), log.partition_count());
  for (const PartitionRecords& part : log.kept()) {
    Digest digest;
    std::uint32_t count = 0;
    int last = -1;
    for (std::string_view rest = part.records; !rest.empty(); ++count) {
      const auto event = decode_event(*take_framed(rest));
      ASSERT_TRUE(event.has_value());
      EXPECT_EQ(hash64(event->anonymous_id) % log.partition_count(), part.partition.value());
      EXPECT_GT(std::stoi(std::string(event->message_id)), last);
      last = std::stoi(std::string(event->message_id));
      const Hash128 id = IdHasher().event_id(event->source, event->message_id);
      ASSERT_LT(count, part.ids.size());
      EXPECT_EQ(part.ids[count], id);
      digest.add(id);
    }
    EXPECT_EQ(part.ids.size(), count);
    EXPECT_EQ(part.record_count, count);
    EXPECT_EQ(part.digest, digest);
  }
}

// Row 12: one id in two sources is two events.
TEST_F(CollectorTest, TellsOneIdOfTwoSourcesApart) {
  for (const char* key : {"shop", "blog"}) {
    post({.path = "/v1/track",
          .authorization = {},
          .content_encoding = {},
          .query_write_key = key,
          .body = track("1")});
  }
  ASSERT_EQ(log.kept().size(), 2);
  EXPECT_EQ(stored()[0].source, "shop");
  EXPECT_EQ(stored()[1].source, "blog");
  EXPECT_NE(log.kept()[0].digest, log.kept()[1].digest);
}

TEST_F(CollectorTest, MakesAnIdWhereTheClientMadeNone) {
  for (const char* id : {"", R"(,"messageId":null)", R"(,"messageId":"")"}) {
    post("/v1/track", R"({"event":"E","userId":"u")" + std::string(id) + "}");
  }
  const auto events = stored();
  ASSERT_EQ(events.size(), 3);
  for (const EventView& event : events) {
    EXPECT_TRUE(event.flags & kEventFlagServerMessageId);
    EXPECT_EQ(event.message_id.size(), 36);
    EXPECT_EQ(event.message_id[14], '4');
    EXPECT_THAT(std::string("89ab"), ::testing::HasSubstr(std::string(1, event.message_id[19])));
  }
  EXPECT_NE(events[0].message_id, events[1].message_id);
  EXPECT_NE(events[1].message_id, events[2].message_id);
}

// Rows 5 and 6: every time has a place, none is skipped.
TEST_F(CollectorTest, StoresEventsOfAnyTime) {
  const std::pair<const char*, std::int64_t> times[] = {
      {"-0.001", -1},
      {"0", 0},
      {"0.001", 1},
      {"\"1969-12-31T23:59:59.999999Z\"", -1},
      {"-9223372036854775.807", std::numeric_limits<std::int64_t>::min() + 1},
      {"\"0000-01-01T00:00:00Z\"", -62'167'219'200'000'000},
  };
  for (const auto& [text, micros] : times) {
    post("/v1/track", track("1", std::string(R"(,"timestamp":)") + text));
    const EventView event = stored().back();
    EXPECT_FALSE(event.rejection.has_value()) << text;
    EXPECT_EQ(event.original_timestamp, event_time_from_micros(micros)) << text;
    EXPECT_EQ(event.event_time, event_time_from_micros(micros)) << text;
    EXPECT_EQ(event.flags, 0);
  }
  EXPECT_EQ(stored().size(), std::size(times));
  expect_balanced_books();
}

TEST_F(CollectorTest, FlagsClocksThatAreAhead) {
  post("/v1/track", track("1", R"(,"timestamp":"2026-11-23T22:50:37.001Z")"));
  EXPECT_EQ(only().event_time, as_event_time(clock.time));
  EXPECT_EQ(only().flags, kEventFlagClockAhead);
}

// Row 54: an event is never lost for its time.
TEST_F(CollectorTest, CountsEventsWithUnreadableTimesAtTheirArrival) {
  const std::pair<const char*, const char*> times[] = {
      {R"("soon")", "soon"},
      {R"("10013-11-26T00:00:00Z")", "10013-11-26T00:00:00Z"},
      {R"("+275760-09-13T00:00:00.000Z")", "+275760-09-13T00:00:00.000Z"},
      {R"("a\"\u00e9")", "a\"\u00e9"},
      {"1e300", "1e300"},
      {"true", "true"},
      {R"({"a": [1]})", R"({"a": [1]})"},
      {R"(" ")", " "},
  };
  for (const auto& [sent, kept] : times) {
    start_anew();
    EXPECT_EQ(post("/v1/track", track("1", std::string(R"(,"timestamp":)") + sent)).status, 200);
    EXPECT_EQ(only().event_time, as_event_time(clock.time)) << sent;
    EXPECT_EQ(only().flags, kEventFlagTimeUnreadable) << sent;
    EXPECT_EQ(only().original_timestamp_text, kept);
    EXPECT_EQ(only().original_timestamp, std::nullopt) << sent;
    EXPECT_FALSE(only().rejection.has_value()) << sent;
  }
}

TEST_F(CollectorTest, KeepsAnUnreadableTimeUpToItsLimit) {
  std::string text(1023, 'x');
  post("/v1/track", track("1", R"(,"timestamp":")" + text + "\u00e9" + R"(y")"));
  EXPECT_EQ(only().original_timestamp_text, text);
  start_anew();
  text += 'x';
  post("/v1/track", track("1", R"(,"timestamp":")" + text + R"(")"));
  EXPECT_EQ(only().original_timestamp_text, text);
}

TEST_F(CollectorTest, TakesTheTimeThatCanBeReadOfTwo) {
  constexpr const char* kReadable = R"("2020-01-01T00:00:00Z")";
  for (const std::string times :
       {R"("timestamp":"soon","originalTimestamp":)", R"("timestamp":null,"originalTimestamp":)",
        R"("originalTimestamp":"soon","timestamp":)"}) {
    start_anew();
    post("/v1/track", track("1", "," + times + kReadable));
    EXPECT_EQ(only().event_time, event_time_from_micros(1'577'836'800'000'000)) << times;
    EXPECT_EQ(only().flags, 0);
    EXPECT_EQ(only().original_timestamp_text, "");
  }
  start_anew();
  post("/v1/track", track("1", R"(,"originalTimestamp":"soon")"));
  EXPECT_EQ(only().original_timestamp_text, "soon");
}

TEST_F(CollectorTest, ReadsSecondsAndSaysSo) {
  for (const char* seconds : {"1764151200", R"("1764151200")", "1764151200.0"}) {
    start_anew();
    post("/v1/track", track("1", std::string(R"(,"timestamp":)") + seconds));
    EXPECT_EQ(only().event_time, event_time_from_micros(1'764'151'200'000'000)) << seconds;
    EXPECT_EQ(only().flags, kEventFlagSeconds);
  }
}

TEST_F(CollectorTest, CorrectsAClockByTheSentAtOfTheEventBeforeTheBatch) {
  post("/v1/batch", R"({"batch":[)" + track("1", R"(,"timestamp":"2026-11-23T22:50:00Z")") + "," +
                        track("2", R"(,"timestamp":"2026-11-23T22:50:00Z",
                                      "sentAt":"2026-11-23T23:40:37Z")") +
                        R"(],"sentAt":"2026-11-23T22:50:37Z"})");
  ASSERT_EQ(stored().size(), 2);
  EXPECT_EQ(stored()[0].event_time, as_event_time(clock.time - std::chrono::seconds(37)));
  EXPECT_EQ(stored()[1].event_time, as_event_time(clock.time - std::chrono::seconds(3037)));
  EXPECT_EQ(stored()[1].flags, kEventFlagClockCorrected);
  EXPECT_EQ(stored()[1].original_timestamp, parse_timestamp("2026-11-23T22:50:00Z"));
  EXPECT_EQ(stored()[1].sent_at, parse_timestamp("2026-11-23T23:40:37Z"));
}

TEST_F(CollectorTest, TreatsAnUnreadableSentAtAsNotSent) {
  post("/v1/batch", R"({"sentAt":"soon","batch":[)" +
                        track("1", R"(,"timestamp":"2020-01-01T00:00:00Z","sentAt":[])") + "]}");
  EXPECT_EQ(only().event_time, event_time_from_micros(1'577'836'800'000'000));
  EXPECT_EQ(only().sent_at, std::nullopt);
}

TEST_F(CollectorTest, RefusesBadKeysWhenKeysAreConfigured) {
  settings.write_keys = {{"WK", "shop"}};
  EXPECT_EQ(post("/v1/track", track("1")).status, 401);
  EXPECT_EQ(post("/v1/track", track("1", R"(,"writeKey":"nope")")).status, 401);
  EXPECT_EQ(post("/v1/track", track("1", R"(,"writeKey":{}})")).status, 401);
  EXPECT_EQ(post("/v1/track", track("1", R"(,"writeKey":{})")).status, 401);
  EXPECT_THAT(log.kept(), IsEmpty());
  EXPECT_EQ(collector().stats().events_received, 0);
  EXPECT_EQ(post("/v1/track", track("1", R"(,"writeKey":"WK")")).status, 200);
  EXPECT_EQ(only().source, "shop");
}

TEST_F(CollectorTest, FindsTheBatchKeyBeforeAndAfterTheEvents) {
  settings.write_keys = {{"WK", "shop"}};
  EXPECT_EQ(post("/v1/b", R"({"writeKey":"WK","batch":[)" + track("1") + "]}").status, 200);
  EXPECT_EQ(post("/v1/b", R"({"batch":[)" + track("1") + R"(],"writeKey":"WK"})").status, 200);
}

TEST_F(CollectorTest, ServesSegmentRoutesOnly) {
  EXPECT_TRUE(Collector::serves("/v1/import/"));
  EXPECT_TRUE(Collector::serves("//v1/t"));
  EXPECT_FALSE(Collector::serves("/v1/projects/WK/settings"));
}

}  // namespace
}  // namespace hapax
