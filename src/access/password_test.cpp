// SPDX-License-Identifier: Apache-2.0
#include "access/password.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

TEST(PasswordTest, IsKnownByItsHash) {
  const auto hash = hash_password("correct horse");
  ASSERT_TRUE(hash) << hash.error().text();
  EXPECT_TRUE(is_password("correct horse", *hash));
  EXPECT_FALSE(is_password("correct hors", *hash));
  EXPECT_FALSE(is_password("", *hash));
}

TEST(PasswordTest, IsHashedByArgon2idAndItsCostIsThere) {
  const auto hash = hash_password("correct horse");
  ASSERT_TRUE(hash);
  EXPECT_EQ(hash->substr(0, 31), "$argon2id$v=19$m=65536,t=2,p=1$");
  EXPECT_TRUE(is_password_hash(*hash));
}

TEST(PasswordTest, TwoHashesOfOneHaveNothingInCommon) {
  const auto one = hash_password("correct horse");
  const auto other = hash_password("correct horse");
  ASSERT_TRUE(one);
  ASSERT_TRUE(other);
  EXPECT_NE(*one, *other);
}

TEST(PasswordTest, NoHashIsOfNoPassword) {
  EXPECT_FALSE(is_password("", ""));
  EXPECT_FALSE(is_password("x", "x"));
  EXPECT_FALSE(is_password("x", "$argon2id$"));
  EXPECT_FALSE(is_password_hash("$argon2i$v=19$m=65536,t=2,p=1$"));
  EXPECT_FALSE(is_password_hash("$argon2id$" + std::string(200, 'a')));
}

TEST(PasswordTest, ANewOneHasTenCharactersAtLeast) {
  EXPECT_FALSE(check_new_password("123456789"));
  EXPECT_TRUE(check_new_password("1234567890"));
  EXPECT_FALSE(check_new_password("äöüäöüäöü"));
  EXPECT_TRUE(check_new_password("äöüäöüäöüä"));
  EXPECT_TRUE(check_new_password(std::string(kPasswordBytesMax, 'a')));
  EXPECT_FALSE(check_new_password(std::string(kPasswordBytesMax + 1, 'a')));
}

}  // namespace
}  // namespace hapax
