// SPDX-License-Identifier: Apache-2.0
#include "processing/manifest.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace hapax {
namespace {

constexpr std::uint64_t kKey = 5;

std::string sample() {
  ManifestWriter writer(kKey, 7);
  writer.add(ManifestSection::kWatermark, [](ByteWriter& out) { out.put_u64(42); });
  writer.add(ManifestSection::kBooks, [](ByteWriter& out) { out.put_string("books"); });
  return std::move(writer).finish();
}

std::optional<std::string> books_in(std::string_view manifest) {
  const auto reader = ManifestReader::open(manifest, kKey);
  std::string books;
  const auto read = [&](ByteReader& in) -> Result<void> {
    books.append(in.string());
    return {};
  };
  return reader && reader->read(ManifestSection::kBooks, read) ? std::optional(books)
                                                               : std::nullopt;
}

TEST(ManifestTest, ReadsWhatWasWritten) {
  const std::string manifest = sample();
  const auto reader = ManifestReader::open(manifest, kKey);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->number(), 7U);
  EXPECT_EQ(books_in(manifest), "books");
}

TEST(ManifestTest, AnotherKeyIsRefusedWithBothIdsAndWhatToDo) {
  const std::string manifest = sample();
  const auto reader = ManifestReader::open(manifest, 9);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(reader.error().text(),
            "the state's ids are hashed with key 5, this server has key 9; start with the key that "
            "it was made with, or remove the state folder to rebuild it from the log");
}

TEST(ManifestTest, AnotherVersionIsRefusedWithBothNumbers) {
  std::string manifest = sample();
  manifest[0] = 5;
  const auto reader = ManifestReader::open(manifest, kKey);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(reader.error().message,
            "the state's manifest has version 5, this program reads 3 and 4");
}

// A program that did not know the settings or epochs of a newer one would give other answers.
TEST(ManifestTest, ASectionOfANewerProgramIsRefused) {
  ManifestWriter writer(kKey, 7);
  writer.add(static_cast<ManifestSection>(99), [](ByteWriter& out) { out.put_u8(1); });
  const std::string manifest = std::move(writer).finish();
  const auto reader = ManifestReader::open(manifest, kKey);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(reader.error().message.find("99"), std::string::npos);
}

TEST(ManifestTest, ASectionOfAnotherLengthOrThatIsMissingIsDamage) {
  const std::string manifest = sample();
  const auto reader = ManifestReader::open(manifest, kKey);
  ASSERT_TRUE(reader);
  const auto take_nothing = [](ByteReader&) -> Result<void> { return {}; };
  const auto take_too_much = [](ByteReader& in) -> Result<void> {
    in.u64();
    in.u64();
    return {};
  };
  EXPECT_EQ(reader->read(ManifestSection::kWatermark, take_nothing).error().kind,
            ErrorKind::kCorrupt);
  EXPECT_EQ(reader->read(ManifestSection::kWatermark, take_too_much).error().kind,
            ErrorKind::kCorrupt);
  EXPECT_EQ(reader->read(ManifestSection::kBuckets, take_nothing).error().kind,
            ErrorKind::kCorrupt);
}

TEST(ManifestTest, CutAnywhereItIsDamage) {
  const std::string manifest = sample();
  for (std::size_t size = 0; size < manifest.size(); ++size) {
    EXPECT_EQ(books_in(std::string_view(manifest).substr(0, size)), std::nullopt) << size;
  }
}

}  // namespace
}  // namespace hapax
