// SPDX-License-Identifier: Apache-2.0
#include "adapters/rocksdb/rocksdb_portable.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "testing/temporary_directory.hpp"

namespace hapax {
namespace {

StateWrite write_of(const std::string& manifest, const std::map<std::string, std::string>& rows) {
  StateWrite write{.manifest = manifest};
  StateWrite::Table& table = write.tables.emplace_back();
  table.name = "rows";
  for (const auto& [key, value] : rows) {
    table.changes.put(key, value);
  }
  return write;
}

const PortableStore::IsKnown kNoneKnown = [](std::string_view) { return false; };

TEST(RocksdbPortableTest, IsElsewhereWhatItsFilesSay) {
  const TemporaryDirectory folder;
  RocksdbPortable here(folder.path() + "/here", {});
  ASSERT_TRUE(here.open({}));
  ASSERT_TRUE(here.tables().write(write_of("1", {{"a", "1"}, {"b", "1"}})));
  ASSERT_TRUE(here.tables().write(write_of("2", {{"b", "2"}})));
  const auto files = here.files(kNoneKnown);
  ASSERT_TRUE(files);
  ASSERT_TRUE(here.tables().write(write_of("3", {{"a", "3"}})));

  RocksdbPortable there(folder.path() + "/there", {});
  ASSERT_TRUE(there.open(*files));
  EXPECT_EQ(there.tables().manifest().value(), "2");
  EXPECT_EQ(there.tables().find("rows", "a").value(), "1");
  EXPECT_EQ(there.tables().find("rows", "b").value(), "2");
}

TEST(RocksdbPortableTest, KnownTablesAreNamedWithoutBytesAndNeverOfOthers) {
  const TemporaryDirectory folder;
  RocksdbPortable here(folder.path() + "/here", {});
  ASSERT_TRUE(here.open({}));
  std::map<std::string, std::string> known;  // Of immutable files.
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(here.tables().write(write_of(std::to_string(i), {{std::to_string(i % 7), "x"}})));
    auto files =
        here.files([&](std::string_view name) { return known.contains(std::string(name)); });
    ASSERT_TRUE(files);
    std::size_t fresh = 0;
    for (StateFile& file : *files) {
      if (!file.immutable) {
        EXPECT_FALSE(file.bytes.empty()) << file.name;
      } else if (known.contains(file.name)) {
        EXPECT_TRUE(file.bytes.empty()) << file.name;
        file.bytes = known[file.name];
      } else {
        ++fresh;
        known[file.name] = file.bytes;
      }
    }
    EXPECT_LE(fresh, 4U);  // What is new, and what was merged meanwhile.
    if (i % 13 == 0) {     // It goes on elsewhere, with what was kept of the files.
      RocksdbPortable there(folder.path() + "/there" + std::to_string(i), {});
      ASSERT_TRUE(there.open(*files));
      EXPECT_EQ(there.tables().manifest().value(), std::to_string(i));
    }
  }
}

TEST(RocksdbPortableTest, NothingIsLeftOfItWhenItGoes) {
  const TemporaryDirectory folder;
  {
    RocksdbPortable here(folder.path() + "/here", {});
    ASSERT_TRUE(here.open({}));
    ASSERT_TRUE(std::filesystem::exists(folder.path() + "/here"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/here"));
}

TEST(RocksdbPortableTest, WhatTheFolderHeldBeforeIsGone) {
  const TemporaryDirectory folder;
  std::filesystem::create_directory(folder.path() + "/here");
  std::ofstream(folder.path() + "/here/000007.sst") << "of a process that was killed";
  RocksdbPortable here(folder.path() + "/here", {});
  ASSERT_TRUE(here.open({}));
  EXPECT_EQ(here.tables().manifest().value(), std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(folder.path() + "/here/000007.sst"));
}

}  // namespace
}  // namespace hapax
