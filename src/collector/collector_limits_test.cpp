// SPDX-License-Identifier: Apache-2.0
// What one request can make the collector do: every limit ends in an answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

#include "collector/collector_test_support.hpp"

namespace hapax {
namespace {

using nlohmann::json;
using ::testing::IsEmpty;

class CollectorLimitsTest : public CollectorHarness {};

std::string batch_with_context(std::size_t context_bytes, std::size_t events,
                               const std::string& event = R"({"type":"page","userId":"u"})") {
  std::string body =
      R"({"context":{"x":")" + std::string(context_bytes - 8, 'x') + R"("},"batch":[)";
  for (std::size_t i = 0; i < events; ++i) {
    body += (i == 0 ? "" : ",") + event;
  }
  return body + "]}";
}

TEST_F(CollectorLimitsTest, CountsTheContextOfTheBatchInEachEvent) {
  const std::string event = R"({"type":"page","userId":"u"})";
  settings.event_bytes_limit = 1000;
  EXPECT_EQ(json_of(post("/v1/batch", batch_with_context(1000 - event.size(), 1)))["accepted"], 1);
  const json answer = json_of(post("/v1/batch", batch_with_context(1001 - event.size(), 2)));
  EXPECT_EQ(answer["accepted"], 0);
  ASSERT_EQ(answer["errors"].size(), 2);
  EXPECT_EQ(answer["errors"][1]["code"], "event_too_large");
  EXPECT_EQ(stored().back().rejection->original, event);
  expect_balanced_books();
}

// 9 GB of records, from a body of 1 MB.
TEST_F(CollectorLimitsTest, RefusesABatchOfMoreRecordsThanOneAppendTakes) {
  const IngestResponse response = post("/v1/batch", batch_with_context(900'000, 10'000));
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(json_of(response)["code"], "batch_too_large");
  EXPECT_THAT(json_of(response)["message"].get<std::string>(),
              ::testing::HasSubstr("send smaller batches"));
  EXPECT_FALSE(response.retry_after.has_value());
  EXPECT_THAT(log.kept(), IsEmpty());
  EXPECT_EQ(refused("batch_too_large"), 1);
  EXPECT_EQ(collector().stats().events_received, 0);
  expect_balanced_books();
}

TEST_F(CollectorLimitsTest, CountsTheBytesOfDeadLettersInTheAppend) {
  settings.append_bytes_limit = 100'000;
  const std::string bad = R"({"x":")" + std::string(1000, 'x') + "\"}";
  EXPECT_EQ(post("/v1/batch", batch_with_context(8, 110, bad)).status, 413);
  EXPECT_THAT(log.kept(), IsEmpty());
  EXPECT_EQ(post("/v1/batch", batch_with_context(8, 80, bad)).status, 200);
}

TEST_F(CollectorLimitsTest, TakesAnAppendOfTheLimitToTheByte) {
  EXPECT_EQ(post("/v1/batch", batch_with_context(100, 50)).status, 200);
  std::size_t bytes = 0;
  for (const PartitionRecords& part : log.kept()) {
    bytes += part.records.size();
  }
  for (const bool fits : {true, false}) {
    settings.append_bytes_limit = fits ? bytes : bytes - 1;
    Collector limited(settings, log, arrivals, random, any_name);
    int status = 0;
    IngestRequest request;
    request.path = "/v1/batch";
    request.body = batch_with_context(100, 50);
    limited.ingest(std::move(request),
                   [&status](const IngestResponse& response) { status = response.status; });
    EXPECT_EQ(status, fits ? 200 : 413);
  }
}

// No retry would change it, so no 503, which is sent again for ever.
TEST_F(CollectorLimitsTest, SaysThatTheLogCannotTakeAnAppendOfThisSize) {
  for (const bool at_once : {true, false}) {
    (at_once ? log.refuse_at_once : log.fail_later) = Error{ErrorKind::kInvalid, "too large"};
    const IngestResponse response = post("/v1/batch", batch_with_context(8, 2));
    EXPECT_EQ(response.status, 413);
    EXPECT_EQ(json_of(response)["code"], "batch_too_large");
    EXPECT_FALSE(response.retry_after.has_value());
    log.refuse_at_once.reset();
    log.fail_later.reset();
  }
  expect_balanced_books();
}

TEST_F(CollectorLimitsTest, GivesADeadLetterAnIdThatIndexesCanHold) {
  const std::string long_id(1025, 'i');
  const json answer = json_of(post(
      "/v1/batch",
      batch_with_context(8, 1, R"({"type":"page","userId":"u","messageId":")" + long_id + "\"}")));
  EXPECT_EQ(answer["errors"][0]["code"], "field_too_long");
  EXPECT_EQ(answer["errors"][0]["messageId"], only().message_id);
  EXPECT_EQ(only().message_id.size(), 36);
  EXPECT_THAT(std::string(only().rejection->original), ::testing::HasSubstr(long_id));
}

TEST_F(CollectorLimitsTest, RefusesAWrongKeyOfTheHeadBeforeItLooksAtTheBody) {
  settings.write_keys = {{"WK", "shop"}};
  for (const auto& [authorization, query] :
       {std::pair("Basic bm9wZTo=", ""), std::pair("", "no")}) {
    EXPECT_EQ(post({.path = "/v1/batch",
                    .authorization = authorization,
                    .content_encoding = "gzip",
                    .query_write_key = query,
                    .body = "no gzip"})
                  .status,
              401);
  }
}

