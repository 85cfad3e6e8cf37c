// SPDX-License-Identifier: Apache-2.0
#include "adapters/posix/key_file.hpp"

#include <gmock/gmock.h>

#include "testing/crash_storage.hpp"
#include "testing/seeded_random.hpp"

namespace hapax {
namespace {

TEST(KeyFileTest, MakesAKeyOnceAndKeepsIt) {
  CrashStorage storage;
  SeededRandom random(1);
  const KeyFile file("data", storage);
  EXPECT_EQ(file.read().value(), std::nullopt);
  const HashKey made = file.read_or_make(random).value();
  EXPECT_NE(made, HashKey{});
  EXPECT_EQ(file.read_or_make(random).value(), made);
  EXPECT_EQ(parse_key(to_text(made)).value(), made);
}

// Data without its key would be read under another one: every retry would be new.
TEST(KeyFileTest, MakesNoKeyBesideDataOfAnother) {
  for (const char* part : {"data/log", "data/state"}) {
    CrashStorage storage;
    SeededRandom random(1);
    ASSERT_TRUE(storage.create_directories(part));
    ASSERT_TRUE(storage.open(std::string(part) + "/file", OpenMode::kCreateNew));
    const auto made = KeyFile("data", storage).read_or_make(random);
    ASSERT_FALSE(made.has_value());
    EXPECT_EQ(made.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(made.error().text(), testing::HasSubstr("data/id.key"));
    EXPECT_THAT(made.error().text(), testing::HasSubstr("hapax keys import"));
  }
}

// A key that data could be made with must outlive every power failure.
TEST(KeyFileTest, IsDurableOrNotThereAtEveryPointOfACrash) {
  CrashStorage storage;
  SeededRandom random(1);
  const HashKey made = KeyFile("data", storage).read_or_make(random).value();
  const std::size_t operations = storage.trace().size();
  for (std::size_t point = 0; point <= operations; ++point) {
    for (std::uint64_t kept : {std::uint64_t{0}, ~std::uint64_t{0}}) {
      CrashStorage after(storage.crash(point, kept));
      const auto key = KeyFile("data", after).read();
      ASSERT_TRUE(key.has_value()) << point;
      EXPECT_TRUE(!*key || **key == made) << point;
      EXPECT_TRUE(point < operations || *key) << "acknowledged and lost";
    }
  }
}

TEST(KeyFileTest, ImportsIntoAnEmptyDirectoryAndNeverOverAnotherKey) {
  CrashStorage storage;
  const KeyFile file("data", storage);
  HashKey key;
  key.bytes[3] = 9;
  ASSERT_TRUE(file.import(key));
  EXPECT_TRUE(file.import(key));
  EXPECT_EQ(file.read().value(), key);
  EXPECT_EQ(file.import(HashKey{}).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(file.read().value(), key);
}

TEST(KeyFileTest, RefusesWhatIsNoKey) {
  for (const char* text :
       {"", "hapax-id-key-1", "hapax-id-key-1 0", "hapax-id-key-2 00112233445566778899aabbccddeeff",
        "hapax-id-key-1 00112233445566778899aabbccddeefg",
        "hapax-id-key-1 00112233445566778899aabbccddeeff00"}) {
    EXPECT_FALSE(parse_key(text)) << text;
  }
  EXPECT_TRUE(parse_key("\n hapax-id-key-1 00112233445566778899AABBccddeeff \r\n"));
}

}  // namespace
}  // namespace hapax
