#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "collector/refusal.hpp"

namespace hapax {

using WriteKeys = std::map<std::string, std::string, std::less<>>;

constexpr std::string_view kDefaultSource = "default";
constexpr std::size_t kSourceBytesMax = 200;

/// The places a Segment client may put its write key in.
struct KeyPlaces {
  std::string_view authorization;        ///< Header value; empty when absent.
  std::optional<std::string_view> body;  ///< writeKey of the body's top level.
  std::string_view query;                ///< Empty when absent.
};

/// The source a request belongs to: by its key (Basic with or without the colon, else body, else
/// query), looked up in `keys`, or, when none are configured, the key itself, or kDefaultSource
/// without one. A damaged key is refused in both cases: its events belong to nobody else.
/// Refuses: 401 missing_write_key, invalid_write_key.
OrRefusal<std::string> resolve_source(const KeyPlaces& places, const WriteKeys& keys);

}  // namespace hapax
