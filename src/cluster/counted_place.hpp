// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace hapax {

/// How far a partition is, as it is published: the value of PublishedProgress.
struct CountedPlace {
  Offset counted;           ///< Every event below it is counted in the rows.
  ProcessingTime complete;  ///< So is every event received before, but of collectors that are gone.

  friend bool operator==(const CountedPlace&, const CountedPlace&) = default;
};

std::string encode_place(const CountedPlace& place);
/// Errors: kCorrupt.
Result<CountedPlace> decode_place(std::string_view bytes);

}  // namespace hapax
