// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/segment_compressor.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>

#include "adapters/local_log/log_test_support.hpp"
#include "adapters/local_log/log_walk.hpp"

namespace hapax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Outcome = SegmentCompressor::Outcome;

/// A log of `segments` segments, the last of which is active; the ids in it.
std::vector<std::string> fill(LogHarness& log, std::size_t segments) {
  log.settings.retention_bytes = 1U << 30U;
  EXPECT_TRUE(log.open());
  std::vector<std::string> ids;
  while (log.core->catalog().segment_count() < segments || ids.size() % 3 != 0) {
    ids.push_back(fmt::format("m{}", ids.size()));
    EXPECT_TRUE(log.commit_one(ids.back(), 2000));
  }
  return ids;
}

std::vector<std::string> names_in(LogHarness& log, std::string_view suffix) {
  auto names = log.storage.list(std::string(kLogDirectory)).value();
  std::erase_if(names, [&](const std::string& name) { return !name.ends_with(suffix); });
  return names;
}

TEST(SegmentCompressorTest, PutsTwinsInThePlaceOfSealedSegmentsOldestFirst) {
  LogHarness log;
  const auto ids = fill(log, 4);
  ASSERT_EQ(log.compressor->compress_next().value(), Outcome::kCompressed);
  ASSERT_TRUE(log.compressor->recycle_raw());
  EXPECT_THAT(names_in(log, ".zst"), ElementsAre("00000000000000000001.seg.zst"));
  EXPECT_THAT(names_in(log, ".seg"), SizeIs(3));
  ASSERT_TRUE(log.compress());
  EXPECT_THAT(names_in(log, ".zst"), SizeIs(3));
  EXPECT_THAT(names_in(log, ".seg"), ElementsAre("00000000000000000004.seg")) << "the active one";
  EXPECT_EQ(log.ids(), ids);
  ASSERT_TRUE(log.open());
  EXPECT_EQ(log.ids(), ids);
  EXPECT_THAT(verify_all(log.storage)->problems, IsEmpty());
}

TEST(SegmentCompressorTest, TheLogCountsTheBytesThatAreOnTheDisk) {
  LogHarness log;
  fill(log, 4);
  const auto raw_bytes = log.core->catalog().bytes();
  ASSERT_TRUE(log.compress());
  std::uint64_t real = 0;
  for (const auto& name : names_in(log, "")) {
    const bool counts = name.ends_with(".zst") || name.ends_with(".seg");
    real += counts ? log.storage.content(fmt::format("{}/{}", kLogDirectory, name)).size() : 0;
  }
  EXPECT_EQ(log.core->catalog().bytes(), real);
  EXPECT_LT(real, raw_bytes / 2);
  ASSERT_TRUE(log.open());
  EXPECT_EQ(log.core->catalog().bytes(), real);
  EXPECT_EQ(log.compressor->stats().segments, 0U) << "since the start";
}

TEST(SegmentCompressorTest, RetentionBySizeKeepsWhatFitsCompressed) {
  LogHarness log;
  const auto ids = fill(log, 12);
  ASSERT_TRUE(log.compress());
  log.settings.retention_bytes = 3 * log.settings.segment_bytes;
  ASSERT_TRUE(log.open());
  ASSERT_TRUE(log.retain());
  EXPECT_EQ(log.ids(), ids) << "raw they would be twelve segments";
  log.settings.retention_bytes = log.settings.segment_bytes;
  ASSERT_TRUE(log.open());
  ASSERT_TRUE(log.retain());
  EXPECT_THAT(names_in(log, ".zst"), IsEmpty());
  EXPECT_THAT(names_in(log, ".seg"), SizeIs(1));
  ASSERT_TRUE(log.open());
}

TEST(SegmentCompressorTest, RawFilesBecomeSparesAsManyAsAreKept) {
  LogHarness log;
  const auto ids = fill(log, 6);
  ASSERT_TRUE(log.compress());
  EXPECT_EQ(log.core->files().spare_count(), log.settings.spares_max);
  EXPECT_EQ(log.core->files().recycled_count(), log.settings.spares_max);
  for (int i = 0; i < 20; ++i) {  // Into them.
    ASSERT_TRUE(log.commit_one("later", 2000));
  }
  auto read = log.ids();
  EXPECT_EQ(std::erase(read, "later"), 20U);
  EXPECT_EQ(read, ids);
}

