// SPDX-License-Identifier: Apache-2.0
#include "access/sessions.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;

const ProcessingTime kBegin{hours(24 * 365 * 50)};

SecretHash token(int number) {
  return hash_secret(std::to_string(number));
}

TEST(SessionsTest, GoOnWhileTheyAreUsed) {
  Sessions sessions;
  sessions.add(token(1), kBegin);
  EXPECT_TRUE(sessions.use(token(1), kBegin + kSessionIdleMax));
  EXPECT_TRUE(sessions.use(token(1), kBegin + 2 * kSessionIdleMax));
  EXPECT_FALSE(sessions.use(token(2), kBegin));
}

TEST(SessionsTest, EndWhenNobodyUsesThem) {
  Sessions sessions;
  sessions.add(token(1), kBegin);
  const auto late = kBegin + kSessionIdleMax + microseconds(1);
  EXPECT_FALSE(sessions.use(token(1), late));
  EXPECT_TRUE(sessions.end_old(late));
  EXPECT_TRUE(sessions.all().empty());
  EXPECT_FALSE(sessions.end_old(late));
}

TEST(SessionsTest, EndInAnyCaseAtTheirAge) {
  Sessions sessions;
  sessions.add(token(1), kBegin);
  for (auto now = kBegin; now - kBegin <= kSessionAgeMax; now += hours(24)) {
    EXPECT_TRUE(sessions.use(token(1), now));
  }
  EXPECT_TRUE(sessions.use(token(1), kBegin + kSessionAgeMax));
  EXPECT_FALSE(sessions.use(token(1), kBegin + kSessionAgeMax + microseconds(1)));
}

TEST(SessionsTest, AClockThatStepsBackEndsNone) {
  Sessions sessions;
  sessions.add(token(1), kBegin);
  EXPECT_TRUE(sessions.use(token(1), ProcessingTime()));
  EXPECT_TRUE(sessions.use(token(1), kBegin + kSessionIdleMax));
}

TEST(SessionsTest, OfTooManyTheLeastUsedGoes) {
  Sessions sessions;
  for (int i = 0; i < static_cast<int>(kSessionsMax); ++i) {
    sessions.add(token(i), kBegin + microseconds(i));
  }
  EXPECT_TRUE(sessions.use(token(0), kBegin + hours(1)));
  sessions.add(token(-1), kBegin + hours(1));
  EXPECT_EQ(sessions.all().size(), kSessionsMax);
  EXPECT_TRUE(sessions.use(token(0), kBegin + hours(1)));
  EXPECT_FALSE(sessions.use(token(1), kBegin + hours(1)));
  EXPECT_TRUE(sessions.use(token(2), kBegin + hours(1)));
}

TEST(SessionsTest, OneIsEndedAlone) {
  Sessions sessions;
  sessions.add(token(1), kBegin);
  sessions.add(token(2), kBegin);
  EXPECT_TRUE(sessions.end(token(1)));
  EXPECT_FALSE(sessions.end(token(1)));
  EXPECT_FALSE(sessions.use(token(1), kBegin));
  EXPECT_TRUE(sessions.use(token(2), kBegin));
}

}  // namespace
}  // namespace hapax
