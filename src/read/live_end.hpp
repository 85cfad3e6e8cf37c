// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace hapax {

/// The last event of a stream of that name, or of one that is alone and has none. `error`: JSON on
/// one line.
inline std::string live_end_event(std::string_view name, std::string_view error) {
  return fmt::format("event: {}{}end\ndata: {}\n\n", name, name.empty() ? "" : "/", error);
}

}  // namespace hapax
