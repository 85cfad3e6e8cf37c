// SPDX-License-Identifier: Apache-2.0
#include "migration/log_survey.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "migration/migration_test_support.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;

TEST(LogSurveyTest, CountsEventsAndSaysWhereTheLogEnds) {
  WrittenLog log;
  log.add_event("ann", "a", 5);
  log.add_event("bob", "b", 4);
  log.add_control("views");
  log.add_lost();
  const LogSurvey survey = log.survey().value();
  EXPECT_EQ(survey.events, 2U);
  EXPECT_EQ(survey.lost, 1U);
  EXPECT_EQ(survey.before, 0U);
  EXPECT_EQ(survey.bytes, log.events()[0].record.size() + log.events()[1].record.size());
  EXPECT_EQ(survey.whole_from, ProcessingTime(std::chrono::seconds(5)));
  std::uint64_t records = 0;
  for (const Offset end : survey.ends) {
    records += end.value();
  }
  EXPECT_EQ(records, 4U);
}

TEST(LogSurveyTest, SaysHowMuchWasDeletedFromTheBeginning) {
  WrittenLog log;
  log.delete_first(0, 7);
  log.delete_first(2, 5);    // Nothing is left there.
  log.add_control("views");  // Of partition 0.
  EXPECT_EQ(log.survey()->before, 12U);
  EXPECT_EQ(log.survey()->ends.at(0), Offset(8));
  EXPECT_EQ(log.survey()->ends.at(2), Offset(5));
}

TEST(LogSurveyTest, ARecordThatTheTopicDoesNotTakeIsFoundBeforeAnyIsAppended) {
  WrittenLog log;
  log.add_event("ann", "a", 5);
  const std::size_t bytes = log.events()[0].record.size();
  EXPECT_TRUE(log.survey(bytes));
  const Result<LogSurvey> survey = log.survey(bytes - 1);
  ASSERT_FALSE(survey);
  EXPECT_EQ(survey.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(survey.error().message, HasSubstr(std::to_string(bytes) + " bytes"));
}

TEST(LogSurveyTest, DamageIsFoundBeforeAnyIsAppended) {
  WrittenLog log;
  log.add_event("ann", "a", 5);
  log.add_bytes("\x0a");
  ASSERT_FALSE(log.survey());
  EXPECT_EQ(log.survey().error().kind, ErrorKind::kCorrupt);
}

constexpr ClockCorrection kCorrection{.epoch = ClockEpoch(1), .shift = std::chrono::hours(-5)};

TEST(LogSurveyTest, SaysWhatDoubtsOfTheClockCameTo) {
  WrittenLog log;
  log.begin_with_clock(clock_in_doubt(1));
  log.add_event("ann", "a", 5 * 3600 + 7, 1);
  log.add_event("ann", "b", 8);
  log.add_clock(clock_after_doubts(2, {kCorrection}));
  const LogSurvey survey = log.survey().value();
  EXPECT_EQ(survey.corrections, std::vector{kCorrection});
  EXPECT_EQ(survey.whole_from, ProcessingTime(std::chrono::seconds(8)));
}

TEST(LogSurveyTest, WhatADoubtCameToIsKnownWhenLaterStatesSayItNoMore) {
  WrittenLog log;
  log.add_clock(clock_after_doubts(1, {kCorrection}));
  log.add_clock(clock_after_doubts(2, {}));
  EXPECT_EQ(log.survey()->corrections, std::vector{kCorrection});
}

TEST(LogSurveyTest, AClockThatIsInDoubtIsDecidedFirst) {
  WrittenLog log;
  log.add_clock(clock_in_doubt(1));
  const Result<LogSurvey> survey = log.survey();
  ASSERT_FALSE(survey);
  EXPECT_EQ(survey.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(survey.error().message, HasSubstr("in doubt"));
}

TEST(LogSurveyTest, WhatIsInForceWhereTheLogBeginsHolds) {
  WrittenLog log;
  log.begin_with_clock(clock_after_doubts(3, {kCorrection}));
  log.add_event("ann", "a", 1);
  EXPECT_EQ(log.survey()->corrections, std::vector{kCorrection});
}

TEST(LogSurveyTest, AnEventIsDecidedByItsDoubtAndIsOfNoneThen) {
  LogSurvey survey;
  survey.corrections = {kCorrection};
  for (const std::uint32_t epoch : {0U, 1U, 2U}) {
    EventView event{.received_at = ProcessingTime(std::chrono::hours(9)), .clock_epoch = epoch};
    survey.decide(event);
    EXPECT_EQ(event.received_at, ProcessingTime(std::chrono::hours(epoch == 1 ? 4 : 9))) << epoch;
    EXPECT_EQ(event.clock_epoch, 0U) << epoch;
  }
}

}  // namespace
}  // namespace hapax
