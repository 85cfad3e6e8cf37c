// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/collector_ledger.hpp"
#include "cluster/completeness.hpp"
#include "cluster/ordered_appender.hpp"
#include "cluster/settings_history.hpp"
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
  /// Records of which it is not known what became of them; with as many it takes no requests, and
  /// another one must take its place: is_spent().
  std::size_t unknown_max = 10'000;
  std::uint64_t mark_records = kMarkRecords;
  ClusterSettings first_settings = kFirstSettings;  ///< As of all others.
};

/// One life of a collector: takes requests to the topic of events and says in the topic of control
/// how far it is.
///
/// The events of a request that go to one partition are one unit, appended in their order. When a
/// unit fails, nothing that this collector has sent for that partition since can be there without
/// it, so those fail, too: a client that sends again finds its batch whole and in order. What
/// failed may still be there, or come to be there: its received time holds the bound of
/// completeness until a record behind it says that nothing more can come.
/// Threading: one owner. Lifetime: `events` and `control` must outlive it; it must outlive what it
/// appends, or the process end with it.
class Collection {
 public:
  using Answered = std::function<void(Result<Receipt>)>;
  using RequestId = StrongId<struct RequestTag, std::uint64_t>;

  Collection(CollectorId id, const CollectionSettings& settings, Topic& events, Topic& control);
  Collection(const Collection&) = delete;
  Collection& operator=(const Collection&) = delete;

  CollectorId id() const { return id_; }

  /// Goes on with what waits. Errors: of the topic of control.
  Result<void> step();
  /// Says how far it is; `clock`: the wall clock's reading.
  void report(ProcessingTime clock);

  /// Whether begin() takes requests: it has joined, is not gone, and knows enough of its records.
  bool is_ready() const { return joined_ && !gone_ && !leaving_ && !is_spent(); }
  bool is_spent() const { return unknown_ >= settings_.unknown_max; }

  struct Begun {
    RequestId request;
    ProcessingTime received_at;  ///< For all of its events.
  };
  /// A request came. It holds the bound of completeness until it is settled. Only when is_ready().
  Begun begin(ProcessingTime clock);
  /// Appends its events. `done` is told the receipt, or that they are unknown (kUnavailable).
  /// Errors at once, `done` is not called: kUnavailable, a partition is not to be written now.
  Result<void> append(RequestId request, std::vector<CollectedEvent> events, Answered done);
  /// It came to nothing.
  void drop(RequestId request) { requests_.erase(request); }

  /// Takes nothing more; when all is settled and said, it is gone.
  void leave() { leaving_ = true; }
  /// For good: nobody waits for it any more.
  bool is_gone() const { return gone_; }

 private:
  struct Request {
    ProcessingTime received_at;
    std::size_t unsettled = 0;   // Units that are neither there nor given up for good.
    std::size_t unanswered = 0;  // Units of which the client does not know yet.
    bool failed = false;
    Receipt receipt = {};
    Answered done = {};
  };
  struct Partition {
    explicit Partition(std::uint64_t mark_records) : ledger(mark_records) {}

    CollectorLedger ledger;
    std::deque<RequestId> units = {};  // Of the ledger's open ones, in their order.
    std::size_t on_their_way = 0;      // Appends whose answer has not come.
    bool failed = false;               // Nothing is appended before a fence is there.
    bool fencing = false;
  };

  void append_unit(RequestId request, PartitionId partition, std::vector<CollectedEvent> events);
  void answered(PartitionId partition, const Result<Offset>& end);
  void settle_unit(Partition& partition);
  void tell(RequestId request, PartitionId partition, const Result<Offset>& end);
  void fence(PartitionId partition);
  void leave_when_settled();

  const CollectorId id_;
  const CollectionSettings settings_;
  Topic& events_;
  OrderedAppender notes_;
  std::unique_ptr<TopicReader> control_;
  Completeness completeness_;
  SettingsHistory history_;
  bool joined_ = false;
  bool leaving_ = false;
  bool gone_ = false;
  std::optional<std::uint64_t> last_words_;        // The note that says it is gone.
  ProcessingTime newest_ = ProcessingTime::min();  // No stamp is before it.
  std::uint64_t next_request_ = 0;
  std::map<RequestId, Request> requests_;
  std::vector<Partition> partitions_;
  std::size_t unknown_ = 0;
};

}  // namespace hapax
