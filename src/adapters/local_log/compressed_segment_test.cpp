// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/compressed_segment.hpp"

#include <gmock/gmock.h>
#include <zstd.h>

#include <cstring>

#include "adapters/local_log/twin_writer.hpp"
#include "hash/hash.hpp"
#include "testing/crash_storage.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;

constexpr std::uint32_t kBlockBytes = 4096;
constexpr std::uint64_t kContentBytes = 3 * kBlockBytes + 512;
constexpr std::uint64_t kRawBytes = 20480;
constexpr log_format::Generation kGeneration{.sequence = 42, .salt = 7};

/// A raw file of four blocks and zeros, behind which an earlier life has left something.
class Twin {
 public:
  Twin() {
    SeededRandom random(1);
    for (std::uint64_t i = 0; i < kContentBytes; ++i) {
      content_ += static_cast<char>('a' + random.next() % 4);
    }
    auto raw = content_;
    raw.resize(kRawBytes, 'z');
    storage.set_content("raw", raw);
    const auto source = TwinSource{
        .generation = kGeneration, .content_bytes = kContentBytes, .block_bytes = kBlockBytes};
    const auto raw_file = storage.open("raw", OpenMode::kRead).value();
    const auto twin = storage.open("twin", OpenMode::kCreateNew).value();
    EXPECT_TRUE(write_twin(*raw_file, source, *twin, [] { return false; }));
    EXPECT_TRUE(verify_twin(*raw_file, source, "twin", storage, [] { return false; }).value());
    content_.resize(kRawBytes, '\0');
  }

  Result<std::unique_ptr<CompressedSegment>> open() {
    return CompressedSegment::open("twin", storage.open("twin", OpenMode::kRead).value());
  }
  void damage(std::uint64_t at, std::uint64_t count = 1) {
    auto bytes = storage.content("twin");
    for (auto i = at; i < at + count; ++i) {
      bytes[i] = static_cast<char>(~bytes[i]);
    }
    storage.set_content("twin", bytes);
  }
  std::uint64_t bytes() { return storage.content("twin").size(); }
  /// Where a block begins in the file.
  std::uint64_t place(std::size_t block) {
    const auto head = open().value()->head();
    auto at = twin_format::head_bytes(head.table.size());
    for (std::size_t i = 0; i < block; ++i) {
      at += head.table[i];
    }
    return at;
  }
  const std::string& content() const { return content_; }

  CrashStorage storage;

 private:
  std::string content_;
};

Result<std::string> read(const File& file, std::uint64_t position, std::size_t count) {
  std::string bytes(count, '?');
  HAPAX_ASSIGN(const auto got,
               file.read_at(position, std::as_writable_bytes(std::span(bytes.data(), count))));
  bytes.resize(got);
  return bytes;
}

TEST(CompressedSegmentTest, ReadsAsTheRawSegmentWhereverOneBegins) {
  Twin twin;
  const auto file = twin.open().value();
  EXPECT_EQ(file->size().value(), kRawBytes);
  EXPECT_LT(twin.bytes(), kContentBytes / 2);
  for (std::uint64_t at = 0; at <= kRawBytes + 512; at += 256) {
    for (const std::size_t count : {1, 512, 4096, 5000, 12288, 40000}) {
      const auto expected = at < kRawBytes ? twin.content().substr(at, count) : "";
      ASSERT_EQ(read(*file, at, count).value(), expected) << count << " bytes at " << at;
    }
  }
}

TEST(CompressedSegmentTest, AHeadWithoutBlocksComesBackFromItsBytes) {
  const twin_format::Head empty{
      .generation = kGeneration, .raw_bytes = kRawBytes, .block_bytes = kBlockBytes};
  const auto front = twin_format::encode_front(empty);
  const auto fixed = std::as_bytes(std::span(front)).subspan(twin_format::kSkippableBytes);
  EXPECT_EQ(twin_format::decode_head(fixed, {}).value(), empty);
}

TEST(CompressedSegmentTest, ItIsAFileThatAnyZstdReads) {
  Twin twin;
  const auto bytes = twin.storage.content("twin");
  std::string content(kRawBytes, '?');
  const auto got = ZSTD_decompress(content.data(), content.size(), bytes.data(), bytes.size());
  ASSERT_EQ(ZSTD_isError(got), 0U) << ZSTD_getErrorName(got);
  EXPECT_EQ(content.substr(0, got), twin.content().substr(0, kContentBytes));
}

