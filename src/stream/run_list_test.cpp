// SPDX-License-Identifier: Apache-2.0
#include "stream/run_list.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <map>
#include <random>
#include <string>

namespace hapax {
namespace {

/// The runs as a store would hold them, by number.
class Stored {
 public:
  /// Returns how much was written.
  std::uint64_t append(std::uint64_t size) {
    const RunList::Append append = list_.append(size);
    for (const std::uint32_t number : append.taken_in) {
      size += sizes_.at(number);
      sizes_.erase(number);
    }
    EXPECT_FALSE(sizes_.contains(append.number));
    sizes_[append.number] = size;
    EXPECT_EQ(list_.numbers().size(), sizes_.size());
    for (const std::uint32_t number : list_.numbers()) {
      EXPECT_TRUE(sizes_.contains(number));
    }
    return size;
  }
  const std::map<std::uint32_t, std::uint64_t>& sizes() const { return sizes_; }
  RunList& list() { return list_; }

 private:
  RunList list_;
  std::map<std::uint32_t, std::uint64_t> sizes_;
};

TEST(RunListTest, ASmallDeltaBehindALargeRunCostsLittle) {
  Stored runs;
  runs.append(1'000'000);
  EXPECT_EQ(runs.append(10), 10U);
  EXPECT_EQ(runs.append(10), 20U);
  EXPECT_EQ(runs.append(1), 1U);
}

// Reliability row 57.
TEST(RunListTest, RunsAreFewAndEachPartIsWrittenFewTimes) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 50; ++round) {
    Stored runs;
    std::uint64_t held = 0;
    std::uint64_t written = 0;
    const std::uint64_t size_max = 1 + random() % 1'000;
    for (int i = 0; i < 2'000; ++i) {
      const std::uint64_t size = 1 + random() % size_max;
      held += size;
      written += runs.append(size);
      ASSERT_LE(runs.sizes().size(), std::bit_width(held));
    }
    EXPECT_LE(written, held * std::bit_width(held));
  }
}

TEST(RunListTest, DecodesWhatItEncodedAndGoesOn) {
  Stored runs;
  for (const std::uint64_t size : {100U, 10U, 1U}) {
    runs.append(size);
  }
  std::string bytes;
  ByteWriter out(bytes);
  runs.list().encode(out);
  EXPECT_TRUE(RunList::fits(ByteReader(bytes)));
  EXPECT_FALSE(RunList::fits(ByteReader(std::string_view(bytes).substr(1))));
  RunList decoded;
  ByteReader in(bytes);
  decoded.decode(in);
  EXPECT_TRUE(in.ok() && in.at_end());
  EXPECT_EQ(decoded.numbers(), runs.list().numbers());
  EXPECT_EQ(decoded.append(1).number, runs.list().append(1).number);
}

}  // namespace
}  // namespace hapax
