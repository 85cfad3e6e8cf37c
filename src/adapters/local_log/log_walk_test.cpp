// SPDX-License-Identifier: Apache-2.0
// Tools that read a log while a server writes it.
#include "adapters/local_log/log_walk.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "adapters/local_log/log_test_support.hpp"
#include "adapters/local_log/verify.hpp"

namespace hapax {
namespace {

using testing::IsEmpty;

std::vector<std::string> walk_to_end(LogWalk& walk) {
  std::vector<std::string> ids;
  for (auto batches = walk.next().value(); batches; batches = walk.next().value()) {
    add_message_ids(*batches, ids);
  }
  return ids;
}

TEST(LogWalkTest, ReadsOnWhileTheLogGrows) {
  LogHarness log;
  log.settings.retention_bytes = 1U << 30U;
  ASSERT_TRUE(log.open());
  const auto walk = LogWalk::open(std::string(kLogDirectory), log.storage).value();
  std::vector<std::string> expected;
  std::vector<std::string> ids;
  for (int i = 0; i < 40; ++i) {
    expected.push_back(fmt::format("m{}", i));
    ASSERT_TRUE(log.commit_one(expected.back(), 2000));
    for (auto& id : walk_to_end(*walk)) {
      ids.push_back(std::move(id));
    }
  }
  EXPECT_EQ(ids, expected);
}

TEST(LogWalkTest, GoesOnWithWhatIsLeftWhenItsSegmentIsRetiredAndUsedAgain) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  int written = 0;
  const auto write = [&](int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(log.commit_one(fmt::format("m{}", written++), 2000));
      ASSERT_TRUE(log.retain());
    }
  };
  write(3);
  const auto walk = LogWalk::open(std::string(kLogDirectory), log.storage).value();
  ASSERT_TRUE(walk->next());
  write(60);
  ASSERT_GT(log.core->files().recycled_count(), 3U);
  const auto ids = walk_to_end(*walk);
  EXPECT_EQ(ids.back(), fmt::format("m{}", written - 1));
}

/// Calls back before the n-th time that the size of a file is asked for.
class HookedStorage : public Storage {
 public:
  HookedStorage(Storage& storage, int n, std::function<void()> hook)
      : storage_(storage), left_(n), hook_(std::move(hook)) {}

  Result<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    HAPAX_ASSIGN(auto file, storage_.open(path, mode));
    return std::unique_ptr<File>(std::make_unique<HookedFile>(std::move(file), *this));
  }
  Result<std::vector<std::string>> list(const std::string& path) override {
    return storage_.list(path);
  }
  Result<bool> exists(const std::string& path) override { return storage_.exists(path); }
  Result<void> rename(const std::string&, const std::string&) override { return {}; }
  Result<bool> link(const std::string&, const std::string&) override { return true; }
  Result<void> unlink(const std::string&) override { return {}; }
  Result<void> sync_directory(const std::string&) override { return {}; }
  Result<void> create_directories(const std::string&) override { return {}; }
  Result<std::unique_ptr<File>> lock(const std::string& path) override {
    return storage_.lock(path);
  }
  bool called() const { return left_ == 0; }

 private:
  class HookedFile : public File {
   public:
    HookedFile(std::unique_ptr<File> file, HookedStorage& hooks)
        : file_(std::move(file)), hooks_(hooks) {}
    Result<std::size_t> read_at(std::uint64_t at, std::span<std::byte> into) const override {
      return file_->read_at(at, into);
    }
    Result<std::uint64_t> size() const override {
      if (hooks_.left_ > 0 && --hooks_.left_ == 0) {
        hooks_.hook_();
      }
      return file_->size();
    }
    Result<void> write_at(std::uint64_t, std::span<const std::byte>) override { return {}; }
    Result<void> append(std::span<const std::byte>) override { return {}; }
    Result<void> sync() override { return {}; }
    Result<void> truncate(std::uint64_t) override { return {}; }
    Result<void> allocate(std::uint64_t) override { return {}; }

   private:
    const std::unique_ptr<File> file_;
    HookedStorage& hooks_;
  };

  Storage& storage_;
  int left_;
  const std::function<void()> hook_;
};

TEST(LogWalkTest, FramesThatAreWrittenWhileItLooksForThemAreNoDamage) {
  bool called = true;
  for (int n = 1; called; ++n) {
    SCOPED_TRACE(n);
    LogHarness log;
    ASSERT_TRUE(log.open());
    ASSERT_TRUE(log.commit_one("before"));
    HookedStorage storage(log.storage, n, [&log] {
      ASSERT_TRUE(log.commit_one("a"));
      ASSERT_TRUE(log.commit_one("b"));
    });
    const auto walk = LogWalk::open(std::string(kLogDirectory), storage).value();
    auto ids = walk_to_end(*walk);
    for (auto& id : walk_to_end(*walk)) {
      ids.push_back(std::move(id));
    }
    called = storage.called();
    EXPECT_EQ(ids, called ? std::vector<std::string>({"before", "a", "b"})
                          : std::vector<std::string>({"before"}));
  }
}

TEST(VerifyTest, RetentionUnderTheReaderIsNoDamage) {
  LogHarness log;
  ASSERT_TRUE(log.open());
  int written = 0;
  const auto write = [&](int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(log.commit_one(fmt::format("m{}", written++), 2000));
      ASSERT_TRUE(log.retain());
    }
  };
  write(30);
  int segments = 0;
  const auto report = verify_log(std::string(kLogDirectory), log.storage,
                                 {.id_hash = id_hash_of(IdHasher()), .progress = [&](const auto&) {
                                    if (++segments == 2) {
                                      write(60);
                                    }
                                  }});
  ASSERT_TRUE(report);
  EXPECT_THAT(report->problems, IsEmpty()) << report->problems.front().text();
}

TEST(VerifyTest, CountsWhatIsThere) {
  LogHarness log;
  log.settings.retention_bytes = 1U << 30U;
  ASSERT_TRUE(log.open());
  Digest digest;
  for (int i = 0; i < 40; ++i) {
    const auto record = one_record(1, fmt::format("m{}", i), 2000);
    digest.add(record.digest);
    ASSERT_TRUE(log.commit({record}));
  }
  const auto report = verify_all(log.storage).value();
  EXPECT_THAT(report.problems, IsEmpty());
  EXPECT_EQ(report.records, 40U);
  EXPECT_EQ(report.partitions.at(1).end, Offset(40));
  EXPECT_EQ(report.partitions.at(1).digest, digest);
}

}  // namespace
}  // namespace hapax
