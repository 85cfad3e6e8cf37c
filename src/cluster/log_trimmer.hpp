// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/ids.hpp"
#include "core/time.hpp"
#include "ports/topic.hpp"

namespace hapax {

/// Deletes from one partition of a topic what is old and needed by nobody. What fails is done the
/// next time. Threading: one owner. Lifetime: `topic` must outlive it; it must outlive what it
/// asks, or the topic's callbacks not be run any more.
class LogTrimmer {
 public:
  LogTrimmer(Topic& topic, PartitionId partition) : topic_(topic), partition_(partition) {}
  LogTrimmer(const LogTrimmer&) = delete;
  LogTrimmer& operator=(const LogTrimmer&) = delete;

  /// Of the records below `needed` those that are older than all that the topic took since `old`.
  /// `needed` may only be what can be read anew from what is kept durably.
  void trim(Offset needed, ProcessingTime old);

 private:
  void delete_before(Offset start);

  Topic& topic_;
  const PartitionId partition_;
  bool is_busy_ = false;
  Offset start_ = {};  // What is below was deleted, by this one.
};

}  // namespace hapax
