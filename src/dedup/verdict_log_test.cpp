// SPDX-License-Identifier: Apache-2.0
#include "dedup/verdict_log.hpp"

#include <gmock/gmock.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "dedup/verdict_test_support.hpp"
#include "hash/hash.hpp"

namespace hapax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(VerdictLogTest, SaysWhatWasDecidedAfterARestart) {
  VerdictLife life(2);
  life.decide({"uudcrxku", "u"});
  ASSERT_TRUE(life.save());
  life.decide({"d", ""});
  ASSERT_TRUE(life.save());
  life.open();
  EXPECT_EQ(life.read(0), "uudcrxkud");
  EXPECT_EQ(life.read(0, 2), "dcrxkud");
  EXPECT_EQ(life.read(1), "u");
  EXPECT_THAT(life.log->ends(), ElementsAre(Offset(9), Offset(1)));
  const auto progress = life.log->progress();
  EXPECT_EQ(progress[0].end, VerdictLife::place(9));
  EXPECT_EQ(progress[0].last_base, Offset(8));
  EXPECT_EQ(progress[1].end, VerdictLife::place(1));
}

TEST(VerdictLogTest, WhatIsNotSavedIsGoneAfterACrash) {
  VerdictLife life(1);
  life.decide({"ud"});
  ASSERT_TRUE(life.save());
  life.decide({"c"});
  EXPECT_EQ(life.read(0), "udc");
  life.open();
  EXPECT_EQ(life.read(0), "ud");
}

TEST(VerdictLogTest, WhatIsKnownStands) {
  VerdictLife life(1);
  life.decide({"ud"});
  life.log->add(PartitionId(0), {Offset(0), verdicts_of("ccu")});
  EXPECT_EQ(life.read(0), "udu");
  ASSERT_TRUE(life.save());
  life.log->add(PartitionId(0), {Offset(1), verdicts_of("xxd")});
  EXPECT_EQ(life.read(0), "udud");
}

