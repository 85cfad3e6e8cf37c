// Log folders of the formats that were in use, as they were written then (reliability T19).
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "adapters/local_log/log_test_support.hpp"
#include "adapters/local_log/verify.hpp"

namespace hapax {
namespace {

using testing::HasSubstr;

/// Copies tests/golden/<name> to the log's folder.
void copy_golden(const std::string& name, LogHarness& log) {
  ASSERT_TRUE(log.storage.create_directories(std::string(kLogDirectory)));
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(HAPAX_GOLDEN_DIR "/") + name)) {
    std::ifstream file(entry.path(), std::ios::binary);
    log.storage.set_content(
        std::string(kLogDirectory).append("/").append(entry.path().filename().string()),
        std::string(std::istreambuf_iterator<char>(file), {}));
  }
}

TEST(LogGoldenTest, VersionOneIsRefusedWithWhatWroteItAndWhatToDo) {
  LogHarness log;
  copy_golden("log_v1", log);
  log.settings.partition_count = 2;
  const auto before = log.storage.image().contents;
  const auto opened = log.open();
  const auto verified =
      verify_log(std::string(kLogDirectory), log.storage, IdHasher(), [](const auto&) {});
  for (const auto& error : {opened.error(), verified.error()}) {
    EXPECT_EQ(error.kind, ErrorKind::kInvalid);
    EXPECT_THAT(error.message, HasSubstr("00000000000000000001.seg"));
    EXPECT_THAT(error.message, HasSubstr("format version 1, which an older hapax wrote"));
    EXPECT_THAT(error.hint, HasSubstr("go on with the hapax that wrote it"));
  }
  EXPECT_EQ(log.storage.image().contents, before);
}

}  // namespace
}  // namespace hapax
