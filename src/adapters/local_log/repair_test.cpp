// SPDX-License-Identifier: Apache-2.0
// A damaged log is made into one that opens, with all that can be read of it.
#include "adapters/local_log/repair.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "adapters/local_log/golden_folder.hpp"
#include "adapters/local_log/log_test_support.hpp"
#include "adapters/posix/posix_storage.hpp"
#include "testing/temporary_directory.hpp"

namespace hapax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A log of a few segments that is damaged by the test, and what repair makes of it.
class RepairTest : public testing::Test {
 protected:
  RepairTest() { log_.settings.retention_bytes = 1U << 30U; }

  /// With a control record before record `control_at` of each partition.
  void write_log(int control_at = 3) {
    ASSERT_TRUE(log_.open());
    for (int i = 0; i < control_at; ++i) {
      commit(i);
    }
    ASSERT_TRUE(log_.commit_control("settings", "1"));
    for (int i = control_at; i < 20; ++i) {
      commit(i);
    }
    ASSERT_TRUE(log_.core->seal());
    ASSERT_TRUE(log_.core->note_end());
    for (const auto& segment : log_.core->catalog().snapshot().segments) {
      paths_.push_back(segment.path);
    }
    ASSERT_EQ(paths_.size(), 4U);
    id_ = log_.core->id();
    ids_ = log_.ids();
    ends_ = log_.core->catalog().end_offsets();
    digests_ = digests(log_);
    log_.core.reset();
  }

  /// Two records in a frame of 2048 bytes.
  void commit(int i) {
    ASSERT_TRUE(log_.commit(
        {one_record(0, fmt::format("a{}", i), 300), one_record(2, fmt::format("b{}", i), 1200)}));
  }

  static std::vector<Digest> digests(LogHarness& log) {
    std::vector<Digest> digests;
    const auto report = verify_all(log.storage).value();
    for (const auto& [id, partition] : report.partitions) {
      digests.push_back(partition.digest);
    }
    return digests;
  }

  void overwrite(std::size_t segment, std::size_t at, std::size_t bytes) {
    auto content = log_.storage.content(paths_[segment]);
    content.replace(at, bytes, bytes, '\0');
    log_.storage.set_content(paths_[segment], content);
  }

  /// That of write_log(8), which a later header repeats.
  void lose_control_record() {
    for (std::size_t at = log_format::kHeaderBytes; at < 16384; at += 512) {
      auto content = log_.storage.content(paths_[1]);
      if (content.substr(at, 512).find("settings") != std::string::npos) {
        overwrite(1, at, 512);
      }
    }
  }

  /// Repairs, and opens the repaired log.
  RepairReport repair() {
    const auto before = log_.storage.image().contents;
    const auto plan = repair_log(log_.settings, RepairMode::kPlan, id_hash_of(IdHasher()),
                                 log_.storage, log_.random)
                          .value();
    EXPECT_EQ(log_.storage.image().contents, before) << "a plan changes nothing";
    const auto report = repair_log(log_.settings, RepairMode::kWrite, id_hash_of(IdHasher()),
                                   log_.storage, log_.random)
                            .value();
    EXPECT_EQ(report.lost, plan.lost);
    EXPECT_EQ(report.kept, plan.kept);
    EXPECT_EQ(report.renumbered, plan.renumbered);
    for (const auto& [inode, content] : before) {
      EXPECT_EQ(log_.storage.image().contents.at(inode), content) << "the damaged log is kept";
    }
    repaired_.settings = log_.settings;
    for (const auto& [name, inode] : log_.storage.image().names) {
      const auto directory = repaired_directory(log_.settings.directory);
      if (name.starts_with(directory + "/")) {
        repaired_.storage.set_content(log_.settings.directory + name.substr(directory.size()),
                                      log_.storage.content(name));
      }
    }
    EXPECT_TRUE(repaired_.storage.create_directories(log_.settings.directory));
    const auto verified = verify_all(repaired_.storage).value();
    EXPECT_THAT(verified.problems, IsEmpty()) << verified.problems.front().text();
    const auto opened = repaired_.open();
    EXPECT_TRUE(opened) << opened.error().text();
    return report;
  }

  /// The ids with "lost=" in the place of these.
  std::vector<std::string> ids_without(const std::vector<std::string>& lost) {
    auto ids = ids_;
    for (auto& id : ids) {
      id = std::ranges::find(lost, id) == lost.end() ? id : "lost=";
    }
    return ids;
  }

  /// By partition, as a reader of the repaired log meets them.
  std::vector<std::string> read(std::uint32_t partition) {
    const std::vector<Receipt::End> start{
        {PartitionId(partition), start_offsets(*repaired_.core)[partition]}};
    const auto reader =
        SegmentReader::open(start, repaired_.core->catalog(), repaired_.storage).value();
    std::vector<std::string> ids;
    for (auto batches = reader->poll(1).value(); !batches.empty();
         batches = reader->poll(1).value()) {
      add_message_ids(batches, ids);
    }
    return ids;
  }

