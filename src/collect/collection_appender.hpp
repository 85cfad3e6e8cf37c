// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "collect/collections.hpp"
#include "core/mutex.hpp"
#include "core/result.hpp"
#include "ports/log_appender.hpp"
#include "ports/topic_callbacks.hpp"
#include "ports/topic_trouble.hpp"

namespace hapax {

struct CollectionAppenderSettings {
  CollectionsSettings collections = {};
  /// Of requests that were taken and are not answered; over it none is taken.
  std::size_t queue_bytes_limit = 64U << 20U;
  /// A request that cannot be appended after it was here for so long has failed.
  std::chrono::milliseconds wait_max{10'000};
  /// Of one event. What takes it must take so much, and its header.
  std::size_t record_bytes_max = 900'000;
  /// Of one request. With CollectionSettings::unsettled_max it bounds what a report lists.
  std::size_t request_records_max = 10'000;
};

struct CollectionAppenderStats {
  bool ready = false;
  std::string reason;  ///< Why not; empty when it is.
  std::uint64_t queue_bytes = 0;
  std::uint64_t requests_refused = 0;  ///< Before they were taken.
  std::uint64_t requests_failed = 0;   ///< Of those taken: not acknowledged.
  std::uint64_t lives = 0;
  std::optional<Microseconds> clock_off;
};

/// Takes what requests append to the topic of events. Threads of HTTP only leave it here; one
/// thread owns the topics and all that is said of them (Collections).
///
/// The requests must be open in the arrivals until `done` has run, and their received times be
/// drawn from there: Collections says why. Each part of an append is one unit; of one that failed,
/// some of its parts may be there, and of a part the first few records.
/// While there is trouble with the topics it takes nothing. If that is for good, it appends nothing
/// any more either, and acknowledges nothing of what is under way.
/// Threading: as LogAppender says. Lifetime: the parts must outlive it; the topics and callbacks
/// are this one's alone.
class CollectionAppender : public LogAppender {
 public:
  struct Parts {
    Collections::Parts collections;
    TopicCallbacks& callbacks;
    const TopicTrouble& topics;  ///< Whether they are right.
  };

  CollectionAppender(const CollectionAppenderSettings& settings, const Parts& parts);
  /// Stops at once: others wait for what is missing until they call this one gone.
  ~CollectionAppender() override;
  CollectionAppender(const CollectionAppender&) = delete;
  CollectionAppender& operator=(const CollectionAppender&) = delete;

  LogId log_id() const override { return log_; }
  std::uint32_t partition_count() const override { return partition_count_; }
  /// Errors (at once), beside those of the port: kInvalid, a record is too large, or there are too
  /// many.
  Result<void> append(std::vector<PartitionRecords> parts, AppendDone done) override;
  LogStatus status() const override;

  /// Leaves the cluster: takes nothing more, waits until all is settled and said, for `patience` at
  /// most, and ends the thread. Whatever was taken is answered. True: it has left.
  bool stop(std::chrono::milliseconds patience);

  CollectionAppenderStats stats() const;

 private:
  struct Waiting {
    std::vector<CollectedEvent> events;
    AppendDone done;
    std::size_t bytes = 0;
    std::chrono::nanoseconds until{0};
  };

  Result<std::vector<CollectedEvent>> events_of(const std::vector<PartitionRecords>& parts) const;
  void run();
  void take_waiting();
  void begin_waiting();
  void answer(const Waiting& request, Result<Receipt> outcome);
  void answer_begun(std::uint64_t number, Result<Receipt> outcome);
  void fail_all(const std::string& why);
  void publish();
  const std::string& trouble() const { return topics_ ? topics_.why : collections_.trouble(); }
  void fail_waiting(const std::string& why);

  const CollectionAppenderSettings settings_;
  const Parts parts_;
  const LogId log_;
  const std::uint32_t partition_count_;

  mutable Mutex mutex_;
  std::deque<Waiting> arrived_ HAPAX_GUARDED_BY(mutex_);
  CollectionAppenderStats stats_ HAPAX_GUARDED_BY(mutex_);
  std::optional<std::chrono::nanoseconds> leave_until_ HAPAX_GUARDED_BY(mutex_);

  // Of the thread.
  Collections collections_;
  TopicTrouble::Trouble topics_ = {};           // As of this turn.
  std::deque<Waiting> waiting_;                 // Not begun.
  std::map<std::uint64_t, Waiting> under_way_;  // Begun, without their events.
  std::uint64_t next_number_ = 0;
  bool has_left_ = false;

  std::jthread thread_;
};

}  // namespace hapax
