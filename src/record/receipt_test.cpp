// SPDX-License-Identifier: Apache-2.0
#include "record/receipt.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace hapax {
namespace {

using testing::HasSubstr;

constexpr LogId kLog{0x0123456789ABCDEF};

Receipt receipt_of(std::initializer_list<std::pair<std::uint32_t, std::uint64_t>> ends) {
  Receipt receipt{.log = kLog};
  for (const auto& [partition, end] : ends) {
    receipt.ends.push_back({.partition = PartitionId(partition), .end = Offset(end)});
  }
  return receipt;
}

Receipt sample() {
  return receipt_of({{0, 1}, {3, 127}, {7, 128}, {200, 1'000'000'000'000}});
}

TEST(ReceiptTest, SurvivesTheTrip) {
  for (const Receipt& receipt : {Receipt{}, receipt_of({}), receipt_of({{0, 0}}), sample(),
                                 receipt_of({{std::numeric_limits<std::uint32_t>::max(),
                                              std::numeric_limits<std::uint64_t>::max()}})}) {
    const auto decoded = decode_receipt(encode_receipt(receipt));
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(*decoded, receipt);
  }
}

TEST(ReceiptTest, NeedsNoEscapingInUrls) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    const std::string text = encode_receipt(receipt_of({{1, random()}}));
    EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-_"),
              std::string::npos);
  }
}

TEST(ReceiptTest, HasOneTextWhateverTheOrder) {
  EXPECT_EQ(encode_receipt(receipt_of({{2, 5}, {1, 9}})),
            encode_receipt(receipt_of({{1, 9}, {2, 5}})));
}

TEST(ReceiptTest, SaysOfWhichLogItIs) {
  Receipt other = sample();
  other.log = LogId(kLog.value() + 1);
  EXPECT_NE(encode_receipt(other), encode_receipt(sample()));
  EXPECT_EQ(decode_receipt(encode_receipt(other)).value().log, other.log);
}

// A stored text: clients keep receipts over upgrades of the server.
TEST(ReceiptTest, KeepsItsFormat) {
  EXPECT_EQ(encode_receipt(receipt_of({{1, 300}})), "Au_Nq4lnRSMBAawCKxLqwg");
}

TEST(ReceiptTest, OneThatSaysNoLogIsRefusedWithWhatToDo) {
  for (const std::string text : {"AAAAAA", "AwGqcfMd", "AawC7CE_Eg", "AEQBRwJGA1u5O2P9"}) {
    const auto former = decode_receipt(text);
    ASSERT_FALSE(former) << text;
    EXPECT_EQ(former.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(former.error().message, HasSubstr("made by an earlier version"));
    EXPECT_THAT(former.error().hint, HasSubstr("an answer since the upgrade"));
  }
}

TEST(ReceiptTest, OneOfALaterVersionIsRefusedWithAWord) {
  const auto later = decode_receipt("A-_Nq4lnRSMBAawCRF5PWQ");
  ASSERT_FALSE(later);
  EXPECT_EQ(later.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(later.error().message, HasSubstr("format version 3"));
}

TEST(ReceiptTest, RefusesEverySingleCharacterChange) {
  const std::string text = encode_receipt(sample());
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (int character = 0; character < 256; ++character) {
      std::string changed = text;
      changed[i] = static_cast<char>(character);
      if (changed != text) {
        const auto decoded = decode_receipt(changed);
        ASSERT_FALSE(decoded.has_value()) << i << " " << character;
        EXPECT_EQ(decoded.error().kind, ErrorKind::kInvalid);
      }
    }
  }
}

TEST(ReceiptTest, RefusesLostAddedAndSwappedCharacters) {
  const std::string text = encode_receipt(sample());
  for (std::size_t i = 0; i < text.size(); ++i) {
    EXPECT_FALSE(decode_receipt(text.substr(0, i)));
    EXPECT_FALSE(decode_receipt(std::string(text).erase(i, 1)));
    EXPECT_FALSE(decode_receipt(std::string(text).insert(i, 1, 'A')));
    std::string swapped = text;
    std::swap(swapped[i], swapped[(i + 1) % text.size()]);
    EXPECT_TRUE(swapped == text || !decode_receipt(swapped));
  }
  EXPECT_FALSE(decode_receipt(text + "="));
  EXPECT_FALSE(decode_receipt(""));
}

}  // namespace
}  // namespace hapax
