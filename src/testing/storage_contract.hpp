// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "ports/storage.hpp"

namespace hapax {

/// What every Storage does. A test program instantiates it with a way to make one.
struct StorageUnderTest {
  virtual ~StorageUnderTest() = default;
  virtual Storage& storage() = 0;
  /// An empty directory that exists.
  virtual std::string directory() = 0;
};

class StorageContract : public testing::TestWithParam<std::unique_ptr<StorageUnderTest> (*)()> {
 protected:
  static std::span<const std::byte> bytes(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
  }
  static std::string read(const File& file, std::uint64_t position, std::size_t count) {
    std::string text(count, '?');
    const auto got =
        file.read_at(position, std::as_writable_bytes(std::span(text.data(), text.size())));
    text.resize(got.value());
    return text;
  }
  Storage& storage() { return made_->storage(); }
  std::string path(const std::string& name) { return made_->directory() + "/" + name; }
  std::unique_ptr<File> create(const std::string& name) {
    return storage().open(path(name), OpenMode::kCreateNew).value();
  }

  std::unique_ptr<StorageUnderTest> made_ = GetParam()();
};

TEST_P(StorageContract, WritesAnywhereAndReadsUpToTheEnd) {
  const auto file = create("f");
  ASSERT_TRUE(file->write_at(4, bytes("data")));
  ASSERT_TRUE(file->append(bytes("!")));
  ASSERT_TRUE(file->sync());
  EXPECT_EQ(file->size().value(), 9U);
  EXPECT_EQ(read(*file, 0, 100), std::string("\0\0\0\0data!", 9));
  EXPECT_EQ(read(*file, 8, 1), "!");
  EXPECT_EQ(read(*file, 9, 1), "");
  EXPECT_EQ(read(*file, 5000, 1), "");
}

TEST_P(StorageContract, AllocatesZerosAndTruncates) {
  const auto file = create("f");
  constexpr std::uint64_t kSize = 3U << 20U;
  ASSERT_TRUE(file->allocate(kSize));
  EXPECT_EQ(file->size().value(), kSize);
  EXPECT_EQ(read(*file, 0, kSize), std::string(kSize, '\0'));
  ASSERT_TRUE(file->truncate(10));
  EXPECT_EQ(file->size().value(), 10U);
}

TEST_P(StorageContract, AllocatesASizeThatIsNoMultipleOfAPage) {
  const auto file = create("f");
  ASSERT_TRUE(file->allocate(5001));
  EXPECT_EQ(read(*file, 0, 9000), std::string(5001, '\0'));
}

TEST_P(StorageContract, OpensByMode) {
  EXPECT_EQ(storage().open(path("f"), OpenMode::kRead).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(storage().open(path("f"), OpenMode::kReadWrite).error().kind, ErrorKind::kInvalid);
  ASSERT_TRUE(create("f")->append(bytes("old")));
  EXPECT_EQ(storage().open(path("f"), OpenMode::kCreateNew).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(read(*storage().open(path("f"), OpenMode::kRead).value(), 0, 9), "old");
  EXPECT_EQ(storage().open(path("f"), OpenMode::kCreateOrTruncate).value()->size().value(), 0U);
}

TEST_P(StorageContract, RenamesOverAnExistingFile) {
  ASSERT_TRUE(create("a")->append(bytes("a")));
  ASSERT_TRUE(create("b")->append(bytes("b")));
  ASSERT_TRUE(storage().rename(path("a"), path("b")));
  ASSERT_TRUE(storage().sync_directory(made_->directory()));
  EXPECT_EQ(storage().list(made_->directory()).value(), std::vector<std::string>{"b"});
  EXPECT_EQ(read(*storage().open(path("b"), OpenMode::kRead).value(), 0, 9), "a");
}

TEST_P(StorageContract, GivesASecondNameOnlyIfItIsFree) {
  ASSERT_TRUE(create("a")->append(bytes("a")));
  ASSERT_TRUE(create("b")->append(bytes("b")));
  EXPECT_FALSE(storage().link(path("a"), path("b")).value());
  EXPECT_TRUE(storage().link(path("a"), path("c")).value());
  EXPECT_FALSE(storage().link(path("none"), path("d")).has_value());
  ASSERT_TRUE(storage().unlink(path("a")));
  EXPECT_EQ(read(*storage().open(path("b"), OpenMode::kRead).value(), 0, 9), "b");
  EXPECT_EQ(read(*storage().open(path("c"), OpenMode::kRead).value(), 0, 9), "a");
}

TEST_P(StorageContract, AnOpenFileOutlivesItsName) {
  const auto file = create("a");
  ASSERT_TRUE(storage().unlink(path("a")));
  EXPECT_FALSE(storage().exists(path("a")).value());
  ASSERT_TRUE(file->append(bytes("still")));
  EXPECT_EQ(read(*file, 0, 9), "still");
  EXPECT_FALSE(storage().unlink(path("a")));
}

TEST_P(StorageContract, CreatesDirectoriesWithTheirParents) {
  const auto inner = path("x/y/z");
  ASSERT_TRUE(storage().create_directories(inner));
  ASSERT_TRUE(storage().create_directories(inner));
  EXPECT_TRUE(storage().exists(path("x/y")).value());
  EXPECT_EQ(storage().list(path("x")).value(), std::vector<std::string>{"y"});
}

TEST_P(StorageContract, ALockIsHeldByOne) {
  auto lock = storage().lock(path("lock"));
  ASSERT_TRUE(lock);
  EXPECT_EQ(storage().lock(path("lock")).error().kind, ErrorKind::kUnavailable);
  *lock = nullptr;
  EXPECT_TRUE(storage().lock(path("lock")));
}

}  // namespace hapax
