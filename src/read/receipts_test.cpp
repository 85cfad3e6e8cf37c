// SPDX-License-Identifier: Apache-2.0
#include "read/receipts.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace hapax {
namespace {

TEST(ReceiptsTest, AReceiptIsIncludedOnceAllItsOffsetsArePassed) {
  const std::vector<Offset> processed{Offset(1), Offset(0)};
  const auto included = [&](std::uint64_t first, std::uint64_t second) {
    return includes(processed,
                    {{{PartitionId(0), Offset(first)}, {PartitionId(1), Offset(second)}}})
        .value();
  };
  EXPECT_TRUE(included(1, 0));
  EXPECT_FALSE(included(2, 0));
  EXPECT_FALSE(included(1, 1));
  const auto unknown = includes(processed, {{{PartitionId(2), Offset(0)}}});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace hapax
