// SPDX-License-Identifier: Apache-2.0
// Compared with all sessions there were, each looked at.
#include "views/runtime/open_sessions.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/seeded_random.hpp"

namespace hapax {
namespace {

using std::chrono::minutes;

constexpr Microseconds kGap = minutes(30);

EventTime at(std::uint64_t minute) {
  return EventTime(minutes(minute));
}

Window hour_of(EventTime time) {
  const EventTime start = at(static_cast<std::uint64_t>(to_micros(time) / 3'600'000'000) * 60);
  return {.start = start, .end = start + minutes(60)};
}

struct Session {
  EventTime first;
  EventTime last;
};

EventTime settled(const std::vector<Session>& sessions, EventTime watermark) {
  EventTime settled = watermark;
  for (const Session& session : sessions) {
    if (session.last + kGap >= watermark) {
      settled = std::min(settled, hour_of(session.first).start);
    }
  }
  return settled;
}

OpenSessions restarted(const OpenSessions& open) {
  std::string bytes;
  ByteWriter out(bytes);
  open.encode(out);
  ByteReader in(bytes);
  OpenSessions again(kGap);
  EXPECT_TRUE(again.decode(in) && in.at_end());
  return again;
}

TEST(OpenSessionsTest, WindowsBeforeTheFirstOfASessionThatGoesOnAreFinal) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SeededRandom random(seed);
    OpenSessions open(kGap);
    std::vector<Session> sessions;
    EventTime watermark = at(0);
    for (int i = 0; i < 300; ++i) {
      const EventTime first = at(random.below(2'000));
      const EventTime last = first + minutes(random.below(random.one_in(10) ? 900 : 60));
      sessions.push_back({.first = first, .last = last});
      open.note(hour_of(first), last);
      if (random.one_in(3)) {
        watermark += minutes(random.below(30));
        ASSERT_EQ(open.settle(watermark), settled(sessions, watermark)) << seed << " " << i;
      }
      if (random.one_in(50)) {
        open = restarted(open);
      }
    }
    EXPECT_EQ(open.settle(at(10'000)), at(10'000));
    EXPECT_TRUE(open.empty());
  }
}

TEST(OpenSessionsTest, WhatWasDroppedHoldsNothingUp) {
  OpenSessions open(kGap);
  open.note(hour_of(at(0)), at(500));
  open.note(hour_of(at(60)), at(600));
  EXPECT_EQ(open.settle(at(400)), at(0));
  open.drop_before(at(60));
  EXPECT_EQ(open.settle(at(400)), at(60));
}

TEST(OpenSessionsTest, ASessionThatOneOfADroppedWindowStoodForIsStillOpen) {
  OpenSessions open(minutes(30));
  open.note(hour_of(at(0)), at(200));
  open.note(hour_of(at(60)), at(190));
  open.drop_before(at(60));
  EXPECT_EQ(open.settle(at(210)), at(60));
  EXPECT_EQ(open.settle(at(231)), at(231));
}

TEST(OpenSessionsTest, DamageIsNoticed) {
  std::string bytes;
  ByteWriter out(bytes);
  out.put_u32(2);
  for (int i = 0; i < 2; ++i) {
    out.put_time(at(60));
    out.put_time(at(70));
  }
  ByteReader in(bytes);
  EXPECT_FALSE(OpenSessions(kGap).decode(in));
  ByteReader half(std::string_view(bytes).substr(0, 20));
  EXPECT_FALSE(OpenSessions(kGap).decode(half));
}

}  // namespace
}  // namespace hapax
