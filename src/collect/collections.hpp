// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arrival/arrival_clock.hpp"
#include "cluster/collection.hpp"
#include "collect/clock_comparison.hpp"
#include "collect/floored_clock.hpp"
#include "core/result.hpp"
#include "ports/random.hpp"
#include "ports/topic.hpp"

namespace hapax {

struct CollectionsSettings {
  CollectionSettings collection = {};
  std::chrono::milliseconds report_interval{1'000};
  /// How far the clock may be off the brokers'.
  Microseconds clock_limit = std::chrono::seconds(60);
  /// After so long without having read a report of its own back it takes nothing.
  std::chrono::milliseconds silence_max{20'000};
};

/// The lives of a collector, one after the other: where one is declared gone, or knows of too many
/// records not what became of them, the next one takes requests; the former one is driven until all
/// is said that it will ever know.
///
/// Received times come from `arrivals`, before a request is decoded, not from a Collection. They
/// are never below what was reported as settled, in whatever order threads run:
///  - a request is open in `arrivals` from before its time is drawn until it was answered, and
///    ArrivalClock::settled() is neither after the time of an open one nor after one to come. What
///    is reported is what settled() said, so it is not after the time of a request that is still
///    being decoded or waits to be appended;
///  - append() holds the bound at what settled() says then, which is not after the request's time,
///    since it is open. It holds it for longer than the request is open: records of which nobody
///    knows may come to be there after it was answered;
///  - what was called complete before this life joined is no time of its: `clock` is raised to it,
///    and a request that drew its time before is refused: settled() tells, too.
///
/// Threading: one owner, that of the topics. Lifetime: the parts must outlive it; it must outlive
/// what it appends, or its topics' callbacks not be run any more.
class Collections {
 public:
  struct Parts {
    Topic& events;
    Topic& control;
    ControlFollower& follower;  ///< Of `control`; step() has it step.
    FlooredClock& clock;
    ArrivalClock& arrivals;  ///< Draws from `clock`.
    Random& random;
  };

  Collections(const CollectionsSettings& settings, const Parts& parts);
  Collections(const Collections&) = delete;
  Collections& operator=(const Collections&) = delete;

  /// Goes on with what waits; to be called after the topics' callbacks.
  void step();

  /// Why it takes no requests; empty: it does, or will in a moment when is_full().
  const std::string& trouble() const { return trouble_; }
  /// So many records are on their way that the next request has to wait.
  bool is_full() const { return !newest().is_ready(); }
  /// Appends the events of a request that is open in the arrivals until `done`, which runs exactly
  /// once, later or now. Without trouble() and not is_full() only.
  void append(std::vector<CollectedEvent> events, const Collection::Answered& done);

  /// Takes nothing more; when all is settled and said, is_over().
  void leave();
  bool is_over() const { return lives_.empty(); }

  struct Stats {
    std::uint64_t lives = 0;          ///< That began.
    std::optional<Microseconds> off;  ///< Of our clock: ClockComparison::off().
  };
  Stats stats() const;

 private:
  struct Life {
    Life(CollectorId id, const CollectionsSettings& settings, const Parts& parts)
        : collection(
              id, settings.collection,
              {.events = parts.events, .control = parts.control, .follower = parts.follower}) {}

    Collection collection;
    std::uint64_t reports_read = 0;
    bool reported = false;
  };

  const Collection& newest() const { return lives_.back().collection; }
  void begin_life();
  void step(Life& life);
  void compare(Life& life, ProcessingTime now);
  void report();
  std::string find_trouble();
  ProcessingTime reading();

  const CollectionsSettings settings_;
  const Parts parts_;
  std::list<Life> lives_;  // The last one takes requests.
  std::uint64_t lives_begun_ = 0;
  ClockComparison comparison_;
  std::string fault_;  // For good.
  std::string trouble_;
  bool leaving_ = false;
  std::chrono::nanoseconds next_report_{0};
  std::chrono::nanoseconds heard_{0};  // When a report was read back, or a life began.
};

}  // namespace hapax
