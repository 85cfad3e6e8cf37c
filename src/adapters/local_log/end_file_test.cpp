// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/end_file.hpp"

#include <gtest/gtest.h>

#include "testing/crash_storage.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {
namespace {

constexpr const char* kDirectory = "log";

/// With as many partitions as there can be, so that a torn write of it is neither old nor new.
DurableEnd end_at(std::uint64_t offset) {
  DurableEnd end{.generation = {.sequence = offset, .salt = 7},
                 .position = 512 * offset,
                 .offsets = {Offset(offset), Offset(2 * offset)}};
  end.offsets.resize(log_format::kPartitionsMax, Offset(offset));
  return end;
}

std::optional<DurableEnd> end_in(Storage& storage) {
  return EndFile::read(kDirectory, storage).value();
}

TEST(EndFileTest, KeepsTheNewest) {
  CrashStorage storage;
  EXPECT_EQ(end_in(storage), std::nullopt);
  for (std::uint64_t i = 1; i <= 5; ++i) {
    const auto file = EndFile::open(kDirectory, storage).value();
    EXPECT_EQ(file->found(), i == 1 ? std::nullopt : std::optional(end_at(i - 1)));
    ASSERT_TRUE(file->write(end_at(100)));
    ASSERT_TRUE(file->write(end_at(i)));
    EXPECT_EQ(end_in(storage), end_at(i));
  }
}

TEST(EndFileTest, CountsWhatIsMissing) {
  const std::vector<PartitionStart> ends{{.offset = Offset(3), .digest = {}},
                                         {.offset = Offset(9), .digest = {}}};
  EXPECT_EQ(missing_records(end_at(3), ends), 0U);
  EXPECT_EQ(missing_records(end_at(5), ends), 2U + 1U);
}

TEST(EndFileTest, APowerFailureAtAnyPointLeavesTheOldOrTheNew) {
  CrashStorage storage;
  SeededRandom random(5);
  auto file = EndFile::open(kDirectory, storage).value();
  ASSERT_TRUE(storage.sync_directory(kDirectory));
  std::uint64_t written = 0;
  for (std::uint64_t i = 1; i <= 6; ++i) {
    const auto before = storage.trace().size();
    if (i % 2 == 0) {  // A start of the process, which may find what only the page cache has.
      file = EndFile::open(kDirectory, storage).value();
    }
    ASSERT_TRUE(file->write(end_at(i)));
    for (auto op_count = before; op_count <= storage.trace().size(); ++op_count) {
      for (int round = 0; round < 20; ++round) {
        CrashStorage left(storage.crash(op_count, random));
        const auto end = EndFile::read(kDirectory, left);
        ASSERT_TRUE(end) << end.error().text();
        const auto number = *end ? (*end)->generation.sequence : 0;
        EXPECT_GE(number, written);
        EXPECT_LE(number, i);
        EXPECT_TRUE(number == 0 || **end == end_at(number));
      }
    }
    written = i;
  }
}

TEST(EndFileTest, AFailedWriteIsTriedAgainInItsPlace) {
  CrashStorage storage;
  const auto file = EndFile::open(kDirectory, storage).value();
  ASSERT_TRUE(file->write(end_at(1)));
  for (const auto kind : {DiskOp::Kind::kWrite, DiskOp::Kind::kSync}) {
    storage.before_op([kind](const DiskOp& op) -> std::optional<Error> {
      return op.kind == kind
                 ? std::optional(Error{.kind = ErrorKind::kUnavailable, .message = "bad disk"})
                 : std::nullopt;
    });
    EXPECT_FALSE(file->write(end_at(2)));
    EXPECT_FALSE(file->write(end_at(2)));
    storage.before_op({});
    SeededRandom random(1);
    for (int round = 0; round < 20; ++round) {
      CrashStorage left(storage.crash(storage.trace().size(), random));
      EXPECT_TRUE(EndFile::read(kDirectory, left));
    }
  }
  ASSERT_TRUE(file->write(end_at(3)));
  EXPECT_EQ(end_in(storage), end_at(3));
}

TEST(EndFileTest, WhatOnlyThePageCacheHasIsMadeDurableBeforeTheOtherIsWrittenOver) {
  CrashStorage storage;
  auto file = EndFile::open(kDirectory, storage).value();
  ASSERT_TRUE(storage.sync_directory(kDirectory));
  ASSERT_TRUE(file->write(end_at(1)));
  ASSERT_TRUE(file->write(end_at(2)));
  storage.before_op([](const DiskOp& op) -> std::optional<Error> {
    return op.kind == DiskOp::Kind::kSync
               ? std::optional(Error{.kind = ErrorKind::kUnavailable, .message = "bad disk"})
               : std::nullopt;
  });
  EXPECT_FALSE(file->write(end_at(3)));
  storage.before_op({});
  const auto before = storage.trace().size();
  file = EndFile::open(kDirectory, storage).value();  // Another process, the same page cache.
  ASSERT_EQ(file->found(), end_at(3));
  ASSERT_TRUE(file->write(end_at(4)));
  SeededRandom random(9);
  for (auto op_count = before; op_count <= storage.trace().size(); ++op_count) {
    for (int round = 0; round < 50; ++round) {
      CrashStorage left(storage.crash(op_count, random));
      const auto end = EndFile::read(kDirectory, left);
      ASSERT_TRUE(end) << end.error().text();
      EXPECT_GE((*end)->generation.sequence, 2U);
    }
  }
}

TEST(EndFileTest, OfTwoPlacesOneThatTheDiskCannotReadIsReplacedByTheOther) {
  for (const std::uint64_t at : {100, 4096 + 100}) {
    CrashStorage storage;
    auto file = EndFile::open(kDirectory, storage).value();
    ASSERT_TRUE(file->write(end_at(1)));
    ASSERT_TRUE(file->write(end_at(2)));
    storage.make_unreadable("log/end", at);
    file = EndFile::open(kDirectory, storage).value();
    EXPECT_EQ(file->found(), end_at(at < 4096 ? 1 : 2));
    storage.make_unreadable("log/end", 4196 - at + 100);
    EXPECT_EQ(EndFile::open(kDirectory, storage).error().kind, ErrorKind::kUnavailable);
  }
}

TEST(EndFileTest, TwoDamagedPlacesAreTold) {
  CrashStorage storage;
  const auto file = EndFile::open(kDirectory, storage).value();
  ASSERT_TRUE(file->write(end_at(1)));
  ASSERT_TRUE(file->write(end_at(2)));
  const std::string path = "log/end";
  for (const std::size_t at : {100, 4096 + 100}) {
    EXPECT_TRUE(EndFile::open(kDirectory, storage));
    auto content = storage.content(path);
    content[at] ^= 1;
    storage.set_content(path, content);
  }
  const auto opened = EndFile::open(kDirectory, storage);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace hapax
