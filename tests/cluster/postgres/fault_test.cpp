// SPDX-License-Identifier: Apache-2.0
// What readers find while a real PostgreSQL dies, stands still, or is cut off.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "adapters/postgres/postgres_setup.hpp"
#include "cut_way.hpp"
#include "publisher.hpp"
#include "real_postgres.hpp"
#include "testing/seeded_random.hpp"
#include "testing/silent_host.hpp"

namespace hapax {
namespace {

constexpr PartitionId kOne{0};
constexpr PartitionId kOther{1};

/// What a reader sees of two partitions in one moment: the version that all rows of each have.
Result<std::vector<std::uint64_t>> seen(ViewStoreReader& reader) {
  std::vector<std::uint64_t> versions(2);
  std::vector<std::size_t> rows(2);
  HAPAX_TRY(reader.snapshot()->read([&](SnapshotReader& at) -> Result<void> {
    const auto cursor = at.cursor("t", "\xFF");
    for (cursor->seek(""); cursor->valid(); cursor->next()) {
      const std::uint64_t version = std::stoull(std::string(cursor->value()));
      std::uint64_t& before = versions.at(cursor->part());
      EXPECT_TRUE(rows.at(cursor->part())++ == 0 || version == before) << "half of an update";
      before = version;
    }
    return cursor->status();
  }));
  for (const std::size_t count : rows) {
    EXPECT_TRUE(count == 0 || count == kRowsOfAVersion) << count;
  }
  return versions;
}

/// Reads in a thread of its own, whatever happens, and expects whole updates that go on.
class Watcher {
 public:
  explicit Watcher(std::unique_ptr<ViewStoreReader> reader)
      : reader_(std::move(reader)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

  std::size_t reads() const { return reads_; }
  std::size_t failures() const { return failures_; }

 private:
  void run(const std::stop_token& stop) {
    std::vector<std::uint64_t> least(2);
    while (!stop.stop_requested()) {
      const auto published = reader_->published();
      for (std::size_t i = 0; published && i < published->size(); ++i) {
        EXPECT_EQ((*published)[i].manifest, std::to_string((*published)[i].version));
        EXPECT_GE((*published)[i].version, least.at(i));
        least.at(i) = (*published)[i].version;
      }
      const auto versions = seen(*reader_);
      for (std::size_t i = 0; versions && i < versions->size(); ++i) {
        EXPECT_GE((*versions)[i], least[i]) << "a version that was said is not there";
        least[i] = (*versions)[i];
      }
      ++(versions ? reads_ : failures_);
    }
  }

  const std::unique_ptr<ViewStoreReader> reader_;
  std::atomic<std::size_t> reads_{0};
  std::atomic<std::size_t> failures_{0};
  std::jthread thread_;
};

TEST(PostgresFaultTest, AServerThatIsKilledLeavesWholeUpdatesAndPublishersGoOn) {
  RealPostgres server;
  server.settings().piece_rows = 30;  // Ten pieces an update.
  PolledPublisher one(server.open_store(), kOne);
  PolledPublisher other(server.open_store(), kOther);
  ASSERT_TRUE(one.reach(1));
  ASSERT_TRUE(other.reach(1));
  Watcher watcher(server.open_reader());
  SeededRandom random(7);
  for (int kill = 0; kill < 6; ++kill) {
    const auto reads = watcher.reads();
    const std::uint64_t before = one.published();
    ASSERT_TRUE(one.step_until([&] {
      other.step();
      return one.published() >= before + 3 && watcher.reads() > reads;
    }));
    for (std::uint64_t polls = random.below(12); polls > 0; --polls) {
      one.step();
    }
    server.kill();
    ASSERT_TRUE(one.fail_once());
    server.start();
    ASSERT_TRUE(one.reach(one.published() + 3)) << one.last_error()->text();
    ASSERT_TRUE(other.reach(other.published() + 1));
  }
  EXPECT_GE(one.failures(), 6U);
  EXPECT_GT(watcher.failures(), 0U);
  const auto versions = seen(*server.open_reader()).value();
  EXPECT_EQ(versions, (std::vector{one.published(), other.published()}));
}

TEST(PostgresFaultTest, AServerThatStandsStillIsGivenUpAndWhatItDoesLateIsWhole) {
  RealPostgres server;
  server.settings().answer_timeout = std::chrono::milliseconds(300);
  server.settings().connect_timeout = std::chrono::milliseconds(300);
  PolledPublisher one(server.open_store(), kOne);
  ASSERT_TRUE(one.reach(2));
  Watcher watcher(server.open_reader());
  ASSERT_TRUE(one.step_until([&] { return watcher.reads() > 0; }));
  server.pause();
  ASSERT_TRUE(one.fail_once());
  EXPECT_THAT(one.last_error()->message, testing::HasSubstr("there was no answer in time"));
  ASSERT_TRUE(one.step_until([&] { return watcher.failures() > 0; }));
  server.resume();
  const auto reads = watcher.reads();
  ASSERT_TRUE(one.reach(one.published() + 5)) << one.last_error()->text();
  ASSERT_TRUE(one.step_until([&] { return watcher.reads() > reads; }));
}

TEST(PostgresFaultTest, WhoseCommitWasDoneUnheardRepeatsItForNothing) {
  RealPostgres server;
  CutWay way(server.socket_folder());
  server.settings().connection = fmt::format("host={} user=hapax dbname=postgres", way.folder());
  const auto store = server.open_store();
  ASSERT_TRUE(publish(*store, kOne, whole_version(1, 0)));
  way.plan(CutWay::Accident::kAnswerLost);
  const Result<void> unheard = publish(*store, kOne, whole_version(2, 1));
  ASSERT_TRUE(way.has_happened());
  ASSERT_FALSE(unheard);
  EXPECT_EQ(unheard.error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(server.sql("SELECT version FROM @.partitions"), "2");
  const std::string before = server.sql("SELECT sum(xmin::text::bigint) FROM @.rows");
  EXPECT_TRUE(publish(*store, kOne, whole_version(2, 1)));
  EXPECT_EQ(server.sql("SELECT sum(xmin::text::bigint) FROM @.rows"), before);
  EXPECT_TRUE(publish(*store, kOne, whole_version(3, 2)));
  EXPECT_EQ(seen(*server.open_reader()).value()[0], 3U);
}

TEST(PostgresFaultTest, WhatDoesNotReachTheServerIsNotThere) {
  RealPostgres server;
  CutWay way(server.socket_folder());
  server.settings().connection = fmt::format("host={} user=hapax dbname=postgres", way.folder());
  const auto store = server.open_store();
  ASSERT_TRUE(publish(*store, kOne, whole_version(1, 0)));
  way.plan(CutWay::Accident::kCommitLost);
  ASSERT_FALSE(publish(*store, kOne, whole_version(2, 1)));
  ASSERT_TRUE(way.has_happened());
  EXPECT_EQ(seen(*server.open_reader()).value()[0], 1U);
  EXPECT_TRUE(publish(*store, kOne, whole_version(2, 1)));
  EXPECT_EQ(seen(*server.open_reader()).value()[0], 2U);
}

TEST(PostgresFaultTest, OfTwoPublishersOfAPartitionTheGreaterVersionStays) {
  RealPostgres server;
  server.settings().piece_rows = 30;
  const auto zombie = server.open_store();
  const auto owner = server.open_store();
  ASSERT_TRUE(publish(*owner, kOne, whole_version(1, 0)));
  Watcher watcher(server.open_reader());
  // Both at once: the zombie repeats what the owner has left behind, or is the first to say.
  for (std::uint64_t version = 2; version < 40; ++version) {
    std::optional<Result<void>> done;
    std::optional<Result<void>> late;
    zombie->publish(kOne, whole_version(version - 1, version - 2),
                    [&](const Result<void>& told) { late = told; });
    owner->publish(kOne, whole_version(version, version - 1),
                   [&](const Result<void>& told) { done = told; });
    while (!done || !late) {
      zombie->poll(std::chrono::milliseconds(1));
      owner->poll(std::chrono::milliseconds(1));
    }
    ASSERT_TRUE(*done) << done->error().text();
    ASSERT_TRUE(*late) << late->error().text();
    ASSERT_EQ(server.sql("SELECT version FROM @.partitions"), std::to_string(version));
  }
}

TEST(PostgresFaultTest, AZombieThatStopsWithinAnUpdateHoldsNobodyUpForLong) {
  RealPostgres server;
  server.settings().idle_timeout = std::chrono::milliseconds(300);
  server.settings().piece_rows = 10;
  const auto zombie = server.open_store();
  const auto owner = server.open_store();
  ASSERT_TRUE(publish(*zombie, kOne, whole_version(1, 0)));
  std::optional<Result<void>> late;
  zombie->publish(kOne, whole_version(2, 1), [&](const Result<void>& told) { late = told; });
  // Until it has the lock, and not a moment longer.
  while (server.sql("SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'") ==
         "0") {
    ASSERT_FALSE(late);
    zombie->poll(std::chrono::milliseconds(0));
  }
  EXPECT_TRUE(publish(*owner, kOne, whole_version(3, 1)));
  while (!late) {
    zombie->poll(std::chrono::milliseconds(5));
  }
  ASSERT_FALSE(*late);
  EXPECT_EQ(late->error().kind, ErrorKind::kUnavailable);
  EXPECT_TRUE(publish(*zombie, kOne, whole_version(2, 1)));
  EXPECT_EQ(seen(*server.open_reader()).value()[0], 3U);
}

TEST(PostgresFaultTest, AReaderConnectsAnewWhenItsConnectionWasCut) {
  RealPostgres server;
  ASSERT_TRUE(publish(*server.open_store(), kOne, whole_version(1, 0)));
  const auto reader = server.open_reader();
  const auto snapshot = reader->snapshot();
  const auto cut = [&server] {
    server.sql(
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE "
        "application_name = 'hapax'");
  };
  const Result<void> lost = snapshot->read([&](SnapshotReader& at) -> Result<void> {
    EXPECT_TRUE(at.find("t", "1000000").value());
    cut();
    HAPAX_TRY(at.find("t", "1000000"));
    return {};
  });
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, ErrorKind::kUnavailable);
  EXPECT_TRUE(snapshot->is_open());
  EXPECT_EQ(seen(*reader).value()[0], 1U);
  cut();  // While nobody reads: nobody notices.
  EXPECT_EQ(seen(*reader).value()[0], 1U);
  EXPECT_TRUE(reader->published());
}

TEST(PostgresFaultTest, OfSeveralHostsOneThatSaysNothingHoldsNobodyUpForLong) {
  RealPostgres server;
  const SilentHost silent;
  server.settings().connect_timeout = std::chrono::milliseconds(100);
  server.settings().connection =
      fmt::format("host={},{} user=hapax dbname=postgres", silent.folder(), server.socket_folder());
  const auto store = server.open_store();
  EXPECT_FALSE(publish(*store, kOne, whole_version(1, 0)));
  const Result<void> published = publish(*store, kOne, whole_version(1, 0));
  EXPECT_TRUE(published) << published.error().text();
}

TEST(PostgresFaultTest, TablesThatAreLostAreMadeAgainAndAllIsAskedFor) {
  RealPostgres server;
  const auto store = server.open_store();
  const auto reader = server.open_reader();
  ASSERT_TRUE(publish(*store, kOne, whole_version(5, 0)));
  EXPECT_EQ(seen(*reader).value()[0], 5U);
  server.sql("DROP SCHEMA @ CASCADE");
  EXPECT_EQ(reader->published().error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(publish(*store, kOne, whole_version(6, 5)).error().kind, ErrorKind::kUnavailable);
  EXPECT_EQ(publish(*store, kOne, whole_version(6, 5)).error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(publish(*store, kOne, whole_version(6, 0)));
  EXPECT_EQ(seen(*reader).value()[0], 6U);
}

}  // namespace
}  // namespace hapax
