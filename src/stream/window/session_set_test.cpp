// SPDX-License-Identifier: Apache-2.0
#include "stream/window/session_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace hapax {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

constexpr Microseconds kGap(10);

EventTime at(std::int64_t micros) {
  return event_time_from_micros(micros);
}
Session session(std::int64_t first, std::int64_t last) {
  return {at(first), at(last)};
}

SessionSet set_of(const std::vector<std::int64_t>& times) {
  SessionSet set(kGap);
  for (const std::int64_t time : times) {
    set.add(at(time));
  }
  return set;
}

TEST(SessionSetTest, AnEventExactlyTheGapAwayBelongsAndOneBeyondDoesNot) {
  EXPECT_THAT(set_of({0, 10}).sessions(), ElementsAre(session(0, 10)));
  EXPECT_THAT(set_of({0, 11}).sessions(), ElementsAre(session(0, 0), session(11, 11)));
  EXPECT_THAT(set_of({0, -10}).sessions(), ElementsAre(session(-10, 0)));
  EXPECT_THAT(set_of({0, -11}).sessions(), ElementsAre(session(-11, -11), session(0, 0)));
}

TEST(SessionSetTest, AnEventBetweenTwoSessionsMakesThemOne) {
  SessionSet set = set_of({0, 5, 25, 30});
  std::vector<Session> replaced;
  const auto note = [&](const Session& old) { replaced.push_back(old); };
  EXPECT_EQ(set.add({at(15), at(15)}, note), session(0, 30));
  EXPECT_THAT(replaced, ElementsAre(session(0, 5), session(25, 30)));
  EXPECT_THAT(set.sessions(), ElementsAre(session(0, 30)));
}

TEST(SessionSetTest, SaysWhichSessionIsReplaced) {
  SessionSet set(kGap);
  std::vector<Session> replaced;
  const auto note = [&](const Session& old) { replaced.push_back(old); };
  EXPECT_EQ(set.add({at(0), at(0)}, note), session(0, 0));
  EXPECT_THAT(replaced, IsEmpty());
  EXPECT_EQ(set.add({at(3), at(3)}, note), session(0, 3));
  EXPECT_THAT(replaced, ElementsAre(session(0, 0)));
  EXPECT_EQ(set.add({at(1), at(1)}, note), session(0, 3));  // Inside: replaced by itself.
  EXPECT_THAT(replaced, ElementsAre(session(0, 0), session(0, 3)));
}

TEST(SessionSetTest, HoldsAtTheEndsOfTime) {
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr auto kGreatest = std::numeric_limits<std::int64_t>::max();
  EXPECT_THAT(set_of({kLeast, kGreatest, kGreatest - 10, kLeast + 11}).sessions(),
              ElementsAre(session(kLeast, kLeast), session(kLeast + 11, kLeast + 11),
                          session(kGreatest - 10, kGreatest)));
}

/// Cuts the sorted times wherever two neighbours are more than the gap apart.
std::vector<Session> cut(std::vector<std::int64_t> times) {
  std::sort(times.begin(), times.end());
  std::vector<Session> sessions;
  for (const std::int64_t time : times) {
    if (sessions.empty() || time - to_micros(sessions.back().last) > kGap.count()) {
      sessions.push_back(session(time, time));
    }
    sessions.back().last = at(time);
  }
  return sessions;
}

TEST(SessionSetTest, IsAFunctionOfTheSetInAnyOrderAndAnySplit) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 2'000; ++round) {
    std::vector<std::int64_t> times(1 + random() % 30);
    for (auto& time : times) {
      time = static_cast<std::int64_t>(random() % 200) - 100;
    }
    SessionSet left(kGap);
    SessionSet right(kGap);
    for (const std::int64_t time : times) {
      (random() % 2 == 0 ? left : right).add(at(time));
    }
    left.add(at(times[random() % times.size()]));  // Once more.
    left.merge(right);
    ASSERT_THAT(left.sessions(), ElementsAreArray(cut(times)));
  }
}

}  // namespace
}  // namespace hapax
