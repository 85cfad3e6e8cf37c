// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "ports/view_store.hpp"

namespace hapax {

/// Where the answer to a query ended, as clients carry it to the next one.
struct ViewCursor {
  EventTime from =
      {};  ///< Of the query, so that a default that follows the clock stays what it was.
  EventTime to = {};
  CellPlace place = {};  ///< The next answer has what is behind it.
  std::uint64_t query_hash = 0;
};

/// Tells queries apart by what they ask for: from, to, source, event, consistency.
std::uint64_t query_hash(const ViewQuery& query);

/// Opaque, URL-safe, of version 1.
std::string encode_cursor(const ViewQuery& query, const CellPlace& place);

/// Errors: kInvalid, `text` is not what encode_cursor() made, or of another version.
Result<ViewCursor> decode_cursor(std::string_view text);

}  // namespace hapax
