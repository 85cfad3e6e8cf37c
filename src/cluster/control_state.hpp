// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "cluster/collector_reports.hpp"
#include "cluster/completeness.hpp"
#include "cluster/control_note.hpp"
#include "cluster/settings_history.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace hapax {

/// What the notes of the topic of control come to, from the first one on: all that anybody needs of
/// them. A function of the notes in their order. Threading: one owner.
class ControlState {
 public:
  /// `first`: what holds before any note, as of all others.
  explicit ControlState(const ClusterSettings& first) : settings_(first) {}

  void apply(const ControlNote& note, Offset offset, ProcessingTime appended_at);

  const Completeness& completeness() const { return completeness_; }
  const SettingsHistory& settings() const { return settings_; }
  const CollectorReports& reports() const { return reports_; }
  /// What all have settled of `partition`, and what was brought in, lies below it.
  Offset settled_end(PartitionId partition) const;

  /// Format: docs/formats/cluster.md.
  std::string encode() const;
  /// On a new one only. Errors: kInvalid, of another format; kCorrupt.
  Result<void> restore(std::string_view bytes);

 private:
  /// Settings by which events of a machine are brought in are void behind the first collector,
  /// which may have taken some, and behind another machine's: whoever wrote them, and however late.
  bool begins_too_late(const ControlNote& note) const;

  Completeness completeness_;
  SettingsHistory settings_;
  CollectorReports reports_;
};

}  // namespace hapax
