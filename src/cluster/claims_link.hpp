// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "cluster/claim.hpp"
#include "cluster/ordered_appender.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "ports/topic.hpp"

namespace hapax {

/// What the owner of a partition of events and the judges of claims say to each other: claims and
/// settled marks by the one topic, verdicts by the other.
/// Threading: one owner. Lifetime: the topics must outlive it; it must outlive what it asks and
/// appends, or the process end with it.
class ClaimsLink {
 public:
  ClaimsLink(PartitionId partition, Topic& claims, Topic& verdicts)
      : partition_(partition), claims_(claims), verdicts_(verdicts), appender_(claims) {}
  ClaimsLink(const ClaimsLink&) = delete;
  ClaimsLink& operator=(const ClaimsLink&) = delete;

  /// Reads verdicts from there on. Once, before all else.
  void begin(Offset verdicts_from) { reader_ = verdicts_.read(partition_, verdicts_from); }

  /// By ascending offsets.
  void claim(const std::vector<Claim>& claims);
  /// Tells all judges, unless they were told the same last.
  void settle(const SettledMark& mark);

  using Tell = std::function<void(Offset at, const VerdictBlock& block)>;
  /// Tries again what failed, and tells what has come. `at`: where the topic has it.
  /// Errors: kUnavailable, call it again; kCorrupt.
  Result<void> step(const Tell& tell);

  /// As far as verdicts were read.
  Offset position() const { return reader_->position(); }
  /// All that was there when it began.
  bool has_read_former() const { return end_ && reader_->position() >= *end_; }

 private:
  void ask_for_end();

  const PartitionId partition_;
  Topic& claims_;
  Topic& verdicts_;
  OrderedAppender appender_;
  std::unique_ptr<TopicReader> reader_;
  bool asking_end_ = false;
  std::optional<Offset> end_;
  std::optional<SettledMark> settled_;  // The last one.
};

}  // namespace hapax
