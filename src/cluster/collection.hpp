// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/collector_ledger.hpp"
#include "cluster/control_follower.hpp"
#include "cluster/ordered_appender.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "ports/topic.hpp"
#include "record/receipt.hpp"

namespace hapax {

/// An event of a request, ready to be appended.
struct CollectedEvent {
  PartitionId partition;
  Hash128 id;  ///< As of IdHasher::event_id().
  std::string record;
};

struct CollectionSettings {
  /// Records that are on their way or of which it will never be known what became of them: with as
  /// many it takes no requests.
  std::size_t unsettled_max = 10'000;
  /// Of the latter; each of its reports lists them. With as many another one must take its place:
  /// is_spent().
  std::size_t unknown_max = 1'000;
  /// A partition to which it has appended nothing for so long is told what time it is: else nothing
  /// is forgotten, wherever there are no events.
  Microseconds tell_time_after = std::chrono::hours(1);
  std::uint64_t mark_records = kMarkRecords;
};

/// One life of a collector: takes requests to the topic of events and says in the topic of control
/// how far it is.
///
/// The events of a request that go to one partition are one unit, appended in their order. When a
/// unit fails, nothing that this collector has sent for that partition since can be there without
/// it, so those fail, too: a client that sends again finds its batch whole and in order. What
/// failed may still be there, or come to be there: its received time holds the bound of
/// completeness until a record behind it says that nothing more can come.
/// Threading: one owner, who has the follower step, too. Lifetime: the parts must outlive it; it
/// must outlive what it appends, or the process end with it.
class Collection {
 public:
  using Answered = std::function<void(Result<Receipt>)>;
  using RequestId = StrongId<struct RequestTag, std::uint64_t>;

  struct Parts {
    Topic& events;
    Topic& control;
    const ControlFollower& follower;  ///< Of `control`.
  };

  Collection(CollectorId id, const CollectionSettings& settings, const Parts& parts);
  Collection(const Collection&) = delete;
  Collection& operator=(const Collection&) = delete;

  CollectorId id() const { return id_; }

  /// Goes on with what waits, and looks at what the follower has read.
  void step();
  /// Says how far it is; `clock`: the wall clock's reading.
  void report(ProcessingTime clock) { report(clock, clock); }
  /// The same where others stamp: no request of begin_stamped() that is to come has an event that
  /// was received before `settled`.
  void report(ProcessingTime settled, ProcessingTime clock);

  /// Whether begin() takes requests: it has joined, is not gone, and knows enough of its records.
  bool is_ready() const {
    return joined_ && !gone_ && !leaving_ && unknown_ + open_ < settings_.unsettled_max;
  }
  bool is_spent() const {
    return unknown_ >= std::min(settings_.unknown_max, settings_.unsettled_max);
  }
  /// It has read that others know of it.
  bool has_joined() const { return joined_; }
  /// No stamp may be before it: what was received before may be called complete. Once it has
  /// joined.
  ProcessingTime stamps_from() const { return stamps_from_; }
  /// Partitions that take nothing now, and what was wrong the last time that an append failed.
  std::size_t failed_partitions() const;
  const std::string& last_failure() const { return last_failure_; }

  /// The newest of its reports that it has read back.
  struct Seen {
    std::uint64_t count = 0;  ///< So many were read.
    ProcessingTime clock = {};
    ProcessingTime appended_at = {};
  };
  const Seen& seen() const { return seen_; }

  struct Begun {
    RequestId request;
    ProcessingTime received_at;  ///< For all of its events.
  };
  /// A request came. It holds the bound of completeness until it is settled. Only when is_ready().
  Begun begin(ProcessingTime clock);
  /// The same where others stamp: none of its events was received before `oldest`, which is neither
  /// before stamps_from() nor before what report() was told.
  RequestId begin_stamped(ProcessingTime oldest);
  /// Appends its events. `done` is told the receipt, or that they are unknown (kUnavailable).
  /// Errors at once, `done` is not called: kUnavailable, a partition is not to be written now.
  Result<void> append(RequestId request, std::vector<CollectedEvent> events, Answered done);
  /// It came to nothing.
  void drop(RequestId request) { requests_.erase(request); }

  /// Takes nothing more; when all is settled and said, it is gone.
  void leave() { leaving_ = true; }
  /// For good: nobody waits for it any more.
  bool is_gone() const { return gone_; }
  /// It is gone, has said all that it will ever know, and nothing of it is on its way: it may end.
  bool is_over() const;

 private:
  struct Request {
    ProcessingTime received_at;
    std::size_t unsettled = 0;   // Units that are neither there nor given up for good.
    std::size_t unanswered = 0;  // Units of which the client does not know yet.
    bool failed = false;
    std::vector<Receipt::End> ends = {};
    Answered done = {};
  };
  struct Partition {
    explicit Partition(std::uint64_t mark_records) : ledger(mark_records) {}

    CollectorLedger ledger;
    std::deque<RequestId> units = {};  // Of the ledger's open ones, in their order.
    std::size_t on_their_way = 0;      // Appends whose answer has not come.
    bool failed = false;               // Nothing is appended before a fence is there.
    bool fencing = false;
    ProcessingTime told = ProcessingTime::min();  // What time it is, by a record or a fence.
  };

  void append_unit(RequestId request, PartitionId partition, std::vector<CollectedEvent> events);
  void answered(PartitionId partition, const Result<Offset>& end);
  void settle_unit(Partition& partition);
  void tell(RequestId request, PartitionId partition, const Result<Offset>& end);
  void fence(PartitionId partition);
  void fenced(PartitionId partition, Offset end);
  void end_when_settled();
  void look_at_control();
  SettingsEpoch epoch() const { return follower_.state().settings().newest().epoch; }

  const CollectorId id_;
  const CollectionSettings settings_;
  Topic& events_;
  const LogId log_;
  const ControlFollower& follower_;
  OrderedAppender notes_;
  bool joined_ = false;
  bool leaving_ = false;
  bool gone_ = false;
  std::optional<std::uint64_t> last_words_;  // Its last note.
  ProcessingTime stamps_from_ = ProcessingTime::min();
  ProcessingTime newest_ = ProcessingTime::min();  // No stamp to come is before it.
  ProcessingTime clock_ = ProcessingTime::min();   // Its last reading.
  Seen seen_;
  std::string last_failure_;
  std::uint64_t next_request_ = 0;
  std::map<RequestId, Request> requests_;
  std::vector<Partition> partitions_;
  std::size_t unknown_ = 0;
  std::size_t open_ = 0;  // Records that are on their way.
};

}  // namespace hapax