/// Reads to its end, a frame at a time.
std::vector<std::string> read_on(SegmentReader& reader) {
  std::vector<std::string> ids;
  for (auto batches = reader.poll(1).value(); !batches.empty(); batches = reader.poll(1).value()) {
    add_message_ids(batches, ids);
  }
  return ids;
}

TEST(SegmentCompressorTest, ARawFileStaysAsItIsUntilItsReadersHaveLeftIt) {
  LogHarness log;
  const auto ids = fill(log, 3);
  auto reader =
      SegmentReader::open(ends_of(start_offsets(*log.core)), log.core->catalog(), log.storage)
          .value();
  std::vector<std::string> read;
  add_message_ids(reader->poll(1).value(), read);
  ASSERT_TRUE(log.compress());
  EXPECT_TRUE(log.compressor->has_raw_left());
  EXPECT_THAT(names_in(log, ".seg"),
              ElementsAre("00000000000000000001.seg", "00000000000000000003.seg"));
  const auto both = log.core->catalog().bytes();
  for (int i = 0; i < 20; ++i) {  // Over whatever is a spare now.
    ASSERT_TRUE(log.commit_one("later", 2000));
  }
  for (const auto& id : read_on(*reader)) {
    read.push_back(id);
  }
  EXPECT_EQ(std::erase(read, "later"), 20U);
  EXPECT_EQ(read, ids);
  ASSERT_TRUE(log.compressor->recycle_raw());  // It has gone on to other segments.
  EXPECT_FALSE(log.compressor->has_raw_left());
  EXPECT_FALSE(
      log.storage.exists(fmt::format("{}/00000000000000000001.seg", kLogDirectory)).value());
  EXPECT_LT(log.core->catalog().bytes(), both + 20 * log.settings.segment_bytes);
}

TEST(SegmentCompressorTest, RetentionTakesTheTwinAndTheRawFileThatWaits) {
  LogHarness log;
  fill(log, 4);
  const auto reader =
      SegmentReader::open(ends_of(start_offsets(*log.core)), log.core->catalog(), log.storage)
          .value();
  ASSERT_TRUE(log.compress());
  log.clock.advance(std::chrono::hours(2));
  ASSERT_TRUE(log.commit_one("young"));
  for (std::size_t i = log.core->catalog().segment_count(); i < 6; ++i) {
    ASSERT_TRUE(log.commit_one("young", 14000));
  }
  ASSERT_TRUE(log.retain());
  EXPECT_FALSE(
      log.storage.exists(fmt::format("{}/00000000000000000001.seg", kLogDirectory)).value());
  EXPECT_THAT(names_in(log, ".zst"), IsEmpty());
  ASSERT_TRUE(log.compressor->recycle_raw());
  ASSERT_TRUE(log.open());
  EXPECT_EQ(log.ids().back(), "young");
}

TEST(SegmentCompressorTest, GivesASegmentUpThatRetentionWants) {
  LogHarness log;
  fill(log, 3);
  log.clock.advance(std::chrono::hours(2));
  ASSERT_TRUE(log.commit_one("young", 14000));
  int asked = 0;
  const auto outcome = log.compressor->compress_next([&] {
    EXPECT_TRUE(asked++ > 0 || log.retain());
    return false;
  });
  EXPECT_EQ(outcome.value(), Outcome::kStopped);
  EXPECT_EQ(log.compressor->stats().failures, 0U);
  EXPECT_EQ(log.core->catalog().starts()[0].offset, Offset(0)) << "it waits";
  EXPECT_EQ(log.compressor->compress_next().value(), Outcome::kCompressed);
  EXPECT_THAT(names_in(log, ".zst"), ElementsAre("00000000000000000002.seg.zst"))
      << "it is taken up no more, so that retention finds it";
  ASSERT_TRUE(log.retain());
  EXPECT_GT(log.core->catalog().starts()[0].offset, Offset(0));
  EXPECT_THAT(names_in(log, ".tmp"), IsEmpty());
}

