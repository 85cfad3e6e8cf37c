// SPDX-License-Identifier: Apache-2.0
#include "processing/name_key.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

using namespace std::string_literals;

TEST(NameKeyTest, SaysWhatItWasMadeOf) {
  for (const std::string& source : {""s, "\0"s, "\0\0"s, "\0a"s, "a"s, "a\0"s, "ab"s, "\xFF"s}) {
    for (const std::uint64_t hash :
         {std::uint64_t{0}, std::uint64_t{1} << 56U, ~std::uint64_t{0}}) {
      EXPECT_EQ(decode_name_key(encode_name_key(source, hash)), (NameKey{source, hash}));
    }
  }
}

TEST(NameKeyTest, KeysOfASourceLieTogether) {
  EXPECT_LT(encode_name_key("a", ~std::uint64_t{0}), encode_name_key("a\0"s, 0));
  EXPECT_LT(encode_name_key("a\0"s, ~std::uint64_t{0}), encode_name_key("ab", 0));
}

TEST(NameKeyTest, RefusesWhatIsNoKey) {
  const std::string good = encode_name_key("source", 1);
  EXPECT_EQ(decode_name_key(""), std::nullopt);
  EXPECT_EQ(decode_name_key(good.substr(0, good.size() - 1)), std::nullopt);
  EXPECT_EQ(decode_name_key(good + "x"), std::nullopt);
  EXPECT_EQ(decode_name_key("a\0\x02"s + "12345678"), std::nullopt);
  EXPECT_EQ(decode_name_key("a\0"s), std::nullopt);
}

}  // namespace
}  // namespace hapax
