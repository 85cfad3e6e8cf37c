// SPDX-License-Identifier: Apache-2.0
#include "core/huge_page_allocator.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <numeric>
#include <vector>

namespace hapax {
namespace {

using Numbers = std::vector<std::uint64_t, HugePageAllocator<std::uint64_t>>;
constexpr std::size_t kPage = HugePageAllocator<std::uint64_t>::kHugePageBytes;

TEST(HugePageAllocatorTest, BlocksOfAHugePageOrMoreBeginWithOne) {
  for (const std::size_t bytes : {kPage, kPage + 8, 3 * kPage, 5 * kPage + 24}) {
    const Numbers numbers(bytes / sizeof(std::uint64_t));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(numbers.data()) % kPage, 0U) << bytes;
  }
}

TEST(HugePageAllocatorTest, AVectorThatOutgrowsAPageKeepsWhatItHolds) {
  Numbers numbers;
  for (std::uint64_t number = 0; number < kPage; ++number) {
    numbers.push_back(number);
  }
  const Numbers copy = numbers;
  numbers = Numbers(10);
  EXPECT_EQ(std::accumulate(copy.begin(), copy.end(), std::uint64_t{0}), kPage * (kPage - 1) / 2);
  EXPECT_EQ(numbers, Numbers(10));
}

}  // namespace
}  // namespace hapax
