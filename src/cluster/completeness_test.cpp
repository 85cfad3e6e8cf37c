// SPDX-License-Identifier: Apache-2.0
#include "cluster/completeness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cluster/silence_watch.hpp"

namespace hapax {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr CollectorId kOne{1};
constexpr CollectorId kTwo{2};

ProcessingTime at(int minute) {
  return ProcessingTime(minutes(minute));
}

class CompletenessTest : public testing::Test {
 protected:
  void join(CollectorId collector, int now) {
    completeness_.apply(CollectorJoined{.collector = collector}, at(now));
  }
  void report(CollectorId collector, int oldest, int now) {
    completeness_.apply(CollectorReport{.collector = collector, .oldest_unsettled = at(oldest)},
                        at(now));
  }
  void gone(CollectorId collector, int now) {
    completeness_.apply(CollectorGone{.collector = collector}, at(now));
  }

  Completeness completeness_;
};

TEST_F(CompletenessTest, IsWhatTheLastOfAllSays) {
  join(kOne, 1);
  join(kTwo, 1);
  report(kOne, 5, 5);
  EXPECT_EQ(completeness_.bound(), ProcessingTime::min());
  report(kTwo, 3, 5);
  EXPECT_EQ(completeness_.bound(), at(3));
}

TEST_F(CompletenessTest, ACollectorAnHourAheadDoesNotCarryTheOthersAlong) {
  join(kOne, 1);
  join(kTwo, 1);
  report(kOne, 65, 5);
  report(kTwo, 5, 5);
  EXPECT_EQ(completeness_.bound(), at(5));
}

TEST_F(CompletenessTest, ADeliveryThatIsHeldForTenMinutesHoldsIt) {
  join(kOne, 1);
  report(kOne, 2, 2);
  for (int now = 3; now <= 12; ++now) {
    report(kOne, 2, now);
  }
  EXPECT_EQ(completeness_.bound(), at(2));
}

TEST_F(CompletenessTest, ACollectorThatBeginsHoldsItUntilItReports) {
  join(kOne, 1);
  report(kOne, 5, 5);
  join(kTwo, 6);
  report(kOne, 9, 9);
  EXPECT_EQ(completeness_.bound(), at(5));
  report(kTwo, 8, 9);
  EXPECT_EQ(completeness_.bound(), at(8));
}

TEST_F(CompletenessTest, OneCollectorAMonthAheadIsCompleteOnlyAsFarAsTheTopicsClock) {
  join(kOne, 1);
  report(kOne, 60 * 24 * 30, 5);
  EXPECT_EQ(completeness_.bound(), at(5));
  gone(kOne, 6);
  join(kTwo, 7);
  report(kTwo, 9, 9);
  EXPECT_EQ(completeness_.bound(), at(9));
}

TEST_F(CompletenessTest, OnceGoneItIsNotWaitedForWhateverItStillSays) {
  join(kOne, 1);
  join(kTwo, 1);
  report(kTwo, 2, 2);
  report(kOne, 20, 20);
  EXPECT_EQ(completeness_.bound(), at(2));
  gone(kTwo, 21);
  EXPECT_EQ(completeness_.bound(), at(20));
  report(kTwo, 3, 22);  // It did not know.
  join(kTwo, 23);       // Appended again, for want of an answer.
  report(kOne, 24, 24);
  EXPECT_EQ(completeness_.bound(), at(24));
}

TEST_F(CompletenessTest, ASilentCollectorIsNamedByWhoeverLooks) {
  SilenceWatch watch(seconds(10));
  seconds now{0};
  const auto look_until = [&](seconds end) {  // As often as it is to be done.
    for (; now < end; ++now) {
      EXPECT_THAT(watch.look(completeness_, now), IsEmpty());
    }
    return watch.look(completeness_, now);
  };
  join(kOne, 1);
  join(kTwo, 1);
  EXPECT_THAT(look_until(seconds(1)), IsEmpty());
  report(kOne, 2, 2);
  EXPECT_THAT(look_until(seconds(10)), ElementsAre(kTwo));
  gone(kTwo, 3);
  ++now;
  EXPECT_THAT(look_until(seconds(11)), ElementsAre(kOne));
}

TEST_F(CompletenessTest, StaysWhereItIsWithoutAnyCollectorAndTheNextBeginsThere) {
  join(kOne, 1);
  report(kOne, 5, 5);
  gone(kOne, 6);
  EXPECT_EQ(completeness_.bound(), at(5));
  join(kTwo, 90);
  report(kTwo, 3, 91);  // Its clock is behind: it stamps nothing before the bound all the same.
  EXPECT_EQ(completeness_.bound(), at(5));
}

}  // namespace
}  // namespace hapax