TEST_F(CollectorLimitsTest, OpensNoMoreSourcesThanItsLimit) {
  settings.sources_limit = 2;
  const auto status_of = [this](const char* key) {
    return post({.path = "/v1/batch",
                 .authorization = {},
                 .content_encoding = {},
                 .query_write_key = key,
                 .body = batch_with_context(8, 1)})
        .status;
  };
  EXPECT_EQ(status_of("a"), 200);
  EXPECT_EQ(status_of("b"), 200);
  EXPECT_EQ(status_of("c"), 401);
  EXPECT_EQ(status_of("a"), 200);
  EXPECT_EQ(refused("too_many_sources"), 1);
  EXPECT_EQ(stored().size(), 3);
}

TEST_F(CollectorLimitsTest, OpensNoSourceForABodyOfNoUse) {
  settings.sources_limit = 1;
  IngestRequest request;
  request.path = "/v1/track";
  request.query_write_key = "a";
  request.body = "{";
  EXPECT_EQ(post(request).status, 400);
  request.query_write_key = "b";
  request.body = R"({"event":"E","userId":"u"})";
  EXPECT_EQ(post(request).status, 200);
}

TEST_F(CollectorLimitsTest, CountsWhatItRefusesBySourceReasonAndBytes) {
  settings.write_keys = {{"WK", "shop"}};
  const auto send = [this](const char* key, std::string body) {
    IngestRequest request;
    request.path = "/v1/batch";
    request.query_write_key = key;
    request.body = std::move(body);
    return post(std::move(request)).status;
  };
  EXPECT_EQ(send("WK", R"({"batch":[)"), 400);
  EXPECT_EQ(send("WK", R"({"batch":)"), 400);
  EXPECT_EQ(send("WK", "{}"), 400);
  EXPECT_EQ(send("", "{"), 400);
  EXPECT_EQ(send("wrong", "{}"), 401);
  log.refuse_at_once = Error{ErrorKind::kExhausted, "queue full"};
  const std::string good = batch_with_context(8, 2);
  EXPECT_EQ(send("", good.substr(0, good.size() - 1) + R"(,"writeKey":"WK"})"), 503);
  using Key = std::pair<std::string, std::string>;
  std::map<Key, std::pair<std::uint64_t, std::uint64_t>> refused;
  for (const auto& [key, value] : collector().stats().refused) {
    refused[key] = {value.requests, value.bytes};
  }
  using Counted = std::pair<std::uint64_t, std::uint64_t>;
  EXPECT_THAT(refused, ::testing::UnorderedElementsAre(
                           std::pair(Key("shop", "invalid_json"), Counted(2, 19)),
                           std::pair(Key("shop", "missing_batch"), Counted(1, 2)),
                           std::pair(Key("", "invalid_json"), Counted(1, 1)),
                           std::pair(Key("", "invalid_write_key"), Counted(1, 2)),
                           std::pair(Key("shop", "overloaded"), Counted(1, good.size() + 16))));
}

// Names that clients make up are not counted before their first event is taken.
TEST_F(CollectorLimitsTest, CountsRefusalsOfNoMoreSourcesThanAreOpen) {
  const std::string damaged = "{";
  for (int i = 0; i < 100; ++i) {
    IngestRequest request;
    request.path = "/v1/batch";
    request.query_write_key = std::string("source ").append(std::to_string(i));
    request.body = i == 7 ? batch_with_context(8, 1) : damaged;
    post(request);
    request.body = damaged;
    post(request);
  }
  EXPECT_EQ(collector().stats().refused.size(), 2);
  EXPECT_EQ(refused("invalid_json"), 199);
}

/// Throws what the test says.
class ThrowingClock final : public Clock {
 public:
  ProcessingTime now() const override {
    if (fault) {
      std::rethrow_exception(fault);
    }
    return {};
  }
  std::chrono::nanoseconds monotonic() const override { return {}; }

  std::exception_ptr fault;
};

TEST_F(CollectorLimitsTest, AnswersWhateverIsThrown) {
  ThrowingClock throwing;
  ArrivalClock exposed_arrivals(throwing);
  Collector exposed(settings, log, exposed_arrivals, random, any_name);
  const auto answer_of = [&exposed] {
    std::optional<IngestResponse> answer;
    IngestRequest request;
    request.path = "/v1/batch";
    request.body = batch_with_context(8, 2);
    exposed.ingest(std::move(request),
                   [&answer](IngestResponse response) { answer = std::move(response); });
    return answer.value();
  };
  throwing.fault = std::make_exception_ptr(std::bad_alloc());
  EXPECT_EQ(answer_of().status, 503);
  EXPECT_TRUE(answer_of().retry_after.has_value());
  throwing.fault = std::make_exception_ptr(std::runtime_error("a fault"));
  EXPECT_EQ(answer_of().status, 500);
  throwing.fault = nullptr;
  EXPECT_EQ(answer_of().status, 200);
  const CollectorStats stats = exposed.stats();
  EXPECT_EQ(refused_of(stats, "out_of_memory"), 2);
  EXPECT_EQ(refused_of(stats, "internal_error"), 1);
  EXPECT_EQ(stats.events_received, stats.events_accepted);
}

TEST_F(CollectorLimitsTest, LetsNothingThroughToTheThreadOfTheLog) {
  log.hold = true;
  IngestRequest request;
  request.path = "/v1/batch";
  request.body = batch_with_context(8, 2);
  collector().ingest(std::move(request), [](const IngestResponse&) { throw std::bad_alloc(); });
  EXPECT_NO_THROW(log.finish());
  expect_balanced_books();
}

}  // namespace
}  // namespace hapax
