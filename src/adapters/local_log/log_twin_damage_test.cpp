// SPDX-License-Identifier: Apache-2.0
// Stored bytes of compressed segments that are not what was written (reliability T6).
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "adapters/local_log/compressed_segment.hpp"
#include "adapters/local_log/log_test_support.hpp"
#include "adapters/local_log/repair.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint32_t kBlockBytes = 4096;

/// A closed log of four segments, of which three are compressed, four blocks each.
class StoredTwins {
 public:
  StoredTwins() {
    LogHarness log;
    log.settings.retention_bytes = 1U << 30U;
    EXPECT_TRUE(log.open());
    SeededRandom random(5);
    while (log.core->catalog().segment_count() < 4) {
      ids_.push_back(fmt::format("m{}-{}", ids_.size(), random.next()));
      EXPECT_TRUE(log.commit_one(ids_.back(), 700));
    }
    EXPECT_TRUE(log.core->seal());
    log.core.reset();
    twins_ = compress_in_blocks(log.storage, kBlockBytes);
    image_ = log.storage.image();
  }

  const std::vector<std::string>& ids() const { return ids_; }
  const std::string& twin(std::size_t segment) const { return twins_[segment]; }
  std::string content(std::size_t segment) const {
    return image_.contents.at(image_.names.at(twins_[segment]));
  }
  LogHarness with(std::size_t segment, std::string content) const {
    DiskImage image = image_;
    image.contents[image.names.at(twins_[segment])] = std::move(content);
    return LogHarness(std::move(image));
  }
  /// With a flipped byte in a block.
  LogHarness with_damaged_block(std::size_t segment, std::size_t block) const {
    LogHarness log(image_);
    const auto opened = CompressedSegment::open(
        twins_[segment], log.storage.open(twins_[segment], OpenMode::kRead).value());
    const auto& table = opened.value()->head().table;
    auto at = twin_format::head_bytes(table.size()) + table[block] / 2;
    for (std::size_t i = 0; i < block; ++i) {
      at += table[i];
    }
    auto bytes = content(segment);
    bytes[at] = static_cast<char>(~bytes[at]);
    return with(segment, std::move(bytes));
  }

 private:
  DiskImage image_;
  std::vector<std::string> twins_;
  std::vector<std::string> ids_;
};

TEST(LogTwinDamageTest, WithoutDamageItIsALogLikeAnyOther) {
  const StoredTwins stored;
  auto log = stored.with(0, stored.content(0));
  EXPECT_THAT(verify_all(log.storage)->problems, IsEmpty());
  ASSERT_TRUE(log.open());
  EXPECT_EQ(log.ids(), stored.ids());
}

TEST(LogTwinDamageTest, ADamagedBlockIsToldBySegmentAndByteAndIsNoEnd) {
  const StoredTwins stored;
  for (std::size_t block = 0; block < 4; ++block) {
    SCOPED_TRACE(block);
    auto log = stored.with_damaged_block(1, block);
    const auto where =
        fmt::format("{} is damaged at byte {}:", stored.twin(1), block * kBlockBytes);
    const auto report = verify_all(log.storage).value();
    ASSERT_FALSE(report.problems.empty());
    EXPECT_THAT(report.problems.front().message, HasSubstr(where));
    EXPECT_EQ(report.problems.front().kind, ErrorKind::kCorrupt);
    EXPECT_EQ(report.partitions.at(0).end, Offset(stored.ids().size())) << "it goes on behind it";
    const auto opened = log.open();
    const bool start_reads_it = block == 0 || block == 3;  // Header and seal.
    ASSERT_EQ(opened.has_value(), !start_reads_it);
    const auto read = opened ? read_all(*log.core, log.storage)
                             : Result<std::vector<std::string>>(opened.error());
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::kCorrupt);
    EXPECT_THAT(read.error().message, HasSubstr(where));
  }
}

TEST(LogTwinDamageTest, AReaderMeetsAllThatIsBeforeTheDamage) {
  const StoredTwins stored;
  auto log = stored.with_damaged_block(0, 2);
  ASSERT_TRUE(log.open());
  const auto reader =
      SegmentReader::open(ends_of(start_offsets(*log.core)), log.core->catalog(), log.storage)
          .value();
  std::vector<std::string> ids;
  auto batches = reader->poll(1);
  for (; batches && !batches->empty(); batches = reader->poll(1)) {
    add_message_ids(*batches, ids);
  }
  ASSERT_FALSE(batches);
  EXPECT_THAT(batches.error().message, HasSubstr("damaged at byte 8192"));
  EXPECT_GE(ids.size(), 3U);
  EXPECT_TRUE(std::equal(ids.begin(), ids.end(), stored.ids().begin()));
}