TEST(SegmentCompressorTest, StopsBetweenBlocksAndLeavesTheLogAsItWas) {
  LogHarness log;
  const auto ids = fill(log, 3);
  for (int after = 0; after < 2; ++after) {
    int asked = 0;
    const auto outcome = log.compressor->compress_next([&] { return asked++ == after; });
    EXPECT_EQ(outcome.value(), Outcome::kStopped);
    EXPECT_THAT(names_in(log, ".zst"), IsEmpty());
    EXPECT_THAT(names_in(log, ".tmp"), IsEmpty());
  }
  ASSERT_TRUE(log.compress());
  EXPECT_EQ(log.ids(), ids);
}

TEST(SegmentCompressorTest, OneThatFailsHoldsUpNoOtherAndIsTriedAgainAfterAMinute) {
  LogHarness log;
  const auto ids = fill(log, 4);
  int left = 1;
  log.storage.before_op([&left](const DiskOp& op) -> std::optional<Error> {
    if (op.kind == DiskOp::Kind::kWrite && op.path.ends_with("compressing.tmp") && left-- > 0) {
      return Error{.kind = ErrorKind::kUnavailable, .message = "bad disk"};
    }
    return std::nullopt;
  });
  const auto failed = log.compressor->compress_next();
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message,
              HasSubstr("cannot compress data/log/00000000000000000001.seg: bad disk"));
  EXPECT_EQ(log.compressor->stats().failures, 1U);
  log.clock.advance(SegmentCompressor::kRetryAfter - std::chrono::seconds(1));
  ASSERT_TRUE(log.compress());
  EXPECT_THAT(names_in(log, ".zst"), SizeIs(2));
  EXPECT_EQ(log.compressor->stats().error, failed.error().text()) << "it is still so";
  log.clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(log.compress());
  EXPECT_THAT(names_in(log, ".zst"), SizeIs(3));
  EXPECT_EQ(log.compressor->stats().error, "");
  EXPECT_EQ(log.ids(), ids);
}

TEST(SegmentCompressorTest, AFullDiskIsTriedOnceAMinuteWhateverWaits) {
  LogHarness log;
  fill(log, 5);
  int tried = 0;
  bool full = true;
  log.storage.before_op([&](const DiskOp& op) -> std::optional<Error> {
    if (op.kind == DiskOp::Kind::kWrite && op.path.ends_with("compressing.tmp")) {
      ++tried;
      return full ? std::optional(Error{.kind = ErrorKind::kExhausted, .message = "no space left"})
                  : std::nullopt;
    }
    return std::nullopt;
  });
  for (int minute = 1; minute <= 3; ++minute) {
    EXPECT_FALSE(log.compressor->compress_next());
    for (int second = 0; second < 60; ++second) {
      EXPECT_EQ(log.compressor->compress_next().value(), Outcome::kNothingToDo);
      log.clock.advance(std::chrono::seconds(1));
    }
    EXPECT_EQ(tried, minute);
    EXPECT_THAT(log.compressor->stats().error, HasSubstr("0001.seg: no space left"));
  }
  full = false;
  ASSERT_TRUE(log.compress());
  EXPECT_THAT(names_in(log, ".zst"), SizeIs(4));
  EXPECT_EQ(log.compressor->stats().error, "");
  EXPECT_EQ(log.compressor->stats().failures, 3U);
}

TEST(SegmentCompressorTest, NobodyIsToldOfASegmentThatRetentionTook) {
  LogHarness log;
  fill(log, 4);
  log.storage.before_op([](const DiskOp& op) -> std::optional<Error> {
    return op.kind == DiskOp::Kind::kWrite && op.path.ends_with("compressing.tmp")
               ? std::optional(Error{.kind = ErrorKind::kUnavailable, .message = "bad disk"})
               : std::nullopt;
  });
  EXPECT_FALSE(log.compressor->compress_next());
  log.clock.advance(std::chrono::hours(2));
  ASSERT_TRUE(log.commit_one("young", 14000));
  ASSERT_TRUE(log.retain());
  log.storage.before_op({});
  ASSERT_TRUE(log.compress());
  EXPECT_EQ(log.compressor->stats().error, "");
}

