// SPDX-License-Identifier: Apache-2.0
#include "status_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "descriptor_limit.hpp"

namespace hapax {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

auto line(spdlog::level::level_enum level, const std::string& part) {
  return AllOf(Field(&StatusLine::level, level), Field(&StatusLine::text, HasSubstr(part)));
}

TEST(StatusChangesTest, AreNoneWhileNothingChanges) {
  const Status bad{.log_error = "disk full", .clock_step = std::chrono::hours(1), .http_errors = 3};
  EXPECT_THAT(status_changes({}, {}), IsEmpty());
  EXPECT_THAT(status_changes(bad, bad), IsEmpty());
}

TEST(StatusChangesTest, SayWhyAndWhenItIsOver) {
  const Status full{.log_error = "disk full"};
  const Status closed{.log_error = "sync failed"};
  EXPECT_THAT(status_changes({}, full),
              ElementsAre(line(spdlog::level::err, "error=\"disk full\"")));
  EXPECT_THAT(status_changes(full, closed),
              ElementsAre(line(spdlog::level::err, "error=\"sync failed\"")));
  EXPECT_THAT(status_changes(full, {}),
              ElementsAre(line(spdlog::level::info, "takes events again")));
}

TEST(StatusChangesTest, CoverEveryPart) {
  const Status bad{.log_error = "a",
                   .processor_error = "b",
                   .step_error = "c",
                   .checkpoint_error = "d",
                   .base_error = "f",
                   .compression_error = "h",
                   .window_full_from = "g",
                   .window_pressure = true,
                   .keys_near = true,
                   .views_sampled = 2,
                   .names_unlimited = true,
                   .names_refused = "web",
                   .clock_step = std::chrono::hours(-1),
                   .clock_behind = true,
                   .http_errors = 2,
                   .http_error = "e"};
  EXPECT_THAT(
      status_changes({}, bad),
      ElementsAre(line(spdlog::level::err, "\"a\""), line(spdlog::level::err, "\"b\""),
                  line(spdlog::level::warn, "\"c\""), line(spdlog::level::err, "\"d\""),
                  line(spdlog::level::err, "\"f\""), line(spdlog::level::warn, "\"h\""),
                  line(spdlog::level::info, "from=g"), line(spdlog::level::warn, "dedup.ids_limit"),
                  line(spdlog::level::warn, "four fifths"), line(spdlog::level::warn, "views=2"),
                  line(spdlog::level::info, "not limited until"),
                  line(spdlog::level::warn, "sources=\"web\""),
                  line(spdlog::level::err, "step_seconds=-3600.000"),
                  line(spdlog::level::warn, "behind the newest events"),
                  line(spdlog::level::err, "count=2 error=\"e\"")));
}

TEST(StatusChangesTest, SayWhenNamesAreLimitedAndWhoseAreRefused) {
  EXPECT_THAT(status_changes({.names_unlimited = true}, {}),
              ElementsAre(line(spdlog::level::info, "limited from now on")));
  EXPECT_THAT(status_changes({.names_refused = "a"}, {.names_refused = "a"}), IsEmpty());
  EXPECT_THAT(status_changes({.names_refused = "a"}, {.names_refused = "a, b"}),
              ElementsAre(line(spdlog::level::warn, "sources=\"a, b\"")));
  EXPECT_THAT(status_changes({.names_refused = "a"}, {}), IsEmpty()) << "another day";
}

TEST(StatusChangesTest, SayAStepOfTheClockOnce) {
  EXPECT_THAT(
      status_changes({.clock_step = std::chrono::hours(1)}, {.clock_step = std::chrono::hours(2)}),
      IsEmpty());
}

TEST(StatusWatchTest, LooksALastTimeWhenItStops) {
  std::ostringstream text;
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text)));
  StatusWatch watch([] { return Status{.checkpoint_error = "no space"}; });
  watch.stop();
  watch.stop();
  spdlog::set_default_logger(before);
  EXPECT_THAT(text.str(), HasSubstr("no space"));
  EXPECT_EQ(text.str().find("no space"), text.str().rfind("no space"));
}

TEST(DescriptorLimitTest, LeavesRoomForTheServersOwnFiles) {
  EXPECT_EQ(connections_under(1'048'576, 10'000), 10'000U);
  EXPECT_EQ(connections_under(4096, 10'000), 3072U);
  EXPECT_EQ(connections_under(1024, 10'000), 64U);
  EXPECT_EQ(connections_under(256, 10'000), 64U);
  EXPECT_EQ(connections_under(4096, 10), 10U);
}

}  // namespace
}  // namespace hapax
