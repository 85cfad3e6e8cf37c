// SPDX-License-Identifier: Apache-2.0
#include "access/secret.hpp"

#include <gtest/gtest.h>

#include <set>

#include "testing/seeded_random.hpp"

namespace hapax {
namespace {

TEST(SecretTest, HasTwoHundredAndFiftySixRandomBits) {
  SeededRandom random(1);
  std::set<std::string> made;
  for (int i = 0; i < 1000; ++i) {
    made.insert(make_secret(random));
  }
  EXPECT_EQ(made.size(), 1000U);
  for (const std::string& secret : made) {
    EXPECT_EQ(secret.size(), 43U);
  }
}

TEST(SecretTest, IsHashedAsOthersHashIt) {
  // b2sum -l 256
  EXPECT_EQ(to_hex(hash_secret("abc")),
            "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

TEST(SecretTest, AHashIsReadAsItIsWritten) {
  const SecretHash hash = hash_secret("abc");
  const std::string text = to_hex(hash);
  EXPECT_EQ(parse_secret_hash(text), hash);
  EXPECT_NE(parse_secret_hash(text), hash_secret("abd"));
  for (const std::string& bad : {text + "0", text + "00", text.substr(1), text.substr(2),
                                 text.substr(1) + "g", text + " ", std::string()}) {
    EXPECT_FALSE(parse_secret_hash(bad)) << bad;
  }
}

TEST(SecretTest, HashesDifferInAnyByte) {
  const SecretHash hash = hash_secret("abc");
  for (std::size_t at = 0; at < hash.bytes.size(); ++at) {
    SecretHash other = hash;
    other.bytes[at] ^= 1U;
    EXPECT_FALSE(hash == other) << at;
  }
}

}  // namespace
}  // namespace hapax