TEST(SegmentCompressorTest, ARawFileThatCannotBeTakenAwayIsToldAndTriedAgainAfterAMinute) {
  LogHarness log;
  fill(log, 2);
  int tried = 0;
  log.storage.before_op([&tried](const DiskOp& op) -> std::optional<Error> {
    const bool fails = op.kind == DiskOp::Kind::kRename && op.path.ends_with(".seg");
    tried += fails ? 1 : 0;
    return fails ? std::optional(Error{.kind = ErrorKind::kUnavailable, .message = "not permitted"})
                 : std::nullopt;
  });
  EXPECT_EQ(log.compressor->compress_next().value(), Outcome::kCompressed);
  EXPECT_FALSE(log.compressor->recycle_raw());
  for (int second = 0; second < 59; ++second) {
    log.clock.advance(std::chrono::seconds(1));
    EXPECT_TRUE(log.compressor->recycle_raw());
  }
  EXPECT_EQ(tried, 1);
  EXPECT_THAT(log.compressor->stats().error,
              HasSubstr("cannot take away data/log/00000000000000000001.seg: not permitted"));
  log.storage.before_op({});
  log.clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(log.compressor->recycle_raw());
  EXPECT_FALSE(log.compressor->has_raw_left());
  EXPECT_EQ(log.compressor->stats().error, "");
}

TEST(SegmentCompressorTest, AnExceptionIsAFailure) {
  LogHarness log;
  const auto ids = fill(log, 3);
  SegmentCompressor compressor(log.settings.directory, log.core->catalog(), log.core->files(),
                               log.storage, log.clock, [](const auto&) { throw std::bad_alloc(); });
  EXPECT_EQ(compressor.compress_next().error().kind, ErrorKind::kExhausted);
  EXPECT_EQ(compressor.stats().failures, 1U);
  EXPECT_EQ(log.ids(), ids);
}

TEST(SegmentCompressorTest, WhicheverOperationFailsTheLogIsAsItWasAndALaterAttemptSucceeds) {
  for (const auto kind :
       {DiskOp::Kind::kLink, DiskOp::Kind::kWrite, DiskOp::Kind::kSync, DiskOp::Kind::kRename,
        DiskOp::Kind::kSyncDirectory, DiskOp::Kind::kUnlink, DiskOp::Kind::kOpen}) {
    bool happened = true;
    for (int n = 1; happened; ++n) {
      SCOPED_TRACE(fmt::format("kind {}, number {}", static_cast<int>(kind), n));
      LogHarness log;
      const auto ids = fill(log, 4);
      int left = n;
      log.storage.before_op([&](const DiskOp& op) -> std::optional<Error> {
        return op.kind == kind && --left == 0
                   ? std::optional(Error{.kind = ErrorKind::kUnavailable, .message = "failed"})
                   : std::nullopt;
      });
      log.compress().permit_unchecked_error();
      happened = left <= 0;
      log.storage.before_op({});
      ASSERT_EQ(log.ids(), ids);
      for (int round = 0; round < 5; ++round) {
        LogHarness crashed(log.storage.crash(log.storage.trace().size(), log.random));
        ASSERT_TRUE(crashed.open());
        ASSERT_EQ(crashed.ids(), ids);
      }
      log.clock.advance(SegmentCompressor::kRetryAfter);
      ASSERT_TRUE(log.compress());
      ASSERT_TRUE(log.commit_one("after", 14000));
      ASSERT_TRUE(log.commit_one("after", 14000));
      ASSERT_TRUE(log.open());
      auto read = log.ids();
      EXPECT_EQ(std::erase(read, "after"), 2U);
      EXPECT_EQ(read, ids);
      EXPECT_THAT(names_in(log, ".zst"), SizeIs(3));
    }
  }
}

