// SPDX-License-Identifier: Apache-2.0
#include "testing/memory_view_store.hpp"

#include "testing/view_store_contract.hpp"

namespace hapax {
namespace {

constexpr std::chrono::milliseconds kNoWait{0};

class InMemory : public ViewStoreUnderTest {
 public:
  ViewStore& store() override { return store_; }
  ViewStore& other() override { return other_; }
  ViewStoreReader& reader() override { return reader_; }
  void run_callbacks() override {
    store_.poll(kNoWait);
    other_.poll(kNoWait);
  }

 private:
  PublishedTables tables_;
  MemoryViewStore store_{tables_};
  MemoryViewStore other_{tables_};
  MemoryViewReader reader_{tables_};
};

INSTANTIATE_TEST_SUITE_P(Memory, ViewStoreContract,
                         testing::Values([]() -> std::unique_ptr<ViewStoreUnderTest> {
                           return std::make_unique<InMemory>();
                         }));

TEST(MemoryViewStoreTest, DoesWithACallWhatTheTestSays) {
  PublishedTables tables;
  MemoryViewStore store(tables);
  std::string answers;
  const auto publish = [&](std::uint64_t version) {
    store.publish(PartitionId(0), {.version = version, .since = 0, .change = {}},
                  [&answers](const Result<void>& done) { answers += done ? 'y' : 'n'; });
  };
  const auto version = [&] { return MemoryViewReader(tables).published()->at(0).version; };
  store.hold(true);
  for (std::uint64_t i = 1; i <= 4; ++i) {
    publish(i);
  }
  store.poll(kNoWait);
  EXPECT_EQ(answers, "");
  store.answer();
  EXPECT_EQ(version(), 1U);
  store.lose_answer();
  EXPECT_EQ(version(), 2U);
  store.lose_call();
  EXPECT_EQ(version(), 2U);
  const auto late = store.delay();
  EXPECT_EQ(answers, "ynnn");
  late();
  EXPECT_EQ(version(), 4U);
  EXPECT_EQ(answers, "ynnn");
  EXPECT_EQ(store.waiting(), 0U);
}

TEST(MemoryViewStoreTest, FailsWhenToldAndForgetsWhenLost) {
  PublishedTables tables;
  MemoryViewStore store(tables);
  MemoryViewReader reader(tables);
  store.publish(PartitionId(0), {.version = 1, .since = 0, .change = {}},
                [](const Result<void>& done) { EXPECT_TRUE(done); });
  store.poll(kNoWait);
  tables.fail(Error{ErrorKind::kUnavailable, "away"});
  EXPECT_FALSE(reader.published());
  EXPECT_FALSE(reader.snapshot()->read([](SnapshotReader&) -> Result<void> { return {}; }));
  store.publish(PartitionId(0), {.version = 2, .since = 1, .change = {}},
                [](const Result<void>& done) { EXPECT_FALSE(done); });
  store.poll(kNoWait);
  tables.fail(std::nullopt);
  EXPECT_EQ(reader.published()->at(0).version, 1U);
  tables.lose();
  EXPECT_TRUE(reader.published()->empty());
}

TEST(MemoryViewStoreTest, SnapshotsReadNothingOnceTheReaderIsGone) {
  PublishedTables tables;
  auto reader = std::make_unique<MemoryViewReader>(tables);
  const auto snapshot = reader->snapshot();
  EXPECT_TRUE(snapshot->is_open());
  reader.reset();
  EXPECT_FALSE(snapshot->is_open());
  EXPECT_EQ(snapshot->read([](SnapshotReader&) -> Result<void> { return {}; }).error().kind,
            ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace hapax
