// SPDX-License-Identifier: Apache-2.0
// Exceptions on the threads of the processor: whatever throws, and wherever memory runs out
// (reliability T17), the process goes on, nothing acknowledged is lost, and the next start
// recovers.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>

#include "stream/dedup_shard.hpp"
#include "testing/processor_fixture.hpp"

// The thread sanitizer brings an allocator of its own, which cannot be replaced beside it.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAPAX_KEEPS_ITS_ALLOCATOR
#endif
#endif

namespace {

// The allocation of this thread at which memory runs out, counted down; 0: never.
thread_local std::uint64_t allocations_left = 0;

}  // namespace

#ifndef HAPAX_KEEPS_ITS_ALLOCATOR
namespace {

void* allocate(std::size_t size) {
  if (allocations_left > 0 && --allocations_left == 0) {
    throw std::bad_alloc();
  }
  if (void* const memory = std::malloc(size > 0 ? size : 1)) {
    return memory;
  }
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) {
  return allocate(size);
}
void* operator new[](std::size_t size) {
  return allocate(size);
}
// Replaced as well, so that all that is deleted here was allocated here.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size > 0 ? size : 1);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return std::malloc(size > 0 ? size : 1);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}

#endif

namespace hapax {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ProcessorExceptionTest : public ProcessorFixture {
 protected:
  void throw_at(std::string_view call) {
    store_.before([call](std::string_view called) {
      if (call == called) {
        throw std::runtime_error("boom");
      }
    });
  }
  void wait_until_stopped() {
    while (processor_->stats().error.empty() && processor_->stats().steps_interrupted < 3) {
      std::this_thread::yield();
    }
  }
  void restart(const ProcessorSettings& settings = {}) { start(settings); }
  /// All that was acknowledged is counted once.
  void expect_all_counted(Offset end, std::uint64_t events) {
    EXPECT_EQ(counted(end), events);
    std::promise<AuditReport> promise;
    processor_->audit([&](Result<AuditReport> got) { promise.set_value(got.value()); });
    const AuditReport report = promise.get_future().get();
    const SourceAudit& books = report.sources.at(0);
    EXPECT_EQ(books.unique, events);
    EXPECT_EQ(books.counted, events);
    EXPECT_EQ(books.duplicate, 0U);
    EXPECT_EQ(report.partitions[0].log_digest, report.partitions[0].processed_digest);
  }
};

TEST_F(ProcessorExceptionTest, AnExceptionInAStepStopsProcessingAndNothingElse) {
  throw_at("find");
  start();
  log_.add({shop_event("a", seconds(0))});
  wait_until_stopped();
  EXPECT_NE(processor_->stats().error.find("boom"), std::string::npos);
  const auto refused = ask(std::nullopt);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInternal);
  EXPECT_NE(refused.error().message.find("boom"), std::string::npos);
  EXPECT_FALSE(ask(Offset(1'000))) << "also who waits for what will not come";
  const Offset end = log_.add({shop_event("b", seconds(0))});  // Acknowledged all the same.
  processor_->stop();
  EXPECT_EQ(store_.manifest().value(), std::nullopt) << "what may be half changed is not written";
  store_.before({});
  restart();
  expect_all_counted(end, 2);
}

TEST_F(ProcessorExceptionTest, AQueryForWhichThereIsNoMemoryFailsAloneAndStopsNothing) {
  start();
  const Offset end = log_.add({shop_event("a", seconds(0))});
  ASSERT_EQ(counted(end), 1U);
  store_.before([](std::string_view call) {
    if (call == "seek") {
      throw std::bad_alloc();
    }
  });
  const auto failed = ask(std::nullopt);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kExhausted);
  store_.before({});
  expect_all_counted(log_.add({shop_event("b", seconds(0))}), 2);
}

TEST_F(ProcessorExceptionTest, PublicationsThatFailKeepNoCellsInMemory) {
  ProcessorSettings settings;
  settings.checkpoint_interval = milliseconds(1);
  settings.view.memory_bytes_max = 1;
  start(settings);
  ASSERT_TRUE(ask(std::nullopt));
  throw_at("snapshot");
  const auto somebody_asks = [&] { return ask(std::nullopt).has_value(); };
  for (int i = 0; i < 3; ++i) {
    log_.add({shop_event(std::to_string(i), seconds(60 * i))});
    somebody_asks();
  }
  while (somebody_asks() || processor_->stats().hot_cells > 0) {
    log_.add({shop_event("again", seconds(0))});  // Something for a checkpoint.
  }
}

TEST_F(ProcessorExceptionTest, WhatACallbackOfAnAnswerThrowsStopsNothing) {
  start();
  reads_->rows(all_of(views_.served.find("events_per_minute")),
               [](const Result<RowAnswer>&) { throw std::bad_alloc(); });
  processor_->audit([](Result<AuditReport>) { throw 42; });
  expect_all_counted(log_.add({shop_event("a", seconds(0))}), 1);
}

TEST_F(ProcessorExceptionTest, WhateverTheCheckpointThreadThrowsTheCheckpointIsMadeLater) {
  ProcessorSettings settings;
  settings.checkpoint_interval = milliseconds(1);
  settings.checkpoint_retry = milliseconds(1);
  store_.before([](std::string_view call) {
    if (call == "write") {
      throw 42;
    }
  });
  start(settings);
  const Offset end = log_.add({shop_event("a", seconds(0))});
  ASSERT_EQ(counted(end), 1U);
  while (processor_->stats().checkpoints_failed < 2) {
    std::this_thread::yield();
  }
  EXPECT_FALSE(processor_->stats().checkpoint_error.empty());
  store_.before({});
  while (processor_->stats().checkpoints < 1) {
    std::this_thread::yield();
  }
  restart();
  expect_all_counted(end, 1);
}

/// Memory runs out at the n-th allocation of a publication after it was begun, if there are so
/// many.
class NoMemoryForAPublication : public ProcessorFixture, private ViewSink {
 protected:
  ~NoMemoryForAPublication() override { close(); }

  /// Whether it ran out.
  bool at_allocation(std::uint64_t n) {
    start();
    processor_->publish_to(*this);
    store_.before([n](std::string_view call) { allocations_left = call == "snapshot" ? n : 0; });
    const bool failed = !publish();
    store_.before({});
    const Result<Publication> next = publish();
    EXPECT_TRUE(next && (next->stored != nullptr) == failed && next->continues != failed);
    EXPECT_EQ(processor_->stats().error, "");
    close();
    return failed;
  }

 private:
  Result<Publication> publish() {
    EXPECT_TRUE(processor_->want(ViewSource::Want::kNow, "events_per_minute.1"));
    const MutexLock lock(mutex_);
    came_.wait(mutex_, [this]() HAPAX_REQUIRES(mutex_) { return taken_.has_value(); });
    return *std::exchange(taken_, std::nullopt);
  }
  void take(PublicationTicket, Result<Publication> publication) override {
    allocations_left = 0;
    if (!publication && publication.error().kind == ErrorKind::kClosed) {
      return;
    }
    const MutexLock lock(mutex_);
    taken_ = std::move(publication);
    came_.notify_all();
  }
  void let_go() override {}

  Mutex mutex_;
  CondVar came_;
  std::optional<Result<Publication>> taken_ HAPAX_GUARDED_BY(mutex_);
};

TEST_F(NoMemoryForAPublication, TheNextOneBeginsAnewAndCountingGoesOn) {
#ifdef HAPAX_KEEPS_ITS_ALLOCATOR
  GTEST_SKIP() << "the sanitizer's allocator does not run out when told to";
#endif
  log_.add({shop_event("a", seconds(0))});
  std::uint64_t n = 1;
  while (at_allocation(n) && !HasFailure()) {
    ++n;
  }
  EXPECT_GE(n, 3U);
}

/// Memory runs out for the thread of the readers at its n-th allocation from here on.
TEST_F(ProcessorExceptionTest, NoMemoryForReadersEndsNothing) {
#ifdef HAPAX_KEEPS_ITS_ALLOCATOR
  GTEST_SKIP() << "the sanitizer's allocator does not run out when told to";
#endif
  log_.add({shop_event("a", seconds(0))});
  for (std::uint64_t n = 1; n < 12; ++n) {
    start();
    reads_->moment("events_per_minute.1",
                   [n](const Result<SharedMoment>&) { allocations_left = n; });
    std::atomic<int> answered = 0;
    for (int i = 0; i < 20; ++i) {
      reads_->moment("events_per_minute.1", [&](const Result<SharedMoment>&) { ++answered; });
    }
    while (answered < 20) {
      std::this_thread::yield();
    }
  }
}

/// Memory runs out for the checkpoint thread at the n-th allocation of its first attempt.
class NoMemoryForACheckpoint : public ProcessorExceptionTest {
 protected:
  enum class End { kWritten, kWrittenLater, kStopped, kNeverWritten };

  End at_allocation(std::uint64_t n) {
    ProcessorSettings settings;
    settings.checkpoint_interval = milliseconds(1);
    settings.checkpoint_retry = milliseconds(1);
    store_.before([n, opener = std::this_thread::get_id()](std::string_view call) mutable {
      const bool begins = call == "manifest" && std::this_thread::get_id() != opener;
      allocations_left = begins ? std::exchange(n, 0) : 0;
    });
    start(settings);
    ProcessorStats stats;
    while (stats.checkpoints == 0 && stats.error.empty() && stats.checkpoints_failed < 9) {
      std::this_thread::yield();
      stats = processor_->stats();
    }
    store_.before({});
    restart();
    expect_all_counted(end_, 2);
    close();
    return !stats.error.empty()           ? End::kStopped
           : stats.checkpoints == 0       ? End::kNeverWritten
           : stats.checkpoints_failed > 0 ? End::kWrittenLater
                                          : End::kWritten;
  }

  Offset end_;
};

/// A cell that was half taken then can never be written: processing stops.
TEST_F(NoMemoryForACheckpoint, ItIsMadeLaterOrProcessingStopsAndTheNextStartCountsAllOnce) {
#ifdef HAPAX_KEEPS_ITS_ALLOCATOR
  GTEST_SKIP() << "the sanitizer's allocator does not run out when told to";
#endif
  end_ = log_.add({shop_event("a", seconds(0)), shop_event("b", seconds(90))});
  std::map<End, int> ends;
  for (std::uint64_t n = 1; ends[End::kWritten] == 0 && !HasFailure(); ++n) {
    ++ends[at_allocation(n)];
    EXPECT_EQ(ends[End::kNeverWritten], 0) << "with that memory processing goes on for ever";
    store_.forget();
    verdicts_.lose();
  }
  EXPECT_GT(ends[End::kWrittenLater], 1);
  EXPECT_GT(ends[End::kStopped], 1);
}

/// Memory runs out at the n-th allocation after the first poll. Returns whether there was an n-th
/// before all was processed.
class MemoryRunsOut : public ProcessorExceptionTest {
 protected:
  bool at_allocation(std::uint64_t n) {
    ProcessorSettings settings = small_settings();
    settings.hot_ids_checkpoint = 20;  // Checkpoints are made meanwhile.
    bool armed = false;                // Of the processor's thread, as the next.
    std::atomic<bool> survived = false;
    log_.on_poll([&](bool any) {
      if (any && !armed) {
        armed = true;
        allocations_left = n;
      } else if (!any) {
        allocations_left = 0;
        survived = true;
      }
    });
    start(settings);
    while (!survived && processor_->stats().error.empty()) {
      std::this_thread::yield();
    }
    const bool out_of_memory = !processor_->stats().error.empty();
    EXPECT_EQ(ask(std::nullopt).has_value(), !out_of_memory);
    if (out_of_memory) {
      EXPECT_EQ(processor_->stats().error, "out of memory");
    }
    processor_->stop();
    log_.on_poll({});
    restart(settings);
    expect_all_counted(end_, kEvents);
    close();
    return out_of_memory;
  }

  static constexpr std::uint64_t kEvents = 60;
  Offset end_;
};

TEST_F(MemoryRunsOut, AtAnyAllocationTheNextStartCountsAllOnce) {
#ifdef HAPAX_KEEPS_ITS_ALLOCATOR
  GTEST_SKIP() << "the sanitizer's allocator does not run out when told to";
#endif
  for (std::uint64_t i = 0; i < kEvents; ++i) {
    const std::string id = std::to_string(i);
    end_ = log_.add({shop_event(id, seconds(20 * i), id)});
  }
  int points = 0;
  for (std::uint64_t n = 1; at_allocation(n) && !HasFailure(); n += 1 + n / 32) {
    store_.forget();
    verdicts_.lose();
    ++points;
  }
  EXPECT_GE(points, 50);
}

/// Memory runs out at the n-th allocation of a freeze that makes tables spare, if there are so
/// many.
class NoMemoryForSpareTables : public testing::Test {
 protected:
  static bool at_allocation(std::uint64_t n) {
    DedupShard shard(7);
    for (const BucketId bucket : kBuckets) {
      for (std::uint64_t id = 1; id <= kIds; ++id) {
        shard.insert(bucket, {.id = {.low = id, .high = bucket.value()}});
      }
    }
    shard.freeze();
    bool out_of_memory = false;
    allocations_left = n;
    try {
      shard.freeze();
    } catch (const std::bad_alloc&) {
      out_of_memory = true;
    }
    allocations_left = 0;
    for (const BucketId bucket : kBuckets) {
      for (std::uint64_t id = 1; out_of_memory && id <= kIds; ++id) {
        EXPECT_NE(shard.find(bucket, {.low = id, .high = bucket.value()}), nullptr);
      }
    }
    return out_of_memory;
  }

  static constexpr std::uint64_t kIds = 50;
  static constexpr std::array kBuckets{BucketId(1), BucketId(2)};
};

TEST_F(NoMemoryForSpareTables, WhatWasFrozenIsStillFound) {
#ifdef HAPAX_KEEPS_ITS_ALLOCATOR
  GTEST_SKIP() << "the sanitizer's allocator does not run out when told to";
#endif
  std::uint64_t n = 1;
  while (at_allocation(n) && !HasFailure()) {
    ++n;
  }
}

}  // namespace
}  // namespace hapax
