// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>

#include "json/json_walk.hpp"
#include "record/event.hpp"

namespace hapax {

/// Longest id of a numbered device, or of an epoch, in bytes of printable ASCII.
constexpr std::size_t kNumberingIdBytesMax = 64;

/// The object `numbering` of a body (docs/http-api.md).
struct SentNumbering {
  std::optional<NumberingView> numbering = {};
  bool is_useless = false;  ///< Something else was sent, and is ignored.
};

/// What a string says whose escapes are as written. Valid as long as the text that is walked.
using Unescape = std::function<std::string_view(std::string_view inside)>;

/// Passes the value ahead, which is a `numbering`. Nothing when its JSON is damaged.
std::optional<SentNumbering> read_numbering(JsonWalk& walk, const Unescape& unescape);

}  // namespace hapax
