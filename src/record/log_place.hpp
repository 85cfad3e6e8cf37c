// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/ids.hpp"

namespace hapax {

/// How far a log is read.
struct LogPlace {
  LogId log;
  std::vector<Offset> next;  ///< By partition.

  friend bool operator==(const LogPlace&, const LogPlace&) = default;
};

}  // namespace hapax
