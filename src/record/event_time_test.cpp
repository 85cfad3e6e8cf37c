// SPDX-License-Identifier: Apache-2.0
#include "record/event_time.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "record/event.hpp"

namespace hapax {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using enum EventTimeReason;

constexpr Microseconds kAheadLimit = minutes(10);
constexpr ProcessingTime kNow = processing_time_from_micros(1'795'473'637'000'000);
constexpr Microseconds kTick{1};

/// What a device says, as distances from kNow.
struct Said {
  std::optional<Microseconds> act = {};
  std::optional<Microseconds> sent_at = {};
  bool is_fresh = false;
};

Timestamp at(Microseconds from_now, bool has_zone = true) {
  return {.time = as_event_time(kNow) + from_now, .has_zone = has_zone};
}

EventTimeDecision decide(const Said& said) {
  DeviceTimes times;
  if (said.act) {
    times.act = at(*said.act);
  }
  if (said.sent_at) {
    times.sent_at = at(*said.sent_at);
  }
  return decide_event_time(times, kNow, said.is_fresh, kAheadLimit);
}

struct Case {
  const char* name;
  Said said;
  Microseconds event_time;  // From kNow.
  EventTimeReason reason;
  Microseconds size{0};
};

TEST(EventTimeTest, DecidesByTheTable) {
  const Case cases[] = {
      {"no time", {}, seconds(0), kAtArrival},
      {"no time, a clock ahead", {.sent_at = hours(1)}, seconds(0), kAtArrival},
      {"no sent at", {.act = -hours(5)}, -hours(5), kAsSent},
      {"a good clock", {-seconds(5), -seconds(1)}, -seconds(5), kAsSent},
      {"jitter", {-seconds(5), kAheadDeadBand}, -seconds(5), kAsSent},
      {"ahead",
       {-seconds(5), kAheadDeadBand + kTick},
       -seconds(6) - kTick,
       kAheadCorrected,
       kAheadDeadBand + kTick},
      {"an hour ahead", {hours(1) - seconds(5), hours(1)}, -seconds(5), kAheadCorrected, hours(1)},
      {"an hour ahead, fresh",
       {hours(1) - seconds(5), hours(1), true},
       -seconds(5),
       kAheadCorrected,
       hours(1)},
      {"30 days ahead", {-hours(1), kCorrectionMax}, -hours(721), kAheadCorrected, hours(720)},
      {"more", {-hours(1), kCorrectionMax + kTick}, -hours(1), kAsSent},
      {"years ahead", {hours(20'000), hours(20'000)}, seconds(0), kTooFarAhead, hours(20'000)},
      {"on its way", {-minutes(3), -kBehindDeadBand}, -minutes(3), kAsSent},
      {"behind or delayed",
       {-minutes(3), -kBehindDeadBand - kTick},
       -minutes(3),
       kBehindLeft,
       kBehindDeadBand + kTick},
      {"on its way, fresh", {-minutes(3), -kBehindDeadBand, true}, -minutes(3), kAsSent},
      {"behind for certain",
       {-hours(1) - seconds(5), -hours(1), true},
       -seconds(5),
       kBehindCorrected,
       hours(1)},
      {"30 days behind",
       {-hours(721), -kCorrectionMax, true},
       -hours(1),
       kBehindCorrected,
       hours(720)},
      {"more behind",
       {-hours(721), -kCorrectionMax - kTick, true},
       -hours(721),
       kBehindLeft,
       kCorrectionMax + kTick},
      {"an old batch",
       {-hours(50'000), -hours(50'000)},
       -hours(50'000),
       kBehindLeft,
       hours(50'000)},
      {"just not too far ahead", {.act = kAheadLimit}, kAheadLimit, kAsSent},
      {"too far ahead",
       {.act = kAheadLimit + kTick},
       seconds(0),
       kTooFarAhead,
       kAheadLimit + kTick},
      {"after it was sent", {hours(2), hours(1)}, seconds(0), kTooFarAhead, hours(1)},
      {"ahead, sent long ago", {hours(1), -hours(1)}, seconds(0), kTooFarAhead, hours(1)},
  };
  for (const Case& each : cases) {
    const auto decision = decide(each.said);
    EXPECT_EQ(decision.event_time - as_event_time(kNow), each.event_time) << each.name;
    EXPECT_EQ(decision.reason, each.reason) << each.name;
    EXPECT_EQ(decision.size, each.size) << each.name;
  }
}

TEST(EventTimeTest, CountsAnUnreadableTimeAtItsArrival) {
  const DeviceTimes times{.act = {}, .is_act_unreadable = true, .sent_at = at(hours(1))};
  const auto decision = decide_event_time(times, kNow, true, kAheadLimit);
  EXPECT_EQ(decision.event_time, as_event_time(kNow));
  EXPECT_EQ(decision.reason, kUnreadable);
}

// A local time without its zone differs from our clock by that, not by an error.
TEST(EventTimeTest, ComparesNoLocalTimeWithAZonedOne) {
  for (const Microseconds sent : {Microseconds(hours(2)), Microseconds(-hours(2))}) {
    for (const bool act_has_zone : {true, false}) {
      const DeviceTimes times{.act = at(-seconds(5), act_has_zone),
                              .is_act_unreadable = false,
                              .sent_at = at(sent, !act_has_zone)};
      const auto decision = decide_event_time(times, kNow, true, kAheadLimit);
      EXPECT_EQ(decision.event_time, as_event_time(kNow) - seconds(5));
      EXPECT_EQ(decision.reason, kAsSent);
      EXPECT_FALSE(seems_behind(times, kNow));
    }
  }
  // Two of them are read from one clock.
  const DeviceTimes local{.act = at(hours(2) - seconds(5), false),
                          .is_act_unreadable = false,
                          .sent_at = at(hours(2), false)};
  EXPECT_EQ(decide_event_time(local, kNow, false, kAheadLimit).event_time,
            as_event_time(kNow) - seconds(5));
}

TEST(EventTimeTest, CountsTimesBeforeTheEpochLikeAnyOther) {
  for (const std::int64_t time : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{1},
                                  std::numeric_limits<std::int64_t>::min() + 1}) {
    const DeviceTimes times{.act = Timestamp{.time = event_time_from_micros(time)},
                            .is_act_unreadable = false,
                            .sent_at = {}};
    EXPECT_EQ(to_micros(decide_event_time(times, kNow, false, kAheadLimit).event_time), time);
  }
}

TEST(EventTimeTest, SaturatesInsteadOfOverflowing) {
  const auto decide_at = [](EventTime act, EventTime sent_at, ProcessingTime now) {
    const DeviceTimes times{.act = Timestamp{.time = act},
                            .is_act_unreadable = false,
                            .sent_at = Timestamp{.time = sent_at}};
    return decide_event_time(times, now, true, Microseconds::max());
  };
  constexpr auto kFirst = ProcessingTime::min(), kLast = ProcessingTime::max();
  EXPECT_EQ(decide_at(EventTime::min(), EventTime::max(), kNow).event_time, EventTime::min());
  EXPECT_EQ(decide_at(EventTime::max(), EventTime::min(), kLast).reason, kBehindLeft);
  EXPECT_EQ(decide_at(EventTime::max(), EventTime::max(), kFirst).event_time,
            as_event_time(kFirst));
  EXPECT_EQ(decide_at(EventTime::min(), as_event_time(kNow) + hours(1), kNow).event_time,
            EventTime::min());
  EXPECT_EQ(decide_at(EventTime::max(), as_event_time(kNow) - hours(1), kNow).event_time,
            EventTime::max());
}

TEST(EventTimeTest, FlagsWhatItDecided) {
  EXPECT_EQ(event_flags(kAsSent), 0);
  EXPECT_EQ(event_flags(kAtArrival), 0);
  EXPECT_EQ(event_flags(kUnreadable), kEventFlagTimeUnreadable);
  EXPECT_EQ(event_flags(kAheadCorrected), kEventFlagClockCorrected);
  EXPECT_EQ(event_flags(kBehindCorrected), kEventFlagClockCorrected);
  EXPECT_EQ(event_flags(kBehindLeft), kEventFlagClockBehind);
  EXPECT_EQ(event_flags(kTooFarAhead), kEventFlagClockAhead);
}

}  // namespace
}  // namespace hapax
