// SPDX-License-Identifier: Apache-2.0
// What SDKs send after an outage, from offline and from an archive: each event keeps its minute.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "collector/collector_test_support.hpp"
#include "core/timestamp.hpp"

namespace hapax {
namespace {

using ::testing::ElementsAre;

class DelayedBodiesTest : public CollectorHarness {
 protected:
  IngestResponse post_try(std::string path, std::string body, bool is_retry = false) {
    IngestRequest request;
    request.path = std::move(path);
    request.body = std::move(body);
    request.is_retry = is_retry;
    return post(std::move(request));
  }

  /// It is `time` now, by our clock.
  void set_clock(std::string_view time) {
    clock.time = processing_time_from_micros(to_micros(*parse_timestamp(time)));
  }

  std::string times_of_events() const {
    std::string times;
    for (const EventView& event : stored()) {
      times += to_iso8601(event.event_time) + " ";
    }
    return times;
  }
};

constexpr const char* kAct = "2026-11-23T20:10:05.000Z";

/// A library's batch as it was made at 20:10:20.
std::string batch_by(const std::string& library, const std::string& version,
                     const std::string& sent_at = "2026-11-23T20:10:20.000Z") {
  return R"({"batch":[{"type":"track","event":"E","userId":"u","messageId":"m","timestamp":")" +
         std::string(kAct) + R"(","context":{"library":{"name":")" + library + R"(","version":")" +
         version + R"("}}}],"sentAt":")" + sent_at + R"(","writeKey":"WK"})";
}

// Set sentAt once a batch, and keep it over all retries.
TEST_F(DelayedBodiesTest, KeepTheirMinuteAfterAnOutage) {
  const std::pair<const char*, const char*> libraries[] = {{"analytics-java", "3.5.4"},
                                                           {"analytics-go", "3.0.0"},
                                                           {"rudder-sdk-node", "3.0.13"},
                                                           {"rudder-analytics-java", "3.1.2"},
                                                           {"analytics-kotlin", "1.19.0"},
                                                           {"analytics-swift", "1.6.2"},
                                                           {"Analytics-CSharp", "2.5.0"},
                                                           {"analytics-python", "2.4.0"},
                                                           {"nobody's", "1.0"}};
  for (const auto& [now, flags] :
       {std::pair("2026-11-23T20:10:21Z", 0U), std::pair("2026-11-23T20:12:00Z", 0U),
        std::pair("2026-11-23T23:40:37Z", 4U), std::pair("2026-12-23T20:10:21Z", 4U)}) {
    set_clock(now);
    for (const auto& [library, version] : libraries) {
      start_anew();
      EXPECT_EQ(post_try("/v1/batch", batch_by(library, version)).status, 200);
      EXPECT_EQ(to_iso8601(only().event_time), kAct) << library << " " << now;
      EXPECT_EQ(only().flags, flags) << now;
    }
  }
}
static_assert(kEventFlagClockBehind == 4);

// The event itself carries its time of sending, as RudderStack's servers' libraries have it.
TEST_F(DelayedBodiesTest, KeepTheirMinuteWithASentAtOfTheirOwn) {
  post_try("/v1/batch", R"({"batch":[{"type":"track","event":"E","userId":"u",
      "originalTimestamp":"2026-11-23T22:10:05.000+02:00","sentAt":"2026-11-23T22:10:20.000+02:00",
      "channel":"server","context":{"library":{"name":"analytics-go","version":"4.2.3"}}}]})");
  EXPECT_EQ(to_iso8601(only().event_time), kAct);
  EXPECT_TRUE(only().flags & kEventFlagClockBehind);
}

TEST_F(DelayedBodiesTest, KeepTheirMinuteWhenWrittenOffline) {
  set_clock("2026-11-26T08:00:00Z");
  post_try("/v1/b", R"({"batch":[{"type":"track","event":"E","userId":"u",
      "timestamp":"2026-11-23T20:10:05.000Z"},{"type":"track","event":"E","userId":"u",
      "timestamp":"2026-11-24T03:59:59.999Z"}],"sentAt":"2026-11-24T04:00:00.000Z"})");
  EXPECT_EQ(times_of_events(), "2026-11-23T20:10:05.000Z 2026-11-24T03:59:59.999Z ");
}

