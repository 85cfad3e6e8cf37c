#include "stream/measure.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hapax {
namespace {

EventView of_user(std::string_view user) {
  return {.user_id = user};
}

template <Measure M>
std::string encoded(const M& measure) {
  std::string bytes;
  ByteWriter out(bytes);
  measure.encode(out);
  return bytes;
}

TEST(ExactUsersTest, CountsEachIdentityOnceUserBeforeDevice) {
  ExactUsers users;
  users.add({.user_id = "a", .anonymous_id = "x"});
  users.add({.user_id = "a", .anonymous_id = "y"});
  users.add({.anonymous_id = "x"});
  EXPECT_EQ(users.value(), 2U);
}

TEST(ExactUsersTest, MergeIsUnionAndOrderDoesNotShow) {
  ExactUsers one;
  ExactUsers other;
  ExactUsers all;
  for (int i = 0; i < 1'000; ++i) {
    const std::string user = std::to_string(i);
    (i % 3 == 0 ? one : other).add(of_user(user));
    if (i % 5 == 0) {
      one.add(of_user(user));
    }
  }
  for (int i = 999; i >= 0; --i) {
    all.add(of_user(std::to_string(i)));
  }
  one.merge(other);
  EXPECT_EQ(one.value(), 1'000U);
  EXPECT_EQ(encoded(one), encoded(all));
}

TEST(ExactUsersTest, DecodesWhatItEncoded) {
  ExactUsers users;
  users.add(of_user("a"));
  users.add(of_user("b"));
  const std::string bytes = encoded(users);
  ExactUsers decoded;
  ByteReader in(bytes);
  decoded.decode(in);
  EXPECT_TRUE(in.ok() && in.at_end());
  EXPECT_EQ(encoded(decoded), bytes);
  decoded.add(of_user("b"));
  EXPECT_EQ(decoded.value(), 2U);
}

TEST(ExactUsersTest, TheSeedShowsNowhere) {
  ExactUsers one(1);
  ExactUsers other(2);
  for (int i = 0; i < 100; ++i) {
    one.add(of_user(std::to_string(i)));
    other.add(of_user(std::to_string(99 - i)));
  }
  EXPECT_EQ(encoded(one), encoded(other));
  other.merge(one);
  EXPECT_EQ(encoded(one), encoded(other));
}

TEST(CountTest, AddsAndMerges) {
  Count one;
  one.add({});
  one.add({});
  Count other;
  other.add({});
  one.merge(other);
  EXPECT_EQ(one.value(), 3U);
}

}  // namespace
}  // namespace hapax
