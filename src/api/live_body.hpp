// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace hapax {

/// One live query of a connection that has several, as its client asks for it.
struct WantedLive {
  std::string id;             ///< Of its events.
  std::string view;           ///< A name.
  std::string query;          ///< As the query string of the view's own live stream.
  std::string last_event_id;  ///< Empty: none.
};

constexpr std::size_t kLiveBodyBytesMax = 256U << 10U;
constexpr std::size_t kLivePartsMax = 100;
constexpr std::size_t kLiveIdBytesMax = 32;

/// The body of POST /api/live: 1 to kLivePartsMax queries with different ids. Errors: kInvalid,
/// with the place and what is meant instead; then nothing of it is followed.
Result<std::vector<WantedLive>> parse_live_body(std::string_view body);

}  // namespace hapax
