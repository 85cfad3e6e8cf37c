// SPDX-License-Identifier: Apache-2.0
#include "read/receipts.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace hapax {
namespace {

constexpr LogId kLog{1};
constexpr LogId kOtherLog{2};
const LogPlace kProcessed{.log = kLog, .next = {Offset(1), Offset(0)}};

TEST(ReceiptsTest, AReceiptIsIncludedOnceAllItsOffsetsArePassed) {
  const auto included = [&](std::uint64_t first, std::uint64_t second) {
    return includes(kProcessed,
                    {kLog, {{PartitionId(0), Offset(first)}, {PartitionId(1), Offset(second)}}})
        .value();
  };
  EXPECT_TRUE(included(1, 0));
  EXPECT_FALSE(included(2, 0));
  EXPECT_FALSE(included(1, 1));
  const auto unknown = includes(kProcessed, {kLog, {{PartitionId(2), Offset(0)}}});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::kInvalid);
}

TEST(ReceiptsTest, AReceiptOfAnotherLogIsNeitherIncludedNorWaitedFor) {
  for (const std::vector<Receipt::End>& ends :
       {std::vector<Receipt::End>{{PartitionId(0), Offset(1)}},
        std::vector<Receipt::End>{{PartitionId(0), Offset(100)}}, std::vector<Receipt::End>{}}) {
    const auto other = includes(kProcessed, {kOtherLog, ends});
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(other.error().message.find("of another server"), std::string::npos);
  }
  EXPECT_TRUE(includes(kProcessed, {kLog, {}}).value());
}

TEST(ReceiptsTest, AReceiptOfAFormerLogIsIncludedOnceAllOfThatIsCounted) {
  LogPlace place{.log = kLog,
                 .next = {Offset(3), Offset(4)},
                 .former = FormerLog{.log = kOtherLog,
                                     .ends = {Offset(5), Offset(6), Offset(7)},
                                     .in = {Offset(3), Offset(5)}}};
  const Receipt receipt{kOtherLog, {{PartitionId(2), Offset(7)}}};
  EXPECT_FALSE(includes(place, receipt).value());
  place.next[1] = Offset(5);
  EXPECT_TRUE(includes(place, receipt).value());
  EXPECT_TRUE(includes(place, {kOtherLog, {}}).value());
}

TEST(ReceiptsTest, AReceiptOfAFormerLogIsWaitedForWhileThatIsBroughtIn) {
  const LogPlace place{.log = kLog, .next = {Offset(9)}, .former = FormerLog{.log = kOtherLog}};
  EXPECT_FALSE(includes(place, {kOtherLog, {{PartitionId(0), Offset(5)}}}).value());
}

TEST(ReceiptsTest, WhatAFormerLogTookLaterIsNeitherIncludedNorWaitedFor) {
  const LogPlace place{
      .log = kLog,
      .next = {Offset(9)},
      .former = FormerLog{.log = kOtherLog, .ends = {Offset(5)}, .in = {Offset(3)}}};
  EXPECT_TRUE(includes(place, {kOtherLog, {{PartitionId(0), Offset(5)}}}).value());
  for (const Receipt::End end :
       {Receipt::End{PartitionId(0), Offset(6)}, Receipt::End{PartitionId(1), Offset(1)}}) {
    const auto other = includes(place, {kOtherLog, {end}});
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().kind, ErrorKind::kInvalid);
  }
  EXPECT_FALSE(includes(place, {LogId(77), {}})) << "which is neither";
}

TEST(ReceiptsTest, WhereItIsNotSaidWhichLogIsProcessedNothingIsIncludedYet) {
  const LogPlace unsaid{.log = kNoLog, .next = {Offset(10)}};
  EXPECT_FALSE(includes(unsaid, {kLog, {{PartitionId(0), Offset(1)}}}).value());
  EXPECT_FALSE(includes(unsaid, {kLog, {{PartitionId(1), Offset(1)}}})) << "which there is not";
}

}  // namespace
}  // namespace hapax