TEST(VerdictLogTest, ABitARecord) {
  VerdictLife life(1);
  life.decide({std::string(100'000, 'u')});
  ASSERT_TRUE(life.save());
  EXPECT_LE(life.log->stats().disk_bytes, 100'000 / 8 + 200);
}

TEST(VerdictLogTest, FilesRollAndGoWhenTheLogHasNothingOfThem) {
  VerdictLife life(2);
  life.settings.file_bytes = 300;
  life.open();
  for (int i = 0; i < 10; ++i) {
    life.decide({"uuuuuuuuuu", "uuuuuuuuud"});
    ASSERT_TRUE(life.save());
  }
  const std::size_t files = life.files().size();
  EXPECT_GE(files, 4U);
  ASSERT_TRUE(life.save(49));
  EXPECT_EQ(life.read(1, 49).substr(0, 11), "duuuuuuuuud");
  EXPECT_LT(life.files().size(), files);
  ASSERT_TRUE(life.save(100));
  EXPECT_THAT(life.files(), SizeIs(1));
  life.open();
  EXPECT_THAT(life.log->ends(), ElementsAre(Offset(100), Offset(100)));
}

TEST(VerdictLogTest, AFileStaysAsLongAsTheLogHasRecordsOfOnePartition) {
  VerdictLife life(2);
  life.settings.file_bytes = 1;  // A file a checkpoint.
  life.open();
  life.decide({"u", "d"});
  ASSERT_TRUE(life.save());
  life.decide({"u", "u"});
  ASSERT_TRUE(life.save());
  const FrozenVerdicts frozen{.life = 0, .parts = {}, .log_starts = {Offset(2), Offset(0)}};
  ASSERT_TRUE(life.log->save(frozen));
  EXPECT_EQ(life.read(1), "du");
  EXPECT_THAT(life.files(), SizeIs(2));
}

TEST(VerdictLogTest, AFailedWriteIsWrittenAgainIntoANewFile) {
  VerdictLife life(1);
  life.decide({"ud"});
  ASSERT_TRUE(life.save());
  life.decide({"c"});
  const FrozenVerdicts frozen = life.freeze();
  life.disk.before_op([](const DiskOp& op) {
    return op.kind == DiskOp::Kind::kSync ? std::optional(Error{ErrorKind::kExhausted, "disk full"})
                                          : std::nullopt;
  });
  EXPECT_FALSE(life.log->save(frozen));
  EXPECT_EQ(life.read(0), "udc");
  life.disk.before_op({});
  life.decide({"r"});
  ASSERT_TRUE(life.log->save(frozen));
  ASSERT_TRUE(life.log->save(frozen));
  EXPECT_THAT(life.files(), SizeIs(2));
  EXPECT_EQ(life.read(0), "udcr");
  life.open();
  EXPECT_EQ(life.read(0), "udc");
}

// The process dies after a sync that failed; the next one finds the verdicts in the page cache.
TEST(VerdictLogTest, WhatAStartSaysIsThereAfterAPowerFailure) {
  VerdictLife life(1);
  life.decide({"ud"});
  ASSERT_TRUE(life.save());
  life.decide({"c"});
  life.disk.before_op([](const DiskOp& op) {
    return op.kind == DiskOp::Kind::kSync ? std::optional(Error{ErrorKind::kUnavailable, "I/O"})
                                          : std::nullopt;
  });
  EXPECT_FALSE(life.save());
  life.disk.before_op({});
  life.open();
  const std::string said = life.read(0);
  EXPECT_EQ(said, "udc");
  VerdictLife after(1);
  after.put_back(life.disk.crash(life.disk.trace().size(), 0));
  after.open();
  EXPECT_EQ(after.read(0), said);
}

TEST(VerdictLogTest, ReadersReadWhileOthersWrite) {
  constexpr std::size_t kVerdicts = 3'000;
  VerdictLife life(1);
  life.settings.file_bytes = 500;
  life.open();
  const auto expected = [](std::size_t offset) { return offset % 7 == 0 ? 'd' : 'u'; };
  const auto read_all = [&] {
    VerdictReader reader(*life.log);
    std::size_t at = 0;
    while (at < kVerdicts) {
      const auto found = reader.read(PartitionId(0), Offset(at)).value();
      if (!found) {
        std::this_thread::yield();
        continue;
      }
      ASSERT_EQ(found->run.base, Offset(at));
      for (const char letter : text_of(found->run.verdicts)) {
        ASSERT_EQ(letter, expected(at++));
      }
    }
  };
  std::vector<std::thread> readers;
  readers.emplace_back(read_all);
  readers.emplace_back(read_all);
  std::thread saver;  // As the checkpoint thread: one save at a time.
  for (std::size_t at = 0; at < kVerdicts; at += 10) {
    std::string decided;
    for (std::size_t i = at; i < at + 10; ++i) {
      decided.push_back(expected(i));
    }
    life.decide({decided});
    if (at % 50 == 0) {
      if (saver.joinable()) {
        saver.join();
      }
      saver = std::thread([&, frozen = life.freeze()] { EXPECT_TRUE(life.log->save(frozen)); });
    }
  }
  saver.join();
  for (std::thread& reader : readers) {
    reader.join();
  }
}

TEST(VerdictLogTest, ReadersKnowUpToWhereADiskHoldsIt) {
  VerdictLife life(1);
  life.decide({"ud"});
  ASSERT_TRUE(life.save());
  life.decide({"cu"});
  VerdictReader reader(*life.log);
  const auto saved = reader.read(PartitionId(0), Offset(0)).value();
  EXPECT_EQ(saved->run.verdicts, verdicts_of("ud"));
  EXPECT_EQ(saved->durable_until, Offset(2));
  const auto unsaved = reader.read(PartitionId(0), Offset(3)).value();
  EXPECT_EQ(unsaved->run, (VerdictRun{Offset(3), verdicts_of("u")}));
  EXPECT_EQ(unsaved->durable_until, Offset(2));
  ASSERT_TRUE(life.save());
  EXPECT_EQ(reader.read(PartitionId(0), Offset(3)).value()->durable_until, Offset(4));
  EXPECT_FALSE(reader.read(PartitionId(0), Offset(4)).value());
}

TEST(VerdictLogTest, BegunAnewNothingOfBeforeIsSaid) {
  VerdictLife life(1);
  life.decide({"uuuu"});
  ASSERT_TRUE(life.save());
  const FrozenVerdicts before = life.freeze();
  life.begin_anew(2);
  EXPECT_EQ(life.read(0), "");
  life.decide({"dc"});
  ASSERT_TRUE(life.log->save(before)) << "frozen before, which means nothing any more";
  EXPECT_EQ(life.read(0), "..dc");
  ASSERT_TRUE(life.save());
  EXPECT_THAT(life.files(), SizeIs(1));
  life.open();
  EXPECT_EQ(life.read(0), "..dc");
  EXPECT_THAT(life.log->stats().complete_from, ElementsAre(Offset(2)));
  EXPECT_EQ(life.log->stats().begun_anew, 0U);
}

TEST(VerdictLogTest, AnotherKeyOrOtherPartitionsAreAnotherLog) {
  for (const bool other_key : {true, false}) {
    VerdictLife life(1, 7);
    life.decide({"uu"});
    ASSERT_TRUE(life.save());
    (other_key ? life.settings.key_id : life.settings.file_bytes) += 1;
    life.settings.partition_count = other_key ? 1 : 2;
    life.open();
    EXPECT_EQ(life.read(0), "");
    EXPECT_EQ(life.log->ends().at(0), Offset(0));
    EXPECT_EQ(life.log->stats().begun_anew, 1U);
    EXPECT_THAT(life.log->stats().begun_anew_reason, HasSubstr("another key"));
    EXPECT_THAT(life.files(), IsEmpty());
  }
}

TEST(VerdictLogTest, AnotherVersionIsRefusedWithAWord) {
  VerdictLife life(1);
  life.decide({"uu"});
  ASSERT_TRUE(life.save());
  const std::string path = life.path(life.files().at(0));
  std::string content = life.disk.content(path);
  content[12] = 2;
  const std::uint32_t crc = crc32c(std::as_bytes(std::span(content).subspan(12, 48 + 40 - 12)));
  std::memcpy(content.data() + 8, &crc, sizeof(crc));
  life.disk.set_content(path, content);
  life.log.reset();
  const auto opened = VerdictLog::open(life.settings, life.disk, life.random);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(opened.error().message, HasSubstr(path));
  EXPECT_THAT(opened.error().message, HasSubstr("version 2"));
}

/// A log of several files, some blocks each.
void fill(VerdictLife& life) {
  life.settings.file_bytes = 250;
  life.open();
  for (int i = 0; i < 6; ++i) {
    life.decide({"ud", i % 2 == 0 ? "ucr" : ""});
    ASSERT_TRUE(life.save());
  }
}

/// Whether `damaged` says nothing else than `whole`.
bool is_right_or_missing(const std::string& damaged, const std::string& whole) {
  bool right = damaged.size() <= whole.size();
  for (std::size_t i = 0; right && i < damaged.size(); ++i) {
    right = damaged[i] == '.' || damaged[i] == whole[i];
  }
  return right;
}

// Also the last file, whose damaged end looks like a torn write.
TEST(VerdictLogTest, AfterAnyDamagedByteVerdictsAreRightOrMissing) {
  VerdictLife whole(2);
  fill(whole);
  ASSERT_GE(whole.files().size(), 3U);
  const std::vector<std::string> expected{whole.read(0), whole.read(1)};
  std::uint64_t missing = 0;
  for (const std::string& name : whole.files()) {
    const std::string content = whole.disk.content(whole.path(name));
    for (std::size_t i = 0; i < content.size(); ++i) {
      VerdictLife life(2);
      life.settings.file_bytes = 250;
      life.disk.create_directories(life.settings.directory).permit_unchecked_error();
      for (const std::string& other : whole.files()) {
        life.disk.set_content(life.path(other), whole.disk.content(whole.path(other)));
      }
      std::string damaged = content;
      damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
      life.disk.set_content(life.path(name), damaged);
      life.open();
      for (const std::uint32_t partition : {0U, 1U}) {
        const std::string read = life.read(partition);
        EXPECT_TRUE(is_right_or_missing(read, expected[partition])) << name << " " << i << read;
        missing += read == expected[partition] ? 0 : 1;
      }
    }
  }
  EXPECT_GT(missing, 0U);
}

TEST(VerdictLogTest, ADamagedBlockIsCountedAndThoseBehindItAreThere) {
  VerdictLife life(1);
  for (const char* verdicts : {"uu", "dd", "cc"}) {
    life.decide({verdicts});
    ASSERT_TRUE(life.save());
  }
  const std::string path = life.path(life.files().at(0));
  std::string content = life.disk.content(path);
  content[48 + 40 + 72 + 40] ^= 1;
  life.disk.set_content(path, content);
  EXPECT_EQ(life.read(0), "uu..cc");
  EXPECT_EQ(life.read(0), "uu..cc");
  EXPECT_EQ(life.log->stats().blocks_damaged, 1U);
}

// Every state that the disk may be in after a power failure, however often that happens while it
// is taken up again.
TEST(VerdictLogTest, WhatWasSavedIsThereAfterAnyPowerFailure) {
  VerdictLife life(2);
  life.settings.file_bytes = 300;
  std::vector<std::pair<std::size_t, std::string>> saved;  // After so many operations.
  std::string decided;
  for (int i = 0; i < 8; ++i) {
    if (i % 3 == 1) {
      life.open();
    }
    decided.append(i % 2 == 0 ? "ud" : "c");
    life.decide({i % 2 == 0 ? "ud" : "c", "u"});
    ASSERT_TRUE(life.save());
    saved.emplace_back(life.disk.trace().size(), decided);
  }
  SeededRandom random(1);
  const auto check = [&](std::size_t op_count, DiskImage image) {
    VerdictLife after(2);
    const CrashStorage disk(std::move(image));
    for (const auto& [name, inode] : disk.image().names) {
      after.disk.set_content(name, disk.content(name));
    }
    after.open();
    std::string expected;
    for (const auto& [at, text] : saved) {
      expected = at <= op_count ? text : expected;
    }
    const std::string read = after.read(0);
    EXPECT_TRUE(read.starts_with(expected)) << op_count << ": " << read << " " << expected;
    EXPECT_TRUE(decided.starts_with(read)) << op_count << ": " << read;
    EXPECT_EQ(after.log->stats().blocks_damaged, 0U);
  };
  for (std::size_t op_count = 0; op_count <= life.disk.trace().size(); ++op_count) {
    const std::size_t unsynced = life.disk.trace().unsynced(op_count);
    for (std::uint64_t kept = 0; unsynced <= 6 && kept >> unsynced == 0; ++kept) {
      check(op_count, life.disk.crash(op_count, kept));
    }
    for (int i = 0; i < 4; ++i) {
      check(op_count, life.disk.crash(op_count, random));
    }
  }
}

}  // namespace
}  // namespace hapax
