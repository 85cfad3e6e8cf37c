// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "cluster/judge_state.hpp"
#include "cluster/ordered_appender.hpp"
#include "ports/topic.hpp"

namespace hapax {

/// A partition of claims as its judge reads it: judges what comes, and appends what was decided to
/// the topic of verdicts, or keeps it to itself. Threading: one owner. Lifetime: the topics must
/// outlive it; it must outlive what it appends, or the process end with it.
class JudgedClaims {
 public:
  JudgedClaims(PartitionId partition, Topic& claims, Topic& verdicts,
               std::shared_ptr<JudgeState> state);
  JudgedClaims(const JudgedClaims&) = delete;
  JudgedClaims& operator=(const JudgedClaims&) = delete;

  /// The state is here, and has judged all below `position`, and what was decided there was said if
  /// `speaks`: once, before what follows.
  void begin(Offset position, bool speaks);
  /// Judges what has come. Errors: kCorrupt, its state is of no use any more; others, try again.
  Result<void> step();

  /// Whether what is decided is said. Who begins to says all that was decided and is not settled:
  /// it may be that nobody has said it.
  void speak(bool speaks);
  bool speaks() const { return speaks_; }

  /// The next claim to be judged.
  Offset position() const { return position_; }
  /// When the topic took the newest claim that was judged.
  ProcessingTime taken() const { return taken_; }
  /// Verdicts that were said have numbers below this one, and those below durable_below() are
  /// durable.
  std::uint64_t next_number() const { return verdicts_.next_number(); }
  std::uint64_t durable_below() const { return verdicts_.durable_below(); }

  const std::shared_ptr<JudgeState>& state() { return state_; }

 private:
  Result<void> judge(const TopicRecord& record);
  void say(const VerdictBlock& block);

  const PartitionId partition_;
  Topic& claims_;
  const std::shared_ptr<JudgeState> state_;
  OrderedAppender verdicts_;
  std::unique_ptr<TopicReader> reader_;
  Offset position_ = {};
  ProcessingTime taken_ = ProcessingTime::min();
  bool speaks_ = false;
};

}  // namespace hapax
