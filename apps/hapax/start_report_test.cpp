// SPDX-License-Identifier: Apache-2.0
#include "start_report.hpp"

#include <gtest/gtest.h>

namespace hapax {
namespace {

PartitionStart start_at(std::int64_t offset) {
  return {.offset = Offset(offset), .digest = {}};
}

TEST(MissingHeadTest, NothingIsMissingFromAWholeLog) {
  EXPECT_EQ(missing_head({start_at(0), start_at(0)}), std::nullopt);
}

TEST(MissingHeadTest, NamesWhereCountsBegin) {
  const auto said = missing_head({start_at(7), start_at(0), start_at(12)});
  ASSERT_TRUE(said);
  EXPECT_NE(said->find("counts begin at offset 7 of partition 0, offset 12 of partition 2"),
            std::string::npos)
      << *said;
}

}  // namespace
}  // namespace hapax
