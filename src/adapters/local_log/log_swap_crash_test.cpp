// SPDX-License-Identifier: Apache-2.0
// The power fails at every step of putting a compressed segment in the place of a raw one, and
// anything that is not synced is there or not (reliability T1).
#include <fmt/format.h>

#include "adapters/local_log/log_test_support.hpp"

namespace hapax {
namespace {

/// A log of four segments that is compressed, goes on in the files that were raw, and drops its
/// oldest segments.
class Swap {
 public:
  explicit Swap(std::uint64_t seed) : log_({}, seed) {
    log_.settings.retention_bytes = 1U << 30U;
    EXPECT_TRUE(log_.open());
    while (log_.core->catalog().segment_count() < 4) {
      commit();
    }
    began_ = log_.storage.trace().size();
    EXPECT_TRUE(log_.compress());
    for (int i = 0; i < 12; ++i) {
      commit();
    }
    EXPECT_TRUE(log_.compress());
    compressed_ = log_.storage.trace().size();
    log_.clock.advance(std::chrono::hours(2));
    commit();
    EXPECT_TRUE(log_.retain());
  }

  const CrashStorage& storage() const { return log_.storage; }
  std::size_t began() const { return began_; }

  void check(std::size_t op_count, DiskImage image) const {
    LogHarness after(std::move(image));
    after.settings.retention_bytes = 1U << 30U;
    const auto opened = after.open();
    ASSERT_TRUE(opened) << opened.error().text();
    const auto read = read_all(*after.core, after.storage);
    ASSERT_TRUE(read) << read.error().text();
    const auto first = start_offsets(*after.core)[0].value();
    ASSERT_TRUE(first == 0 || op_count > compressed_) << "dropped by nobody";
    const std::vector<std::string> expected(
        ids_.begin() + static_cast<std::ptrdiff_t>(first),
        ids_.begin() + static_cast<std::ptrdiff_t>(first + read->size()));
    EXPECT_EQ(*read, expected);
    EXPECT_GE(first + read->size(), acknowledged(op_count));
    EXPECT_TRUE(verify_all(after.storage)->problems.empty());
    ASSERT_TRUE(after.compress());
    ASSERT_TRUE(after.open());
    EXPECT_EQ(after.ids(), *read);
  }

 private:
  void commit() {
    ids_.push_back(fmt::format("m{}", ids_.size()));
    EXPECT_TRUE(log_.commit_one(ids_.back(), 3500));
    acknowledged_at_.push_back(log_.storage.trace().size());
  }
  std::size_t acknowledged(std::size_t op_count) const {
    return static_cast<std::size_t>(std::ranges::upper_bound(acknowledged_at_, op_count) -
                                    acknowledged_at_.begin());
  }

  LogHarness log_;
  std::vector<std::string> ids_;
  std::vector<std::size_t> acknowledged_at_;  ///< By id: operations done then.
  std::size_t began_ = 0;
  std::size_t compressed_ = 0;
};

TEST(LogSwapCrashTest, WhateverIsLeftOfASwapTheLogReadsEqual) {
  const Swap swap(3);
  SeededRandom random(7);
  int points = 0;
  for (auto count = swap.began(); count <= swap.storage().trace().size(); ++count) {
    SCOPED_TRACE(fmt::format("operation {}", count));
    const auto unsynced = swap.storage().trace().unsynced(count);
    for (std::uint64_t kept = 0; unsynced <= 6 && kept >> unsynced == 0; ++kept, ++points) {
      swap.check(count, swap.storage().crash(count, kept));
    }
    for (int i = 0; i < 6; ++i, ++points) {  // Torn writes among them.
      swap.check(count, swap.storage().crash(count, random));
    }
    if (testing::Test::HasFailure()) {
      break;
    }
  }
  EXPECT_GE(points, 1000);
}

}  // namespace
}  // namespace hapax
