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
  log.add_control("clock");
  log.add_lost();
  const LogSurvey survey = log.survey().value();
  EXPECT_EQ(survey.events, 2U);
  EXPECT_EQ(survey.lost, 1U);
  EXPECT_EQ(survey.before, 0U);
  EXPECT_EQ(survey.bytes, log.events()[0].record.size() + log.events()[1].record.size());
  EXPECT_EQ(survey.first_received, ProcessingTime(std::chrono::seconds(4)));
  std::uint64_t records = 0;
  for (const Offset end : survey.ends) {
    records += end.value();
  }
  EXPECT_EQ(records, 4U);
}

TEST(LogSurveyTest, SaysHowMuchWasDeletedFromTheBeginning) {
  WrittenLog log;
  log.delete_first(0, 7);
  log.delete_first(2, 5);  // Nothing is left there.
  log.add_control("clock");  // Of partition 0.
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

}  // namespace
}  // namespace hapax
