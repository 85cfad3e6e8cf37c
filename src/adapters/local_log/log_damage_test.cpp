// SPDX-License-Identifier: Apache-2.0
// Stored bytes that are not what was written (reliability T6).
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "adapters/local_log/log_test_support.hpp"
#include "adapters/local_log/verify.hpp"

namespace hapax {
namespace {

using namespace log_format;  // NOLINT: this file is about the format.

/// How a log was left: it died, its end was written down before that, or it was sealed.
enum class Left { kDied, kDiedNoted, kSealed };

/// A closed log of three segments, its bytes and the ids in it.
class StoredLog {
 public:
  explicit StoredLog(Left left) {
    LogHarness log;
    log.settings.retention_bytes = 1U << 30U;
    EXPECT_TRUE(log.open());
    for (int i = 0; log.core->catalog().snapshot().segments.size() < 3 || i % 3 != 0; ++i) {
      EXPECT_TRUE(log.commit(
          {one_record(0, fmt::format("a{}", i), 300), one_record(2, fmt::format("b{}", i), 1200)}));
    }
    ids_ = log.ids();
    if (left == Left::kSealed) {
      EXPECT_TRUE(log.core->seal());
    }
    if (left == Left::kDiedNoted) {
      EXPECT_TRUE(log.core->note_end());
    }
    for (const auto& segment : log.core->catalog().snapshot().segments) {
      paths_.push_back(segment.path);
    }
    end_ = log.core->catalog().end().position;
    image_ = log.storage.image();
  }

  const std::vector<std::string>& paths() const { return paths_; }
  const std::vector<std::string>& ids() const { return ids_; }
  std::string content(std::size_t segment) const {
    return image_.contents.at(image_.names.at(paths_[segment]));
  }
  /// Where the active segment's last durable frame ends.
  std::uint64_t end() const { return end_; }

  LogHarness with(std::size_t segment, std::string content) const {
    return with(paths_[segment], std::move(content));
  }
  LogHarness with(const std::string& path, std::string content) const {
    DiskImage image = image_;
    image.contents[image.names.at(path)] = std::move(content);
    return LogHarness(std::move(image));
  }

 private:
  DiskImage image_;
  std::vector<std::string> paths_;
  std::vector<std::string> ids_;
  std::uint64_t end_ = 0;
};

struct Outcome {
  bool refused = false;          ///< Opening or reading said kCorrupt.
  std::vector<std::string> ids;  ///< Otherwise.
};

Outcome open_and_read(LogHarness& log) {
  const auto opened = log.open();
  const auto ids =
      opened ? read_all(*log.core, log.storage) : Result<std::vector<std::string>>(opened.error());
  if (!ids) {
    EXPECT_EQ(ids.error().kind, ErrorKind::kCorrupt) << ids.error().text();
    return {.refused = true, .ids = {}};
  }
  return {.refused = false, .ids = *ids};
}

bool verify_finds_damage(LogHarness& log) {
  log.core.reset();
  const auto report = verify_all(log.storage);
  return !report || !report->problems.empty();
}

/// A frame holds a record for each of two partitions.
constexpr std::size_t kFrameRecords = 2;

/// Damage is told, or it changed nothing. What nobody can tell from a crash in the last write may
/// cost the last frame of a log of whose end nothing is known, and nothing else.
void check_damage(const StoredLog& stored, Left left, LogHarness log) {
  const auto outcome = open_and_read(log);
  if (outcome.refused) {
    EXPECT_TRUE(verify_finds_damage(log));
    return;
  }
  if (left != Left::kDied || outcome.ids.size() == stored.ids().size()) {
    EXPECT_EQ(outcome.ids, stored.ids());
    return;
  }
  EXPECT_EQ(outcome.ids.size(), stored.ids().size() - kFrameRecords);
  EXPECT_TRUE(std::equal(outcome.ids.begin(), outcome.ids.end(), stored.ids().begin()));
}

void flip_bits(Left left, std::size_t step) {
  const StoredLog stored(left);
  SeededRandom random(3);
  for (std::size_t segment = 0; segment < stored.paths().size(); ++segment) {
    const auto content = stored.content(segment);
    for (std::size_t at = random.below(step); at < content.size(); at += 1 + random.below(step)) {
      SCOPED_TRACE(fmt::format("segment {}, byte {}", segment, at));
      auto damaged = content;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << random.below(8)));
      check_damage(stored, left, stored.with(segment, damaged));
      if (testing::Test::HasFailure()) {
        return;
      }
    }
  }
}

