// SPDX-License-Identifier: Apache-2.0
#include "adapters/local_log/log_id_file.hpp"

#include <gmock/gmock.h>

#include "adapters/local_log/golden_folder.hpp"
#include "adapters/local_log/log_test_support.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;

const std::string kIdFile = std::string(kLogDirectory) + "/id";

TEST(LogIdFileTest, ALogHasItsIdForGoodAndAnotherLogHasAnother) {
  LogHarness one({}, 1);
  ASSERT_TRUE(one.open());
  const LogId id = one.core->id();
  EXPECT_NE(id, kNoLog);
  ASSERT_TRUE(one.commit_one("a"));
  ASSERT_TRUE(one.open());
  EXPECT_EQ(one.core->id(), id);
  LogHarness other({}, 2);
  ASSERT_TRUE(other.open());
  EXPECT_NE(other.core->id(), id);
}

TEST(LogIdFileTest, ALogThatIsMadeAnewInItsFolderHasAnother) {
  for (const bool is_id_left : {false, true}) {
    LogHarness log;
    ASSERT_TRUE(log.open());
    const LogId id = log.core->id();
    log.core.reset();
    const auto names = log.storage.list(std::string(kLogDirectory)).value();
    for (const auto& name : names) {
      if (name != "id" || !is_id_left) {
        ASSERT_TRUE(log.storage.unlink(std::string(kLogDirectory) + "/" + name));
      }
    }
    ASSERT_TRUE(log.open());
    EXPECT_NE(log.core->id(), id) << is_id_left;
  }
}

// Else a receipt that was given would be refused after it.
TEST(LogIdFileTest, AnIdIsThereAfterAnyCrashThatComesOnceTheLogIsOpen) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  LogHarness after(log.storage.crash(log.storage.trace().size(), 0), 2);
  ASSERT_TRUE(after.open());
  EXPECT_EQ(after.core->id(), log.core->id());
}

TEST(LogIdFileTest, TheIdIsTheOneOfTheFile) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  log.core.reset();
  log.storage.set_content(kIdFile, "hapax-log-id-1 0123456789abcdef\n");
  ASSERT_TRUE(log.open());
  EXPECT_EQ(log.core->id(), LogId(0x0123456789ABCDEF));
}

TEST(LogIdFileTest, AFileThatHoldsNoIdIsRefusedWithWhatToDo) {
  for (const std::string text :
       {"", "hapax-log-id-1 0123456789abcdef", "hapax-log-id-1 0123456789abcdeg\n",
        "hapax-log-id-1 0000000000000000\n", "hapax-log-id-1 0123456789ABCDEF\n",
        "hapax-log-id-2 0123456789abcdef\n", "hapax-log-id-1 00123456789abcdef\n"}) {
    LogHarness log;
    ASSERT_TRUE(log.open());
    log.core.reset();
    log.storage.set_content(kIdFile, text);
    const auto opened = log.open();
    ASSERT_FALSE(opened) << text;
    EXPECT_EQ(opened.error().kind, ErrorKind::kCorrupt);
    EXPECT_THAT(opened.error().message, HasSubstr(kIdFile));
    EXPECT_THAT(opened.error().hint, HasSubstr("remove it"));
  }
}

// As older programs have written it.
TEST(LogIdFileTest, ALogWithoutAnIdGetsOneAndKeepsIt) {
  LogHarness log;
  copy_golden("log_v3", log);
  const auto header = [&] {
    const auto segments = list_segments(std::string(kLogDirectory), log.storage).value();
    const auto file = log.storage.open(segments.back().path, OpenMode::kRead).value();
    return read_segment_header(*file, segments.back().path, segments.back().sequence).value();
  }();
  log.settings.partition_count = static_cast<std::uint32_t>(header.partitions.size());
  log.settings.key_id = header.key_id;
  const auto opened = log.open();
  ASSERT_TRUE(opened) << opened.error().text();
  const LogId id = log.core->id();
  EXPECT_NE(id, kNoLog);
  ASSERT_TRUE(log.open());
  EXPECT_EQ(log.core->id(), id);
}

}  // namespace
}  // namespace hapax
