// SPDX-License-Identifier: Apache-2.0
// What becomes of calls where there is no server; with one: tests/cluster/postgres.
#include "adapters/postgres/postgres_view_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

#include "adapters/postgres/postgres_view_reader.hpp"
#include "testing/seeded_random.hpp"
#include "testing/silent_host.hpp"
#include "testing/temporary_directory.hpp"

namespace hapax {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

class PostgresViewStoreTest : public testing::Test {
 protected:
  std::unique_ptr<PostgresViewStore> open(const std::string& host) {
    settings_.connection = "host=" + host + " user=u dbname=d";
    return std::move(PostgresViewStore::open(settings_, random_)).value();
  }
  /// Polls until the call of `ask` is answered.
  static Error error_of(PostgresViewStore& store) {
    std::optional<Result<void>> answer;
    store.publish(PartitionId(0), {.version = 1, .since = 0, .change = {}},
                  [&](const Result<void>& done) { answer = done; });
    while (!answer) {
      store.poll(milliseconds(1'000));
    }
    return answer->has_value() ? Error{ErrorKind::kInternal, "done"} : answer->error();
  }

  const TemporaryDirectory empty_;
  SeededRandom random_{1};
  PostgresSettings settings_;
};

TEST_F(PostgresViewStoreTest, CallsFailWithWhatTheAttemptWasTold) {
  const auto store = open(empty_.path());
  std::vector<ErrorKind> answers;
  for (int i = 0; i < 3; ++i) {
    store->publish(PartitionId(0), {.version = 1, .since = 0, .change = {}},
                   [&](const Result<void>& done) { answers.push_back(done.error().kind); });
    store->version(PartitionId(0), [&](const auto& found) {
      answers.push_back(found.error().kind);
      EXPECT_THAT(found.error().message, HasSubstr("No such file or directory"));
      EXPECT_THAT(found.error().message, HasSubstr("schema hapax of database d"));
    });
  }
  while (answers.empty()) {
    store->poll(milliseconds(1'000));
  }
  EXPECT_EQ(answers, std::vector(6, ErrorKind::kUnavailable));
}

TEST_F(PostgresViewStoreTest, PausesGrowUpToALimit) {
  settings_.retry_pause_min = milliseconds(20);
  settings_.retry_pause_max = milliseconds(80);
  const auto store = open(empty_.path());
  const auto start = Clock::now();
  EXPECT_EQ(error_of(*store).kind, ErrorKind::kUnavailable);
  milliseconds all{0};  // One alone may seem shorter to who is late to look at the clock.
  for (const int least : {10, 20, 40, 40, 40}) {
    all += milliseconds(least - 1);
    EXPECT_EQ(error_of(*store).kind, ErrorKind::kUnavailable);
    EXPECT_GE(Clock::now() - start, all);
  }
}

TEST_F(PostgresViewStoreTest, GivesUpAServerThatSaysNothing) {
  const SilentHost silent;
  settings_.connect_timeout = milliseconds(50);
  const auto store = open(silent.folder());
  const Error error = error_of(*store);
  EXPECT_EQ(error.kind, ErrorKind::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("there was no answer in time"));
}

TEST_F(PostgresViewStoreTest, PollWaitsNoLongerThanItMay) {
  const SilentHost silent;
  const auto store = open(silent.folder());
  store->version(PartitionId(0), [](const auto&) { ADD_FAILURE() << "there is nobody to answer"; });
  const auto start = Clock::now();
  store->poll(milliseconds(0));
  store->poll(milliseconds(30));
  EXPECT_LT(Clock::now() - start, settings_.connect_timeout);
}

TEST_F(PostgresViewStoreTest, CallsBackNothingOnceItIsGone) {
  auto store = open(empty_.path());
  store->version(PartitionId(0), [](const auto&) { ADD_FAILURE(); });
  store.reset();
}

TEST_F(PostgresViewStoreTest, RefusesAVersionThatHasNoRoom) {
  const auto store = open(empty_.path());
  std::optional<Result<void>> answer;
  store->publish(PartitionId(0), {.version = UINT64_MAX, .since = 0, .change = {}},
                 [&](const Result<void>& done) { answer = done; });
  store->poll(milliseconds(0));
  ASSERT_TRUE(answer && !*answer);
  EXPECT_EQ(answer->error().kind, ErrorKind::kInvalid);
}

TEST_F(PostgresViewStoreTest, AReaderSaysWhyItCannotRead) {
  settings_.connection = "host=" + empty_.path() + " user=u dbname=d";
  auto reader = std::move(PostgresViewReader::open(settings_)).value();
  const auto published = reader->published();
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().kind, ErrorKind::kUnavailable);
  EXPECT_THAT(published.error().message, HasSubstr("No such file or directory"));
  const auto snapshot = reader->snapshot();
  EXPECT_TRUE(snapshot->is_open());
  reader.reset();
  EXPECT_FALSE(snapshot->is_open());
}

}  // namespace
}  // namespace hapax
