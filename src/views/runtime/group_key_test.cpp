// SPDX-License-Identifier: Apache-2.0
#include "views/runtime/group_key.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace hapax {
namespace {

using namespace std::string_view_literals;

std::string bytes_of(const std::vector<Value>& values) {
  std::string bytes;
  for (const Value& value : values) {
    append_group_value(value, bytes);
  }
  return bytes;
}

const std::vector<Value> kAscending = {
    Value(),  false,   true,         -std::numeric_limits<double>::infinity(),
    -1e300,   -2.0,    -1.0,         -1e-300,
    0.0,      1e-300,  1.0,          1.5,
    2.0,      1e300,   ""sv,         "\0"sv,
    "\0\0"sv, "\0a"sv, "\x01"sv,     "1"sv,
    "a"sv,    "a\0"sv, "a\0b"sv,     "a\x01"sv,
    "ab"sv,   "b"sv,   "\xC3\xA4"sv, "\xFF"sv};

TEST(GroupKeyTest, BytesAreOrderedAsValues) {
  for (std::size_t i = 0; i + 1 < kAscending.size(); ++i) {
    EXPECT_LT(bytes_of({kAscending[i]}), bytes_of({kAscending[i + 1]})) << i;
    // Whatever follows.
    EXPECT_LT(bytes_of({kAscending[i], "\xFF"sv}), bytes_of({kAscending[i + 1], Value()})) << i;
  }
}

TEST(GroupKeyTest, GroupsAreReadBack) {
  for (const Value& first : kAscending) {
    for (const Value& second : kAscending) {
      const auto values = decode_group(bytes_of({first, second}));
      ASSERT_TRUE(values);
      ASSERT_EQ(values->size(), 2U);
      EXPECT_EQ(view_of(values->at(0)), first);
      EXPECT_EQ(view_of(values->at(1)), second);
    }
  }
  EXPECT_TRUE(decode_group("")->empty());
}

TEST(GroupKeyTest, ZeroHasOneForm) {
  EXPECT_EQ(bytes_of({-0.0}), bytes_of({0.0}));
}

// Stored: these bytes never change.
TEST(GroupKeyTest, TheFormStays) {
  EXPECT_EQ(bytes_of({Value(), false, true, 1.5, -1.5, "a\0b"sv}),
            "\x01\x02\x03"
            "\x04\xBF\xF8\0\0\0\0\0\0"
            "\x04\x40\x07\xFF\xFF\xFF\xFF\xFF\xFF"
            "\x05"
            "a\0\xFF"
            "b\0\x01"sv);
  EXPECT_EQ(window_key({.start = event_time_from_micros(-1), .end = event_time_from_micros(1)}),
            "\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x80\0\0\0\0\0\0\x01"sv);
}

TEST(GroupKeyTest, DamageIsSeen) {
  const std::string whole = bytes_of({"a\0b"sv, 1.5});
  for (std::size_t size = 1; size < whole.size(); ++size) {
    const auto values = decode_group(std::string_view(whole).substr(0, size));
    EXPECT_TRUE(!values || values->size() == 1) << size;
  }
  EXPECT_FALSE(decode_group("\x07"));
  EXPECT_FALSE(decode_group("\x06\x01"));
  EXPECT_FALSE(decode_group("\0"sv));
  EXPECT_FALSE(
      decode_group("\x05"
                   "a\0b"sv));
  EXPECT_FALSE(decode_group("\x04\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"sv));  // -0
  EXPECT_FALSE(decode_group("\x04\xFF\xF8\0\0\0\0\0\0"sv));              // NaN
  EXPECT_FALSE(split_view_cell_key(whole.substr(0, 15)));
}

TEST(GroupKeyTest, AllOtherGroupsComeBehindThoseWithTheirValues) {
  for (const std::vector<Value>& values :
       {std::vector<Value>{}, std::vector<Value>{Value()}, std::vector<Value>{false},
        std::vector<Value>{1.5}, std::vector<Value>{"a\0b"sv}, std::vector<Value>{""sv}}) {
    const std::string first = bytes_of(values);
    const std::string other = other_groups(first);
    const auto decoded = decode_group(other);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->size(), values.size());
    const std::string text(40, '\xFF');
    for (const Value& last : {Value(), Value(true), Value(1e300), Value(std::string_view(text))}) {
      std::string group = first;
      append_group_value(last, group);
      EXPECT_LT(group, other);
      EXPECT_EQ(first_value(group), values.empty() ? group : first);
    }
  }
}

TEST(GroupKeyTest, WindowsThatEndFirstHaveTheFirstKeys) {
  const std::vector<std::int64_t> times = {std::numeric_limits<std::int64_t>::min(), -2, -1, 0, 1,
                                           std::numeric_limits<std::int64_t>::max()};
  std::string before;
  for (std::size_t i = 0; i + 1 < times.size(); ++i) {
    const Window window{.start = event_time_from_micros(times[i]),
                        .end = event_time_from_micros(times[i + 1])};
    const std::string key = window_key(window) + "group";
    EXPECT_LT(before, key);
    const auto parts = split_view_cell_key(key);
    ASSERT_TRUE(parts);
    EXPECT_EQ(parts->window, window);
    EXPECT_EQ(parts->group, "group");
    before = key;
  }
}

TEST(GroupKeyTest, OfABeginningTheValuesAreReadAsFarAsTheyGo) {
  using Values = std::vector<OwnedValue>;
  std::string group;
  append_group_value(1.5, group);
  append_group_value(std::string_view("a\0b\xC3\xA9", 5), group);
  append_group_value(2.5, group);
  const auto first = [&](std::size_t size) {
    return decode_group_beginning(group.substr(0, size));
  };
  constexpr std::size_t kText = 9;  // Where it begins.
  EXPECT_EQ(first(group.size()), (Values{1.5, std::string("a\0b\xC3\xA9", 5), 2.5}));
  EXPECT_EQ(first(group.size() - 1), (Values{1.5, std::string("a\0b\xC3\xA9", 5)}));
  EXPECT_EQ(first(kText + 6), (Values{1.5, std::string("a\0b", 3)})) << "half a character";
  EXPECT_EQ(first(kText + 4), (Values{1.5, std::string("a\0", 2)}));
  EXPECT_EQ(first(kText + 3), (Values{1.5, std::string("a")})) << "half of a 0";
  EXPECT_EQ(first(kText + 1), (Values{1.5, std::string()}));
  EXPECT_EQ(first(kText), Values{1.5});
  EXPECT_EQ(first(kText - 1), Values());
}

}  // namespace
}  // namespace hapax