/// Damages what was written of a twin before it is read back.
TEST(SegmentCompressorTest, ATwinThatReadsOtherwiseTakesNoPlace) {
  LogHarness log;
  const auto ids = fill(log, 3);
  const auto unfinished = fmt::format("{}/compressing.tmp", kLogDirectory);
  log.storage.before_op([&](const DiskOp& op) -> std::optional<Error> {
    if (op.kind == DiskOp::Kind::kOpen && op.path == unfinished) {
      auto bytes = log.storage.content(unfinished);
      bytes[bytes.size() / 2] = static_cast<char>(~bytes[bytes.size() / 2]);
      log.storage.set_content(unfinished, bytes);
    }
    return std::nullopt;
  });
  EXPECT_EQ(log.compressor->compress_next().error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(names_in(log, ".zst"), IsEmpty());
  EXPECT_THAT(names_in(log, ".seg"), SizeIs(3));
  log.storage.before_op({});
  EXPECT_EQ(log.ids(), ids);
}

TEST(SegmentCompressorTest, ASegmentThatDoesNotEndWithItsSealStaysRaw) {
  LogHarness log;
  fill(log, 3);
  const auto path = fmt::format("{}/00000000000000000001.seg", kLogDirectory);
  auto bytes = log.storage.content(path);
  const auto seal = log.core->catalog().snapshot().segments[1].header.previous_end;
  bytes[seal + 10] = static_cast<char>(~bytes[seal + 10]);
  log.storage.set_content(path, bytes);
  const auto failed = log.compressor->compress_next();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kCorrupt);
  EXPECT_EQ(log.storage.content(path), bytes);
  ASSERT_TRUE(log.compress());
  EXPECT_THAT(names_in(log, ".zst"), ElementsAre("00000000000000000002.seg.zst"));
}

TEST(SegmentCompressorTest, ATwinBesideItsRawFileIsRemovedByAStart) {
  LogHarness log;
  const auto ids = fill(log, 3);
  const auto twin = fmt::format("{}/00000000000000000001.seg.zst", kLogDirectory);
  log.storage.set_content(twin, "half a twin");
  log.storage.set_content(fmt::format("{}/compressing.tmp", kLogDirectory), "less");
  ASSERT_TRUE(log.open());
  EXPECT_EQ(log.ids(), ids);
  EXPECT_FALSE(log.storage.exists(twin).value());
  EXPECT_THAT(names_in(log, ".tmp"), IsEmpty());
}

TEST(SegmentCompressorTest, ALogWhoseLastSegmentIsCompressedLacksItsEnd) {
  LogHarness log;
  fill(log, 3);
  ASSERT_TRUE(log.compress());
  log.core.reset();
  ASSERT_TRUE(log.storage.unlink(fmt::format("{}/00000000000000000003.seg", kLogDirectory)));
  const auto opened = log.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(opened.error().message, HasSubstr("00000000000000000003.seg is missing"));
  EXPECT_FALSE(verify_all(log.storage)->problems.empty());
}

TEST(SegmentCompressorTest, ATwinOfAnotherSegmentIsDamage) {
  LogHarness log;
  fill(log, 4);
  ASSERT_TRUE(log.compress());
  const auto path = [](int n) { return fmt::format("{}/{:020}.seg.zst", kLogDirectory, n); };
  log.storage.set_content(path(2), log.storage.content(path(1)));
  const auto opened = log.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kCorrupt);
  EXPECT_FALSE(verify_all(log.storage)->problems.empty());
}

