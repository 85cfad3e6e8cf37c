// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/result.hpp"
#include "core/task_runner.hpp"
#include "processing/block.hpp"
#include "stream/dedup_index.hpp"

namespace hapax {

/// What a block asks of dedup, by shard. Of each shard the questions are answered in the order of
/// the block, so that the first of an id is the least in the log, whatever the threads do.
/// Threading: one owner. Lifetime: `dedup` must outlive it.
class DedupQuestions {
 public:
  explicit DedupQuestions(DedupIndex& dedup) : dedup_(dedup), shards_(dedup.shard_count()) {}

  /// Of all events of `batches`, in place of what was asked before: their verdicts will be written
  /// there, those of dead letters are.
  void ask(std::span<TakenBatch> batches);

  /// Answers what is not answered yet. May be called again after an error. Errors: those of the
  /// store, the first by shard.
  Result<void> answer(TaskRunner& runner);

 private:
  struct Question {
    SeenId seen;
    TimeSpan span;
    ProcessingTime floor;
    Verdict* verdict;
  };
  struct alignas(64) Shard {
    std::vector<Question> questions = {};
    std::size_t answered = 0;
  };

  Result<void> answer(Shard& shard);

  DedupIndex& dedup_;
  std::vector<Shard> shards_;
};

}  // namespace hapax
