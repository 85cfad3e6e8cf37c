// SPDX-License-Identifier: Apache-2.0
#include "bytes/base64.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

// RFC 4648, section 10.
TEST(Base64Test, EncodesTheVectorsOfTheRfc) {
  EXPECT_EQ(encode_base64url(""), "");
  EXPECT_EQ(encode_base64url("f"), "Zg");
  EXPECT_EQ(encode_base64url("fo"), "Zm8");
  EXPECT_EQ(encode_base64url("foo"), "Zm9v");
  EXPECT_EQ(encode_base64url("foob"), "Zm9vYg");
  EXPECT_EQ(encode_base64url("\xff\xfe\xfd"), "__79");
}

TEST(Base64Test, DecodesEitherAlphabetWithOrWithoutPadding) {
  EXPECT_EQ(decode_base64("Zg=="), "f");
  EXPECT_EQ(decode_base64("Zg"), "f");
  EXPECT_EQ(decode_base64("Zm8="), "fo");
  EXPECT_EQ(decode_base64("Zm9v"), "foo");
  EXPECT_EQ(decode_base64("//79"), "\xff\xfe\xfd");
  EXPECT_EQ(decode_base64("__79"), "\xff\xfe\xfd");
  EXPECT_EQ(decode_base64(""), "");
}

TEST(Base64Test, RefusesWhatIsNotBase64) {
  for (const char* text : {"Z", "Zm9vY", "Zm9 v", "Zg===", "Z=g=", "Zm9v\n", "\xc3\xa9"}) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
}

TEST(Base64Test, TheStandardFormHasPadding) {
  EXPECT_EQ(encode_base64(""), "");
  EXPECT_EQ(encode_base64("f"), "Zg==");
  EXPECT_EQ(encode_base64("fo"), "Zm8=");
  EXPECT_EQ(encode_base64("foo"), "Zm9v");
  EXPECT_EQ(encode_base64("\xfb\xff"), "+/8=");
}

}  // namespace
}  // namespace hapax