TEST(CompressedSegmentTest, ADamagedBlockIsNamedAndNeitherAnEndNorZeros) {
  Twin twin;
  twin.damage(twin.place(1) + 20, 3);
  const auto file = twin.open().value();
  EXPECT_EQ(read(*file, 0, 40000).value(), twin.content().substr(0, 4096)) << "what is before it";
  for (const std::uint64_t at : {4096, 5000, 8191}) {
    const auto failed = read(*file, at, 10);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, ErrorKind::kCorrupt);
    EXPECT_THAT(failed.error().message, HasSubstr("twin is damaged at byte 4096: 4096 bytes"));
  }
  EXPECT_EQ(read(*file, 8192, 40000).value(), twin.content().substr(8192)) << "what is behind it";
}

TEST(CompressedSegmentTest, OneOfTheTwoHeadsIsEnough) {
  for (const bool front : {true, false}) {
    Twin twin;
    twin.damage(front ? 20 : twin.bytes() - 20);
    EXPECT_EQ(read(*twin.open().value(), 0, 40000).value(), twin.content()) << front;
    twin.damage(front ? twin.bytes() - 20 : 20);
    const auto opened = twin.open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::kCorrupt);
    EXPECT_THAT(opened.error().message, HasSubstr("cannot read twin: checksum mismatch"));
  }
}

TEST(CompressedSegmentTest, AHeadThatTheDiskCannotReadIsReplacedByTheOther) {
  for (const bool front : {true, false}) {
    for (const std::uint64_t at : {twin_format::kSkippableBytes + 3, std::uint64_t{20}}) {
      Twin twin;
      twin.storage.make_unreadable("twin", front ? at : twin.bytes() - at);
      EXPECT_EQ(read(*twin.open().value(), 0, 40000).value(), twin.content()) << front;
      twin.damage(front ? twin.bytes() - 20 : 20);
      const auto opened = twin.open();
      ASSERT_FALSE(opened);
      EXPECT_EQ(opened.error().kind, ErrorKind::kUnavailable) << "it may be read later";
      EXPECT_THAT(opened.error().message, HasSubstr("cannot read twin: pread"));
    }
  }
}

TEST(CompressedSegmentTest, ABlockThatTheDiskCannotReadCostsNoOther) {
  Twin twin;
  twin.storage.make_unreadable("twin", twin.place(1) + 20);
  const auto file = twin.open().value();
  EXPECT_EQ(read(*file, 0, 40000).value(), twin.content().substr(0, 4096)) << "what is before it";
  EXPECT_EQ(read(*file, 4096, 10).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(read(*file, 8192, 40000).value(), twin.content().substr(8192)) << "what is behind it";
}

TEST(CompressedSegmentTest, AFileThatIsCutOffLacksItsLastBlocksAndNothingElse) {
  Twin twin;
  const auto bytes = twin.storage.content("twin");
  twin.storage.set_content("twin", bytes.substr(0, twin.place(2) + 5));
  const auto file = twin.open().value();
  EXPECT_EQ(read(*file, 0, 40000).value(), twin.content().substr(0, 8192));
  EXPECT_EQ(read(*file, 8192, 1).error().kind, ErrorKind::kCorrupt);
}

TEST(CompressedSegmentTest, EveryFlippedBitIsMetOrChangesNothing) {
  Twin whole;
  const auto bytes = whole.storage.content("twin");
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
    whole.storage.set_content("twin", changed);
    const auto file = whole.open();
    for (std::uint64_t block = 0; file && block * kBlockBytes < kRawBytes; ++block) {
      const auto got = read(**file, block * kBlockBytes, kBlockBytes);
      EXPECT_TRUE(got ? *got == whole.content().substr(block * kBlockBytes, kBlockBytes)
                      : got.error().kind == ErrorKind::kCorrupt)
          << "byte " << at << ", block " << block;
    }
    EXPECT_TRUE(file) << "the other head is whole";
  }
}

TEST(CompressedSegmentTest, AFileOfANewerVersionIsRefusedWithAWord) {
  Twin twin;
  auto bytes = twin.storage.content("twin");
  bytes[twin_format::kSkippableBytes + 12] = 2;
  const auto fixed = std::as_bytes(std::span(bytes)).subspan(twin_format::kSkippableBytes, 64);
  const auto crc = crc32c(fixed.subspan(12));
  std::memcpy(bytes.data() + twin_format::kSkippableBytes + 8, &crc, sizeof(crc));
  twin.storage.set_content("twin", bytes);
  const auto opened = twin.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(opened.error().message, HasSubstr("twin: it is compressed in format version 2"));
}

TEST(CompressedSegmentTest, TakesNoWrites) {
  Twin twin;
  const auto file = twin.open().value();
  EXPECT_FALSE(file->write_at(0, {}));
  EXPECT_FALSE(file->truncate(0));
  EXPECT_FALSE(file->sync());
}

}  // namespace
}  // namespace hapax