// Whatever the library: an archive's times are those of its first delivery.
TEST_F(DelayedBodiesTest, KeepTheirMinuteWhenImported) {
  const std::string archive = R"({"batch":[{"type":"track","event":"E","userId":"u",
      "timestamp":"2024-02-29T20:10:05.000Z","sentAt":"2024-02-29T20:10:20.000Z",
      "receivedAt":"2024-02-29T20:10:21.000Z",
      "context":{"library":{"name":"@segment/analytics-node","version":"3.1.0"}}}]})";
  post_try("/v1/import", archive);
  EXPECT_EQ(to_iso8601(only().event_time), "2024-02-29T20:10:05.000Z");
  EXPECT_TRUE(only().flags & kEventFlagClockBehind);
  // Recent enough to be corrected on another route.
  for (const char* path : {"/v1/import/", "/v1/batch"}) {
    start_anew();
    post_try(path, batch_by("@segment/analytics-node", "3.1.0"));
    EXPECT_EQ(only().flags,
              std::string(path) == "/v1/batch" ? kEventFlagClockCorrected : kEventFlagClockBehind);
  }
}

TEST_F(DelayedBodiesTest, AreCorrectedWhereTheLibraryStampsEachTry) {
  set_clock("2026-11-23T22:40:37Z");
  for (const auto& [library, version] :
       {std::pair("analytics.js", "npm:next-1.84.3"), std::pair("analytics.js", "next-1.85.0"),
        std::pair("@segment/analytics-node", "3.1.0")}) {
    start_anew();
    post_try("/v1/batch", batch_by(library, version, "2026-11-23T20:10:37Z"));
    EXPECT_EQ(to_iso8601(only().event_time), "2026-11-23T22:40:05.000Z") << library;
    EXPECT_EQ(only().flags, kEventFlagClockCorrected);
    EXPECT_EQ(only().original_timestamp, parse_timestamp(kAct));
    EXPECT_EQ(only().sent_at, parse_timestamp("2026-11-23T20:10:37Z"));
  }
}

TEST_F(DelayedBodiesTest, AreLeftAloneInARetry) {
  post_try("/v1/batch", batch_by("@segment/analytics-node", "3.1.0"), true);
  EXPECT_EQ(to_iso8601(only().event_time), kAct);
  EXPECT_EQ(only().flags, kEventFlagClockBehind);
}

TEST_F(DelayedBodiesTest, KnowTheLibraryByTheContextTheyAreStoredWith) {
  const std::string old_event = R"({"type":"page","userId":"u","timestamp":"2026-11-23T20:10:05Z")";
  const std::string rest = R"(],"sentAt":"2026-11-23T20:10:20Z","context":{"library":
      {"name":"@segment/analytics-node","version":"3.1.0"}}})";
  post_try("/v1/batch", R"({"batch":[)" + old_event + R"(},)" + old_event +
                            R"(,"context":{"ip":"::1"}},)" + old_event +
                            R"(,"context":{"library":{"name":"mine"}}})" + rest);
  std::vector<std::uint32_t> flags;
  for (const EventView& event : stored()) {
    flags.push_back(event.flags & ~kEventFlagServerMessageId);
  }
  EXPECT_THAT(flags, ElementsAre(kEventFlagClockCorrected, kEventFlagClockCorrected,
                                 kEventFlagClockBehind));
}

TEST_F(DelayedBodiesTest, AreCountedByReasonAndSizeOnceTheyAreStored) {
  log.hold = true;
  collector().ingest({.path = "/v1/batch",
                      .authorization = {},
                      .content_encoding = {},
                      .query_write_key = {},
                      .body = batch_by("analytics-java", "3.5.4")},
                     [](const IngestResponse&) {});
  EXPECT_TRUE(collector().stats().event_times.empty());
  log.hold = false;
  log.finish();
  post_try("/v1/batch", batch_by("any", "1", "2026-11-23T22:40:40Z"));
  const auto counts = collector().stats().event_times;
  ASSERT_EQ(counts.size(), 2);
  EXPECT_EQ(counts[0].reason, "ahead_corrected");
  EXPECT_EQ(counts[0].size, "1m");
  EXPECT_EQ(counts[1].reason, "behind_left");
  EXPECT_EQ(counts[1].size, "1d");
  EXPECT_EQ(counts[1].events, 1);
}

}  // namespace
}  // namespace hapax
