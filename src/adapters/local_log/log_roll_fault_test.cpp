// SPDX-License-Identifier: Apache-2.0
// Every call of an append and of a roll fails for want of something, the log goes on, and is opened
// again (reliability T3, row 47).
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>

#include "adapters/local_log/log_test_support.hpp"

#include "adapters/posix/disk_error.hpp"

namespace hapax {
namespace {

using testing::IsEmpty;

constexpr std::size_t kUsualBytes = 1500;
constexpr std::array kCodes{EMFILE, ENFILE, ENOMEM, ENOSPC, EDQUOT, EIO};
/// Of the append that follows the one that failed: smaller, equal, larger.
constexpr std::array<std::size_t, 3> kNextBytes{100, kUsualBytes, 3 * kUsualBytes};
enum class End { kStop, kKill, kPowerCut };
constexpr std::array kEnds{End::kStop, End::kKill, End::kPowerCut};

/// A log that meets one fault, between a few appends before a roll and a few behind it.
class FaultyLife {
 public:
  /// The `call`-th of what may fail does, from 1, with this errno.
  FaultyLife(std::size_t call, int code) : call_(call), code_(code) {
    EXPECT_TRUE(log_.open());
    append(kUsualBytes);
    log_.storage.before_op([this](const DiskOp& op) -> std::optional<Error> {
      return ++calls_ == call_ ? std::optional(disk_error("call", op.path, code_)) : std::nullopt;
    });
  }

  void live(std::size_t next_bytes) {
    while (log_.core->catalog().snapshot().segments.size() < 2 && failed_ == 0) {
      append(kUsualBytes);
    }
    append(failed_ > 0 ? next_bytes : kUsualBytes);
    log_.core->files().prepare().permit_unchecked_error();
    append(failed_ > 0 ? next_bytes : kUsualBytes);
    for (int i = 0; i < 8; ++i) {
      append(kUsualBytes);
    }
  }

  std::size_t calls() const { return calls_; }

  DiskImage end(End end) {
    if (end == End::kStop) {
      log_.core->seal().permit_unchecked_error();
    }
    log_.core.reset();
    return end == End::kPowerCut ? log_.storage.crash(log_.storage.trace().size(), log_.random)
                                 : log_.storage.image();
  }

  /// Every acknowledged record is there, once, where its receipt says; no other is there twice.
  void check(DiskImage image) const {
    LogHarness log(std::move(image));
    ASSERT_TRUE(log.storage.create_directories(std::string(kLogDirectory)));
    for (int start = 0; start < 2; ++start) {
      const auto opened = log.open();
      ASSERT_TRUE(opened) << opened.error().text();
      const auto read = read_all(*log.core, log.storage);
      ASSERT_TRUE(read) << read.error().text();
      for (const auto& [offset, id] : acknowledged_) {
        ASSERT_LT(offset, read->size()) << id;
        EXPECT_EQ((*read)[offset], id);
      }
      auto ids = *read;
      std::ranges::sort(ids);
      EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end()) << "a record twice";
      ASSERT_TRUE(log.commit_one(fmt::format("after{}", start)));
    }
    const auto report = verify_all(log.storage).value();
    EXPECT_THAT(report.problems, IsEmpty()) << report.problems.front().text();
  }

 private:
  void append(std::size_t bytes) {
    const auto id = fmt::format("m{}", appends_++);
    const auto receipt = log_.commit({one_record(0, id, bytes)});
    if (receipt) {
      const auto end = receipt->front().ends.front().end.value();
      EXPECT_TRUE(acknowledged_.emplace(end - 1, id).second) << "an offset twice";
    } else {
      ++failed_;
    }
  }

  const std::size_t call_;
  const int code_;
  LogHarness log_;
  std::size_t calls_ = 0;
  int appends_ = 0;
  int failed_ = 0;
  std::map<std::uint64_t, std::string> acknowledged_;  ///< By offset.
};

TEST(LogRollFaultTest, NothingAcknowledgedIsLostWhateverCallFailsAndWhateverIsAppendedNext) {
  FaultyLife whole(0, 0);
  whole.live(kUsualBytes);
  ASSERT_GT(whole.calls(), 20U);
  std::size_t runs = 0;
  for (std::size_t call = 1; call <= whole.calls(); ++call) {
    for (const int code : kCodes) {
      for (const auto next_bytes : kNextBytes) {
        for (const auto end : kEnds) {
          SCOPED_TRACE(fmt::format("call {}, errno {}, then {} bytes, end {}", call, code,
                                   next_bytes, static_cast<int>(end)));
          FaultyLife life(call, code);
          life.live(next_bytes);
          life.check(life.end(end));
          ++runs;
          if (HasFailure()) {
            return;
          }
        }
      }
    }
  }
  std::printf("%zu calls x %zu errors x %zu sizes x %zu ends: %zu runs\n", whole.calls(),
              kCodes.size(), kNextBytes.size(), kEnds.size(), runs);
}

TEST(LogRollFaultTest, AFailedOpenOfTheNextSegmentIsTriedAgainAndChangesNothing) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  bool fails = true;
  log.storage.before_op([&fails](const DiskOp& op) -> std::optional<Error> {
    return fails && op.kind == DiskOp::Kind::kOpen
               ? std::optional(disk_error("open", op.path, EMFILE))
               : std::nullopt;
  });
  int written = 0;
  while (log.commit_one(fmt::format("m{}", written), 1500)) {
    ++written;
  }
  EXPECT_EQ(log.commit_one("refused", 1500).error().resource, Resource::kSystem);
  ASSERT_TRUE(log.commit_one("small"));  // There is room for it in the present segment.
  fails = false;
  ASSERT_TRUE(log.commit_one("large", 1500));
  ASSERT_TRUE(log.open());
  EXPECT_EQ(log.ids().size(), written + 2U);
}

TEST(LogRollFaultTest, AnErrorAfterANameChangedClosesTheLog) {
  for (const int code : kCodes) {
    LogHarness log;
    ASSERT_TRUE(log.open());
    log.storage.before_op([code](const DiskOp& op) -> std::optional<Error> {
      return op.kind == DiskOp::Kind::kSyncDirectory
                 ? std::optional(disk_error("fsync", op.path, code))
                 : std::nullopt;
    });
    while (log.commit_one("m", 1500)) {
    }
    EXPECT_EQ(log.commit_one("small").error().kind, ErrorKind::kUnavailable);
    EXPECT_FALSE(log.core->seal());
  }
}

}  // namespace
}  // namespace hapax
