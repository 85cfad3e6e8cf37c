// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "core/ids.hpp"

namespace hapax {

/// A log that all was taken from into another one, as of a machine that became a cluster.
struct FormerLog {
  LogId log;
  /// By its partition: what is below was taken. None: it is not known yet, some is still to come.
  std::vector<Offset> ends = {};
  std::vector<Offset> in = {};  ///< By partition of the other log: where all of it is below.

  friend bool operator==(const FormerLog&, const FormerLog&) = default;
};

/// How far a log is read.
struct LogPlace {
  LogId log;
  std::vector<Offset> next;  ///< By partition.
  /// What it has beside what was appended to it first.
  std::optional<FormerLog> former = {};

  friend bool operator==(const LogPlace&, const LogPlace&) = default;
};

}  // namespace hapax