TEST(LogDamageTest, AFlippedBitIsToldOrChangesNothing) {
  for (const auto left : {Left::kDied, Left::kDiedNoted, Left::kSealed}) {
    flip_bits(left, 60);
  }
}

TEST(LogDamageSoakTest, AFlippedBitInAnyByteIsToldOrChangesNothing) {
  for (const auto left : {Left::kDied, Left::kDiedNoted, Left::kSealed}) {
    flip_bits(left, 1);
  }
}

/// Bytes of a frame by field: of the frame header, the first batch header, the records.
struct Field {
  const char* name;
  std::size_t at;  ///< From the frame's start.
  std::size_t bytes;
};
constexpr Field kFrameFields[] = {
    {"magic", 0, 4},          {"checksum", 4, 4},     {"sequence", 8, 8},
    {"salt", 16, 8},          {"position", 24, 8},    {"payload bytes", 32, 4},
    {"batch count", 36, 4},   {"partition", 40, 4},   {"record count", 44, 4},
    {"record bytes", 48, 4},  {"base offset", 56, 8}, {"digest", 64, 16},
    {"first record", 80, 200}};

TEST(LogDamageTest, EveryFieldOfAFrameInTheMiddleIsGuarded) {  // Row 15.
  const StoredLog stored(Left::kDied);
  const auto last = stored.paths().size() - 1;
  for (const std::size_t segment : {std::size_t{0}, last}) {
    for (const auto& field : kFrameFields) {
      for (std::size_t i = 0; i < field.bytes; ++i) {
        SCOPED_TRACE(fmt::format("segment {}, {}, byte {}", segment, field.name, i));
        auto damaged = stored.content(segment);
        damaged[kHeaderBytes + field.at + i] ^= 0x10;
        auto log = stored.with(segment, damaged);
        EXPECT_TRUE(open_and_read(log).refused);
        EXPECT_TRUE(verify_finds_damage(log));
      }
    }
  }
}

TEST(LogDamageTest, EveryFieldOfASegmentHeaderIsGuarded) {
  const StoredLog stored(Left::kDied);
  constexpr std::size_t kUsedBytes = 64 + 3 * 24;
  for (std::size_t at = 0; at < kUsedBytes; ++at) {
    SCOPED_TRACE(at);
    auto damaged = stored.content(1);
    damaged[at] ^= 0x10;
    auto log = stored.with(1, damaged);
    EXPECT_TRUE(open_and_read(log).refused);
    EXPECT_TRUE(verify_finds_damage(log));
  }
}

TEST(LogDamageTest, DamageIsToldWithFileAndPlace) {
  const StoredLog stored(Left::kDied);
  auto damaged = stored.content(2);
  damaged[kHeaderBytes + 100] ^= 1;
  auto log = stored.with(2, damaged);
  const auto opened = log.open();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find(stored.paths()[2]), std::string::npos);
  EXPECT_NE(opened.error().message.find("byte 4096"), std::string::npos);
  EXPECT_NE(opened.error().hint.find("hapax log verify"), std::string::npos);
}