// What hapax log verify, dump and tail do beside a server.
TEST(SegmentCompressorTest, AWalkGoesOnInTheTwinWhenTheRawFileIsUsedAgainUnderIt) {
  LogHarness log;
  const auto ids = fill(log, 4);
  for (std::size_t before = 0; before < 12; ++before) {
    SCOPED_TRACE(before);
    LogHarness copy(log.storage.image());
    copy.settings = log.settings;
    ASSERT_TRUE(copy.open());
    const auto walk = LogWalk::open(std::string(kLogDirectory), copy.storage).value();
    std::vector<std::string> read;
    for (std::size_t i = 0; i < before; ++i) {
      add_message_ids(*walk->next().value(), read);
    }
    ASSERT_TRUE(copy.compress());
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(copy.commit_one("later", 2000));
    }
    for (auto batches = walk->next(); batches && *batches; batches = walk->next()) {
      add_message_ids(**batches, read);
    }
    EXPECT_EQ(std::erase(read, "later"), 20U);
    EXPECT_EQ(read, ids);
  }
}

TEST(SegmentCompressorTest, ASegmentThatIsPutInItsPlaceUnderVerifyIsNoDamage) {
  LogHarness log;
  fill(log, 4);
  int segments = 0;
  const auto report = verify_log(std::string(kLogDirectory), log.storage,
                                 {.id_hash = id_hash_of(IdHasher()), .progress = [&](const auto&) {
                                    if (++segments == 2) {
                                      ASSERT_TRUE(log.compress());
                                      for (int i = 0; i < 20; ++i) {
                                        ASSERT_TRUE(log.commit_one("later", 2000));
                                      }
                                    }
                                  }});
  ASSERT_TRUE(report);
  EXPECT_THAT(report->problems, IsEmpty()) << report->problems.front().text();
  EXPECT_EQ(report->segments, log.core->catalog().segment_count());
}

TEST(SegmentCompressorTest, AWalkAtASealInsideASegmentGoesOnInTheTwin) {
  LogHarness log;
  log.settings.retention_bytes = 1U << 30U;
  ASSERT_TRUE(log.open());
  ASSERT_TRUE(log.commit_one("before"));
  ASSERT_TRUE(log.core->seal());  // A stop.
  ASSERT_TRUE(log.open());
  const auto walk = LogWalk::open(std::string(kLogDirectory), log.storage).value();
  std::vector<std::string> read;
  for (auto batches = walk->next(); batches && *batches; batches = walk->next()) {
    add_message_ids(**batches, read);
  }
  std::vector<std::string> written{"before"};
  for (int i = 0; i < 40; ++i) {
    written.push_back(fmt::format("m{}", i));
    ASSERT_TRUE(log.commit_one(written.back(), 2000));
    if (i == 15) {
      ASSERT_TRUE(log.compress());
    }
  }
  for (auto batches = walk->next(); batches && *batches; batches = walk->next()) {
    add_message_ids(**batches, read);
  }
  EXPECT_EQ(read, written);
}

TEST(SegmentCompressorTest, AStartLeavesFilesOfOthersAlone) {
  LogHarness log;
  fill(log, 2);
  for (const char* name : {"other", "other.zst", "end.zst"}) {
    ASSERT_TRUE(log.storage.open(fmt::format("{}/{}", kLogDirectory, name), OpenMode::kCreateNew));
  }
  ASSERT_TRUE(log.open());
  EXPECT_THAT(names_in(log, ".zst"), ElementsAre("end.zst", "other.zst"));
}

TEST(SegmentCompressorTest, NothingIsCompressedWhileAnOlderHapaxCouldTakeUpTheLog) {
  LogHarness log;
  fill(log, 3);
  log.core.reset();
  const auto last = fmt::format("{}/00000000000000000003.seg", kLogDirectory);
  auto bytes = log.storage.content(last);
  bytes[12] = 2;
  const auto crc = crc32c(std::as_bytes(std::span(bytes)).subspan(12, 4084));
  std::memcpy(bytes.data() + 8, &crc, sizeof(crc));
  log.storage.set_content(last, bytes);
  ASSERT_TRUE(log.open());
  EXPECT_EQ(log.compressor->compress_next().value(), Outcome::kNothingToDo);
  while (log.core->catalog().segment_count() < 4) {
    ASSERT_TRUE(log.commit_one("more", 2000));
  }
  EXPECT_EQ(log.compressor->compress_next().value(), Outcome::kCompressed);
}

}  // namespace
}  // namespace hapax
