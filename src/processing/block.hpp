// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "core/digest.hpp"
#include "core/event_tally.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "dedup/verdict.hpp"
#include "ports/log_source.hpp"
#include "processing/block_limits.hpp"
#include "processing/partition_owner.hpp"
#include "stream/keyed_event.hpp"

namespace hapax {

/// A batch of events while it is processed.
struct TakenBatch {
  LogBatch batch = {};
  std::vector<KeyedEvent> events = {};        ///< Their times put right.
  std::vector<EventStanding> standings = {};  ///< Of each event.
  std::vector<Verdict> verdicts = {};         ///< Of each event, once it is judged.
  Digest digest = {};                         ///< Of the ids of its events.
  ProcessingTime received_at = {};            ///< When it was, by the clock of then.
};

/// So many batches of a block, and of the next one so many events.
struct BlockPlace {
  std::size_t batches = 0;
  std::size_t events = 0;
};

/// The batches that go through the stages of processing together.
class Block {
 public:
  /// In place of what is there. The memory of former batches is used again.
  void begin(std::span<const LogBatch> batches) {
    batches_.resize(std::max(batches_.size(), batches.size()));
    event_count_ = 0;
    for (std::size_t i = 0; i < batches.size(); ++i) {
      batches_[i].batch = batches[i];
      event_count_ += batches[i].record_count;
    }
    count_ = batches.size();
  }
  void clear() {
    for (TakenBatch& taken : batches()) {
      if (taken.events.capacity() > kKeptEventsMax) {
        taken = {};
      }
    }
    count_ = 0;
  }

  bool empty() const { return count_ == 0; }
  std::size_t event_count() const { return event_count_; }
  std::span<TakenBatch> batches() { return std::span(batches_).first(count_); }
  std::span<const TakenBatch> batches() const { return std::span(batches_).first(count_); }

  /// Of the events before `place`, which are judged, those that are the first of their id.
  EventTally unique_before(const BlockPlace& place) const;

  /// Calls `visit(batch, event number)` with each event from `place` on, which moves along, until
  /// one fails: then it stays there. Errors: of `visit`.
  template <typename Visit>
  Result<void> each_from(BlockPlace& place, const Visit& visit) const {
    for (; place.batches < count_; ++place.batches, place.events = 0) {
      const TakenBatch& taken = batches_[place.batches];
      for (; place.events < taken.events.size(); ++place.events) {
        HAPAX_TRY(visit(taken, place.events));
      }
    }
    return {};
  }

 private:
  std::vector<TakenBatch> batches_;
  std::size_t count_ = 0;
  std::size_t event_count_ = 0;
};

}  // namespace hapax