TEST(LogTwinDamageTest, ARepairLosesTheFramesThatTouchTheBlockAndNoOther) {
  const StoredTwins stored;
  for (std::size_t block = 0; block < 4; ++block) {
    SCOPED_TRACE(block);
    auto log = stored.with_damaged_block(1, block);
    const auto report = repair_log(log.settings, RepairMode::kWrite, id_hash_of(IdHasher()),
                                   log.storage, log.random);
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_FALSE(report->problems.empty());
    EXPECT_FALSE(report->renumbered);
    std::uint64_t lost = 0;
    for (const auto& range : report->lost) {
      lost += range.count;
    }
    EXPECT_GE(lost, block == 0 || block == 3 ? 0U : 2U);  // The header, and the seal.
    EXPECT_LE(lost, kBlockBytes / 1024 + 1);
    EXPECT_EQ(report->kept.at(0) + lost, stored.ids().size());
    const auto repaired = verify_log(repaired_directory(log.settings.directory), log.storage,
                                     {.id_hash = id_hash_of(IdHasher())});
    EXPECT_THAT(repaired->problems, IsEmpty());
  }
}

TEST(LogTwinDamageTest, WhereverAByteIsFlippedItIsToldOrChangesNothing) {
  const StoredTwins stored;
  const auto content = stored.content(1);
  for (std::size_t at = 0; at < content.size(); at += 3) {
    SCOPED_TRACE(at);
    auto changed = content;
    changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
    auto log = stored.with(1, changed);
    const auto opened = log.open();
    const auto ids = opened ? read_all(*log.core, log.storage)
                            : Result<std::vector<std::string>>(opened.error());
    if (ids) {
      ASSERT_EQ(*ids, stored.ids());
    } else {
      ASSERT_EQ(ids.error().kind, ErrorKind::kCorrupt);
      ASSERT_FALSE(verify_all(log.storage)->problems.empty());
    }
  }
}

TEST(LogTwinDamageTest, AFileThatIsCutOffAnywhereIsToldOrHasAllOfTheLog) {
  const StoredTwins stored;
  const auto content = stored.content(2);
  for (std::size_t size = 0; size < content.size(); size += 7) {
    SCOPED_TRACE(size);
    auto log = stored.with(2, content.substr(0, size));
    const auto opened = log.open();
    const auto ids = opened ? read_all(*log.core, log.storage)
                            : Result<std::vector<std::string>>(opened.error());
    ASSERT_TRUE(!ids || *ids == stored.ids());
    ASSERT_TRUE(ids || ids.error().kind == ErrorKind::kCorrupt);
  }
}

TEST(LogTwinDamageTest, WithBothHeadsGoneARepairGoesOnWithTheNextSegment) {
  const StoredTwins stored;
  auto log = stored.with(1, std::string(stored.content(1).size(), '\0'));
  EXPECT_FALSE(verify_all(log.storage)->problems.empty());
  const auto report =
      repair_log(log.settings, RepairMode::kPlan, id_hash_of(IdHasher()), log.storage, log.random);
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_FALSE(report->problems.empty());
  EXPECT_GT(report->kept.at(0), stored.ids().size() / 2);
}

// A name that is not durable comes back with a power failure, and must not lead to other bytes.
TEST(LogTwinDamageTest, ARawFileIsNotWrittenOverBeforeItsNameIsGoneForGood) {
  LogHarness log;
  log.settings.retention_bytes = 1U << 30U;
  log.settings.spares_max = 1;
  ASSERT_TRUE(log.open());
  std::vector<std::string> ids;
  const auto commit = [&] {
    ids.push_back(fmt::format("m{}", ids.size()));
    ASSERT_TRUE(log.commit_one(ids.back(), 3000));
  };
  while (log.core->catalog().segment_count() < 3) {
    commit();
  }
  ASSERT_EQ(log.compressor->compress_next().value(), SegmentCompressor::Outcome::kCompressed);
  log.storage.before_op([](const DiskOp& op) -> std::optional<Error> {
    return op.kind == DiskOp::Kind::kSyncDirectory
               ? std::optional(Error{.kind = ErrorKind::kUnavailable, .message = "failed"})
               : std::nullopt;
  });
  ASSERT_FALSE(log.compressor->recycle_raw());
  log.storage.before_op({});
  const auto before = log.core->stats().rolls;
  ASSERT_EQ(log.core->files().spare_count(), 0U) << "it waits";
  while (log.core->stats().rolls == before) {
    commit();
  }
  for (std::uint64_t kept = 0; kept < 16; ++kept) {
    LogHarness crashed(log.storage.crash(log.storage.trace().size(), kept));
    ASSERT_TRUE(crashed.open());
    EXPECT_EQ(crashed.ids(), ids);
  }
}

}  // namespace
}  // namespace hapax