  static std::vector<std::string> expected(char prefix, const std::vector<int>& lost) {
    std::vector<std::string> ids;
    for (int i = 0; i < 20; ++i) {
      if (i == 3) {
        ids.emplace_back("settings=1");
      }
      const bool is_lost = std::ranges::find(lost, i) != lost.end();
      ids.push_back(is_lost ? "lost=" : fmt::format("{}{}", prefix, i));
    }
    return ids;
  }

  LogHarness log_;
  LogHarness repaired_;
  LogId id_;
  std::vector<std::string> paths_;
  std::vector<std::string> ids_;
  std::vector<Offset> ends_;
  std::vector<Digest> digests_;
};

TEST_F(RepairTest, ASoundLogIsCopiedAsItIs) {
  write_log();
  const auto report = repair();
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_THAT(report.lost, IsEmpty());
  EXPECT_EQ(read(0), expected('a', {}));
  EXPECT_EQ(read(2), expected('b', {}));
  EXPECT_EQ(repaired_.core->catalog().end_offsets(), ends_);
  EXPECT_EQ(digests(repaired_), digests_);
}

TEST_F(RepairTest, DamageInTheMiddleCostsItsRecordsAndMovesNoOffset) {
  write_log();
  overwrite(0, log_format::kHeaderBytes + 2048 + 100, 8);
  const auto report = repair();
  EXPECT_FALSE(report.problems.empty());
  EXPECT_THAT(report.lost, ElementsAre(LostRange{PartitionId(0), Offset(1), 1},
                                       LostRange{PartitionId(2), Offset(1), 1}));
  EXPECT_EQ(report.kept.at(0), 20U);
  EXPECT_FALSE(report.renumbered);
  EXPECT_EQ(read(0), expected('a', {1}));
  EXPECT_EQ(read(2), expected('b', {1}));
  EXPECT_EQ(repaired_.core->catalog().end_offsets(), ends_);
  EXPECT_EQ(digests(repaired_), digests_) << "the account knows the lost records";
}

TEST_F(RepairTest, ALostSegmentAndALostHeaderCostNoMoreThanTheyHeld) {
  write_log();
  overwrite(2, 0, 100);  // Its frames say what generation they are of.
  ASSERT_TRUE(log_.storage.unlink(paths_[1]));
  const auto report = repair();
  std::vector<int> lost;
  for (const auto& range : report.lost) {
    for (std::uint64_t i = 0; range.partition.value() == 0 && i < range.count; ++i) {
      lost.push_back(static_cast<int>(range.first.value() + i));
    }
  }
  EXPECT_FALSE(lost.empty());
  EXPECT_LE(lost.size(), 6U);
  EXPECT_FALSE(report.renumbered);
  EXPECT_EQ(repaired_.core->catalog().end_offsets(), ends_);
  EXPECT_EQ(digests(repaired_), digests_);
  EXPECT_EQ(repaired_.ids().back(), "b19");
}

TEST_F(RepairTest, ALogOfOneSegmentWithoutAHeaderIsReadByItsFrames) {
  ASSERT_TRUE(log_.open());
  ASSERT_TRUE(log_.commit_one("a"));
  ASSERT_TRUE(log_.commit_one("b"));
  paths_ = {log_.active_path()};
  log_.core.reset();
  overwrite(0, 0, 4096);
  EXPECT_THAT(repair().lost, IsEmpty());
  EXPECT_THAT(repaired_.ids(), ElementsAre("a", "b"));
}

TEST_F(RepairTest, ALostEndIsKnownAndItsOffsetsAreNotGivenAgain) {
  write_log();
  overwrite(3, log_format::kHeaderBytes + 2048, 16384 - log_format::kHeaderBytes - 2048);
  const auto report = repair();
  EXPECT_FALSE(report.lost.empty());
  EXPECT_EQ(repaired_.core->catalog().end_offsets(), ends_);
  EXPECT_EQ(read(0).back(), "lost=");
}

TEST_F(RepairTest, AControlRecordThatIsLostButRepeatedIsSaidAgain) {
  write_log(8);
  lose_control_record();
  const auto report = repair();
  EXPECT_FALSE(report.problems.empty());
  EXPECT_TRUE(report.renumbered);
  EXPECT_THAT(repaired_.core->catalog().controls().at_end,
              ElementsAre(control_record("settings", "1")));
  EXPECT_THAT(read(1), ElementsAre("lost=", "settings=1"));
}

// Receipts of the damaged log still say where their records are.
TEST_F(RepairTest, ALogWhoseRecordsKeepTheirOffsetsKeepsItsId) {
  write_log();
  overwrite(0, log_format::kHeaderBytes + 2048 + 100, 8);
  EXPECT_FALSE(repair().renumbered);
  EXPECT_EQ(repaired_.core->id(), id_);
}

