// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "record/event.hpp"

namespace hapax {
namespace {

TEST(EventTypeTest, NamesAreReadBack) {
  for (int value = 0; value <= 6; ++value) {
    const auto type = static_cast<EventType>(value);
    EXPECT_EQ(parse_event_type(type_name(type)), type);
  }
  EXPECT_EQ(type_name(EventType::kTrack), "track");
  EXPECT_EQ(type_name(EventType::kAlias), "alias");
}

TEST(EventTypeTest, OthersAreUnspecifiedAndUnknown) {
  EXPECT_EQ(parse_event_type("Track"), EventType::kUnspecified);
  EXPECT_EQ(parse_event_type(""), EventType::kUnspecified);
  EXPECT_EQ(type_name(static_cast<EventType>(7)), "unknown");
}

}  // namespace
}  // namespace hapax
