// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/mutex.hpp"
#include "ports/view_store.hpp"

namespace hapax {

/// What partitions have published, in memory: what is behind a MemoryViewStore of each owner and a
/// MemoryViewReader of each reader. Moments of it share tables, so they cost little.
/// Threading: all calls may run at the same time.
class PublishedTables {
 public:
  using Table = std::map<std::string, std::string, std::less<>>;
  struct Partition {
    PublishedPartition published;
    std::map<std::string, std::shared_ptr<const Table>, std::less<>> tables = {};
  };
  using Moment = std::shared_ptr<const std::vector<Partition>>;

  /// As ViewStore::publish(), at once.
  Result<void> publish(PartitionId partition, const PartitionUpdate& update);
  /// What there is now, by partition up to the last one that has published.
  Moment now() const;

  /// As a store that is lost: nothing was published.
  void lose();
  /// All reads and writes fail with `error` until called with nullopt.
  void fail(std::optional<Error> error);
  /// The error that they fail with, if any.
  Result<void> check() const;

 private:
  mutable Mutex mutex_;
  Moment now_ HAPAX_GUARDED_BY(mutex_) = std::make_shared<std::vector<Partition>>();
  std::optional<Error> error_ HAPAX_GUARDED_BY(mutex_);
};

/// A view store in memory whose calls wait until a test says what becomes of them, one by one, or
/// lets all of them be done by poll(). Lifetime: `tables` must outlive it.
class MemoryViewStore : public PolledViewStore {
 public:
  explicit MemoryViewStore(PublishedTables& tables) : tables_(tables) {}

  void publish(PartitionId partition, PartitionUpdate update, Done done) override;
  void version(PartitionId partition, Found found) override;
  /// Does and answers what waited when it was called; nothing while hold(true). Does not wait.
  void poll(std::chrono::milliseconds wait_max) override;

  void hold(bool held) { held_ = held; }
  std::size_t waiting() const { return calls_.size(); }
  /// Of the oldest call: it is done and answered; done and answered with kUnavailable; not done and
  /// answered with kUnavailable.
  void answer() { take()(Fate::kAnswered); }
  void lose_answer() { take()(Fate::kAnswerLost); }
  void lose_call() { take()(Fate::kLost); }
  /// It is answered with kUnavailable, and is done when the result is called.
  std::function<void()> delay();

 private:
  enum class Fate { kAnswered, kAnswerLost, kLost, kDoneLate };
  using Call = std::function<void(Fate)>;

  template <typename T>
  void keep(std::function<Result<T>()> act, std::function<void(Result<T>)> done);
  Call take();

  PublishedTables& tables_;
  bool held_ = false;
  std::deque<Call> calls_;
};

/// Reads what was published. A read of a snapshot shows what there is when it begins, not when the
/// snapshot was taken. Lifetime: `tables` must outlive it; snapshots may outlive both.
class MemoryViewReader : public ViewStoreReader {
 public:
  explicit MemoryViewReader(const PublishedTables& tables)
      : tables_(std::make_shared<const PublishedTables*>(&tables)) {}

  Result<std::vector<PublishedPartition>> published() override;
  std::shared_ptr<const PartitionsSnapshot> snapshot() override;

 private:
  const std::shared_ptr<const PublishedTables* const> tables_;  // As long as this lives.
};

}  // namespace hapax
