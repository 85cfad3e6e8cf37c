// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "record/event.hpp"

namespace hapax {

struct SegmentRoute {
  EventType type = EventType::kUnspecified;  ///< kUnspecified: a batch.
  bool is_import = false;                    ///< It may hold what happened long ago.
};

/// The route behind `path`, without its query; a slash at the end and doubled ones do not matter.
std::optional<SegmentRoute> find_route(std::string_view path);

}  // namespace hapax