TEST(LogDamageTest, SwappedStaleAndZeroedSectorsAreToldOrChangeNothing) {
  constexpr std::size_t kSector = 512;
  const StoredLog stored(Left::kSealed);
  SeededRandom random(4);
  for (int round = 0; round < 400 && !HasFailure(); ++round) {
    const auto segment = random.below(stored.paths().size());
    auto damaged = stored.content(segment);
    const auto sectors = damaged.size() / kSector;
    const auto a = random.below(sectors) * kSector;
    const auto b = random.below(sectors) * kSector;
    SCOPED_TRACE(fmt::format("round {}, segment {}, bytes {} and {}", round, segment, a, b));
    const auto from_a = damaged.substr(a, kSector);
    const auto from_b = damaged.substr(b, kSector);
    switch (random.below(3)) {
      case 0:  // A misdirected write: one sector's bytes in another place, or both swapped.
        damaged.replace(a, kSector, from_b);
        damaged.replace(b, kSector, from_a);
        break;
      case 1:
        damaged.replace(a, kSector, from_b);
        break;
      default:
        damaged.replace(a, kSector, kSector, '\0');
    }
    check_damage(stored, Left::kSealed, stored.with(segment, damaged));
  }
}

TEST(LogDamageTest, ATailTornAtAnyByteOpensWithTheWholeFramesBeforeIt) {  // Row 13.
  const StoredLog stored(Left::kDied);
  const auto last = stored.paths().size() - 1;
  const auto content = stored.content(last);
  for (auto cut = kHeaderBytes; cut < stored.end(); ++cut) {
    SCOPED_TRACE(cut);
    auto torn = content;
    torn.replace(cut, torn.size() - cut, torn.size() - cut, '\0');
    auto log = stored.with(last, torn);
    const auto opened = log.open();
    ASSERT_TRUE(opened) << opened.error().text();
    const auto ids = log.ids();
    ASSERT_TRUE(std::equal(ids.begin(), ids.end(), stored.ids().begin()));
    ASSERT_TRUE(log.commit_one("next"));
  }
}

std::string with_zeros(std::string content, std::size_t from) {
  return content.replace(from, content.size() - from, content.size() - from, '\0');
}

// Without the file "end" this is a torn tail: nothing whole follows.
TEST(LogDamageTest, ALostEndIsToldWithPlaceAndCount) {
  const StoredLog stored(Left::kDiedNoted);
  const auto last = stored.paths().size() - 1;
  auto log = stored.with(last, with_zeros(stored.content(last), kHeaderBytes));
  const auto opened = log.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(opened.error().message, testing::HasSubstr(fmt::format(
                                          "{} is damaged at byte {}: 4 records that were durable "
                                          "are missing: the log went to byte {}",
                                          stored.paths()[last], kHeaderBytes, stored.end())));
  EXPECT_TRUE(verify_finds_damage(log));
}

TEST(LogDamageTest, LostSegmentsAreToldToo) {
  const StoredLog stored(Left::kDiedNoted);
  auto log = stored.with(0, stored.content(0));
  for (auto path = stored.paths().rbegin(); path != stored.paths().rend(); ++path) {
    ASSERT_TRUE(log.storage.unlink(*path));
    const auto opened = log.open();
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message,
                testing::HasSubstr("records that were durable are missing"));
  }
}

TEST(LogDamageTest, ASegmentOfAnotherLifeOfTheLogIsTold) {
  const StoredLog stored(Left::kDiedNoted);
  const auto last = stored.paths().size() - 1;
  auto content = stored.content(last);
  auto header = decode_header(std::as_bytes(std::span<const char>(content))).value();
  ++header.generation.salt;
  content = with_zeros(content, 0).replace(0, kHeaderBytes, encode_header(header));
  auto log = stored.with(last, content);
  const auto opened = log.open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, testing::HasSubstr("not the segment of this number"));
}

