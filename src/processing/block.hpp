// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/digest.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "dedup/verdict.hpp"
#include "ports/event_log.hpp"
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

/// The batches that go through the stages of processing together, and how far they are: a stage
/// that fails is taken up again where it failed.
class Block {
 public:
  /// In place of what is there. The memory of former batches is used again.
  void begin(std::span<const LogBatch> batches) {
    batches_.resize(std::max(batches_.size(), batches.size()));
    for (std::size_t i = 0; i < batches.size(); ++i) {
      batches_[i].batch = batches[i];
    }
    count_ = batches.size();
    progress = {};
  }
  void clear() { count_ = 0; }

  bool empty() const { return count_ == 0; }
  std::span<TakenBatch> batches() { return std::span(batches_).first(count_); }
  std::span<const TakenBatch> batches() const { return std::span(batches_).first(count_); }

  struct Progress {
    bool is_taken = false;    ///< Read, and judged in time.
    bool is_asked = false;    ///< What dedup has to judge is collected.
    bool is_judged = false;   ///< All verdicts are there.
    std::size_t batches = 0;  ///< So many are counted,
    std::size_t events = 0;   ///< of the next one so many events,
    std::size_t views = 0;    ///< and the next of these in so many declared views.
  };
  Progress progress = {};

 private:
  std::vector<TakenBatch> batches_;
  std::size_t count_ = 0;
};

}  // namespace hapax