// It may have given offsets that are given again now.
TEST_F(RepairTest, ALogOfWhichTheEndIsNotKnownGetsAnIdOfItsOwn) {
  write_log();
  ASSERT_TRUE(log_.storage.unlink(std::string(kLogDirectory) + "/end"));
  EXPECT_FALSE(repair().renumbered);
  EXPECT_NE(repaired_.core->id(), id_);
}

TEST_F(RepairTest, ALogWhoseRecordsGetOtherOffsetsGetsAnIdOfItsOwn) {
  write_log(8);
  lose_control_record();
  EXPECT_TRUE(repair().renumbered);
  EXPECT_NE(repaired_.core->id(), id_);
}

TEST_F(RepairTest, ARepairedLogCanBeRepaired) {
  write_log();
  overwrite(0, log_format::kHeaderBytes + 2048 + 100, 8);
  repair();
  repaired_.core.reset();
  const auto report = repair_log(repaired_.settings, RepairMode::kPlan, id_hash_of(IdHasher()),
                                 repaired_.storage, repaired_.random)
                          .value();
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_THAT(report.lost, ElementsAre(LostRange{PartitionId(0), Offset(1), 1},
                                       LostRange{PartitionId(2), Offset(1), 1}));
}

// Of version 1, which could do this to itself.
TEST_F(RepairTest, OfARollThatFailedHalfWayAllRecordsAreKept) {
  copy_golden("log_v1_overlap", log_);
  log_.settings.partition_count = 1;
  const auto report = repair();
  EXPECT_TRUE(report.renumbered);
  EXPECT_THAT(report.lost, IsEmpty());
  EXPECT_EQ(report.kept.at(0), 15U);
  EXPECT_THAT(repaired_.ids(), ElementsAre("before0", "before1", "before2", "before3", "behind0",
                                           "behind1", "after0", "after1", "after2", "after3",
                                           "after4", "after5", "after6", "after7", "after8"));
}

TEST_F(RepairTest, ALogOfVersionOneBecomesOneOfVersionTwo) {
  copy_golden("log_v1", log_);
  log_.settings.partition_count = 2;
  log_.settings.key_id = 7;  // It had none.
  const auto report = repair();
  EXPECT_TRUE(report.rekeyed);
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_FALSE(report.renumbered);
  EXPECT_THAT(repaired_.core->catalog().end_offsets(), ElementsAre(Offset(6), Offset(6)));
}

TEST_F(RepairTest, RecordsGetNoYounger) {
  ASSERT_TRUE(log_.open());
  ASSERT_TRUE(log_.commit_one("m"));
  const auto before = log_.core->catalog().snapshot().segments.front().header.created_at;
  log_.core.reset();
  log_.clock.advance(std::chrono::hours(99));
  repair();
  EXPECT_EQ(repaired_.core->catalog().snapshot().segments.front().header.created_at, before);
}

TEST_F(RepairTest, AnotherKeyIsRefusedAndTheLogKnowsItsPartitions) {
  write_log();
  auto settings = log_.settings;
  settings.partition_count = 64;
  const auto repair = [&] {
    return repair_log(settings, RepairMode::kPlan, id_hash_of(IdHasher()), log_.storage,
                      log_.random);
  };
  EXPECT_EQ(repair().value().kept.size(), 3U);
  settings.key_id = 8;
  const auto refused = repair();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
}

TEST_F(RepairTest, ALogThatIsInUseIsNotRepaired) {
  ASSERT_TRUE(log_.open());
  const auto refused = repair_log(log_.settings, RepairMode::kWrite, id_hash_of(IdHasher()),
                                  log_.storage, log_.random);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnavailable);
}

TEST(RepairPlaceTest, TheDamagedLogIsKeptUnderAnotherNameAndAnInterruptedRepairIsFinished) {
  const TemporaryDirectory directory;
  PosixStorage storage;
  StillClock clock;
  SeededRandom random(1);
  auto settings = small_log_settings();
  settings.directory = directory.path() + "/log";
  for (const auto* kept : {"/log.damaged", "/log.damaged-2"}) {
    ASSERT_TRUE(LogCore::open(settings, storage, clock, random));
    ASSERT_TRUE(repair_log(settings, RepairMode::kWrite, id_hash_of(IdHasher()), storage, random));
    ASSERT_TRUE(repair_log(settings, RepairMode::kWrite, id_hash_of(IdHasher()), storage, random));
    EXPECT_EQ(put_repaired_in_place(settings.directory, storage).value(), directory.path() + kept);
    EXPECT_TRUE(LogCore::open(settings, storage, clock, random));
  }
  ASSERT_TRUE(repair_log(settings, RepairMode::kWrite, id_hash_of(IdHasher()), storage, random));
  ASSERT_TRUE(storage.rename(settings.directory, directory.path() + "/moved"));
  const auto opened = LogCore::open(settings, storage, clock, random);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("was interrupted"));
  ASSERT_TRUE(put_repaired_in_place(settings.directory, storage));
  EXPECT_TRUE(LogCore::open(settings, storage, clock, random));
}

}  // namespace
}  // namespace hapax