TEST(LogDamageTest, DamageOfTheNotedEndIsToldOrChangesNothing) {
  const StoredLog stored(Left::kDiedNoted);
  const auto path = std::string(kLogDirectory) + "/end";
  auto sound = stored.with(0, stored.content(0));
  const auto content = sound.storage.content(path);
  for (std::size_t at = 0; at < content.size(); at += 3) {
    auto damaged = content;
    damaged[at] ^= 0x10;
    auto log = stored.with(path, damaged);
    const auto outcome = open_and_read(log);
    EXPECT_TRUE(outcome.refused || outcome.ids == stored.ids()) << at;
  }
}

TEST(LogDamageTest, ACutOffFileIsRefused) {
  const StoredLog stored(Left::kDied);
  for (std::size_t segment = 0; segment < stored.paths().size(); ++segment) {
    const auto content = stored.content(segment);
    for (const std::size_t size : {std::size_t{0}, kHeaderBytes, content.size() / 2}) {
      SCOPED_TRACE(fmt::format("segment {}, {} bytes", segment, size));
      auto log = stored.with(segment, content.substr(0, size));
      EXPECT_TRUE(open_and_read(log).refused);
      EXPECT_TRUE(verify_finds_damage(log));
    }
  }
}

TEST(LogDamageTest, AFileThatGoesOnChangesNothing) {
  const StoredLog stored(Left::kDied);
  for (std::size_t segment = 0; segment < stored.paths().size(); ++segment) {
    auto log = stored.with(segment, stored.content(segment) + std::string(5000, 'x'));
    EXPECT_EQ(open_and_read(log).ids, stored.ids());
  }
}

TEST(LogDamageTest, ASegmentOfAnotherLogIsRefused) {
  const StoredLog stored(Left::kSealed);
  auto log = stored.with(1, stored.content(0));
  EXPECT_TRUE(open_and_read(log).refused);
  EXPECT_TRUE(verify_finds_damage(log));
}

TEST(LogDamageTest, FramesAreFoundBeyondFourGibibytes) {  // Row 46.
  constexpr std::uint64_t kBeyond = (std::uint64_t{1} << 32U) + 512;
  class SparseFile : public File {
   public:
    Result<std::size_t> read_at(std::uint64_t position, std::span<std::byte> into) const override {
      const auto count = std::min<std::uint64_t>(into.size(), size().value() - position);
      for (std::size_t i = 0; i < count; ++i) {
        const auto at = position + i;
        into[i] = at >= kBeyond && at < kBeyond + frame.size() ? frame[at - kBeyond] : std::byte{};
      }
      return count;
    }
    Result<void> write_at(std::uint64_t, std::span<const std::byte>) override { return {}; }
    Result<void> append(std::span<const std::byte>) override { return {}; }
    Result<void> sync() override { return {}; }
    Result<void> truncate(std::uint64_t) override { return {}; }
    Result<void> allocate(std::uint64_t) override { return {}; }
    Result<std::uint64_t> size() const override { return kBeyond + (1U << 20U); }
    std::vector<std::byte> frame;
  };
  const Generation generation{.sequence = 9, .salt = 8};
  FrameBuilder builder;
  const auto part = one_record(1, "far");
  builder.add({.partition = PartitionId(1),
               .record_count = 1,
               .record_bytes = 0,
               .base_offset = Offset(0),
               .digest_after = part.digest},
              part.records);
  const auto finished = builder.finish(generation, kBeyond);
  SparseFile file;
  file.frame.assign(finished.bytes.begin(), finished.bytes.end());
  EXPECT_EQ(finished.end, kBeyond + 512);

  FrameScanner scanner(file, generation, kBeyond);
  const auto frame = scanner.next(file.size().value()).value();
  ASSERT_TRUE(frame);
  std::vector<std::string> ids;
  add_message_ids(decode_batches(frame->header, frame->bytes).value(), ids);
  EXPECT_EQ(ids, std::vector<std::string>{"far"});
  EXPECT_EQ(find_frame(file, generation, kBeyond - (3U << 20U)).value(), kBeyond);
}

}  // namespace
}  // namespace hapax
