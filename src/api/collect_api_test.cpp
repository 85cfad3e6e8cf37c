// SPDX-License-Identifier: Apache-2.0
#include "api/collect_api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "testing/null_log.hpp"
#include "testing/seeded_random.hpp"
#include "testing/still_clock.hpp"

namespace hapax {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Pair;

/// Takes records, or says why not.
class StatedLog : public NullLog {
 public:
  StatedLog() : NullLog(2) {}

  Result<void> append(std::vector<PartitionRecords> parts, AppendDone done) override {
    if (!reason.empty()) {
      return Error{ErrorKind::kUnavailable, reason};
    }
    return NullLog::append(std::move(parts), std::move(done));
  }
  LogStatus status() const override { return {.writable = reason.empty(), .reason = reason}; }

  std::string reason;
};

class CollectApiTest : public testing::Test {
 protected:
  HttpResponse ask(const std::string& method, const std::string& path, const std::string& body = "",
                   const std::string& authorization = "") {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.host = "h:1";
    request.body = body;
    request.authorization = authorization;
    request.write_key = "k";
    std::optional<HttpResponse> answer;
    api_.handle(std::move(request), [&](HttpResponse response) { answer = std::move(response); });
    return answer.value();
  }

  StillClock clock_;
  ArrivalClock arrivals_{clock_};
  SeededRandom random_{1};
  AnyName names_;
  StatedLog log_;
  Collector collector_{{}, log_, arrivals_, random_, names_};
  CollectApi api_{
      {.keys = {.read = {{"reads", {}}, {"web", {"web"}}}}},
      {.ingest = {.collector = collector_, .clock = clock_, .ack_seconds = unmeasured()},
       .log = log_,
       .metrics = [] { return std::string("figures"); }}};
};

TEST_F(CollectApiTest, TakesEventsAndAcknowledgesThem) {
  const auto answer = ask("POST", "/v1/track", R"({"event":"e","anonymousId":"a"})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.body, HasSubstr("\"receipt\""));
  EXPECT_EQ(log_.records(), 1U);
}

TEST_F(CollectApiTest, SaysThatItTakesNothingAndWhy) {
  log_.reason = "no partition takes anything";
  const auto refused = ask("POST", "/v1/track", R"({"event":"e","anonymousId":"a"})");
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.headers, Contains(Pair("Retry-After", "5")));
  const auto ready = ask("GET", "/health/ready");
  EXPECT_EQ(ready.status, 503);
  EXPECT_THAT(ready.body, HasSubstr("no partition takes anything"));
  EXPECT_EQ(ask("GET", "/health/live").status, 200) << "no restart would help";
  log_.reason = "";
  EXPECT_EQ(ask("GET", "/health/ready").body, R"({"status":"ready"})");
}

TEST_F(CollectApiTest, FiguresAreForReaders) {
  EXPECT_EQ(ask("GET", "/metrics").status, 401);
  EXPECT_EQ(ask("GET", "/metrics", "", "Bearer wrong").status, 401);
  EXPECT_EQ(ask("GET", "/metrics", "", "Bearer web").status, 403);
  EXPECT_EQ(ask("GET", "/metrics", "", "Bearer reads").body, "figures");
}

TEST_F(CollectApiTest, NothingIsReadHere) {
  const auto answer = ask("GET", "/api/views", "", "Bearer reads");
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr("collector"));
  EXPECT_EQ(ask("POST", "/metrics").status, 405);
  EXPECT_EQ(ask("GET", "/v1/projects/k/settings").status, 200) << "SDKs ask for it";
}

}  // namespace
}  // namespace hapax
