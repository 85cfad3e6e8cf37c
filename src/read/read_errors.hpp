// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.hpp"

namespace hapax {

/// For whoever asks while, or after, the server stops.
inline Error shutting_down() {
  return {ErrorKind::kClosed, "the server is shutting down", "retry after the restart"};
}

}  // namespace hapax
