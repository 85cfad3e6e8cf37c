// SPDX-License-Identifier: Apache-2.0
#include "processing/dedup_questions.hpp"

#include <algorithm>

#include "processing/block_limits.hpp"
#include "processing/verdict_of_seen.hpp"

namespace hapax {

void DedupQuestions::ask(std::span<TakenBatch> batches) {
  for (Shard& shard : shards_) {
    shard.questions.clear();
    shard.answered = 0;
  }
  for (TakenBatch& taken : batches) {
    taken.verdicts.assign(taken.events.size(), Verdict::kRejected);
    for (std::size_t i = 0; i < taken.events.size(); ++i) {
      const KeyedEvent& event = taken.events[i];
      if (!event.event.rejection) {
        shards_[dedup_.shard_of(event.seen.id)].questions.push_back(
            {.seen = event.seen,
             .span = taken.standings[i].span,
             .floor = taken.standings[i].forgotten,
             .verdict = &taken.verdicts[i]});
      }
    }
  }
}

Result<void> DedupQuestions::answer(TaskRunner& runner) {
  for (const Shard& shard : shards_) {
    for (const Question& question : std::span(shard.questions).subspan(shard.answered)) {
      dedup_.open(question.span);
    }
  }
  Result<void> outcome = run_all(runner, shards_.size(),
                                 [this](std::size_t number) { return answer(shards_[number]); });
  dedup_.settle();
  return outcome;
}

Result<void> DedupQuestions::answer(Shard& shard) {
  const std::span<const Question> questions = shard.questions;
  std::size_t fetched = shard.answered;
  for (std::size_t& next = shard.answered; next < questions.size(); ++next) {
    for (; fetched < std::min(next + kFetchedAhead, questions.size()); ++fetched) {
      dedup_.prefetch(questions[fetched].seen.id);
    }
    const Question& question = questions[next];
    HAPAX_ASSIGN(const Seen seen, dedup_.add_opened(question.seen, question.span, question.floor));
    *question.verdict = verdict_of(seen);
  }
  return {};
}

}  // namespace hapax
