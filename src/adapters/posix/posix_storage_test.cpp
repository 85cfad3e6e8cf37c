// SPDX-License-Identifier: Apache-2.0
#include "adapters/posix/posix_storage.hpp"

#include <atomic>
#include <barrier>
#include <string>
#include <thread>

#include "testing/crash_storage.hpp"
#include "testing/storage_contract.hpp"
#include "testing/temporary_directory.hpp"

namespace hapax {
namespace {

class Machine : public StorageUnderTest {
 public:
  Storage& storage() override { return storage_; }
  std::string directory() override { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
  PosixStorage storage_;
};

/// The model in which the log is crashed must do what a machine does.
class Model : public StorageUnderTest {
 public:
  Model() { EXPECT_TRUE(storage_.create_directories("d")); }
  Storage& storage() override { return storage_; }
  std::string directory() override { return "d"; }

 private:
  CrashStorage storage_;
};

template <typename Made>
std::unique_ptr<StorageUnderTest> make() {
  return std::make_unique<Made>();
}

std::string name_of(const testing::TestParamInfo<std::unique_ptr<StorageUnderTest> (*)()>& info) {
  return info.param == &make<Machine> ? "Machine" : "Model";
}

INSTANTIATE_TEST_SUITE_P(Storage, StorageContract, testing::Values(&make<Machine>, &make<Model>),
                         name_of);

TEST(PosixStorageTest, ErrorsNameAFileAsItIsNamedNow) {
  const TemporaryDirectory directory;
  PosixStorage storage;
  const auto path = directory.path() + "/former";
  ASSERT_TRUE(storage.open(path, OpenMode::kCreateNew));
  const auto file = storage.open(path, OpenMode::kRead).value();
  ASSERT_TRUE(storage.rename(path, directory.path() + "/present"));
  const auto written = file->append(std::as_bytes(std::span("x", 1)));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message,
            "pwrite " + directory.path() + "/present: Bad file descriptor");
}

TEST(PosixStorageTest, SeveralMayMakeAFolderAtOnce) {
  const TemporaryDirectory directory;
  std::atomic<int> failures = 0;
  for (int round = 0; round < 300; ++round) {
    const std::string path = directory.path() + "/" + std::to_string(round) + "/of/several";
    std::barrier together(2);
    const auto make = [&] {
      together.arrive_and_wait();
      failures += PosixStorage().create_directories(path) ? 0 : 1;
    };
    const std::jthread other(make);
    make();
  }
  EXPECT_EQ(failures, 0);
}

TEST(PosixStorageTest, ErrorsNameCallPathAndReason) {
  PosixStorage storage;
  const auto opened = storage.open("/nowhere/file", OpenMode::kRead);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message, "open /nowhere/file: No such file or directory");
  EXPECT_FALSE(storage.sync_directory("/nowhere"));
}

}  // namespace
}  // namespace hapax
